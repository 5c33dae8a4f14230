import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.understand.spelling import Spelling, english

TEXT = "The ransom deadline is Friday. Japanese hostages met Kerry in Belgium, a country. They strike; the Iraqi army."


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling([TEXT], english())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("what was the ransome dedline?", "what was the ransom deadline?"),
        ("who did Kery meet in belguim", "who did Kerry meet in Belgium"),
        ("japaneese hostiges", "Japanese hostages"),  # Two slips in a long word.
        ("wich contry?", "which country?"),  # "which" is in no document, and before "with", which is as near.
        ("jappannese", "Japanese"),
        ("jepenase", "jepenase"),  # Three.
        ("Who is Merkel?", "Who is Merkel?"),  # Not the documents', but near to none of theirs.
        ("Iraqis striking", "Iraqis striking"),  # Other forms of the documents' words.
        ("the capital of Bulgaria", "the capital of Bulgaria"),  # Well spelt, though it is near.
        ("xansom", "xansom"),  # People rarely slip in the first letter.
        ("a the an it", "a the an it"),
        ("", ""),
    ],
)
def test_questions_are_mended_by_the_documents_words(spelling: Spelling, asked: str, expected: str) -> None:
    assert spelling.mended(asked) == expected


@pytest.mark.parametrize(
    ("documents", "asked"),
    [
        ("hypotension", "What is hypertension?"),
        ("hypoglycemia", "What is hyperglycemia?"),
        ("The licensee and the mortgagee", "Who is the mortgagor?"),
        ("payee", "the payer"),
        ("the colour of a centre", "the color of the center"),
        ("ABCE1234 of annika@example.org", "ABCD1234 of anniko@exampel.org"),
        ("we need it", "what needn't be"),
    ],
)
def test_other_words_that_are_near_are_not_mended(documents: str, asked: str) -> None:
    assert Spelling([documents], english()).mended(asked) == asked


@given(st.sampled_from(["ransom", "deadline", "hostages", "country"]), st.integers(1, 5), st.sampled_from(["drop", "swap"]))
def test_one_slip_is_mended(word: str, at: int, slip: str) -> None:
    spelling = Spelling(["A ransom deadline: hostages of a country."], ())
    spoilt = word[:at] + word[at + 1 :] if slip == "drop" else word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    assert spelling.mended(f"the {spoilt}?") == f"the {word}?"


@given(st.text())
def test_mending_changes_words_only_and_does_it_once(text: str) -> None:
    spelling = Spelling([TEXT], ())
    mended = spelling.mended(text)
    assert spelling.mended(mended) == mended
    assert [c for c in mended if not c.isalpha()] == [c for c in text if not c.isalpha()]


@given(st.lists(st.sampled_from(TEXT.split()), max_size=8))
def test_the_documents_own_words_stay(words: list[str]) -> None:
    assert Spelling([TEXT], ()).mended(" ".join(words)) == " ".join(words)


def test_of_equally_near_words_the_frequent_one_is_taken() -> None:
    assert Spelling(["cart card card"], ()).mended("carx") == "card"
    assert Spelling(["cart cart card"], ()).mended("carx") == "cart"


def test_documents_without_words() -> None:
    assert Spelling(["1 2 3"], ()).mended("wich one, and whot?") == "which one, and what?"

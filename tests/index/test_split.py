import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from index.document import Document
from index.split import SplitSettings, sentences, split
from tests.conftest import make

TEXTS = some.lists(
    some.sampled_from(
        [
            "Mr. Smith left. ",
            "\n\n",
            "\r\n \r\n",
            "She said “no.” Then",
            " ",
            "😀",
            "x" * 30,
            "$3.5 million. ",
            "العربية؟ ",
            "A b c d. ",
            "\t",
            "\f",
        ]
    ),
    min_size=1,
    max_size=40,
).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He paid $200 million. She did not.", ["He paid $200 million. ", "She did not."]),
        ("It is set for 5:50pm GMT on Friday. Then?", ["It is set for 5:50pm GMT on Friday. ", "Then?"]),
        ("Mr. Abe met Dr. Cole. They spoke.", ["Mr. Abe met Dr. Cole. ", "They spoke."]),
        ("The U.S. military said so. It went on.", ["The U.S. military said so. ", "It went on."]),
        ('"We must lead," he added. "Now."', ['"We must lead," he added. ', '"Now."']),
        ("It rose 3.5 percent. See p. 12.", ["It rose 3.5 percent. ", "See p. 12."]),
    ],
)
def test_sentences_by_hand(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TEXTS)
def test_sentences_join_back_to_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences(text)) == text


@settings(max_examples=300)
@given(TEXTS, some.integers(5, 120), some.integers(0, 60), some.integers(0, 3))
def test_laws_of_splitting(text: str, longest: int, shortest: int, overlap: int) -> None:
    if not text.strip():
        return
    document = make(text)
    passages = split(document, SplitSettings(longest, min(shortest, longest), overlap))
    covered = set()
    for passage in passages:
        assert passage.end - passage.start <= longest
        assert passage.text == passage.text.strip()
        covered |= set(range(passage.start, passage.end))
    assert covered >= {i for i, letter in enumerate(text) if not letter.isspace()}
    assert [p.start for p in passages] == sorted({p.start for p in passages}), "each passage adds something"
    assert [p.end for p in passages] == sorted({p.end for p in passages})


def test_paragraphs_are_passages() -> None:
    first, second = "One sentence here. And another one. ", "The second paragraph. "
    document = make(f"{first * 3}\n\n{second * 5}\n")
    assert [p.text for p in split(document)] == [(first * 3).strip(), (second * 5).strip()]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_of_a_paragraph_stay_together_whatever_ends_them(line_end: str) -> None:
    paragraph = "A sentence that goes on\nin the next line of it, and ends\nin the third. Another sentence\nof it."
    text = f"{paragraph}\n\n{paragraph.upper()}\n".replace("\n", line_end)
    expected = [paragraph.replace("\n", line_end), paragraph.upper().replace("\n", line_end)]
    assert [p.text for p in split(make(text))] == expected


def test_a_heading_joins_the_paragraph_below_it() -> None:
    body = "The army might be months away from a sustained fight, the minister told the broadcaster."
    assert [p.text for p in split(make(f"{body}\n\nNot ready\n\n{body} Again."))] == [body, f"Not ready\n\n{body} Again."]


def test_the_passages_of_a_split_paragraph_share_a_sentence() -> None:
    text = "Alpha is one. Bravo is two. Carol is six. Delta is ten."
    passages = split(make(text), SplitSettings(longest=30, shortest=0, overlap=1))
    assert [p.text for p in passages] == [
        "Alpha is one. Bravo is two.",
        "Bravo is two. Carol is six.",
        "Carol is six. Delta is ten.",
    ]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    passages = split(make("word " * 100), SplitSettings(longest=52, shortest=0, overlap=0))
    assert all(set(p.text.split()) == {"word"} for p in passages)


def test_passages_of_the_article_are_whole_sentences(article: Document) -> None:
    bounds = sentences(article.text)
    starts = {start + len(article.text[start:end]) - len(article.text[start:end].lstrip()) for start, end in bounds}
    ends = {start + len(article.text[start:end].rstrip()) for start, end in bounds}
    passages = split(article)
    assert all(p.start in starts for p in passages)
    assert all(p.end in ends for p in passages)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 0 <= shortest <= longest"):
        SplitSettings(longest=10, shortest=20)


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_ends_of_lines_that_are_longer_than_a_byte_do_no_harm(end: str) -> None:
    text = f"?{end}Ann came. Bob left!{end}"
    found = sentences(text)
    assert "".join(text[start:last] for start, last in found) == text
    assert split(make(text))

import random
from pathlib import Path

import pytest

from qa.train.examples.lexicon import Lexicon
from qa.train.examples.rewording import negated, replaced

WORDNET = {
    # offset, file, part of speech, words, pointers: "!" is an antonym, from word 1 of its synset to word 1 of the other
    "data.verb": [
        "00000001 40 v 02 free 0 release 0 001 ! 00000002 v 0101 01 + 08 00 | let go",
        "00000002 40 v 01 hold 0 001 ! 00000001 v 0101 01 + 08 00 | keep",
    ],
    "index.verb": ["free v 1 1 ! 1 5 00000001", "release v 1 0 1 4 00000001", "hold v 1 1 ! 1 9 00000002"],
    "verb.exc": ["held hold"],
    "data.noun": ["00000003 14 n 03 city 0 town 0 New_York 1 000 | place"],
    "index.noun": ["city n 1 0 1 7 00000003", "town n 1 0 1 6 00000003"],
    "noun.exc": [],
    "data.adj": [
        "00000004 00 a 02 large 0 big 0 001 ! 00000005 a 0101 | of size",
        "00000005 00 a 01 small(p) 0 001 ! 00000004 a 0101 | not",
    ],
    "index.adj": ["large a 1 1 ! 1 3 00000004", "big a 1 0 1 8 00000004", "small a 1 1 ! 1 2 00000005"],
    "adj.exc": ["bigger big"],
    "data.adv": [],
    "index.adv": [],
    "adv.exc": [],
}


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    folder = tmp_path_factory.mktemp("wordnet")
    for name, lines in WORDNET.items():
        licence = "  1 This line is the licence.\n" if not name.endswith(".exc") else ""
        (folder / name).write_text(licence + "".join(f"{line}  \n" for line in lines))
    return Lexicon(folder)


@pytest.mark.parametrize(
    ("word", "synonyms", "antonyms"),
    [
        ("released", ["freed"], []),  # an antonym is one word's, not its synonyms'
        ("freed", ["released"], ["held"]),
        ("held", [], ["freed"]),
        ("cities", ["towns"], []),
        ("largest", ["biggest"], ["smallest"]),
        ("small", [], ["large"]),
        ("ransom", [], []),
    ],
)
def test_synonyms_and_antonyms_are_inflected_like_the_word(
    lexicon: Lexicon, word: str, synonyms: list[str], antonyms: list[str]
) -> None:
    assert lexicon.synonyms(word) == synonyms
    assert lexicon.antonyms(word) == antonyms


def test_without_wordnet_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="apt-get install wordnet-base"):
        Lexicon(tmp_path)


def test_questions_are_made_false(lexicon: Lexicon) -> None:
    rng = random.Random(0)
    assert replaced("Which is the largest of the three?", rng, lexicon.antonyms) == "Which is the smallest of the three?"
    assert replaced("Who won?", rng, lexicon.antonyms) is None
    assert negated("Who was invited?", random.Random(0)) in {"Who was not invited?", "Who was never invited?"}
    assert negated("Who came?", rng) is None

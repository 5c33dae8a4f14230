"""Mend misspelt words of a question: replace them by words of the documents."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from qa.readers import weights_folder

SHORTEST = 4
"""Letters; shorter words have too many neighbours."""
LONG = 8
"""Letters; in words of this length and longer ones, two slips are mended, not one."""
QUESTION_WORDS = ("which", "what", "when", "where", "whose", "whom", "does", "many", "much", "there", "their", "about")

_WORD = re.compile(r"[^\W\d_]+")
# Not the letters of a code or an address, nor "needn" of "needn't".
_ASKED = re.compile(r"(?<![\w@.])[^\W\d_]+(?![\w@]|\.\w|['’]t\b)")
PACKAGE = "symspellpy"
_LIST = "frequency_dictionary_en_82_765.txt"


@cache
def english() -> Collection[str]:
    """Words that are surely well spelt: 83,000 English ones, which come with `symspellpy`, and the reader's own vocabulary.

    Rare words matter: a question on hypotension must not become one on hypertension, nor a licensee a licensor.

    Raises:
        ValueError: the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ValueError(f"The package {PACKAGE} is not installed. Run: pip install -r requirements.txt")
    lines = (Path(spec.origin).parent / _LIST).read_text(encoding="utf-8-sig").splitlines()
    tokenizer = json.loads((weights_folder(None) / "tokenizer.json").read_text(encoding="utf-8"))
    return {line.partition(" ")[0] for line in lines}.union(tokenizer["model"]["vocab"])


class Spelling:
    """Knows the words of some documents, and other words that are well spelt although no document has them."""

    def __init__(self, texts: Iterable[str], well_spelt: Collection[str]) -> None:
        """Take the words of ``texts``. ``well_spelt`` holds other words, in lower case."""
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            for word in _WORD.findall(text):
                if len(word) >= SHORTEST:
                    forms[word.lower()][word] += 1
        self._forms = {word: counts.most_common(1)[0][0] for word, counts in forms.items()}
        self._counts = {word: counts.total() for word, counts in forms.items()}
        self._counts |= dict.fromkeys(QUESTION_WORDS, max(self._counts.values(), default=0) + 1)
        self._by_initial: dict[str, list[str]] = defaultdict(list)
        for word in self._counts:
            self._by_initial[word[0]].append(word)
        self._well_spelt = well_spelt
        self._stemmer = Stemmer.Stemmer("english")

    def mended(self, question: str) -> str:
        """``question`` with its misspelt words replaced by the nearest words of the documents.

        A word counts as misspelt if it is neither in the documents nor known to be well spelt. Distance is by optimal
        string alignment: letters left out, put in, replaced, or swapped with their neighbour (Damerau 1964,
        https://doi.org/10.1145/363958.363994). Of equally near words, the most frequent is taken. One such slip is mended,
        in long words two, but none in a word's first letter, where people rarely slip. A word without another word so near
        stays as it is, and so does another form of a word of the documents.

        >>> Spelling(["The ransom deadline is Friday."], {"what", "was"}).mended("what was the ransome dedline")
        'what was the ransom deadline'
        """
        return _ASKED.sub(lambda match: self._mended(match.group()), question)

    def _mended(self, word: str) -> str:
        lower = word.lower()
        if len(lower) < SHORTEST or lower in self._counts or lower in self._well_spelt:
            return word
        slips = 2 if len(lower) >= LONG else 1
        known = self._by_initial.get(lower[0], [])
        near = process.extract(lower, known, scorer=OSA.distance, score_cutoff=slips, limit=None)
        if not near:
            return word
        best = min(near, key=lambda found: (found[1], -self._counts[found[0]]))[0]
        return word if self._forms_of_one(lower, best) else self._forms.get(best, best)

    def _forms_of_one(self, word: str, other: str) -> bool:
        inflected = any(form.endswith(("s", "ed", "ing")) for form in (word, other))
        return inflected and self._stemmer.stemWord(word) == self._stemmer.stemWord(other)

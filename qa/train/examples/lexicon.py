"""Synonyms and antonyms from WordNet 3.0, for rewording questions and for making them false.

Reads the database files of Debian's package ``wordnet-base`` (Fellbaum 1998; format: wndb(5WN),
https://wordnet.princeton.edu/documentation/wndb5wn). Words are looked up without regard to their sense in the sentence,
so only the commonest senses are used.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
SENSES = 2
"""Senses of a word that are used, commonest first."""
_PARTS = ("verb", "noun", "adj", "adv")
_ENDINGS = {"verb": ("s", "ed", "ing"), "noun": ("s",), "adj": ("er", "est"), "adv": ()}
_VOWELS = "aeiou"


class Lexicon:
    """WordNet's synonyms and antonyms, inflected like the word that was asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read the database.

        Raises:
            ValueError: ``folder`` does not hold it.
        """
        self._synonyms: dict[tuple[str, str], list[str]] = {}
        self._antonyms: dict[tuple[str, str], list[str]] = {}
        self._irregular: dict[str, tuple[str, str]] = {}
        self._inflected: dict[str, list[str]] = defaultdict(list)
        self._uses: dict[tuple[str, str], int] = {}
        try:
            for part in _PARTS:
                self._read(folder, part)
        except OSError as error:
            raise ValueError(
                f"WordNet's files cannot be read in {folder} ({error.strerror}). Install them: apt-get install wordnet-base"
            ) from error

    def synonyms(self, word: str) -> list[str]:
        """Single words that can often stand for ``word``, a lower-case one."""
        return self._related(word, self._synonyms)

    def antonyms(self, word: str) -> list[str]:
        """Single words that mean the contrary of ``word``, a lower-case one."""
        return self._related(word, self._antonyms)

    def _related(self, word: str, table: dict[tuple[str, str], list[str]]) -> list[str]:
        # The part of speech in which the word is used most; without a tagger, that is the best guess.
        readings = sorted(self._lemmas(word), key=lambda reading: -self._uses.get(reading[:2], 0))
        for lemma, part, ending in readings[:1]:
            known = [other for other in table.get((lemma, part), ()) if self._uses.get((other, part), 0) > 0]
            found = [self._inflect(other, part, ending) for other in known]
            return [other for other in found if other != word]
        return []

    def _lemmas(self, word: str) -> Iterator[tuple[str, str, str]]:
        """Readings (lemma, part of speech, ending) of a word form."""
        for part in _PARTS:
            if (word, part) in self._uses:
                yield word, part, ""
            for ending in _ENDINGS[part]:
                for lemma in _stems(word, ending):
                    if (lemma, part) in self._uses:
                        yield lemma, part, ending
        if word in self._irregular:
            lemma, part = self._irregular[word]
            ending = "s" if part == "noun" else "ing" if word.endswith("ing") else "ed"
            if (lemma, part) in self._uses:
                yield lemma, part, ending

    def _inflect(self, lemma: str, part: str, ending: str) -> str:
        for form in self._inflected.get(lemma, ()) if ending else ():
            past = part == "verb" and ending == "ed" and not form.endswith("ing")
            if past or (part == "noun" and self._irregular[form][1] == "noun"):
                return form
        return _with(lemma, ending)

    def _read(self, folder: Path, part: str) -> None:
        words: dict[str, list[str]] = {}
        contrary: dict[str, dict[str, list[tuple[str, int]]]] = {}
        for line in _lines(folder / f"data.{part}"):
            fields = line.split(" | ")[0].split()
            count = int(fields[3], 16)
            words[fields[0]] = [re.sub(r"\(.*", "", word) for word in fields[4 : 4 + 2 * count : 2]]
            rest = fields[4 + 2 * count :]
            pointers = [rest[1 + 4 * i : 5 + 4 * i] for i in range(int(rest[0]))]
            held = contrary.setdefault(fields[0], {})
            for symbol, offset, _, ends in pointers:
                if symbol == "!":
                    source = words[fields[0]][int(ends[:2], 16) - 1].lower()
                    held.setdefault(source, []).append((offset, int(ends[2:], 16)))
        for line in _lines(folder / f"index.{part}"):
            fields = line.split()
            lemma, senses = fields[0], int(fields[2])
            self._uses[lemma, part] = int(fields[-senses - 1])
            offsets = fields[-senses:]
            same = [word for offset in offsets[:SENSES] for word in words[offset] if word.isalpha() and word.islower()]
            self._synonyms[lemma, part] = [word for word in dict.fromkeys(same) if word != lemma and len(word) > 2]
            other = [words[to][number - 1].lower() for offset in offsets for to, number in contrary[offset].get(lemma, ())]
            self._antonyms[lemma, part] = [word for word in dict.fromkeys(other) if word.isalpha()]
        for line in _lines(folder / f"{part}.exc"):
            form, lemma = line.split()[:2]
            if part in {"verb", "noun"} and form != lemma:
                self._irregular[form] = (lemma, part)
                self._inflected[lemma].append(form)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from (line for line in file if not line.startswith("  "))


def _stems(word: str, ending: str) -> Iterator[str]:
    if not word.endswith(ending) or len(word) < len(ending) + 3:
        return
    stem = word[: -len(ending)]
    yield stem
    if ending != "s":
        yield stem + "e"
        if stem[-1] == stem[-2]:
            yield stem[:-1]
    if stem.endswith("ie") and ending == "s":
        yield stem[:-2] + "y"
    if stem.endswith("e") and ending == "s":
        yield stem[:-1]
    if stem.endswith("i") and ending in {"ed", "er", "est"}:
        yield stem[:-1] + "y"


def _with(lemma: str, ending: str) -> str:
    """Add a regular ending.

    >>> [_with("carry", "ed"), _with("free", "ed"), _with("watch", "s"), _with("make", "ing"), _with("stop", "ed")]
    ['carried', 'freed', 'watches', 'making', 'stopped']
    """
    if not ending:
        return lemma
    if lemma.endswith("y") and lemma[-2] not in _VOWELS and ending != "ing":
        return lemma[:-1] + ("ies" if ending == "s" else f"i{ending}")
    if ending == "s":
        return lemma + ("es" if re.search(r"(?:s|x|z|ch|sh)$", lemma) else "s")
    if lemma.endswith("e"):
        return lemma + ending if ending == "ing" and lemma.endswith("ee") else lemma[:-1] + ending
    doubled = re.search(r"^[^aeiou]*[aeiou][bdgklmnprt]$", lemma)
    return lemma + (lemma[-1] if doubled else "") + ending

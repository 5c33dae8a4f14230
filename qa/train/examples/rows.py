"""Examples, and their tokens as plain arrays, which can be written to a file and trained on elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from qa.read.models import VERDICTS, Verdict
from qa.train.examples.squad_format import Gold

NOWHERE, UNKNOWN = -1, -2
"""Place of an answer that the passage does not hold, and of one that it holds at an unknown place."""
TOGETHER = 2000
"""So many examples are tokenised at a time."""


@dataclass(frozen=True)
class Example:
    """One training example.

    Attributes:
        question: as it is asked.
        context: what is read.
        gold: the answer; None when ``context`` has none, or when only the verdict is known.
        verdict: "yes" or "no", if it is a yes/no question that ``context`` answers.
    """

    question: str
    context: str
    gold: Gold | None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Rows:
    """Tokenised examples, without the special tokens that a model puts around them.

    Attributes:
        tokens: of each row the question's and then the passage's tokens, all rows one after the other; shape (tokens,), uint16.
        questions: tokens of each question; shape (rows,), int32, as the others.
        passages: tokens of each passage.
        starts: the answer's first token, counted from the passage's first; or `NOWHERE`, or `UNKNOWN`.
        ends: its last token; likewise.
        verdicts: 0 for none, 1 for yes, 2 for no.
    """

    tokens: NDArray[np.uint16]
    questions: NDArray[np.int32]
    passages: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    verdicts: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Tokens of each row, without special ones."""
        lengths: NDArray[np.int32] = self.questions + self.passages
        return lengths

    def save(self, path: Path) -> None:
        """Write them to ``path``, a .npz file."""
        np.savez_compressed(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Rows":
        """Read what `save` wrote.

        Raises:
            ValueError: it is no such file.
        """
        try:
            with np.load(path) as stored:
                return cls(**{name: stored[name] for name in cls.__annotations__})
        except Exception as error:  # numpy and zipfile have no common base class for "not what was expected"
            raise ValueError(
                f"{path} holds no tokenised examples ({error}). Make it with python -m qa.train.prepare."
            ) from error


def tokenise(examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_length: int) -> Rows:
    """Tokenise ``examples``, cutting off passages at ``max_length`` tokens, those of the question and special ones included.

    An example whose answer is cut off, or is white space, is left out: with it, the reader would learn not to answer.
    """
    tokens: list[int] = []
    table: list[tuple[int, ...]] = []
    for first in range(0, len(examples), TOGETHER):
        chosen = examples[first : first + TOGETHER]
        texts = [example.question for example in chosen], [example.context for example in chosen]
        encoded = tokenizer(*texts, truncation="only_second", max_length=max_length)
        for i, example in enumerate(chosen):
            ids, parts = encoded["input_ids"][i], encoded.sequence_ids(i)
            question, passage = (_of(parts, part) for part in (0, 1))
            start = end = UNKNOWN if example.verdict else NOWHERE
            if example.gold is not None:
                at = [encoded.char_to_token(i, place, 1) for place in (example.gold.start, example.gold.end - 1)]
                if None in at:
                    continue
                start, end = at[0] - passage[0], at[1] - passage[0]
            if passage:
                tokens += [ids[place] for place in (*question, *passage)]
                table.append((len(question), len(passage), start, end, VERDICTS.index(example.verdict)))
    columns = np.array(table, np.int32).reshape(-1, 5).T
    return Rows(np.array(tokens, np.uint16), *columns)


def _of(parts: Iterable[int | None], part: int) -> list[int]:
    return [place for place, one in enumerate(parts) if one == part]

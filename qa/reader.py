"""Read passages for the words that answer a question."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import exp
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.document import Span
from qa.decode import Logits, best_spans
from qa.models import ONNX_FILE, Model, OnnxModel, TorchModel

WEIGHTS = Path(__file__).parent / "weights"
"""The reader that comes with the project."""
SETTINGS_FILE = "reader.json"

LONGEST_ANSWER = 60
"""Tokens: a list of twenty countries has about fifty."""
LONGEST_QUESTION = 96
"""Tokens; what is longer is cut, so that a window always has room for a passage."""


@dataclass(frozen=True)
class ReaderSettings:
    """What belongs to a set of weights, stored beside them.

    Attributes:
        window: tokens that the model reads at once, question included.
        stride: tokens that neighbouring windows of a long passage share.
        slope: with ``intercept``, turns a score into a confidence: 1 / (1 + exp(-(slope * score + intercept)))
            (Platt 1999), fitted on validation questions.
        intercept: see ``slope``.
        threshold: the confidence from which on an answer is given.
    """

    window: int = 320
    stride: int = 96
    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read them from a folder of weights; the defaults where it has none.

        Raises:
            ValueError: the file is there but cannot be used.
        """
        path = folder / SETTINGS_FILE
        if not path.is_file():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path} cannot be used ({error}). Expected a JSON object like {json.dumps(asdict(cls()))}."
            ) from error

    def confidence(self, score: float) -> float:
        """Turn a score into a probability."""
        x = self.slope * score + self.intercept
        return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


@dataclass(frozen=True)
class Candidate:
    """A possible answer, the passage in which it was read, and its log-odds against "no passage answers"."""

    span: Span
    passage: Span
    score: float


class Reader(Protocol):
    """What the bot needs of a reader."""

    @property
    def name(self) -> str:
        """What was loaded, for people."""
        ...

    @property
    def settings(self) -> ReaderSettings:
        """What belongs to its weights."""
        ...

    def read(self, wordings: Sequence[str], passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        """Read ``passages`` for an answer to a question, put in one or several wordings.

        Returns the ``count`` best candidates of all passages together, best first, no two of them overlapping.
        """
        ...


@dataclass(frozen=True)
class ExtractiveReader:
    """A transformer that scores every token as the first and as the last of the answer."""

    name: str
    settings: ReaderSettings
    model: Model
    tokenizer: "PreTrainedTokenizerFast" = field(repr=False)  # type: ignore[name-defined]  # noqa: F821

    @classmethod
    def load(cls, name: str | Path | None = None) -> Self:
        """Load a reader.

        Args:
            name: a folder with an exported ``model.onnx``, or the folder or hub name of any transformers
                question-answering model; None takes the one that comes with the project.

        Raises:
            ValueError: there is no such reader.
        """
        from transformers import AutoTokenizer

        path = Path(WEIGHTS if name is None else name)
        try:
            exported = (path / ONNX_FILE).is_file()
            model: Model = OnnxModel(path / ONNX_FILE) if exported else TorchModel(str(name or path))
            tokenizer = AutoTokenizer.from_pretrained(str(path if path.is_dir() else name))
        except (OSError, ValueError, KeyError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ValueError(
                f"The reader {str(path)!r} cannot be loaded ({first}). Expected a folder with {ONNX_FILE} or a transformers "
                "question-answering model; leave out --reader for the one that comes with the project."
            ) from error
        if not tokenizer.is_fast:
            raise ValueError(f"The tokenizer of {str(path)!r} gives no offsets. Name a reader that has a tokenizer.json.")
        return cls(str(name or "built in"), ReaderSettings.load(path), model, tokenizer)

    def read(self, wordings: Sequence[str], passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        """The ``count`` best candidates of all passages together, best first, no two of them overlapping.

        All windows of all passages go through the model in one padded batch. A span's score is its start logit plus
        its end logit less those of [CLS], which stands for "no answer" (Devlin et al. 2019, section 4.3:
        https://arxiv.org/abs/1810.04805), averaged over the wordings. Each window was trained to share its probability
        between its spans and "no answer", so the difference is the log of the odds of the span against no answer in that
        window; if windows are independent and at most one has the answer, it is also the log of the odds against "no
        passage answers". That makes scores comparable between passages, with 0 the one score of "no answer".
        """
        if not wordings or not passages:
            return []
        texts = [passage.text for passage in passages]
        windows = self.tokenizer(
            [self._shortened(wording) for wording in wordings for _ in texts],
            texts * len(wordings),
            truncation="only_second",
            max_length=self.settings.window,
            stride=self.settings.stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            padding=True,
            return_tensors="np",
        )
        of_pair = windows.pop("overflow_to_sample_mapping").tolist()
        offsets = windows.pop("offset_mapping")
        starts, ends = self.model({key: value.astype(np.int64) for key, value in windows.items()})
        tokens = [_Tokens(len(wordings)) for _ in passages]
        for row, pair in enumerate(of_pair):
            context = np.array([part == 1 for part in windows.sequence_ids(row)]) & (offsets[row, :, 1] > offsets[row, :, 0])
            wording, passage = divmod(pair, len(passages))
            tokens[passage].add(
                wording, offsets[row][context], starts[row, context] - starts[row, 0], ends[row, context] - ends[row, 0]
            )
        candidates: list[Candidate] = []
        for passage, token in zip(passages, tokens, strict=True):
            candidates += token.candidates(passage, count)
        kept: list[Candidate] = []
        for candidate in sorted(candidates, key=lambda candidate: -candidate.score):
            if len(kept) < count and not any(candidate.span.overlaps(better.span) for better in kept):
                kept.append(candidate)
        return kept

    def _shortened(self, question: str) -> str:
        encoded = self.tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)
        offsets = encoded["offset_mapping"]
        return question if len(offsets) <= LONGEST_QUESTION else question[: offsets[LONGEST_QUESTION - 1][1]]


class _Tokens:
    """The tokens of one passage, gathered from all windows and all wordings that it was read with."""

    def __init__(self, wordings: int) -> None:
        self._ends: dict[int, int] = {}  # the first character of each token -> just past its last
        self._logits: list[dict[int, tuple[float, float]]] = [{} for _ in range(wordings)]

    def add(self, wording: int, offsets: NDArray[np.int64], starts: Logits, ends: Logits) -> None:
        """Take in one window: token offsets, shape (tokens, 2), and logits, shape (tokens,)."""
        logits = self._logits[wording]
        for (first, past), start, end in zip(offsets.tolist(), starts.tolist(), ends.tolist(), strict=True):
            self._ends[first] = past
            before = logits.get(first)
            # A token that windows share counts where it scores best: there it has the context that it needs.
            logits[first] = (start, end) if before is None else (max(before[0], start), max(before[1], end))

    def candidates(self, passage: Span, count: int) -> list[Candidate]:
        """The best spans of the passage."""
        firsts = sorted(self._ends)
        if not firsts:
            return []
        read = np.array([[logits[first] for first in firsts] for logits in self._logits], dtype=np.float32).mean(axis=0)
        allowed = np.ones((1, len(firsts)), dtype=bool)
        # Many of the best overlap, and only one of those is kept, so more are asked for.
        found = best_spans(read[None, :, 0], read[None, :, 1], allowed, LONGEST_ANSWER, 6 * count)
        document = passage.document
        return [
            Candidate(Span(document, passage.start + firsts[first], passage.start + self._ends[firsts[last]]), passage, score)
            for _, first, last, score in found
        ]

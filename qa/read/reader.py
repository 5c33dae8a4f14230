"""Find the words in passages that answer a question."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import exp
from operator import itemgetter
from pathlib import Path
from typing import Protocol, Self
from unicodedata import combining

import numpy as np
from safetensors import SafetensorError

from index.document import Span
from index.view import View, view
from qa.read.decode import best_spans
from qa.read.models import ONNX_FILE, VERDICTS, Model, OnnxModel, TorchModel, Verdict
from qa.read.windows import Tokenizer, Windows
from qa.readers import DEFAULT, READERS, weights_folder

SETTINGS_FILE = "reader.json"

LONGEST_ANSWER = 60
"""Tokens: a list of twenty countries has about fifty."""
SPANS_LOOKED_AT = 36
"""Best spans that are taken from each window."""
STAGES = ((2, 0.6), (5, 0.0))
"""After so many passages, the reader stops if its confidence in the best span is at least this and at least the threshold.
Stopping after two changes 3 answers of 806 (the article's questions and `documents-3`); mean F1 moves by at most 0.6, to either
side. Stopping after five, with the weights of the second stage, changed 2 of 794."""
_IN_NUMBER = re.compile(r"(?<=\d)[:.,]?(?=\d)")
LONGEST_QUESTION = 96
"""Tokens; a longer question is cut, so that a window always has room for a passage."""


@dataclass(frozen=True)
class ReaderSettings:
    """Settings that belong to a set of weights and are stored beside them.

    Attributes:
        window: tokens that the model reads at once, question included.
        stride: tokens that neighbouring windows of a long passage share.
        length_penalty: see `best_spans`; chosen on validation questions.
        rank_penalty: times the natural logarithm of the passage's rank (the first rank is 1), it is taken off a span's score,
            because passages that the retriever ranks higher are likelier to answer; chosen on validation questions.
            Interpolating the two scores follows Yang et al. 2019, section 3: https://arxiv.org/abs/1902.01718
        slope: with ``intercept``, turns a score into a confidence: 1 / (1 + exp(-(slope * score + intercept)))
            (Platt 1999), fitted on validation questions.
        intercept: see ``slope``.
        threshold: an answer with this confidence or more is given.
    """

    window: int = 320
    stride: int = 96
    length_penalty: float = 0.0
    rank_penalty: float = 0.0
    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5

    @classmethod
    def load(cls, weights: Path) -> Self:
        """Read the settings from a folder of weights; the defaults if it has none.

        Raises:
            ValueError: the file is there but cannot be used.
        """
        path, defaults = weights / SETTINGS_FILE, cls()
        if not path.is_file():
            return defaults
        try:
            settings = cls(**json.loads(path.read_text(encoding="utf-8")))
            for name, default in asdict(defaults).items():
                value = getattr(settings, name)
                if isinstance(value, bool) or not isinstance(value, int | type(default)):
                    raise TypeError(f"{name} is {value!r}; expected {type(default).__name__}")
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path} cannot be used ({error}). Expected a JSON object like {json.dumps(asdict(defaults))}."
            ) from error
        return settings

    def confidence(self, score: float) -> float:
        """Turn a score into a probability."""
        x = self.slope * score + self.intercept
        return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


@dataclass(frozen=True)
class Candidate:
    """A possible answer, the passage in which it was read, and its log-odds against "no passage answers".

    To a yes/no question, ``verdict`` is the answer and the span its evidence.
    """

    span: Span
    passage: Span
    score: float
    verdict: Verdict | None = None


class Reader(Protocol):
    """What the bot needs of a reader."""

    @property
    def name(self) -> str:
        """What was loaded, to show to people."""
        ...

    @property
    def settings(self) -> ReaderSettings:
        """The settings of its weights."""
        ...

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        """The ``count`` best candidates, best first, no two overlapping. ``passages`` must be given best first."""
        ...


@dataclass(frozen=True)
class ExtractiveReader:
    """A transformer that scores every token as the first and as the last of the answer."""

    name: str
    settings: ReaderSettings
    model: Model
    tokenizer: Tokenizer = field(repr=False)

    @classmethod
    def load(cls, name: str | Path | None = None) -> Self:
        """Load a reader.

        Args:
            name: one of `READERS`, a folder with an exported ``model.onnx``, or the folder or hub name of any transformers
                question-answering model; None takes `DEFAULT`.

        Raises:
            ValueError: there is no such reader.
        """
        path = weights_folder(name)
        try:
            exported = (path / ONNX_FILE).is_file()
            model: Model = OnnxModel(path / ONNX_FILE) if exported else TorchModel(str(name))
            tokenizer = Tokenizer.load(path) if exported else Tokenizer.of(str(name))
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ValueError(
                f"The reader {str(path)!r} cannot be loaded ({first}). Expected a folder with {ONNX_FILE} or a transformers "
                f"question-answering model; {' and '.join(READERS)} come with the project."
            ) from error
        return cls(str(name or DEFAULT), ReaderSettings.load(path), model, tokenizer)

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        """The ``count`` best candidates, best first, no two overlapping. ``passages`` must be given best first.

        A span's score is its start logit plus its end logit, minus those of [CLS], which stands for "no answer" (Devlin et al.
        2019, section 4.3: https://arxiv.org/abs/1810.04805). The model was trained to share the probability of each window
        between its spans and "no answer". So the difference is the log-odds of the span against no answer in that window. If
        windows are independent and at most one has the answer, it is also the log-odds against "no passage answers".
        So scores are comparable between passages, and "no answer" always scores 0. Then the penalties for the span's length
        and the passage's rank are taken off.

        The passages are read in `STAGES`, and no more of them once the answer is clear.
        """
        if not passages:
            return []
        views = [view(passage) for passage in passages]
        texts = [read.text for read in views]
        windows = self.tokenizer.windows(question, texts, self.settings.window, self.settings.stride, LONGEST_QUESTION)
        found: list[tuple[float, int, int, int, Verdict | None]] = []
        begun = 0
        for end, enough in (*STAGES, (len(passages), 1.0)):
            stage = (begun <= windows.passage) & (windows.passage < end)
            found = sorted([*found, *self._scored(windows.of(stage), views)], key=itemgetter(0), reverse=True)
            begun = end
            enough = max(enough, self.settings.threshold)
            if begun >= len(passages) or (found and self.settings.confidence(found[0][0]) >= enough):
                break
        kept: list[Candidate] = []
        for score, number, start, end, verdict in found:
            if len(kept) == count:
                break
            span = views[number].span(start, _after_accents(views[number].text, end))
            if span and not any(span.overlaps(better.span) for better in kept):
                kept.append(Candidate(span, passages[number], score, verdict))
        return kept

    def _scored(self, windows: Windows, views: Sequence[View]) -> list[tuple[float, int, int, int, Verdict | None]]:
        """The best spans of each window, all together best first: score, passage's number, start and end in it, verdict."""
        starts, ends, verdicts = self.model(windows.inputs)
        rank_penalties = self.settings.rank_penalty * np.log1p(windows.passage)[:, None].astype(np.float32)
        starts, ends = starts - starts[:, :1] - rank_penalties, ends - ends[:, :1]
        offsets = windows.offsets
        # A token without characters would give an empty span.
        allowed = windows.context & (offsets[:, :, 1] > offsets[:, :, 0])
        for row, number in enumerate(windows.passage):
            allowed[row] &= views[number].citable(offsets[row])
            # No answer begins or ends inside a number: "31:33.7" in "1:31:33.7" is another time.
            inside = [place for match in _IN_NUMBER.finditer(views[number].text) for place in match.span()]
            starts[row, np.isin(offsets[row, :, 0], inside)] = -np.inf
            ends[row, np.isin(offsets[row, :, 1], inside)] = -np.inf
        # Many of the best spans overlap, within a window and between windows, and only one of them is kept.
        found = best_spans(starts, ends, allowed, LONGEST_ANSWER, SPANS_LOOKED_AT, self.settings.length_penalty)
        said = [None] * len(starts) if verdicts is None else [VERDICTS[which] for which in verdicts.argmax(axis=1)]
        return [
            (score, int(windows.passage[row]), int(offsets[row, first, 0]), int(offsets[row, last, 1]), said[row])
            for row, first, last, score in found
        ]


def _after_accents(text: str, end: int) -> int:
    """``end``, after the accents that follow it: tokens leave out those that are separate characters."""
    while end < len(text) and combining(text[end]):
        end += 1
    return end

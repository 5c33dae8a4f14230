"""Tokenise examples and group them by length into batches of about equal work."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerBase

from qa.read.models import VERDICTS
from qa.train.examples.maker import Example

SORTED_TOGETHER = 4096
"""So many examples are sorted by length at a time: enough for little padding, few enough to stay random."""


@dataclass(frozen=True)
class Batch:
    """Padded examples.

    Attributes:
        inputs: what the model takes, by name, each of shape (batch, length), int64.
        allowed: where an answer may start and end: the passage, and position 0, which stands for "no answer" (Devlin et al.
            2019, section 4.3: https://arxiv.org/abs/1810.04805); shape (batch, length), bool.
        starts: position of the answer's first token, 0 for a passage without one; shape (batch,), int64.
        ends: position of its last token; likewise.
        verdicts: 0 for none, 1 for yes, 2 for no; shape (batch,), int64.

    A start and an end of -1 mean that the passage has the answer, at an unknown place.
    """

    inputs: dict[str, torch.Tensor]
    allowed: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor
    verdicts: torch.Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same, on ``device``."""
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        others = (self.allowed, self.starts, self.ends, self.verdicts)
        return Batch(inputs, *(tensor.to(device) for tensor in others))


@dataclass(frozen=True)
class _Row:
    """One tokenised example: ids and token types by input name, and where the passage's tokens are."""

    inputs: dict[str, list[int]]
    passage: list[int]
    start: int
    end: int
    verdict: int

    def __len__(self) -> int:
        return len(self.inputs["input_ids"])


def batches(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_tokens: int, max_length: int, rng: random.Random
) -> Iterator[Batch]:
    """Yield batches of at most ``max_tokens`` tokens, padding included."""
    for first in range(0, len(examples), SORTED_TOGETHER):
        rows = _tokenise(examples[first : first + SORTED_TOGETHER], tokenizer, max_length)
        rows.sort(key=len)
        grouped: list[list[_Row]] = [[]]
        for row in rows:
            if grouped[-1] and len(row) * (len(grouped[-1]) + 1) > max_tokens:
                grouped.append([])
            grouped[-1].append(row)
        rng.shuffle(grouped)
        for group in grouped:
            yield _padded(group, tokenizer)


def _padded(rows: Sequence[_Row], tokenizer: PreTrainedTokenizerBase) -> Batch:
    inputs = dict(tokenizer.pad({name: [row.inputs[name] for row in rows] for name in rows[0].inputs}, return_tensors="pt"))
    allowed = torch.zeros(inputs["input_ids"].shape, dtype=torch.bool)
    for i, row in enumerate(rows):
        allowed[i, [0, *row.passage]] = True
    return Batch(inputs, allowed, *(torch.tensor([getattr(row, name) for row in rows]) for name in ("start", "end", "verdict")))


def _tokenise(examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_length: int) -> list[_Row]:
    encoded = tokenizer(
        [example.question for example in examples],
        [example.context for example in examples],
        truncation="only_second",
        max_length=max_length,
    )
    rows: list[_Row] = []
    for i, example in enumerate(examples):
        start = end = -1 if example.verdict else 0
        if example.gold is not None:
            start = encoded.char_to_token(i, example.gold.start, sequence_index=1) or 0
            end = encoded.char_to_token(i, example.gold.end - 1, sequence_index=1) or 0
            if not (start and end):
                continue  # The answer is cut off, or is white space. With it the reader would learn not to answer.
        passage = [position for position, part in enumerate(encoded.sequence_ids(i)) if part == 1]
        rows.append(_Row({name: encoded[name][i] for name in encoded}, passage, start, end, VERDICTS.index(example.verdict)))
    return rows

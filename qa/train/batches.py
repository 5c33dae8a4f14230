"""Tokenise examples and group them by length into batches of about equal work."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from transformers import BatchEncoding, PreTrainedTokenizerBase

from qa.train.examples import Example

SORTED_TOGETHER = 4096
"""Examples that are sorted by length at a time: enough for little padding, few enough to stay random."""

Inputs = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Batch:
    """Padded examples: a row for each passage that is read.

    Attributes:
        inputs: what the model takes, by name, each of shape (batch, length), int64.
        example: which example each row is of, from 0; shape (batch,), int64.
        allowed: where an answer may start and end: the passage, and position 0, which stands for "no answer" (Devlin et al.
            2019, section 4.3: https://arxiv.org/abs/1810.04805); shape (batch, length), bool.
        starts: position of the answer's first token, 0 for a passage without one; shape (batch,), int64.
        ends: position of its last token; likewise.
        teacher_inputs: as ``inputs``, of the teacher's tokenizer; none without a teacher.
        teacher_at: for each allowed token, the position of the teacher's token that stands for the same characters; -1 where
            the teacher has none, or the token is not allowed; shape (batch, length), int64, or (batch, 0) without a teacher.
    """

    inputs: Inputs
    example: torch.Tensor
    allowed: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor
    teacher_inputs: Inputs
    teacher_at: torch.Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same, on ``device``."""
        return Batch(
            _moved(self.inputs, device),
            self.example.to(device),
            self.allowed.to(device),
            self.starts.to(device),
            self.ends.to(device),
            _moved(self.teacher_inputs, device),
            self.teacher_at.to(device),
        )


def _moved(inputs: Inputs, device: torch.device) -> Inputs:
    return {name: tensor.to(device) for name, tensor in inputs.items()}


@dataclass(frozen=True)
class _Row:
    """One tokenised passage with its question: ids and token types by input name, offsets of the passage's tokens by place."""

    inputs: dict[str, list[int]]
    passage: dict[int, tuple[int, int]]
    teacher_inputs: dict[str, list[int]]
    teacher_at: dict[int, int]
    start: int = 0
    end: int = 0

    def __len__(self) -> int:
        return len(self.inputs["input_ids"])


def batches(
    examples: Sequence[Example],
    tokenizer: PreTrainedTokenizerBase,
    max_tokens: int,
    max_length: int,
    rng: random.Random,
    teacher: PreTrainedTokenizerBase | None = None,
) -> Iterator[Batch]:
    """Yield batches of at most ``max_tokens`` tokens, padding included; ``teacher`` is the teacher's tokenizer."""
    for first in range(0, len(examples), SORTED_TOGETHER):
        tokenised = _tokenise(examples[first : first + SORTED_TOGETHER], tokenizer, max_length, teacher)
        tokenised.sort(key=_longest)
        grouped: list[list[list[_Row]]] = [[]]
        for rows in tokenised:
            if grouped[-1] and _longest(rows) * sum(map(len, [*grouped[-1], rows])) > max_tokens:
                grouped.append([])
            grouped[-1].append(rows)
        rng.shuffle(grouped)
        for group in grouped:
            yield _padded(group, tokenizer, teacher)


def _longest(rows: Sequence[_Row]) -> int:
    return max(map(len, rows))


def _padded(
    examples: Sequence[Sequence[_Row]], tokenizer: PreTrainedTokenizerBase, teacher: PreTrainedTokenizerBase | None
) -> Batch:
    rows = [row for example in examples for row in example]
    example = torch.tensor([number for number, of_it in enumerate(examples) for _ in of_it])
    inputs = _filled([row.inputs for row in rows], tokenizer)
    length = inputs["input_ids"].shape[1]
    allowed = torch.zeros(len(rows), length, dtype=torch.bool)
    at = torch.full((len(rows), length if teacher else 0), -1)
    for i, row in enumerate(rows):
        allowed[i, [0, *row.passage]] = True
        for own, theirs in row.teacher_at.items():
            at[i, own] = theirs
    starts, ends = torch.tensor([row.start for row in rows]), torch.tensor([row.end for row in rows])
    teacher_inputs = _filled([row.teacher_inputs for row in rows], teacher) if teacher else {}
    return Batch(inputs, example, allowed, starts, ends, teacher_inputs, at)


def _filled(rows: Sequence[dict[str, list[int]]], tokenizer: PreTrainedTokenizerBase) -> Inputs:
    """Rows of one shape, padded at the end."""
    padded: BatchEncoding = tokenizer.pad({name: [row[name] for row in rows] for name in rows[0]}, return_tensors="pt")
    return dict(padded)


def _tokenise(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_length: int, teacher: PreTrainedTokenizerBase | None
) -> list[list[_Row]]:
    """The rows of each example."""
    read = [(example, context) for example in examples for context in (example.context, *example.others)]
    encoded = _encoded([(example.question, context) for example, context in read], tokenizer, max_length)
    taught = None
    if teacher:
        plain = [(example.plain or example.question, context) for example, context in read]
        # The teacher's tokenizer may put more special tokens around the same words.
        taught = _encoded(plain, teacher, max_length + 8)
    tokenised: list[list[_Row]] = []
    first = 0
    for example in examples:
        start = end = 0
        if example.gold is not None:
            start = encoded.char_to_token(first, example.gold.start, sequence_index=1) or 0
            end = encoded.char_to_token(first, example.gold.end - 1, sequence_index=1) or 0
        numbers = range(first, first + 1 + len(example.others))
        first = numbers.stop
        if example.gold is not None and not (start and end):
            continue  # The answer is cut off, or is white space: it would be taught as unanswerable.
        rows = [_row(encoded, number, taught) for number in numbers]
        tokenised.append([replace(rows[0], start=start, end=end), *rows[1:]])
    return tokenised


def _row(encoded: BatchEncoding, number: int, taught: BatchEncoding | None) -> _Row:
    passage = _passage(encoded, number)
    at: dict[int, int] = {}
    if taught is not None:
        theirs = {offsets: position for position, offsets in _passage(taught, number).items()}
        at = {0: 0} | {position: theirs[offsets] for position, offsets in passage.items() if offsets in theirs}
    return _Row(_inputs(encoded, number), passage, _inputs(taught, number) if taught else {}, at)


def _encoded(pairs: Sequence[tuple[str, str]], tokenizer: PreTrainedTokenizerBase, max_length: int) -> BatchEncoding:
    encoded: BatchEncoding = tokenizer(
        [question for question, _ in pairs],
        [context for _, context in pairs],
        truncation="only_second",
        max_length=max_length,
        return_offsets_mapping=True,
    )
    return encoded


def _passage(encoded: BatchEncoding, i: int) -> dict[int, tuple[int, int]]:
    """Of each token of the passage, the characters it stands for."""
    offsets = encoded["offset_mapping"][i]
    return {position: tuple(offsets[position]) for position, part in enumerate(encoded.sequence_ids(i)) if part == 1}


def _inputs(encoded: BatchEncoding, i: int) -> dict[str, list[int]]:
    return {name: encoded[name][i] for name in encoded if name != "offset_mapping"}

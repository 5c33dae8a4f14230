"""Tokenise examples and group them by length into batches of about equal work."""

import random
from collections.abc import Iterator, Sequence

import torch
from transformers import PreTrainedTokenizerBase

from qa.train.examples import Example

SORTED_TOGETHER = 4096
"""Examples that are sorted by length at a time: enough for little padding, few enough to stay random."""


def batches(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_tokens: int, max_length: int, rng: random.Random
) -> Iterator[dict[str, torch.Tensor]]:
    """Yield padded batches of at most ``max_tokens`` tokens, padding included.

    Each batch holds ``input_ids``, ``attention_mask``, ``token_type_ids`` of shape (batch, length) and
    ``start_positions``, ``end_positions`` of shape (batch,), int64. An unanswerable example points at
    position 0, [CLS] (Devlin et al. 2019, section 4.3: https://arxiv.org/abs/1810.04805).
    """
    for first in range(0, len(examples), SORTED_TOGETHER):
        rows = _tokenise(examples[first : first + SORTED_TOGETHER], tokenizer, max_length)
        rows.sort(key=lambda row: len(row[0]))
        grouped: list[list[tuple[list[int], list[int], int, int]]] = [[]]
        for row in rows:
            if grouped[-1] and len(row[0]) * (len(grouped[-1]) + 1) > max_tokens:
                grouped.append([])
            grouped[-1].append(row)
        rng.shuffle(grouped)
        for group in grouped:
            length = max(len(ids) for ids, _, _, _ in group)
            shape = (len(group), length)
            ids, types, mask = (torch.zeros(shape, dtype=torch.int64) for _ in range(3))
            for i, (row_ids, row_types, _, _) in enumerate(group):
                ids[i, : len(row_ids)] = torch.tensor(row_ids)
                types[i, : len(row_types)] = torch.tensor(row_types)
                mask[i, : len(row_ids)] = 1
            yield {
                "input_ids": ids,
                "attention_mask": mask,
                "token_type_ids": types,
                "start_positions": torch.tensor([start for _, _, start, _ in group]),
                "end_positions": torch.tensor([end for _, _, _, end in group]),
            }


def _tokenise(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_length: int
) -> list[tuple[list[int], list[int], int, int]]:
    encoded = tokenizer(
        [example.question for example in examples],
        [example.context for example in examples],
        truncation="only_second",
        max_length=max_length,
    )
    rows = []
    for i, example in enumerate(examples):
        start = end = 0
        if example.gold is not None:
            first = encoded.char_to_token(i, example.gold.start, sequence_index=1)
            last = encoded.char_to_token(i, example.gold.end - 1, sequence_index=1)
            if first is None or last is None:
                continue  # The answer is cut off, or is white space: it would be taught as unanswerable.
            start, end = first, last
        rows.append((encoded["input_ids"][i], encoded["token_type_ids"][i], start, end))
    return rows

"""Group tokenised examples by length into batches of about equal work, and lay them out as a model takes them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from qa.train.examples.rows import NOWHERE, Rows

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


@dataclass(frozen=True)
class Layout:
    """How a model takes a question and a passage.

    Attributes:
        first: id of the token before the question.
        between: ids of the tokens between question and passage; they are of one kind.
        last: id of the token after the passage.
        padding: id of the token that fills up.
        has_types: whether the model takes token types: 0 up to the passage, 1 from there.
        ids: the model's ids of the rows' tokens, shape (vocabulary,), int64; None if they are the same.
    """

    first: int
    between: tuple[int, ...]
    last: int
    padding: int
    has_types: bool
    ids: torch.Tensor | None = None

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerBase, rows_of: PreTrainedTokenizerBase | None = None) -> "Layout":
        """The layout of ``tokenizer``'s model, for rows tokenised by it, or by ``rows_of``, which has the same words.

        Raises:
            ValueError: ``rows_of`` has other words.
        """
        encoded = tokenizer("a", "a")
        ids, parts = encoded["input_ids"], encoded.sequence_ids(0)
        question, passage = parts.index(0), parts.index(1)
        between = tuple(ids[question + 1 : passage])
        mapped = None
        if rows_of is not None:
            vocabulary = tokenizer.get_vocab()
            special = {str(token) for token in rows_of.added_tokens_decoder.values() if token.special}
            words = {number: word for word, number in rows_of.get_vocab().items()}
            missing = next((word for word in words.values() if word not in vocabulary and word not in special), None)
            if missing is not None:
                raise ValueError(f"The two tokenizers differ: only one of them has {missing!r}.")
            unknown = tokenizer.unk_token_id
            mapped = torch.tensor([vocabulary.get(words.get(number, ""), unknown) for number in range(max(words) + 1)])
        padding = tokenizer.pad_token_id
        return cls(ids[0], between, ids[passage + 1], padding, "token_type_ids" in encoded, mapped)

    @property
    def special(self) -> int:
        """How many special tokens a row gets."""
        return 2 + len(self.between)


class Batches:
    """Rows on a device, from which batches are laid out."""

    def __init__(self, rows: Rows, device: torch.device) -> None:
        """Put ``rows`` on ``device``."""
        self._rows = rows
        self._tokens = torch.from_numpy(rows.tokens.astype(np.int32)).to(device)
        begins = np.cumsum(rows.lengths, dtype=np.int64) - rows.lengths
        columns = (rows.questions, rows.passages, rows.starts, rows.ends, rows.verdicts, begins)
        self._table = torch.from_numpy(np.stack(columns, 1).astype(np.int64)).to(device)

    def groups(self, max_tokens: int, layout: Layout, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        """The numbers of the rows of each batch, each row in one, of at most ``max_tokens`` tokens, padding included."""
        for first in range(0, len(self._rows), SORTED_TOGETHER):
            lengths = self._rows.lengths[first : first + SORTED_TOGETHER] + layout.special
            order = np.argsort(lengths, kind="stable")
            grouped: list[list[int]] = [[]]
            for number in order:
                if grouped[-1] and lengths[number] * (len(grouped[-1]) + 1) > max_tokens:
                    grouped.append([])
                grouped[-1].append(first + number)
            for at in random.permutation(len(grouped)):
                yield np.array(grouped[at])

    def laid_out(self, numbers: NDArray[np.int64], layout: Layout) -> Batch:
        """The rows with these ``numbers`` as a batch, on the device."""
        device = self._tokens.device
        chosen = self._table[torch.from_numpy(numbers).to(device)]
        question, passage, starts, ends, verdicts, begins = (column[:, None] for column in chosen.unbind(1))
        places = torch.arange(int(self._rows.lengths[numbers].max()) + layout.special, device=device)[None]
        first = 1 + question + len(layout.between)
        of_question = (places >= 1) & (places < 1 + question)
        of_passage = (places >= first) & (places < first + passage)
        given = places <= first + passage
        source = torch.where(of_question, begins + places - 1, begins + question + places - first)
        ids = self._tokens[source.clamp(0, max(0, len(self._tokens) - 1))].long()
        if layout.ids is not None:
            ids = layout.ids.to(device)[ids]
        # Its tokens are of one kind, so one number does for all of them.
        special = torch.where(places == 0, layout.first, torch.where(places < first, layout.between[0], layout.last))
        ids = torch.where(of_question | of_passage, ids, torch.where(given, special, layout.padding))
        inputs = {"input_ids": ids, "attention_mask": given.long()}
        if layout.has_types:
            inputs["token_type_ids"] = ((places >= first) & given).long()
        allowed = of_passage | (places == 0)

        def position(at: torch.Tensor) -> torch.Tensor:
            return torch.where(at >= 0, first + at, torch.where(at == NOWHERE, 0, -1))[:, 0]

        return Batch(inputs, allowed, position(starts), position(ends), verdicts[:, 0])

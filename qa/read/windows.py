"""Put a question and passages into windows of tokens, as a reader's model takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding
from tokenizers import Tokenizer as Backend

from qa.read.models import Inputs

TOKENIZER_FILE = "tokenizer.json"
KEPT = 512
"""Passages whose tokens are cached; each takes about ten kilobytes."""


@dataclass(frozen=True)
class Windows:
    """Windows over passages, padded at the end to the longest.

    Attributes:
        inputs: what the model is given, each of shape (windows, tokens).
        passage: the number of each window's passage, shape (windows,).
        offsets: where each token begins and ends in its passage's text, shape (windows, tokens, 2).
        context: which tokens are the passage's, shape (windows, tokens).
    """

    inputs: Inputs
    passage: NDArray[np.int64]
    offsets: NDArray[np.int64]
    context: NDArray[np.bool_]

    def of(self, rows: NDArray[np.bool_]) -> "Windows":
        """The windows at which ``rows``, of shape (windows,), is true."""
        inputs = {name: values[rows] for name, values in self.inputs.items()}
        return Windows(inputs, self.passage[rows], self.offsets[rows], self.context[rows])


class Tokenizer:
    """Makes `Windows`.

    Args:
        backend: the tokenizer itself; its truncation and its padding are switched off.
        padding: the id of the token that fills up a window.
    """

    def __init__(self, backend: Backend, padding: int = 0) -> None:
        backend.no_truncation()
        backend.no_padding()
        self._backend = backend
        # Cached, because the same passages are read for many questions.
        self._encoded = lru_cache(KEPT)(self._encode)
        self._padding = padding

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read ``tokenizer.json``. It takes milliseconds; transformers, whose import alone takes longer, is not needed.

        Raises:
            ValueError: the file is missing, or is not a tokenizer.
        """
        path = folder / TOKENIZER_FILE
        try:
            backend = Backend.from_file(str(path))
        except Exception as error:  # tokenizers raises nothing more precise
            raise ValueError(f"{path} is not a tokenizer ({error})") from error
        return cls(backend)

    @classmethod
    def of(cls, model: str) -> Self:
        """The tokenizer of any transformers model, by folder or hub name.

        Raises:
            ValueError: there is none, or it gives no offsets.
        """
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(model)
        if not tokenizer.is_fast:
            raise ValueError("its tokenizer gives no offsets; one with a tokenizer.json does")
        return cls(Backend.from_str(tokenizer.backend_tokenizer.to_str()), tokenizer.pad_token_id or 0)

    def windows(self, question: str, passages: Sequence[str], window: int, stride: int, longest_question: int) -> Windows:
        """Windows of at most ``window`` tokens, each with the whole question and as much of one passage as there is room for.

        Args:
            question: what is asked; tokens beyond ``longest_question`` are left out.
            passages: what is read.
            window: see above.
            stride: tokens that neighbouring windows of a long passage share.
            longest_question: see above.
        """
        asked = self._encode(question)
        asked.truncate(longest_question)
        room = window - len(asked) - self._backend.num_special_tokens_to_add(is_pair=True)
        made: list[Encoding] = []
        of_passage: list[int] = []
        for number, text in enumerate(passages):
            passage = self._encoded(text)
            if len(passage) > room:
                passage = self._encode(text)  # `truncate` changes it, so it must not be the cached one.
                passage.truncate(room, min(stride, room - 1))
            parts = [passage, *passage.overflowing]
            made += [self._backend.post_process(asked, part) for part in parts]
            of_passage += [number] * len(parts)
        longest = max(map(len, made), default=0)
        shape = len(made), longest
        ids, kinds, mask = np.full(shape, self._padding), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        offsets, context = np.zeros((*shape, 2), np.int64), np.zeros(shape, bool)
        for row, encoding in enumerate(made):
            length = len(encoding)
            ids[row, :length], kinds[row, :length], mask[row, :length] = encoding.ids, encoding.type_ids, 1
            offsets[row, :length] = encoding.offsets
            context[row, :length] = [part == 1 for part in encoding.sequence_ids]
        inputs = {"input_ids": ids, "token_type_ids": kinds, "attention_mask": mask}
        return Windows(inputs, np.array(of_passage), offsets, context)

    def _encode(self, text: str) -> Encoding:
        return self._backend.encode(text, add_special_tokens=False)

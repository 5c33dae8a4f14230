"""How a model does on questions that it is not trained on, cheaply enough to be looked at during training."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from qa.train.batches import batches
from qa.train.data import Question
from qa.train.examples import Example


@dataclass(frozen=True)
class Score:
    """On whole paragraphs, as they are.

    Attributes:
        loss: mean cross-entropy of the start and the end.
        exact: share of questions for which both are right, "no answer" included; what the best weights are chosen by.
    """

    loss: float
    exact: float


class Validation:
    """Questions on their own paragraphs, tokenised once."""

    def __init__(
        self, questions: Sequence[Question], tokenizer: PreTrainedTokenizerBase, max_tokens: int, max_length: int
    ) -> None:
        examples = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in questions]
        self._batches = list(batches(examples, tokenizer, max_tokens, max_length, random.Random(0)))

    def score(self, model: PreTrainedModel, device: torch.device, bfloat16: bool) -> Score:
        """Score ``model``."""
        loss, exact, count = 0.0, 0, 0
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            for batch in self._batches:
                batch = {name: tensor.to(device) for name, tensor in batch.items()}
                output = model(**batch)
                right = (output.start_logits.argmax(1) == batch["start_positions"]) & (
                    output.end_logits.argmax(1) == batch["end_positions"]
                )
                size = len(batch["input_ids"])
                loss += float(output.loss) * size
                exact += int(right.sum())
                count += size
        return Score(loss / count, exact / count)

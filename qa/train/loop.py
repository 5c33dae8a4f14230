"""The training loop: resumable to the exact step, the same result whether or not it was interrupted."""

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from qa.train.batches import batches
from qa.train.examples import ExampleMaker


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, apart from the data."""

    passes: float = 3.0
    learning_rate: float = 1.5e-4
    warmup: float = 0.06
    """Share of all steps over which the learning rate rises from 0; it then falls to 0 in a straight line."""
    weight_decay: float = 0.01
    clip: float = 1.0
    batch_tokens: int = 4096
    max_length: int = 320
    seed: int = 0
    shares: dict[str, float] = field(default_factory=dict)
    """How much of a source to use in each pass, by file name; 1 where not named."""


def native_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def train(
    maker: ExampleMaker,
    base: Path,
    folder: Path,
    recipe: Recipe,
    stop_after: int | None = None,
    save_every: int = 200,
    report: Callable[[str], None] = print,
) -> Path:
    """Fine-tune ``base`` and write the model to ``folder``/model, which is returned.

    A checkpoint is written to ``folder``/checkpoint.pt every ``save_every`` steps and read again at the
    start: passes and batches are drawn from the seed and the step alone, so a resumed run goes on exactly
    where it stopped. ``stop_after`` ends the run early after that many steps in all.

    Raises:
        ValueError: the checkpoint in ``folder`` was made with another recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    # Dropout is off: over so few passes of ever different wordings and crops it costs time and gains nothing.
    model = AutoModelForQuestionAnswering.from_pretrained(base, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model.to(device).train()
    optimizer = torch.optim.AdamW(_parameter_groups(model, recipe.weight_decay), lr=recipe.learning_rate, fused=True)
    total = round(recipe.passes * sum(1 for _ in _pass(maker, tokenizer, recipe, 0)))
    step = _load(folder, recipe, model, optimizer)
    report(f"{total} steps of {recipe.batch_tokens} tokens on {device}, from step {step}")
    began, first, losses = time.monotonic(), step, 0.0
    for batch in _batches_from(maker, tokenizer, recipe, step):
        if step >= min(total, stop_after or total):
            break
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * rate(step, total, recipe.warmup)
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=native_bfloat16()):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        losses += loss.item()
        if step % 50 == 0:
            seconds = (time.monotonic() - began) / (step - first)
            left = (total - step) * seconds / 60
            report(f"step {step}/{total}  loss {losses / 50:.3f}  {seconds:.2f} s/step  {left:.0f} min left")
            losses = 0.0
        if step % save_every == 0:
            _save(folder, recipe, model, optimizer, step)
    _save(folder, recipe, model, optimizer, step)
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


def rate(step: int, total: int, warmup: float) -> float:
    """The learning rate's factor: up from 0 over the warm-up, then down to 0 in a straight line.

    >>> [rate(step, 10, 0.2) for step in (0, 1, 2, 6, 10)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    rising = max(1.0, warmup * total)
    return step / rising if step < rising else max(0.0, (total - step) / (total - rising))


def _pass(
    maker: ExampleMaker, tokenizer: PreTrainedTokenizerBase, recipe: Recipe, number: int
) -> Iterator[dict[str, torch.Tensor]]:
    examples = maker.make(recipe.shares, recipe.seed, number)
    rng = random.Random(f"batches/{recipe.seed}/{number}")
    yield from batches(examples, tokenizer, recipe.batch_tokens, recipe.max_length, rng)


def _batches_from(
    maker: ExampleMaker, tokenizer: PreTrainedTokenizerBase, recipe: Recipe, step: int
) -> Iterator[dict[str, torch.Tensor]]:
    """All passes' batches, for ever, without the first ``step``."""
    number = 0
    while True:
        for batch in _pass(maker, tokenizer, recipe, number):
            if step > 0:
                step -= 1
            else:
                yield batch
        number += 1


def _parameter_groups(model: PreTrainedModel, weight_decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices; none for biases and layer norms."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def _save(folder: Path, recipe: Recipe, model: PreTrainedModel, optimizer: torch.optim.Optimizer, step: int) -> None:
    state = {
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "recipe": json.dumps(asdict(recipe)),
    }
    torch.save(state, folder / "checkpoint.tmp")
    (folder / "checkpoint.tmp").replace(folder / "checkpoint.pt")


def _load(folder: Path, recipe: Recipe, model: PreTrainedModel, optimizer: torch.optim.Optimizer) -> int:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["recipe"] != json.dumps(asdict(recipe)):
        raise ValueError(f"{path} was made with the recipe {state['recipe']}. Name another --out folder, or remove the file.")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])

"""The training loop: resumable to the exact step, the same result whether or not it was interrupted."""

import ctypes
import os
import platform
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedModel

from qa.train.examples.batches import Batches, Layout
from qa.train.fingerprint import origin
from qa.train.folders import make_folder, pretrained
from qa.train.loss import distillation_loss, loss
from qa.train.passes import Passes
from qa.train.recipe import Recipe
from qa.train.validation import Validation
from qa.train.verdict_head import HEAD, add_head, has_head, logits

HEAD_RATE = 25
"""The verdict head starts from nothing, so it learns this many times as fast as the layers below it."""


@cache
def native_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 in hardware. Elsewhere bfloat16 is slower than float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def keep_freed_memory() -> None:
    """Let glibc reuse freed memory instead of returning it to the system. Without glibc, do nothing.

    Each step frees and asks for the same few hundred MiB; fetching them from the system anew takes a third of the time.
    What stays between them must not be much, or they no longer fit where they were: of a large model, the code that oneDNN
    makes for every new shape, and keeps, lets memory grow by two gigabytes in a hundred steps. So it keeps little.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    most_mappings, trim_from, arenas = -4, -1, -8  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_ARENA_MAX of malloc.h
    for setting, value in ((most_mappings, 0), (trim_from, 2**31 - 1), (arenas, 1)):
        libc.mallopt(setting, value)


def train(
    passes: Passes,
    recipe: Recipe,
    base: Path,
    folder: Path,
    teachers: Sequence[Path] = (),
    stop_after: int | None = None,
    save_every: int = 200,
    validate_every: int = 500,
    report: Callable[[str], None] = print,
) -> Path:
    """Fine-tune ``base`` and write the model to ``folder``/model, which is returned.

    A checkpoint is written to ``folder``/checkpoint.pt every ``save_every`` steps and read again at the start: passes and
    batches are drawn from the seed and the step alone, so a resumed run goes on exactly where it stopped. ``stop_after``
    ends the run early after that many steps in all.

    With ``teachers``, folders of models, the model learns from their answers too (`distillation_loss`).

    Every ``validate_every`` steps, and at the end, the averaged weights are scored on the passes' validation rows; the best
    of them (`Score`) are what is written. Where ``stop_after`` ends the run between two of these steps, its last weights count
    too, but only for what is written then. Without validation rows, the last are written.

    Raises:
        ValueError: ``base`` or a teacher cannot be loaded, or has other words than the passes' tokenizer, ``folder`` cannot be
            made, its checkpoint was made with another recipe, base or data, or there is not enough data for one step.
    """
    make_folder(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(recipe.seed)
    keep_freed_memory()
    tokenizer = pretrained(AutoTokenizer, base)
    model = _model(base, device, passes.has_verdicts, recipe.dropout)
    made_from = origin(recipe, passes.data, model, teachers)
    layout = Layout.of(tokenizer, passes.tokenizer)
    taught = [_Teacher.load(teacher, passes, device) for teacher in teachers]
    model.to(device)  # type: ignore[arg-type]  # transformers types it wrongly.
    model.train()
    optimizer = torch.optim.AdamW(_parameter_groups(model, recipe), lr=recipe.learning_rate, fused=True)
    state = _State(model, _averaged(model, recipe.average), optimizer, made_from)
    if not state.load(folder):
        state.total = _steps(passes, layout, recipe)
    held_out = Validation(passes.validation, layout, recipe.batch_tokens, device) if passes.validation else None
    report(f"{state.total} steps of {recipe.batch_tokens} tokens on {device}, from step {state.step}")
    end = min(state.total, stop_after or state.total)
    began, first, losses = time.monotonic(), state.step, torch.zeros((), device=device)
    for batches, numbers in _batches_from(passes, layout, recipe, device, state.step):
        if state.step >= end:
            break
        losses += _update(state, batches, numbers, layout, taught, recipe)
        if state.step % 50 == 0:
            mean = float(losses) / min(50, state.step - first)  # On a GPU, this waits for the steps to be done.
            seconds = (time.monotonic() - began) / (state.step - first)
            left = (state.total - state.step) * seconds / 60
            report(f"step {state.step}/{state.total}  loss {mean:.3f}  {seconds:.3f} s/step  {left:.0f} min left")
            losses.zero_()
        if held_out and (state.step % validate_every == 0 or state.step == state.total):
            best = _validate(state, held_out, recipe, report)
            if best >= state.best:
                state.best = best
                state.released.save_pretrained(folder / "best")
        if state.step % save_every == 0:
            state.save(folder)
    state.save(folder)
    earlier = held_out is not None and (folder / "best").is_dir()
    if held_out and state.step % validate_every and state.step < state.total:
        # An uninterrupted run does not validate at this step, so nothing of it may go into the checkpoint.
        earlier = _validate(state, held_out, recipe, report) < state.best
    if earlier:
        shutil.copytree(folder / "best", folder / "model", dirs_exist_ok=True)
    else:
        state.released.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


def _model(base: Path, device: torch.device, with_verdicts: bool, dropout: float) -> PreTrainedModel:
    # On a CPU, torch's fused attention takes twice as long backwards as the plain one, of sentences this short.
    attention = {"attn_implementation": "eager"} if device.type == "cpu" else {}
    rates = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    model: PreTrainedModel = pretrained(AutoModelForQuestionAnswering, base, **rates, **attention)
    if with_verdicts:
        add_head(model, base)
    return model


@dataclass(frozen=True)
class _Teacher:
    """A model to learn from, and its layout of the passes' rows."""

    model: PreTrainedModel
    layout: Layout

    @classmethod
    def load(cls, folder: Path, passes: Passes, device: torch.device) -> "_Teacher":
        model = _model(folder, device, has_head(folder), dropout=0)
        model.to(device).eval()  # type: ignore[arg-type]  # transformers types it wrongly.
        return cls(model, Layout.of(pretrained(AutoTokenizer, folder), passes.tokenizer))


def _validate(state: "_State", held_out: Validation, recipe: Recipe, report: Callable[[str], None]) -> float:
    """Report the scores of the released weights; returns the score by which the best weights are chosen."""
    score = held_out.score(state.released, recipe.bfloat16 and native_bfloat16())
    shares = f"answerable {100 * score.answerable:.1f} %, best threshold {100 * score.best:.1f} %"
    report(f"step {state.step}/{state.total}  validation: loss {score.loss:.3f}, exact: {shares}")
    return score.best


def _update(
    state: "_State",
    batches: Batches,
    numbers: NDArray[np.int64],
    layout: Layout,
    teachers: Sequence[_Teacher],
    recipe: Recipe,
) -> torch.Tensor:
    """One step on the rows with these ``numbers``; returns its loss."""
    for group in state.optimizer.param_groups:
        group["lr"] = recipe.learning_rate * group["share"] * rate(state.step, state.total, recipe.warmup)
    batch = batches.laid_out(numbers, layout)
    with torch.autocast(batch.allowed.device.type, torch.bfloat16, enabled=recipe.bfloat16 and native_bfloat16()):
        found = logits(state.model, batch.inputs)
        with torch.no_grad():
            given = [batches.laid_out(numbers, teacher.layout) for teacher in teachers]
            taught = [(logits(one.model, other.inputs), other) for one, other in zip(teachers, given, strict=True)]
    lost = loss(found, batch)
    if taught:
        lost = (1 - recipe.distillation) * lost + recipe.distillation * distillation_loss(found, batch, taught)
    torch.autograd.backward(lost)
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), recipe.clip)
    state.optimizer.step()
    state.optimizer.zero_grad()
    state.step += 1
    if state.averaged:
        state.averaged.update_parameters(state.model)
    return lost.detach()


def rate(step: int, total: int, warmup: float) -> float:
    """The learning rate's factor: up from 0 over the warm-up, then down to 0 in a straight line.

    >>> [rate(step, 10, 0.2) for step in (0, 1, 2, 6, 10)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    rising = max(1.0, warmup * total)
    return step / rising if step < rising else max(0.0, (total - step) / (total - rising))


def _batches_from(
    passes: Passes, layout: Layout, recipe: Recipe, device: torch.device, step: int
) -> Iterator[tuple[Batches, NDArray[np.int64]]]:
    """The batches of all passes, without end, without the first ``step``: their rows, and which of them."""
    number = 0
    while True:
        batches = Batches(passes.rows(number), device)
        for numbers in _groups(batches, layout, recipe, number):
            if step > 0:
                step -= 1
            else:
                yield batches, numbers
        number += 1


def _groups(batches: Batches, layout: Layout, recipe: Recipe, number: int) -> Iterator[NDArray[np.int64]]:
    return batches.groups(recipe.batch_tokens, layout, np.random.default_rng((recipe.seed, number)))


def _parameter_groups(model: PreTrainedModel, recipe: Recipe) -> list[dict[str, object]]:
    """Weight decay for matrices, none for biases and layer norms; each layer with its share of the learning rate."""
    layers = model.config.num_hidden_layers
    groups: dict[tuple[float, bool], list[torch.nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        number = re.search(r"\.layer\.(\d+)\.", name)
        below = layers - int(number[1]) if number else layers + 1 if "embeddings" in name else 0
        share = HEAD_RATE if name.startswith(HEAD) else recipe.layer_decay**below
        groups[share, parameter.ndim > 1].append(parameter)
    return [
        {"params": parameters, "weight_decay": recipe.weight_decay if matrices else 0.0, "share": share}
        for (share, matrices), parameters in groups.items()
    ]


def _steps(passes: Passes, layout: Layout, recipe: Recipe) -> int:
    """How many batches the recipe's passes have. A fractional last pass counts in part.

    Raises:
        ValueError: they have none.
    """
    cpu = torch.device("cpu")
    whole = [
        sum(1 for _ in _groups(Batches(passes.rows(number), cpu), layout, recipe, number))
        for number in range(ceil(recipe.passes))
    ]
    part = recipe.passes - (len(whole) - 1)
    steps = round(sum(whole[:-1]) + part * whole[-1])
    if not steps:
        raise ValueError(f"{recipe.passes} passes of this data make no batch. Raise passes, or name more data with --data.")
    return steps


def _averaged(model: PreTrainedModel, decay: float) -> AveragedModel | None:
    if not decay:
        return None
    # At first, a long average would consist of untrained weights, so its length grows with the steps.
    return AveragedModel(model, avg_fn=lambda old, new, n: old + (new - old) / min(int(n) + 1, 1 / (1 - decay)))


@dataclass
class _State:
    """The contents of a checkpoint."""

    model: PreTrainedModel
    averaged: AveragedModel | None
    optimizer: torch.optim.Optimizer
    origin: dict[str, str]
    step: int = 0
    total: int = 0
    best: float = 0.0

    @property
    def released(self) -> PreTrainedModel:
        """The weights that are validated and written."""
        return cast(PreTrainedModel, self.averaged.module) if self.averaged else self.model

    def save(self, folder: Path) -> None:
        """Write the checkpoint, in one step."""
        state = {
            "step": self.step,
            "total": self.total,
            "best": self.best,
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict() if self.averaged else None,
            "optimizer": self.optimizer.state_dict(),
            **self.origin,
        }
        torch.save(state, folder / "checkpoint.tmp")
        (folder / "checkpoint.tmp").replace(folder / "checkpoint.pt")

    def load(self, folder: Path) -> bool:
        """Read the checkpoint, if there is one; returns whether there is.

        Raises:
            ValueError: it was made from another recipe, base or data.
        """
        path = folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        others = {
            "recipe": f"the recipe {state['recipe']}",
            "base": "another --base",
            "data": "other --data",
            "teachers": "other --teacher",
        }
        for name, other in others.items():
            # Old checkpoints do not record base and data.
            if state.get(name, self.origin[name]) != self.origin[name]:
                raise ValueError(
                    f"{path} was made with {other}. Name that one again, or another --out folder, or remove the file."
                )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.averaged:
            self.averaged.load_state_dict(state["averaged"])
        self.step, self.total, self.best = state["step"], state["total"], state["best"]
        return True

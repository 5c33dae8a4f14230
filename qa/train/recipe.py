"""A recipe: everything that decides the result of training, apart from the data. One TOML file for each reader."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Any, Self, get_type_hints

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Mix:
    """The mix of examples in a pass.

    Attributes:
        negatives: how likely a negative is made of an answerable question, each time that it is used.
        without_answer: share of negatives that are the question's own paragraph less the sentences that hold an answer.
        swapped: share with a name or number of the question swapped for one that the paragraph does not have.
        swapped_inside: share with a name or number of the question swapped for another one of the paragraph.
        contradicted: share with a word of the question turned into its contrary. The rest are passages that BM25 ranks high.
        others: how many other passages of its document a question is put to on average, each time that it is used; of
            questions on whole documents, which have no other negatives.
        synonyms: how often some of a question's words are replaced by synonyms.
        misspelt: how often one is misspelt.

    All but ``others`` are probabilities; those of the four kinds of negatives add up to at most 1.
    """

    negatives: float = 0.6
    without_answer: float = 0.30
    swapped: float = 0.25
    swapped_inside: float = 0.0
    contradicted: float = 0.0
    others: float = 2
    synonyms: float = 0.0
    misspelt: float = 0.08


@dataclass(frozen=True)
class Recipe:
    """All settings of a training run.

    Attributes:
        passes: how often the data is gone through; each pass makes other examples of it.
        learning_rate: at its highest.
        warmup: share of all steps over which the learning rate rises from 0; it then falls to 0 in a straight line.
        layer_decay: the learning rate of each layer is this times that of the layer above it.
        weight_decay: AdamW's, for matrices.
        clip: the norm that gradients are clipped at.
        dropout: of the layers and of the attention.
        distillation: with teachers, the share of the loss that is the distance from their answers.
        average: decay of the moving average of the weights, which is what is released; 0 for none.
        batch_tokens: tokens in a batch, padding included.
        max_length: tokens in an example; longer ones are cut.
        bfloat16: compute in it where the machine multiplies it in hardware; otherwise in float32.
        seed: of everything that is drawn.
        shares: by file name, how much of a file each pass uses, 1 where not named. Above 1, questions are used more than
            once, each time worded anew; a file whose share is 0 is validated on.
        validation: titles of the articles that are kept out of training and validated on.
        hold_out: leave out the tenth of the articles and documents that stays out for good (`is_held_out`).
        mix: what examples are made of.
    """

    passes: float = 3.0
    learning_rate: float = 1.5e-4
    warmup: float = 0.06
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.0
    distillation: float = 0.5
    average: float = 0.0
    batch_tokens: int = 4096
    max_length: int = 320
    bfloat16: bool = True
    seed: int = 0
    shares: dict[str, float] = field(default_factory=dict)
    validation: list[str] = field(default_factory=list)
    hold_out: bool = False
    mix: Mix = field(default_factory=Mix)

    @classmethod
    def load(cls, path: Path, changes: Sequence[str] = ()) -> Self:
        """Read a TOML file with these names. Settings that it leaves out have their defaults.

        Args:
            path: the file.
            changes: lines of TOML, such as "mix.swapped = 0", that take the place of the file's.

        Raises:
            ValueError: it cannot be read, names or holds something else, or a number is out of its range.
        """
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} is not a recipe ({error}). Expected TOML, as in qa/train/recipes.") from error
        for change in changes:
            try:
                _merge(given, tomllib.loads(change))
            except ValueError as error:
                raise ValueError(f"{change!r} is not a line of TOML ({error}). Expected one like mix.swapped=0.") from error
        mix = given.pop("mix", {})
        if not isinstance(mix, dict):
            raise ValueError(f"{path}: expected 'mix' to be a table, got {mix!r}.")
        recipe = cls(**_checked(cls, given, path), mix=Mix(**_checked(Mix, mix, path)))
        kinds = [recipe.mix.without_answer, recipe.mix.swapped, recipe.mix.swapped_inside, recipe.mix.contradicted]
        if round(sum(kinds), 9) > 1:
            raise ValueError(f"{path}: the kinds of negatives of 'mix' add up to {sum(kinds):g}; expected at most 1.")
        return recipe


_ABOVE_0 = frozenset({"passes", "learning_rate", "clip", "batch_tokens", "max_length"})
_BELOW_1 = frozenset({"warmup", "average", "dropout"})


def _merge(given: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(given.get(name), dict):
            _merge(given[name], value)
        else:
            given[name] = value


def _checked(kind: type, given: dict[str, Any], path: Path) -> dict[str, Any]:
    """``given`` if its names, types and ranges are those of the dataclass ``kind``; whole numbers stand for others too."""
    hints = get_type_hints(kind)
    for name, value in given.items():
        if name not in hints:
            known = ", ".join(one.name for one in fields(kind))
            raise ValueError(f"{path}: there is no {name!r}. Known are: {known}.")
        if not _fits(value, hints[name]):
            raise ValueError(f"{path}: {name} is {value!r}; expected {getattr(hints[name], '__name__', hints[name])}.")
        if name in _ABOVE_0 and value == 0:
            raise ValueError(f"{path}: {name} is {value!r}; expected a number above 0.")
        if name in _BELOW_1 and value >= 1:
            raise ValueError(f"{path}: {name} is {value!r}; expected a number from 0 on and below 1.")
        if kind is Mix and value > 1 and name != "others":
            raise ValueError(f"{path}: {name} is {value!r}; expected a number from 0 to 1.")
    return given


def _fits(value: object, hint: object) -> bool:
    if hint is float:
        return isinstance(value, float | int) and not isinstance(value, bool) and 0 <= value < inf
    if hint is bool:
        return isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if hint == list[str]:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, dict) and all(_fits(share, float) for share in value.values())

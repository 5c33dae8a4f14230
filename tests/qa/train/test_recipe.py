from pathlib import Path

import pytest

from qa.train.recipe import RECIPES, Mix, Recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("passes = ", "is not a recipe"),
        ("pases = 3", "there is no 'pases'. Known are: passes,"),
        ('passes = "3"', "passes is '3'; expected float"),
        ("seed = 1.5", "seed is 1.5; expected int"),
        ("seed = true", "seed is True; expected int"),
        ("bfloat16 = 1", "bfloat16 is 1; expected bool"),
        ("passes = -1", "passes is -1; expected float"),
        ("passes = 0", "passes is 0; expected a number above 0"),
        ("passes = inf", "passes is inf; expected float"),
        ("learning_rate = 0.0", "learning_rate is 0.0; expected a number above 0"),
        ("clip = 0", "clip is 0; expected a number above 0"),
        ("batch_tokens = 0", "batch_tokens is 0; expected a number above 0"),
        ("max_length = 0", "max_length is 0; expected a number above 0"),
        ("average = 1", "average is 1; expected a number from 0 on and below 1"),
        ("warmup = 1.0", "warmup is 1.0; expected a number from 0 on and below 1"),
        ("[shares]\nqamr = [0.5]", "shares is {'qamr': [0.5]}"),
        ("[shares]\nqamr = -0.5", "shares is {'qamr': -0.5}"),
        ("mix = 3", "expected 'mix' to be a table"),
        ("[mix]\nnegative = 1", "there is no 'negative'"),
        ("[mix]\nnegatives = 1.5", "negatives is 1.5; expected a number from 0 to 1"),
        ("[mix]\nwithout_answer = 0.5\nswapped = 0.6", "the kinds of negatives of 'mix' add up to 1.1; expected at most 1"),
    ],
)
def test_a_recipe_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(ValueError, match=r"recipe\.toml") as caught:
        Recipe.load(tmp_path / "recipe.toml")
    assert message in str(caught.value)


def test_a_recipe_is_changed_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("seed = 3\n[mix]\nswapped = 0.5\nmisspelt = 0.4\n")
    changed = Recipe.load(tmp_path / "recipe.toml", ["mix.swapped=0", "passes = 1", "shares.qamr=0.5"])
    assert changed == Recipe(passes=1, seed=3, shares={"qamr": 0.5}, mix=Mix(swapped=0, misspelt=0.4))
    with pytest.raises(ValueError, match="'swapped' is not a line of TOML"):
        Recipe.load(tmp_path / "recipe.toml", ["swapped"])
    with pytest.raises(ValueError, match="there is no 'swapped'"):
        Recipe.load(tmp_path / "recipe.toml", ["swapped = 0"])


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_recipes_are_read(path: Path) -> None:
    mix = Recipe.load(path).mix
    assert 0 < mix.without_answer + mix.swapped + mix.swapped_inside + mix.contradicted <= 1

"""A thousand cases of what `make fuzz` tries a million of."""

from collections.abc import Callable
from random import Random

import pytest

from tests.fuzz.doors import DOORS


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_whatever_comes_in_the_promises_hold(door: Callable[[Random], None]) -> None:
    for number in range(50):
        door(Random(f"{door.__name__} {number}"))

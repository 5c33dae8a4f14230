"""Talk and questions about the document are told from questions to look up."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from index.encoders.minilm import MiniLM
from qa.understand.intent import LONGEST, Intents

# Written by someone who knew neither the examples nor the encoder, and not used to choose them.
HELD_OUT = [json.loads(line) for line in Path(__file__).with_name("intents.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def intents(real_encoder: MiniLM) -> Intents:
    return Intents(real_encoder)


def test_most_are_recognised_and_questions_to_look_up_are_left_alone(intents: Intents) -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in HELD_OUT:
        intent = intents.of(entry["q"])
        found[entry["intent"]][intent.name if intent else "none"] += 1
    right = sum(counts[name] for name, counts in found.items() if name != "none")
    assert right >= 0.85 * sum(counts.total() for name, counts in found.items() if name != "none")
    assert found["none"]["none"] >= 0.97 * found["none"].total()
    for name, counts in found.items():
        assert counts.most_common(1)[0][0] == name
        assert counts[name] >= 0.8 * counts.total()


def test_an_example_has_its_own_intent_and_a_long_text_has_none(intents: Intents) -> None:
    found = intents.of("What is this article about?")
    assert found is not None
    assert (found.name, found.reply, found.questions) == ("overview", None, ())
    assert intents.of("Hello! " * LONGEST) is None

"""Tell talk, and questions about the document itself, from questions to look up: by their nearness to examples."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from index.encoder import Encoder, Vectors, unit

LONGEST = 80
"""Characters; what is longer is never talk."""


@dataclass(frozen=True)
class Intent:
    """What a person wants who does not ask for something in the text.

    Attributes:
        name: "overview" (what is it about?), "author", "published", or a kind of talk.
        reply: what to say to talk; None if it is not talk.
        questions: wordings in which to ask the beginning of a document for it; none if that does not tell.
        near: cosine from which on a question has the intent of one of its examples.
    """

    name: str
    reply: str | None
    questions: tuple[str, ...]
    near: float


class Intents:
    """Recognises intents with the index's encoder."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        path = Path(__file__).with_name("intents.toml")
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
        self._examples = [
            (Intent(name, entry.get("reply"), tuple(entry.get("questions", ())), entry["near"]), example)
            for name, entry in listed.items()
            for example in entry["examples"]
        ]

    def of(self, question: str) -> Intent | None:
        """The intent of ``question``; None if it is to be looked up."""
        if len(question) > LONGEST:
            return None
        cosines = self._vectors @ unit(self._encoder.encode([question]))[0]
        best = int(cosines.argmax())
        intent, _ = self._examples[best]
        return intent if cosines[best] >= intent.near else None

    @cached_property
    def _vectors(self) -> Vectors:
        return unit(self._encoder.encode([example for _, example in self._examples]))

"""Answers that are remembered: people ask the same of the same documents."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from time import perf_counter

from qa.answer import Answer
from qa.bot import Bot
from qa.understand.question import Turn

_Asked = tuple[str, tuple[Turn, ...], str | None]


@dataclass(frozen=True)
class CachedBot(Bot):
    """A bot that remembers its last ``most`` answers. They are of its own index and models, and go with it."""

    most: int = 1024
    # Not of `replace`: a bot that is made from this one, of other documents, has answers of its own.
    _answers: OrderedDict[_Asked, Answer] = field(init=False, default_factory=OrderedDict, repr=False, compare=False)
    _lock: Lock = field(init=False, default_factory=Lock, repr=False, compare=False)

    def ask(self, question: str, history: Sequence[Turn] = (), document: str | None = None) -> Answer:
        """As `Bot.ask`. An answer that was remembered took no time to retrieve or to read."""
        began = perf_counter()
        asked = (question, tuple(history[-1:]), document)  # A question leans on the last turn alone.
        with self._lock:
            answer = self._answers.pop(asked, None)
        if answer is None:
            answer = super().ask(question, history, document)
            found = answer
        else:
            found = replace(answer, timings_ms={"retrieve": 0.0, "read": 0.0, "total": 1e3 * (perf_counter() - began)})
        with self._lock:
            self._answers[asked] = answer
            while len(self._answers) > self.most:
                self._answers.popitem(last=False)
        return found


def cached(bot: Bot, most: int) -> Bot:
    """``bot``, remembering its last ``most`` answers."""
    return CachedBot(**vars(bot), most=most) if most else bot

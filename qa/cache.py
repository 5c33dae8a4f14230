"""A cache of answers, because people often ask the same questions of the same documents."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from time import perf_counter

from qa.answer import Answer
from qa.bot import Bot
from qa.understand.question import Turn

_Asked = tuple[str, tuple[Turn, ...], tuple[str, ...]]


@dataclass(frozen=True)
class CachedBot(Bot):
    """A bot that caches the ``most`` answers used last. They belong to its index and models, and are dropped with it."""

    most: int = 1024
    # `replace` does not copy it (init=False): a bot made from this one, for other documents, starts with an empty cache.
    _answers: OrderedDict[_Asked, Answer] = field(init=False, default_factory=OrderedDict, repr=False, compare=False)
    _lock: Lock = field(init=False, default_factory=Lock, repr=False, compare=False)

    def ask(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Answer:
        """As `Bot.ask`. For a cached answer, the times to retrieve and to read are 0."""
        began = perf_counter()
        asked = (question, tuple(history[-1:]), tuple(documents))  # A question can refer to the last turn only.
        with self._lock:
            answer = self._answers.pop(asked, None)
        if answer is None:
            answer = super().ask(question, history, documents)
            found = answer
        else:
            found = replace(answer, timings_ms={"retrieve": 0.0, "read": 0.0, "total": 1e3 * (perf_counter() - began)})
        with self._lock:
            self._answers[asked] = answer
            while len(self._answers) > self.most:
                self._answers.popitem(last=False)
        return found


def cached(bot: Bot, most: int) -> Bot:
    """``bot`` with a cache of ``most`` answers; without a cache if ``most`` is 0."""
    return CachedBot(**vars(bot), most=most) if most else bot

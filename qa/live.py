"""A bot whose documents may change while it is asked, and what changes them: the files themselves."""

import logging
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from threading import Thread

from index.build import ensure
from index.manifest import Manifest
from qa.answer import Answer
from qa.bot import Bot, Retrieved
from qa.cache import cached
from qa.understand.question import Turn

SECONDS = 2.0
"""Between two looks at the files. What changes is read when it was the same at two of them, so that no file is read half."""


class LiveBot(Bot):
    """A bot that can be replaced by another one while it is asked.

    A question that is being answered is finished by the bot that began it. The fields are those of the bot at present.
    """

    _bot: Bot

    def __init__(self, bot: Bot) -> None:
        """At first, answer as ``bot`` does."""
        self.serve(bot)

    def serve(self, bot: Bot) -> None:
        """From now on, answer as ``bot`` does."""
        for field in fields(Bot):
            object.__setattr__(self, field.name, getattr(bot, field.name))
        object.__setattr__(self, "_bot", bot)

    def ask(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Answer:
        """As `Bot.ask`."""
        return self._bot.ask(question, history, documents)

    def retrieve(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Retrieved:
        """As `Bot.retrieve`."""
        return self._bot.retrieve(question, history, documents)


def watch(bot: LiveBot, folder: Path, most_cached: int, seconds: float = SECONDS) -> Thread:
    """Keep ``bot`` up to date with the files that the index in ``folder`` was built from, in a thread of its own.

    Args:
        bot: the bot.
        folder: of the index, which is kept up to date too.
        most_cached: as for `cached`.
        seconds: see `SECONDS`.

    Raises:
        ValueError: the index was not built from files.
    """
    seeds = [Path(place) for place in Manifest.read(folder).seeds]
    if not seeds:
        raise ValueError(f"The index in {folder} was not built from files, so none can be watched. Leave out --watch.")
    thread = Thread(target=_follow, args=(bot, seeds, folder, most_cached, seconds), daemon=True, name="watch")
    thread.start()
    return thread


def _follow(bot: LiveBot, seeds: Sequence[Path], folder: Path, most_cached: int, seconds: float) -> None:
    log = logging.getLogger(__name__)
    # Nothing is taken up yet: the files may have changed since the index was brought up to date.
    taken, before = None, _state(seeds)
    while True:
        time.sleep(seconds)
        now = _state(seeds)
        if now == before != taken:
            taken = now
            try:
                index = ensure(seeds, folder, lambda: bot.index.encoder, log.warning)
            except ValueError as error:
                log.warning("%s The documents stay as they were.", error)
            except Exception:
                log.exception("the documents could not be brought up to date")
            else:
                if index.by_id != bot.index.by_id:
                    bot.serve(cached(bot.about(index), most_cached))
                    log.warning("%d documents are served now.", len(index.documents))
        before = now


def _state(seeds: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """When each file was changed last, and its size."""
    found = {}
    for place in seeds:
        for path in [place] if place.is_file() else place.rglob("*"):
            try:
                status = path.stat()
            except OSError:
                continue  # It has just been removed.
            found[path] = (status.st_mtime_ns, status.st_size)
    return found

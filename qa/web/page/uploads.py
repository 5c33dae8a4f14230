"""Texts that visitors bring: each visitor's are theirs alone, in memory, until they leave."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from threading import Lock

from index.document import Document
from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.understand.spelling import Spelling, english
from qa.web.page.chips import Suggestion, suggestions
from qa.web.page.conversation import Exchange

LARGEST = 300_000
"""Bytes of one text."""
MOST_TEXTS = 5
MOST_VISITORS = 32
"""Whoever asked longest ago is forgotten first."""


@dataclass(frozen=True)
class Brought:
    """A visitor's texts.

    Attributes:
        bot: answers from them and from nothing else.
        known: questions that it answers.
        exchanges: what was asked of it and answered, by number: answers hold the text that they are from, so they are kept
            beside it and nowhere else.
    """

    bot: Bot
    known: Sequence[Suggestion]
    exchanges: dict[int, Exchange] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The texts."""
        return self.bot.index.documents


class Uploads:
    """What visitors brought, by the id of their session."""

    def __init__(self, bot: Bot) -> None:
        """``bot`` lends its encoder and its reader."""
        self._bot = bot
        self._brought: OrderedDict[str, Brought] = OrderedDict()
        self._lock = Lock()
        self._adding = Lock()
        self._awaited: str | None = None
        """Whose text is being indexed; nobody's once they have left."""

    def __len__(self) -> int:
        """How many visitors' texts are held."""
        return len(self._brought)

    def of(self, visitor: str) -> Brought | None:
        """What the visitor brought, if anything."""
        with self._lock:
            if visitor in self._brought:
                self._brought.move_to_end(visitor)
            return self._brought.get(visitor)

    def add(self, visitor: str, name: str, text: str) -> Document:
        """Index a text for the visitor, beside those that they brought before.

        Raises:
            ValueError: it is too large, blank, no text, brought already, one too many, or the visitor left meanwhile.
        """
        with self._adding:
            self._awaited = visitor  # Before what they brought earlier is looked up: it goes as well if they leave.
            return self._add(visitor, name, text)

    def _add(self, visitor: str, name: str, text: str) -> Document:
        name = PurePath(name.replace("\\", "/")).name[:100] or "text"
        document = _checked(name, text)
        before = self.of(visitor)
        earlier = before.documents if before else ()
        if document.id in {other.id for other in earlier}:
            raise ValueError(f"You have added the text of {name} already.")
        if len(earlier) >= MOST_TEXTS:
            raise ValueError(f"You have added {len(earlier)} texts, which is the most. Remove yours, then add others.")
        index = Index.build(
            [*earlier, document], self._bot.index.encoder, self._bot.index.settings, before.bot.index if before else None
        )
        spelling = Spelling((one.text for one in index.documents), english()) if self._bot.spelling else None
        bot = replace(self._bot, retriever=Retriever(index), spelling=spelling)
        known = [*(before.known if before else ()), *suggestions(bot, document)]
        with self._lock:
            if self._awaited != visitor:
                raise ValueError(f"Your texts were removed while {name} was being read. Add it again.")
            self._brought[visitor] = Brought(bot, known, before.exchanges if before else {})
            self._brought.move_to_end(visitor)
            while len(self._brought) > MOST_VISITORS:
                self._brought.popitem(last=False)
        return document

    def forget(self, visitor: str) -> None:
        """Let go of what the visitor brought."""
        with self._lock:
            self._brought.pop(visitor, None)
            if self._awaited == visitor:
                self._awaited = None


def _checked(name: str, text: str) -> Document:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} is not valid Unicode (character {error.start}). Save it as plain UTF-8 text.") from error
    if size > LARGEST:
        raise ValueError(
            f"{name} has {size:,} bytes; at most {LARGEST:,} can be added here. Cut it into parts, or put it in seeds/."
        )
    if "\0" in text:
        raise ValueError(
            f"{name} is binary (NUL at character {text.index(chr(0))}), not UTF-8 text. Save it as plain UTF-8 text."
        )
    return Document.from_text(text.removeprefix("\ufeff"), source=name)

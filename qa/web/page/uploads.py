"""Texts that visitors add. Each is only for the visitor who added it, and stays in memory until that visitor leaves."""

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
"""The visitor who asked longest ago is dropped first."""


@dataclass(frozen=True)
class Brought:
    """A visitor's texts.

    Attributes:
        bot: answers from them and from nothing else.
        known: suggested questions, which it answers.
        exchanges: the questions about these texts and their answers, by number. Answers hold the text that they come from,
            so they are kept with the texts and nowhere else.
    """

    bot: Bot
    known: Sequence[Suggestion]
    exchanges: dict[int, Exchange] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The texts."""
        return self.bot.index.documents


class Uploads:
    """The texts of all visitors, by the id of their session."""

    def __init__(self, bot: Bot) -> None:
        """The visitors' bots use the encoder and the reader of ``bot``."""
        self._bot = bot
        self._brought: OrderedDict[str, Brought] = OrderedDict()
        self._lock = Lock()
        self._adding = Lock()
        self._awaited: str | None = None
        """The visitor whose text is being indexed; None once that visitor has left."""

    def __len__(self) -> int:
        """The number of visitors whose texts are held."""
        return len(self._brought)

    def of(self, visitor: str) -> Brought | None:
        """The visitor's texts, or None."""
        with self._lock:
            if visitor in self._brought:
                self._brought.move_to_end(visitor)
            return self._brought.get(visitor)

    def add(self, visitor: str, name: str, text: str) -> Document:
        """Index a text for the visitor, together with the visitor's earlier ones.

        Raises:
            ValueError: the text is too large, blank, not text, added already or one too many, or the visitor left meanwhile.
        """
        with self._adding:
            # Set before the earlier texts are looked up: those are removed as well if the visitor leaves.
            self._awaited = visitor
            return self._add(visitor, name, text)

    def _add(self, visitor: str, name: str, text: str) -> Document:
        name = PurePath(name.replace("\\", "/")).name[:100] or "text"
        document = _checked(name, text)
        before = self.of(visitor)
        earlier = before.documents if before else ()
        if document.id in {other.id for other in earlier}:
            raise ValueError(f"You have already added the text of {name}.")
        if len(earlier) >= MOST_TEXTS:
            raise ValueError(f"You have added {len(earlier)} texts, which is the maximum. Remove yours, then add others.")
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
        """Remove the visitor's texts."""
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

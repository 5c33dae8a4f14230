"""Texts that visitors add. Each is only for the visitor who added it, and stays in memory until that visitor leaves."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from threading import Lock

from index.document import Document
from index.fetch import Fetched
from index.formats.apart import FileReader
from index.store import Index
from qa.bot import Bot
from qa.web.page.chips import Suggestion, suggestions
from qa.web.page.conversation import Exchange

LARGEST = 4_000_000
"""Bytes of one file."""
LARGEST_TOGETHER = 8_000_000
"""Bytes of a visitor's files whose pages can be shown."""
LONGEST = 300_000
"""Characters of one text."""
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
        files: the files whose pages can be shown, by the id of their text.
    """

    bot: Bot
    known: Sequence[Suggestion]
    exchanges: dict[int, Exchange] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The texts."""
        return tuple(self.bot.index.by_id.values())


class Uploads:
    """The texts of all visitors, by the id of their session."""

    def __init__(self, bot: Bot, reader: FileReader) -> None:
        """The visitors' bots use the encoder and the reader of ``bot``. ``reader`` reads their files."""
        self._bot = bot
        self._reader = reader
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

    def add(self, visitor: str, name: str, data: bytes, web: Fetched | None = None) -> Document:
        """Index a file for the visitor, together with the visitor's earlier ones; ``web`` says where it was fetched.

        Raises:
            ValueError: the file is too large, cannot be read, was added already or is one too many, or the visitor left.
        """
        with self._adding:
            # Set before the earlier texts are looked up: those are removed as well if the visitor leaves.
            self._awaited = visitor
            return self._add(visitor, name, data, web)

    def _add(self, visitor: str, name: str, data: bytes, web: Fetched | None) -> Document:
        name = PurePath(name.replace("\\", "/")).name[:100] or "text"
        document = self._read(name, data)
        if web:
            document = replace(document, source=web.address, fetched=web.time)
        before = self.of(visitor)
        earlier = before.documents if before else ()
        if document.id in {other.id for other in earlier}:
            raise ValueError(f"You have already added the text of {name}.")
        if len(earlier) >= MOST_TEXTS:
            raise ValueError(f"You have added {len(earlier)} texts, which is the maximum. Remove yours, then add others.")
        files = {**(before.files if before else {}), **({document.id: data} if document.pages else {})}
        if sum(map(len, files.values())) > LARGEST_TOGETHER:
            raise ValueError(f"Your files have more than {LARGEST_TOGETHER:,} bytes together. Remove yours, then add others.")
        # A visitor's texts are always in memory.
        known_index = before.bot.index if before and isinstance(before.bot.index, Index) else None
        index = Index.build([*earlier, document], self._bot.index.encoder, self._bot.index.settings, known_index)
        bot = self._bot.about(index)
        known = [*(before.known if before else ()), *suggestions(bot, document)]
        with self._lock:
            if self._awaited != visitor:
                raise ValueError(f"Your texts were removed while {name} was being read. Add it again.")
            self._brought[visitor] = Brought(bot, known, before.exchanges if before else {}, files)
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

    def _read(self, name: str, data: bytes) -> Document:
        if len(data) > LARGEST:
            raise ValueError(
                f"{name} has {len(data):,} bytes; at most {LARGEST:,} can be added here. Cut it, or put it in seeds/."
            )
        try:
            content = self._reader.read(name, data)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from error
        if len(content.text) > LONGEST:
            raise ValueError(
                f"{name} has {len(content.text):,} characters; at most {LONGEST:,} can be added here. Cut it into parts."
            )
        return Document.from_text(content.text, name, content.title, content.pages)

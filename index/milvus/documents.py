"""The documents of a store in Milvus: rows of their texts, or files in a folder that all can reach."""

import json
import os
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock, get_ident

from index.document import Document
from index.milvus.connection import Connection, Row, among, batches
from index.unavailable import UnavailableError

PART = 16_000
"""Characters of a text in one row: at most 64,000 bytes, and a row may have 65,535."""
MOST_KEPT = 2000
"""Documents in memory."""
AT_ONCE = 100
"""Documents that are fetched in one call."""
FRESH = 2.0
"""Seconds for which a count is kept."""
MANIFEST = "manifest"
"""Stands in place of a document's id in the row that tells how the store was made."""
_MOST_ROWS = 16_384
"""That Milvus gives for one query."""


class StoredDocuments(Mapping[str, Document]):
    """The documents by their ids, fetched when they are asked for. The last ones are kept."""

    def __init__(self, connection: Connection, collection: str, folder: Path | None) -> None:
        """The documents whose rows are in ``collection`` and whose texts are in ``folder`` or, without one, in the rows."""
        self._connection = connection
        self._collection = collection
        self.folder = folder
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._counted = (0.0, 0)
        self._lock = Lock()

    def __getitem__(self, identifier: str) -> Document:
        """The document with this id."""
        return self.found([identifier])[identifier]

    def __iter__(self) -> Iterator[str]:
        """All ids, in order. Documents are fetched many at once, so that to read them one by one takes not much longer."""
        last = ""
        while True:
            condition = f"part == 0 and document > {json.dumps(last)} and document != {json.dumps(MANIFEST)}"
            rows = self._connection.query(self._collection, condition, ["document"], limit=_MOST_ROWS)
            ids = sorted(row["document"] for row in rows)
            for some in batches(ids, AT_ONCE):
                self.found(some)
                yield from some
            if len(ids) < _MOST_ROWS:
                return
            last = ids[-1]

    def __len__(self) -> int:
        """How many there are; it may be two seconds old."""
        when, count = self._counted
        if time.monotonic() - when > FRESH:
            count = self._connection.count(self._collection, "part == 0") - 1
            self._counted = (time.monotonic(), count)
        return count

    def found(self, identifiers: Iterable[str]) -> dict[str, Document]:
        """Those of the documents that there are."""
        wanted = dict.fromkeys(identifiers)
        with self._lock:
            found = {one: self._kept[one] for one in wanted if one in self._kept}
            for one in found:
                self._kept.move_to_end(one)
        for some in batches([one for one in wanted if one not in found and one != MANIFEST], AT_ONCE):
            read = self._read(some)
            found |= read
            with self._lock:
                self._kept |= read
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        return found

    def there(self, identifiers: Sequence[str]) -> set[str]:
        """Those of the ids whose documents are there, as of now."""
        condition = f"{among(identifiers)} and part == 0"
        return {row["document"] for row in self._connection.query(self._collection, condition, ["document"], strongly=True)}

    def write(self, documents: Sequence[Document]) -> None:
        """Write documents. The first part of each comes last: it says that all are there."""
        first, others = [], []
        for document in documents:
            text = document.text
            if self.folder:
                _write_text(self.folder, document)
                text = ""
            parts = [text[at : at + PART] for at in range(0, len(text), PART)] or [""]
            about = json.dumps(asdict(document) | {"text": ""})
            first.append(text_row(document.id, 0, about, parts[0]))
            others += [text_row(document.id, number, "", part) for number, part in enumerate(parts[1:], start=1)]
        self._connection.upsert(self._collection, others)
        self._connection.upsert(self._collection, first)

    def settle(self) -> None:
        """Wait until whoever reads from now on finds what was written; what is kept may have changed."""
        count = self._connection.count(self._collection, "part == 0", strongly=True) - 1
        with self._lock:
            self._kept.clear()
            self._counted = (time.monotonic(), count)

    def _read(self, identifiers: Sequence[str]) -> dict[str, Document]:
        parts: dict[str, dict[int, Row]] = {}
        for row in self._connection.query(self._collection, among(identifiers), ["document", "part", "about", "text"]):
            parts.setdefault(row["document"], {})[row["part"]] = row
        found = {}
        for identifier, rows in parts.items():
            if 0 in rows:  # Else it is being written.
                about = json.loads(rows[0]["about"])
                written = "".join(rows[number]["text"] for number in sorted(rows))
                text = _read_text(self.folder, identifier) if self.folder else written
                found[identifier] = Document(**about | {"text": text, "pages": tuple(about["pages"])})
        return found


def text_row(document: str, part: int, about: str, text: str) -> Row:
    """A row of the collection of documents."""
    key = f"{document}:{part:08d}"
    return {"id": key, "document": document, "part": part, "about": about, "text": text, "unused": [1.0, 0.0]}


def _path(folder: Path, document: str) -> Path:
    return folder / document[:2] / f"{document}.txt"


def _write_text(folder: Path, document: Document) -> None:
    path = _path(folder, document.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}-{get_ident()}")
    temporary.write_bytes(document.text.encode())
    temporary.replace(path)


def _read_text(folder: Path, document: str) -> str:
    try:
        return _path(folder, document).read_bytes().decode()
    except OSError as error:
        raise UnavailableError(f"The text of {document} cannot be read in {folder} ({error.strerror}).") from error

"""Stores of each kind, for the laws that hold for all of them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from index.document import Document
from index.encoder import Encoder
from index.split import SplitSettings
from index.store import Index, Store

KINDS = ["faiss", *(os.environ.get("QA_STORES", "").split())]
"""`make test` tries FAISS alone, `make test-cluster` the others too: lite, server, own (the user's, at QA_MILVUS_URI)."""
SHORT = SplitSettings(longest=120, shortest=20)


class Holder(Protocol):
    """A store, and how it is changed."""

    store: Store

    def add(self, documents: Sequence[Document]) -> None: ...
    def remove(self, documents: Sequence[str]) -> None: ...
    def rebuild(self, documents: Sequence[Document], settings: SplitSettings) -> None: ...
    def reopen(self) -> None: ...


class FaissHolder:
    def __init__(self, documents: Sequence[Document], encoder: Encoder, folder: Path) -> None:
        self.folder = folder
        self.store = Index.build(documents, encoder, SHORT)

    def add(self, documents: Sequence[Document]) -> None:
        new = [document for document in documents if document.id not in self.store.by_id]
        self.store = Index.build([*self.store.documents, *new], self.store.encoder, self.store.settings, self.store)

    def remove(self, documents: Sequence[str]) -> None:
        kept = [document for document in self.store.documents if document.id not in documents]
        self.store = Index.build(kept, self.store.encoder, self.store.settings, self.store)

    def rebuild(self, documents: Sequence[Document], settings: SplitSettings) -> None:
        self.store = Index.build(documents, self.store.encoder, settings)

    def reopen(self) -> None:
        self.store.save(self.folder)
        self.store = Index.load(self.folder, self.store.encoder)


class MilvusHolder:
    def __init__(self, documents: Sequence[Document], encoder: Encoder, url: str) -> None:
        from index.milvus.update import open_store

        self.url = url
        self.encoder = encoder
        self.store = open_store(url, encoder, SHORT)
        self.store.add(documents)

    def add(self, documents: Sequence[Document]) -> None:
        self.store.add(documents)

    def remove(self, documents: Sequence[str]) -> None:
        self.store.remove(documents)

    def rebuild(self, documents: Sequence[Document], settings: SplitSettings) -> None:
        self.store.rebuild(documents, settings)

    def reopen(self) -> None:
        from index.milvus.update import open_store

        self.store = open_store(self.url, self.encoder)

    def forget(self) -> None:
        """Leave nothing on a server that is the user's."""
        connection = self.store._connection
        for suffix in ("", "_documents"):
            connection.call("drop_alias", f"{self.store.address.name}{suffix}")
        for number in range(1, 9):
            for suffix in ("", "_documents"):
                connection.drop(f"{self.store.address.name}_v{number}{suffix}")


def url_of(kind: str, folder: Path, server: str | None) -> str:
    """The address of a new store."""
    name = f"test_{uuid4().hex[:12]}"
    return f"milvus://{folder / 'lite.db'}" if kind == "lite" else f"{server}/{name}"

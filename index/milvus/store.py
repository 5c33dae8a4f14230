"""The store: search, and what changes it.

A store called NAME has two aliases: NAME, for a collection of passages, and NAME_documents, for one of documents. A rebuild
fills new collections and then moves the aliases, so nobody sees half of it. The row of a document is written after its passages
and removed before them: passages without their document are not found.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.document import Document, Hit, Span
from index.encoder import Encoder, Vectors, unit
from index.milvus.address import Address
from index.milvus.connection import CONSISTENCY, SECONDS, Connection, Row, among, batches
from index.milvus.documents import FRESH, MANIFEST, StoredDocuments, text_row
from index.split import SplitSettings, split
from index.store import Index, check_known
from index.view import view

DOCUMENTS = 64
"""That are split, encoded and written together."""
LONGEST_PASSAGE = 65_000
"""Bytes of a passage's words."""
LOADING = 120.0
"""Seconds within which a server must have its collections in memory: one that was just started has to read them."""
SPARE = 10
"""Passages that are asked for besides, as some may have no document any more."""
SEARCHED = 128
"""Nodes of the graph that a search looks at, at least (Malkov and Yashunin 2016, https://arxiv.org/abs/1603.09320)."""
_GRAPH = {"M": 16, "efConstruction": 200}
_ANALYSER = {
    "tokenizer": "standard",
    "filter": ["lowercase", {"type": "stop", "stop_words": ["_english_"]}, {"type": "stemmer", "language": "english"}],
}


class MilvusStore:
    """Passages in Milvus. It may be asked from several threads."""

    def __init__(self, address: Address, encoder: Encoder, settings: SplitSettings | None = None) -> None:
        """Open the store at ``address``; with ``settings``, make it if there is none.

        Raises:
            ValueError: there is no server or no store, or it was made with another encoder.
        """
        self.address = address
        self.encoder = encoder
        self._connection = Connection(address)
        if not self._connection.has(self._documents):
            if settings is None:
                raise ValueError(
                    f"There is no store {address.name!r} at {address.server}. Build it: python -m index build --store ADDRESS"
                )
            self._create(1, settings)
            self._point(1)
        self.warm()
        made = self._manifest()
        if (made["encoder"], made["dimension"]) != (encoder.name, encoder.dimension):
            raise ValueError(
                f"The store {address.name!r} was made with the encoder {made['encoder']!r} ({made['dimension']} dimensions), "
                f"but the encoder is {encoder.name!r} ({encoder.dimension}). Name that one, or another store."
            )
        self.settings = SplitSettings(**made["settings"])
        self.by_id = StoredDocuments(self._connection, self._documents, Path(made["texts"]) if made["texts"] else None)
        self._counted = (0.0, 0)
        self._settle()

    @property
    def _documents(self) -> str:
        return f"{self.address.name}_documents"

    # What is found.

    @property
    def passage_count(self) -> int:
        """As `Store` says; it may be two seconds old."""
        when, count = self._counted
        if time.monotonic() - when > FRESH:
            count = self._connection.count(self.address.name)
            self._counted = (time.monotonic(), count)
        return count

    def search(self, question: str, k: int, documents: Sequence[str] = ()) -> list[Hit]:
        """As `Store` says.

        Raises:
            ValueError: there is no such document.
            UnavailableError: the server does not answer.
        """
        (vector,) = unit(self.encoder.encode([question]))
        return self._search("vector", vector.tolist(), k, documents)

    def search_words(self, question: str, k: int, documents: Sequence[str] = ()) -> list[Hit]:
        """As `Store` says; nothing if the server is too old.

        Raises:
            ValueError: there is no such document.
            UnavailableError: the server does not answer.
        """
        if self._connection.finds_words:
            return self._search("words", question, k, documents)
        check_known(self, documents)
        return []

    def passages_of(self, document: str, most: int) -> tuple[Sequence[Span], Vectors]:
        """As `Store` says.

        Raises:
            ValueError: there is no such document.
            UnavailableError: the server does not answer.
        """
        check_known(self, [document])
        passages = split(self.by_id[document], self.settings)[:most]
        last = passages[-1].start
        condition = f"{among([document])} and start <= {last}"
        rows = self._connection.query(self.address.name, condition, ["start", "end", "vector"])
        vectors = {(row["start"], row["end"]): row["vector"] for row in rows}
        passages = [passage for passage in passages if (passage.start, passage.end) in vectors]
        found = [vectors[passage.start, passage.end] for passage in passages]
        return passages, np.array(found, dtype=np.float32).reshape(-1, self.encoder.dimension)

    def warm(self) -> None:
        """As `Store` says."""
        for collection in (self.address.name, self._documents):
            self._connection.call("load_collection", collection, seconds=LOADING)

    # What changes it.

    def add(self, documents: Iterable[Document], show_progress: bool = False) -> int:
        """Split, encode and write those of ``documents`` that are not there yet; returns how many.

        Raises:
            UnavailableError: the server does not answer. What was written stays, and the same call goes on from there.
        """
        added = 0
        for some in batches(documents, DOCUMENTS):
            there = self.by_id.there([document.id for document in some])
            missing = [document for document in some if document.id not in there]
            passages = [passage for document in missing for passage in split(document, self.settings)]
            if passages:
                vectors = unit(self.encoder.encode([view(passage).text for passage in passages], show_progress))
                self._write(missing, passages, vectors)
                added += len(missing)
        self._settle()
        return added

    def push(self, index: Index) -> int:
        """Write the documents of ``index`` that are not there yet, with their vectors; returns how many. Nothing is encoded.

        Raises:
            ValueError: it has another encoder, or passages of other lengths.
            UnavailableError: the server does not answer.
        """
        if (index.encoder.name, index.settings) != (self.encoder.name, self.settings):
            raise ValueError("The index has another encoder than the store, or passages of other lengths. Name another store.")
        added = 0
        for some in batches(index.documents, DOCUMENTS):
            there = self.by_id.there([document.id for document in some])
            missing = [document for document in some if document.id not in there]
            taken = [index.passages_of(document.id, len(index.passages)) for document in missing]
            if taken:
                self._write(missing, [one for passages, _ in taken for one in passages], np.concatenate([v for _, v in taken]))
                added += len(missing)
        self._settle()
        return added

    def remove(self, documents: Sequence[str]) -> None:
        """Remove documents, by their ids; unknown ones are passed over.

        Raises:
            UnavailableError: the server does not answer.
        """
        for some in batches(documents, DOCUMENTS):
            self._connection.call("delete", self._documents, filter=among(some))
            self._connection.call("delete", self.address.name, filter=among(some))
        self._settle()

    def rebuild(self, documents: Iterable[Document], settings: SplitSettings, show_progress: bool = False) -> None:
        """Fill new collections with ``documents``, then serve them in place of the old ones.

        Raises:
            UnavailableError: the server does not answer. The old ones are served still.
        """
        old = self._number_served()
        self._create(old + 1, settings)
        fresh = self._versioned(old + 1)
        filled = type(self)(replace(self.address, name=fresh), self.encoder)
        filled.add(documents, show_progress)
        self._point(old + 1)
        self.settings, self.by_id = settings, StoredDocuments(self._connection, self._documents, filled.by_id.folder)
        self._settle()
        for collection in (self._versioned(old), f"{self._versioned(old)}_documents"):
            self._connection.drop(collection)

    def _write(self, documents: Sequence[Document], passages: Sequence[Span], vectors: Vectors) -> None:
        rows = []
        for passage, vector in zip(passages, vectors, strict=True):
            row: Row = {
                "id": f"{passage.document.id}:{passage.start}:{passage.end}",
                "document": passage.document.id,
                "start": passage.start,
                "end": passage.end,
                "vector": vector.tolist(),
            }
            if self._connection.finds_words:
                row["text"] = view(passage).text.encode()[:LONGEST_PASSAGE].decode("utf-8", "ignore")
            rows.append(row)
        self._connection.upsert(self.address.name, rows)
        self.by_id.write(documents)

    def _settle(self) -> None:
        """Wait until whoever reads from now on finds what was written."""
        self._counted = (time.monotonic(), self._connection.count(self.address.name, strongly=True))
        self.by_id.settle()

    def _search(self, field: str, wanted: object, k: int, documents: Sequence[str]) -> list[Hit]:
        check_known(self, documents)
        if k <= 0:
            return []
        (found,) = self._connection.call(
            "search",
            self.address.name,
            [wanted],
            anns_field=field,
            limit=k + SPARE,
            filter=among(documents) if documents else "",
            output_fields=["document", "start", "end"],
            search_params={"params": {"ef": max(SEARCHED, k + SPARE)}} if field == "vector" else {},
        )
        known = self.by_id.found(hit["entity"]["document"] for hit in found)
        hits = []
        for hit in found:
            place, score = hit["entity"], float(hit["distance"])
            if place["document"] in known:
                # Milvus Lite gives the scores of words as distances, below 0.
                span = Span(known[place["document"]], place["start"], place["end"])
                hits.append(Hit(span, abs(score) if field == "words" else score))
        return hits[:k]

    # How it is made.

    def _versioned(self, number: int) -> str:
        return f"{self.address.name}_v{number}"

    def _number_served(self) -> int:
        described = self._connection.call("describe_collection", self.address.name)
        return int(described["collection_name"].rpartition("_v")[2])

    def _manifest(self) -> dict[str, Any]:
        rows = self._connection.query(self._documents, among([MANIFEST]), ["about"], strongly=True)
        if not rows:
            raise ValueError(f"The store {self.address.name!r} at {self.address.server} is not whole. Name another one.")
        about: dict[str, Any] = json.loads(rows[0]["about"])
        return about

    def _create(self, number: int, settings: SplitSettings) -> None:
        """New collections. Those that an earlier try has left are dropped."""
        from pymilvus import DataType, Function, FunctionType, MilvusClient

        name, connection = self._versioned(number), self._connection
        for old in (name, f"{name}_documents"):
            connection.drop(old)
        passages, indexes = _schema(), MilvusClient.prepare_index_params()
        passages.add_field("start", DataType.INT64)
        passages.add_field("end", DataType.INT64)
        passages.add_field("vector", DataType.FLOAT_VECTOR, dim=self.encoder.dimension)
        indexes.add_index("vector", index_type="HNSW", metric_type="IP", params=_GRAPH)
        if connection.finds_words:
            passages.add_field("text", DataType.VARCHAR, max_length=65_535, enable_analyzer=True, analyzer_params=_ANALYSER)
            passages.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
            passages.add_function(Function("bm25", FunctionType.BM25, ["text"], ["words"]))
            indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
        self._create_one(name, passages, indexes)
        documents, indexes = _schema(), MilvusClient.prepare_index_params()
        documents.add_field("part", DataType.INT64)
        documents.add_field("about", DataType.VARCHAR, max_length=65_535)
        documents.add_field("text", DataType.VARCHAR, max_length=65_535)
        documents.add_field("unused", DataType.FLOAT_VECTOR, dim=2)  # A collection must have vectors.
        indexes.add_index("unused", index_type="FLAT", metric_type="IP")
        self._create_one(f"{name}_documents", documents, indexes)
        about = {
            "encoder": self.encoder.name,
            "dimension": self.encoder.dimension,
            "settings": asdict(settings),
            "texts": self.address.texts,
        }
        connection.upsert(f"{name}_documents", [text_row(MANIFEST, 0, json.dumps(about), "")])

    def _create_one(self, name: str, schema: object, indexes: object) -> None:
        self._connection.call(
            "create_collection",
            name,
            schema=schema,
            index_params=indexes,
            consistency_level=CONSISTENCY,
            seconds=3 * SECONDS,
        )

    def _point(self, number: int) -> None:
        """Move the aliases. Documents come first, so that those of new passages are there."""
        self._connection.point(self._documents, f"{self._versioned(number)}_documents")
        self._connection.point(self.address.name, self._versioned(number))


def _schema() -> Any:  # noqa: ANN401
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=64)
    schema.add_field("document", DataType.VARCHAR, max_length=16)
    return schema

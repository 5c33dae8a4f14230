"""Where passages are found: what a store of them can do, and the index, which is one in memory and in a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Protocol, Self

import faiss
import numpy as np

from index.bm25 import BM25
from index.document import Document, Hit, Span
from index.encoder import Encoder, Vectors, unit
from index.manifest import FORMAT, LOCK, Manifest, StoredFile, documents_from_lines, documents_to_lines
from index.split import SplitSettings, split
from index.vectors import KINDS, Rows, kind, nearest, vector_index
from index.view import view


class Store(Protocol):
    """Passages that can be searched by meaning and by words, and the documents that they are from.

    Of what is found, the best comes first; there are at most ``k``. With ``documents``, ids, only their passages are searched.
    """

    @property
    def encoder(self) -> Encoder:
        """Makes the vectors of passages and of questions."""
        ...

    @property
    def settings(self) -> SplitSettings:
        """How documents are split into passages."""
        ...

    @property
    def by_id(self) -> Mapping[str, Document]:
        """The documents by their ids."""
        ...

    @property
    def passage_count(self) -> int:
        """How many passages there are."""
        ...

    def search(self, question: str, k: int, documents: Sequence[str] = ()) -> list[Hit]:
        """The passages nearest to ``question``, scored by the cosine of the two vectors, -1 to 1."""
        ...

    def search_words(self, question: str, k: int, documents: Sequence[str] = ()) -> list[Hit]:
        """The passages that share words with ``question``, scored by BM25; none if the store cannot search by words."""
        ...

    def passages_of(self, document: str, most: int) -> tuple[Sequence[Span], Vectors]:
        """The first ``most`` passages of a document, in order, and their unit vectors, shape (passages, dimension)."""
        ...

    def warm(self) -> None:
        """Do now what the first search would have to wait for."""
        ...


def check_known(store: Store, documents: Sequence[str]) -> None:
    """Raise ValueError if ``store`` has no document of one of these ids."""
    unknown = next((one for one in documents if one not in store.by_id), None)
    if unknown is not None:
        raise ValueError(f"There is no document {unknown!r}. Name one by its id, or leave it out to search all.")


@dataclass(frozen=True)
class Index:
    """A `Store` in memory: vectors in FAISS, words in BM25.

    ``vectors`` holds one unit vector for each passage, in the same order. It searches by inner product, which for unit
    vectors is the cosine. The search is exact, unless there are very many vectors (see `vector_index`).
    """

    documents: tuple[Document, ...]
    passages: tuple[Span, ...]
    vectors: faiss.Index
    encoder: Encoder
    settings: SplitSettings

    def __post_init__(self) -> None:
        if self.vectors.ntotal != len(self.passages) or self.vectors.d != self.encoder.dimension:
            raise ValueError(
                f"{self.vectors.ntotal} vectors of {self.vectors.d} dimensions do not fit {len(self.passages)} passages and "
                f"the encoder {self.encoder.name!r} of {self.encoder.dimension} dimensions."
            )

    @classmethod
    def build(
        cls,
        documents: Sequence[Document],
        encoder: Encoder,
        settings: SplitSettings | None = None,
        previous: "Index | None" = None,
        show_progress: bool = False,
    ) -> Self:
        """Split and encode ``documents``.

        Vectors of unchanged documents are taken from ``previous``, if it has the same settings and the same encoder. Only
        the others are encoded.

        Raises:
            ValueError: there are no documents, or two have the same text.
        """
        settings = settings or SplitSettings()
        if not documents:
            raise ValueError("There is nothing to index: no documents.")
        if len({document.id for document in documents}) < len(documents):
            raise ValueError("Two documents have the same text. Index each text once.")
        passages = tuple(passage for document in documents for passage in split(document, settings))
        known: dict[tuple[str, int, int], int] = {}
        if previous is not None and previous.settings == settings and previous.encoder.name == encoder.name:
            known = {_key(passage): row for row, passage in enumerate(previous.passages)}
        earlier = np.array([known.get(_key(passage), -1) for passage in passages], dtype=np.int64)
        vectors = np.empty((len(passages), encoder.dimension), dtype=np.float32)
        if previous is not None:
            vectors[earlier >= 0] = previous.vectors.reconstruct_batch(earlier[earlier >= 0])
        fresh = np.flatnonzero(earlier < 0)
        if len(fresh):
            vectors[fresh] = unit(encoder.encode([view(passages[row]).text for row in fresh], show_progress))
        structure = vector_index(vectors, previous.vectors if known and previous is not None else None)
        return cls(tuple(documents), passages, structure, encoder, settings)

    @cached_property
    def by_id(self) -> dict[str, Document]:
        """The documents by their ids."""
        return {document.id: document for document in self.documents}

    def rows(self, documents: Sequence[str] = ()) -> Rows:
        """The numbers of the passages of the documents with these ids, in order; of all documents if none is named.

        Raises:
            ValueError: there is no such document.
        """
        check_known(self, documents)
        if not documents:
            return range(len(self.passages))
        if len(documents) == 1:
            return self._rows[documents[0]]
        return np.unique(np.concatenate([np.asarray(self._rows[one], dtype=np.int64) for one in documents]))

    @cached_property
    def _rows(self) -> dict[str, range]:
        rows = {document.id: range(0) for document in self.documents}
        for identifier, numbers in groupby(range(len(self.passages)), lambda number: self.passages[number].document.id):
            first, *others = numbers
            rows[identifier] = range(first, first + 1 + len(others))
        return rows

    @property
    def passage_count(self) -> int:
        """As `Store` says."""
        return len(self.passages)

    def search(self, question: str, k: int, documents: Sequence[str] = ()) -> list[Hit]:
        """As `Store` says.

        Raises:
            ValueError: there is no such document.
        """
        among = self.rows(documents)
        if k <= 0 or len(among) == 0:
            return []
        (vector,) = unit(self.encoder.encode([question]))
        scores, rows = nearest(self.vectors, vector, min(k, len(among)), among)
        return [Hit(self.passages[row], float(score)) for row, score in zip(rows, scores, strict=True)]

    def search_words(self, question: str, k: int, documents: Sequence[str] = ()) -> list[Hit]:
        """As `Store` says.

        Raises:
            ValueError: there is no such document.
        """
        found = self._words.search(question, k, self.rows(documents))
        return [Hit(self.passages[row], score) for row, score in found]

    def passages_of(self, document: str, most: int) -> tuple[Sequence[Span], Vectors]:
        """As `Store` says.

        Raises:
            ValueError: there is no such document.
        """
        rows = self.rows([document])[:most]
        return [self.passages[row] for row in rows], self.vectors.reconstruct_batch(np.asarray(rows, dtype=np.int64))

    def warm(self) -> None:
        """As `Store` says."""
        _ = self._words

    @cached_property
    def _words(self) -> BM25:
        return BM25([view(passage).text for passage in self.passages])

    def save(self, folder: Path, seeds: Sequence[Path] = ()) -> None:
        """Write the index to ``folder``; ``seeds`` are stored as the origin of the documents.

        The files are written beside those of an earlier index, under other names. Then the manifest is replaced in one
        step, which makes them the index. A build that is killed leaves the earlier index as it was. Several builds that
        write to one folder wait for each other.

        Raises:
            ValueError: ``folder`` holds something other than an index, or cannot be written to.
        """
        # Imported here, because only this needs it and it imports much else.
        from filelock import FileLock

        Manifest.check_writable(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / LOCK, mode=0o666):
                self._write(folder, seeds)
        except OSError as error:
            raise ValueError(
                f"The index cannot be written to {folder} ({error.strerror or error}). Make room there, or name another place."
            ) from error

    def _write(self, folder: Path, seeds: Sequence[Path]) -> None:
        number = {document.id: i for i, document in enumerate(self.documents)}
        rows = [(number[passage.document.id], passage.start, passage.end) for passage in self.passages]
        offsets = np.array(rows, dtype=np.int64).reshape(-1, 3)
        files = {
            "documents": StoredFile.write(folder, "documents", ".jsonl", documents_to_lines(self.documents)),
            "passages": StoredFile.write(folder, "passages", ".int64", offsets.astype("<i8").tobytes()),
            "vectors": StoredFile.write(folder, "vectors", ".faiss", faiss.serialize_index(self.vectors).tobytes()),
        }
        Manifest(
            format=FORMAT,
            encoder=self.encoder.name,
            dimension=self.encoder.dimension,
            settings=self.settings,
            documents=len(self.documents),
            passages=len(self.passages),
            seeds=tuple(place.resolve().as_posix() for place in seeds),
            files=files,
            kind=kind(self.vectors),
        ).write(folder)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> Self:
        """Read what `save` wrote, checking every file against the manifest.

        Raises:
            ValueError: there is no index, a file is damaged, or it was built with another encoder or format; the
                message says what to run.
        """
        manifest = Manifest.read(folder)
        if (manifest.encoder, manifest.dimension) != (encoder.name, encoder.dimension):
            raise ValueError(
                f"The index in {folder} was built with the encoder {manifest.encoder!r} ({manifest.dimension} dimensions), but "
                f"the encoder is {encoder.name!r} ({encoder.dimension}). Rebuild it: {manifest.rebuild_command(folder)}"
            )
        try:
            contents = manifest.contents(folder)
        except ValueError:
            if Manifest.read(folder) == manifest:
                raise
            return cls.load(folder, encoder)  # Another process has replaced the index meanwhile.
        try:
            documents = documents_from_lines(contents["documents"])
            offsets = np.frombuffer(contents["passages"], dtype="<i8").reshape(-1, 3).tolist()
            passages = tuple(Span(documents[number], start, end) for number, start, end in offsets)
            vectors = faiss.deserialize_index(np.frombuffer(contents["vectors"], dtype=np.uint8))
        except (ValueError, TypeError, AttributeError, IndexError, RuntimeError, MemoryError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ValueError(
                f"The index in {folder} cannot be read ({first}). Rebuild it: {manifest.rebuild_command(folder)}"
            ) from error
        if manifest.kind not in KINDS or kind(vectors) != manifest.kind:
            raise ValueError(
                f"The index in {folder} holds {kind(vectors)!r} vectors, and its manifest says {manifest.kind!r}. "
                f"Rebuild it: {manifest.rebuild_command(folder)}"
            )
        return cls(documents, passages, vectors, encoder, manifest.settings)


def _key(passage: Span) -> tuple[str, int, int]:
    return passage.document.id, passage.start, passage.end

"""The same questions for Haystack (https://haystack.deepset.ai), to compare its speed with the bot's.

It gets the same passages with the same vectors, the same encoder and the same weights of the reader, and is set to do
the same work: as many passages read, windows of the same size, one answer or none.

Two things differ in what it computes. It searches by vectors alone, where the bot also searches by words. And its reader
does not tell the model which tokens are the question's (BERT's token_type_ids), so a BERT that was trained with them, as
the bot's reader was, reads worse there than it can; what it takes is the same.
"""

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from eval.speed.timings import Sample
from index.store import Index
from qa.read.reader import ReaderSettings

_CANDIDATES = 6
"""Spans that its reader takes from each window."""


def check_installed() -> None:
    """Raise ValueError if one of Haystack's three packages is missing."""
    for package in ("haystack", "haystack_integrations"):
        if find_spec(package) is None:
            raise ValueError("Haystack is not installed. Run: pip install -r requirements-bench.txt")


class HaystackPipeline:
    """Embed the question, retrieve by vectors, read.

    Args:
        index: whose passages and vectors it gets.
        encoder: the folder or hub name of the sentence-transformers model that ``index`` was built with.
        reader: the folder of a transformers question-answering model.
        settings: what belongs to its weights.
        passages_read: how many passages the reader is given.

    Raises:
        ValueError: Haystack is not installed.
    """

    def __init__(self, index: Index, encoder: str, reader: Path, settings: ReaderSettings, passages_read: int) -> None:
        check_installed()
        os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # Read once, when it is first imported.
        # Imported by name, so that the types check whether or not it is installed.
        haystack = import_module("haystack")
        stores = import_module("haystack.document_stores.in_memory")
        retrievers = import_module("haystack.components.retrievers.in_memory")
        embedders = import_module("haystack_integrations.components.embedders.sentence_transformers")
        readers = import_module("haystack_integrations.components.readers.transformers")
        processor = import_module("haystack.utils").ComponentDevice.from_str("cpu")
        store = stores.InMemoryDocumentStore()
        store.write_documents(
            [
                haystack.Document(id=str(row), content=passage.text, embedding=index.vectors.reconstruct(row).tolist())
                for row, passage in enumerate(index.passages)
            ]
        )
        self._milliseconds: dict[str, float] = {}
        self._pipeline = haystack.Pipeline()
        components = {
            "embedder": embedders.SentenceTransformersTextEmbedder(model=encoder, device=processor, progress_bar=False),
            "retriever": retrievers.InMemoryEmbeddingRetriever(store, top_k=passages_read),
            "reader": readers.TransformersExtractiveReader(
                model=reader,
                device=processor,
                top_k=1,
                max_seq_length=settings.window,
                stride=settings.stride,
                answers_per_seq=_CANDIDATES,
                no_answer=True,
            ),
        }
        for name, component in components.items():
            component.run = self._timed(name, component.run)
            self._pipeline.add_component(name, component)
        self._pipeline.connect("embedder.embedding", "retriever.query_embedding")
        self._pipeline.connect("retriever.documents", "reader.documents")
        self._pipeline.warm_up()

    def ask(self, question: str) -> Sample:
        """Answer one question."""
        began = perf_counter()
        output = self._pipeline.run({"embedder": {"text": question}, "reader": {"query": question}})
        total = 1e3 * (perf_counter() - began)
        retrieve = self._milliseconds["embedder"] + self._milliseconds["retriever"]
        answers = output["reader"]["answers"]
        return Sample(
            answers[0].data if answers else None,
            {"retrieve": retrieve, "read": self._milliseconds["reader"], "total": total},
        )

    def _timed(self, name: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def timed(**inputs: Any) -> Any:  # noqa: ANN401
            began = perf_counter()
            output = run(**inputs)
            self._milliseconds[name] = 1e3 * (perf_counter() - began)
            return output

        return timed

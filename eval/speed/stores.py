"""FAISS in memory and a store in Milvus side by side: `python -m eval speed --passages 100000 --store milvus://HOST:19530/bench`.

Passages and questions are those of `eval.speed.growth`. Both stores are asked in turn, question by question, in one process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from eval.speed.growth import (
    A_DOCUMENT,
    A_PASSAGE,
    FOUND,
    QUESTIONS,
    MadeEncoder,
    exact,
    made_texts,
    made_vectors,
    points,
    timed,
)
from index.document import Document
from index.milvus.update import open_store
from index.split import SplitSettings
from index.store import Index, Store
from qa.retrieve.retriever import Retriever


@dataclass(frozen=True)
class Cost:
    """What a store costs.

    Attributes:
        passages: how many it holds.
        write: seconds to build the index, or to copy it to the store; without the encoding.
        meaning: milliseconds to search by meaning, the encoding of the question included, p50 and p95.
        words: likewise by words; 0 if the store cannot.
        search: likewise by both, fused, with the documents of what was found.
        recall: the share of the ten nearest that were found, 0 to 1.
    """

    passages: int
    write: float
    meaning: tuple[float, float]
    words: tuple[float, float]
    search: tuple[float, float]
    recall: float


def compare(size: int, url: str, report: Callable[[str], None]) -> dict[str, Cost]:
    """Measure both.

    Raises:
        ValueError: the store cannot be used, or holds something already.
    """
    vectors, asked = made_vectors(size, QUESTIONS)
    texts = made_texts(size, A_PASSAGE)
    joined = ["\n\n".join(texts[first : first + A_DOCUMENT]) for first in range(0, size, A_DOCUMENT)]
    documents = [Document.from_text(text, f"{number}.txt") for number, text in enumerate(joined)]
    questions = dict(zip(made_texts(QUESTIONS, 6, seed=1), asked, strict=True))
    encoder = MadeEncoder(vectors, questions)
    store = open_store(url, encoder, SplitSettings())
    if len(store.by_id):
        raise ValueError(f"The store at {url} holds documents already. Name another one for this.")
    report("building the index")
    began = perf_counter()
    index = Index.build(documents, encoder)
    index.warm()
    written = {"FAISS": perf_counter() - began}
    report("copying it to the store")
    began = perf_counter()
    store.push(index)
    written["Milvus"] = perf_counter() - began
    expected = exact(vectors, asked, FOUND)
    stores: dict[str, Store] = {"FAISS": index, "Milvus": store}
    retrievers = {name: Retriever(one) for name, one in stores.items()}
    taken: dict[str, dict[str, list[float]]] = {name: {"meaning": [], "words": [], "search": []} for name in stores}
    shares: dict[str, list[float]] = {name: [] for name in stores}
    report("asking both")
    for row, question in enumerate(questions):
        nearest = {(index.passages[number].document.id, index.passages[number].start) for number in expected[row]}
        for name, one in stores.items():
            milliseconds, hits = timed(one.search, question, FOUND)
            taken[name]["meaning"].append(milliseconds)
            shares[name].append(len(nearest & {(hit.span.document.id, hit.span.start) for hit in hits}) / FOUND)
            milliseconds, hits = timed(one.search_words, question, FOUND)
            taken[name]["words"].append(milliseconds if hits else 0.0)
            taken[name]["search"].append(timed(retrievers[name].search, question, FOUND)[0])
    return {
        name: Cost(
            passages=one.passage_count,
            write=written[name],
            meaning=points(taken[name]["meaning"]),
            words=points(taken[name]["words"]),
            search=points(taken[name]["search"]),
            recall=float(np.mean(shares[name])),
        )
        for name, one in stores.items()
    }


def in_words(costs: dict[str, Cost]) -> str:
    """A table."""
    rows: dict[str, Callable[[Cost], str]] = {
        "passages": lambda cost: f"{cost.passages:,}",
        "build / copy, s": lambda cost: f"{cost.write:.1f}",
        "by meaning, p50 / p95 ms": lambda cost: f"{cost.meaning[0]:.1f} / {cost.meaning[1]:.1f}",
        "by words, p50 / p95 ms": lambda cost: f"{cost.words[0]:.1f} / {cost.words[1]:.1f}" if cost.words[1] else "cannot",
        "both, fused, p50 / p95 ms": lambda cost: f"{cost.search[0]:.1f} / {cost.search[1]:.1f}",
        "recall@10": lambda cost: f"{cost.recall:.3f}",
    }
    heads = f"{'':28}" + "".join(f"{name:>18}" for name in costs)
    return "\n".join(
        [heads, *(f"{name:28}" + "".join(f"{row(cost):>18}" for cost in costs.values()) for name, row in rows.items())]
    )

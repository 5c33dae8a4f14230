"""How the cost of an index grows with its passages: `python -m eval speed --passages 1000,10000,100000,1000000`.

Encoding a million passages takes hours, so text and vectors are made up: words are drawn by Zipf's law, and vectors such that
their neighbours are no easier to find than those of real sentences. All else is the bot's own code.
"""

import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.document import Document
from index.encoder import Vectors
from index.encoders.minilm import MiniLM
from index.store import Index
from index.vectors import kind, nearest
from qa.retrieve.retriever import Retriever

DIMENSION = 384
QUESTIONS = 200
FOUND = 10
"""Passages per search. Recall is the share of the ten nearest that are among the ten found."""
A_DOCUMENT = 20
"""Passages."""
A_PASSAGE = 60
"""Words in a question, without stop words."""
VOCABULARY = 50_000
_Result = TypeVar("_Result")

_BRANCHES = 8
_LEVELS = 5
_COMMON, _OWN = 0.5, 1.2
_KNEE = 60
_LIKENESS = 0.55


@dataclass(frozen=True)
class Size:
    """What an index costs.

    Attributes:
        passages: how many.
        kind: the structure that holds the vectors.
        build: seconds to split, index and save, without the encoding.
        load: seconds to load, with the index of words.
        disk: MiB.
        memory: MiB that the process which searches holds.
        vectors: milliseconds to find the nearest vectors, p50 and p95.
        words: milliseconds to find passages by their words.
        search: milliseconds for all of it: encode the question, search by both, fuse.
        recall: the share of the nearest that were found, 0 to 1.
    """

    passages: int
    kind: str
    build: float
    load: float
    disk: float
    memory: float
    vectors: tuple[float, float]
    words: tuple[float, float]
    search: tuple[float, float]
    recall: float


def growth(sizes: Sequence[int], report: Callable[[str], None]) -> list[Size]:
    """Measure an index of each size, each in processes of its own."""
    found = []
    for size in sizes:
        report(f"measuring: {size:,} passages")
        with TemporaryDirectory() as folder:
            build, disk = _apart(_build, size, Path(folder))
            found.append(_apart(_search, size, Path(folder), build, disk))
    return found


def made_vectors(number: int, questions: int, seed: int = 0) -> tuple[Vectors, Vectors]:
    """Unit vectors of passages, (number, 384), and of questions about some of them.

    Topics within topics, five levels deep, and directions that matter less and less. With these settings the ten nearest of
    20,000 are found in fewer cases than those of 20,000 sentences of SQuAD-like sets encoded by all-MiniLM-L6-v2, at every
    number of lists searched (47 % against 60 % with 4 of 564, 95 % against 96 % with 96).
    """
    random = np.random.default_rng(seed)
    weights = (1 / (1 + np.arange(DIMENSION) / _KNEE)).astype(np.float32)

    def drawn(count: int) -> Vectors:
        vectors = random.standard_normal((count, DIMENSION), dtype=np.float32) * weights
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    place = random.permutation(number) / number
    vectors = _OWN * drawn(number)
    for level in range(1, _LEVELS + 1):
        topics = _BRANCHES**level
        if topics <= number // 4:
            ends = np.cumsum(random.random(topics))
            vectors += _COMMON * drawn(topics)[np.searchsorted(ends / ends[-1], place)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = _LIKENESS * vectors[random.integers(number, size=questions)] + np.sqrt(1 - _LIKENESS**2) * drawn(questions)
    return vectors, (asked / np.linalg.norm(asked, axis=1, keepdims=True)).astype(np.float32)


def made_texts(number: int, words: int, seed: int = 0) -> list[str]:
    """Texts of ``words`` words each. The commonest word is in about half of the texts of a passage's length."""
    random = np.random.default_rng(seed)
    vocabulary = np.array([f"word{rank}" for rank in range(VOCABULARY)], dtype=object)
    shares = 1 / (10 + np.arange(VOCABULARY))
    limits = np.cumsum(shares / shares.sum())
    return [" ".join(vocabulary[np.searchsorted(limits, random.random(words) * limits[-1])]) for _ in range(number)]


class MadeEncoder:
    """Gives passages and questions the vectors that were made for them; encoding a question takes what it really takes."""

    name = "made"
    dimension = DIMENSION

    def __init__(self, passages: Vectors, questions: dict[str, Vectors]) -> None:
        self._passages = passages
        self._questions = questions
        self._real = MiniLM()

    def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
        """The vectors of the question, or of all the passages."""
        if texts[0] in self._questions:
            self._real.encode(texts)
            return self._questions[texts[0]][None]
        return self._passages


def exact(vectors: Vectors, questions: Vectors, k: int) -> NDArray[np.int64]:
    """The numbers of the ``k`` nearest of each question, shape (questions, k), by comparing with every vector."""
    best = np.empty((len(questions), 0), dtype=np.float32)
    rows = np.empty((len(questions), 0), dtype=np.int64)
    for first in range(0, len(vectors), 65536):
        scores = questions @ vectors[first : first + 65536].T
        best = np.concatenate([best, scores], axis=1)
        rows = np.concatenate([rows, np.broadcast_to(np.arange(first, first + scores.shape[1]), scores.shape)], axis=1)
        kept = np.argsort(-best, axis=1)[:, :k]
        best, rows = np.take_along_axis(best, kept, axis=1), np.take_along_axis(rows, kept, axis=1)
    return rows


def _build(size: int, folder: Path) -> tuple[float, float]:
    """Build and save an index; returns seconds and MiB on disk."""
    vectors, asked = made_vectors(size, QUESTIONS)
    texts = made_texts(size, A_PASSAGE)
    joined = ["\n\n".join(texts[first : first + A_DOCUMENT]) for first in range(0, size, A_DOCUMENT)]
    documents = [Document.from_text(text, f"{number}.txt") for number, text in enumerate(joined)]
    del texts, joined
    np.savez(folder / "asked", asked=asked, nearest=exact(vectors, asked, FOUND))
    encoder = MadeEncoder(vectors, {})
    began = perf_counter()
    Index.build(documents, encoder).save(folder / "index")
    seconds = perf_counter() - began
    return seconds, sum(path.stat().st_size for path in (folder / "index").iterdir()) / 2**20


def _search(size: int, folder: Path, build: float, disk: float) -> Size:
    """Load the index and ask."""
    made = np.load(folder / "asked.npz")
    questions = dict(zip(made_texts(QUESTIONS, 6, seed=1), made["asked"], strict=True))
    encoder = MadeEncoder(np.empty((0, DIMENSION), dtype=np.float32), questions)
    began = perf_counter()
    index = Index.load(folder / "index", encoder)
    retriever = Retriever(index)
    load = perf_counter() - began
    if len(index.passages) != size:
        raise ValueError(f"{size} passages were made, but {len(index.passages)} were indexed.")
    nearby, by_words, found = [], [], []
    shares = []
    for (question, vector), expected in zip(questions.items(), made["nearest"], strict=True):
        milliseconds, (_, rows) = timed(nearest, index.vectors, vector, FOUND, range(size))
        nearby.append(milliseconds)
        shares.append(len(set(rows.tolist()) & set(expected.tolist())) / min(FOUND, size))
        by_words.append(timed(retriever.by_words, question, FOUND)[0])
        found.append(timed(retriever.search, question, FOUND)[0])
    return Size(
        passages=size,
        kind=kind(index.vectors),
        build=build,
        load=load,
        disk=disk,
        memory=_resident(),
        vectors=points(nearby),
        words=points(by_words),
        search=points(found),
        recall=float(np.mean(shares)),
    )


def points(milliseconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return float(np.percentile(milliseconds, 50)), float(np.percentile(milliseconds, 95))


def timed(function: Callable[..., _Result], *arguments: object) -> tuple[float, _Result]:
    """Milliseconds and the result."""
    began = perf_counter()
    result = function(*arguments)
    return 1e3 * (perf_counter() - began), result


def _apart(function: Callable[..., _Result], *arguments: object) -> _Result:
    """Run ``function`` in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def _resident() -> float:
    """MiB of this process in memory: now, or at most where the system tells only that."""
    status = Path("/proc/self/statm")
    if status.is_file():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS, which has no /proc

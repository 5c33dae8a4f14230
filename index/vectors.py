"""The structure that holds an index's vectors: exact as long as that is fast, approximate for many vectors."""

from math import sqrt

import faiss
import numpy as np

from index.encoder import Vectors
from index.runtime import processors

Rows = range | np.ndarray[tuple[int], np.dtype[np.int64]]
"""Numbers of vectors, or of the passages that they belong to."""

KINDS = ("flat", "ivf")
"""The structures that `vector_index` makes."""

FLAT_UP_TO = 50_000
"""Vectors; an exact search of more takes longer than encoding the question."""
PROBED = 320
"""Lists of an inverted file that are searched; `python -m eval speed --passages` measures how much they find."""
_LISTS_PER_ROOT = 4
"""Number of lists, divided by the square root of the number of vectors. With the square root, the lists to choose among and the
vectors in the chosen lists grow at the same rate."""
_SAMPLED_PER_LIST = 64
_ROUNDS = 10
"""Rounds of k-means."""
_UNSUITED = 1.5
"""An inverted file is built anew when it has this many times too few or too many lists."""


def vector_index(vectors: Vectors, like: faiss.Index | None = None) -> faiss.Index:
    """A structure that holds ``vectors``, unit vectors, shape (number, dimension), and finds the nearest by inner product.

    Up to `FLAT_UP_TO` vectors, all of them are compared one by one. For more, it is an inverted file (Sivic and Zisserman
    2003): k-means puts the vectors into lists, only the vectors of the lists nearest to the question are compared, and each
    number is kept in 8 bits, which takes a quarter of the memory.

    Args:
        vectors: what to hold.
        like: an earlier structure; if it suits this number of vectors, its lists are used again, without k-means.
    """
    faiss.omp_set_num_threads(processors())
    number, dimension = vectors.shape
    if number <= FLAT_UP_TO:
        flat = faiss.IndexFlatIP(dimension)
        flat.add(vectors)
        return flat
    lists = _LISTS_PER_ROOT * round(sqrt(number))
    if like is not None and kind(like) == "ivf" and 1 / _UNSUITED < like.nlist / lists < _UNSUITED:
        inverted = faiss.clone_index(like)
        inverted.reset()
    else:
        quantizer = faiss.IndexFlatIP(dimension)
        # The numbers themselves are rounded, not their distance from the list's centre. So numbers from an earlier structure,
        # which are rounded already, do not change when they are rounded again.
        by_residual = False
        inverted = faiss.IndexIVFScalarQuantizer(
            quantizer, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, by_residual
        )
        inverted.cp.niter = _ROUNDS
        sampled = min(number, _SAMPLED_PER_LIST * lists)
        inverted.train(vectors[np.sort(np.random.default_rng(0).choice(number, sampled, replace=False))])
    inverted.set_direct_map_type(faiss.DirectMap.Array)
    inverted.add(vectors)
    return inverted


def kind(vectors: faiss.Index) -> str:
    """Which of `KINDS` it is; for any other structure, the name of its class."""
    if isinstance(vectors, faiss.IndexFlatIP):
        return "flat"
    if isinstance(vectors, faiss.IndexIVFScalarQuantizer) and vectors.metric_type == faiss.METRIC_INNER_PRODUCT:
        return "ivf"
    return type(vectors).__name__


def nearest(
    vectors: faiss.Index, question: Vectors, k: int, among: Rows
) -> tuple[Vectors, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Scores and numbers of the ``k`` vectors nearest to ``question``, best first; only numbers in ``among`` count.

    With many vectors, some of the nearest may be missed, and fewer than ``k`` may be found.
    """
    # Two threads would save part of a millisecond, but spend another millisecond on waiting for each other.
    faiss.omp_set_num_threads(1)
    selected = faiss.IDSelectorRange(among.start, among.stop) if isinstance(among, range) else faiss.IDSelectorBatch(among)
    if kind(vectors) == "flat":
        parameters = faiss.SearchParameters(sel=selected)
    elif len(among) <= FLAT_UP_TO:
        # Most lists hold no vector of a few documents, so all of theirs are compared, without the lists.
        rows = np.asarray(among, dtype=np.int64)
        scores = vectors.reconstruct_batch(rows) @ question
        best = np.argsort(-scores, kind="stable")[:k]
        return scores[best], rows[best]
    else:
        whole = len(among) == vectors.ntotal
        parameters = faiss.SearchParametersIVF(nprobe=PROBED, sel=None if whole else selected)
    scores, rows = vectors.search(question[None], k, params=parameters)
    found = rows[0] >= 0
    return scores[0][found], rows[0][found]

"""BM25 over the words of passages, by `bm25s`."""

from collections.abc import Sequence

import bm25s
import numpy as np
import Stemmer

from index.vectors import Rows


class BM25:
    """BM25 over texts, with English stemming and stop words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._stemmer = Stemmer.Stemmer("english")
        tokens = bm25s.tokenize(list(texts), stopwords="en", stemmer=self._stemmer, show_progress=False)
        # bm25s cannot index texts without any word, such as a file of nothing but emoji.
        self._ranker: bm25s.BM25 | None = None
        if any(word for word in tokens.vocab):
            self._ranker = bm25s.BM25()
            self._ranker.index(tokens, show_progress=False)

    def search(self, question: str, k: int, rows: Rows) -> list[tuple[int, float]]:
        """Numbers and scores of the at most ``k`` best of ``rows`` that share a word with ``question``, best first."""
        (tokens,) = bm25s.tokenize([question], stopwords="en", stemmer=self._stemmer, return_ids=False, show_progress=False)
        if self._ranker is None or not tokens:
            return []
        scores: np.ndarray[tuple[int], np.dtype[np.float32]] = self._ranker.get_scores(tokens)
        scores = scores[rows.start : rows.stop] if isinstance(rows, range) else scores[rows]
        # Of a million passages, few share a word with the question, and only the best of these are sorted.
        sharing = np.flatnonzero(scores > 0)
        if len(sharing) > k:
            sharing = sharing[scores[sharing] >= np.partition(scores[sharing], -k)[-k]]
        best = sharing[np.argsort(-scores[sharing], kind="stable")][:k]
        return [(int(rows[place]), float(scores[place])) for place in best]

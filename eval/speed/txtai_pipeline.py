"""The same questions for txtai (https://github.com/neuml/txtai), to compare its speed with the bot's.

It gets the same passages, the same encoder and the same weights of the reader, and is used as its documentation shows for
extractive question answering: the passages that are nearest by meaning are joined, and the reader reads them as one text.

So it reads three passages (its default) where the bot reads up to ten, and does not search by words.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from eval.speed.timings import Sample
from index.store import Index


def check_installed() -> None:
    """Raise ValueError if txtai is missing."""
    if find_spec("txtai") is None:
        raise ValueError("txtai is not installed. Run: pip install -r requirements-bench.txt")


class TxtaiPipeline:
    """Search by meaning, join, read.

    Args:
        index: whose passages it gets; it makes the vectors itself.
        encoder: the folder or hub name of the sentence-transformers model that ``index`` was built with.
        reader: the folder of a transformers question-answering model.

    Raises:
        ValueError: txtai is not installed.
    """

    def __init__(self, index: Index, encoder: str, reader: Path) -> None:
        check_installed()
        # Imported by name, so that the types check whether or not it is installed.
        txtai = import_module("txtai")
        embeddings = txtai.Embeddings(path=encoder, content=True, gpu=False)
        embeddings.index((row, passage.text, None) for row, passage in enumerate(index.passages))
        self._rag = txtai.RAG(embeddings, str(reader), gpu=False, task="question-answering")

    def ask(self, question: str) -> Sample:
        """Answer one question."""
        began = perf_counter()
        try:
            ((_, answer),) = self._rag([(None, question, question, None)])
        except TypeError:
            answer = None  # So it fails if the reader says that there is no answer.
        return Sample(answer, {"total": 1e3 * (perf_counter() - began)})

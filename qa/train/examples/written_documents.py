"""Read questions on whole documents. As in use, each question is put to the passages of its document.

A file holds JSON lines. A line is a document with its questions (see `qa/train/written/README.md`), or a passage with one
yes/no question, in the form of BoolQ (Clark et al. 2019, https://arxiv.org/abs/1905.10044).
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.bm25 import BM25
from index.document import Document, Span
from index.split import split
from index.view import View, view
from qa.train.examples.squad_format import Gold, Question, verdict_of
from qa.understand.history import after
from qa.understand.question import Turn

WRITTEN = Path(__file__).parents[1] / "written"
"""Where they are."""
HELD_OUT = 26
"""Of 256 documents, about so many are never trained on: a tenth."""
LONGEST_PASSAGE = 230
"""Words; longer passages in BoolQ's form are cut."""
_FORMAT = (
    '{"id", "text", "questions": [{"q", "a", "start"?, "verdict"?, "history"?, "alone"?}]} or '
    '{"question", "passage", "verdict"}'
)


def is_held_out(name: str) -> bool:
    """Whether the document or article called ``name`` is never trained on.

    >>> [is_held_out(name) for name in ("Manipur", "Oxford")]
    [True, False]
    """
    return hashlib.sha256(name.encode()).digest()[0] < HELD_OUT


def load_documents(path: Path) -> list[Question]:
    """Read ``path``, ``.jsonl`` or ``.jsonl.gz``.

    The article of a question is its document's id.

    Raises:
        ValueError: the file cannot be read, a line is of another form, or an answer does not stand where it should.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = [json.loads(line) for line in data.decode("utf-8").splitlines() if line.strip()]
    except (OSError, EOFError, ValueError) as error:
        raise ValueError(f"{path} is not a file of JSON lines ({error}). Expected {_FORMAT}.") from error
    questions: list[Question] = []
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number}"
        try:
            questions += _of_document(line, where) if "questions" in line else [_of_passage(line, where)]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{where}: {type(error).__name__} {error}. Expected {_FORMAT}.") from error
    return questions


def _of_passage(line: dict[str, Any], where: str) -> Question:
    context = " ".join(line["passage"].split()[:LONGEST_PASSAGE])
    text = line["question"].strip()
    return Question(
        where.rpartition("line ")[2],
        f"{text[0].upper()}{text[1:].rstrip('?')}?",
        context,
        (),
        line.get("title", ""),
        verdict_of(line),
    )


def _of_document(line: dict[str, Any], where: str) -> Iterator[Question]:
    document = Document.from_text(line["text"], line["id"])
    passages = [view(passage) for passage in split(document)]
    words = BM25([passage.text for passage in passages])
    for number, entry in enumerate(line["questions"]):
        answer = _answer(document, entry, where)
        for form, text in enumerate(_wordings(entry)):
            ranked = _hardest_first(text, passages, words)
            holds = [passage for passage in ranked if answer and passage.find(answer) is not None]
            if answer and not holds:
                continue  # The split cuts the answer in two, or it goes over several cells, so no passage holds it.
            said = answer.text.casefold() if answer else None
            others = [one.text for one in ranked if one not in holds and (said is None or said not in one.text.casefold())]
            first = holds[0].text if holds else others.pop(0)
            golds = (Gold(answer.text, holds[0].find(answer) or 0),) if answer else ()
            identifier = f"{line['id']}-{number}-{form}"
            yield Question(identifier, text, first, golds, line["id"], verdict_of(entry), tuple(others))


def _answer(document: Document, entry: dict[str, Any], where: str) -> Span | None:
    words = entry["a"]
    if not words:
        return None
    start = entry["start"]
    if document.text[start : start + len(words)] != words:
        raise ValueError(f"{where}: the answer {words!r} does not stand at {start}. Mend 'start'.")
    return Span(document, start, start + len(words))


def _wordings(entry: dict[str, Any]) -> list[str]:
    """The wordings to train on. A follow-up has two: as it would stand alone, and after the turn that it refers to."""
    history = entry.get("history")
    if not history:
        return [entry["q"]]
    alone = [entry["alone"]] if entry.get("alone") else []
    return [*alone, after(Turn(history[-1]["question"], history[-1].get("answer")), entry["q"])]


def _hardest_first(question: str, passages: list[View], words: BM25) -> list[View]:
    found = [row for row, _ in words.search(question, len(passages), range(len(passages)))]
    return [passages[row] for row in [*found, *(row for row in range(len(passages)) if row not in found)]]

"""Questions with accepted answers and the evidence for them, from JSON lines or from a SQuAD-format file."""

import gzip
import json
import random
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from eval.metrics import normalized
from index.document import Document, Span
from index.split import sentences
from qa.read.models import Verdict
from qa.train.examples.squad_format import load_squad
from qa.train.examples.written_documents import WRITTEN, is_held_out
from qa.understand.question import Turn, check, turns

T = TypeVar("T")

QUESTIONS = Path(__file__).parent / "questions.jsonl"
"""Questions on the article in `seeds/`. They may be looked at and tuned on."""
HELD_OUT = QUESTIONS.with_name("held-out.jsonl")
"""More questions on it, for reporting only: nothing is tuned on them."""

_QUESTION_WORD = re.compile(r"\b(who|whom|whose|when|where|why|which|what|how (?:many|much)|how)\b", re.IGNORECASE)


@dataclass(frozen=True)
class EvalQuestion:
    """One question.

    Attributes:
        id: unique in its file.
        question: as a person would type it.
        answers: accepted answers; none if the documents do not say.
        golds: where in the documents they stand.
        evidence: the sentences in which they stand.
        kind: the group under which it is reported. "about" and "talk" are no questions to look up.
        article: what it is about; questions on one article are not independent of each other.
        history: earlier turns.
        document: the id of the one document that is asked; None for all.
        verdict: the answer to a yes/no question; ``golds`` are then its evidence.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    golds: tuple[Span, ...]
    evidence: tuple[Span, ...]
    kind: str
    article: str
    history: tuple[Turn, ...] = ()
    document: str | None = None
    verdict: Verdict | None = None

    @property
    def answer_kind(self) -> Literal["answer", "overview", "talk"]:
        """What `Answer.kind` should be."""
        kinds: dict[str, Literal["overview", "talk"]] = {"about": "overview", "talk": "talk"}
        return kinds.get(self.kind, "answer")

    @property
    def answerable(self) -> bool:
        """Whether the documents answer the question."""
        return bool(self.answers)


def is_squad(path: Path) -> bool:
    """Whether ``path`` is, by its name, a SQuAD-format file: ``.json`` or ``.json.gz``."""
    return path.name.removesuffix(".gz").endswith(".json")


def load_squad_set(path: Path, articles: Sequence[str] = ()) -> tuple[list[EvalQuestion], list[Document]]:
    """Read a SQuAD-format file as a test over all its paragraphs, or those of ``articles``, each of them a document.

    A question's kind is its question word, or "unanswerable".

    Raises:
        ValueError: as `load_squad`; or a question cannot be asked.
    """
    documents: dict[str, Document] = {}
    questions = []
    for entry in load_squad(path, articles):
        if entry.context not in documents:
            source = f"{path.name}, paragraph {len(documents) + 1}"
            documents[entry.context] = Document.from_text(entry.context, source, entry.article or None)
        document = documents[entry.context]
        golds = tuple(dict.fromkeys(Span(document, gold.start, gold.end) for gold in entry.golds))
        words = _QUESTION_WORD.search(entry.text)
        kind = "unanswerable" if not golds else words[1].lower() if words else "other"
        answers = tuple(dict.fromkeys(gold.text for gold in entry.golds))
        evidence = tuple(dict.fromkeys(_sentence(gold) for gold in golds))
        try:
            check(entry.text)
        except ValueError as error:
            raise ValueError(f"{path}, question {entry.id}: {error}") from error
        questions.append(EvalQuestion(entry.id, entry.text, answers, golds, evidence, kind, entry.article))
    return questions, list(documents.values())


def is_document_set(path: Path) -> bool:
    """Whether ``path`` holds whole documents with their questions, as those of `qa/train/written`."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            first = json.loads(lines.readline())
    except (OSError, EOFError, ValueError, zlib.error):
        return False
    return isinstance(first, dict) and "text" in first and "questions" in first


def load_document_set(path: Path) -> tuple[list[EvalQuestion], list[Document]]:
    """Read whole documents with their questions; of those in `qa/train/written`, only what is never trained on.

    Each question is put to its own document.

    Raises:
        ValueError: the file is not of this form, or a question cannot be asked.
    """
    documents, questions = [], []
    try:
        for line in _lines(path):
            held = json.loads(line) if line.strip() else None
            if held is None or (path.resolve().parent == WRITTEN and not is_held_out(held["id"])):
                continue
            document = Document.from_text(held["text"], held["id"])
            documents.append(document)
            for number, entry in enumerate(held["questions"]):
                questions.append(_of_document(document, f"{held['id']}-{number}", entry))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is not of the form of qa/train/written/README.md ({error}).") from error
    return questions, documents


def _of_document(document: Document, identifier: str, entry: dict[str, Any]) -> EvalQuestion:
    golds = (Span(document, entry["start"], entry["start"] + len(entry["a"])),) if entry["a"] else ()
    answers = (entry["a"], *entry.get("also", ())) if entry["a"] else ()
    history = tuple(turns(entry.get("history")))
    kind = "yes-no" if "verdict" in entry else "follow-up" if history else entry["kind"] if golds else "unanswerable"
    evidence = tuple(_sentence(gold) for gold in golds)
    check(entry["q"])
    return EvalQuestion(
        identifier, entry["q"], answers, golds, evidence, kind, document.source, history, document.id, entry.get("verdict")
    )


def load_questions(path: Path, documents: Sequence[Document]) -> list[EvalQuestion]:
    """Read JSON lines ``{"id", "question", "answers", "evidence", "kind", "history"?}``, gzipped if the name ends in .gz.

    Raises:
        ValueError: the file cannot be read, is empty, or a line is not such a question about ``documents``; the message
            names the line and what was expected.
    """
    texts = [normalized(document.text) for document in documents]
    questions: dict[str, EvalQuestion] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            question = _question(line, documents, texts)
            if question.id in questions:
                raise ValueError(f"the id {question.id!r} stands on an earlier line too; ids must be unique")
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
        questions[question.id] = question
    if not questions:
        raise ValueError(f"{path} holds no questions. Expected JSON lines with id, question, answers, evidence and kind.")
    return list(questions.values())


def _lines(path: Path) -> list[str]:
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        # Not splitlines: it also breaks at U+2028 and its like, which JSON strings may hold as they are.
        return data.decode("utf-8-sig").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as UTF-8 text ({error}). Name a JSON-lines file with --data.") from error


def sample(questions: Sequence[T], limit: int | None, seed: int) -> list[T]:
    """``limit`` questions drawn at random, in their order; all if there are no more."""
    if limit is None or limit >= len(questions):
        return list(questions)
    return [questions[i] for i in sorted(random.Random(seed).sample(range(len(questions)), limit))]


def _question(line: str, documents: Sequence[Document], texts: Sequence[str]) -> EvalQuestion:
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(entry, dict):
        raise ValueError(f"expected an object, got {type(entry).__name__}")
    for key in ("id", "question", "kind"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ValueError(f"expected a string {key!r}, got {entry.get(key)!r}")
    check(entry["question"])
    answers = entry.get("answers")
    if not isinstance(answers, list) or not all(isinstance(answer, str) and normalized(answer) for answer in answers):
        raise ValueError(f"expected 'answers' to be a list of strings with words in them, got {answers!r}")
    evidence = _evidence(entry.get("evidence"), documents)
    if bool(answers) != bool(evidence):
        raise ValueError("expected both answers and evidence, or neither: [] and null")
    for answer in answers:
        if not any(normalized(answer) in text for text in texts):
            raise ValueError(f"the answer {answer!r} stands in none of the documents, so it can never be quoted from them")
    golds = tuple(gold for span in evidence for answer in answers for gold in _occurrences(answer, span))
    if evidence and not golds:
        raise ValueError(f"none of the answers {answers} stands in the evidence {evidence[0].text!r}")
    article = evidence[0].document.title if evidence else ""
    history = tuple(turns(entry.get("history")))
    return EvalQuestion(entry["id"], entry["question"], tuple(answers), golds, evidence, entry["kind"], article, history)


def _evidence(quote: object, documents: Sequence[Document]) -> tuple[Span, ...]:
    if quote is None:
        return ()
    quotes = quote if isinstance(quote, list) and quote else [quote]
    found: list[Span] = []
    for one in quotes:
        if not isinstance(one, str) or not one.strip():
            raise ValueError(f"expected 'evidence' to be a quote, a list of quotes or null, got {quote!r}")
        spans = [span for document in documents for span in _occurrences(one, document.span)]
        if not spans:
            raise ValueError(
                f"the evidence {one!r} stands in none of the documents; quote it exactly, or name others with --seeds"
            )
        found += spans
    return tuple(found)


def _occurrences(words: str, inside: Span) -> list[Span]:
    """Where ``words`` stand in ``inside``, as whole words: "21" does not stand in "210"."""
    before, after = (r"(?<!\w)" if words[0].isalnum() else ""), (r"(?!\w)" if words[-1].isalnum() else "")
    matches = re.finditer(f"(?={before}{re.escape(words)}{after})", inside.text)
    starts = [inside.start + match.start() for match in matches]
    return [Span(inside.document, start, start + len(words)) for start in starts]


def _sentence(gold: Span) -> Span:
    """The sentence or sentences that hold ``gold``."""
    held = [(start, end) for start, end in sentences(gold.document.text) if start < gold.end and gold.start < end]
    return Span(gold.document, held[0][0], held[-1][1])

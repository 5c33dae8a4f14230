"""The eval set: questions on the indexed documents, with accepted answers and the evidence for them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.document import Document, Span
from qa.__main__ import turns
from qa.answer import Turn


@dataclass(frozen=True)
class EvalQuestion:
    """One question.

    Attributes:
        id: unique in its file.
        question: as a person would type it.
        answers: accepted answers; none if the documents do not say.
        evidence: where the documents say it; None if they do not.
        kind: the group under which it is reported.
        history: earlier turns.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: Span | None
    kind: str
    history: tuple[Turn, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.answers)

    @property
    def golds(self) -> tuple[Span, ...]:
        """Where in the documents the accepted answers stand: each place inside the evidence."""
        if self.evidence is None:
            return ()
        document, text = self.evidence.document, self.evidence.text
        spans = []
        for answer in self.answers:
            at = text.find(answer)
            while at >= 0:
                start = self.evidence.start + at
                spans.append(Span(document, start, start + len(answer)))
                at = text.find(answer, at + 1)
        return tuple(spans)


def load_questions(path: Path, documents: Sequence[Document]) -> list[EvalQuestion]:
    """Read JSON lines ``{"id", "question", "answers", "evidence", "kind", "history"?}``.

    Raises:
        ValueError: the file cannot be read, is empty, or a line is not such a question about ``documents``; the message
            names the line and what was expected.
    """
    try:
        # Not splitlines: it also breaks at U+2028 and its like, which JSON strings may hold as they are.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as UTF-8 text ({error}). Name a JSON-lines file with --data.") from error
    questions: dict[str, EvalQuestion] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = _question(line, documents)
            if question.id in questions:
                raise ValueError(f"the id {question.id!r} stands on an earlier line too; ids must be unique")
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
        questions[question.id] = question
    if not questions:
        raise ValueError(f"{path} holds no questions. Expected JSON lines with id, question, answers, evidence and kind.")
    return list(questions.values())


def _question(line: str, documents: Sequence[Document]) -> EvalQuestion:
    try:
        entry: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(entry, dict):
        raise ValueError(f"expected an object, got {type(entry).__name__}")
    for key in ("id", "question", "kind"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ValueError(f"expected a string {key!r}, got {entry.get(key)!r}")
    answers = entry.get("answers")
    if not isinstance(answers, list) or not all(isinstance(answer, str) and answer.strip() for answer in answers):
        raise ValueError(f"expected 'answers' to be a list of strings, got {answers!r}")
    evidence = _evidence(entry.get("evidence"), documents)
    if bool(answers) != (evidence is not None):
        raise ValueError("expected both answers and evidence, or neither: [] and null")
    if evidence is not None and not any(answer in evidence.text for answer in answers):
        raise ValueError(f"none of the answers {answers} stands in the evidence {evidence.text!r}")
    history = tuple(turns(entry.get("history")))
    return EvalQuestion(entry["id"], entry["question"], tuple(answers), evidence, entry["kind"], history)


def _evidence(quote: object, documents: Sequence[Document]) -> Span | None:
    if quote is None:
        return None
    if not isinstance(quote, str) or not quote:
        raise ValueError(f"expected 'evidence' to be a quote or null, got {quote!r}")
    for document in documents:
        start = document.text.find(quote)
        if start >= 0:
            return Span(document, start, start + len(quote))
    raise ValueError(f"the evidence {quote!r} stands in none of the documents; quote it exactly, or name others with --seeds")

"""Keep each result in a file as it comes, so that a long run that was stopped can go on."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.answers.system import Result, run
from eval.questions import EvalQuestion
from index.document import Document, Hit, Span
from qa.answer import Alternative, Answer, Citation
from qa.bot import Bot


class Kept:
    """Entries, each with an "id", in a file of JSON lines; the first line says what they were made with.

    A last line that was cut off, by a kill in the middle of writing, is dropped.
    """

    def __init__(self, path: Path, setup: Mapping[str, Any]) -> None:
        """Read the entries that ``path`` holds, or start it.

        Raises:
            ValueError: ``path`` cannot be used, is damaged, or holds entries of another setup.
        """
        self.path = path
        self.entries: dict[str, Any] = {}
        try:
            if not path.exists():
                path.write_text(json.dumps({"setup": setup}) + "\n", encoding="utf-8")
            data = path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            lines = whole.decode("utf-8").split("\n")[:-1]
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} cannot be used ({error}). Name another file with --resume.") from error
        for number, entry in enumerate(_parsed(lines, path), start=1):
            if number == 1:
                self._check(entry, setup)
            elif not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
                raise ValueError(f"{path}, line {number}: not a kept result. Remove the file to start anew.")
            else:
                self.entries[entry["id"]] = entry
        if not lines:
            raise ValueError(f"{path} does not begin with a setup. Name another file with --resume.")
        if len(whole) < len(data):
            with path.open("r+b") as file:
                file.truncate(len(whole))

    def add(self, entry: Mapping[str, Any]) -> None:
        """Write one more entry."""
        self.entries[entry["id"]] = entry
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def _check(self, first: object, setup: Mapping[str, Any]) -> None:
        found = first.get("setup") if isinstance(first, dict) else None
        if not isinstance(found, dict):
            raise ValueError(f"{self.path} does not begin with a setup. Name another file with --resume.")
        differing = [key for key, value in json.loads(json.dumps(setup)).items() if found.get(key) != value]
        if differing:
            raise ValueError(
                f"{self.path} holds the results of another run: it has another {', another '.join(differing)}. "
                "Name another file with --resume."
            )


def resumable(bot: Bot, questions: Sequence[EvalQuestion], kept: Kept) -> Iterator[Result]:
    """As `eval.answers.system.run`, but results that are ``kept`` are taken from there, and new ones are added.

    Raises:
        ValueError: a kept result does not fit the documents.
    """
    documents = bot.index.by_id
    fresh = run(bot, (question for question in questions if question.id not in kept.entries))
    # New results are computed one at a time, and each is written before the next question is asked.
    for question, known in [(question, kept.entries.get(question.id)) for question in questions]:
        if known is None:
            result = next(fresh)
            kept.add(to_dict(result))
        else:
            try:
                result = from_dict(known, question, documents)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                message = f"{kept.path}: the kept result {question.id!r} cannot be used ({error!r}). Remove the file."
                raise ValueError(message) from error
        yield result


def to_dict(result: Result) -> dict[str, Any]:
    """All that `from_dict` needs, beside the question and the documents, to restore ``result``."""
    answer = result.answer
    return {
        "id": result.question.id,
        "confidence": answer.confidence,
        "span": _place(answer.span),
        "citations": [_cited(citation) for citation in answer.citations],
        "alternatives": [[*_cited(other.citation), other.confidence] for other in answer.alternatives],
        "nearest": [[_place(hit.span), hit.score] for hit in answer.nearest],
        "understood": answer.understood,
        "timings_ms": answer.timings_ms,
        "verdict": answer.verdict,
        "kind": answer.kind,
        "reply": answer.reply,
        "best": _place(result.best),
        "passages": [_place(passage) for passage in result.passages],
        "relevant": result.relevant,
        "from_gold": _place(result.from_gold),
        "best_verdict": result.verdict,
    }


def from_dict(entry: Mapping[str, Any], question: EvalQuestion, documents: Mapping[str, Document]) -> Result:
    """The inverse of `to_dict`."""

    def span(place: Sequence[Any]) -> Span:
        return Span(documents[place[0]], place[1], place[2])

    def maybe(place: Sequence[Any] | None) -> Span | None:
        return None if place is None else span(place)

    answer = Answer(
        question.question,
        maybe(entry["span"]),
        entry["confidence"],
        tuple(Citation(number, span(words), span(passage)) for number, words, passage in entry["citations"]),
        tuple(
            Alternative(Citation(number, span(words), span(passage)), confidence)
            for number, words, passage, confidence in entry["alternatives"]
        ),
        tuple(Hit(span(place), score) for place, score in entry["nearest"]),
        entry["understood"],
        entry["timings_ms"],
        entry["verdict"],
        entry["kind"],
        entry["reply"],
    )
    passages = tuple(span(place) for place in entry["passages"])
    best, from_gold = maybe(entry["best"]), maybe(entry["from_gold"])
    return Result(question, answer, best, passages, entry["relevant"], from_gold, entry["best_verdict"])


def _cited(citation: Citation) -> list[Any]:
    return [citation.number, _place(citation.span), _place(citation.passage)]


def _place(span: Span | None) -> list[Any] | None:
    return None if span is None else [span.document.id, span.start, span.end]


def _parsed(lines: Iterable[str], path: Path) -> Iterator[Any]:
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: not JSON ({error}). Remove the file to start anew.") from error

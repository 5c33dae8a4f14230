"""Read question-answering data in SQuAD format, and check it on the way in."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.read.models import Verdict

_FORMAT = (
    '{"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}]}]}]}]}'
)


@dataclass(frozen=True)
class Gold:
    """An accepted answer: ``context[start : start + len(text)] == text``."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset just past the answer, in code points."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Question:
    """One question on one paragraph.

    Attributes:
        id: unique in its file.
        text: as it is asked.
        context: the paragraph.
        golds: accepted answers; none if the paragraph does not answer it.
        article: the title of its article, or the id of its document.
        verdict: the answer to a yes/no question that the paragraph answers. The golds are then its evidence, if that is known.
        others: the other passages of its document, hardest first; none of them answers it. A paragraph alone has none.
    """

    id: str
    text: str
    context: str
    golds: tuple[Gold, ...]
    article: str
    verdict: Verdict | None = None
    others: tuple[str, ...] = ()


def load_squad(path: Path, articles: Sequence[str] = ()) -> list[Question]:
    """Read a SQuAD 1.1 or 2.0 file, ``.json`` or ``.json.gz``; if ``articles`` are named, theirs only.

    The format is the one of Rajpurkar et al. 2018 (https://arxiv.org/abs/1806.03822).

    Raises:
        ValueError: the file is not SQuAD JSON, holds no questions or not an article of that title, an id occurs twice,
            or an answer does not stand at its offset; the message names the file and the question.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        content: Any = json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error}). Name a SQuAD JSON file.") from error
    except (EOFError, ValueError, RecursionError, zlib.error) as error:
        raise ValueError(f"{path} is damaged or not a SQuAD JSON file ({error}). Expected {_FORMAT}.") from error
    questions: dict[str, Question] = {}
    for question in _questions(content, path):
        if question.id in questions:
            raise ValueError(f"{path}: the id {question.id!r} occurs twice. Ids must be unique in a file.")
        questions[question.id] = question
    if not questions:
        raise ValueError(f"{path} holds no questions. Expected {_FORMAT}.")
    known = {question.article for question in questions.values()}
    missing = [title for title in articles if title not in known]
    if missing:
        raise ValueError(f"{path} has no article {', '.join(missing)}. It has {', '.join(sorted(known))}.")
    return [question for question in questions.values() if not articles or question.article in articles]


def _questions(content: object, path: Path) -> Iterator[Question]:
    articles = _field(content, "data", list, str(path))
    for number, article in enumerate(articles, start=1):
        where = f"{path}, article {number}"
        title = article.get("title", "") if isinstance(article, dict) else ""
        for place, paragraph in enumerate(_field(article, "paragraphs", list, where), start=1):
            context = _field(paragraph, "context", str, f"{where}, paragraph {place}")
            for entry in _field(paragraph, "qas", list, f"{where}, paragraph {place}"):
                identifier = _field(entry, "id", str, f"{where}, paragraph {place}")
                question = f"{path}, question {identifier}"
                text = _field(entry, "question", str, question)
                golds = tuple(_gold(answer, context, question) for answer in _field(entry, "answers", list, question))
                yield Question(identifier, text, context, golds, str(title))


def _gold(answer: object, context: str, where: str) -> Gold:
    gold = Gold(_field(answer, "text", str, where), _field(answer, "answer_start", int, where))
    found = context[gold.start : gold.end] if gold.start >= 0 else ""
    if not gold.text or found != gold.text:
        raise ValueError(
            f"{where}: the answer {gold.text!r} should stand at {gold.start}, but {found!r} does. Mend 'answer_start'."
        )
    return gold


def _field(record: object, key: str, kind: type, where: str) -> Any:  # noqa: ANN401
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, kind):
        raise ValueError(f"{where}: expected {key!r} to be of type {kind.__name__}, got {value!r:.80}. Expected {_FORMAT}.")
    return value


def verdict_of(entry: Mapping[str, object]) -> Verdict | None:
    """The verdict of a written question, if it has one.

    Raises:
        ValueError: it is neither "yes" nor "no".
    """
    verdict = entry.get("verdict")
    if verdict is None or verdict == "yes" or verdict == "no":
        return verdict
    raise ValueError(f"The verdict {verdict!r} is neither 'yes' nor 'no'.")

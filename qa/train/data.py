"""Read question-answering data in SQuAD format, and check it on the way in."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
    """One question on one paragraph. No golds: the paragraph does not answer it."""

    id: str
    text: str
    context: str
    golds: tuple[Gold, ...]
    article: str


def load_squad(path: Path) -> list[Question]:
    """Read a SQuAD 1.1 or 2.0 file, ``.json`` or ``.json.gz``.

    The format is the one of Rajpurkar et al. 2018 (https://arxiv.org/abs/1806.03822).

    Raises:
        ValueError: the file is not SQuAD JSON, an id occurs twice, or an answer does not stand at
            its offset; the message names the file and the question.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        articles: list[dict[str, Any]] = json.loads(data)["data"]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not a SQuAD JSON file ({error!r}). Expected {{'data': [{{'paragraphs': ...}}]}}."
        ) from error
    questions: list[Question] = []
    seen: set[str] = set()
    for article in articles:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            for entry in paragraph["qas"]:
                golds = tuple(Gold(answer["text"], answer["answer_start"]) for answer in entry["answers"])
                for gold in golds:
                    found = context[gold.start : gold.end]
                    if found != gold.text:
                        raise ValueError(
                            f"{path}: question {entry['id']}: the answer {gold.text!r} should stand at {gold.start}, "
                            f"but {found!r} does. Mend 'answer_start'."
                        )
                if entry["id"] in seen:
                    raise ValueError(f"{path}: the id {entry['id']!r} occurs twice. Ids must be unique in a file.")
                seen.add(entry["id"])
                questions.append(Question(entry["id"], entry["question"], context, golds, article.get("title", "")))
    return questions

"""Join questions that were written on public paragraphs with those paragraphs, which are not ours to pass on.

A file holds JSON lines, one for each paragraph: its article, the SHA-256 of its text, and the questions. The text is looked up
in the public files, which are trained on as well.
"""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from qa.train.examples.squad_format import Gold, Question, verdict_of

_FORMAT = '{"article", "sha256", "questions": [{"id", "q", "a", "start"?, "verdict"?}]}'


def load_written(path: Path, public: Iterable[Question]) -> list[Question]:
    """The written questions of ``path``, and the public ones on the same paragraphs.

    Both are used because different people wrote them: so neither wording nor length tells which questions have no answer.

    Raises:
        ValueError: the file cannot be read, a line is of another form, a paragraph is not in ``public``, or an answer does not
            stand where it should.
    """
    by_paragraph: Mapping[str, list[Question]] = defaultdict(list)
    for question in public:
        by_paragraph[digest(question.context)].append(question)
    try:
        lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()]
        questions: list[Question] = []
        for line in lines:
            asked = by_paragraph.get(line["sha256"])
            if not asked:
                raise ValueError(f"no public file has its paragraph {line['sha256'][:12]}… of {line['article']}")
            questions += _written(line["article"], asked[0].context, line["questions"])
            questions += asked
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} cannot be used ({error}). Expected lines like {_FORMAT}, and the public files too."
        ) from error
    return questions


def digest(paragraph: str) -> str:
    """The key by which a paragraph is looked up."""
    return hashlib.sha256(paragraph.encode()).hexdigest()


def _written(article: str, context: str, entries: Sequence[Mapping[str, object]]) -> list[Question]:
    questions = []
    for entry in entries:
        words, start = str(entry["a"]), entry.get("start")
        golds = (Gold(words, start),) if words and isinstance(start, int) else ()
        if words and (not golds or context[golds[0].start : golds[0].end] != words):
            raise ValueError(f"the answer of {entry['id']} does not stand at {start}")
        questions.append(Question(str(entry["id"]), str(entry["q"]), context, golds, article, verdict_of(entry)))
    return questions

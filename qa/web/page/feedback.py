"""What people say about answers, kept in a local file of JSON lines."""

import json
import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from qa.answer import Answer


class Reason(StrEnum):
    """Whether an answer was right, and if not, what was wrong with it."""

    RIGHT = "right"
    WRONG_WORDS = "wrong words"
    """The passage holds the answer, but these words are not it."""
    WRONG_PASSAGE = "wrong passage"
    """The answer stands elsewhere."""
    SHOULD_ABSTAIN = "should have said that it does not say"
    SHOULD_ANSWER = "should have answered"
    """It said that the documents do not say, and they do."""


def reasons(found: bool) -> tuple[Reason, ...]:
    """What can be said of an answer, and of word that there is none."""
    if found:
        return Reason.RIGHT, Reason.WRONG_WORDS, Reason.WRONG_PASSAGE, Reason.SHOULD_ABSTAIN
    return Reason.RIGHT, Reason.SHOULD_ANSWER


class FeedbackFile:
    """Appends one line to ``path`` for each thing said. Several threads and several servers may write to one file."""

    def __init__(self, path: Path) -> None:
        """Open ``path`` once, so that what is wrong with it is known before anyone says something.

        Raises:
            ValueError: it cannot be written to.
        """
        self.path = path
        self._lock = Lock()
        try:
            with path.open("ab"):
                pass
        except OSError as error:
            raise ValueError(
                f"Feedback cannot be kept in {path}: {error.strerror}. Name a file in a folder that is there: --feedback FILE"
            ) from error

    def keep(self, answer: Answer, reason: Reason) -> None:
        """Note ``reason`` of ``answer``: what was asked, where the answer stands, and when. The answer's words are not kept.

        Raises:
            OSError: the line could not be written.
        """
        line = json.dumps(_record(answer, reason), ensure_ascii=False).encode() + b"\n"
        with self._lock, self.path.open("ab", buffering=0) as file:
            # One write to a file that is open for appending goes to its end, whoever else writes.
            if file.write(line) != len(line):
                raise OSError(f"{self.path} took only a part of a line. Is the disk full?")
            os.fsync(file.fileno())


def _record(answer: Answer, reason: Reason) -> dict[str, Any]:
    span = answer.span
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "reason": reason.value,
        "question": answer.question,
        "understood": answer.understood,
        "found": answer.found,
        "document": span.document.id if span else None,
        "start": span.start if span else None,
        "end": span.end if span else None,
        "confidence": round(answer.confidence, 4),
    }

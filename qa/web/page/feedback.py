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
    """The bot said that the documents do not say, but they do."""


def reasons(found: bool) -> tuple[Reason, ...]:
    """The reasons to choose from: for an answer if ``found``, else for an abstention."""
    if found:
        return Reason.RIGHT, Reason.WRONG_WORDS, Reason.WRONG_PASSAGE, Reason.SHOULD_ABSTAIN
    return Reason.RIGHT, Reason.SHOULD_ANSWER


class FeedbackFile:
    """Appends one line to ``path`` for each judgement. Several threads and several servers may write to one file."""

    def __init__(self, path: Path) -> None:
        """Open ``path`` once, so that a problem with it is known before anyone judges an answer.

        Raises:
            ValueError: the file cannot be written to.
        """
        self.path = path
        self._lock = Lock()
        try:
            with open(path, "ab", opener=_private):
                pass
        except OSError as error:
            raise ValueError(
                f"Feedback cannot be kept in {path}: {error.strerror}. Name a file in a folder that exists: --feedback FILE"
            ) from error

    def keep(self, answer: Answer, reason: Reason) -> None:
        """Keep ``reason`` with the question, the place of ``answer`` and the time. The answer's words are not kept.

        Raises:
            OSError: the line could not be written.
        """
        line = json.dumps(_record(answer, reason), ensure_ascii=False).encode() + b"\n"
        with self._lock, open(self.path, "ab", buffering=0, opener=_private) as file:
            # A single write to a file that is open for appending goes to its end, even if others write to it as well.
            if file.write(line) != len(line):
                raise OSError(f"Only a part of a line could be written to {self.path}. Is the disk full?")
            os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    """A new file is for its owner alone."""
    return os.open(path, flags, 0o600)


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

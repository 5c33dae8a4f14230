import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa.answer import Answer
from qa.web.page.feedback import FeedbackFile, Reason, reasons
from tests.conftest import ROOT, make
from tests.qa.web.page.test_render import cited

DOCUMENT = make("Tea is hot.")
ANSWER = Answer("how is téa?", (citation := cited(DOCUMENT, "hot")).span, 0.87654, (citation,), understood="How is tea?")


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_line_says_what_was_asked_where_the_answer_stands_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = FeedbackFile(tmp_path / "said.jsonl")
    file.keep(ANSWER, Reason.WRONG_PASSAGE)
    file.keep(Answer("why?", None, 0.1), Reason.SHOULD_ANSWER)
    first, second = lines(file.path)
    time = datetime.fromisoformat(str(first.pop("time")))
    assert abs((datetime.now(UTC) - time).total_seconds()) < 60
    assert first == {
        "reason": "wrong passage",
        "question": "how is téa?",
        "understood": "How is tea?",
        "found": True,
        "document": DOCUMENT.id,
        "start": 7,
        "end": 10,
        "confidence": 0.8765,
    }
    assert (second["found"], second["document"], second["reason"]) == (False, None, "should have answered")


def test_what_can_be_said_depends_on_what_was_found() -> None:
    assert set(reasons(True)) | set(reasons(False)) == set(Reason)
    assert set(reasons(True)) & set(reasons(False)) == {Reason.RIGHT}


WRITER = """
import sys
from pathlib import Path
from threading import Thread
from qa.answer import Answer
from qa.web.page.feedback import FeedbackFile, Reason
file = FeedbackFile(Path(sys.argv[1]))
def write(thread):
    for number in range(25):
        file.keep(Answer(f"{sys.argv[2]} {thread} {number} " + "x" * 1500, None, 0.0), Reason.RIGHT)
threads = [Thread(target=write, args=(thread,)) for thread in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_no_line_is_lost_when_threads_of_several_processes_write(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    with ThreadPoolExecutor(3) as pool:
        runs = pool.map(lambda name: subprocess.run([sys.executable, "-c", WRITER, path, name], cwd=ROOT, check=True), "abc")
        assert len(list(runs)) == 3
    said = {" ".join(str(line["question"]).split()[:3]) for line in lines(path)}
    assert said == {f"{name} {thread} {number}" for name in "abc" for thread in range(4) for number in range(25)}
    assert len(lines(path)) == 300


@pytest.mark.parametrize("place", ["", "missing/said.jsonl"])
def test_a_file_that_cannot_be_written_is_refused_before_anyone_says_something(tmp_path: Path, place: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be kept in .*--feedback FILE"):
        FeedbackFile(tmp_path / place)

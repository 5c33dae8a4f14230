"""Work that is killed at a random moment (SIGKILL), and what must hold afterwards.

Each trial prepares a folder, does the work in a child that tells what is done, kills it, and looks at what is left.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from index.build import build, ensure, load_documents
from index.formats.apart import FileReader
from index.store import Index
from qa.answer import Answer
from qa.bot import Bot
from qa.live import LiveBot, watch
from qa.retrieve.retriever import Retriever
from qa.web.page.feedback import FeedbackFile, Reason
from qa.web.page.uploads import Uploads
from tests.conftest import LetterEncoder, WordReader

Work = Callable[[Callable[[str], None]], None]
SECONDS = 0.25
"""Within which it is killed, at a moment drawn at random."""


def killed(work: Work, random: Random) -> list[str]:
    """Do ``work`` in a child, kill it; returns what it had told before."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            work(lambda line: os.write(write, f"{line}\n".encode()) and None)
        finally:
            os._exit(0)
    os.close(write)
    time.sleep(random.uniform(0, SECONDS))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as told:
        return told.read().decode().splitlines()


def _seeds(folder: Path, version: int, count: int = 60) -> list[Path]:
    seeds = folder / "seeds"
    seeds.mkdir(exist_ok=True)
    for number in range(count):
        words = " ".join(f"Part {part} of text {number} tells of version {version}." for part in range(40))
        (seeds / f"{number}.txt").write_text(words)
    return [seeds]


def _versions(index: Index) -> set[str]:
    return {document.text.split("version ")[1].split(".")[0] for document in index.documents}


def a_build(folder: Path, random: Random) -> None:
    """A first build: no index, or all of it; and the next one works."""
    seeds = _seeds(folder, 1)
    told = killed(lambda tell: _build(seeds, folder, tell), random)
    try:
        assert len(Index.load(folder / "index", LetterEncoder()).documents) == 60
    except ValueError:
        assert not told, "the build had said that it was done"
    assert len(ensure(seeds, folder / "index", LetterEncoder, lambda _: None).documents) == 60


def _build(seeds: list[Path], folder: Path, tell: Callable[[str], None]) -> None:
    build(load_documents(seeds), seeds, folder / "index", LetterEncoder())
    tell("built")


def an_update(folder: Path, random: Random) -> None:
    """An update: the old index or the new one, whole; and the next one works."""
    seeds = _seeds(folder, 1)
    build(load_documents(seeds), seeds, folder / "index", LetterEncoder())
    _seeds(folder, 2)
    told = killed(lambda tell: _build(seeds, folder, tell), random)
    index = Index.load(folder / "index", LetterEncoder())
    assert len(index.documents) == 60
    assert _versions(index) in ([{"2"}] if told else [{"1"}, {"2"}])
    assert _versions(ensure(seeds, folder / "index", LetterEncoder, lambda _: None)) == {"2"}


def a_watch(folder: Path, random: Random) -> None:
    """A server that takes up changes: its index is whole, old or new."""
    seeds = _seeds(folder, 1)
    first = build(load_documents(seeds), seeds, folder / "index", LetterEncoder())

    def work(tell: Callable[[str], None]) -> None:
        bot = LiveBot(Bot(Retriever(first), WordReader()))
        watch(bot, folder / "index", 0, seconds=0.01)
        version = 1
        while True:
            version += 1
            _seeds(folder, version, 60)
            while _versions(bot.index) != {str(version)}:  # type: ignore[arg-type]
                time.sleep(0.005)
            tell(str(version))

    told = killed(work, random)
    left = {int(one) for one in _versions(Index.load(folder / "index", LetterEncoder()))}
    # Files are written one by one, so an update may find some that are new and some that are old.
    assert max(left) >= int(told[-1]) if told else left
    _seeds(folder, 99)
    assert _versions(ensure(seeds, folder / "index", LetterEncoder, lambda _: None)) == {"99"}


def feedback(folder: Path, random: Random) -> None:
    """Judgements: each that was acknowledged is there, and the file can be added to."""
    path = folder / "said.jsonl"

    def work(tell: Callable[[str], None]) -> None:
        file = FeedbackFile(path)
        for number in range(10**9):
            file.keep(Answer(f"{number} " + "x" * random.randrange(3000), None, 0.1), Reason.RIGHT)
            tell(str(number))

    told = killed(work, random)
    FeedbackFile(path).keep(Answer("after", None, 0.1), Reason.RIGHT)
    questions = []
    for line in path.read_bytes().splitlines():
        try:
            questions.append(json.loads(line)["question"])
        except ValueError:
            continue  # The line that was being written.
    assert [question.split()[0] for question in questions[: len(told)]] == told
    assert questions[-1] == "after"


def an_upload(folder: Path, random: Random) -> None:
    """Visitors' files: no process and no file is left of a server that was killed."""
    bot = Bot(Retriever(Index.build(load_documents(_seeds(folder, 1, 1)).documents, LetterEncoder())), WordReader())

    def work(tell: Callable[[str], None]) -> None:
        reader = FileReader()
        uploads = Uploads(bot, reader)
        for number in range(10**9):
            uploads.add(f"v{number}", "a.html", f"<p>Tea of {number} comes from Assam.</p>".encode())
            tell(str(reader.process))

    told = killed(work, random)
    for process in {int(one) for one in told}:
        deadline = time.monotonic() + 10
        while Path(f"/proc/{process}").exists() and "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]:
            assert time.monotonic() < deadline, "the process that reads files lives on"
            time.sleep(0.02)


TRIALS: list[Callable[[Path, Random], None]] = [a_build, an_update, a_watch, feedback, an_upload]

"""What must hold when something goes wrong around the program. `make faults` kills 200 times; here it is ten."""

import inspect
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from random import Random

import pytest

import index
import qa
from qa.answer import Answer
from qa.web.page.feedback import FeedbackFile, Reason
from tests.conftest import ARTICLE, ROOT
from tests.faults.kills import TRIALS


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
def test_nothing_is_lost_or_half_there_after_a_kill(trial: Callable[[Path, Random], None], tmp_path: Path) -> None:
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        trial(folder, Random(f"{trial.__name__} {number}"))


def run(*command: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        **more,  # type: ignore[call-overload]
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_full_disk(tmp_path: Path) -> None:
    # A limit on the size of files is for a program what a full disk is: writing fails in the middle.
    limited = [
        "-c",
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); "
        "from index.__main__ import main; sys.exit(main(sys.argv[1:]))",
    ]
    folder = tmp_path / "index"
    done = run(*limited, "build", "--seeds", ARTICLE, "--out", folder)
    assert done.returncode == 2
    assert "cannot be written to" in done.stderr
    assert "Make room there" in done.stderr
    assert run("-m", "index", "build", "--seeds", ARTICLE, "--out", folder).returncode == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    seeds = tmp_path / "seeds"
    shutil.copytree(ARTICLE.parent, seeds)
    (seeds / "more.txt").write_text("Tea comes from Assam. " * 400)
    assert run(*limited, "build", "--seeds", seeds, "--out", folder).returncode == 2
    assert {name: (folder / name).read_bytes() for name in before} == before, "the earlier index stays whole"
    assert run("-m", "qa", "--index", folder, "--reader", "small", "what was the ransom deadline?").returncode == 0


@pytest.mark.parametrize("command", [["-m", "index", "build", "--out"], ["-m", "qa", "who?", "--index"]])
def test_a_folder_that_may_not_be_written_to(tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    done = run(*command, file / "index", "--seeds", str(ARTICLE))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")


def test_an_index_in_a_folder_that_is_read_only_answers(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    assert run("-m", "index", "build", "--seeds", ARTICLE, "--out", folder).returncode == 0
    for path in (*folder.iterdir(), folder):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        done = run("-m", "qa", "--index", folder, "--reader", "small", "what was the ransom deadline?")
        assert done.returncode == 0
        assert "Friday" in done.stdout
    finally:
        folder.chmod(0o755)


def test_a_clock_that_is_set_back_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    assert run("-m", "index", "build", "--seeds", ARTICLE, "--out", folder).returncode == 0
    for path in folder.iterdir():
        os.utime(path, (4e9, 4e9))  # As if it had been made in the year 2096.
    done = run("-m", "index", "build", "--seeds", ARTICLE, "--out", folder)
    assert done.returncode == 0
    assert run("-m", "index", "info", "--index", folder).returncode == 0


# Without a reader.json, other models have the defaults.
@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("reader.json", "cut"),
        ("model.onnx", "missing"),
        ("model.onnx", "cut"),
        ("tokenizer.json", "missing"),
        ("tokenizer.json", "cut"),
    ],
)
def test_a_model_that_is_not_whole(tmp_path: Path, name: str, harm: str) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(ROOT / "qa" / "weights", weights)
    files = sorted(weights.glob(name.replace("model.onnx", "*.onnx")))
    assert files, f"there is no {name}"
    for file in files:
        data = file.read_bytes()
        file.unlink()
        if harm == "cut":
            file.write_bytes(data[: len(data) // 2])
    done = run("-m", "qa", "--index", tmp_path / "index", "--seeds", ARTICLE, "--reader", weights, "who?")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert str(weights) in done.stderr


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--port", str(port), "--reader", "small", "--index", str(tmp_path / "index")]
    command += ["--feedback", str(tmp_path / "said.jsonl")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    while "Ready" not in process.stdout.readline():
        assert process.poll() is None
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def ask(url: str) -> bytes:
    request = urllib.request.Request(
        f"{url}/api/v1/ask", b'{"question": "what was the secret deadline?"}', {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def test_no_question_is_written_anywhere(server: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    process, url = server
    ask(url)
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as measured:
        assert b"secret" not in measured.read()
    process.terminate()
    began = time.monotonic()
    said, complained = process.communicate(timeout=10)
    assert "secret" not in said + complained
    assert process.returncode in (0, -signal.SIGTERM)
    assert time.monotonic() - began < 10
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"secret" not in path.read_bytes(), path


def test_judgements_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    FeedbackFile(path).keep(Answer("who?", None, 0.1), Reason.RIGHT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_packet_leaves_the_machine(tmp_path: Path) -> None:
    command = [
        "-m",
        "tests.faults.guard",
        "--index",
        str(tmp_path / "index"),
        "--seeds",
        str(ARTICLE),
        "what was the ransom deadline?",
    ]
    done = run(*command)
    assert done.returncode == 0, done.stderr
    assert "5:50pm GMT on Friday" in done.stdout
    # The guard itself is no dummy.
    told = run(
        "-c",
        "import sys, socket; from tests.faults.guard import guard; sys.addaudithook(guard)\n"
        "try: socket.create_connection(('203.0.113.1', 9), 0.1)\nexcept RuntimeError as error: print(error)",
    )
    assert "would leave the machine" in told.stdout


def patterns() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Every regular expression of the code, as it is used: at the beginning of a text, or anywhere in it."""
    for package in (index, qa):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__") or "train" in module.name or module.name == "index.bulk":
                continue
            loaded = import_module(module.name)
            source = inspect.getsource(loaded)
            for name, value in vars(loaded).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    anywhere = re.search(rf"\b{name}\.(search|finditer|findall|sub|split)\b", source)
                    yield f"{module.name}.{name}", value.search if anywhere else value.match


def test_no_regular_expression_blows_up() -> None:
    found = dict(patterns())
    assert len(found) > 30
    pieces = [*"a \n1|-#(*'é", "1,", ". ", "| ", "- -", "a ", "A. ", "ab1", "\t ", ":-", "a@", "AAAAAAA ", "a #", "**"]
    for name, used in found.items():
        for piece in pieces:
            for begin, end in (("", ""), ("", "!"), ("", "|"), ("# a", "!"), ("|", "\n!")):
                attack = begin + piece * (5000 // len(piece)) + end
                began = time.process_time()
                used(attack)
                # What is linear takes milliseconds, a square takes tenths of a second, and what blows up takes hours.
                assert time.process_time() - began < 2, f"{name} on {piece!r} repeated"

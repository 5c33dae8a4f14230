"""Two copies of the app behind a proxy, on one store: the article is answered, and a restart of each loses no question."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.conftest import ROOT

RANSOM = "what was the ransom deadline?"
DEADLINE = "5:50pm GMT on Friday"


def ask(url: str, question: str = RANSOM) -> dict[str, object]:
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{url}/api/v1/ask", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


class Copy:
    def __init__(self, store: str, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        hosts = ["--allow-host", "chat.example.org", "--rate-limit", "0"]
        self.command = [
            sys.executable,
            "app.py",
            "--store",
            store,
            "--port",
            str(port),
            *hosts,
            "--feedback",
            str(folder / f"{port}.jsonl"),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, cwd=ROOT)
        deadline = time.monotonic() + 120
        while not is_ready(self.url):
            assert time.monotonic() < deadline, "the copy does not get ready"
            time.sleep(0.3)

    def stop(self) -> float:
        """Ask it to end, and wait; returns the seconds that it took."""
        began = time.monotonic()
        if self.process:
            self.process.terminate()
            self.process.wait()
        return time.monotonic() - began


@pytest.fixture
def store(milvus: str) -> str:
    url = f"{milvus}/article"
    subprocess.run([sys.executable, "-m", "index", "build", "--store", url], cwd=ROOT, check=True)
    return url


def test_the_ransom_question_from_each_store(store: str, tmp_path: Path) -> None:
    lite = f"milvus://{tmp_path / 'lite.db'}"
    subprocess.run([sys.executable, "-m", "index", "push", "--index", ROOT / ".index", "--store", lite], cwd=ROOT, check=True)
    for url in (lite, store):
        command = [sys.executable, "-m", "qa", "--json", "--store", url, RANSOM]
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        answer = json.loads(said.stdout)
        (citation,) = answer["citations"]
        text = (ROOT / "seeds" / "is-group-london-talks.txt").read_bytes().decode("utf-8-sig")
        assert answer["answer"] == DEADLINE == citation["quote"] == text[citation["start"] : citation["end"]]


@pytest.fixture
def copies(store: str, tmp_path: Path) -> Iterator[list[Copy]]:
    made = [Copy(store, port, tmp_path) for port in (7861, 7862)]
    with ExitStack() as stack:
        for copy in made:
            copy.start()
            stack.callback(copy.stop)
        haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
        proxy = subprocess.Popen([haproxy, "-f", ROOT / "docs" / "haproxy.cfg"])
        stack.callback(proxy.wait)
        stack.callback(proxy.terminate)
        deadline = time.monotonic() + 30
        while not is_ready("http://127.0.0.1:7860"):
            assert time.monotonic() < deadline, "the proxy finds no copy"
            time.sleep(0.3)
        yield made


def test_a_rolling_restart_loses_no_question(copies: list[Copy], tell: Callable[[str], None]) -> None:
    url = "http://127.0.0.1:7860"
    answers: list[object] = []
    stopped = Event()

    def go_on() -> None:
        while not stopped.is_set():
            try:
                answers.append(ask(url)["answer"])
            except Exception as error:
                answers.append(error)

    clients = [Thread(target=go_on) for _ in range(3)]
    for client in clients:
        client.start()
    seconds = []
    for copy in copies:
        time.sleep(2)
        seconds.append(copy.stop())
        time.sleep(2)
        copy.start()
    time.sleep(3)
    stopped.set()
    for client in clients:
        client.join()
    tell(f"{len(answers)} questions during two restarts; each copy ended within {max(seconds):.1f} s")
    assert set(answers) == {DEADLINE}
    assert max(seconds) < 10


def test_a_visitor_stays_with_one_copy(copies: list[Copy]) -> None:
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    seen = set()
    for _ in range(6):
        with opener.open("http://127.0.0.1:7860/healthz", timeout=20) as answer:
            answer.read()
        seen.add(next(cookie.value for cookie in jar if cookie.name == "copy"))
    assert len(seen) == 1
    others = set()
    for _ in range(20):
        with urllib.request.urlopen("http://127.0.0.1:7860/healthz", timeout=20) as answer:
            others.add(answer.headers["set-cookie"].split(";")[0])
    assert len(others) == 2

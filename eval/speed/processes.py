"""Run the bot as people do, in processes of its own, and measure those: cold start, memory, answers per second."""

import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import nan
from pathlib import Path
from time import monotonic, perf_counter, sleep

import httpx

from eval.questions import EvalQuestion

ROOT = Path(__file__).parent.parent.parent
LONGEST_START = 300.0
"""Seconds after which a server that is not ready is given up."""

_MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
# At its start, a process still shares the memory of its parent, and that counts for its peak: so the parent must be small.


def cold_start(arguments: Sequence[str], question: str) -> float:
    """Seconds from starting ``python -m qa`` to its answer, with an index that is there.

    Raises:
        ValueError: the command fails.
    """
    began = perf_counter()
    command = [sys.executable, "-m", "qa", "--json", *arguments, question]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    taken = perf_counter() - began
    if done.returncode:
        raise ValueError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return taken


def peak_memory(command: Sequence[str], given: str = "") -> float:
    """The most memory, in MiB, that ``command`` holds at once when it reads ``given``: its peak resident set size.

    Raises:
        ValueError: the command fails, or the system does not tell (only Unix does).
    """
    measured = [sys.executable, "-c", _MEASURED, *command]
    done = subprocess.run(measured, cwd=ROOT, input=given, capture_output=True, text=True, check=False)  # noqa: S603
    if "No module named 'resource'" in done.stderr:
        raise ValueError(
            "This system does not tell a process's peak memory. Leave it out: --only cold ask clients build reader"
        )
    if done.returncode:
        raise ValueError(f"{' '.join(command)} failed with exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return float(done.stdout) / (1024 if sys.platform != "darwin" else 1024**2)


def peak_of(process: int) -> float | None:
    """The same of a process that is running, by its number; None if the system does not tell (only Linux does)."""
    path = Path(f"/proc/{process}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", path.read_text()) if path.exists() else None
    return int(found[1]) / 1024 if found else None


def answering_memory(arguments: Sequence[str], questions: Sequence[EvalQuestion]) -> float:
    """The `peak_memory` of a process that opens the bot and answers ``questions``.

    Raises:
        ValueError: as there.
    """
    asked = "".join(json.dumps({"id": one.id, "question": one.question}) + "\n" for one in questions)
    return peak_memory([sys.executable, "-m", "qa", "--batch", *arguments], asked)


@dataclass(frozen=True)
class Start:
    """Seconds from starting the server: to its first response, to its first answer, and until everything is there."""

    alive: float
    answered: float
    complete: float


def server_start(arguments: Sequence[str], question: str, root: Path = ROOT) -> Start:
    """Start the ``app.py`` of ``root``, ask, and stop it.

    Raises:
        ValueError: it stops by itself, or is not ready in time.
    """
    moments: dict[str, float] = {}
    began = perf_counter()
    with _server(arguments, root) as (address, check), httpx.Client(base_url=address, timeout=LONGEST_START) as http:
        asked = partial(http.post, "/api/v1/ask", json={"question": question})
        steps = {"alive": partial(http.get, "/healthz"), "answered": asked, "complete": partial(http.get, "/readyz")}
        while len(moments) < len(steps):
            check()
            for name, step in steps.items():
                if name not in moments and _succeeds(step):
                    moments[name] = perf_counter() - began
            sleep(0.01)
    return Start(**moments)


@contextmanager
def serving(arguments: Sequence[str]) -> Iterator[str]:
    """Start ``app.py`` on a free port; gives its address once it is ready, and stops it at the end.

    Raises:
        ValueError: it stops by itself, or is not ready in time.
    """
    with _server(["--rate-limit", "0", *arguments], ROOT) as (address, check):
        while not _succeeds(partial(httpx.get, f"{address}/readyz")):
            check()
            sleep(0.2)
        yield address


@contextmanager
def _server(arguments: Sequence[str], root: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Gives the address, and what raises ValueError when the server has stopped or takes too long."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "app.py", "--port", str(port), *arguments]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=said)  # noqa: S603
        until = monotonic() + LONGEST_START

        def check() -> None:
            if process.poll() is not None or monotonic() > until:
                said.seek(0)
                raise ValueError(f"{' '.join(command)} is not ready to serve: {said.read().strip()[-500:]}")

        try:
            yield f"http://127.0.0.1:{port}", check
        finally:
            process.terminate()
            process.wait(30)


def _succeeds(request: Callable[[], httpx.Response]) -> bool:
    try:
        return request().status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@dataclass(frozen=True)
class Run:
    """The result of asking a server.

    Attributes:
        rate: answers a second.
        seconds: those that each answer took.
        core_seconds: seconds of a processor's time that the server spent on an answer; not a number where it does not tell.
        turned_away: questions that were answered with 503.
    """

    rate: float
    seconds: list[float]
    core_seconds: float
    turned_away: int


def throughput(address: str, questions: Sequence[EvalQuestion], clients: int) -> Run:
    """Ask every question once, by ``clients`` that each wait for their answer.

    Raises:
        ValueError: the server refuses a question for another reason than that too many are waiting.
    """

    def ask(question: EvalQuestion) -> float | None:
        history = [{"question": turn.question, "answer": turn.answer} for turn in question.history]
        began = perf_counter()
        response = http.post(f"{address}/api/v1/ask", json={"question": question.question, "history": history})
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"The server answered {response.status_code}: {response.text[:200]}")
        return perf_counter() - began

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    with httpx.Client(timeout=LONGEST_START, limits=limits) as http, ThreadPoolExecutor(clients) as threads:
        spent = _processor_seconds(http, address)
        began = perf_counter()
        taken = list(threads.map(ask, questions))
        elapsed = perf_counter() - began
        spent = _processor_seconds(http, address) - spent
    seconds = [one for one in taken if one is not None]
    answered = max(1, len(seconds))
    return Run(len(seconds) / elapsed, seconds, spent / answered, len(taken) - len(seconds))


def _processor_seconds(http: httpx.Client, address: str) -> float:
    told = re.search(r"^process_cpu_seconds_total (\S+)$", http.get(f"{address}/metrics").text, re.MULTILINE)
    return float(told.group(1)) if told else nan

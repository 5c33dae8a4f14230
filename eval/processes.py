"""Run the bot as people do, in processes of its own, and measure those: cold start, memory, answers per second."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, perf_counter, sleep

import httpx

from eval.questions import EvalQuestion

ROOT = Path(__file__).parent.parent
LONGEST_START = 120.0
"""Seconds after which a server that is not ready is given up."""

_MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
# A process's peak counts the moment at which it still shares the memory of the one that started it: that must be small.


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


def answering_memory(arguments: Sequence[str], questions: Sequence[EvalQuestion]) -> float:
    """The `peak_memory` of a process that opens the bot and answers ``questions``.

    Raises:
        ValueError: as there.
    """
    asked = "".join(json.dumps({"id": one.id, "question": one.question}) + "\n" for one in questions)
    return peak_memory([sys.executable, "-m", "qa", "--batch", *arguments], asked)


@contextmanager
def serving(arguments: Sequence[str]) -> Iterator[str]:
    """Start ``app.py`` on a free port; gives its address, and stops it at the end.

    Raises:
        ValueError: it stops by itself, or is not ready in time.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "app.py", "--port", str(port), "--rate-limit", "0", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said)  # noqa: S603
        try:
            until = monotonic() + LONGEST_START
            while not _ready(address):
                if process.poll() is not None or monotonic() > until:
                    said.seek(0)
                    raise ValueError(f"{' '.join(command)} is not ready to serve: {said.read().strip()[-500:]}")
                sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def throughput(address: str, questions: Sequence[EvalQuestion], clients: int) -> tuple[float, list[float]]:
    """Ask every question once, by ``clients`` that each wait for their answer: answers a second, and each one's seconds.

    Raises:
        ValueError: the server refuses a question.
    """

    def ask(question: EvalQuestion) -> float:
        history = [{"question": turn.question, "answer": turn.answer} for turn in question.history]
        began = perf_counter()
        response = http.post(f"{address}/api/v1/ask", json={"question": question.question, "history": history})
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"The server answered {response.status_code}: {response.text[:200]}")
        return perf_counter() - began

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    with httpx.Client(timeout=LONGEST_START, limits=limits) as http, ThreadPoolExecutor(clients) as threads:
        began = perf_counter()
        seconds = list(threads.map(ask, questions))
        return len(seconds) / (perf_counter() - began), seconds

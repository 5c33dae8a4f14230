"""Run the bot as people do, in processes of its own, and measure those: cold start, memory, answers per second."""

import json
import os
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


def peak_memory(arguments: Sequence[str], questions: Sequence[EvalQuestion]) -> float:
    """The most memory, in MiB, that a process holds which opens the bot and answers ``questions``: peak resident set size.

    Raises:
        ValueError: the command fails, or the system does not tell (only Unix does).
    """
    if not hasattr(os, "wait4"):
        raise ValueError(
            "This system does not tell a process's peak memory. Leave it out: --only cold ask clients build reader"
        )
    with tempfile.TemporaryFile("w+") as asked:
        for question in questions:
            print(json.dumps({"id": question.id, "question": question.question}), file=asked)
        asked.seek(0)
        command = [sys.executable, "-m", "qa", "--batch", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdin=asked, stdout=subprocess.DEVNULL)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(f"{' '.join(command)} failed with exit code {process.returncode}.")
    return usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


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
        command = [sys.executable, "app.py", "--port", str(port), *arguments]
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

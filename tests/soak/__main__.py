"""``python -m tests.soak``: a server under twice the load that it sustains, with slow and half-open clients beside.

It starts the server, measures what it sustains, then sends twice as many questions for a quarter of an hour. Every answer is
compared with the one that was given when nothing else was asked. Ends with 1 if a promise is broken.
"""

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from tests.conftest import ROOT

CLIENTS = 200
"""Questions that are sent and not answered yet, at most."""
SLOW, HALF_OPEN = 5, 5
TIMEOUT = 60.0
HEAD = b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"


@dataclass
class Seen:
    """What came back: by outcome, how long answers took, and the server's memory over time."""

    outcomes: Counter[str] = field(default_factory=Counter)
    took: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def started(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "app.py", "--port", str(port), "--cache", "0", "--rate-limit", "0", "--feedback", "/dev/null"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


async def ready(client: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.2)
    raise RuntimeError("the server does not get ready")


async def asked(client: httpx.AsyncClient, question: str) -> httpx.Response:
    return await client.post("/api/v1/ask", json={"question": question})


def essence(answer: dict[str, object]) -> str:
    """All of an answer but the time that it took."""
    return json.dumps({name: value for name, value in answer.items() if name != "timings_ms"}, sort_keys=True)


async def one(client: httpx.AsyncClient, question: str, expected: str, seen: Seen, began: float) -> None:
    sent = time.monotonic()
    try:
        answer = await asked(client, question)
    except httpx.HTTPError as error:
        seen.outcomes["no response"] += 1
        seen.wrong.append(f"{type(error).__name__} {error}")
        return
    took = time.monotonic() - sent
    if answer.status_code == 200:
        seen.took.append((sent - began, took))
        seen.outcomes["answered"] += 1
        if essence(answer.json()) != expected:
            seen.wrong.append(f"another answer to {question!r}")
    elif answer.status_code == 503:
        well_formed = answer.headers.get("content-type") == "application/problem+json" and answer.headers.get("retry-after")
        seen.outcomes["turned away"] += 1
        if not well_formed or answer.json()["status"] != 503:
            seen.wrong.append(f"503 that is not well formed: {answer.text[:200]}")
    else:
        seen.outcomes[f"status {answer.status_code}"] += 1
        seen.wrong.append(f"status {answer.status_code}")


async def sustained(client: httpx.AsyncClient, questions: list[str], seconds: float) -> float:
    """Answers a second that eight clients get who ask one question after the other."""
    end, count = time.monotonic() + seconds, 0

    async def go_on() -> None:
        nonlocal count
        while time.monotonic() < end:
            answered = await asked(client, random.choice(questions))
            count += answered.status_code == 200

    await asyncio.gather(*(go_on() for _ in range(8)))
    return count / seconds


async def slow(port: int, end: float) -> None:
    """A client that sends a byte a second."""
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in HEAD:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)
            writer.close()
        except OSError:
            await asyncio.sleep(1)


def half_open(port: int) -> list[socket.socket]:
    """Clients that send half of a request, and then nothing."""
    made = []
    for _ in range(HALF_OPEN):
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(
            b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
        made.append(client)
    return made


def resident(process: int) -> float:
    """MiB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 2**20


async def soak(port: int, process: int, minutes: float) -> tuple[Seen, float, float]:
    limits = httpx.Limits(max_connections=CLIENTS + 20, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT, limits=limits) as client:
        await ready(client)
        lines = (ROOT / "eval" / "questions.jsonl").read_text().splitlines()
        questions = [entry["question"] for entry in map(json.loads, lines) if not entry.get("history")]
        expected = {question: essence((await asked(client, question)).json()) for question in questions}
        rate = await sustained(client, questions, 20)
        print(f"sustained: {rate:.1f} answers a second; now twice as many are asked for {minutes:g} minutes", flush=True)
        seen, began = Seen(), time.monotonic()
        end = began + 60 * minutes
        others = half_open(port)
        slowly = [asyncio.create_task(slow(port, end)) for _ in range(SLOW)]
        running: set[asyncio.Task[None]] = set()
        due, told = began, began
        while (now := time.monotonic()) < end:
            if now >= told:
                seen.memory.append((now - began, resident(process)))
                print(f"\r{now - began:5.0f} s  {dict(seen.outcomes)}  {seen.memory[-1][1]:.0f} MiB ", end="", file=sys.stderr)
                told += 5
            if now < due:
                await asyncio.sleep(due - now)
                continue
            due += 1 / (2 * rate)
            if len(running) < CLIENTS:
                question = random.choice(questions)
                task = asyncio.create_task(one(client, question, expected[question], seen, began))
                running.add(task)
                task.add_done_callback(running.discard)
            else:
                seen.outcomes["not sent"] += 1
        print(file=sys.stderr)
        for task in slowly:
            task.cancel()
        stopped = time.monotonic()
        while (await asked(client, questions[0])).status_code != 200:
            await asyncio.sleep(0.2)
        recovered = time.monotonic() - stopped
        await asyncio.gather(*running)
        for other in others:
            other.close()
        return seen, rate, recovered


def slope(memory: list[tuple[float, float]]) -> tuple[float, float]:
    """MiB an hour in the second half, and the standard error of that."""
    half = np.array(memory[len(memory) // 2 :])
    hours = half[:, 0] / 3600
    (rise, _), covariance = np.polyfit(hours, half[:, 1], 1, cov=True)
    return float(rise), float(np.sqrt(covariance[0, 0]))


def plot(seen: Seen, path: Path) -> None:
    """The time of answers (p99 of each half minute) and the memory, over time."""
    took: dict[int, list[float]] = {}
    for at, seconds in seen.took:
        took.setdefault(int(at // 30), []).append(seconds)
    lines = {
        "p99 of the answers, seconds": [
            (30 * part + 15, float(np.percentile(some, 99))) for part, some in sorted(took.items())
        ],
        "memory, MiB": seen.memory,
    }
    drawn = []
    for number, (name, points) in enumerate(lines.items()):
        top, last, most = 20 + 170 * number, points[-1][0], 1.15 * max(value for _, value in points)
        line = " ".join(f"{60 + 560 * at / last:.1f},{top + 120 - 120 * value / most:.1f}" for at, value in points)
        drawn.append(
            f'<text x="60" y="{top - 5}">{name}, up to {max(value for _, value in points):,.1f}</text>'
            f'<path d="M60 {top} V{top + 120} H620" fill="none" stroke="#888"/>'
            f'<polyline points="{line}" fill="none" stroke="#0b6b5d" stroke-width="1.5"/>'
            f'<text x="620" y="{top + 135}" text-anchor="end">{last / 60:.0f} min</text>'
            f'<text x="50" y="{top + 120}" text-anchor="end">0</text>'
        )
    body = "".join(drawn)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 350" font-family="sans-serif" font-size="12" fill="#333">'
        f'<rect width="640" height="350" fill="#fff"/>{body}</svg>\n'
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="(default: 15)")
    parser.add_argument("--port", type=int, default=7899)
    parser.add_argument("--plot", type=Path, help="write the plot to this SVG file")
    options = parser.parse_args()
    server = started(options.port)
    try:
        seen, rate, recovered = asyncio.run(soak(options.port, server.pid, options.minutes))
    finally:
        server.terminate()
        ended = time.monotonic()
        server.wait()
    rise, error = slope(seen.memory)
    took = np.array([seconds for _, seconds in seen.took])
    rows = {
        "questions sent": f"{sum(seen.outcomes.values()) - seen.outcomes['not sent']:,} at {2 * rate:.1f} a second",
        "answered, all as when alone": f"{seen.outcomes['answered']:,}",
        "turned away with a well-formed 503": f"{seen.outcomes['turned away']:,}",
        "wrong answers, other responses": f"{len(seen.wrong):,}",
        "p50 / p99 / longest of the answers, s": " / ".join(f"{np.percentile(took, share):.1f}" for share in (50, 99, 100)),
        "memory at the end, MiB": f"{seen.memory[-1][1]:.0f}",
        "its rise in the second half, MiB an hour": f"{rise:.1f} ± {2 * error:.1f}",
        "until the next question is answered, s": f"{recovered:.1f}",
        "until the server has ended, s": f"{time.monotonic() - ended:.1f}",
    }
    print("\n".join(f"{name:44}{value}" for name, value in rows.items()))
    print("\n".join(seen.wrong[:10]))
    if options.plot:
        plot(seen, options.plot)
    rises = rise > 2 * error and rise * options.minutes / 60 > 20
    return 1 if seen.wrong or recovered > 15 or rises else 0


if __name__ == "__main__":
    sys.exit(main())

"""A running server with the real models, and another site whose pages may ask it."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import ROOT
from tests.web.measured import MEASURED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MEASURED:
        terminalreporter.section("measured in the browser")
        for line in MEASURED:
            terminalreporter.write_line(line)


class Host:
    """Another site: it serves the pages that were put into it, each with a content security policy of its own."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                html, policy = site.pages.get(self.path, ("", ""))
                self.send_response(200 if html else 204)
                self.send_header("content-type", "text/html; charset=utf-8")
                if policy:
                    self.send_header("content-security-policy", policy)
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    host = Host()
    Thread(target=host.server.serve_forever, daemon=True).start()
    yield host
    host.server.shutdown()


@pytest.fixture(scope="session")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running server keeps what is said about its answers."""
    return tmp_path_factory.mktemp("feedback") / "said.jsonl"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, host: "Host", feedback: Path) -> Iterator[str]:
    """A running server. What it says on standard error goes to a file, so that it can be shown when it does not start."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    with (folder / "stderr").open("w") as errors:
        command = [sys.executable, "app.py", "--port", str(port), "--index", str(folder / "index")]
        command += ["--allow-origin", host.origin, "--feedback", str(feedback)]
        server = subprocess.Popen(command, cwd=ROOT, stderr=errors, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
                break
            except OSError:
                if server.poll() is not None:
                    break
                time.sleep(1)
        assert server.poll() is None, f"the server stopped: {(folder / 'stderr').read_text()}"
        yield url
    finally:
        server.terminate()
        server.wait(30)
    assert "Traceback" not in (folder / "stderr").read_text()

"""A running server with the real models, and another site whose pages may ask it."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tests.conftest import ARTICLE, ROOT
from tests.qa.web import firefox
from tests.qa.web.firefox import Firefox
from tests.qa.web.measured import MEASURED
from tests.qa.web.sites import Host, Open, Visit


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MEASURED:
        terminalreporter.section("measured in the browser")
        for line in MEASURED:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    host = Host()
    Thread(target=host.server.serve_forever, daemon=True).start()
    yield host
    host.server.shutdown()


@pytest.fixture(scope="session")
def foreign_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """The other engine."""
    path = firefox.executable()
    if path is None:
        pytest.fail("There is no Firefox to test with. Install it: sudo apt-get update && sudo apt-get install firefox-esr")
    with Firefox(path, tmp_path_factory.mktemp("firefox")) as running:
        yield running


@pytest.fixture(scope="session")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running server keeps what is said about its answers."""
    return tmp_path_factory.mktemp("feedback") / "said.jsonl"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, host: Host, feedback: Path) -> Iterator[str]:
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


@pytest.fixture
def visit(browser: Browser, host: Host, address: str) -> Iterator[Open]:
    """Opens a page of the host that has the article and the widget; by default, with the strictest policy."""
    policy = f"default-src 'self'; script-src {address}; connect-src {address}"
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened: list[Visit] = []

    def visit(body: str | None = None, widget: str | None = None, policy: str = policy, head: str = "") -> Visit:
        paragraphs = "".join(f"<p>{line}</p>" for line in ARTICLE.read_text().splitlines() if line.strip())
        script = f'<script async src="{address}/widget.js"></script>' if widget is None else widget.format(address=address)
        content = f"<article>{paragraphs}</article>" if body is None else body
        page = f"<!doctype html><html lang=en><title>News</title>{head}<body>{content}{script}</body></html>"
        host.pages[f"/{len(opened)}"] = (page, policy)
        opened.append(Visit(context.new_page()))
        opened[-1].page.goto(f"{host.origin}/{len(opened) - 1}")
        return opened[-1]

    yield visit
    complaints = [one.complaints for one in opened]
    elsewhere = [url for one in opened for url in one.requested if not url.startswith((f"{address}/", f"{host.origin}/"))]
    context.close()
    assert complaints == [[]] * len(opened)
    assert elsewhere == []

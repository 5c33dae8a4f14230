import argparse
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app import _origin
from tests.conftest import ROOT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "app.py", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=120)


def assert_one_line(result: subprocess.CompletedProcess[str], *said: str) -> None:
    lines = result.stderr.strip().splitlines()
    assert result.returncode == 2, result.stderr
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("error: ")
    for words in said:
        assert words in lines[0]
    assert "Ready" not in result.stdout


def test_help_has_an_example() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "python app.py --seeds my-documents" in result.stdout
    assert "--reader" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "eighty"], "'eighty' is not a port"),
        (["--port", "65536"], "from 0 to 65535"),
        (["--port", "-1"], "--port"),
        (["--nonsense"], "--nonsense"),
        (["--port", "0", "--feedback", "no/such/folder/said.jsonl"], "Feedback cannot be kept in no/such/folder/said.jsonl"),
        (["--allow-origin", "example.org"], "'example.org' is not an origin; expected one like https://example.org"),
        (["--allow-origin", "https://example.org/page"], "is not an origin"),
        (["--host", "no.such.host.invalid"], "--host 127.0.0.1"),
        (["--host", "192.0.2.1", "--port", "0"], "not an address of this machine"),
    ],
)
def test_bad_options(arguments: list[str], said: str) -> None:
    assert_one_line(run(*arguments), said)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("*", "*"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("HTTPS://Example.org:443", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("https://example.org:80", "https://example.org:80"),
        ("https://例え.jp", "https://xn--r8jz45g.jp"),
        ("https://Straße.de", "https://xn--strae-oqa.de"),
        ("http://[::1]:7860", "http://[::1]:7860"),
    ],
)
def test_an_origin_is_as_browsers_send_it(text: str, sent: str) -> None:
    assert _origin(text) == sent


@pytest.mark.parametrize("rest", [";script-src", ":port", ":", "/", "?", "#", "?a", "#a", " https://other.example", ":99999"])
def test_what_is_more_than_an_origin_is_refused(rest: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not an origin"):
        _origin(f"https://example.org{rest}")
    for text in (
        "https://",
        "https://user@example.org",
        "https://[::1",
        "//example.org",
        "https://*.example.org",
        "https://\u200d.org",
    ):
        with pytest.raises(argparse.ArgumentTypeError, match="is not an origin"):
            _origin(text)


def test_bad_origins_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_ALLOW_ORIGINS", "https://example.org, ftp://example.org")
    assert_one_line(run("--port", "0"), "QA_ALLOW_ORIGINS", "'ftp://example.org' is not an origin")


def test_a_missing_seeds_folder(tmp_path: Path) -> None:
    assert_one_line(
        run("--port", "0", "--seeds", str(tmp_path / "none"), "--index", str(tmp_path / "index")), "none", "--seeds DIR"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b" \n\t\n", "is empty"), (b"a\0b", "is binary"), (b"\x89PNG\r\n\x1a\n\xff", "is binary")],
)
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "bad.txt").write_bytes(content)
    result = run("--port", "0", "--seeds", str(tmp_path / "seeds"), "--index", str(tmp_path / "index"))
    # Each file that is left out is named before the error that there is none left.
    lines = [line for line in result.stderr.splitlines() if not line.startswith("left out: ")]
    result.stderr = "\n".join(lines)
    assert_one_line(result, "bad.txt", said)


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port), "--seeds", str(tmp_path / "none"), "--index", str(tmp_path / "index"))
    assert_one_line(result, f"Port {port}", "in use", "--port")


def test_a_reader_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("Tea is hot.")
    where = ["--seeds", str(tmp_path / "seeds"), "--index", str(tmp_path / "index")]
    result = run("--port", "0", *where, "--reader", str(tmp_path / "no-reader"))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "no-reader" in result.stderr.strip().splitlines()[-1]


def test_health_at_once_then_answers_then_the_page(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("Tea comes from Assam.")
    command = [sys.executable, "app.py", "--port", "0", "--seeds", str(tmp_path / "seeds"), "--index", str(tmp_path / "index")]
    command += ["--allow-host", "chat.example"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().removeprefix("Loading: ").strip().rstrip("/")
            # The port is bound before it listens.
            with httpx.Client(base_url=address, transport=httpx.HTTPTransport(retries=5), timeout=30) as client:
                assert client.get("/healthz").json() == {"status": "ok"}
                early = client.get("/readyz")
                assert (early.status_code, early.headers["content-type"]) == (503, "application/problem+json")
                assert int(early.headers["retry-after"]) >= 1
                assert client.get("/healthz", headers={"host": "Chat.example:80"}).status_code == 200
                unknown = client.get("/healthz", headers={"host": "evil.example:80"})
                assert (unknown.status_code, unknown.headers["content-type"]) == (421, "application/problem+json")
                assert "--allow-host evil.example" in unknown.json()["detail"]
                statuses = []
                while not statuses or statuses[-1] == 503:
                    answer = client.post("/api/v1/ask", json={"question": "Where does tea come from?"})
                    statuses.append(answer.status_code)
                    time.sleep(0.05)
                assert set(statuses) <= {503, 200}
                assert answer.json()["answer"] == "Assam"
                assert server.stdout.readline() == f"Ready: {address}/ (Ctrl+C stops it)\n"
                assert client.get("/readyz").status_code == 200
                assert "gradio" in client.get("/").text
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == 0


@pytest.mark.parametrize("seconds", [0.1, 0.7])
def test_it_can_be_stopped_while_it_loads(tmp_path: Path, seconds: float) -> None:
    command = [sys.executable, "app.py", "--port", "0", "--index", str(tmp_path / "index")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("Loading: ")
        time.sleep(seconds)
        server.send_signal(signal.SIGINT)
        said, errors = server.communicate(timeout=60)
    assert server.returncode == 0, errors
    assert "Traceback" not in errors
    assert "terminate" not in errors
    assert said == ""

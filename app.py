"""Serve the page and the JSON API.

Examples:
  python app.py
  python app.py --seeds my-documents --index my-index --port 8000
"""

import argparse
import errno
import os
import re
import signal
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.command_line import Parser

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp


DRAIN = 8
"""Seconds for which a server that is told to end (SIGTERM) works on questions that it has."""
_PORTS = {"http": 80, "https": 443}


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; returns the exit code: 0 stopped, 2 wrong usage or bad data."""
    # Set before anything imports gradio, because gradio reads it.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from qa.options import add_options

    parser = Parser(prog="python app.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to serve at; 0.0.0.0 for every one (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, help="port to serve at; 0 for any free one (default: 7860)")
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site whose pages may ask and frame this: https://example.org, or * for all (repeatable; or QA_ALLOW_ORIGINS)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host by which a server for this machine alone is also known, as that of a proxy before it (repeatable)",
    )
    parser.add_argument(
        "--rate-limit",
        type=_rate,
        default=120,
        metavar="N",
        help="questions that one address may ask in a minute; 0 for no limit (default: 120)",
    )
    parser.add_argument(
        "--cache", type=_count, metavar="N", help="answers that are remembered; 0 for none (default: 1024; of a store, 0)"
    )
    parser.add_argument(
        "--allow-fetch",
        action="store_true",
        help="let visitors of the page add pages of the web, which this machine then fetches; from public addresses only",
    )
    parser.add_argument("--watch", action="store_true", help="take up changes of the documents while serving, within seconds")
    parser.add_argument(
        "--feedback",
        type=Path,
        default=Path(".feedback.jsonl"),
        metavar="FILE",
        help="where the page keeps what people say about answers, as JSON lines (default: .feedback.jsonl)",
    )
    parser.add_argument("--log", choices=["json"], help="write a line for each request to standard error; never a question")
    add_options(parser)
    options = parser.parse_args(arguments)
    if options.watch and options.store:
        parser.error("--watch is about files; a store is changed by python -m index build --store ADDRESS")
    try:
        allowed = options.allow_origin or _origins_of_environment()
        # Loading takes seconds. If the port is in use, the user should know before that.
        with _bound(options.host, options.port) as listener:
            _serve(options, listener, allowed)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 0


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; expected a number from 0 to 65535")
    return int(text)


def _rate(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of questions; expected one like 120, or 0 for no limit")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of answers; expected one like 1024, or 0 for none")
    return int(text)


def _origin(text: str) -> str:
    """The origin as browsers send it: the host in lower-case ASCII, without the scheme's default port."""
    if text == "*":
        return text
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            import idna

            host = idna.encode(host, uts46=True).decode()
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    host = f"[{host}]" if ":" in host else host
    plain = re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", host) and not parts.username and not any(parts[2:])
    if not plain or parts.scheme not in _PORTS or text.endswith((":", "?", "#")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin; expected one like https://example.org, or *")
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def _origins_of_environment() -> list[str]:
    try:
        return [_origin(text) for text in os.environ.get("QA_ALLOW_ORIGINS", "").replace(",", " ").split()]
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"QA_ALLOW_ORIGINS: {error}") from error


def _bound(host: str, port: int) -> socket.socket:
    """A socket that is bound to the address but does not listen yet.

    Raises:
        ValueError: the address cannot be used.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise ValueError(f"There is no host {host!r} to serve at. Try --host 127.0.0.1") from error
    listener = socket.socket(family, kind, protocol)
    # Without this option, a port stays in use for a minute after its last server stopped. On Windows it means something else.
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        why = {
            errno.EADDRINUSE: f"Port {port} of {host} is in use. Stop what runs there, or take another: --port {_next(port)}",
            errno.EACCES: f"Port {port} may not be used by this user. Take one above 1023: --port 7860",
            errno.EADDRNOTAVAIL: f"{host} is not an address of this machine. Try --host 127.0.0.1",
        }
        raise ValueError(why.get(error.errno or 0, f"Cannot serve at {host}, port {port}: {error.strerror}.")) from error
    return listener


def _next(port: int) -> int:
    return port + 1 if port < 65535 else 7860


def _loaded(options: argparse.Namespace, allowed_origins: list[str]) -> "FastAPI":
    """The application, without the page.

    Raises:
        ValueError: ``options`` name something that cannot be used.
    """
    from index.fetch import fetch
    from qa.cache import cached
    from qa.options import open_bot
    from qa.web.application import create_app
    from qa.web.page.feedback import FeedbackFile

    feedback = FeedbackFile(options.feedback)  # Before the models are loaded, because it may not be writable.
    # A store may change at any time.
    most_cached = (0 if options.store else 1024) if options.cache is None else options.cache
    bot = cached(open_bot(options), most_cached)
    if options.watch:
        from qa.live import LiveBot, watch

        bot = LiveBot(bot)
        watch(bot, options.index, most_cached)
    return create_app(
        bot, allowed_origins, options.rate_limit, feedback, fetch if options.allow_fetch else None, with_page=False
    )


def _serve(options: argparse.Namespace, listener: socket.socket, allowed_origins: list[str]) -> None:
    """Start to serve at once, and load the bot meanwhile.

    Raises:
        ValueError: ``options`` name something that cannot be used.
    """
    import uvicorn

    from qa.web.serving.guard import KnownHosts
    from qa.web.serving.log import RequestLog
    from qa.web.serving.starting import Starting

    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{port}/"
    failures: list[Exception] = []

    def finish(app: "FastAPI") -> None:
        from qa.web.application import add_page

        add_page(app)

    def done(failure: Exception | None) -> None:
        if failure is None:
            print(f"Ready: {url} (Ctrl+C stops it)", flush=True)
        else:
            failures.append(failure)
            server.should_exit = True

    starting = Starting(lambda: _loaded(options, allowed_origins), finish, done, allowed_origins)
    known = {"localhost", "127.0.0.1", "[::1]", name, *(host.lower() for host in options.allow_host)}
    served: ASGIApp = KnownHosts(starting, known) if ip_address(host).is_loopback else starting
    if options.log:
        served = RequestLog(served)

    class Server(uvicorn.Server):
        """Stops at once when a person stops it. When a supervisor does, questions in work are finished."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if sig == signal.SIGTERM:
                self.config.timeout_graceful_shutdown = DRAIN
            super().handle_exit(sig, frame)

    # An open page keeps its connection. The timeout lets the server stop all the same.
    server = Server(uvicorn.Config(served, log_level="warning", server_header=False, timeout_graceful_shutdown=2))
    print(f"Loading: {url}", flush=True)
    try:
        server.run(sockets=[listener])
    finally:
        if starting.loading:
            # A regular exit would abort the process, because a thread is still inside a model's library.
            sys.stdout.flush()
            os._exit(0)
    if failures:
        raise failures[0]


if __name__ == "__main__":
    sys.exit(main())

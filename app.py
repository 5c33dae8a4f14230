"""Serve the page and the JSON API.

Examples:
  python app.py
  python app.py --seeds my-documents --index my-index --port 8000
"""

import argparse
import errno
import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from index.command_line import Parser

if TYPE_CHECKING:
    from qa.bot import Bot
    from qa.web.feedback import FeedbackFile


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; returns the exit code: 0 stopped, 2 wrong usage or bad data."""
    # Before anything imports gradio, which reads it.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from qa.options import add_options, open_bot
    from qa.web.feedback import FeedbackFile

    parser = Parser(prog="python app.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to serve at; 0.0.0.0 for every one (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, help="port to serve at; 0 for any free one (default: 7860)")
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site whose pages may ask, such as https://example.org, or * for every site (repeatable; or QA_ALLOW_ORIGINS)",
    )
    parser.add_argument(
        "--rate-limit",
        type=_rate,
        default=120,
        metavar="N",
        help="questions that one address may ask in a minute; 0 for no limit (default: 120)",
    )
    parser.add_argument(
        "--feedback",
        type=Path,
        default=Path(".feedback.jsonl"),
        metavar="FILE",
        help="where the page keeps what people say about answers, as JSON lines (default: .feedback.jsonl)",
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        allowed = options.allow_origin or _origins_of_environment()
        # Loading takes seconds; that the port is taken should be said before.
        with _bound(options.host, options.port) as listener:
            feedback = FeedbackFile(options.feedback)
            _serve(open_bot(options), listener, allowed, options.rate_limit, feedback)
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


def _origin(text: str) -> str:
    if not re.fullmatch(r"\*|https?://[^/\s*]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin; expected one like https://example.org, or *")
    return text


def _origins_of_environment() -> list[str]:
    try:
        return [_origin(text) for text in os.environ.get("QA_ALLOW_ORIGINS", "").replace(",", " ").split()]
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"QA_ALLOW_ORIGINS: {error}") from error


def _bound(host: str, port: int) -> socket.socket:
    """A socket that holds the address, not listening yet.

    Raises:
        ValueError: the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise ValueError(f"There is no host {host!r} to serve at. Try --host 127.0.0.1") from error
    listener = socket.socket(family, kind, protocol)
    # Without it, a port stays taken for a minute after the last server there stopped. Windows means something else by it.
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


def _serve(bot: "Bot", listener: socket.socket, allowed_origins: list[str], rate: int, feedback: "FeedbackFile") -> None:
    import uvicorn

    from qa.web.server import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                host, port = listener.getsockname()[:2]
                print(f"Ready: http://{f'[{host}]' if ':' in host else host}:{port}/ (Ctrl+C stops it)", flush=True)

    # A page that is open keeps a connection; it should not keep the server from stopping.
    config = uvicorn.Config(
        create_app(bot, allowed_origins, rate, feedback), log_level="warning", server_header=False, timeout_graceful_shutdown=2
    )
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())

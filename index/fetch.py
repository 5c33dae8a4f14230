"""Fetch one page or file of the web, from public addresses only, into a folder of documents."""

import ipaddress
import json
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from index.formats.reading import is_read

LARGEST = 20_000_000
"""Bytes."""
SECONDS = 30
"""For all of it."""
MOST_REDIRECTS = 5
SOURCES = ".sources.json"
"""In a folder of documents: by file name, the address that it was fetched from, and when."""
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


def is_public(address: str) -> bool:
    """Whether the IP ``address`` is one of the internet, and not of this machine or its own network."""
    return ipaddress.ip_address(address).is_global


@dataclass(frozen=True)
class Fetched:
    """What was fetched: its name as a file, its bytes, the address where it was at last, and the time in ISO 8601."""

    name: str
    data: bytes
    address: str
    time: str


def fetch(url: str, allowed: Callable[[str], bool] = is_public) -> Fetched:
    """Fetch ``url``.

    Each host is resolved here, and the request goes to the address that was checked, also after a redirect. Otherwise a host
    name could lead to a machine of the own network.

    Args:
        url: http or https.
        allowed: whether an IP address may be asked.

    Raises:
        ValueError: the address is not allowed, cannot be reached, or gives nothing that can be read.
    """
    end = time.monotonic() + SECONDS
    at = url
    with httpx.Client(timeout=SECONDS, trust_env=False) as client:
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = _get(client, at, allowed, end)
            except (httpx.HTTPError, OSError) as error:
                raise ValueError(f"{at} cannot be fetched ({error or type(error).__name__}). Check the address.") from error
            if not answer.has_redirect_location:
                break
            at = urljoin(at, answer.headers["location"])
        else:
            raise ValueError(f"{url} redirects more than {MOST_REDIRECTS} times. Name the address where it ends.")
    if answer.status_code != 200:
        raise ValueError(f"{at} answers {answer.status_code} {answer.reason_phrase}. Check the address.")
    name = _name(at, answer.headers.get("content-type", ""))
    return Fetched(name, answer.content, at, datetime.now(UTC).isoformat(timespec="seconds"))


def fetch_to(folder: Path, url: str, allowed: Callable[[str], bool] = is_public) -> Path:
    """Fetch ``url`` to a file in ``folder``, which is returned. The address and the time are noted in `SOURCES`.

    The folder is made if it is missing. A page that was fetched before is replaced.

    Raises:
        ValueError: as for `fetch`, or the folder cannot be written to.
    """
    got = fetch(url, allowed)
    path = folder / got.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(got.data)
        sources = fetched(folder) | {path.name: {"address": got.address, "fetched": got.time}}
        (folder / SOURCES).write_text(json.dumps(sources, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{folder} cannot be written to ({error.strerror}). Name another folder: --seeds DIR") from error
    return path


def fetched(folder: Path) -> dict[str, dict[str, str]]:
    """What was fetched to ``folder``: by file name, the "address" and when it was "fetched"."""
    try:
        noted = json.loads((folder / SOURCES).read_text(encoding="utf-8"))
        return {str(name): {key: str(entry[key]) for key in ("address", "fetched")} for name, entry in noted.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _get(client: httpx.Client, url: str, allowed: Callable[[str], bool], end: float) -> httpx.Response:
    """The response to one request, with its body."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(f"{url!r} is not an address of the web. Expected one like https://example.org/page.html")
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)}
    if not all(map(allowed, found)):
        raise ValueError(
            f"{parts.hostname} is not a public address, so it is not asked. Save the page as a file, and add that."
        )
    address = min(found, key=lambda one: ":" in one)
    target = httpx.URL(url, host=address, port=port)
    request = client.build_request("GET", target, headers={"host": parts.netloc, "user-agent": "index-add/1"})
    request.extensions["sni_hostname"] = parts.hostname
    answer = client.send(request, stream=True)
    body = b""
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise ValueError(f"{url} has more than {LARGEST:,} bytes. Save it as a file, cut it, and add that.")
        if time.monotonic() > end:
            raise ValueError(f"{url} takes more than {SECONDS} seconds. Try again later, or save it as a file and add that.")
    kept = [(name, value) for name, value in answer.headers.items() if name in ("content-type", "location")]
    return httpx.Response(answer.status_code, headers=kept, content=body, request=request)


def _name(url: str, kind: str) -> str:
    """A file's name for ``url``, that ends as its kind of content is told by."""
    parts = urlsplit(url)
    words = re.sub(r"[^\w.-]+", "-", f"{parts.hostname}{parts.path}" + (f"-{parts.query}" if parts.query else "")).strip("-.")
    suffix = _SUFFIXES.get(kind.partition(";")[0].strip().lower(), "")
    if not suffix and not is_read(words):
        raise ValueError(f"{url} is of a kind ({kind or 'unknown'}) that is not read. Save it as PDF, and add that.")
    return words[:150].removesuffix(suffix) + suffix

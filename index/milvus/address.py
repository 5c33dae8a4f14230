"""The address of a store in Milvus."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

PORT = 19530
NAME = "passages"
"""Of a store, if the address names none."""
_NAME = re.compile(r"[A-Za-z_]\w{0,200}")


@dataclass(frozen=True)
class Address:
    """Where a store is.

    Attributes:
        server: the server's address, or the file of Milvus Lite.
        name: of the store.
        token: "user:password" or a key; "" for none.
        texts: a folder that all who read can reach, in which the texts of the documents lie; "" for the store itself.
    """

    server: str
    name: str
    token: str = ""
    texts: str = ""

    @classmethod
    def parse(cls, url: str, token: str = "") -> Self:
        """Read ``milvus://[token@]host:port/name``, with TLS ``milvuss://``; or ``milvus://./file.db`` for Milvus Lite.

        ``?texts=FOLDER`` keeps the texts in a folder. The token in the address goes before ``token``.

        Raises:
            ValueError: it is something else.
        """
        hidden = re.sub(r"//.*@", "//...@", url)
        wrong = f"{hidden!r} is not the address of a store. Expected milvus://HOST:{PORT}/NAME, or milvus://./FILE.db"
        try:
            parts = urlsplit(url)
            port = parts.port or PORT
        except ValueError as error:
            raise ValueError(wrong) from error
        texts = parse_qs(parts.query).get("texts", [""])[0]
        if parts.scheme not in ("milvus", "milvuss") or parts.fragment:
            raise ValueError(wrong)
        if parts.path.endswith(".db") and parts.netloc in ("", "."):
            return cls(f"{parts.netloc}{parts.path}", NAME, "", texts)
        name = parts.path.strip("/") or NAME
        if not parts.hostname or not _NAME.fullmatch(name):
            raise ValueError(wrong)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        scheme = "https" if parts.scheme == "milvuss" else "http"
        own = unquote(parts.netloc.rpartition("@")[0]) if "@" in parts.netloc else token
        return cls(f"{scheme}://{host}:{port}", name, own, texts)

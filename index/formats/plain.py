"""Plain text and Markdown, in any encoding."""

import codecs

from index.formats.content import Content

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # Before UTF-16, whose mark it begins with.
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SHORTEST_GUESSED = 16
"""Bytes beyond ASCII's letters; of less, an encoding is not guessed but taken to be that of western Windows."""


def plain(data: bytes) -> Content:
    """Decode ``data``: as its byte-order mark says, else as UTF-8, else in the encoding that fits best.

    Raises:
        ValueError: it is not text.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return Content(_decoded(data, encoding))
    if b"\0" in data:
        raise ValueError(f"is binary (NUL at byte {data.index(0)}), not text. Save it as plain text, PDF or DOCX.")
    try:
        return Content(data.decode("utf-8"))
    except UnicodeDecodeError:
        encoding = _guessed(data)
        return Content(_decoded(data, encoding), note=f"is not UTF-8, so it was read as {encoding}")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"is not {encoding.upper()} text (byte {error.start} is {data[error.start]:#04x}). Save it as UTF-8."
        ) from error


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    beyond = sum(byte > 127 for byte in data)
    controls = sum(byte < 32 and byte not in b"\t\n\f\r" for byte in data)
    best = from_bytes(data).best() if beyond >= SHORTEST_GUESSED else None
    if controls or (beyond > len(data) / 2 and best is None):
        raise ValueError("is binary, not text. Save it as plain text, PDF or DOCX.")
    return best.encoding if best else "cp1252"

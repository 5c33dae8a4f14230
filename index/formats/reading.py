"""Read a file: the format is told by the end of its name."""

from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from pathlib import PurePath

from index.formats.content import Content
from index.formats.plain import plain

READING = 1
"""To be raised when a format is read in another way, so that files are read again."""
_CONVERTERS = {
    ".pdf": ("index.formats.pdf", "pdf"),
    ".docx": ("index.formats.zipped", "docx"),
    ".epub": ("index.formats.zipped", "epub"),
    ".html": ("index.formats.html", "page"),
    ".htm": ("index.formats.html", "page"),
    ".xhtml": ("index.formats.html", "page"),
    ".eml": ("index.formats.mail", "mail"),
}
_OTHERS = {
    **dict.fromkeys((".doc", ".odt", ".rtf", ".pages", ".wpd"), "DOCX or PDF"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key"), "PDF"),
    **dict.fromkeys((".xls", ".xlsx", ".ods", ".numbers"), "a table in Markdown, or PDF"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".webp"), "PDF, with its text recognised"),
    **dict.fromkeys((".zip", ".gz", ".7z", ".rar", ".tar"), "the files themselves"),
    **dict.fromkeys((".mobi", ".azw", ".azw3"), "EPUB"),
}


def is_plain(name: str) -> bool:
    """Whether a file of this name is read as plain text, which takes no time and no library."""
    return PurePath(name).suffix.lower() not in {*_CONVERTERS, *_OTHERS}


def is_read(name: str) -> bool:
    """Whether a file of this name is of a kind that is read, and that its name tells."""
    return PurePath(name).suffix.lower() in {*_CONVERTERS, ".txt", ".md"}


def convert(name: str, data: bytes) -> Content:
    """Read the file called ``name``, whose bytes are ``data``.

    Raises:
        ValueError: it cannot be read. The message goes on after the file's name: "is damaged. Save it anew."
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in _OTHERS:
        raise ValueError(f"is of a kind ({suffix}) that is not read. Save it as {_OTHERS[suffix]}.")
    content = _converter(suffix)(data)
    if not content.text.strip():
        raise ValueError("is empty. A document needs at least one line of text: add some, or remove the file.")
    return content


def draw(data: bytes, number: int, before: str, words: str) -> bytes:
    """As `index.formats.picture.picture`, which is imported only when it is needed."""
    from index.formats.picture import picture

    return picture(data, number, before, words)


def digest(data: bytes) -> str:
    """A digest of a file and of the way in which it is read."""
    return sha256(f"{READING}\n".encode() + data).hexdigest()[:32]


def _converter(suffix: str) -> Callable[[bytes], Content]:
    if suffix not in _CONVERTERS:
        return plain
    module, function = _CONVERTERS[suffix]
    try:
        converter: Callable[[bytes], Content] = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise ValueError(f"needs {error.name} to be read. Run: pip install -r requirements.txt") from error
    return converter

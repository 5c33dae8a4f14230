"""Formats that are ZIP archives of XML: DOCX and EPUB."""

import io
import posixpath
from collections.abc import Iterator
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from lxml.etree import XMLParser, fromstring

from index.formats.content import Content
from index.formats.html import markdown

LARGEST_UNPACKED = 200_000_000
"""Bytes of all files of an archive together; more is taken for a bomb."""
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_PACKAGE = "{http://www.idpf.org/2007/opf}"
_PARSER = XMLParser(resolve_entities=False, no_network=True)
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def docx(data: bytes) -> Content:
    """A Word document, with its headings, lists and tables."""
    import mammoth

    with _opened(data):
        pass
    try:
        # The pictures' data is left out: it would be most of the HTML.
        found = mammoth.convert_to_html(io.BytesIO(data), convert_image=mammoth.images.img_element(lambda image: {}))
    except Exception as error:  # mammoth lets through whatever its parsers raise.
        raise ValueError(f"is not a Word document that can be read ({_brief(error)}). Save it anew as DOCX or PDF.") from error
    return Content(markdown(found.value))


def epub(data: bytes) -> Content:
    """An electronic book: its chapters in their order."""
    with _opened(data) as archive:
        try:
            container = fromstring(archive.read("META-INF/container.xml"), _PARSER)
            root = container.find(f".//{_CONTAINER}rootfile")
            package_path = root.get("full-path") if root is not None else ""
            package = fromstring(archive.read(package_path or ""), _PARSER)
            files = {item.get("id"): unquote(item.get("href") or "") for item in package.iter(f"{_PACKAGE}item")}
            order = [files[one.get("idref")] for one in package.iter(f"{_PACKAGE}itemref")]
            folder = posixpath.dirname(package_path or "")
            chapters = [archive.read(posixpath.normpath(posixpath.join(folder, name))).decode("utf-8-sig") for name in order]
        except Exception as error:  # Parsers, archive and decoder have no common base class for "not what was expected".
            raise ValueError(f"is not an EPUB that can be read ({_brief(error)}). Convert it to PDF.") from error
        title = package.find(f".//{_TITLE}")
    return Content("\n\n".join(_bodies(chapters)), (title.text or "").strip() or None if title is not None else None)


def _bodies(chapters: list[str]) -> Iterator[str]:
    for chapter in chapters:
        start = chapter.find("<body")
        text = markdown(chapter[max(0, start) :])
        if text:
            yield text


def _opened(data: bytes) -> ZipFile:
    try:
        archive = ZipFile(io.BytesIO(data))
    except (BadZipFile, OSError, ValueError) as error:
        raise ValueError(f"is damaged ({_brief(error)}). Save it anew.") from error
    size = sum(entry.file_size for entry in archive.infolist())
    if size > LARGEST_UNPACKED:
        raise ValueError(f"unpacks to {size:,} bytes; at most {LARGEST_UNPACKED:,} are read. Cut it into parts.")
    return archive


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:120]

"""Web pages, and HTML that other formats are made of."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from index.formats.content import Content

_INLINE = ("a", "abbr", "b", "cite", "code", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u")
"""Elements whose words are part of the sentence around them; Markdown's signs for them would end up in quotations."""

_NO_TEXT = "has no text that can be read, or is nested too deep. Open it in a browser, and save it as PDF."


def page(data: bytes) -> Content:
    """The main text of a web page, without what surrounds it: navigation, footer, scripts.

    Raises:
        ValueError: there is no text.
    """
    # Imported here, because it takes long and only this needs it.
    from trafilatura import extract, extract_metadata

    if b"\0" in data and not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise ValueError(f"is binary (NUL at byte {data.index(0)}), not a web page. Save the page anew.")
    try:
        # The parser stops at a depth of 256 elements, so that no page can exhaust the stack.
        parsed = document_fromstring(data, parser=HTMLParser(encoding=_declared(data)))
    except (etree.ParserError, ValueError) as error:
        raise ValueError(_NO_TEXT) from error
    metadata = extract_metadata(parsed)
    etree.strip_tags(parsed, *_INLINE)
    text = extract(parsed, output_format="markdown", include_comments=False, include_links=False, favor_recall=True)
    if not text:
        text = markdown(etree.tostring(parsed, encoding="unicode"))
    if not text:
        raise ValueError(_NO_TEXT)
    title = metadata.title if metadata else None
    if title and title not in text[: 2 * len(title)]:
        text = f"# {title}\n\n{text}"
    return Content(text, title or None)


def markdown(html: str) -> str:
    """All text of ``html`` as Markdown: headings, lists and tables; no links, pictures, bold or italics.

    Raises:
        ValueError: it is nested too deep.
    """
    from markdownify import MarkdownConverter

    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        table_infer_header=True,
        strip=[*_INLINE, "img"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    )
    try:
        text: str = converter.convert(html)
    except RecursionError as error:
        raise ValueError("is nested too deep to be read. Save it as PDF or as plain text.") from error
    return text.strip()


def _declared(data: bytes) -> str | None:
    """UTF-8 if ``data`` is that; else the parser finds the encoding, which the page may declare."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return "utf-8"

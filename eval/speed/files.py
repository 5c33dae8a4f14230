"""Makes files of each format, from a text."""

import io
from html import escape
from textwrap import wrap
from zipfile import ZIP_DEFLATED, ZipFile

LINES = 50
"""Of a page."""
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def files(text: str) -> dict[str, bytes]:
    """A file of each format, by name, that has the paragraphs of ``text``."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    html = "".join(f"<p>{escape(part)}</p>" for part in paragraphs)
    return {
        "a.txt": text.encode(),
        "a.html": f"<html><head><title>A</title></head><body><article>{html}</article></body></html>".encode(),
        "a.eml": b"Subject: A\r\n\r\n" + text.encode("ascii", "replace"),
        "a.docx": docx("".join(paragraph(escape(part)) for part in paragraphs)),
        "a.epub": epub([html]),
        "a.pdf": pdf([line for part in paragraphs for line in (*wrap(part, 90), "")]),
    }


def pdf(lines: list[str]) -> bytes:
    """A PDF of ``lines``, in pages of `LINES`. What is not ASCII is replaced."""
    pages = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>endobj",
        "3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj",
    ]
    for number, page in enumerate(pages):
        shown = "".join(f"({line.translate(_ESCAPED)})Tj T* " for line in page)
        stream = f"BT /F1 10 Tf 50 780 Td 14 TL {shown}ET"
        objects += [
            f"{4 + 2 * number} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>> >>"
            f"/Contents {5 + 2 * number} 0 R>>endobj",
            f"{5 + 2 * number} 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj",
        ]
    # Without a table of the objects' places, which every program that reads PDF can make anew.
    return "\n".join(["%PDF-1.4", *objects, "trailer<</Root 1 0 R>>"]).encode("ascii", "replace")


_ESCAPED = str.maketrans({"(": "\\(", ")": "\\)", "\\": "\\\\"})


def zipped(files: dict[str, str]) -> bytes:
    """A ZIP archive."""
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def docx(body: str, prolog: str = "") -> bytes:
    """A Word document with ``body``, in the elements of its XML."""
    kinds = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/>'
    )
    to_document = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{kinds}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{to_document}</Relationships>',
            "word/document.xml": f'{prolog}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        }
    )


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of a Word document."""
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{kind}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(rows: list[list[str]]) -> str:
    """A table of a Word document."""
    made = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in made)}</w:tbl>"


def epub(chapters: list[str], title: str = "A book") -> bytes:
    """A book."""
    names = [f"chapter {number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="c{i}" href="{name.replace(" ", "%20")}"/>' for i, name in enumerate(names))
    order = "".join(f'<itemref idref="c{i}"/>' for i in range(len(names)))
    return zipped(
        {
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/'
            f'1.1/"><dc:title>{title}</dc:title></metadata><manifest>{items}</manifest><spine>{order}</spine></package>',
        }
        | {
            f"OEBPS/{name}": f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
            f"<body>{text}</body></html>"
            for name, text in zip(names, chapters, strict=True)
        }
    )

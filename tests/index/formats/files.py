"""Makes files of each format."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

from playwright.sync_api import Browser

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

HARBOUR = """<!doctype html><html lang="en"><head><meta charset="utf-8"><style>
@page { size: A5; margin: 18mm } body { font: 11pt serif; margin: 0 } .two { column-count: 2; column-gap: 8mm }
.new { page-break-before: always } h1 { font-size: 20pt } h2 { font-size: 14pt }</style></head><body>
<h1>Report on the harbour</h1><p>Prepared by the harbour office.</p><div class="two"><h2>The new quay</h2>
<p>The new quay was opened in June 2021 after three years of construction work, which had been interrupted twice by
extra&shy;ordi&shy;narily heavy storms. It is 310 metres long and takes ships of up to 240 metres.</p>
<p>Its cost came to 41 million euros, of which the government of the region paid two thirds.</p><h2>Traffic</h2>
<p>In the first year 212 ships called. Most of them carried timber and grain.</p>
<ul><li>Timber: 96 ships</li><li>Grain: 71 ships</li></ul></div>
<p class="new">On the second page stands that the pilot station moved to Cape Ness in 2022.</p>
<p class="new">On the third page stands that the lighthouse is kept by Ida Holm.</p></body></html>"""


def pdf(browser: Browser, html: str = HARBOUR) -> bytes:
    """A PDF of ``html``, with a head and a foot on each page."""
    page = browser.new_page()
    page.set_content(html)
    data = page.pdf(
        prefer_css_page_size=True,
        display_header_footer=True,
        header_template='<div style="font-size:8pt;margin-left:20mm">Harbour office, yearly report</div>',
        footer_template='<div style="font-size:8pt;margin-left:20mm">Page <span class="pageNumber"></span></div>',
    )
    page.close()
    return data


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

"""Each format gives the text that people see, with its headings, tables and pages."""

import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from eval.speed.files import docx, epub, paragraph, table, zipped
from index.build import ensure, load_documents
from index.document import Document
from index.formats.apart import FileReader
from index.formats.content import Content
from index.formats.picture import picture
from index.formats.reading import convert
from tests.conftest import LetterEncoder
from tests.index.formats.files import pdf

PAGE = """<!doctype html><html><head><title>Opening hours</title><style>p {}</style><script>var hidden = 1;</script></head>
<body><nav><a href="/">Home</a> <a href="/shop">Shop</a></nav><header><h1>Opening hours</h1></header><main><article>
<p>The museum is open <b>daily</b> from ten to five. On the first <a href="x">Monday</a> of each month it stays closed for
cleaning, as it has been since the reopening in 2019.</p><h2>Tickets</h2><p>Tickets are sold at the desk. They are valid for
one day and cannot be returned.</p><table><tr><th>Ticket</th><th>Adult</th></tr><tr><td>Day</td><td>12</td></tr>
<tr><td>Evening</td><td>9</td></tr></table><h2>Getting there</h2><ul><li>Bus 7 stops at the gate.</li></ul></article></main>
<footer>Cookies. Imprint.</footer></body></html>"""


def document(content: Content) -> Document:
    return Document.from_text(content.text, "made", content.title, content.pages)


def headings(content: Content) -> list[str]:
    text = content.text
    return [text[slice(*heading.words)] for heading in document(content).structure.headings]


def cells(content: Content) -> list[list[str]]:
    text = content.text
    rows = (row for table in document(content).structure.tables for row in (table.heads, *table.rows))
    return [[text[slice(*cell)] for cell in row.cells] for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_byte_order_mark_or_in_utf_8_is_exactly_the_file(encoding: str) -> None:
    text = "\r\n  Title\u00a0here \r\n\r\n\tBody 😀\r\n"
    assert convert("odd.txt", text.encode(encoding)) == Content(text)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The café’s menu costs 12 €.", "cp1252"),
        (
            "Die Straße führt über die Brücke zum Schloß, größer als früher. Übermäßig schöne Häuser säumen die Gärten.",
            "cp1252",
        ),
        ("Жили-были старик со старухой у самого синего моря. Они жили в ветхой землянке ровно тридцать лет.", "cp1251"),
    ],
)
def test_other_encodings_are_found_and_said(text: str, encoding: str) -> None:
    content = convert("letter.txt", text.encode(encoding))
    assert content.text == text
    assert content.note is not None
    assert "is not UTF-8, so it was read as" in content.note


def test_the_main_text_of_a_web_page() -> None:
    content = convert("page.html", PAGE.encode())
    assert content.title == "Opening hours"
    assert headings(content) == ["Opening hours", "Tickets", "Getting there"]
    assert cells(content) == [["Ticket", "Adult"], ["Day", "12"], ["Evening", "9"]]
    assert "open daily from ten to five. On the first Monday of" in content.text.replace("\n", " ")
    assert not [word for word in ("Shop", "Cookies", "hidden", "*") if word in content.text]


def test_a_web_page_s_own_encoding() -> None:
    html = '<html><head><meta charset="iso-8859-1"><title>T</title></head><body><p>Das Café in Köln ist auf.</p></body>'
    assert "Das Café in Köln ist auf." in convert("a.htm", html.encode("latin-1")).text


def test_a_pdf_in_the_order_of_reading(browser: Browser) -> None:
    content = convert("harbour.pdf", pdf(browser))
    assert headings(content) == ["Report on the harbour", "The new quay", "Traffic"]
    paragraphs = content.text.split("\n\n")
    assert (
        "The new quay was opened in June 2021 after three years of construction work, which had been interrupted twice by "
        "extraordinarily heavy storms. It is 310 metres long and takes ships of up to 240 metres."
    ) in paragraphs
    assert "Its cost came to 41 million euros, of which the government of the region paid two thirds." in paragraphs
    assert "Timber: 96 ships\nGrain: 71 ships" in paragraphs
    assert not [words for words in ("Harbour office, yearly", "Page") if words in content.text]
    made = document(content)
    assert [made.page(content.text.index(word)) for word in ("quay", "Grain", "Cape", "Ida")] == [1, 1, 2, 3]


def test_a_pdf_with_characters_beyond_the_basic_plane(browser: Browser) -> None:
    faces, tea = "\U0001f600" * 9, "The tea is hot \U0001f375 and sweet."
    data = pdf(
        browser, f"<meta charset=utf-8><p>{faces} \U0001d49c</p><p>{tea}</p><h1>A large \U0001f600 head</h1><p>It ends.</p>"
    )
    content = convert("faces.pdf", data)
    assert all(words in content.text for words in (faces, "The tea is hot", "It ends."))
    assert headings(content) == ["A large \U0001f600 head"]
    text = "".join(content.text.split())
    marked = _marked_rows(picture(data, 1, "", "The tea is hot")), _marked_rows(picture(data, 1, text, "It ends."))
    assert 0 < len(marked[0]) == len(marked[1]) < 40
    heading = _marked_rows(picture(data, 1, "", "A large \U0001f600 head"))
    assert max(marked[0]) < min(heading)
    assert max(heading) < min(marked[1])


TIMETABLE = """<meta charset=utf-8><style>th { text-align: left } td, th { border: 1px solid; padding: 4px }
.right { text-align: right }</style><p><b>Ferry times</b></p><p>The ferries run daily, and nobody is left on the quay when the
last one goes, as the harbour office says.</p><table><tr><th>Ferry<th>Leaves<th>Price in euros<tr><td>Morning ferry<td>7:30
<td class=right>12<tr><td>Evening ferry to the islands<td>18:40<td class=right>114<tr><td>Night ferry<td><td class=right>20
</table><p><b>Note.</b> Dogs travel free.</p><p><b>Bicycles</b></p><p>They cost two euros.</p><table style="width: 300px">
<tr><th>Item<th>Rule<tr><td>Bicycles and tandems of all kinds<td>must be locked to the rail on the lower deck
<tr><td>Dogs<td>on a lead<tr><td>Cars<td>with the handbrake on and the gear in first</table><p>Ask the crew:</p>
<ol><li>&emsp;about lights<li>&emsp;about fuel<li>&emsp;about gas</ol>
<pre>port   7\ngate   8\ndeck   9</pre><p>It ends.</p>"""


def test_tables_and_bold_headings_of_a_pdf(browser: Browser) -> None:
    content = convert("times.pdf", pdf(browser, TIMETABLE))
    assert headings(content) == ["Ferry times", "Bicycles"]
    first, second = document(content).structure.tables
    assert [[content.text[slice(*cell)] for cell in row.cells] for row in (first.heads, *first.rows)] == [
        ["Ferry", "Leaves", "Price in euros"],
        ["Morning ferry", "7:30", "12"],
        ["Evening ferry to the islands", "18:40", "114"],
        ["Night ferry", "", "20"],
    ]
    assert [[content.text[slice(*cell)] for cell in row.cells] for row in (second.heads, *second.rows)] == [
        ["Item", "Rule"],
        ["Bicycles and tandems of all kinds", "must be locked to the rail on the lower deck"],
        ["Dogs", "on a lead"],
        ["Cars", "with the handbrake on and the gear in first"],
    ]
    assert "Note. Dogs travel free." in content.text.split("\n\n")


def _marked_rows(png: bytes) -> list[int]:
    drawn = Image.open(io.BytesIO(png)).convert("RGB")
    marks = np.asarray(drawn)[:, :, 2] < 160  # The mark's blue is 122.
    return list(np.flatnonzero((marks & (np.asarray(drawn)[:, :, 0] > 230)).sum(1) > 10))


def test_a_word_document() -> None:
    rows = [["Ticket", "Adult"], ["Day", "12"], ["Evening", "9"]]
    body = paragraph("Rules", "Heading1") + paragraph("No dogs.") + paragraph("Prices", "Heading2") + table(rows)
    content = convert("rules.docx", docx(body))
    assert headings(content) == ["Rules", "Prices"]
    assert cells(content) == rows
    assert "No dogs." in content.text


def test_a_book() -> None:
    content = convert("book.epub", epub(["<h1>One</h1><p>It <em>began</em> in May.</p>", "<h1>Two</h1><p>It ended.</p>"]))
    assert content == Content("# One\n\nIt began in May.\n\n# Two\n\nIt ended.", "A book")


def test_a_message() -> None:
    message = (
        "From: Ann Lee <ann@example.org>\r\nTo: Bob\r\nSubject: =?utf-8?q?The_caf=C3=A9?=\r\n"
        "Date: Fri, 3 May 2024 10:00:00 +0200\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nWe meet at the caf=E9.\r\n"
    )
    content = convert("note.eml", message.encode())
    assert content.title == "The café"
    assert content.text.startswith("# The café\n\nFrom: Ann Lee <ann@example.org>\nTo: Bob\nDate: Fri, 03 May 2024")
    assert content.text.endswith("We meet at the café.")


EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>"
)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\t\r\n", "is empty"),
        ("a.txt", b"PK\x00\x01", "is binary (NUL at byte 2)"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\xff\x01", "is binary"),
        ("a.txt", b"\xff\xfeh\x00i", "is not UTF-16 text"),
        ("a.pdf", b"%PDF-1.7 cut off", "is damaged"),
        ("a.pdf", EMPTY_PDF, "only pictures of pages"),
        ("a.docx", b"PK cut off", "is damaged"),
        ("a.docx", zipped({"a": "b"}), "is not a Word document"),
        ("a.epub", zipped({"a": "b"}), "is not an EPUB"),
        ("a.html", b"<html></html>", "has no text that can be read"),
        ("a.html", b"", "has no text"),
        ("a.eml", b"Content-Type: image/png\r\n\r\nabc", "is no message with a text"),
        ("a.doc", b"", "(.doc) that is not read. Save it as DOCX or PDF."),
        ("a.xlsx", b"", "(.xlsx) that is not read"),
        ("a.jpg", b"", "text recognised"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(name: str, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as caught:
        convert(name, data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    return docx("<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>", f'<!DOCTYPE d [<!ENTITY e0 "0123456789">{entities}]>')


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("entities.docx", bomb(), "is not a Word document"),
        ("zip.docx", zipped({"word/document.xml": "0" * 300_000_000}), "unpacks to 300,000,000 bytes"),
        ("deep.html", b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000, "is nested too deep"),
    ],
)
def test_a_hostile_file_takes_little_time(name: str, data: bytes, message: str) -> None:
    began = time.monotonic()
    with FileReader(seconds=30) as reader:
        with pytest.raises(ValueError, match=message):
            reader.read(name, data)
        assert reader.read("a.htm", b"<p>The next file is read.</p>").text == "The next file is read."
    assert time.monotonic() - began < 30


def test_a_pdf_of_too_many_pages() -> None:
    kids = " ".join(f"{number} 0 R" for number in range(3, 5003))
    pages = "".join(f"{number} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n" for number in range(3, 5003))
    catalogue = f"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[{kids}]/Count 5000>>endobj\n"
    with pytest.raises(ValueError, match="has 5,000 pages; at most 2,000 are read"):
        convert("long.pdf", f"%PDF-1.4\n{catalogue}{pages}trailer<</Root 1 0 R>>".encode())


def test_a_file_that_takes_too_long_or_too_much_is_given_up(browser: Browser) -> None:
    data = pdf(browser)
    with FileReader(seconds=0.01) as reader, pytest.raises(ValueError, match=r"takes more than 0\.01 seconds"):
        reader.read("a.pdf", data)
    with FileReader(memory=200 * 1024**2) as reader, pytest.raises(ValueError, match="takes too much memory"):
        reader.read("a.eml", b"Subject: a\r\n\r\n" + b"a " * 200_000_000)


def test_a_folder_of_all_kinds(tmp_path: Path, browser: Browser) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    files = {
        "a.txt": "Tea is hot.".encode("utf-16"),
        "b.html": PAGE.encode(),
        "c.pdf": pdf(browser),
        "d.docx": docx(paragraph("No dogs.")),
        "e.epub": epub(["<p>It began.</p>"]),
        "f.md": b"# Title\n\nText.",
        "g.eml": b"Subject: Hello\r\n\r\nWe meet at six.",
        "h.txt": "The café opens at 9.".encode("cp1252"),
    }
    for name, data in files.items():
        (seeds / name).write_bytes(data)
        (seeds / f"broken-{name}").write_bytes(b"\x00PK" + data[5:9])
    loaded = load_documents([seeds, seeds / "a.txt"])
    assert sorted(one.source for one in loaded.documents) == [f"seeds/{name}" for name in files]
    assert len(loaded.failures) == len(files)
    assert all(failure.startswith(f"{seeds}/broken-") for failure in loaded.failures)
    assert loaded.notes == (f"{seeds}/h.txt is not UTF-8, so it was read as cp1252.",)


def test_what_has_not_changed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.docx").write_bytes(docx(paragraph("No dogs.")))
    first = ensure([seeds], tmp_path / "index", LetterEncoder, print)
    monkeypatch.setattr(FileReader, "read", lambda *_: pytest.fail("read again"))
    assert ensure([seeds], tmp_path / "index", LetterEncoder, print).documents == first.documents

"""The doors by which anything may come in, each with what must hold whatever comes.

A door is a function of a source of random numbers, and tries one case. It raises `AssertionError` when a promise is broken, and
any other error when something is not said as it should be.
"""

import html
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from fastapi.testclient import TestClient

from eval.speed.files import files
from index.document import Document, Span
from index.encoder import Vectors
from index.fetch import fetch
from index.formats.apart import FileReader
from index.formats.reading import convert
from index.manifest import Manifest, StoredFile
from index.milvus.address import Address
from index.split import SplitSettings, blocks, sentences, split
from index.store import Index
from index.view import headings, view
from qa.__main__ import batch
from qa.answer import Alternative, Answer, Citation
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.understand.history import standing_alone
from qa.understand.question import check, turns
from qa.understand.spelling import Spelling, english
from qa.web.application import create_app
from qa.web.page import message, render
from qa.web.page.conversation import Exchange
from qa.web.page.feedback import FeedbackFile, Reason
from qa.web.page.links import permalink, text_fragment
from qa.web.page.uploads import Uploads
from tests.conftest import LetterEncoder, WordReader, make

PIECES = [
    *"abcXYZ019 .,;:!?-–|#*_`$<>&\"'()[]{}/\\\t\n\r\0\x85\u2028\u00ad\u200b\ufeff\ufffeéß米🍚𝒜",
    "\r\n",
    "\n\n",
    "# ",
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n",
    "```\n",
    "===\n",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "Dr. No. ",
    "e\u0301",
    "\u202eabc",
    "../../",
    "word " * 30,
    "tea ",
    "1,000.5 ",
]


def text(random: Random, most: int = 40) -> str:
    """Any text, with what is special somewhere."""
    return "".join(random.choices(PIECES, k=random.randrange(most)))


def changed(random: Random, data: bytes) -> bytes:
    """``data`` with bytes changed, cut out, doubled or put elsewhere."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        if not made:
            break
        at, length = random.randrange(len(made)), random.randrange(1, 40)
        kind = random.randrange(5)
        if kind == 0:
            made[at] = random.randrange(256)
        elif kind == 1:
            del made[at : at + length]
        elif kind == 2:
            made[at:at] = made[at : at + length]
        elif kind == 3:
            made[at:at] = random.randbytes(length)
        else:
            del made[at:]
    return bytes(made)


def any_json(random: Random, depth: int = 3) -> Any:  # noqa: ANN401
    """Any JSON value."""
    kinds: list[Callable[[], Any]] = [
        lambda: text(random, 8),
        lambda: random.choice([None, True, False, 0, -1, 1e308, 10**400, 0.5]),
        lambda: [any_json(random, depth - 1) for _ in range(random.randrange(4))],
        lambda: {text(random, 3): any_json(random, depth - 1) for _ in range(random.randrange(4))},
    ]
    return random.choice(kinds if depth else kinds[:2])()


# Documents.


def document(random: Random) -> None:
    """Any text is cut into passages that hold all of it, and every range of it is inside."""
    try:
        made = Document.from_text(text(random, 120), text(random, 4))
    except ValueError:
        return
    settings = SplitSettings(longest=random.randrange(40, 400), shortest=random.randrange(40), overlap=random.randrange(3))
    at = 0
    for passage in split(made, settings):
        assert passage.text == made.text[passage.start : passage.end]
        assert not made.text[at : passage.start].strip(), "nothing but white space lies between passages"
        at = max(at, passage.end)
        read = view(passage)
        for start, end in sentences(passage.text):
            assert 0 <= start < end <= len(passage.text)
        assert read.text
        headings(passage)
    assert not made.text[at:].strip()
    assert [made.text[slice(*one)] for one in blocks(made)]


def _format(name: str) -> Callable[[Random], None]:
    def door(random: Random) -> None:
        refused = None
        try:
            content = _reader().read(name, changed(random, _samples()[name]))
        except ValueError as error:
            refused = str(error)
        if refused is not None:
            assert len(refused) > 10
            return
        assert content.text.strip()
        assert list(content.pages) == sorted(content.pages)
        made = Document.from_text(content.text, name, content.title, content.pages)
        for passage in split(made, SplitSettings()):
            assert passage.text == made.text[passage.start : passage.end]

    door.__name__ = name
    return door


@cache
def _samples() -> dict[str, bytes]:
    made = files("The harbour was opened in 1871.\n\n" + "Ships of all sizes call there, with timber. " * 8)
    made["a.md"] = b"# Title\n\nTea *is* hot.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- one\n- two\n"
    return {f"file.{name.rpartition('.')[2]}": data for name, data in made.items()}


@cache
def _reader() -> FileReader:
    return FileReader(seconds=20)


def plain(random: Random) -> None:
    """Any bytes as a text file are read or refused."""
    with suppress(ValueError):
        assert convert("a.txt", random.randbytes(random.randrange(200))).text.strip()


# Questions.


@cache
def bot() -> Bot:
    texts = ["Tea comes from Assam mostly, and 🍚 from Hunan.", "# Wine\n\n| Year | Bottles |\n| --- | --- |\n| 2019 | 4,100 |"]
    documents = [make(one, f"{number}.txt") for number, one in enumerate(texts)]
    spelling = Spelling((one.text for one in documents), english())
    return Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader(), spelling=spelling)


def question(random: Random) -> None:
    """Any question with any history is answered with quotations, or refused."""
    history = [
        {"question": text(random, 6), "answer": random.choice([None, text(random, 6)])} for _ in range(random.randrange(3))
    ]
    asked = text(random, 12)
    try:
        check(asked)
        known = turns(history)
        answer = bot().ask(asked, known)
    except ValueError:
        return
    assert standing_alone(asked, known)
    sent = json.loads(json.dumps(answer.to_dict()))
    for citation, one in zip(answer.citations, sent["citations"], strict=True):
        assert citation.span.document.text[one["start"] : one["end"]] == one["quote"]
        assert one["passage"]["start"] <= one["start"] < one["end"] <= one["passage"]["end"]


def history(random: Random) -> None:
    """Any JSON in place of a history is taken or refused."""
    with suppress(ValueError):
        turns(any_json(random))


def lines(random: Random) -> None:
    """Any lines of a batch: each gives one line, in order."""
    made = [
        random.choice(
            [changed(random, b'{"id": 1, "question": "where tea comes from"}'), json.dumps(any_json(random)).encode()]
        )
        for _ in range(3)
    ]
    made = [one.replace(b"\n", b" ") for one in made]
    results = list(batch(bot(), made))
    assert len(results) == sum(bool(one.strip()) for one in made)
    assert all(("error" in one) != ("found" in one) for one in results)


@cache
def _client() -> TestClient:
    return TestClient(create_app(bot(), with_page=False), raise_server_exceptions=True)


def api(random: Random) -> None:
    """Any request: an answer, or a problem document."""
    paths = ["/api/v1/ask", "/api/v1/documents", "/api/v1/documents/x", "/healthz", "/texts/x", "/embed", "/nowhere"]
    path = random.choice(paths) + random.choice(["", "", "?find=tea&limit=1", "?limit=-1", "?%00"])
    method = random.choice(["GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"])
    body = random.choice(
        [json.dumps(any_json(random)), json.dumps({"question": text(random), "document": any_json(random, 1)})]
    )
    sent = changed(random, body.encode()) if random.random() < 0.3 else body.encode()
    headers = {"content-type": random.choice(["application/json", "text/plain", "application/json; charset=utf-16"])}
    answer = _client().request(method, path, content=sent, headers=headers)
    assert answer.status_code < 500, (method, path, sent, answer.text)
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"title", "status", "detail"} <= answer.json().keys()


# Index folders.


@cache
def _index_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    Index.build([make("Tea is hot.\n\nIt comes from Assam.", "a.txt")], LetterEncoder()).save(folder / "index")
    return folder


def index_folder(random: Random) -> None:
    """A folder with any byte changed is refused with the way to mend it, or is as it was."""
    whole, copy = _index_folder() / "index", _index_folder() / f"copy-{random.getrandbits(64)}"
    shutil.copytree(whole, copy)
    victims = sorted(path for path in copy.iterdir() if path.name != ".lock")
    victim = random.choice(victims)
    data = victim.read_bytes()
    kind = random.randrange(4)
    if kind == 0:
        victim.unlink()
    elif kind == 1:
        victim.write_bytes(random.choice(victims).read_bytes())
    else:
        victim.write_bytes(changed(random, data))
    try:
        loaded = Index.load(copy, LetterEncoder())
    except ValueError as error:
        said = str(error)
        assert "python -m index build" in said or "encoder" in said, said
    else:
        assert [one.text for one in loaded.documents] == ["Tea is hot.\n\nIt comes from Assam."]
    finally:
        shutil.rmtree(copy)


def manifest(random: Random) -> None:
    """A manifest that lies, with sums that fit, is refused, or the index that it tells of can be searched."""
    whole, copy = _index_folder() / "index", _index_folder() / f"lie-{random.getrandbits(64)}"
    shutil.copytree(whole, copy)
    told = json.loads((copy / "manifest.json").read_text())
    name = random.choice([*told, "files"])
    if name == "files":
        role = random.choice([*told["files"]])
        stored = told["files"][role]
        data = changed(random, (copy / stored["name"]).read_bytes())
        told["files"][role] = vars(StoredFile.write(copy, role, Path(stored["name"]).suffix, data))
    else:
        told[name] = any_json(random)
    (copy / "manifest.json").write_text(json.dumps(told))
    try:
        Manifest.read(copy)
        loaded = Index.load(copy, LetterEncoder())
        for hit in loaded.search("tea", 3):
            assert hit.span.text
    except ValueError:
        pass
    finally:
        shutil.rmtree(copy)


class _Broken(LetterEncoder):
    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def encode(self, texts: Any, show_progress: bool = False) -> Vectors:  # noqa: ANN401
        vectors = super().encode(texts)
        vectors[self._random.randrange(len(vectors)), 0] = self._random.choice([np.nan, np.inf, -np.inf, 1e38])
        return vectors


def vectors(random: Random) -> None:
    """An encoder that gives what is no number is refused."""
    try:
        index = Index.build([make("Tea is hot. " * 20)], _Broken(random), SplitSettings(60, 20))
    except ValueError as error:
        if "no numbers" not in str(error):
            raise
        return
    assert np.isfinite(index.vectors.reconstruct_n(0, index.vectors.ntotal)).all()


# The page.

_ALLOWED = re.compile(
    r"</?(?:article|p|h[1-6]|mark|div|table|thead|tbody|tr|th|td|footer|span|a|ul|li|details|summary|button|blockquote|strong|b|br|small|input)\b"
)


def _only_ours(made: str) -> None:
    for tag in re.findall(r"<[^>]*>?", made):
        assert _ALLOWED.match(tag), tag
        assert not re.search(r"\son\w+\s*=|javascript:", re.sub(r'"[^"]*"', '""', tag)), tag


def page(random: Random) -> None:
    """Any words in documents, titles, names, questions: the page's HTML has no tag that is not ours, and shows the words."""
    try:
        made = Document.from_text(text(random, 60), text(random, 4), text(random, 4))
    except ValueError:
        return
    start = random.randrange(len(made.text))
    span = Span(made, start, random.randrange(start + 1, len(made.text) + 1))
    citation = Citation(1, span, made.span)
    answer = Answer(text(random, 5) or "?", span, 0.5, (citation,), (Alternative(citation, 0.3),), (), text(random, 5))
    exchange = Exchange(1, answer.question, answer, next=(text(random, 3),))
    _only_ours(render.article(made, [citation], 1))
    _only_ours(render.contents({made.id: made}))
    _only_ours(message.answer(answer, exchange, False, "file.jsonl"))
    _only_ours(message.question(answer.question))
    _only_ours(message.problem(text(random, 5)))
    assert html.unescape(render.escape(made.title)).replace("\ufffd", "\0") == made.title.replace("\ufffd", "\0")


def links(random: Random) -> None:
    """Any question comes back from its link; a text fragment is one line without what has a meaning in it."""
    asked = text(random, 10)
    link = permalink(asked, ["0123456789abcdef"])
    if asked:
        assert parse_qs(urlsplit(link).query, keep_blank_values=True)["q"] == [asked] or "\r" in asked or "\n" in asked
    assert re.fullmatch(r"[\x21-\x7e]+", link)
    try:
        made = Document.from_text(text(random, 30), "a")
    except ValueError:
        return
    start = random.randrange(len(made.text))
    fragment = text_fragment(Span(made, start, random.randrange(start + 1, len(made.text) + 1)))
    assert re.fullmatch(r"(#:~:text=[\x21-\x7e]+)?", fragment)


@cache
def _feedback() -> tuple[FeedbackFile, Path]:
    path = Path(tempfile.mkdtemp(prefix="fuzz-")) / "said.jsonl"
    return FeedbackFile(path), path


def feedback(random: Random) -> None:
    """Whatever is judged becomes one line."""
    file, path = _feedback()
    asked = text(random, 8)
    file.keep(Answer(asked, None, 0.1), random.choice([Reason.RIGHT, Reason.SHOULD_ANSWER]))
    with path.open("rb") as kept:
        kept.seek(max(0, path.stat().st_size - 5000))
        assert json.loads(kept.read().splitlines()[-1])["question"] == asked


@cache
def _uploads() -> Uploads:
    return Uploads(bot(), _reader())


def uploads(random: Random) -> None:
    """Any name and any bytes of a visitor are taken or refused, and seen by that visitor alone."""
    visitor = f"v{random.getrandbits(64)}"
    suffix = random.choice([".txt", ".md", ".html", ".eml", "", ".exe"])
    try:
        made = _uploads().add(visitor, text(random, 5) + suffix, text(random, 60).encode())
    except ValueError:
        assert _uploads().of(visitor) is None
        return
    brought = _uploads().of(visitor)
    assert brought is not None
    assert [one.id for one in brought.documents] == [made.id]
    assert _uploads().of(visitor + "x") is None
    assert made.id not in bot().index.by_id
    _uploads().forget(visitor)
    assert _uploads().of(visitor) is None


# Addresses.


def addresses(random: Random) -> None:
    """Nothing but an address of a store, or of the web, is taken for one."""
    made = random.choice(["milvus://", "milvuss://", "http://", "https://", "file://", ""]) + text(random, 6)
    with suppress(ValueError):
        assert Address.parse(made).server
    refused = random.choice(
        ["http://127.0.0.1", "http://[::1]", "http://10.0.0.1", "ftp://a", "file:///", "http://0x7f000001", "http://2130706433"]
    )
    try:
        fetch(refused + random.choice(["", ":80", "/", "/a?b#c", "\n"]) + random.choice(["", "x"]))
    except ValueError:
        return
    raise AssertionError(refused)


DOORS: dict[Callable[[Random], None], int] = {
    document: 12,
    plain: 8,
    _format("file.html"): 2,
    _format("file.docx"): 4,
    _format("file.epub"): 4,
    _format("file.eml"): 6,
    _format("file.md"): 8,
    _format("file.pdf"): 4,
    question: 6,
    history: 12,
    lines: 4,
    api: 1,
    index_folder: 2,
    manifest: 2,
    vectors: 2,
    page: 4,
    links: 10,
    feedback: 4,
    uploads: 1,
    addresses: 4,
}
"""The doors, and how many of each hundred cases are for them."""

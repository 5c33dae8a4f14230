import ast
import json
import shlex
from html.parser import HTMLParser

from fastapi.testclient import TestClient

from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from qa.web.widget.snippets import Snippet, example_question, snippets
from tests.conftest import LetterEncoder, WordReader, make


class Tags(HTMLParser):
    """The opening tags of a page, each with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


QUESTION = """Who's "he", $HOME `id` \\ <b>&</b> 🍵?"""


def named(name: str) -> Snippet:
    return next(snippet for snippet in snippets("http://h:1", QUESTION) if snippet.name == name)


def test_a_shell_passes_any_question_on_as_it_is() -> None:
    words = shlex.split(named("curl").code.replace("\\\n", ""))
    assert words[:3] == ["curl", "-s", "http://h:1/api/v1/ask"]
    assert json.loads(words[words.index("-d") + 1]) == {"question": QUESTION}


def test_python_reads_any_question_as_it_is() -> None:
    for name in ("python", "gradio_client"):
        strings = [node.value for node in ast.walk(ast.parse(named(name).code)) if isinstance(node, ast.Constant)]
        assert QUESTION in strings


def test_the_example_is_made_of_the_documents() -> None:
    made = make("The bridge was opened by the mayor Kim Lee.")
    assert example_question((make("Nothing."), made)) == "Who is Kim Lee?"
    assert example_question((make("Nothing."),)) == "What does the text say?"


def test_the_page_holds_its_server_s_address_and_no_markup_of_others() -> None:
    payload = "<img src=x onerror=alert(1)>{{ 7 * 7 }}</script>"
    documents = [make(f"{payload}\n\n{payload} and more.\n\nIts end.", payload)]
    client = TestClient(create_app(Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader())))
    page = client.get("/embed", headers={"host": "docs.example:8000"})
    assert page.status_code == 200
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7 * 7 }}&lt;/script&gt; and more." in page.text
    assert "<img" not in page.text
    assert "&lt;script async src=&#34;http://docs.example:8000/widget.js&#34;&gt;" in page.text
    assert "<img" not in client.get("/embed", headers={"host": 'docs.example"><img src=y>'}).text
    for name in ("script-src", "style-src", "connect-src"):
        assert f"{name} 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    tags = Tags()
    tags.feed(page.text)
    assert {"article", "qa-chat"} <= {tag for tag, _ in tags.found}
    for tag, attributes in tags.found:
        assert tag != "style"
        assert tag != "script" or "src" in attributes
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_of_a_long_document_the_beginning_is_shown() -> None:
    documents = [make("\n\n".join(f"Paragraph {i} is one of many." for i in range(1000)))]
    client = TestClient(create_app(Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader())))
    text = client.get("/embed").text
    assert "<p>Paragraph 9 is one of many.</p>" in text
    assert "Paragraph 999" not in text
    assert text.count("is one of many.</p>") < 300

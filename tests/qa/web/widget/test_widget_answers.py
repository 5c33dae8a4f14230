"""The widget, given answers that were made for the purpose: every kind of answer and error, without a model."""

from typing import Any

import pytest
from playwright.sync_api import expect

from index.document import Document, Hit, Span
from qa.answer import Alternative, Answer
from tests.conftest import make
from tests.qa.web.answers import TEXT, answer_of, ask, cited, serve
from tests.qa.web.measured import MEASURED, serious_violations
from tests.qa.web.sites import Open

PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "${alert(2)}",
    "{{alert(3)}}",
    "```mermaid\ngraph TD```",
    "$$x^2$$",
    "[a](javascript:b)",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_is_never_markup(visit: Open, payload: str) -> None:
    document = Document.from_text(f"{payload} is what {payload} says.\n\nIt ends here.", f"{payload}.txt")
    there = visit(f"<qa-chat heading='{payload}' greeting='{payload}'></qa-chat>")
    other = Alternative(cited(document, "It ends here", 2), 0.4)
    serve(there, answer_of(document, f"what {payload} says", alternatives=(other,), understood=payload))
    ask(there, payload)
    panel = there.page.locator("qa-chat .panel")
    assert there.page.locator("qa-chat strong").text_content() == f"what {payload} says"
    assert there.page.locator("qa-chat .asked").text_content() == payload
    there.page.locator("qa-chat .cite").first.click()
    assert panel.locator("img, a, script, svg, math").count() == 0
    serve(there, {"detail": payload}, 422)
    ask(there, payload)
    assert there.page.locator("qa-chat .problem p").text_content() == payload
    there.complaints[:] = [said for said in there.complaints if "422" not in said]


def test_an_answer_s_parts(visit: Open) -> None:
    document = make("The hall opens at six. On Fridays it opens at four.")
    there = visit()
    other = Alternative(cited(document, "at four", 2), 0.55)
    serve(there, answer_of(document, "at six", alternatives=(other,), understood="When does the hall open?", confidence=0.81))
    ask(there)
    answer = there.page.locator("qa-chat .answer")
    assert answer.locator("> *").all_text_contents() == [
        "Read as: When does the hall open?",
        "The hall opens at six. [1]",
        f"sure {document.title}",
        "Also possible",
        "at four [2] likely",
    ]
    assert answer.locator(".band").first.get_attribute("title") == "81 %"
    nearest = (Hit(Span(document, 0, 22), 1.0), Hit(Span(document, 23, 51), 0.5))
    serve(there, Answer("Who?", None, 0.1, nearest=nearest).to_dict())
    ask(there, "Who?")
    expected = ["The text does not say.", "Nearest passage, not an answer", "The hall opens at six."]
    assert there.page.locator("qa-chat .none > *").all_text_contents() == expected
    assert there.sent[1]["history"] == [{"question": "What?", "answer": "at six"}]


@pytest.mark.parametrize(
    ("language", "status", "headers", "said"),
    [
        ("en", 429, {"retry-after": "17"}, "Too many questions at once. Try again in 17 s."),
        ("en", 503, {"retry-after": "2"}, "Too many questions at once. Try again in 2 s."),
        ("de", 429, {"retry-after": "17"}, "Zu viele Fragen auf einmal. Neuer Versuch in 17 s."),
        ("fr", 500, {}, "Something broke."),
    ],
)
def test_what_went_wrong_is_said_in_words(visit: Open, language: str, status: int, headers: dict[str, str], said: str) -> None:
    there = visit(widget=f'<script src="{{address}}/widget.js" data-lang="{language}"></script>')
    there.page.evaluate("() => addEventListener('qa-chat:error', (event) => { window.seen = event.detail; })")
    serve(there, {"detail": "Something broke."}, status, headers)
    ask(there)
    assert there.page.locator("qa-chat .problem p").text_content() == said
    assert there.page.evaluate("() => window.seen") == {"question": "What?", "message": said}
    serve(there, answer_of(make(TEXT), "GMT"))
    there.page.locator("qa-chat .retry").click()
    expect(there.page.locator("qa-chat .answer")).to_be_visible()
    assert there.page.locator("qa-chat .problem").count() == 0
    assert there.page.locator("qa-chat .asked").count() == 1
    there.complaints[:] = [each for each in there.complaints if str(status) not in each]


def test_every_answer_is_announced_once(visit: Open) -> None:
    there = visit()
    serve(there, answer_of(make(TEXT), "GMT"))
    there.page.evaluate("""() => { window.said = []; const chat = document.querySelector('qa-chat');
        const region = chat.shadowRoot.querySelector('[aria-live]');
        new MutationObserver(() => said.push(region.textContent)).observe(region, {childList: true}); }""")
    for _ in range(2):
        ask(there)
    there.page.wait_for_function("() => said.filter(Boolean).length === 2")
    assert [said for said in there.page.evaluate("() => said") if said] == ["GMT", "GMT"]
    assert there.page.locator("qa-chat [aria-live]").count() == 1


@pytest.mark.parametrize(
    ("name", "attributes", "scheme"),
    [
        ("widget, launcher", "", "light"),
        ("widget, launcher, dark", "", "dark"),
        ("widget, inline, pale accent", "mode=inline accent='#ffd400'", "light"),
        ("widget, inline, right to left, dark accent", "mode=inline dir=rtl lang=fr accent='#202060' theme=dark", "light"),
    ],
)
def test_axe_finds_nothing_serious(visit: Open, name: str, attributes: str, scheme: Any) -> None:  # noqa: ANN401
    there = visit(
        "<main><h1>News</h1></main>", f'<qa-chat {attributes}></qa-chat><script src="{{address}}/widget.js"></script>'
    )
    there.page.emulate_media(color_scheme=scheme)
    document = make(TEXT)
    # A scheme of its own would be the page's doing; here it has none.
    there.page.evaluate("() => document.documentElement.style.setProperty('color-scheme', 'light dark')")
    assert serious_violations(there.page, f"{name}, before a question") == []
    serve(
        there, answer_of(document, "5:50pm GMT", understood="x", alternatives=(Alternative(cited(document, "Friday", 2), 0.5),))
    )
    ask(there)
    there.page.locator("qa-chat .cite").first.click()
    serve(there, Answer("Who?", None, 0.1, nearest=(Hit(Span(document, 0, 20), 1.0),)).to_dict())
    ask(there, "Who?")
    serve(there, {}, 503)
    ask(there, "Who else?")
    there.complaints[:] = [said for said in there.complaints if "503" not in said]
    assert serious_violations(there.page, f"{name}, with answers") == []


def test_axe_would_find_what_is_hard_to_read(visit: Open) -> None:
    there = visit("<main><h1>News</h1></main>", '<qa-chat mode=inline></qa-chat><script src="{address}/widget.js"></script>')
    serve(there, answer_of(make(TEXT), "5:50pm GMT"))
    ask(there)
    there.page.locator("qa-chat").evaluate("(chat) => chat.style.setProperty('--qa-soft', '#bbb')")
    found = serious_violations(there.page, "made hard to read on purpose")
    MEASURED.pop()
    assert {line.split()[0] for line in found} == {"color-contrast"}

"""The widget, given answers that were made for the purpose: every kind of answer, error and page, without a model."""

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from index.document import Document, Hit, Span
from qa.answer import Alternative, Answer, Citation
from tests.conftest import make
from tests.web.measured import MEASURED, serious_violations
from tests.web.sites import Host, Open, Visit

TEXT = "Looming over the talks is a 5:50pm GMT deadline on Friday, set by the group. Tea 🍵 comes from Assam, mostly."
PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "${alert(2)}",
    "{{alert(3)}}",
    "```mermaid\ngraph TD```",
    "$$x^2$$",
    "[a](javascript:b)",
]


def cited(document: Document, words: str, number: int = 1) -> Citation:
    start = document.text.index(words)
    return Citation(number, Span(document, start, start + len(words)), Span(document, 0, len(document.text)))


def answer_of(document: Document, words: str, **others: Any) -> dict[str, Any]:  # noqa: ANN401
    citation = cited(document, words)
    return Answer("What?", citation.span, others.pop("confidence", 0.9), (citation,), **others).to_dict()


def serve(there: Visit, content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> None:
    """Have the page's questions answered with this; what was sent is kept in ``there.sent``."""

    def fulfilled(route: Route) -> None:
        there.sent.append(json.loads(route.request.post_data or "{}"))
        allowed = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after"}
        route.fulfill(status=status, json=content, headers=allowed | (headers or {}))

    there.page.unroute_all()
    there.page.route("**/api/v1/ask", fulfilled)


def ask(there: Visit, question: str = "What?") -> None:
    there.page.evaluate("(question) => document.querySelector('qa-chat').ask(question)", question)


@pytest.mark.parametrize(
    ("words", "body", "marked"),
    [
        ("5:50pm GMT", f"<p>{TEXT}</p>", "5:50pm GMT"),
        ("5:50pm GMT", "<p>the talks is a <b>5:50</b>pm&nbsp;G<i>M</i>T deadline on</p>", "5:50pm\u00a0GMT"),
        ("on Friday", "<p>Friday: on Friday we met.</p><p>a 5:50pm GMT deadline on Friday, set by the group.</p>", "on Friday"),
        # A number that differs is another number, and a word in other surroundings is another word.
        ("5:50pm GMT", "<p>Looming over the talks is a 6:50pm GMT deadline on Friday, set by the group.</p>", ""),
        ("Friday", "<nav>Friday edition</nav><p>Something else.</p>", ""),
        ("Assam", "<p>Tea 🍵 comes from A<wbr>ssam, mostly.</p>", "Assam"),
        ("Friday", "<p>deadline on Fri</p><p>day, set by the group.</p>", ""),
        ("GMT deadline", "<p>is a 5:50pm GMT<br>deadline on Friday</p>", "GMT\ndeadline"),
        ("5:50pm GMT", f"<p hidden>{TEXT}</p><template>{TEXT}</template><p aria-hidden=true>{TEXT}</p>", ""),
        ("5:50pm GMT", f"<details><summary>More</summary>{TEXT}</details>", "5:50pm GMT"),
        (
            "a 5:50pm GMT deadline on Friday, set by the group",
            "<p>Over it looms a 5.50pm GMT dead\u00adline this Friday, “set” by the groups.</p>",
            "a 5.50pm GMT dead\u00adline this Friday, “set” by the groups",
        ),
    ],
)
def test_where_the_page_has_the_words(visit: Open, words: str, body: str, marked: str) -> None:
    there = visit(f"<main>{body}</main>")
    serve(there, answer_of(make(TEXT), words))
    ask(there)
    there.page.locator("qa-chat .cite").click()
    assert there.marked().replace("\n", "") == marked.replace("\n", "")
    # Failing that, the panel quotes the source.
    assert there.page.locator("qa-chat .source mark").all_text_contents() == ([] if marked else [words])


def test_of_several_places_the_one_with_the_same_surroundings(visit: Open) -> None:
    document = make("First the red door opens. Then the blue door opens. At last the green door opens.")
    there = visit(f"<article><p>The door. Then a door. {document.text}</p></article>")
    start = document.text.index("door", document.text.index("blue"))
    citation = Citation(1, Span(document, start, start + 4), Span(document, 0, len(document.text)))
    serve(there, Answer("What?", citation.span, 0.9, (citation,)).to_dict())
    ask(there)
    there.page.locator("qa-chat .cite").click()
    before = there.page.evaluate("""() => { const [range] = CSS.highlights.get('qa-chat');
        return range.startContainer.data.slice(0, range.startOffset); }""")
    assert before.endswith("the blue ")


def test_offsets_count_characters_not_utf_16_units(visit: Open) -> None:
    document = make("🍵🍵🍵 Tea, 𝒯ea, comes from Assam 🍃 and so on. Another sentence 🍵.")
    there = visit(f"<p>Unlike coffee, {document.text}</p>")
    serve(there, answer_of(document, "Assam 🍃"))
    ask(there)
    assert there.page.locator("qa-chat .answer strong").text_content() == "Assam 🍃"
    assert there.page.locator("qa-chat .says").text_content() == "🍵🍵🍵 Tea, 𝒯ea, comes from Assam 🍃 and so on. [1]"
    there.page.evaluate("() => addEventListener('qa-chat:citation', (event) => { window.seen = event.detail.selectors; })")
    there.page.locator("qa-chat .cite").click()
    quote, position = there.page.evaluate("() => window.seen")
    assert quote["prefix"] + quote["exact"] + quote["suffix"] == document.text
    assert (position["start"], position["end"]) == (document.text.index("Assam"), document.text.index("Assam") + 7)
    assert there.marked() == "Assam 🍃"


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


def test_it_asks_in_the_one_document_that_is_named(visit: Open) -> None:
    there = visit(widget='<script src="{address}/widget.js" data-document="d1"></script>')
    serve(there, answer_of(make(TEXT), "GMT"))
    ask(there)
    there.page.evaluate("() => document.querySelector('qa-chat').setAttribute('document', 'd2')")
    assert there.page.locator("qa-chat .answer").count() == 0
    ask(there)
    assert [sent["document"] for sent in there.sent] == ["d1", "d2"]
    assert there.sent[1]["history"] == []


@pytest.mark.parametrize(("attribute", "other"), [("document", "d2"), ("server", "{address}/other")])
def test_a_question_ends_when_another_document_or_server_is_named(
    visit: Open, address: str, attribute: str, other: str
) -> None:
    there = visit(widget='<script src="{address}/widget.js" data-document="d1"></script>')
    serve(there, answer_of(make(TEXT), "GMT"))
    answers = there.page.evaluate(
        """async ([attribute, other]) => { const chat = document.querySelector('qa-chat'); const given = [];
            given.push((await chat.ask('First?')).answer);
            const asked = chat.ask('Second?');
            chat.setAttribute(attribute, other);
            const next = chat.ask('Third?');
            return [...given, await asked, (await next)?.answer, (await chat.ask('Fourth?'))?.answer]; }""",
        [attribute, other.format(address=address)],
    )
    assert answers == ["GMT", None, "GMT", "GMT"]
    assert there.page.locator("qa-chat .asked").all_text_contents() == ["Third?", "Fourth?"]
    assert there.page.locator("qa-chat .waiting").count() == 0
    histories = {sent["question"]: [turn["question"] for turn in sent["history"]] for sent in there.sent}
    assert (histories["Third?"], histories["Fourth?"]) == ([], ["Third?"])
    stored = there.page.evaluate("""() => Object.fromEntries(Object.entries(sessionStorage).map(
        ([key, kept]) => [key, JSON.parse(kept).map(({ question }) => question)]))""")
    server, document = (address, "d2") if attribute == "document" else (f"{address}/other", "d1")
    assert stored == {f"qa-chat {address} d1": ["First?"], f"qa-chat {server} {document}": ["Third?", "Fourth?"]}


def test_an_answer_that_comes_too_late_is_shown_nowhere(visit: Open) -> None:
    there = visit(widget='<script src="{address}/widget.js" data-document="d1"></script>')
    # Scripts that watch a page may put a fetch of their own in its place, and lose the signal that ends a request.
    seen = there.page.evaluate(
        """async (content) => { const chat = document.querySelector('qa-chat'); let reply;
            window.fetch = () => new Promise((resolve) => { reply = () => resolve(Response.json(content)); });
            const asked = chat.ask('Of d1?');
            chat.setAttribute('document', 'd2');
            const late = reply;
            const next = chat.ask('Of d2?');
            late();
            const seen = [await asked];
            const count = (part) => chat.shadowRoot.querySelectorAll(part).length;
            const look = () => seen.push(count('.answer'), count('.send:disabled'));
            look();
            reply();
            seen.push((await next)?.answer);
            look();
            return [...seen, Object.keys(sessionStorage).map((key) => key.split(' ').at(-1))]; }""",
        answer_of(make(TEXT), "GMT"),
    )
    assert seen == [None, 0, 1, "GMT", 1, 0, ["d2"]]


def test_an_attribute_that_is_set_meanwhile_leaves_the_question(visit: Open) -> None:
    there = visit(widget='<script src="{address}/widget.js" data-document="d1"></script>')
    serve(there, answer_of(make(TEXT), "GMT"))
    there.page.evaluate("""() => { const chat = document.querySelector('qa-chat'); const asked = chat.ask('What?');
        chat.setAttribute('document', 'd1'); chat.setAttribute('heading', 'Renamed'); return asked; }""")
    assert there.page.locator("qa-chat .answer strong").text_content() == "GMT"
    assert there.page.locator("qa-chat h2").text_content() == "Renamed"


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


def test_methods_and_events(visit: Open) -> None:
    there = visit(body="<div id=outer></div>", widget='<script src="{address}/widget.js"></script><qa-chat></qa-chat>')
    serve(there, answer_of(make(TEXT), "GMT"))
    seen = there.page.evaluate("""async () => {
        const seen = [];
        for (const name of ["ready", "open", "close", "question", "answer", "citation", "error"])
            addEventListener(`qa-chat:${name}`, (event) => seen.push(name));
        const loose = document.createElement("qa-chat");
        loose.open(); loose.close(); loose.toggle();
        seen.push(await loose.ask("What?"));
        // From within another element's shadow, too.
        document.querySelector("#outer").attachShadow({ mode: "open" }).append(loose);
        loose.open(); loose.open(); loose.toggle(); loose.close();
        const answer = await loose.ask("What?");
        seen.push(answer.answer, await loose.ask("  "), loose.isOpen);
        loose.shadowRoot.querySelector(".cite").click();
        seen.push(sessionStorage.length, localStorage.length, document.cookie);
        loose.destroy();
        seen.push(loose.isConnected, sessionStorage.length);
        return seen;
    }""")
    assert seen == [
        *(None, "ready", "open", "close", "open", "question", "answer", "GMT", None, True, "citation"),
        *(1, 0, "", False, 0),
    ]


def test_an_element_that_is_removed_takes_its_own_mark_along(visit: Open) -> None:
    there = visit(
        f"<main>{TEXT}</main>",
        '<script src="{address}/widget.js"></script><qa-chat mode=inline></qa-chat><qa-chat mode=inline document=x></qa-chat>',
    )
    serve(there, answer_of(make(TEXT), "5:50pm GMT"))
    ask(there)
    there.page.locator("qa-chat .cite").first.click()
    there.page.evaluate("() => document.querySelectorAll('qa-chat')[1].remove()")
    assert there.marked() == "5:50pm GMT"
    there.page.evaluate("() => document.querySelector('qa-chat').remove()")
    assert there.marked() == ""


def test_a_removed_element_says_nothing_more(visit: Open) -> None:
    there = visit()
    there.page.route("**/api/v1/ask", lambda route: None)
    said = there.page.evaluate("""async () => { const seen = []; const chat = document.querySelector('qa-chat');
        for (const name of ["answer", "error"]) chat.addEventListener(`qa-chat:${name}`, () => seen.push(name));
        const asked = chat.ask("What?"); chat.destroy(); seen.push(await asked); return seen; }""")
    assert said == [None]


def test_what_others_left_in_the_storage_is_no_conversation(visit: Open, address: str) -> None:
    there = visit()
    for kept in ('[{"question": 7}, null, {"question": "q", "answer": {}}]', "7", "{", '{"length": 3}'):
        there.page.evaluate("([key, kept]) => sessionStorage.setItem(key, kept)", [f"qa-chat {address} ", kept])
        there.page.reload()
        there.page.get_by_role("button", name="Ask the article").click()
        assert there.page.locator("qa-chat .log > *").count() == 1


@pytest.mark.parametrize(("position", "left"), [("left", True), ("right", False)])
def test_its_side_is_that_of_the_page_whatever_the_direction(visit: Open, position: str, left: bool) -> None:
    there = visit(
        "<main dir=rtl>x</main>",
        f'<div dir=rtl><qa-chat position="{position}"></qa-chat></div><script src="{{address}}/widget.js"></script>',
    )
    launcher = there.page.get_by_role("button", name="Ask the article")
    launcher.click()
    for element in (launcher, there.page.get_by_role("dialog")):
        box = element.bounding_box()
        assert box is not None
        assert (box["x"] < 640) == left
    there.page.set_viewport_size({"width": 320, "height": 640})
    box = there.page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 640}


def test_the_mark_is_scrolled_to_where_the_panel_does_not_cover_it(visit: Open) -> None:
    filler = "<p>Nothing.</p>" * 60
    there = visit(f"<article style='height: 300px; overflow: auto'>{filler}<p>{TEXT}</p>{filler}</article>{filler}", policy="")
    there.page.emulate_media(reduced_motion="reduce")
    there.page.set_viewport_size({"width": 700, "height": 800})
    serve(there, answer_of(make(TEXT), "set by the group"))
    ask(there)
    there.page.locator("qa-chat .cite").click()
    mark, panel = there.page.evaluate("""() => [[...CSS.highlights.get('qa-chat')][0],
        document.querySelector('qa-chat').shadowRoot.querySelector('.panel')].map((e) => e.getBoundingClientRect().toJSON())""")
    assert mark["top"] > 0
    assert mark["bottom"] < panel["top"] or mark["right"] < panel["left"]
    waiting = there.page.evaluate("""() => { const p = document.createElement('p'); p.className = 'waiting';
        document.querySelector('qa-chat').shadowRoot.querySelector('.log').append(p);
        return getComputedStyle(p, '::after').animationName; }""")
    assert waiting == "none"


def test_a_page_that_scrolls_by_its_body_in_quirks_mode(visit: Open, host: Host) -> None:
    there = visit()
    style = "<style>html { height: 100%; overflow: hidden } body { height: 100%; margin: 0; overflow: auto }</style>"
    filler = "<p>Nothing.</p>" * 60
    script = there.page.locator("script").evaluate("(script) => script.outerHTML")
    host.pages["/quirks"] = (f"{style}<main>{filler}<p>{TEXT}</p>{filler}</main>{script}", "")
    there.page.emulate_media(reduced_motion="reduce")
    there.page.goto(f"{host.origin}/quirks")
    assert there.page.evaluate("() => document.scrollingElement") is None
    serve(there, answer_of(make(TEXT), "set by the group"))
    ask(there)
    there.page.locator("qa-chat .cite").click()
    assert there.marked() == "set by the group"
    top = there.page.evaluate("() => [...CSS.highlights.get('qa-chat')][0].getBoundingClientRect().top")
    assert 0 < top < 800


RUN_AGAIN = """(src) => new Promise((done) => { const script = document.createElement('script');
    Object.assign(script, {src, onload: done}); script.dataset.heading = 'Again'; document.body.append(script); })"""


def test_a_page_that_replaces_its_body_has_it_again(visit: Open, address: str) -> None:
    there = visit()
    there.page.evaluate(RUN_AGAIN, f"{address}/widget.js")
    assert there.page.locator("qa-chat h2").all_text_contents() == ["Ask the article"]
    there.page.evaluate("(text) => { document.body = document.createElement('body'); document.body.append(text); }", TEXT)
    assert there.page.locator("qa-chat").count() == 0
    for _ in range(2):
        there.page.evaluate(RUN_AGAIN, f"{address}/widget.js")
        assert there.page.locator("qa-chat h2").all_text_contents() == ["Again"]
    serve(there, answer_of(make(TEXT), "GMT"))
    ask(there)
    there.page.locator("qa-chat .cite").click()
    assert there.marked() == "GMT"


def test_the_script_s_own_element_makes_room_for_the_page_s(visit: Open) -> None:
    for within in ("document.body", "document.querySelector('article').attachShadow({ mode: 'open' })"):
        there = visit()
        assert there.page.locator("qa-chat h2").count() == 1
        there.page.evaluate(f"""() => {{ const late = document.createElement('qa-chat');
            late.setAttribute('mode', 'inline'); {within}.append(late); }}""")
        assert there.page.locator("qa-chat").evaluate_all("(all) => all.map((chat) => chat.isOpen)") == [True]


def test_an_element_in_a_shadow_is_the_page_s(visit: Open) -> None:
    there = visit('<div><template shadowrootmode="open"><qa-chat heading="Within"></qa-chat></template></div>')
    expect(there.page.locator("qa-chat h2")).to_have_text(["Within"])
    assert there.page.locator("qa-chat").count() == 1


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


def test_on_a_phone_the_focus_stays_in_the_panel(visit: Open) -> None:
    there = visit("<p><a href='#a'>A link</a></p>")
    there.page.set_viewport_size({"width": 400, "height": 700})
    there.page.evaluate("() => document.querySelector('qa-chat').open()")
    expect(there.page.locator("qa-chat .panel")).to_have_attribute("aria-modal", "true")
    focused = "() => document.querySelector('qa-chat').shadowRoot.activeElement?.className ?? 'none'"
    for key in ("Tab", "Shift+Tab"):
        ring = set()
        for _ in range(8):
            there.page.keyboard.press(key)
            ring.add(there.page.evaluate(focused))
        assert ring == {"", "send", "clear", "log"}  # The box and the cross have no class.
    there.page.keyboard.press("Escape")
    assert there.page.evaluate(focused) == "launcher"

"""The widget as an element of a page: its attributes, methods, events and life."""

import pytest
from playwright.sync_api import expect

from tests.conftest import make
from tests.qa.web.answers import TEXT, answer_of, ask, serve
from tests.qa.web.sites import Open

RUN_AGAIN = """(src) => new Promise((done) => { const script = document.createElement('script');
    Object.assign(script, {src, onload: done}); script.dataset.heading = 'Again'; document.body.append(script); })"""


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
    assert stored == {f"qa-chat 2 {address} d1": ["First?"], f"qa-chat 2 {server} {document}": ["Third?", "Fourth?"]}


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

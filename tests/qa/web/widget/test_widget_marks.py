"""The widget: where the cited words stand in the page around it, and how they are shown there."""

import pytest

from index.document import Span
from qa.answer import Answer, Citation
from tests.conftest import make
from tests.qa.web.answers import TEXT, answer_of, ask, serve
from tests.qa.web.sites import Host, Open


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

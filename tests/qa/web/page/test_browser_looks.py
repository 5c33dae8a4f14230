"""The page on other screens, and what it costs."""

import pytest
from playwright.sync_api import Browser, Request, ViewportSize, expect

from tests.qa.web.measured import MEASURED, serious_violations
from tests.qa.web.watched import RANSOM, Watched

SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


# 640 by 400 is what is left of 1280 by 800 when it is magnified to 200 %.
@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (640, 400), (900, 700)])
def test_a_narrow_screen_needs_no_sideways_scrolling(browser: Browser, address: str, width: int, height: int) -> None:
    size: ViewportSize = {"width": width, "height": height}
    watched = Watched(browser, address, browser.new_context(viewport=size, color_scheme="dark", reduced_motion="reduce"))
    page = watched.page
    watched.ask("Which countries attend the conference?")
    page.locator(".menu summary").click()
    page.keyboard.press("Escape")  # Open, it may cover what is clicked next.
    page.locator(".feedback summary").click()
    for direction in ("ltr", "rtl"):
        page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for element in page.locator("#chat button:visible, #chat a:visible, #chat summary:visible").all():
            box = element.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    page.locator(".cite").first.click()
    mark = page.locator("#article mark:not(.also)")
    expect(mark).to_be_focused()
    expect(mark).to_be_in_viewport()
    page.locator("#back").click()
    expect(page.locator(".cite").first).to_be_focused()
    expect(page.locator(".cite").first).to_be_in_viewport()
    expect(page.locator("#back")).to_be_hidden()
    watched.close()


def test_motion_is_reduced_for_those_who_ask_for_it(browser: Browser, address: str) -> None:
    watched = Watched(browser, address, browser.new_context(reduced_motion="reduce"))
    watched.ask(RANSOM).locator("a.cite").first.click()
    mark = watched.page.locator("#article mark.arrived")
    expect(mark).to_be_in_viewport()
    assert mark.evaluate("mark => getComputedStyle(mark).animationName") == "none"
    watched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, address: str, scheme: str) -> None:
    size: ViewportSize = {"width": 1280, "height": 800}
    context = browser.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    watched = Watched(browser, address, context)
    page = watched.page
    assert serious_violations(page, f"page, {scheme}, at the start") == []
    watched.ask("Who co-hosted the discussions?")
    watched.ask("What is the capital of Peru?")
    page.locator(".feedback summary").last.click()
    page.locator(".menu summary").click()
    page.locator(".cite").first.focus()
    assert serious_violations(page, f"page, {scheme}, with answers") == []
    if scheme == "dark":
        light = page.locator("#columns").evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, light.removeprefix("rgb(").removesuffix(")").split(","))) < 150
    watched.close()


def test_a_right_to_left_text_is_shown_as_one(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)
    page = watched.page
    text = "הטחנה הישנה\n\nהטחנה נקנתה על ידי אנה ובר בשנת 1921."
    page.locator("#file").set_input_files({"name": "mill.txt", "mimeType": "text/plain", "buffer": text.encode()})
    paragraph = page.locator("#article p", has_text="1921")
    expect(paragraph).to_be_visible()
    assert page.locator("#article article").evaluate("article => getComputedStyle(article).direction") == "rtl"
    watched.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_nothing_jumps_while_the_page_is_loaded(browser: Browser, address: str, width: int, height: int) -> None:
    shifts = []
    for _ in range(3):  # A busy machine draws late what is otherwise there at once.
        context = browser.new_context(viewport={"width": width, "height": height})
        context.add_init_script(SHIFTS)
        watched = Watched(browser, address, context)
        expect(watched.page.locator("#suggestions button")).to_have_count(5)
        watched.page.wait_for_timeout(1000)  # for what comes late
        shifts.append(watched.page.evaluate("shifts"))
        assert watched.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") > 0
        watched.close()
    MEASURED.append(f"page, {width} px wide: layout shift {min(shifts):.3f} to {max(shifts):.3f}")
    # What https://web.dev/articles/cls calls good.
    assert sorted(shifts)[1] < 0.1


def test_the_page_asks_its_own_host_alone_and_not_for_much(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    finished: list[Request] = []
    context.on("requestfinished", lambda request: finished.append(request))
    watched = Watched(browser, address, context)
    expect(watched.page.locator("#suggestions button")).to_have_count(5)
    watched.page.wait_for_timeout(1000)
    size = sum(request.sizes()["responseBodySize"] for request in finished)
    MEASURED.append(f"page: {len(finished)} requests, {size / 1000:.0f} kB as sent, all of its own host")
    assert len(finished) <= 80
    assert size < 500_000
    assert watched.page.locator("footer:not(#article footer), .built-with, button[title*='hare']").count() == 0
    watched.close()

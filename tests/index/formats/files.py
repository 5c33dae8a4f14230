"""A PDF as a browser makes it, with two columns and three pages."""

from playwright.sync_api import Browser

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

"""The page ``/embed``: it shows the widget, and the code to copy to other sites."""

import gzip

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from qa.bot import Bot
from qa.web.widget import script
from qa.web.widget.snippets import example_question, snippets

LONGEST_EXCERPT = 6000
"""Characters of the document that is shown beside the widget."""
# Nothing inline, nothing from other hosts. The widget must work under such a policy, so this page has one.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)


def add_embed(app: FastAPI, bot: Bot) -> None:
    """Add the page to ``app``."""
    kilobytes = round(len(gzip.compress(script.source().encode())) / 1000)
    environment = Environment(
        loader=PackageLoader("qa.web.widget"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("embed.html")

    @app.get("/embed", include_in_schema=False)
    def embed(request: Request) -> HTMLResponse:
        server = str(request.base_url).rstrip("/")
        document = next(iter(bot.index.by_id.values()))
        excerpt = document.text[:LONGEST_EXCERPT].rpartition("\n")[0] if len(document.text) > LONGEST_EXCERPT else document.text
        html = template.render(
            server=server,
            snippets=snippets(server, example_question(bot.index.by_id.values())),
            document=document,
            paragraphs=[line.strip() for line in excerpt.splitlines() if line.strip()],
            kilobytes=kilobytes,
        )
        return HTMLResponse(html, headers={"content-security-policy": _POLICY})

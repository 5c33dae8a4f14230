"""The controls around the conversation: the menu, and the choice of documents."""

from collections.abc import Iterable, Mapping, Sequence

from index.document import Document
from qa.web.page.render import escape, listed

ACCEPTED = ".txt,.md,.pdf,.docx,.epub,.html,.htm,.eml,text/plain"


def masthead(one_document: bool) -> str:
    """The page's name, and a menu of what can be done with the conversation."""
    noun = "article" if one_document else "documents"
    return (
        f"<h1>Ask the {noun}</h1><p>Every answer is a quotation, marked where it stands.</p>"
        '<details class="menu"><summary>Menu</summary><div>'
        '<button type="button" id="start-over">Start over</button>'
        '<button type="button" class="export" value="markdown">Save as Markdown</button>'
        '<button type="button" class="export" value="json">Save as JSON</button>'
        '<a href="embed" target="_blank" rel="noopener">Put it on your site</a>'
        "<dl><dt>Enter</dt><dd>asks, or follows a citation</dd><dt>← →</dt><dd>from citation to citation</dd>"
        "<dt>Esc</dt><dd>back from the text to the answer</dd><dt>/</dt><dd>goes to the question</dd></dl>"
        '<label><input type="checkbox" id="slash" checked> Use the / key</label>'
        "</div></details>"
    )


def bar(documents: Mapping[str, Document], own: Sequence[Document], chosen: Sequence[str], *, may_fetch: bool = False) -> str:
    """The choice of documents to ask, if there is one, and the buttons to add and remove one's own."""
    parts = []
    if len(documents) > 1 or own:
        everything = "All documents" if len(documents) > 1 else escape(next(iter(documents.values())).title)
        several = f'<option value="{" ".join(chosen)}" selected>{len(chosen):,} documents</option>' if len(chosen) > 1 else ""
        shown = listed(documents, chosen) if len(documents) > 1 else []
        all_yours = f'<option value="{" ".join(one.id for one in own)}">All of yours</option>'
        all_yours = all_yours if len(own) > 1 and len(chosen) < 2 else ""
        yours = f'<optgroup label="Yours, for you alone">{all_yours}{_options(own, chosen)}</optgroup>' if own else ""
        parts.append(
            f'<label for="document">Ask</label><select id="document"><option value="">{everything}</option>'
            f"{several}{_options(shown, chosen)}{yours}</select>"
        )
    parts.append(
        '<button type="button" id="add" title="For you alone: text, PDF, DOCX, EPUB, HTML or mail; or drop it on the page">'
        f'Add your own text</button><input type="file" id="file" accept="{ACCEPTED}" multiple hidden>'
    )
    if may_fetch:
        parts.append(
            '<button type="button" id="add-page">or a web page</button><span id="web" hidden><input type="url" id="address" '
            'placeholder="https://example.org/page" aria-label="Address of a web page">'
            '<button type="button" id="fetch">Add</button></span>'
        )
    if own:
        parts.append('<button type="button" id="remove">Remove yours</button>')
    return "".join(parts)


def _options(documents: Iterable[Document], chosen: Sequence[str]) -> str:
    only = chosen[0] if len(chosen) == 1 else ""
    return "".join(
        f'<option value="{document.id}"{" selected" if document.id == only else ""}>{escape(document.title[:120])}</option>'
        for document in documents
    )

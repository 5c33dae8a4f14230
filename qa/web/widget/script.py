"""The widget's script: one file for the browser, made of parts that each have one job."""

import json
from functools import cache
from pathlib import Path

PARTS = Path(__file__).parent / "static"
_NAMES = ("style.css", "strings.js", "anchor.js", "element.js")


@cache
def source() -> str:
    """The content of ``/widget.js``: the parts one after the other, in one function so that they define no global names."""
    style, strings, anchor, element = ((PARTS / name).read_text("utf-8") for name in _NAMES)
    # If a page runs the script again, the class is there already. The element is not, if the page has replaced its body.
    return "\n".join(
        [
            '(() => {\n"use strict";\nconst known = customElements.get("qa-chat");',
            "if (known) return known.mount(document.currentScript);",
            f"const STYLE = {json.dumps(style, ensure_ascii=False)};",
            strings,
            anchor,
            element,
            "})();\n",
        ]
    )

"""The widget's script: one file for the browser, made of parts that each have one job."""

import json
from functools import cache
from pathlib import Path

PARTS = Path(__file__).parent / "static"
_NAMES = ("style.css", "strings.js", "anchor.js", "element.js")


@cache
def source() -> str:
    """What ``/widget.js`` is: the parts one after the other, in a function of their own so that they name nothing outside."""
    style, strings, anchor, element = ((PARTS / name).read_text("utf-8") for name in _NAMES)
    # A page that runs the script again has the class already, but no element if it replaced its body in between.
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

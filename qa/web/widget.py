"""The widget's script: one file for the browser, made of parts that each have one job."""

import gzip
import json
from functools import cache

from qa.web import STATIC

PARTS = STATIC / "widget"
_NAMES = ("style.css", "strings.js", "anchor.js", "element.js")


@cache
def source() -> str:
    """What ``/widget.js`` is: the parts one after the other, in a function of their own so that they name nothing outside."""
    style, strings, anchor, element = ((PARTS / name).read_text("utf-8") for name in _NAMES)
    # A page that has the script twice still has one element of the name.
    return "\n".join(
        [
            '(() => {\n"use strict";\nif (customElements.get("qa-chat")) return;',
            f"const STYLE = {json.dumps(style, ensure_ascii=False)};",
            strings,
            anchor,
            element,
            "})();\n",
        ]
    )


@cache
def compressed() -> bytes:
    """`source` as it is sent to those who accept gzip; the same bytes at any time, so that caches can compare them."""
    return gzip.compress(source().encode(), mtime=0)

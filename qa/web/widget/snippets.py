"""Code that site owners and programs copy to ask this server, with the server's address filled in."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from string import Template

from index.document import Document
from qa.web.question_generation import candidates


@dataclass(frozen=True)
class Snippet:
    """A piece of code, what it is for, and what to know about it."""

    name: str
    title: str
    note: str
    code: str


def example_question(documents: Iterable[Document]) -> str:
    """A question to show in the snippets: the first that can be made from the documents."""
    made = chain.from_iterable(candidates(document) for document in islice(documents, 5))
    return next((candidate.question for candidate in made), "What does the text say?")


def snippets(server: str, question: str) -> list[Snippet]:
    """The ways to ask ``server``, an address without a slash at its end, with ``question`` as the example."""
    # In a shell, single quotes can hold everything except a single quote.
    body = json.dumps({"question": question}, ensure_ascii=False).replace("'", "'\\''")
    values = {"server": server, "question": json.dumps(question, ensure_ascii=False), "body": body}
    made = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["snippet"]
    return [Snippet(**{**one, "code": Template(one["code"]).substitute(values)}) for one in made]

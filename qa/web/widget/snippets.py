"""What a site owner or a program copies to ask this server; each with the server's address filled in."""

import json
from dataclasses import dataclass
from itertools import chain

from index.document import Document
from qa.web.question_generation import candidates


@dataclass(frozen=True)
class Snippet:
    """A piece of code, what it is for, and what must be known about it."""

    name: str
    title: str
    note: str
    code: str


def example_question(documents: tuple[Document, ...]) -> str:
    """A question to show in the snippets: the first that can be made of the documents."""
    made = chain.from_iterable(candidates(document) for document in documents[:5])
    return next((candidate.question for candidate in made), "What does the text say?")


def snippets(server: str, question: str) -> list[Snippet]:
    """The ways to ask ``server``, an address without a slash at its end, with ``question`` as the example."""
    asked = json.dumps(question, ensure_ascii=False)
    # Single quotes hold everything for a shell but themselves.
    body = json.dumps({"question": question}, ensure_ascii=False).replace("'", "'\\''")
    return [
        Snippet(
            "script",
            "One script tag",
            "Puts a button in the corner of any page that has it.",
            f'<script async src="{server}/widget.js"></script>',
        ),
        Snippet(
            "element",
            "In the flow of the page",
            "An element of your own says where, and replaces the script's even if it comes later. "
            'Without mode="inline" it is the button in the corner.',
            f'<qa-chat mode="inline"></qa-chat>\n<script async src="{server}/widget.js"></script>',
        ),
        Snippet(
            "iframe",
            "The whole page in a frame",
            "Chat and text side by side; on a narrow frame one below the other.",
            f'<iframe src="{server}/" title="Ask the article"\n        width="100%" height="720" loading="lazy"></iframe>',
        ),
        Snippet(
            "javascript",
            "JavaScript",
            "The answer is the same object everywhere; its offsets count code points.",
            f'''const response = await fetch("{server}/api/v1/ask", {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({{ question: {asked} }}),
}});
const answer = await response.json();
if (!response.ok) throw new Error(answer.detail);
console.log(answer.found ? answer.answer : "The text does not say.", answer.citations);''',
        ),
        Snippet(
            "curl",
            "curl",
            "Add -H 'accept: text/event-stream' for events: the passages found, the answer, the end.",
            f"curl -s {server}/api/v1/ask \\\n  -H 'content-type: application/json' \\\n  -d '{body}'",
        ),
        Snippet(
            "gradio_client",
            "Python, with gradio_client",
            "pip install gradio_client. It goes through the same queue as the page's questions.",
            f'''from gradio_client import Client

client = Client("{server}", analytics_enabled=False, verbose=False)
answer = client.predict({asked}, api_name="/ask")
print(answer["answer"], answer["citations"])''',
        ),
        Snippet(
            "python",
            "Python, with nothing to install",
            "An error's body is a problem document, and says what to do.",
            f'''import json
from urllib.request import Request, urlopen

body = json.dumps({{"question": {asked}}}).encode()
request = Request("{server}/api/v1/ask", body, {{"Content-Type": "application/json"}})
answer = json.load(urlopen(request))
print(answer["answer"], answer["citations"])''',
        ),
    ]

"""``python -m qa``: ask a question, or many.

Examples:
  python -m qa "what was the ransom deadline?"
  python -m qa --json "who hosted the talks?"
  python -m qa --batch < questions.jsonl > answers.jsonl
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from index.command_line import Parser, exit_with
from index.unavailable import UnavailableError
from qa.answer import Answer
from qa.bot import Bot
from qa.options import add_options, open_bot
from qa.understand.question import check, turns


def main(arguments: list[str] | None = None) -> int:
    """Answer; returns the exit code: 0 done, with or without an answer; 1 part of it failed; 2 wrong usage or bad data."""
    parser = Parser(prog="python -m qa", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", nargs="?", help="the question")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument(
        "--batch", action="store_true", help='read JSON lines {"id", "question", "history"?} from standard input'
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    if options.batch == (options.question is not None):
        parser.error('expected either a question or --batch, as in: python -m qa "who hosted the talks?"')
    try:
        if options.batch:
            bot, failed = open_bot(options), False
            for result in batch(bot, sys.stdin.buffer):
                print(json.dumps(result, ensure_ascii=True), flush=True)
                failed |= "error" in result
            return 1 if failed else 0
        else:
            check(options.question)
            answer = open_bot(options).ask(options.question)
            print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if options.json else in_words(answer))
    except (ValueError, UnavailableError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    return 0


def batch(bot: Bot, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Answer JSON lines, in their order. A line that cannot be answered yields {"id", "error"}; blank lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        identifier: Any = None
        try:
            entry = _entry(line)
            identifier = entry.get("id")
            if not isinstance(entry.get("question"), str):
                raise ValueError("The line has no 'question' that is a string. Expected {'id': ..., 'question': '...'}.")
            yield {"id": identifier, **bot.ask(entry["question"], turns(entry.get("history", []))).to_dict()}
        except (ValueError, UnavailableError) as error:
            yield {"id": identifier, "error": {"line": number, "message": str(error)}}


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Not a line of JSON in UTF-8 ({error}). Expected {{'id': ..., 'question': ...}}.") from error
    if not isinstance(entry, dict):
        raise ValueError(f"The line is {type(entry).__name__}; expected an object {{'id': ..., 'question': ...}}.")
    return entry


def in_words(answer: Answer) -> str:
    """The answer as text for a terminal: its words, its place, and the sentence around it."""
    read_as = [f"Read as: {answer.understood}", ""] if answer.understood else []
    if answer.reply:
        return answer.reply
    if not answer.found:
        lines = [*read_as, "The documents do not say.", ""]
        if answer.nearest:
            lines += ["Nearest passage (not an answer):", *_quoted(answer.nearest[0].span.text)]
        return "\n".join(lines)
    said = f"{answer.verdict.capitalize()}: {answer.text}" if answer.verdict else answer.text
    lines = [*read_as, f"{said}  [confidence {answer.confidence:.0%}]", ""] if answer.kind == "answer" else []
    for citation in answer.citations:
        span = citation.span
        lines += [
            f"[{citation.number}] {' › '.join(citation.trail)}",
            f"    {span.document.source}, characters {span.start} to {span.end}",
        ]
        before, after = citation.around
        lines += _quoted(f"{before}**{span.text}**{after}")
    lines += [""] if answer.alternatives else []
    for other in answer.alternatives:
        elsewhere = other.citation.span.document != answer.citations[0].span.document
        what = other.citation.span.document.title if elsewhere else "Also possible"
        said = f"{other.verdict.capitalize()}: {other.text}" if other.verdict else other.text
        lines += [f"[{other.citation.number}] {what}: {said}  [confidence {other.confidence:.0%}]"]
    return "\n".join(lines)


def _quoted(text: str) -> list[str]:
    return [f"    > {line}" for line in text.splitlines() if line.strip()]


if __name__ == "__main__":
    exit_with(main)

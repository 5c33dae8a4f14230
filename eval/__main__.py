"""``python -m eval``: score the whole system on a set of questions.

Examples:
  python -m eval
  python -m eval --data my-questions.jsonl --seeds my-documents --index .my-index --json results.json
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from eval.questions import load_questions
from eval.report import in_words, write_json
from eval.system import run
from index.build import load_documents
from index.command_line import Parser
from qa.options import add_options, open_bot

QUESTIONS = Path(__file__).parent / "questions.jsonl"


def main(arguments: list[str] | None = None) -> int:
    """Score; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(prog="python -m eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=QUESTIONS, help="JSON lines of questions (default: eval/questions.jsonl)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything to this file")
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        if options.seeds is not None:
            load_questions(options.data, load_documents(options.seeds).documents)  # Before the models, which take seconds.
        bot = open_bot(options)
        questions = load_questions(options.data, bot.index.documents)
        results = run(bot, tqdm(questions, unit=" questions", file=sys.stderr))
        if options.json is not None:
            write_json(results, options.json)
        print(in_words(results))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

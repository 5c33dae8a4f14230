"""``python -m eval``: score the whole system on a set of questions.

Examples:
  python -m eval --html report.html
  python -m eval --data my-questions.jsonl --seeds my-documents --index .my-index --json results.json
  python -m eval --data squad.json.gz --limit 500 --resume squad.results.jsonl
  python -m eval --baseline before.json --fail-under f1=60,no_answer=70

  python -m eval squad --help       the reader alone, in the official SQuAD 2.0 files and figures
  python -m eval speed --help       how fast it is
  python -m eval retrieval --help   how often a passage with the answer is found
  python -m eval calibrate --help   fit a reader's confidence

SQuAD-format files (.json, .json.gz) bring their own documents: each paragraph becomes one.
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from eval.answers.compare import check_comparable, comparison, missed, parse_gate
from eval.answers.html import as_html
from eval.answers.predictions import Kept, resumable
from eval.answers.report import as_dict, in_words, load_rows
from eval.answers.scores import row
from eval.answers.system import run
from eval.output import check_writable, write, write_json
from eval.questions import QUESTIONS, sample
from eval.setup import add_articles, add_seed, describe, open_set
from index.command_line import Parser, exit_with, positive
from qa.options import add_options

_COMMANDS = {
    "squad": "eval.answers.squad",
    "retrieval": "eval.answers.retrieval",
    "calibrate": "eval.answers.calibrate",
    "speed": "eval.speed.command",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 1 a gate failed, 2 wrong usage or bad data."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in _COMMANDS:
        try:  # Each command needs packages that the others do not.
            command: Callable[[list[str]], int] = importlib.import_module(_COMMANDS[arguments[0]]).main
        except ModuleNotFoundError as error:
            print(f"error: {arguments[0]} needs {error.name}. Run: pip install -r requirements-train.txt", file=sys.stderr)
            return 2
        return command(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        return _score(options)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser() -> Parser:
    parser = Parser(prog="python -m eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=QUESTIONS, help="JSON lines or a SQuAD-format file (default: eval/questions.jsonl)"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything that was measured to this file")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a report to look at to this file")
    parser.add_argument(
        "--baseline", type=Path, metavar="JSON", help="compare with the file that an earlier run's --json wrote"
    )
    parser.add_argument(
        "--fail-under", metavar="FIGURE=PERCENT,...", help="exit with 1 if a figure is lower: f1=80,no_answer=70"
    )
    parser.add_argument("--resume", type=Path, metavar="FILE", help="keep results in this file; go on with those it holds")
    parser.add_argument("--limit", type=positive, metavar="N", help="ask only N questions, drawn at random")
    add_seed(parser, "for --limit and the bootstrap")
    add_articles(parser)
    add_options(parser)
    return parser


def _score(options: argparse.Namespace) -> int:
    # Check all options first: the work may take long.
    gate = parse_gate(options.fail_under) if options.fail_under else {}
    baseline = load_rows(options.baseline) if options.baseline else None
    check_writable(options.json, "--json")
    check_writable(options.html, "--html")
    bot, questions = open_set(options)
    chosen = sample(questions, options.limit, options.seed)
    if baseline is not None:
        check_comparable(chosen, baseline, str(options.baseline))
    setup = describe(options.data, bot, options.reader)
    pending = resumable(bot, chosen, Kept(options.resume, setup)) if options.resume else run(bot, chosen)
    results = list(tqdm(pending, total=len(chosen), unit=" questions", file=sys.stderr))
    report = as_dict(results, setup, options.seed)
    print(in_words(report))
    if baseline is not None:
        print(f"\n{comparison([row(result) for result in results], baseline, str(options.baseline), options.seed)}")
    if options.json:
        write_json(options.json, report)
    if options.html:
        write(options.html, as_html(report, results))
    lines = missed(report["figures"], gate)
    for line in lines:
        print(f"below the gate: {line}", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    exit_with(main)

"""``python -m eval retrieval``: how often a passage with the answer is found, by meaning, by words, and by both.

Asks the answerable questions that stand alone, and compares the rankings on the same questions, paired.

Example:
  python -m eval retrieval --data dev-v2.0.json
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from eval.answers.scores import RESAMPLES
from eval.output import check_writable, write_json
from eval.questions import QUESTIONS, EvalQuestion, sample
from eval.setup import add_articles, add_seed, open_set
from index.command_line import Parser, positive
from index.document import Span
from qa.options import add_options
from qa.retrieve.retriever import Retriever

DEPTHS = (1, 3, 5, 10)

Search = Callable[[str, int], Sequence[Span]]


@dataclass(frozen=True)
class Row:
    """One ranking's figures: recall at each of `DEPTHS`, 0 to 1, its 95 % interval, and the mean reciprocal rank."""

    name: str
    recall: dict[int, float]
    interval: dict[int, tuple[float, float]]
    reciprocal_rank: float


def ranks(search: Search, questions: Sequence[EvalQuestion], depth: int = DEPTHS[-1]) -> NDArray[np.float64]:
    """Of each question, the rank from 1 of the first passage that holds a gold span; infinite beyond ``depth``."""
    found = []
    for question in tqdm(questions, unit=" questions", file=sys.stderr, leave=False):
        passages = search(question.question, depth)
        holding = [any(passage.contains(gold) for gold in question.golds) for passage in passages]
        found.append(holding.index(True) + 1.0 if True in holding else np.inf)
    return np.array(found)


def summarised(name: str, found: NDArray[np.float64], seed: int = 0) -> Row:
    """Figures and percentile bootstrap intervals over questions (Efron and Tibshirani 1993, chapter 13)."""
    drawn = np.random.default_rng(seed).integers(len(found), size=(RESAMPLES, len(found)))
    recall = {k: float((found <= k).mean()) for k in DEPTHS}
    bounds = {k: np.percentile((found <= k)[drawn].mean(axis=1), [2.5, 97.5]) for k in DEPTHS}
    interval = {k: (float(low), float(high)) for k, (low, high) in bounds.items()}
    return Row(name, recall, interval, float((1 / found).mean()))


def in_words(rows: Sequence[Row]) -> str:
    """A table in percent."""
    lines = [f"{'in percent':12}" + "".join(f"{f'recall@{k}':>22}" for k in DEPTHS) + f"{'MRR':>8}"]
    for row in rows:
        cells = [f"{100 * row.recall[k]:.1f} ({100 * low:.1f}-{100 * high:.1f})" for k, (low, high) in row.interval.items()]
        lines.append(f"{row.name:12}" + "".join(f"{cell:>22}" for cell in cells) + f"{100 * row.reciprocal_rank:8.1f}")
    return "\n".join(lines)


def rankings(retriever: Retriever) -> dict[str, Search]:
    """The ways to search that are compared."""
    return {
        "dense": retriever.by_meaning,
        "BM25": retriever.by_words,
        "both, fused": lambda question, k: [hit.span for hit in retriever.search(question, k)],
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(prog="python -m eval retrieval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=QUESTIONS, help="as for python -m eval (default: eval/questions.jsonl)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--limit", type=positive, metavar="N", help="ask only N questions, drawn at random")
    add_seed(parser, "for --limit and the bootstrap")
    add_articles(parser)
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        check_writable(options.json, "--json")
        bot, questions = open_set(options)
        asked = [
            question for question in sample(questions, options.limit, options.seed) if question.golds and not question.history
        ]
        if not asked:
            raise ValueError(f"{options.data} has no answerable question that stands alone. Name another file with --data.")
        found = {name: ranks(search, asked) for name, search in rankings(bot.retriever).items()}
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    rows = [summarised(name, each, options.seed) for name, each in found.items()]
    print(f"{len(asked)} questions, {bot.index.passage_count} passages\n\n{in_words(rows)}")
    if options.json:
        write_json(options.json, [row.__dict__ for row in rows])
    return 0

"""``python -m eval speed``: how fast the bot is, on the questions of the eval set.

What is compared is measured in one run, in turn, question by question, so that the ratios say something on any machine;
the times are this machine's.

Examples:
  python -m eval speed
  python -m eval speed --only ask reader --limit 50 --json speed.json
  python -m eval speed --against haystack        (first: pip install -r requirements-bench.txt)
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from tqdm import tqdm

from eval.float_model import float_model
from eval.haystack_pipeline import HaystackPipeline, Sample, check_installed
from eval.metrics import f1
from eval.output import check_writable, write_json
from eval.processes import answering_memory, cold_start, serving, throughput
from eval.questions import QUESTIONS, EvalQuestion, sample
from eval.setup import add_articles, open_set
from eval.system import CORRECT
from index.command_line import Parser, positive
from index.encoder import package_folder
from index.store import Index
from qa.bot import Bot
from qa.options import add_options
from qa.reader import WEIGHTS, ExtractiveReader

STAGES = ("retrieve", "read", "total")
CLIENTS = (1, 8, 32)
SHARES = (50, 95, 99)
UNCOUNTED = 5
"""Questions asked first and not counted: the first few are slower."""

Figures = dict[str, Any]
Ask = Callable[[str], Sample]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(prog="python -m eval speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=QUESTIONS, help="as for python -m eval (default: eval/questions.jsonl)")
    parser.add_argument("--only", nargs="+", choices=_PARTS, metavar="PART", help=f"some of: {', '.join(_PARTS)}")
    parser.add_argument("--against", choices=["haystack"], help="also compare with Haystack, on the same models and passages")
    parser.add_argument("--rounds", type=positive, default=3, help="how often each measurement is repeated (default: 3)")
    parser.add_argument("--limit", type=positive, metavar="N", help="only N of the questions, drawn at random")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file")
    add_articles(parser)
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        found = _measure(options)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(in_words(found))
    return 0


def _measure(options: argparse.Namespace) -> dict[str, Figures]:
    check_writable(options.json, "--json")
    if options.against:
        check_installed()
    bot, questions = open_set(options)
    questions = sample(questions, options.limit, 0)
    for question in questions[:UNCOUNTED]:
        bot.ask(question.question, question.history)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        # For processes of their own: the index as it is, not brought up to date with any folder of documents.
        bot.index.save(Path(folder))
        options.index = Path(folder)
        for part in options.only or _PARTS:
            print(f"measuring: {part}", file=sys.stderr)
            found[part] = _PARTS[part](bot, questions, options)
    if options.against:
        print("measuring: haystack", file=sys.stderr)
        found["haystack"] = against_haystack(bot, questions, options)
    if options.json:
        write_json(options.json, found)
    return found


def cold(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Seconds from starting a process to its first answer."""
    seconds = [cold_start(_passed_on(options), questions[0].question) for _ in _rounds(options)]
    return {"seconds to the first answer, cold": median(seconds), "fastest": min(seconds), "slowest": max(seconds)}


def ask(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Milliseconds by stage."""
    timings = [bot.ask(q.question, q.history).timings_ms for _ in range(options.rounds) for q in _shown(questions)]
    return {f"milliseconds, {stage}": percentiles([timing[stage] for timing in timings]) for stage in STAGES}


def clients(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Answers a second over HTTP."""
    found: Figures = {}
    with serving(_passed_on(options)) as address:
        throughput(address, questions[:UNCOUNTED], 1)
        for count in CLIENTS:
            runs = [throughput(address, questions, count) for _ in _rounds(options)]
            found[f"answers a second, {count} clients"] = median([rate for rate, _ in runs])
            found[f"milliseconds, {count} clients"] = percentiles([1e3 * s for _, seconds in runs for s in seconds])
    return found


def build(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """How fast documents are split, encoded and indexed."""
    seconds = []
    for _ in _rounds(options):
        began = perf_counter()
        Index.build(bot.index.documents, bot.index.encoder, bot.index.settings)
        seconds.append(perf_counter() - began)
    characters = sum(len(document.text) for document in bot.index.documents)
    return {
        "passages indexed a second": len(bot.index.passages) / median(seconds),
        "characters indexed a second": characters / median(seconds),
    }


def memory(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Peak memory of a process that answers all questions."""
    return {"peak memory, MiB": answering_memory(_passed_on(options), questions)}


def reader(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """The reader alone on the passages that are retrieved: as it is, and in float32 on torch with the same weights."""
    retrieved = {q.question: [hit.span for hit in bot.retriever.search(q.question, bot.passages_read)] for q in questions}
    with tempfile.TemporaryDirectory() as folder:
        plain = ExtractiveReader.load(float_model(_weights(options), Path(folder)))

        def read(by: ExtractiveReader) -> Ask:
            def timed(question: str) -> Sample:
                began = perf_counter()
                by.read(question, retrieved[question], 1)
                return Sample(None, {"read": 1e3 * (perf_counter() - began)})

            return timed

        systems = {"as shipped": read(_extractive(bot)), "float32 on torch": read(plain)}
        samples = in_turn(systems, [q.question for q in questions], options.rounds)
    return compared(samples, ("read",), "as shipped")


def against_haystack(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """The bot, the bot with the float32 weights, and Haystack with these: the stand-alone questions, in turn."""
    alone = [question for question in questions if not question.history]
    with tempfile.TemporaryDirectory() as folder:
        weights = float_model(_weights(options), Path(folder))
        plain = Bot(bot.retriever, ExtractiveReader.load(weights), bot.passages_read)
        encoder = options.encoder or str(package_folder())
        haystack = HaystackPipeline(bot.index, encoder, weights, plain.reader.settings, bot.passages_read)

        def by(chosen: Bot) -> Ask:
            def timed(question: str) -> Sample:
                answer = chosen.ask(question)
                return Sample(answer.text, answer.timings_ms)

            return timed

        systems = {"as shipped": by(bot), "with float32 on torch": by(plain), "Haystack": haystack.ask}
        samples = in_turn(systems, [question.question for question in alone], options.rounds)
    found = compared(samples, STAGES, "as shipped")
    for name, taken in samples.items():
        # Abstaining costs each alike, and takes as long: this only shows that no speed is bought with answers.
        right = [f1(taken[i].answer, question.answers) >= CORRECT for i, question in enumerate(alone)]
        found[f"percent correct, {name}"] = 100 * sum(right) / len(right)
    return found


_PARTS = {"cold": cold, "ask": ask, "clients": clients, "build": build, "memory": memory, "reader": reader}


def in_turn(systems: Mapping[str, Ask], questions: Sequence[str], rounds: int) -> dict[str, list[Sample]]:
    """Put each question to every system before the next one, ``rounds`` times over; another system begins each time."""
    names = list(systems)
    for name in names:
        for question in questions[:UNCOUNTED]:
            systems[name](question)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for turn, question in enumerate(_shown([*questions] * rounds)):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(systems[name](question))
    return samples


def compared(samples: Mapping[str, Sequence[Sample]], stages: Sequence[str], base: str) -> Figures:
    """Percentiles of each system's milliseconds, and the ratios of the others' to those of ``base``."""
    found: Figures = {}
    for stage in stages:
        taken = {name: percentiles([one.timings_ms[stage] for one in mine]) for name, mine in samples.items()}
        for name, shares in taken.items():
            found[f"milliseconds, {stage}, {name}"] = shares
        for name, shares in taken.items():
            if name != base:
                ratios = {share: value / taken[base][share] for share, value in shares.items()}
                found[f"times as long, {stage}, {name}"] = ratios
    return found


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th."""
    return {f"p{share}": float(np.percentile(values, share)) for share in SHARES}


def in_words(found: Mapping[str, Figures]) -> str:
    """One table of everything."""
    lines = [f"{'':<52}" + "".join(f"{f'p{share}':>11}" for share in SHARES)]
    for part, figures in found.items():
        lines.append(part)
        for name, value in figures.items():
            cells = value.values() if isinstance(value, Mapping) else [value]
            lines.append(f"  {name:<50}" + "".join(f"{cell:>11,.{0 if cell >= 1000 else 2}f}" for cell in cells))
    return "\n".join(lines)


def _rounds(options: argparse.Namespace) -> Iterable[int]:
    return tqdm(range(options.rounds), unit=" rounds", file=sys.stderr, leave=False)  # type: ignore[no-any-return]


def _shown(questions: Sequence[Any]) -> Iterable[Any]:
    return tqdm(questions, unit=" questions", file=sys.stderr, leave=False)  # type: ignore[no-any-return]


def _passed_on(options: argparse.Namespace) -> list[str]:
    """The options that name the bot, for another process."""
    named = {"--index": options.index, "--encoder": options.encoder, "--reader": options.reader}
    return [str(part) for option, value in named.items() if value is not None for part in (option, value)]


def _weights(options: argparse.Namespace) -> Path:
    return Path(options.reader or WEIGHTS)


def _extractive(bot: Bot) -> ExtractiveReader:
    if not isinstance(bot.reader, ExtractiveReader):
        raise ValueError(f"The reader {bot.reader.name!r} is not an extractive model.")
    return bot.reader

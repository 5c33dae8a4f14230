"""``python -m eval speed``: how fast the bot is, on the questions of the eval set.

Systems are compared in one run, in turn, question by question: so the ratios hold on other machines too. The times are those
of this machine.

Examples:
  python -m eval speed
  python -m eval speed --only ask reader --limit 50 --json speed.json
  python -m eval speed --against haystack txtai      (first: pip install -r requirements-bench.txt)
  git worktree add ../before COMMIT && python -m eval speed --only start --before ../before
  python -m eval speed --passages 1000,10000,100000,1000000 --html growth.html
  python -m eval speed --passages 100000 --store milvus://localhost:19530/bench
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from eval.metrics import f1
from eval.output import check_writable, write, write_json
from eval.questions import QUESTIONS, EvalQuestion, sample
from eval.setup import add_articles, open_set
from eval.speed import haystack_pipeline, txtai_pipeline
from eval.speed.formats import formats as reading
from eval.speed.processes import ROOT, Start, answering_memory, cold_start, server_start, serving, throughput
from eval.speed.timings import UNCOUNTED, Ask, Figures, Sample, compared, in_turn, in_words, percentiles, shown
from index.command_line import Parser, positive
from index.encoder import package_folder
from index.encoders.sentence_encoder import SentenceEncoder
from index.store import Index
from index.unavailable import UnavailableError
from qa.bot import Bot
from qa.options import add_options
from qa.read.reader import ExtractiveReader
from qa.readers import weights_folder
from qa.retrieve.retriever import Retriever
from qa.train.restore import restore

STAGES = ("retrieve", "read", "total")
CLIENTS = (1, 8, 32)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(prog="python -m eval speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=QUESTIONS, help="as for python -m eval (default: eval/questions.jsonl)")
    parser.add_argument("--only", nargs="+", choices=_PARTS, metavar="PART", help=f"some of: {', '.join(_PARTS)}")
    parser.add_argument(
        "--against",
        nargs="+",
        choices=["haystack", "txtai"],
        default=[],
        help="also compare with Haystack and txtai, on the same models and passages",
    )
    parser.add_argument(
        "--before", type=Path, metavar="DIR", help="a checkout of an earlier version, whose start is measured too"
    )
    parser.add_argument(
        "--passages", type=_sizes, metavar="N,N,...", help="measure only how an index of so many made-up passages does"
    )
    parser.add_argument("--html", type=Path, metavar="OUT", help="with --passages: write a report with plots to this file")
    parser.add_argument("--rounds", type=positive, default=3, help="how often each measurement is repeated (default: 3)")
    parser.add_argument("--limit", type=positive, metavar="N", help="only N of the questions, drawn at random")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file")
    add_articles(parser)
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        print(_growth(options) if options.passages else in_words(_measure(options)))
    except (ValueError, UnavailableError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    return 0


def _sizes(text: str) -> list[int]:
    return sorted({positive(part) for part in text.split(",")})


def _growth(options: argparse.Namespace) -> str:
    for name in ("only", "limit", "before", "against"):
        if getattr(options, name):
            raise ValueError(f"--passages is of made-up passages, and --{name} of the questions. Leave out one of them.")
    if options.store:
        from eval.speed import stores

        if len(options.passages) > 1 or options.html:
            raise ValueError("With --store, --passages takes one number, and there is no --html.")
        costs = stores.compare(options.passages[0], options.store, lambda line: print(line, file=sys.stderr))
        if options.json:
            write_json(options.json, {name: asdict(cost) for name, cost in costs.items()})
        return stores.in_words(costs)
    # Imported here because only this needs them.
    from eval.speed import growth_report
    from eval.speed.growth import growth

    check_writable(options.json, "--json")
    check_writable(options.html, "--html")
    sizes = growth(options.passages, lambda line: print(line, file=sys.stderr))
    if options.json:
        write_json(options.json, [asdict(size) for size in sizes])
    if options.html:
        write(options.html, growth_report.as_html(sizes))
    return growth_report.in_words(sizes)


def _measure(options: argparse.Namespace) -> dict[str, Figures]:
    parts = options.only or list(_PARTS)
    for option, part in (("against", "against"), ("before", "start")):
        if getattr(options, option) and part not in parts:
            raise ValueError(f"--{option} is about the part {part!r}, which --only leaves out. Name that, too.")
    if options.html:
        raise ValueError("--html is for --passages. Leave it out, or name sizes: --passages 1000,10000")
    check_writable(options.json, "--json")
    if "haystack" in options.against:
        haystack_pipeline.check_installed()
    if "txtai" in options.against:
        txtai_pipeline.check_installed()
    bot, questions = open_set(options)
    questions = sample(questions, options.limit, 0)
    if "against" in parts and all(question.history for question in questions):
        raise ValueError("None of these questions stands alone, as the part 'against' needs. Raise --limit, or name others.")
    for question in questions[:UNCOUNTED]:
        bot.ask(question.question, question.history)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        # Other processes use the index as it is, without bringing it up to date.
        _index(bot).save(Path(folder))
        options.index = Path(folder)
        for part in parts:
            print(f"measuring: {part}", file=sys.stderr)
            found[part] = _PARTS[part](bot, questions, options)
    if options.json:
        write_json(options.json, found)
    return found


def cold(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Seconds from starting a process to its first answer."""
    seconds = [cold_start(_passed_on(options), questions[0].question) for _ in _rounds(options)]
    return {"seconds to the first answer, cold": median(seconds), "fastest": min(seconds), "slowest": max(seconds)}


def start(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Seconds from starting the server; and those of an earlier version, in turn."""
    versions = {"": (ROOT, _passed_on(options))}
    if options.before:
        # The earlier version may keep its index in another format.
        versions[", before"] = (options.before, ["--index", str(options.index / "before")])
    moments: dict[str, list[Start]] = {name: [] for name in versions}
    for _ in _rounds(options, 1):  # The first run builds the index, so measure again.
        for name, (root, arguments) in versions.items():
            moments[name].append(server_start(arguments, questions[0].question, root))
    found: Figures = {}
    for name, taken in moments.items():
        for moment in ("alive", "answered", "complete"):
            found[f"seconds to {moment}{name}"] = median(getattr(one, moment) for one in taken[1:])
    if options.before:
        before, now = (found[f"seconds to answered{name}"] for name in (", before", ""))
        found["times as long to the first answer, before"] = before / now
    return found


def ask(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Milliseconds by stage."""
    timings = [bot.ask(q.question, q.history).timings_ms for _ in range(options.rounds) for q in shown(questions)]
    return {f"milliseconds, {stage}": percentiles([timing[stage] for timing in timings]) for stage in STAGES}


def clients(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Answers over HTTP: how many a second, how many for each second of a processor's time, and how many turned away."""
    found: Figures = {}
    with serving([*_passed_on(options), "--cache", "0"]) as address:
        throughput(address, questions[:UNCOUNTED], 1)
        for count in CLIENTS:
            runs = [throughput(address, questions, count) for _ in _rounds(options)]
            found[f"answers a second, {count} clients"] = median(run.rate for run in runs)
            found[f"milliseconds, {count} clients"] = percentiles([1e3 * s for run in runs for s in run.seconds])
            found[f"core-seconds an answer, {count} clients"] = median(run.core_seconds for run in runs)
            found[f"turned away (503), {count} clients"] = sum(run.turned_away for run in runs)
    alone, many = (found[f"core-seconds an answer, {count} clients"] for count in (CLIENTS[0], CLIENTS[-1]))
    found[f"times the answers for a core-second, {CLIENTS[-1]} clients"] = alone / many
    return found


def build(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Passages that are split, encoded and indexed per second."""
    seconds = []
    for _ in _rounds(options):
        began = perf_counter()
        Index.build(_index(bot).documents, bot.index.encoder, bot.index.settings)
        seconds.append(perf_counter() - began)
    characters = sum(len(document.text) for document in bot.index.by_id.values())
    return {
        "passages indexed a second": bot.index.passage_count / median(seconds),
        "characters indexed a second": characters / median(seconds),
    }


def memory(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Peak memory of a process that answers all questions."""
    return {"peak memory, MiB": answering_memory(_passed_on(options), questions)}


def reader(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """The reader alone on the passages that are retrieved: as it is, and in float32 on torch with the same weights."""
    retrieved = {q.question: [hit.span for hit in bot.retriever.search(q.question, bot.passages_read)] for q in questions}
    with tempfile.TemporaryDirectory() as folder:
        plain = ExtractiveReader.load(restore(_weights(options), Path(folder)))

        def read(by: ExtractiveReader) -> Ask:
            def timed(question: str) -> Sample:
                began = perf_counter()
                by.read(question, retrieved[question], 1)
                return Sample(None, {"read": 1e3 * (perf_counter() - began)})

            return timed

        systems = {"as shipped": read(_extractive(bot)), "float32 on torch": read(plain)}
        samples = in_turn(systems, [q.question for q in questions], options.rounds)
    return compared(samples, ("read",), "as shipped")


def against(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """The bot, the bot in float32 on torch, and the other systems that are asked for: the stand-alone questions, in turn."""
    alone = [question for question in questions if not question.history]
    with tempfile.TemporaryDirectory() as folder:
        weights = restore(_weights(options), Path(folder))
        plain = on_torch(bot, weights, options.encoder)

        def by(chosen: Bot) -> Ask:
            def timed(question: str) -> Sample:
                answer = chosen.ask(question)
                return Sample(answer.text, answer.timings_ms)

            return timed

        systems = {"as shipped": by(bot), "float32 on torch": by(plain)}
        encoder = options.encoder or str(package_folder())
        if "haystack" in options.against:
            systems["Haystack"] = haystack_pipeline.HaystackPipeline(
                _index(bot), encoder, weights, plain.reader.settings, bot.passages_read
            ).ask
        if "txtai" in options.against:
            systems["txtai"] = txtai_pipeline.TxtaiPipeline(_index(bot), encoder, weights).ask
        samples = in_turn(systems, [question.question for question in alone], options.rounds)
    found = compared(samples, STAGES, "as shipped")
    for name, taken in samples.items():
        # Speed must not cost answers.
        scores = [f1(taken[i].answer, question.answers) for i, question in enumerate(alone)]
        found[f"token F1 in percent, {name}"] = 100 * sum(scores) / len(scores)
    return found


def on_torch(bot: Bot, weights: Path, encoder: str | None) -> Bot:
    """``bot`` with its encoder and the reader in ``weights`` on torch."""
    index = replace(_index(bot), encoder=SentenceEncoder(encoder))
    return Bot(Retriever(index), ExtractiveReader.load(weights), bot.passages_read, bot.spelling)


def formats(bot: Bot, questions: Sequence[EvalQuestion], options: argparse.Namespace) -> Figures:
    """Reading a file of each format."""
    return reading("\n\n".join(document.text for document in bot.index.by_id.values()), options.rounds)


def _index(bot: Bot) -> Index:
    if not isinstance(bot.index, Index):
        raise ValueError("The speed is measured with an index in a folder. Leave out --store.")
    return bot.index


_PARTS = {
    "cold": cold,
    "start": start,
    "ask": ask,
    "against": against,
    "clients": clients,
    "build": build,
    "formats": formats,
    "memory": memory,
    "reader": reader,
}


def _rounds(options: argparse.Namespace, uncounted: int = 0) -> Iterable[int]:
    return shown(range(options.rounds + uncounted), " rounds")


def _passed_on(options: argparse.Namespace) -> list[str]:
    """The options that name the bot, for another process."""
    named = {"--index": options.index, "--encoder": options.encoder, "--reader": options.reader}
    return [str(part) for option, value in named.items() if value is not None for part in (option, value)]


def _weights(options: argparse.Namespace) -> Path:
    return weights_folder(options.reader)


def _extractive(bot: Bot) -> ExtractiveReader:
    if not isinstance(bot.reader, ExtractiveReader):
        raise ValueError(f"The reader {bot.reader.name!r} is not an extractive model.")
    return bot.reader

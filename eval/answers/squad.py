"""``python -m eval squad``: the reader alone, each question on its own paragraph, however long.

Writes the two files of the official SQuAD 2.0 evaluation, and computes its figures:

  --predictions      {id: the reader's best span}, whether or not it would abstain
  --no-answer-probs  {id: one minus the reader's confidence in that span}

so that evaluate-v2.py FILE PREDICTIONS --na-prob-file PROBABILITIES prints the same figures.

Example:
  python -m eval squad dev-v2.0.json --predictions predictions.json --no-answer-probs probabilities.json
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from eval.answers.lookalikes import KEPT, abstained_where_kept, lookalikes
from eval.answers.predictions import Kept
from eval.metrics import exact_match, f1
from eval.output import check_writable, write_json
from eval.questions import sample
from eval.setup import add_articles, add_seed, digest, weights_digest
from index.command_line import Parser, positive
from index.document import Document
from index.runtime import processors
from qa.read.reader import ExtractiveReader, Reader
from qa.readers import READERS
from qa.train.examples.squad_format import Question, load_squad

Figures = dict[str, float]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(prog="python -m eval squad", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a SQuAD 1.1 or 2.0 file, .json or .json.gz")
    parser.add_argument("--predictions", type=Path, required=True, metavar="OUT", help="where to write the answers")
    parser.add_argument("--no-answer-probs", type=Path, required=True, metavar="OUT", help="where to write the probabilities")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--reader", help="small, large, or a question-answering model's folder or hub name (default: large)")
    parser.add_argument("--na-prob-thresh", type=float, default=1.0, metavar="P", help=_THRESHOLD)
    parser.add_argument("--lookalikes", type=positive, nargs="?", const=1, metavar="N", help=_LOOKALIKES_HELP)
    parser.add_argument("--resume", type=Path, metavar="FILE", help="keep answers in this file; go on with those it holds")
    parser.add_argument("--limit", type=positive, metavar="N", help="ask only N questions, drawn at random")
    add_seed(parser, "for --limit")
    add_articles(parser)
    options = parser.parse_args(arguments)
    if options.reader in (None, *READERS):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        _run(options)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


_THRESHOLD = "count an answer as none if its no-answer probability is above P (default: 1, which is never)"


_LOOKALIKES_HELP = (
    "also ask each question of the N passages of the file (1 if not given) that most look like holding the answer, and do not"
)


def _run(options: argparse.Namespace) -> None:
    for path, option in (
        (options.predictions, "--predictions"),
        (options.no_answer_probs, "--no-answer-probs"),
        (options.json, "--json"),
    ):
        check_writable(path, option)
    of_the_file = load_squad(options.file, options.articles)
    questions = sample(of_the_file, options.limit, options.seed)
    contexts = list(dict.fromkeys(question.context for question in of_the_file))
    passages = lookalikes(questions, contexts, options.lookalikes) if options.lookalikes else {}
    if options.lookalikes and not any(passages.values()):
        raise ValueError("No question has both an answer and a passage without it. Leave out --lookalikes.")
    reader = ExtractiveReader.load(options.reader)
    setup = {
        "data": options.file.name,
        "articles": options.articles,
        "data_sha256": digest(options.file.read_bytes()),
        "reader": reader.name,
        "reader_sha256": weights_digest(options.reader),
        "reader_settings": asdict(reader.settings),
    }
    kept = Kept(options.resume, setup) if options.resume else None
    entries = dict(kept.entries) if kept else {}
    asked = [question for question in questions if question.id not in entries]
    for question, (text, probability) in zip(asked, read_all(reader, asked, " questions"), strict=True):
        entries[question.id] = {"id": question.id, "text": text, "no_answer_probability": probability}
        if kept:
            kept.add(entries[question.id])
    predictions = {question.id: entries[question.id]["text"] for question in questions}
    probabilities = {question.id: entries[question.id]["no_answer_probability"] for question in questions}
    write_json(options.predictions, predictions)
    write_json(options.no_answer_probs, probabilities)
    found = official_figures(questions, predictions, probabilities, options.na_prob_thresh)
    # The reader answers from the threshold on, so it abstains if the no-answer probability is above one minus that.
    own = official_figures(questions, predictions, probabilities, 1 - reader.settings.threshold)
    report: dict[str, Any] = {"na_prob_thresh": options.na_prob_thresh, "at_reader_threshold": own, "setup": setup}
    print(in_words(found, own, options.na_prob_thresh, 1 - reader.settings.threshold))
    if passages:
        report["lookalikes"] = on_lookalikes(reader, questions, passages, predictions, probabilities)
        print(_LOOKALIKES.format(**report["lookalikes"]))
    if options.json:
        write_json(options.json, found | report)


_LOOKALIKES = (
    "On {n} passages that look right but do not hold the answer: abstains on {abstained:.1f} %, at the threshold that keeps "
    "{kept:.0f} % of the answerable F1 (no-answer probability {no_answer_probability:.3f})"
)


def on_lookalikes(
    reader: Reader,
    questions: Sequence[Question],
    passages: Mapping[str, Sequence[str]],
    predictions: Mapping[str, str],
    probabilities: Mapping[str, float],
) -> dict[str, float]:
    """As `lookalikes`: answerable questions on their own paragraphs, and on their ``passages``, which hold no answer."""
    answerable = [question for question in questions if question.golds]
    asked = [replace(question, context=passage) for question in answerable for passage in passages[question.id]]
    others = [1 - probability for _, probability in read_all(reader, asked, " passages")]
    overlaps = [f1(predictions[question.id], [gold.text for gold in question.golds]) for question in answerable]
    confidences = np.array([1 - probabilities[question.id] for question in answerable])
    abstained, threshold = abstained_where_kept(confidences, np.array(overlaps), np.array(others))
    return {"n": len(others), "abstained": 100 * abstained, "kept": 100 * KEPT, "no_answer_probability": 1 - threshold}


def read_all(reader: Reader, questions: Sequence[Question], unit: str) -> Iterator[tuple[str, float]]:
    """`read` for each, in order, as many at once as there are processors: most paragraphs are one window, which takes one."""
    with ThreadPoolExecutor(processors()) as pool:
        found = pool.map(partial(read, reader), questions)
        yield from tqdm(found, total=len(questions), unit=unit, file=sys.stderr)


def read(reader: Reader, question: Question) -> tuple[str, float]:
    """The reader's best span in the question's paragraph, "" if it has none, and its no-answer probability."""
    best = reader.read(question.text, [Document.from_text(question.context, question.id).span], 1)
    return (best[0].span.text, 1 - reader.settings.confidence(best[0].score)) if best else ("", 1.0)


def official_figures(
    questions: Sequence[Question], predictions: Mapping[str, str], probabilities: Mapping[str, float], threshold: float
) -> Figures:
    """The figures of evaluate-v2.py, in percent, under its names (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822).

    ``best_*`` are oracle figures: their threshold is chosen with the gold answers in hand.

    Args:
        questions: with their gold answers.
        predictions: the answer to each, by id; "" is none.
        probabilities: of each, by id, that there is no answer.
        threshold: an answer whose probability is above it counts as none.
    """
    golds = [[gold.text for gold in question.golds] for question in questions]
    answerable = np.array([bool(gold) for gold in golds])
    given = [predictions[question.id] for question in questions]
    unsure = np.array([probabilities[question.id] for question in questions])
    raw = {
        "exact": np.array([exact_match(text, gold) for text, gold in zip(given, golds, strict=True)]),
        "f1": np.array([f1(text, gold) for text, gold in zip(given, golds, strict=True)]),
    }
    scores = {name: np.where(unsure > threshold, ~answerable, values) for name, values in raw.items()}
    found: Figures = {}
    for prefix, members in (("", np.ones_like(answerable)), ("HasAns_", answerable), ("NoAns_", ~answerable)):
        if members.any():
            found |= {f"{prefix}{name}": float(100 * values[members].mean()) for name, values in scores.items()}
            found[f"{prefix}total"] = int(members.sum())
    for name, values in raw.items():
        # Start by abstaining on everything, then answer one question after the other, the surest first.
        order = np.argsort(unsure, kind="stable")
        gains = np.where(answerable, values, [-1.0 if text else 0.0 for text in given])[order]
        totals = np.concatenate([[0.0], np.cumsum(gains)]) + (~answerable).sum()
        best = int(totals.argmax())
        found[f"best_{name}"] = float(100 * totals[best] / len(questions))
        found[f"best_{name}_thresh"] = float(unsure[order][best - 1]) if best else 0.0
    return found


def in_words(found: Figures, own: Figures, threshold: float, own_threshold: float) -> str:
    """A table for a terminal."""
    lines = [f"{'in percent':<52}{'exact':>8}{'f1':>8}{'n':>8}"]
    names = {"": "all", "HasAns_": "answerable", "NoAns_": "unanswerable"}
    always = "always answering" if threshold >= 1 else f"none above {threshold:g}"
    for figures, title in ((found, always), (own, f"reader's threshold, none above {own_threshold:.2f}")):
        for prefix, name in names.items():
            if f"{prefix}total" in figures:
                label = f"{name}, {title}"
                lines.append(
                    f"{label:<52}{figures[f'{prefix}exact']:8.2f}{figures[f'{prefix}f1']:8.2f}{figures[f'{prefix}total']:8}"
                )
    lines.append(f"{'all, best threshold (oracle)':<52}{found['best_exact']:8.2f}{found['best_f1']:8.2f}{found['total']:8}")
    lines.append(f"{'  which is':<52}{found['best_exact_thresh']:8.3f}{found['best_f1_thresh']:8.3f}")
    return "\n".join(lines)

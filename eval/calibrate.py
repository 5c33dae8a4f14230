"""``python -m eval calibrate``: fit a reader's confidence and threshold on validation questions.

Each article of a SQuAD 2.0 file is put into an index of its own, as in use, and asked its own answerable questions, its
own unanswerable ones, and as many again of another article. Half of the articles fit the two parameters of
ReaderSettings (Platt 1999) and the threshold; the other half say how well they do.

Example: python -m eval calibrate --data squad2-dev-part.json.gz --reader qa/weights
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from eval.calibration import calibration_error
from eval.metrics import f1
from eval.system import CORRECT
from index.command_line import Parser
from index.document import Document
from index.encoder import Encoder, SentenceEncoder
from index.store import Index
from qa.bot import Bot
from qa.reader import SETTINGS_FILE, ExtractiveReader, ReaderSettings
from qa.retriever import Retriever
from qa.train.data import Question, load_squad

ANSWERABLE, UNANSWERABLE, FOREIGN = 60, 30, 30
"""Questions for each article."""


@dataclass(frozen=True)
class Score:
    """The reader's best score for a question, and the F1 of the span that has it; None if nothing is right."""

    score: float
    f1: float | None


def score_article(bot: Bot, questions: Sequence[tuple[Question, bool]]) -> list[Score]:
    """Read each question; the flag says whether the article answers it."""
    scores = []
    for question, answerable in questions:
        for best in bot.read(question.text).candidates[:1]:
            accepted = [gold.text for gold in question.golds]
            scores.append(Score(best.score, f1(best.span.text, accepted) if answerable else None))
    return scores


def fit(scores: Sequence[Score], settings: ReaderSettings) -> ReaderSettings:
    """Fit slope and intercept to "the answer is correct", and the threshold to the highest F1 with abstention counted."""
    x = np.array([[score.score] for score in scores])
    y = [score.f1 is not None and score.f1 >= CORRECT for score in scores]
    model = LogisticRegression(C=np.inf).fit(x, y)
    fitted = replace(settings, slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))
    thresholds = np.linspace(0.01, 0.99, 99)
    best = max(thresholds, key=lambda threshold: value(scores, replace(fitted, threshold=float(threshold))))
    return replace(fitted, threshold=round(float(best), 2))


def value(scores: Sequence[Score], settings: ReaderSettings) -> float:
    """Mean F1, where abstaining counts 1 if there is no answer and 0 if there is one."""
    total = 0.0
    for score in scores:
        answered = settings.confidence(score.score) >= settings.threshold
        total += (score.f1 if answered else 0.0) if score.f1 is not None else float(not answered)
    return total / len(scores)


def summary(scores: Sequence[Score], settings: ReaderSettings) -> str:
    """One line of figures, in percent but for the calibration error."""
    answerable = [score for score in scores if score.f1 is not None]
    kept = [score for score in scores if settings.confidence(score.score) >= settings.threshold]
    right = sum(score.f1 or 0.0 for score in kept) / len(answerable)
    abstained = 1 - sum(score.f1 is None for score in kept) / (len(scores) - len(answerable))
    confidences = np.array([settings.confidence(score.score) for score in scores])
    correct = np.array([score.f1 is not None and score.f1 >= CORRECT for score in scores], dtype=np.float64)
    always = float(np.mean([score.f1 for score in answerable]))
    return (
        f"{len(scores)} questions, {len(answerable)} answerable; always answering F1 "
        f"{100 * always:.1f}; with the threshold F1 {100 * value(scores, settings):.1f}, "
        f"on the answerable {100 * right:.1f}, unanswerable abstained {100 * abstained:.1f}; "
        f"calibration error {calibration_error(confidences, correct):.3f}"
    )


def questions_for(article: str, questions: Sequence[Question], rng: random.Random) -> list[tuple[Question, bool]]:
    """Draw an article's questions, and which of them it answers."""
    own = [question for question in questions if question.article == article]
    foreign = [question for question in questions if question.article != article]
    kinds = [
        ([question for question in own if question.golds], ANSWERABLE, True),
        ([question for question in own if not question.golds], UNANSWERABLE, False),
        (foreign, FOREIGN, False),
    ]
    return [(question, flag) for group, count, flag in kinds for question in rng.sample(group, min(count, len(group)))]


def scores_by_article(questions: Sequence[Question], encoder: Encoder, reader: ExtractiveReader) -> dict[str, list[Score]]:
    """Index and read each article on its own."""
    rng = random.Random(0)
    scores: dict[str, list[Score]] = {}
    for article in tqdm(sorted({question.article for question in questions}), unit=" articles", file=sys.stderr):
        text = "\n\n".join(dict.fromkeys(question.context for question in questions if question.article == article))
        bot = Bot(Retriever(Index.build([Document.from_text(text, article)], encoder)), reader)
        scores[article] = score_article(bot, questions_for(article, questions, rng))
    return scores


def main(arguments: list[str] | None = None) -> int:
    """Fit and store; returns the exit code: 0 done, 2 wrong usage or bad data."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    parser = Parser(prog="python -m eval calibrate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a SQuAD 2.0 file that the reader was not trained on")
    parser.add_argument("--reader", type=Path, required=True, help="the reader's folder; its reader.json is rewritten")
    options = parser.parse_args(arguments)
    try:
        reader = ExtractiveReader.load(options.reader)
        scores = scores_by_article(load_squad(options.data), SentenceEncoder(), reader)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    articles = sorted(scores)
    fitting = [score for article in articles[::2] for score in scores[article]]
    held_out = [score for article in articles[1::2] for score in scores[article]]
    settings = fit(fitting, reader.settings)
    print(f"fitted on: {summary(fitting, settings)}\nheld out:  {summary(held_out, settings)}")  # noqa: T201
    rounded = replace(settings, slope=round(settings.slope, 4), intercept=round(settings.intercept, 4))
    (options.reader / SETTINGS_FILE).write_text(json.dumps(asdict(rounded), indent=2) + "\n", encoding="utf-8")
    print(f"wrote {options.reader / SETTINGS_FILE}: {rounded}")  # noqa: T201
    return 0

"""``python -m eval calibrate``: fit a reader's penalties, confidence and threshold on validation questions.

Each article of a SQuAD 2.0 file is put into an index of its own, as in use, and asked questions of four kinds: those that it
answers; SQuAD's own unanswerable ones, which were written to look answerable; some that it would answer if the passages with
the answer were not left out; and some of the other articles. Whole documents with their questions can be added (--documents);
each counts as an article. The penalties with the best answers are taken, the length's first; the two parameters of the
confidence (Platt 1999) and the threshold are fitted on all articles, weighted so that there are `IN_USE` answerable questions
for an unanswerable one. How well that does is told for each article with the confidence and the threshold that are fitted on
the others, so that these two are not judged by what they were fitted on. The penalties are: they are chosen on all articles.

Example: python -m eval calibrate --data squad2-dev-part.json.gz --articles Imperialism Scottish_Parliament --reader qa/weights
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from operator import itemgetter
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from eval.answers.confidence import Numbers, calibration_error
from eval.answers.system import CORRECT
from eval.metrics import f1
from eval.output import check_writable, write
from eval.questions import load_document_set, sample
from eval.setup import add_articles
from index.command_line import Parser, positive
from index.document import Document, Hit, Span
from index.encoder import Encoder
from index.encoders.sentence_encoder import load_encoder
from index.store import Index
from qa.bot import Bot
from qa.read.models import Inputs, Model, Output
from qa.read.reader import SETTINGS_FILE, Candidate, ExtractiveReader, ReaderSettings
from qa.readers import weights_folder
from qa.retrieve.retriever import Retriever
from qa.train.examples.squad_format import Gold, Question, load_squad

ANSWERABLE, UNANSWERABLE, LEFT_OUT, FOREIGN = 110, 30, 30, 30
"""Questions for each article, at most."""
IN_USE = 2.0
"""Answerable questions for each unanswerable one, as when people ask: fewer than in questions written to be answered (the
article's have three), more than in those written to test abstention."""
PENALTIES: dict[str, tuple[float, ...]] = {
    "length_penalty": (0.0, 0.2, 0.4, 0.6, 0.8),
    "rank_penalty": (0.0, 0.25, 0.5, 0.75, 1.0),
}
"""The values that are tried for each setting, with the others as chosen before."""


@dataclass(frozen=True)
class Score:
    """The reader's best score for a question, and the F1 of the span that has it; None if nothing is right."""

    score: float
    f1: float | None


Judged = tuple[Score, ReaderSettings]
"""A score, and the settings that decide whether to answer."""


@dataclass(frozen=True)
class Asked:
    """A question for an article.

    Attributes:
        question: the question.
        answerable: whether what is read answers it.
        left_out: whether the article would answer it, and the passages with an answer are not read for that.
        evidence: where the evidence for a verdict stands.
    """

    question: Question
    answerable: bool
    left_out: bool = False
    evidence: tuple[Span, ...] = ()

    def may_read(self, hit: Hit) -> bool:
        """Whether the passage may be read."""
        text = hit.span.text.casefold()
        return not (self.left_out and any(gold.text.casefold() in text for gold in self.question.golds))


class Remembering:
    """A model that reads the same windows once: penalties change what is made of its scores, not the scores."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._read: dict[tuple[tuple[int, ...], bytes], Output] = {}

    def __call__(self, inputs: Inputs) -> Output:
        """Run the model, or return what it gave before."""
        ids = inputs["input_ids"]
        key = ids.shape, ids.tobytes()
        if key not in self._read:
            self._read[key] = self._model(inputs)
        return self._read[key]


def score_article(bot: Bot, asked: Sequence[Asked]) -> list[Score]:
    """Read each question."""
    scores = []
    for one in asked:
        question = one.question.text
        found = bot.retrieve(question)
        allowed = replace(found, hits=tuple(filter(one.may_read, found.hits)))
        for best in bot.read(allowed).candidates[:1]:
            scores.append(Score(best.score, _f1(best, one) if one.answerable else None))
    return scores


def _f1(best: Candidate, asked: Asked) -> float:
    """To a yes/no question, 1 if the span is evidence, and the verdict right; a reader without verdicts gives None."""
    if asked.question.verdict:
        return float(best.verdict in (None, asked.question.verdict) and any(map(best.span.overlaps, asked.evidence)))
    return f1(best.span.text, [gold.text for gold in asked.question.golds])


def fit(scores: Sequence[Score], settings: ReaderSettings, in_use: float | None = None) -> ReaderSettings:
    """Fit slope and intercept to "the answer is correct", and the threshold to the highest F1 with abstention counted.

    For the confidence, the questions are weighted as if there were ``in_use`` answerable ones for each unanswerable one; None
    for as they are.

    It pays to answer where the F1 to be expected is higher than the probability that there is no answer. Both are logistic
    functions of the score, so the threshold is where they cross. (The threshold with the highest F1 on these very questions
    follows their chance: several that are far apart are about as good.)

    Raises:
        ValueError: the reader is right on all of the questions or on none, or they are all answerable or none is.
    """
    x = np.array([score.score for score in scores])
    overlaps = np.array([score.f1 or 0.0 for score in scores])
    unanswerable = np.array([score.f1 is None for score in scores], dtype=np.float64)
    few = unanswerable.sum()
    weights = np.where(unanswerable == 1, (len(x) - few) / (in_use * few), 1.0) if in_use and few else np.ones(len(x))
    slope, intercept = logistic(x, (overlaps >= CORRECT).astype(np.float64), weights)
    # Not weighted: an answer that is not there costs more trust than one that is missed.
    gain_slope, gain = logistic(x, overlaps, np.ones(len(x)))
    loss_slope, loss = logistic(x, unanswerable, np.ones(len(x)))
    fitted = replace(settings, slope=round(slope, 4), intercept=round(intercept, 4))
    return replace(fitted, threshold=round(fitted.confidence((loss - gain) / (gain_slope - loss_slope)), 2))


def logistic(x: Numbers, y: Numbers, weights: Numbers) -> tuple[float, float]:
    """Slope and intercept of the likeliest probabilities for ``y``, each from 0 to 1, given ``x``; all of the same shape.

    Raises:
        ValueError: ``y`` is all 0 or all 1.
    """
    if not 0 < y.mean() < 1:
        raise ValueError(
            "All of these questions have an answer, or are answered rightly, or none: nothing can be fitted. Name more."
        )
    # A partly right answer counts as a right and a wrong one, each with its share.
    twice, truth = np.concatenate([x, x])[:, None], np.repeat([1, 0], len(x))
    model = LogisticRegression(C=np.inf).fit(twice, truth, sample_weight=np.concatenate([y * weights, (1 - y) * weights]))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def fitted_on_the_others(
    scores: Mapping[str, Sequence[Score]], settings: ReaderSettings, in_use: float | None = None
) -> list[Judged]:
    """Every score, with the settings that are fitted on all articles but its own."""
    judged: list[Judged] = []
    for article, own in scores.items():
        others = [score for other, those in scores.items() if other != article for score in those]
        fitted = fit(others, settings, in_use)
        judged += [(score, fitted) for score in own]
    return judged


def value(judged: Sequence[Judged]) -> float:
    """Mean F1, where abstaining counts 1 if there is no answer and 0 if there is one."""
    total = 0.0
    for score, settings in judged:
        answered = settings.confidence(score.score) >= settings.threshold
        total += (score.f1 if answered else 0.0) if score.f1 is not None else float(not answered)
    return total / len(judged)


def always_answering(scores: Sequence[Score]) -> float:
    """Mean F1 of the answerable."""
    return float(np.mean([score.f1 for score in scores if score.f1 is not None]))


def summary(judged: Sequence[Judged]) -> str:
    """Two lines of figures, in percent but for the calibration error."""
    confidences = np.array([settings.confidence(score.score) for score, settings in judged])
    answered = confidences >= [settings.threshold for _, settings in judged]
    answerable = np.array([score.f1 is not None for score, _ in judged])
    overlaps = np.array([score.f1 or 0.0 for score, _ in judged])
    kept = np.where(answered, overlaps, 0.0)[answerable].mean()
    return (
        f"{len(judged)} questions, {answerable.sum()} answerable; always answering F1 {100 * overlaps[answerable].mean():.1f}\n"
        f"with the threshold F1 {100 * value(judged):.1f}, on the answerable {100 * kept:.1f}, "
        f"unanswerable abstained {100 * (1 - answered[~answerable].mean()):.1f}; "
        f"calibration error {calibration_error(confidences, (overlaps >= CORRECT).astype(np.float64)):.3f}"
    )


def questions_for(article: str, questions: Sequence[Question], rng: random.Random) -> list[Asked]:
    """Draw the questions of an article."""
    own = [question for question in questions if question.article == article]
    answered = [question for question in own if question.golds]
    kinds = [
        ([Asked(question, answerable=True) for question in answered], ANSWERABLE),
        ([Asked(question, answerable=False) for question in own if not question.golds], UNANSWERABLE),
        ([Asked(question, answerable=False, left_out=True) for question in answered], LEFT_OUT),
        ([Asked(question, answerable=False) for question in questions if question.article != article], FOREIGN),
    ]
    return [one for group, count in kinds for one in rng.sample(group, min(count, len(group)))]


def indexes(questions: Sequence[Question], encoder: Encoder) -> dict[str, Index]:
    """Each article in an index of its own."""
    built: dict[str, Index] = {}
    for article in sorted({question.article for question in questions}):
        text = "\n\n".join(dict.fromkeys(question.context for question in questions if question.article == article))
        built[article] = Index.build([Document.from_text(text, article)], encoder)
    return built


def asked_of_documents(paths: Sequence[Path], encoder: Encoder) -> dict[str, tuple[Index, list[Asked]]]:
    """The held-out documents of each file, each in an index of its own, and the questions that stand alone."""
    found: dict[str, tuple[Index, list[Asked]]] = {}
    for path in paths:
        questions, documents = load_document_set(path)
        for document in documents:
            own = [one for one in questions if one.document == document.id and not one.history]
            asked = [
                Asked(
                    Question(one.id, one.question, "", tuple(Gold(answer, 0) for answer in one.answers), "", one.verdict),
                    one.answerable,
                    evidence=one.golds,
                )
                for one in own
            ]
            found[document.source] = Index.build([document], encoder), asked
    return found


def scores_by_article(
    articles: Mapping[str, tuple[Index, list[Asked]]], reader: ExtractiveReader, progress: tqdm
) -> dict[str, list[Score]]:
    """Read each article on its own."""
    scores: dict[str, list[Score]] = {}
    for article, (index, asked) in articles.items():
        scores[article] = score_article(Bot(Retriever(index), reader), asked)
        progress.update()
    return scores


def main(arguments: list[str] | None = None) -> int:
    """Fit and store; returns the exit code: 0 done, 2 wrong usage or bad data."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    parser = Parser(prog="python -m eval calibrate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a SQuAD 2.0 file that the reader was not trained on")
    parser.add_argument("--reader", required=True, help="small, large or a reader's folder; its reader.json is rewritten")
    parser.add_argument(
        "--documents", type=Path, nargs="+", default=[], metavar="FILE", help="documents with questions, of qa/train/written"
    )
    parser.add_argument(
        "--keep-penalties",
        action="store_true",
        help="keep the penalties of reader.json and fit only the confidence and threshold",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="ask each article at most N questions, drawn at random")
    add_articles(parser)
    options = parser.parse_args(arguments)
    out = weights_folder(options.reader) / SETTINGS_FILE
    try:
        check_writable(out, "--reader")
        settings = calibrated(options)
        write(out, json.dumps(asdict(settings), indent=2) + "\n")
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {out}: {settings}")
    return 0


def calibrated(options: argparse.Namespace) -> ReaderSettings:
    """Choose the penalties, fit the rest, and print the figures."""
    questions = load_squad(options.data, options.articles)
    articles = sorted({question.article for question in questions})
    if len(articles) < 2:
        raise ValueError(f"{options.data} has one article, {articles[0]}; with two or more, each can be judged by the others.")
    reader = ExtractiveReader.load(options.reader)
    reader = replace(reader, model=Remembering(reader.model))
    encoder, rng = load_encoder(), random.Random(0)
    drawn = {name: (index, questions_for(name, questions, rng)) for name, index in indexes(questions, encoder).items()}
    drawn |= asked_of_documents(options.documents, encoder)
    drawn = {name: (index, sample(asked, options.limit, 0)) for name, (index, asked) in drawn.items()}
    # All passages must be scored, also when the first ones give an answer.
    tried_penalties = dict(PENALTIES)
    settings = ReaderSettings(**asdict(reader.settings) | dict.fromkeys(PENALTIES, 0.0) | {"threshold": np.inf})
    if options.keep_penalties:
        settings = replace(reader.settings, threshold=np.inf)
        tried_penalties = {"length_penalty": (settings.length_penalty,)}
    scores: dict[str, list[Score]] = {}
    with tqdm(total=sum(map(len, tried_penalties.values())) * len(drawn), unit=" articles", file=sys.stderr) as progress:
        for name, tried in tried_penalties.items():
            found = []
            for penalty in tried:
                changed = ReaderSettings(**asdict(settings) | {name: penalty})
                scores = scores_by_article(drawn, replace(reader, settings=changed), progress)
                mean = always_answering([score for own in scores.values() for score in own])
                found.append((mean, changed, scores))
            told = ", ".join(f"{getattr(changed, name)}: {100 * mean:.1f}" for mean, changed, _ in found)
            print(f"always answering, F1 by {name.replace('_', ' ')}: {told}")
            _, settings, scores = max(found, key=itemgetter(0))
    print(
        "each article by the confidence and threshold that are fitted on the others:\n"
        + summary(fitted_on_the_others(scores, settings, IN_USE))
    )
    return fit([score for own in scores.values() for score in own], settings, IN_USE)

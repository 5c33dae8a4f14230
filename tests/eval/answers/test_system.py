import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval.answers.calibrate import Remembering
from eval.answers.scores import figures, kinds, row
from eval.answers.system import Result, run
from eval.questions import HELD_OUT, QUESTIONS, EvalQuestion, load_questions
from index.document import Document, Span
from index.store import Index
from qa.answer import Answer, Citation
from qa.bot import Bot, Retrieved
from qa.decide.decision import Reading
from qa.options import open_bot
from qa.read.models import Verdict
from qa.read.reader import Candidate, ExtractiveReader
from qa.retrieve.retriever import Hit, Retriever
from qa.understand.question import Turn
from tests.conftest import ROOT, LetterEncoder, WordReader, make

TEXT = "Ann lives in Oslo. Bob lives in Rome. Cleo lives in Bonn."
DOCUMENT = make(TEXT)


def span(words: str) -> Span:
    return Span(DOCUMENT, TEXT.index(words), TEXT.index(words) + len(words))


ANN, BOB, CLEO = SENTENCES = [
    span(sentence) for sentence in ("Ann lives in Oslo.", "Bob lives in Rome.", "Cleo lives in Bonn.")
]


def question(identifier: str, answer: str | None, kind: str = "where") -> EvalQuestion:
    golds = (span(answer),) if answer else ()
    evidence = tuple(sentence for sentence in SENTENCES if golds and sentence.contains(golds[0]))
    return EvalQuestion(identifier, f"{identifier}?", (answer,) if answer else (), golds, evidence, kind, "homes")


class ScriptedBot(Bot):
    """Gives the answers, with the scores, and finds the passages, that it was told."""

    def __init__(self, script: dict[str, tuple[str, float, list[Span]]]) -> None:
        index = Index.build([DOCUMENT], LetterEncoder())
        object.__setattr__(
            self, "retriever", Retriever(Index(index.documents, tuple(SENTENCES), index_of(3), index.encoder, index.settings))
        )
        object.__setattr__(self, "reader", LastWordReader())
        object.__setattr__(self, "script", script)

    def retrieve(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Retrieved:
        return Retrieved(question, (), 0.0)

    def read(self, retrieved: Retrieved, count: int = 1) -> Reading:
        words, score, passages = self.script[retrieved.question]  # type: ignore[attr-defined]
        candidate = Candidate(span(words), passages[0], score)
        hits = tuple(Hit(passage, 1.0 / rank) for rank, passage in enumerate(passages, start=1))
        return Reading(retrieved.question, hits, (candidate,), {"retrieve": 1.0, "read": 2.0, "total": 3.0})


class LastWordReader(WordReader):
    """Always answers with the last word, without the full stop."""

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        return [Candidate(Span(DOCUMENT, p.end - 5, p.end - 1), p, 0.0) for p in passages]


def index_of(count: int) -> object:
    import faiss
    import numpy as np

    flat = faiss.IndexFlatIP(26)
    flat.add(np.eye(count, 26, dtype=np.float32))
    return flat


QUESTIONS_ASKED = [
    question("right", "Oslo"),
    question("wrong", "Rome"),
    question("silent", "Bonn"),
    question("lost", "Bonn"),
    question("none", None, "unanswerable"),
    question("invented", None, "unanswerable"),
]
RESULTS = list(
    run(
        ScriptedBot(
            {
                "right?": ("Oslo", 5.0, [ANN, BOB]),  # correct, rank 1
                "wrong?": ("lives", 1.0, [ANN, BOB]),  # reading, rank 2
                "silent?": ("Bonn", -1.0, [CLEO, ANN]),  # abstention, rank 1: the best span was right
                "lost?": ("Bob", 1.0, [BOB]),  # retrieval
                "none?": ("Ann", -5.0, [ANN]),  # correctly abstained
                "invented?": ("Ann", 0.5, [ANN]),  # abstention: should have
            }
        ),
        QUESTIONS_ASKED,
    )
)
ROWS = [row(result) for result in RESULTS]


def test_each_failure_is_blamed_on_the_part_that_failed() -> None:
    assert [result.blame for result in RESULTS] == [None, "reading", "abstention", "retrieval", None, "abstention"]
    assert [result.rank for result in RESULTS] == [1, 2, 1, None, None, None]
    assert [result.best_is_correct for result in RESULTS] == [True, False, True, False, False, False]
    assert [result.relevant for result in RESULTS] == [1, 1, 1, 1, 0, 0]


def test_the_figures_by_hand() -> None:
    found = figures(ROWS)
    expected = {
        "exact_match": 2 / 6,
        "f1": 2 / 6,
        "has_answer_exact_match": 1 / 4,
        "has_answer_f1": 1 / 4,
        "has_answer_correct": 1 / 4,
        "no_answer": 1 / 2,
        "answerability_precision": 3 / 4,  # "invented" should not have been answered
        "answerability_recall": 3 / 4,  # "silent" should have been
        "answerability_f1": 3 / 4,
        "reader_f1": 1.0,  # the last word of its passage is the answer to each
        # Of "right", "wrong" and "lost", which were answered, one citation overlaps the gold.
        "citation_precision": 1 / 3,
        "citation_recall": 1 / 4,
        "citation_sentence_precision": 1 / 3,
        "citation_sentence_recall": 1 / 4,
        "citation_passage_precision": 1 / 3,
        "quote_fidelity": 1.0,
        "recall@1": 2 / 4,
        "recall@3": 3 / 4,
        "recall@5": 3 / 4,
        "recall@10": 3 / 4,
        "mean_reciprocal_rank": (1 + 1 / 2 + 1) / 4,
        "ndcg@10": (1 + 0.6309297535714575 + 1) / 4,  # 1 / log2(3)
    }
    for figure, value in expected.items():
        assert found[figure] == pytest.approx(value), figure


def test_a_citation_outside_the_passage_shown_is_not_faithful() -> None:
    (result,) = run(ScriptedBot({"wrong?": ("Ann", 1.0, [BOB])}), [question("wrong", "Rome")])
    assert not result.faithful


class TalkingBot(ScriptedBot):
    """Takes what begins with "hello" for talk."""

    def talk(self, question: str, document: str | None = None) -> Answer | None:
        return Answer(question, None, 1.0, kind="talk", reply="Hello.") if question.startswith("hello") else None


def test_talk_counts_in_its_own_figure_alone() -> None:
    asked = [question("hello", None, "talk"), question("right", "Oslo", "talk"), question("hello Oslo", "Oslo")]
    results = list(run(TalkingBot({"right?": ("Oslo", 5.0, [ANN])}), asked))
    assert [result.blame for result in results] == [None, "understanding", "understanding"]
    rows = [row(result) for result in results]
    found = figures(rows)
    assert (found["understood"], found["f1"], found["has_answer_f1"]) == (0.5, 0.0, 0.0)
    assert (found["calibration_error"], found["aurc"]) == (None, None)


def test_kinds_are_parts_of_the_whole() -> None:
    groups = kinds(ROWS)
    assert {kind: len(group) for kind, group in groups.items()} == {"where": 4, "unanswerable": 2}
    assert figures(groups["unanswerable"])["has_answer_f1"] is None


SECOND = ROOT / "tests" / "second_article"
"""An article of our own making, unlike the one in seeds in everything but its language."""


def opened(tmp_path_factory: pytest.TempPathFactory, seeds: Path, reader: str | None = None) -> Bot:
    options = argparse.Namespace(seeds=[seeds], index=tmp_path_factory.mktemp("index"), encoder=None, reader=reader, store=None)
    return open_bot(options)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """It is asked the same questions by several tests, and reads each once."""
    bot = opened(tmp_path_factory, SECOND / "article.txt")
    assert isinstance(bot.reader, ExtractiveReader)
    return replace(bot, reader=replace(bot.reader, model=Remembering(bot.reader.model)))


@pytest.mark.parametrize(
    ("questions", "reader", "step"), [(QUESTIONS, "small", 1), (HELD_OUT, "large", 3)], ids=["small", "large"]
)
def test_every_citation_on_the_article_is_a_slice_of_it(
    tmp_path_factory: pytest.TempPathFactory, article: Document, questions: Path, reader: str, step: int
) -> None:
    """The law that citing by offset is for, with the real models; `make eval` checks the large one on all of QUESTIONS."""
    bot = opened(tmp_path_factory, ROOT / "seeds", reader)
    faithful(list(run(bot, load_questions(questions, bot.index.documents)[::step])), article)


def faithful(results: Sequence[Result], document: Document) -> None:
    citations = [citation for result in results for citation in result.answer.to_dict()["citations"]]
    assert len(citations) > len(results) / 4
    for citation in citations:
        assert citation["document"] == document.id
        assert document.text[citation["start"] : citation["end"]] == citation["quote"]
        passage = citation["passage"]
        assert document.text[passage["start"] : passage["end"]] == passage["text"]
        assert passage["start"] <= citation["start"] < citation["end"] <= passage["end"]
    assert all(result.answer.found == bool(result.answer.citations) for result in results)
    assert figures([row(result) for result in results])["quote_fidelity"] == 1


def test_an_article_that_the_project_does_not_know_is_answered_as_well(second: Bot) -> None:
    questions = load_questions(SECOND / "questions.jsonl", second.index.documents)
    results = list(run(second, questions))
    faithful(results, second.index.documents[0])
    reached = figures([row(result) for result in results])
    assert len(questions) >= 40
    assert reached["recall@10"] >= 0.95
    assert reached["has_answer_f1"] >= 0.75
    assert reached["no_answer"] >= 0.6


def test_a_question_that_stands_alone_is_answered_the_same_after_an_unrelated_history(second: Bot) -> None:
    unrelated = [Turn("Who painted the Mona Lisa?", "Leonardo da Vinci"), Turn("How high is Mont Blanc?", "4,806 metres")]
    for entry in load_questions(SECOND / "questions.jsonl", second.index.documents):
        if not entry.history:
            alone, after = second.ask(entry.question), second.ask(entry.question, unrelated)
            assert (after.text, after.confidence, after.understood) == (alone.text, alone.confidence, alone.understood), (
                entry.id
            )


def test_a_yes_no_question_is_right_with_its_verdict_and_evidence() -> None:
    asked = replace(question("a", "Oslo"), verdict="yes")
    gold, elsewhere = span("Oslo"), span("Rome")

    def right(span: Span | None, verdict: Verdict | None) -> tuple[float, float | None]:
        citations = (Citation(1, span, DOCUMENT.span),) if span else ()
        answer = Answer(asked.question, span, 0.9, citations, verdict=verdict if span else None)
        scores = row(Result(asked, answer, span, (DOCUMENT.span,), 1, None, verdict)).scores
        return scores["has_answer_correct"][0], scores["verdict"][0]

    assert right(gold, "yes") == (1, 1)
    assert right(gold, "no") == right(gold, None) == right(None, "yes") == (0, 0)
    assert right(elsewhere, "yes") == (0, 1)

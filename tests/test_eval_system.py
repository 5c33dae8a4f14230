import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import eval.__main__
from eval.questions import EvalQuestion, load_questions
from eval.report import as_dict, in_words, write_json
from eval.system import by_kind, figures, run
from index.document import Document, Hit, Span
from qa.answer import Answer, Citation, Turn
from qa.bot import Bot
from qa.options import open_bot
from tests.conftest import ROOT, make

TEXT = "Ann lives in Oslo. Bob lives in Rome. Cleo lives in Bonn."
DOCUMENT = make(TEXT)


def span(words: str) -> Span:
    return Span(DOCUMENT, TEXT.index(words), TEXT.index(words) + len(words))


SENTENCES = [span(sentence) for sentence in ("Ann lives in Oslo.", "Bob lives in Rome.", "Cleo lives in Bonn.")]


def question(identifier: str, answer: str | None, kind: str = "where") -> EvalQuestion:
    evidence = next((sentence for sentence in SENTENCES if answer and answer in sentence.text), None)
    return EvalQuestion(identifier, f"{identifier}?", (answer,) if answer else (), evidence, kind)


class ScriptedBot(Bot):
    """A bot that gives the answers, and finds the passages, that it was told."""

    def __init__(self, script: dict[str, tuple[str | None, list[Span]]]) -> None:
        object.__setattr__(self, "script", script)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        words, passages = self.script[question]  # type: ignore[attr-defined]
        if words is None:
            return Answer(question, None, 0.1)
        return Answer(question, span(words), 0.9, (Citation(1, span(words), passages[0]),))

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 10) -> list[Hit]:
        return [Hit(passage, 1.0 / rank) for rank, passage in enumerate(self.script[question][1], start=1)]  # type: ignore[attr-defined]


ANN, BOB, CLEO = SENTENCES
RESULTS = run(
    ScriptedBot(
        {
            "right?": ("Oslo", [ANN, BOB]),  # correct, rank 1
            "wrong?": ("lives", [ANN, BOB]),  # reading, rank 2
            "silent?": (None, [ANN, CLEO]),  # abstention, rank 2
            "lost?": ("Bob", [BOB]),  # retrieval
            "none?": (None, [ANN]),  # correctly abstained
            "invented?": ("Ann", [ANN]),  # abstention: should have
        }
    ),
    [
        question("right", "Oslo"),
        question("wrong", "Rome"),
        question("silent", "Bonn"),
        question("lost", "Bonn"),
        question("none", None, "unanswerable"),
        question("invented", None, "unanswerable"),
    ],
)


def test_each_failure_is_blamed_on_the_part_that_failed() -> None:
    assert [result.blame for result in RESULTS] == [None, "reading", "abstention", "retrieval", None, "abstention"]
    assert [result.rank for result in RESULTS] == [1, 2, 2, None, None, None]


def test_the_figures_by_hand() -> None:
    found = figures(RESULTS)
    assert found["exact_match"] == pytest.approx(2 / 6)
    assert found["answerable_f1"] == pytest.approx(1 / 4)
    assert found["unanswerable_abstained"] == pytest.approx(1 / 2)
    assert (found["abstention_precision"], found["abstention_recall"]) == pytest.approx((1 / 2, 1 / 2))
    # Of "right", "wrong" and "lost", which were answered, one citation overlaps the gold.
    assert (found["citation_precision"], found["citation_recall"]) == pytest.approx((1 / 3, 1 / 4))
    assert found["quote_fidelity"] == 1
    assert [found[f"recall@{k}"] for k in (1, 3, 5, 10)] == pytest.approx([1 / 4, 3 / 4, 3 / 4, 3 / 4])
    assert found["mean_reciprocal_rank"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 4)


def test_a_citation_outside_the_passage_shown_is_not_faithful() -> None:
    (result,) = run(ScriptedBot({"wrong?": ("Ann", [BOB])}), [question("wrong", "Rome")])
    assert not result.faithful


def test_kinds_are_parts_of_the_whole() -> None:
    kinds = by_kind(RESULTS)
    assert {kind: row["questions"] for kind, row in kinds.items()} == {"where": 4, "unanswerable": 2}
    assert kinds["unanswerable"]["answerable_f1"] is None


def test_the_report_names_every_failure(tmp_path: Path) -> None:
    report = in_words(RESULTS)
    assert "4 failures" in report
    assert "lost (retrieval): lost?" in report
    write_json(RESULTS, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(json.dumps(as_dict(RESULTS)))
    with pytest.raises(ValueError, match="cannot be written"):
        write_json(RESULTS, tmp_path / "no-such-folder" / "out.json")


def test_gold_spans_lie_in_the_evidence() -> None:
    entry = EvalQuestion("a", "a?", ("lives", "Rome"), BOB, "where")
    assert [(gold.start, gold.text) for gold in entry.golds] == [
        (TEXT.index("lives", 20), "lives"),
        (TEXT.index("Rome"), "Rome"),
    ]


GOOD = {"id": "a", "question": "Where?", "answers": ["Oslo"], "evidence": "Ann lives in Oslo.", "kind": "where"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no questions"),
        (["{"], "line 1: not JSON"),
        (["[]"], "line 1: expected an object, got list"),
        ([json.dumps(GOOD), "", json.dumps(GOOD)], "line 3: the id 'a' stands on an earlier line"),
        ([json.dumps(GOOD | {"question": ""})], "line 1: expected a string 'question'"),
        ([json.dumps(GOOD | {"question": " "})], "line 1: expected a string 'question'"),
        ([json.dumps(GOOD | {"answers": "Oslo"})], "expected 'answers' to be a list"),
        ([json.dumps(GOOD | {"answers": []})], "expected both answers and evidence, or neither"),
        ([json.dumps(GOOD | {"evidence": "Ann lived in Oslo."})], "stands in none of the documents"),
        ([json.dumps(GOOD | {"evidence": "Bob lives in Rome."})], "stands in the evidence"),
        ([json.dumps(GOOD | {"history": [1]})], "A turn of 'history'"),
    ],
)
def test_bad_questions_are_named(tmp_path: Path, lines: list[str], message: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match=r"questions\.jsonl") as caught:
        load_questions(path, [DOCUMENT])
    assert message in str(caught.value)


def test_a_good_question_is_read(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(GOOD | {"history": [{"question": "Who?", "answer": None}]}))
    assert load_questions(path, [DOCUMENT]) == [EvalQuestion("a", "Where?", ("Oslo",), ANN, "where", (Turn("Who?"),))]


def test_a_line_separator_in_a_question_ends_no_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(GOOD | {"question": "Where\u2028now?"}, ensure_ascii=False), encoding="utf-8")
    assert [entry.question for entry in load_questions(path, [DOCUMENT])] == ["Where\u2028now?"]


def test_gold_spans_of_the_shipped_questions_start_no_inner_part_of_a_word(article: Document) -> None:
    for entry in load_questions(eval.__main__.QUESTIONS, [article]):
        for gold in entry.golds:
            edges = (article.text[gold.start - 1 : gold.start + 1], article.text[gold.end - 1 : gold.end + 1])
            assert not any(len(edge) == 2 and edge.isalnum() for edge in edges), (entry.id, gold.text)


def test_the_shipped_questions(article: Document) -> None:
    questions = load_questions(eval.__main__.QUESTIONS, [article])
    assert len(questions) >= 120
    assert sum(not entry.answerable for entry in questions) >= 30
    assert sum(bool(entry.history) for entry in questions) >= 10
    assert all(answer in article.text for entry in questions for answer in entry.answers)
    assert "what was the ransom deadline?" in {entry.question for entry in questions}


def test_bad_data_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_text("{")
    assert eval.__main__.main(["--data", str(tmp_path / "bad.jsonl"), "--seeds", str(ROOT / "seeds")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_every_citation_on_the_article_is_a_slice_of_it(tmp_path: Path, article: Document) -> None:
    """The law that citing by offset is for, on every question of the eval set, with the real models."""
    import argparse

    options = argparse.Namespace(seeds=ROOT / "seeds", index=tmp_path / "index", encoder=None, reader=None)
    bot = open_bot(options)
    results = run(bot, load_questions(eval.__main__.QUESTIONS, bot.index.documents))
    citations = [citation for result in results for citation in result.answer.to_dict()["citations"]]
    assert len(citations) > 50
    for citation in citations:
        assert citation["document"] == article.id
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]
        passage = citation["passage"]
        assert article.text[passage["start"] : passage["end"]] == passage["text"]
        assert passage["start"] <= citation["start"] < citation["end"] <= passage["end"]
    assert all(result.answer.found == bool(result.answer.citations) for result in results)

import json
import random
from pathlib import Path

import numpy as np
import pytest

from eval.answers.calibrate import (
    FOREIGN,
    LEFT_OUT,
    UNANSWERABLE,
    Asked,
    Remembering,
    Score,
    _f1,
    asked_of_documents,
    fit,
    fitted_on_the_others,
    main,
    questions_for,
    value,
)
from eval.answers.confidence import calibration_error
from index.document import Document, Hit, Span
from qa.read.models import VERDICTS, Inputs, Output
from qa.read.reader import Candidate, ReaderSettings
from qa.readers import READERS
from qa.train.examples.squad_format import Gold, Question
from tests.conftest import LetterEncoder


def drawn(count: int, slope: float, intercept: float) -> list[Score]:
    """Scores whose answers are right with the probability that the two parameters say."""
    generator = np.random.default_rng(0)
    scores = generator.normal(2, 4, count)
    right = generator.random(count) < 1 / (1 + np.exp(-(slope * scores + intercept)))
    return [Score(float(score), 1.0 if good else None) for score, good in zip(scores, right, strict=True)]


def error(scores: list[Score], settings: ReaderSettings) -> float:
    confidences = np.array([settings.confidence(score.score) for score in scores])
    return calibration_error(confidences, np.array([float(score.f1 is not None) for score in scores])) or 0.0


def test_fitting_recovers_what_the_scores_were_drawn_from() -> None:
    fitted = fit(drawn(20_000, 0.5, -1.0), ReaderSettings())
    assert (fitted.slope, fitted.intercept) == pytest.approx((0.5, -1.0), abs=0.05)
    assert error(drawn(20_000, 0.5, -1.0), fitted) < 0.02
    assert error(drawn(20_000, 0.5, -1.0), ReaderSettings(slope=5.0)) > 0.1
    assert fitted.threshold == pytest.approx(0.5, abs=0.05)


def test_fewer_unanswerable_questions_in_use_raise_the_confidence() -> None:
    scores = drawn(5_000, 0.5, -1.0)
    as_they_are, fewer = fit(scores, ReaderSettings()), fit(scores, ReaderSettings(), in_use=3.0)
    assert fewer.confidence(0.0) > as_they_are.confidence(0.0) + 0.1
    share = sum(score.f1 is not None for score in scores) / sum(score.f1 is None for score in scores)
    assert fit(scores, ReaderSettings(), in_use=share) == as_they_are


def test_a_yes_no_question_is_right_if_the_verdict_and_its_evidence_are() -> None:
    document = Document.from_text("Nobody was hurt. It rained.", "d")
    hurt, rained = Span(document, 0, 15), Span(document, 17, 27)
    asked = Asked(Question("q", "Was anybody hurt?", "", (Gold("Nobody was hurt", 0),), "", "no"), True, evidence=(hurt,))
    found = [Candidate(span, document.span, 1.0, verdict) for span in (hurt, rained) for verdict in VERDICTS]
    assert [_f1(candidate, asked) for candidate in found] == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]


def test_the_same_windows_are_read_once() -> None:
    read = []

    def model(inputs: Inputs) -> Output:
        read.append(inputs["input_ids"])
        return Output(inputs["input_ids"].astype(np.float32), np.zeros(inputs["input_ids"].shape, np.float32))

    remembering = Remembering(model)
    windows = [{"input_ids": np.arange(6).reshape(shape)} for shape in ((1, 6), (2, 3), (1, 6))]
    for inputs in windows:
        starts, ends, _ = remembering(inputs)
        assert np.array_equal(starts, inputs["input_ids"])
        assert ends.shape == starts.shape
    assert len(read) == 2


def test_value_by_hand() -> None:
    scores = [Score(5.0, 0.5), Score(-5.0, 1.0), Score(5.0, None), Score(-5.0, None)]
    assert value([(score, ReaderSettings()) for score in scores]) == (0.5 + 0 + 0 + 1) / 4


def test_an_article_is_judged_by_what_is_fitted_on_the_others() -> None:
    scores = {"a": drawn(500, 0.5, -1.0), "b": drawn(500, 2.0, 3.0), "c": drawn(400, 0.5, -1.0)}
    judged = fitted_on_the_others(scores, ReaderSettings())
    assert [score for score, _ in judged] == [*scores["a"], *scores["b"], *scores["c"]]
    assert {settings for _, settings in judged[500:1000]} == {fit([*scores["a"], *scores["c"]], ReaderSettings())}
    with pytest.raises(ValueError, match="nothing can be fitted"):
        fitted_on_the_others({"a": drawn(9, 1, 0), "b": [Score(1.0, None)]}, ReaderSettings())


def test_an_article_is_asked_four_kinds_of_questions() -> None:
    questions = [
        Question(f"{article}{i}", "?", "c", (Gold("c", 0),) if i % 2 else (), article) for article in "ab" for i in range(100)
    ]
    asked = questions_for("a", questions, random.Random(0))
    assert sum(one.answerable for one in asked) == 50
    assert all(one.question.article == "a" and one.question.golds for one in asked if one.answerable or one.left_out)
    assert sum(one.left_out for one in asked) == LEFT_OUT
    assert not any(one.left_out and one.answerable for one in asked)
    assert sum(one.question.article == "b" for one in asked) == FOREIGN
    assert sum(one.question.article == "a" and not one.question.golds for one in asked) == UNANSWERABLE


def test_held_out_documents_are_asked_their_own_questions(
    tmp_path: Path, encoder: LetterEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.questions.WRITTEN", tmp_path.resolve())
    text = "Ann Lee opened the fair. It was free."
    entries = [
        {"q": "Who opened it?", "a": "Ann Lee", "start": 0, "kind": "who"},
        {"q": "Who closed it?", "a": "", "kind": "un"},
    ]
    path = tmp_path / "documents.jsonl"
    path.write_text("".join(json.dumps({"id": n, "text": text, "questions": entries}) + "\n" for n in ("Manipur", "Oxford")))
    ((name, (index, asked)),) = asked_of_documents([path], encoder).items()
    assert (name, index.documents[0].text) == ("Manipur", text)
    assert [(one.question.text, one.answerable) for one in asked] == [("Who opened it?", True), ("Who closed it?", False)]


def test_what_is_left_out_is_not_read() -> None:
    document = Document.from_text("Ann paid. Bob slept.", "d")
    paid, slept = (Hit(Span(document, *place), 1.0) for place in ((0, 9), (10, 20)))
    question = Question("q", "Who paid?", "ann paid.", (Gold("ann", 0),), "a")
    assert [Asked(question, False, left_out=True).may_read(hit) for hit in (paid, slept)] == [False, True]
    assert Asked(question, True).may_read(paid)


def test_the_settings_are_written_where_the_reader_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ReaderSettings(threshold=0.25)
    monkeypatch.setattr("eval.answers.calibrate.calibrated", lambda options: settings)
    monkeypatch.setitem(READERS, "small", tmp_path)
    for reader in ("small", str(tmp_path)):
        assert main(["--data", "set.json", "--reader", reader]) == 0
        assert capsys.readouterr().out.startswith(f"wrote {tmp_path / 'reader.json'}: ")
        assert ReaderSettings.load(tmp_path) == settings
        (tmp_path / "reader.json").unlink()


def test_settings_that_cannot_be_written_are_named_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.answers.calibrate.calibrated", lambda options: pytest.fail("it was fitted"))
    assert main(["--data", "set.json", "--reader", str(tmp_path / "none")]) == 2
    assert "reader.json cannot be written (No such file or directory)" in capsys.readouterr().err

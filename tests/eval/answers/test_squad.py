"""The official figures, against hand-made examples, brute force and another library; then the command itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.text import squad

import eval.__main__
from eval.answers.squad import official_figures
from eval.metrics import f1
from qa.train.examples.squad_format import Gold, Question

CONTEXT = "In 1999 the Société Générale paid $5 million, and a further £2m on 3 May, to the U.S. army."
PIECES = ["1999", "the Société Générale", "$5 million", "£2m", "3 May", "the U.S. army", "a further £2m on 3 May"]


def ask(identifier: str, *answers: str, text: str = "What?") -> Question:
    return Question(identifier, text, CONTEXT, tuple(Gold(answer, CONTEXT.index(answer)) for answer in answers), "article")


QUESTIONS = [ask("a", "$5 million"), ask("b", "3 May", "a further £2m on 3 May"), ask("c"), ask("d")]
PREDICTIONS = {"a": "The $5 Million!", "b": "May", "c": "1999", "d": ""}
PROBABILITIES = {"a": 0.1, "b": 0.6, "c": 0.4, "d": 0.9}


def test_by_hand() -> None:
    found = official_figures(QUESTIONS, PREDICTIONS, PROBABILITIES, 1.0)
    assert found == pytest.approx(
        {
            "exact": 50.0,  # "a", and "d", for which nothing is predicted
            "f1": 100 * (1 + 2 / 3 + 0 + 1) / 4,
            "total": 4,
            "HasAns_exact": 50.0,
            "HasAns_f1": 100 * (1 + 2 / 3) / 2,
            "HasAns_total": 2,
            "NoAns_exact": 50.0,
            "NoAns_f1": 50.0,
            "NoAns_total": 2,
            # Answering "a" alone is right for "a", "c" and "d".
            "best_exact": 75.0,
            "best_exact_thresh": 0.1,
            "best_f1": 75.0,
            "best_f1_thresh": 0.1,
        }
    )


def test_the_threshold_takes_answers_away() -> None:
    found = official_figures(QUESTIONS, PREDICTIONS, PROBABILITIES, 0.4)
    assert found["NoAns_exact"] == 50.0  # "c" is not above 0.4
    assert found["HasAns_f1"] == 50.0  # "b" is
    assert official_figures(QUESTIONS, PREDICTIONS, PROBABILITIES, 0.39)["NoAns_exact"] == 100.0


ASKED = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PIECES), max_size=3, unique=True),
        st.sampled_from(["", "the", *PIECES]),
        st.integers(0, 20).map(lambda tenth: tenth / 20),
    ),
    min_size=1,
    max_size=12,
)


@given(ASKED)
def test_the_best_threshold_is_that_of_brute_force(asked: list[tuple[list[str], str, float]]) -> None:
    # Probabilities are made distinct: the official script goes through equal ones one by one, which no threshold can.
    questions = [ask(str(i), *golds) for i, (golds, _, _) in enumerate(asked)]
    given_answers = {str(i): answer for i, (_, answer, _) in enumerate(asked)}
    unsure = {str(i): probability + i / 1000 for i, (_, _, probability) in enumerate(asked)}
    found = official_figures(questions, given_answers, unsure, 1.0)
    brute = []
    for threshold in [-1.0, *unsure.values()]:
        scores = []
        for question in questions:
            kept = given_answers[question.id] if unsure[question.id] <= threshold else ""
            if question.golds:
                scores.append(f1(kept, [gold.text for gold in question.golds]) if kept else 0.0)
            else:
                scores.append(float(kept == ""))
        brute.append(100 * sum(scores) / len(scores))
    assert found["best_f1"] == pytest.approx(max(brute))


@given(ASKED)
def test_with_answers_to_all_the_figures_are_those_of_torchmetrics(asked: list[tuple[list[str], str, float]]) -> None:
    asked = [(golds or ["1999"], answer or "1999", unsure) for golds, answer, unsure in asked]
    questions = [ask(str(i), *golds) for i, (golds, _, _) in enumerate(asked)]
    given_answers = {str(i): answer for i, (_, answer, _) in enumerate(asked)}
    found = official_figures(questions, given_answers, dict.fromkeys(given_answers, 0.0), 1.0)
    expected = squad(
        [{"id": identifier, "prediction_text": answer} for identifier, answer in given_answers.items()],
        [
            {"id": q.id, "answers": {"text": [g.text for g in q.golds], "answer_start": [g.start for g in q.golds]}}
            for q in questions
        ],
    )
    assert found["exact"] == found["HasAns_exact"] == pytest.approx(float(expected["exact_match"]))
    assert found["f1"] == found["HasAns_f1"] == pytest.approx(float(expected["f1"]), abs=1e-4)


def files(folder: Path, content: object) -> list[str]:
    (folder / "set.json").write_text(json.dumps(content))
    outs = [
        "--predictions",
        str(folder / "p.json"),
        "--no-answer-probs",
        str(folder / "n.json"),
        "--json",
        str(folder / "f.json"),
    ]
    return ["squad", str(folder / "set.json"), *outs]


def content() -> dict[str, Any]:
    # Far longer than the reader's window, with the answer at the end.
    context = "Nothing was said about it. " * 150 + "The bridge was opened by Queen Anne in 1704."
    entries = [
        {
            "id": "a",
            "question": "Who opened the bridge?",
            "answers": [{"text": "Queen Anne", "answer_start": context.index("Queen")}],
        },
        {"id": "b", "question": "What is the capital of Mongolia?", "answers": []},
    ]
    return {"data": [{"title": "Bridge", "paragraphs": [{"context": context, "qas": entries}]}]}


def test_the_command_writes_the_official_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*files(tmp_path, content()), "--resume", str(tmp_path / "kept.jsonl")]
    assert eval.__main__.main(arguments) == 0
    predictions, unsure = (json.loads((tmp_path / name).read_text()) for name in ("p.json", "n.json"))
    assert predictions["a"] == "Queen Anne"
    assert set(predictions) == set(unsure) == {"a", "b"}
    assert 0 <= unsure["a"] < unsure["b"] <= 1
    figures = json.loads((tmp_path / "f.json").read_text())
    assert (figures["total"], figures["HasAns_f1"], figures["best_f1"]) == (2, 100, 100)
    printed = capsys.readouterr().out
    assert "best threshold (oracle)" in printed
    before = (tmp_path / "kept.jsonl").read_text()
    assert eval.__main__.main(arguments) == 0
    assert capsys.readouterr().out == printed
    assert (tmp_path / "kept.jsonl").read_text() == before


def test_passages_that_look_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = content()
    data["data"][0]["paragraphs"].append({"context": "The bridge was opened in the rain.", "qas": []})
    other = {"id": "c", "question": "Why did it rain?", "answers": []}
    data["data"][0]["paragraphs"][1]["qas"].append(other)
    assert eval.__main__.main([*files(tmp_path, data), "--lookalikes"]) == 0
    found = json.loads((tmp_path / "f.json").read_text())["lookalikes"]
    assert found["n"] == 1
    assert found["abstained"] in {0, 100}
    assert "On 1 passages that look right" in capsys.readouterr().out
    assert eval.__main__.main([*files(tmp_path, content()), "--lookalikes", "3"]) == 2
    assert "Leave out --lookalikes" in capsys.readouterr().err


def test_they_are_looked_for_in_the_whole_file_even_if_few_questions_are_asked(tmp_path: Path) -> None:
    paragraphs = []
    for context, answer in (("The bridge was opened by Ann.", "Ann"), ("The bridge was opened in the rain.", "in the rain")):
        entry = {"id": answer, "question": "How?", "answers": [{"text": answer, "answer_start": context.index(answer)}]}
        paragraphs.append({"context": context, "qas": [entry]})
    data = {"data": [{"title": "Bridge", "paragraphs": paragraphs}]}
    assert eval.__main__.main([*files(tmp_path, data), "--lookalikes", "--limit", "1"]) == 0
    assert json.loads((tmp_path / "f.json").read_text())["lookalikes"]["n"] == 1


def test_bad_data_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = content()
    damaged["data"][0]["paragraphs"][0]["qas"][0]["answers"][0]["answer_start"] += 1
    assert eval.__main__.main(files(tmp_path, damaged)) == 2
    assert "question a: the answer 'Queen Anne' should stand at" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["set.json"]


def test_an_unwritable_output_is_named_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = files(tmp_path, content())
    arguments[arguments.index("--no-answer-probs") + 1] = str(tmp_path / "no-such-folder" / "n.json")
    assert eval.__main__.main(arguments) == 2
    assert "--no-answer-probs" in capsys.readouterr().err
    assert not (tmp_path / "p.json").exists()

"""What a run leaves behind: tables, JSON, the page, kept results; and the command with all its options."""

import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import eval.__main__
from eval.answers.html import as_html, marked
from eval.answers.predictions import Kept, from_dict, resumable, to_dict
from eval.answers.report import as_dict, in_words, load_rows, units
from eval.answers.scores import TITLES
from eval.charts import columns
from eval.output import check_writable
from index.document import Span
from tests.conftest import ROOT, make
from tests.eval.answers.test_system import DOCUMENT, QUESTIONS_ASKED, RESULTS, ROWS, ScriptedBot, span

SETUP = {"data": "made.jsonl", "documents": 1, "passages": 3, "encoder": "letters", "reader": "words <b>"}
REPORT = as_dict(RESULTS, SETUP, 0)


def test_the_tables_name_every_figure_kind_and_failure() -> None:
    words = in_words(REPORT)
    for title in TITLES.values():
        assert title in words
    assert "4 failures" in words
    assert "lost (retrieval): lost?" in words
    assert "got (nothing; the best span was: Bonn)" in words
    assert "unanswerable" in words


def test_each_figure_says_of_how_many_questions_it_is() -> None:
    answerable = [result for result in RESULTS if result.question.answerable]
    report = as_dict(answerable, SETUP, 0)
    lines = in_words(report).splitlines()

    def count(figure: str) -> int:
        (line,) = [line for line in lines if line.startswith(TITLES[figure])]
        return int(line.split()[-1])

    named = ("no_answer", "citation_recall", "calibration_error", "aurc", "answerability_f1")
    assert [count(figure) for figure in named] == [0, 4, 4, 4, 4]


def test_what_is_resampled_is_said() -> None:
    def said(clusters: int, articles: int) -> str:
        return units({"questions": 40, "bootstrap": {"clusters": clusters, "articles": articles}})

    assert said(40, 0) == "40 questions, as there are few articles"
    assert said(12, 12) == "12 articles"
    assert said(14, 12) == "12 articles and 2 questions about none"


def test_the_lines_of_a_chart_are_at_what_they_say() -> None:
    svg = columns("Latency", [("0", 3), ("1", 5)], "x", "y")
    lines = [float(up) for up in re.findall(r'class="grid" x1="[^"]*" y1="([^"]*)"', svg)]
    labels = re.findall(r'text-anchor="end">([^<]*)<', svg)
    tops = [float(top) for top in re.findall(r'class="bar" x="[^"]*" y="([^"]*)"', svg)]
    assert labels == ["0", "2", "4", "6", "8"]
    for top, count in zip(tops, (3, 5), strict=True):
        assert top == pytest.approx(np.interp(count, [0, 2, 4, 6, 8], lines), abs=0.1)


def test_json_gives_back_the_rows(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    assert load_rows(tmp_path / "report.json") == ROWS


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"results": [{}]}', '{"results": 1}', "[" * 100_000])
def test_a_baseline_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "old.json").write_text(content)
    with pytest.raises(ValueError, match=r"old\.json is no report of this command"):
        load_rows(tmp_path / "old.json")


def test_marks_change_no_word() -> None:
    document = make("A <b>bold</b> claim & a $5 million\n\nransom.")
    words = [Span(document, 2, 12), Span(document, 5, 20), Span(document, 24, 34)]
    shown = marked(Span(document, 1, 40), words[0], words[1:])
    assert html.unescape(re.sub(r"</?mark[^>]*>", "", shown)) == document.text[1:40]
    assert '<mark class="gold predicted">bold&lt;/b</mark>' in shown
    assert "<b>" not in shown


def test_the_page_opens_quietly_and_works_by_keyboard(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "report.html"
    path.write_text(as_html(REPORT, RESULTS), encoding="utf-8")
    messages: list[str] = []
    requests: list[str] = []
    with browser.new_context(viewport={"width": 320, "height": 640}, color_scheme="dark") as context:
        page = context.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        assert page.title() == "Evaluation: made.jsonl"
        assert page.locator("details").count() == 4
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways on a phone"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
        page.get_by_label("Blame").select_option("retrieval")
        assert page.locator("details:visible").count() == 1
        assert page.get_by_role("status").inner_text() == "1 shown"
        page.locator("details:visible summary").focus()
        page.keyboard.press("Enter")
        assert page.locator("details[open] mark.gold").inner_text() == "Bonn"
        assert page.locator("details[open] mark.predicted").inner_text() == "Bob"
        page.get_by_role("button", name="questions").focus()
        page.keyboard.press("Enter")
        counts = page.locator("table.sortable tbody td:nth-child(2)").all_inner_texts()
        assert counts == sorted(counts, reverse=True)
        assert len(page.pdf()) > 10_000
    assert messages == []
    assert requests == [path.as_uri()]


def bot() -> ScriptedBot:
    passages = {result.question.question: list(result.passages) for result in RESULTS}
    scores = {"right?": 5.0, "wrong?": 1.0, "silent?": -1.0, "lost?": 1.0, "none?": -5.0, "invented?": 0.5}
    words = {result.question.question: result.best.text for result in RESULTS if result.best}
    return ScriptedBot({asked: (words[asked], scores[asked], passages[asked]) for asked in scores})


def test_a_result_is_kept_whole() -> None:
    for result in RESULTS:
        kept = json.loads(json.dumps(to_dict(result)))
        assert from_dict(kept, result.question, {DOCUMENT.id: DOCUMENT}) == result


@pytest.mark.parametrize("cut", range(0, 2600, 97))
def test_a_run_that_was_killed_anywhere_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "kept.jsonl"
    assert list(resumable(bot(), QUESTIONS_ASKED, Kept(path, SETUP))) == RESULTS
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    path.write_bytes(whole[: max(first, len(whole) - cut)])
    assert list(resumable(bot(), QUESTIONS_ASKED, Kept(path, SETUP))) == RESULTS
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "does not begin with a setup"),
        ("{}\n", "does not begin with a setup"),
        ('{"setup": {"data": "other"}}\n', "it has another data, another documents"),
        (json.dumps({"setup": SETUP}) + "\n{\n", "line 2: not JSON"),
        (json.dumps({"setup": SETUP}) + "\n{}\n", "line 2: not a kept result"),
    ],
)
def test_a_file_of_kept_results_that_is_none(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"kept\.jsonl") as caught:
        Kept(path, SETUP)
    assert message in str(caught.value)
    assert path.read_text() == content


def test_a_kept_result_that_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(json.dumps({"setup": SETUP}) + "\n" + json.dumps({"id": "right"}) + "\n")
    with pytest.raises(ValueError, match="the kept result 'right' cannot be used"):
        list(resumable(bot(), QUESTIONS_ASKED, Kept(path, SETUP)))


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    check_writable(None, "--json")
    check_writable(tmp_path / "new.json", "--json")
    assert list(tmp_path.iterdir()) == []
    for path in (tmp_path, tmp_path / "missing" / "new.json"):
        with pytest.raises(ValueError, match=r"cannot be written .* with --json"):
            check_writable(path, "--json")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """The command on 12 questions, with the real models, and what it left."""
    folder = tmp_path_factory.mktemp("measured")
    arguments = ["--seeds", str(ROOT / "seeds"), "--index", str(folder / "index"), "--limit", "12", "--seed", "3"]
    arguments += ["--json", str(folder / "a.json"), "--html", str(folder / "a.html"), "--resume", str(folder / "a.jsonl")]
    assert eval.__main__.main(arguments) == 0
    return arguments, folder


def test_the_command_s_files_agree(measured: tuple[list[str], Path]) -> None:
    _, folder = measured
    report: dict[str, Any] = json.loads((folder / "a.json").read_text())
    assert report["questions"] == len(report["results"]) == 12
    assert report["figures"]["quote_fidelity"] == 1
    assert set(report["setup"]["reader_settings"]) >= {"threshold", "slope"}
    page = (folder / "a.html").read_text()
    for entry in report["results"]:
        assert (f", {entry['id']}</span>" in page) == bool(entry["blame"])
    assert len((folder / "a.jsonl").read_text().splitlines()) == 13


def test_baseline_and_gate(measured: tuple[list[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    arguments, folder = measured
    again = [*arguments, "--baseline", str(folder / "a.json"), "--fail-under"]
    assert eval.__main__.main([*again, "quote_fidelity=100"]) == 0
    assert "on the 12 questions that both have" in capsys.readouterr().out
    assert eval.__main__.main([*again, "quote_fidelity=100,ndcg@10=100,recall@1=100,exact_match=100"]) == 1
    assert "below the gate: exact_match: " in capsys.readouterr().err
    other = json.loads((folder / "a.json").read_text())
    for result in other["results"]:
        result["id"] += " of another set"
    (folder / "other.json").write_text(json.dumps(other))
    assert eval.__main__.main([*arguments, "--baseline", str(folder / "other.json")]) == 2
    printed = capsys.readouterr()
    assert "other.json has none of these questions" in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "bad.jsonl", "--seeds", "SEEDS"], "bad.jsonl, line 1: not JSON"),
        (["--data", "none.jsonl", "--seeds", "SEEDS"], "none.jsonl cannot be read"),
        (["--data", "bad.json"], "bad.json is damaged or not a SQuAD JSON file"),
        (["--data", "bad.json", "--seeds", "SEEDS"], "bad.json brings its own documents"),
        (["--fail-under", "f9=1"], "--fail-under: 'f9=1'"),
        (["--baseline", "bad.json"], "bad.json is no report of this command"),
        (["--json", "missing/out.json"], "with --json"),
        (["--html", "missing/out.html"], "with --html"),
    ],
)
def test_wrong_usage_exits_with_2_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("bad.jsonl", "bad.json"):
        Path(name).write_text("{")
    arguments = [str(ROOT / "seeds") if argument == "SEEDS" else argument for argument in arguments]
    assert eval.__main__.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.json", "bad.jsonl"]


@pytest.mark.parametrize("command", [[], ["retrieval"], ["squad", "set.json", "--predictions", "p", "--no-answer-probs", "n"]])
@pytest.mark.parametrize("seed", ["-1", "1.5", "one"])
def test_a_seed_that_is_none_is_refused_at_once(command: list[str], seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        eval.__main__.main([*command, "--seed", seed])
    assert caught.value.code == 2
    assert f"argument --seed: expected a number from 0 on, got '{seed}'" in capsys.readouterr().err


def test_a_squad_file_is_a_test_over_all_its_paragraphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paragraphs = []
    for place, person in (("Oslo", "Ann"), ("Rome", "Bob"), ("Bonn", "Cleo")):
        context = f"{person} lives in {place}. It is cold there."
        answers = [{"text": place, "answer_start": context.index(place)}]
        paragraphs.append(
            {"context": context, "qas": [{"id": place, "question": f"Where does {person} live?", "answers": answers}]}
        )
    (tmp_path / "set.json").write_text(json.dumps({"data": [{"title": "Homes", "paragraphs": paragraphs}]}))
    assert eval.__main__.main(["--data", str(tmp_path / "set.json"), "--json", str(tmp_path / "out.json")]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["setup"]["documents"] == 3
    assert report["figures"]["recall@3"] == 1
    assert report["figures"]["reader_f1"] == 1
    assert "where" in capsys.readouterr().out
    assert span("Oslo").text == "Oslo"

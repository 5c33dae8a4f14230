"""The arithmetic by hand; then each measurement once, with the real models, for what it says and not for how fast it is."""

import json
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from transformers import AutoModelForQuestionAnswering

import eval.__main__
from eval.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, log_log
from eval.speed import haystack_pipeline, txtai_pipeline
from eval.speed.files import files
from eval.speed.formats import formats
from eval.speed.growth import made_texts, made_vectors
from eval.speed.growth_report import slope
from eval.speed.processes import peak_memory
from eval.speed.timings import Sample, compared, in_turn, in_words, percentiles
from index.document import Document
from index.formats.apart import FileReader
from index.split import SplitSettings, split
from qa.read.reader import ExtractiveReader
from qa.readers import READERS
from qa.train.export import export
from qa.train.restore import restore
from tests.conftest import ROOT


def test_percentiles_by_hand() -> None:
    assert percentiles([3.0, 1.0, 2.0]) == pytest.approx({"p50": 2.0, "p95": 2.9, "p99": 2.98})


def test_every_question_goes_to_each_system_before_the_next() -> None:
    asked: list[tuple[str, str]] = []

    def system(name: str, milliseconds: float) -> object:
        def ask(question: str) -> Sample:
            asked.append((name, question))
            return Sample(question, {"total": milliseconds})

        return ask

    samples = in_turn({"a": system("a", 2.0), "b": system("b", 5.0)}, ["x", "y", "z"], 2)  # type: ignore[dict-item]
    counted = asked[6:]  # the first, uncounted, are one system's after the other
    assert [question for _, question in counted] == list("xxyyzz") * 2
    assert [name for name, _ in counted] == list("ab" + "ba") * 3
    assert [sample.answer for sample in samples["b"]] == list("xyz") * 2
    found = compared(samples, ("total",), "a")
    assert found["times as long, total, b"] == {"p50": 2.5, "p95": 2.5, "p99": 2.5}
    assert "times as long, total, a" not in found
    assert "  times as long, total, b" in in_words({"part": found, "other": {"one number": 1234.5}})
    assert "1,234" in in_words({"part": {"one number": 1234.5}})


@pytest.mark.parametrize("name", READERS)
def test_the_float_model_reads_as_the_int8_one(name: str, tmp_path: Path, article: Document) -> None:
    reader, plain = ExtractiveReader.load(name), ExtractiveReader.load(restore(READERS[name], tmp_path))
    passages = split(article, SplitSettings())
    questions = ["what was the ransom deadline?", "Who co-hosted the talks?", "How many countries took part?"]
    for question in questions:
        for passage in passages[:5]:
            one, other = (each.read(question, [passage], 1)[0] for each in (reader, plain))
            # int8 rounds activations too; the score is a sum of four logits of magnitude up to ten.
            assert one.score == pytest.approx(other.score, abs=1.5, rel=0.15)
    both = [[each.read(question, passages, 1)[0].span for question in questions] for each in (reader, plain)]
    assert np.mean([one == other for one, other in zip(*both, strict=True)]) >= 2 / 3


@pytest.mark.parametrize("kind", ["untrained", "untrained_mpnet"])
def test_float_weights_are_the_original_ones_but_for_rounding(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(kind)
    export(folder, tmp_path / "int8")
    original = AutoModelForQuestionAnswering.from_pretrained(folder)
    back = AutoModelForQuestionAnswering.from_pretrained(restore(tmp_path / "int8", tmp_path / "back"))
    # The rows of two tables that no text makes use of: places before the first, and a token that is itself ahead of itself.
    unused = {"mpnet.embeddings.position_embeddings.weight": [0, 1], "mpnet.encoder.relative_attention_bias.weight": [16]}
    for name, weights in original.state_dict().items():
        rows = [row for row in range(len(weights)) if row not in unused.get(name, ())]
        assert torch.allclose(weights[rows], back.state_dict()[name][rows], atol=float(weights.abs().max()) / 64), name


def test_no_quantised_reader_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no model\.onnx"):
        restore(tmp_path, tmp_path / "out")
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ValueError, match="is not a quantised reader"):
        restore(tmp_path, tmp_path / "out")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "speed",
        "--reader",
        "small",
        "--seeds",
        str(ROOT / "seeds"),
        "--index",
        str(tmp_path / "index"),
        "--json",
        str(tmp_path / "out.json"),
    ]
    assert eval.__main__.main([*arguments, "--limit", "2", "--rounds", "1"]) == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert list(found) == ["cold", "start", "ask", "against", "clients", "build", "formats", "memory", "reader"]
    for part in found.values():
        for name, value in part.items():
            least = 0 if name.startswith(("turned away", "token F1")) else 1e-9
            assert all(cell >= least for cell in (value.values() if isinstance(value, dict) else [value])), name
    start = found["start"]
    assert start["seconds to alive"] <= start["seconds to answered"] <= start["seconds to complete"]
    assert found["memory"]["peak memory, MiB"] > 100
    printed = capsys.readouterr().out
    for name in (
        "answers a second, 32 clients",
        "times the answers for a core-second, 32 clients",
        "turned away (503), 8 clients",
        "times as long, total, float32 on torch",
        "times as long, read, float32 on torch",
        "passages indexed a second",
    ):
        assert name in printed


def test_a_process_is_not_charged_with_the_memory_of_the_one_that_measures_it() -> None:
    ours = bytearray(400 * 1024**2)
    assert peak_memory([sys.executable, "-c", "pass"]) < 100
    assert peak_memory([sys.executable, "-c", "held = bytearray(200 * 1024**2)"]) > 200
    del ours


@pytest.mark.parametrize(("name", "module"), [("Haystack", haystack_pipeline), ("txtai", txtai_pipeline)])
def test_without_the_other_system_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, module: ModuleType
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=f"{name} is not installed"):
        module.check_installed()
    assert eval.__main__.main(["speed", "--against", name.lower(), "--json", str(tmp_path / "out.json")]) == 2
    assert capsys.readouterr().err == f"error: {name} is not installed. Run: pip install -r requirements-bench.txt\n"
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        eval.__main__.main(["speed", "--only", "light"])
    assert caught.value.code == 2
    assert "invalid choice: 'light'" in capsys.readouterr().err


def test_on_a_squad_file_other_processes_read_its_paragraphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"id": "a", "question": "Where does Ann live?", "answers": [{"text": "Oslo", "answer_start": 13}]}
    paragraph = {"context": "Ann lives in Oslo.", "qas": [asked]}
    (tmp_path / "set.json").write_text(json.dumps({"data": [{"title": "Homes", "paragraphs": [paragraph]}]}))
    arguments = ["speed", "--data", str(tmp_path / "set.json"), "--only", "build", "memory", "--rounds", "1"]
    assert eval.__main__.main(arguments) == 0
    captured = capsys.readouterr()
    assert "peak memory" in captured.out
    assert "Building the index of seeds" not in captured.err


def test_how_it_grows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--passages", "300,30", "--json", str(tmp_path / "out.json"), "--html", str(tmp_path / "out.html")]
    assert eval.__main__.main(["speed", *arguments]) == 0
    few, many = json.loads((tmp_path / "out.json").read_text())
    assert (few["passages"], many["passages"]) == (30, 300)
    assert (few["recall"], many["recall"]) == (1, 1)
    assert few["disk"] < many["disk"]
    printed = capsys.readouterr().out
    assert "log-log slope of search against passages" in printed
    page = (tmp_path / "out.html").read_text()
    assert page.count("<svg") == 3
    assert "recall@10" in page
    assert "made" in page


def test_slopes_by_hand() -> None:
    assert slope([10, 100, 1000], [1, 10, 100]) == pytest.approx(1)
    assert slope([10, 100, 1000], [5, 5, 5]) == pytest.approx(0)
    assert slope([1, 100], [1, 10]) == pytest.approx(0.5)


def test_a_log_log_plot_has_its_points_where_they_belong() -> None:
    svg = log_log("Cost", {"time": [(1, 1), (100, 10)], "room": [(1, 100), (100, 100)]}, "passages", "ms")
    line = re.search(r'class="line series0" points="([\d.]+),([\d.]+) ([\d.]+),([\d.]+)"', svg)
    assert line
    assert [float(number) for number in line.groups()] == [LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, (TOP + HEIGHT - BOTTOM) / 2]
    for tick in ("1", "10", "100"):
        assert f">{tick}</text>" in svg


def test_what_is_made_is_as_it_says() -> None:
    vectors, asked = made_vectors(500, 20)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(asked, axis=1) == pytest.approx(1, abs=1e-5)
    assert (asked @ vectors.T).max(axis=1).mean() == pytest.approx(0.55, abs=0.05)
    texts = made_texts(200, 60)
    assert {len(text.split()) for text in texts} == {60}
    assert 0.3 < np.mean(["word0 " in text for text in texts]) < 0.7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--html", "x.html"], "--html is for --passages"),
        (["--only", "ask", "--against", "haystack"], "--against is about the part 'against'"),
        (["--only", "ask", "--before", "x"], "--before is about the part 'start'"),
        (["--passages", "10", "--limit", "5"], "--passages is of made-up passages"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert eval.__main__.main(["speed", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_questions_that_all_follow_others_are_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = {"question": "And why?", "answers": [], "evidence": None, "kind": "why", "id": "1"}
    (tmp_path / "set.jsonl").write_text(json.dumps({**question, "history": [{"question": "Who?"}]}))
    arguments = ["--data", str(tmp_path / "set.jsonl"), "--seeds", str(ROOT / "seeds"), "--index", str(tmp_path / "index")]
    assert eval.__main__.main(["speed", "--reader", "small", *arguments]) == 2
    assert "None of these questions stands alone" in capsys.readouterr().err


def test_sizes_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        eval.__main__.main(["speed", "--passages", "1000,many"])
    assert "'many'" in capsys.readouterr().err


def test_reading_each_format_is_measured() -> None:
    found = formats("Tea is hot.\n\nWine (red) is not.", 1)
    for suffix in ("txt", "html", "eml", "docx", "epub", "pdf"):
        assert found[f"milliseconds, 200,000 characters, {suffix}"]["p50"] > 0
    with FileReader() as reader:
        for name, data in files("Tea is hot.\n\nWine (red) is not.").items():
            assert "Wine (red) is not." in reader.read(name, data).text, name

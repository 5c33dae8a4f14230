"""The commands as people run them, with the real models."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import index.__main__
import qa.__main__
from index.command_line import exit_with
from tests.conftest import ROOT

SEEDS = ROOT / "seeds"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the article."""
    out = tmp_path_factory.mktemp("made") / "index"
    assert index.__main__.main(["build", "--seeds", str(SEEDS), "--out", str(out)]) == 0
    return out


def test_build_info_and_search(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert index.__main__.main(["info", "--index", str(folder)]) == 0
    assert "1 documents, 26 passages, all files whole" in capsys.readouterr().out
    assert index.__main__.main(["search", "ransom deadline", "-k", "2", "--index", str(folder)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "5:50pm GMT on Friday deadline" in first
    assert float(first.split()[0]) >= float(second.split()[0])


def test_build_leaves_out_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "good.txt").write_text("A good document.")
    (tmp_path / "seeds" / "bad.txt").write_bytes(b"\x00\x01")
    arguments = ["build", "--seeds", str(tmp_path / "seeds"), "--out", str(tmp_path / "out")]
    assert index.__main__.main(arguments) == 1
    captured = capsys.readouterr()
    assert "bad.txt is binary" in captured.err
    assert "1 documents, 1 passages" in captured.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--seeds", "no-such-folder"], "There is no file or folder no-such-folder"),
        (["info", "--index", "no-such-folder"], "There is no index in no-such-folder. Build it: python -m index build"),
        (["search", "x", "--index", "no-such-folder"], "There is no index in no-such-folder"),
        (["search", "x", "-k", "0"], "-k is 0"),
        (["search", " "], "The question is empty"),
        (["search", "\udcff"], "The question is not valid Unicode"),
        (["build", "--out", "x" * 300], "cannot hold an index"),
    ],
)
def test_index_mistakes_get_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert index.__main__.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1


def test_no_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (None, b"", b"\x89PNG\x00"):
        if content is not None:
            (tmp_path / "a.txt").write_bytes(content)
        assert index.__main__.main(["build", "--seeds", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "The question is empty"),
        (["x" * 3000], "The question has 3,000 characters"),
        (["--seeds", "no-such-folder", "--index", "none", "who?"], "There is no file or folder no-such-folder"),
        (["--reader", "no-such-reader", "who?"], "The reader 'no-such-reader' cannot be loaded"),
        (["--encoder", "no-such-encoder", "who?"], "The encoder 'no-such-encoder' cannot be loaded"),
    ],
)
def test_qa_mistakes_get_one_line(
    arguments: list[str], message: str, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    place = [] if "--index" in arguments else ["--index", str(folder)]
    assert qa.__main__.main([*place, *arguments]) == 2
    error = capfd.readouterr().err
    assert f"error: {message}" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("arguments", [[], ["--batch", "who?"], ["--no-such-option"]])
def test_wrong_usage_is_one_line_and_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        qa.__main__.main(arguments)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_the_ransom_question_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert qa.__main__.main(["--index", str(folder), "what was the ransom deadline?"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("5:50pm GMT on Friday")
    assert "[1] IS group 'the challenge of our time' Kerry tells London talks" in output
    assert "**5:50pm GMT on Friday" in output


def test_the_ransom_question_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert qa.__main__.main(["--index", str(folder), "--json", "what was the ransom deadline?"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["answer"] in {"5:50pm GMT on Friday", "5:50pm GMT on Friday deadline"}
    (citation,) = answer["citations"]
    text = (SEEDS / "is-group-london-talks.txt").read_bytes().decode()
    assert text[citation["start"] : citation["end"]] == citation["quote"] == answer["answer"]
    assert citation["source"] == "seeds/is-group-london-talks.txt"


def test_a_question_that_is_not_answered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert qa.__main__.main(["--index", str(folder), "What is the capital of Peru?"]) == 0
    assert capsys.readouterr().out.startswith("The documents do not say.")


BATCH: list[tuple[bytes, Any, str | None]] = [
    (b'{"id": "a", "question": "what was the ransom deadline?", "other": [1]}', "a", None),
    (b"{not json", None, "Not a line of JSON"),
    (b'{"id": 3, "question": ""}', 3, "The question is empty"),
    (json.dumps({"id": "long", "question": "x" * 100_000}).encode(), "long", "100,000 characters"),
    (json.dumps({"id": "😀", "question": "😀😀😀"}).encode(), "😀", None),
    ('{"id": "rtl", "question": "متى كانت المهلة؟"}'.encode(), "rtl", None),
    (b'{"id": "html", "question": "<img src=x onerror=alert(1)> who hosted the talks?"}', "html", None),
    (b"", None, None),
    (b'\xff\xfe{"id": 1}', None, "Not a line of JSON"),
    (b"[1, 2]", None, "The line is list"),
    (b'{"id": "none"}', "none", "no 'question'"),
    (b'{"id": "number", "question": 5}', "number", "no 'question'"),
    (b'{"id": "s", "question": "why?", "history": [{"question": "\\ud800"}]}', "s", "half of a surrogate pair"),
    (b'{"id": "l", "question": "why?", "history": [{"question": "' + b"x" * 2001 + b'"}]}', "l", "2,001 characters"),
    (b"[" * 100_000, None, "Not a line of JSON"),
    (b'{"id": "h", "question": "why?", "history": "x"}', "h", "'history' is str"),
    (b'{"id": "lone", "question": "\\ud800 who?"}', "lone", "surrogate"),
    (b'{"question": "who hosted the talks?", "history": [{"question": "what?", "answer": null}]}', None, None),
]


def test_batch_answers_each_line_in_its_place(folder: Path, python: str) -> None:
    lines = b"\n".join(line for line, _, _ in BATCH)
    done = subprocess.run(
        [python, "-m", "qa", "--batch", "--index", str(folder)], input=lines, capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1, done.stderr.decode()  # Some could not be answered.
    results = [json.loads(line) for line in done.stdout.splitlines()]
    expected = [row for row in BATCH if row[0]]
    assert [result["id"] for result in results] == [identifier for _, identifier, _ in expected]
    for result, (_, _, message) in zip(results, expected, strict=True):
        if message is None:
            assert "error" not in result
            assert result["found"] == (result["answer"] is not None)
        else:
            assert message in result["error"]["message"]
            assert set(result) == {"id", "error"}
    assert results[0]["answer"].startswith("5:50pm GMT on Friday")


def test_who_reads_the_output_may_stop(folder: Path, python: str) -> None:
    command = [python, "-m", "index", "search", "the", "-k", "26", "--index", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert not {"Traceback", "Exception", "BrokenPipeError"} & set(said.replace(":", " ").split())
    assert process.returncode == 1


def test_an_interrupted_command_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as caught:
        exit_with(interrupted)
    assert caught.value.code == 130
    assert capsys.readouterr().err == "stopped\n"

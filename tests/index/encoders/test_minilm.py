"""The encoder that needs no torch, against sentence-transformers with the same weights."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.questions import QUESTIONS, load_questions
from index.document import Document
from index.encoders.minilm import TOGETHER, MiniLM
from index.encoders.sentence_encoder import SentenceEncoder, load_encoder
from index.split import split
from tests.conftest import ROOT

ODD = ["", " ", "😀 émigré 東京 مرحبا", "word " * 400, "x" * 3000, "[SEP] [CLS]", "don't re-use the U.S.'s 5:50pm\n\t\u2028"]


def units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def pair(article: Document, real_encoder: MiniLM) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    questions = [question.question for question in load_questions(QUESTIONS, [article])]
    passages = [passage.text for passage in split(article)]
    texts = [*passages, *questions, *ODD]
    ours, theirs = (units(encoder.encode(texts)) for encoder in (real_encoder, SentenceEncoder()))
    return passages, questions, ours, theirs


def test_vectors_are_those_of_sentence_transformers(pair: tuple[list[str], list[str], np.ndarray, np.ndarray]) -> None:
    _, _, ours, theirs = pair
    assert (ours * theirs).sum(axis=1).min() > 0.99999
    assert np.abs(ours - theirs).max() < 1e-5


def test_rankings_are_those_of_sentence_transformers(pair: tuple[list[str], list[str], np.ndarray, np.ndarray]) -> None:
    passages, questions, ours, theirs = pair
    ends = len(passages), len(passages) + len(questions)
    orders = [np.argsort(-(each[ends[0] : ends[1]] @ each[: ends[0]].T), axis=1) for each in (ours, theirs)]
    assert np.array_equal(*orders)


def test_an_index_of_either_can_be_searched_with_the_other(real_encoder: MiniLM) -> None:
    theirs = SentenceEncoder()
    assert (real_encoder.name, real_encoder.dimension) == (theirs.name, theirs.dimension)


def test_a_text_has_the_same_vector_whatever_is_encoded_with_it(real_encoder: MiniLM) -> None:
    texts = [f"Text {number}. {'and so on ' * (number % 7)}" for number in range(TOGETHER + 3)]
    together = real_encoder.encode(texts)
    for number in (0, TOGETHER - 1, TOGETHER, TOGETHER + 2):
        assert np.array_equal(real_encoder.encode([texts[number]])[0], together[number])
    assert real_encoder.encode([]).shape == (0, 384)


def test_torch_is_not_needed_to_answer(tmp_path: Path) -> None:
    code = """
import sys
from qa.__main__ import main
assert main(["--index", sys.argv[1], "--json", "what was the ransom deadline?"]) == 0
loaded = {"torch", "transformers", "sentence_transformers", "gradio", "pandas"} & sys.modules.keys()
assert not loaded, loaded
"""
    command = [sys.executable, "-c", code, str(tmp_path / "index")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_name_is_for_sentence_transformers() -> None:
    with pytest.raises(ValueError, match=r"The encoder 'no/such/model' cannot be loaded"):
        load_encoder("no/such/model")


def test_nothing_is_said_while_models_load() -> None:
    code = "from index.encoders.minilm import MiniLM; from qa.read.reader import ExtractiveReader as R; MiniLM(); R.load()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")

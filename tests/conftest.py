"""Fakes that are real, explainable subclasses, so that most tests need no model."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering, MPNetConfig, MPNetForQuestionAnswering

from index.build import load_documents
from index.document import Document, Span
from index.encoder import Vectors, package_folder
from index.encoders.minilm import MiniLM
from qa.read.reader import Candidate, ExtractiveReader, ReaderSettings

if TYPE_CHECKING:
    from tests.cluster.milvus_server import MilvusServer

# How long an example takes depends on what else the machine does; no test is about that.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# These need what requirements-cluster.txt has, and run in `make test-cluster`.
collect_ignore = [] if os.environ.get("QA_STORES") else ["cluster"]

ROOT = Path(__file__).parent.parent
ARTICLE = ROOT / "seeds" / "is-group-london-talks.txt"


class LetterEncoder:
    """Encodes a text as its counts of the 26 letters, and records what it was asked to encode."""

    name = "letters"
    dimension = 26

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
        self.encoded += texts
        letters = "abcdefghijklmnopqrstuvwxyz"
        return np.array([[text.lower().count(letter) for letter in letters] for text in texts], dtype=np.float32)


class WordReader:
    """Answers with the first passage word that the question lacks, right after one that it has; scores by words shared."""

    name = "words"
    settings = ReaderSettings()

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        asked = set(question.lower().split())
        candidates = []
        for passage in passages:
            words = passage.text.split()
            shared = len(asked & {word.lower() for word in words})
            for before, word in pairwise(words):
                if before.lower() in asked and word.lower() not in asked:
                    start = passage.start + passage.text.index(f"{before} {word}") + len(before) + 1
                    span = Span(passage.document, start, start + len(word))
                    candidates.append(Candidate(span, passage, 2.0 * shared - 3.0))
                    break
        return sorted(candidates, key=lambda candidate: -candidate.score)[:count]


def make(text: str, source: str = "made.txt") -> Document:
    return Document.from_text(text, source)


@pytest.fixture
def encoder() -> LetterEncoder:
    return LetterEncoder()


@pytest.fixture(scope="session")
def article() -> Document:
    return load_documents([ARTICLE]).documents[0]


@pytest.fixture(scope="session")
def real_encoder() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def real_reader() -> ExtractiveReader:
    return ExtractiveReader.load()


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["MilvusServer"]:
    """A real server, which runs for these tests alone. There cannot be two of them in one network."""
    from tests.cluster.milvus_server import MilvusServer

    server = MilvusServer(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def milvus(milvus_server: "MilvusServer") -> str:
    """Its address."""
    return milvus_server.url


@pytest.fixture(scope="session")
def own_milvus() -> str:
    """The address of the user's own cluster."""
    return os.environ["QA_MILVUS_URI"].rstrip("/")


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    """The folder of a tiny question-answering model with random weights."""
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertForQuestionAnswering(config).save_pretrained(tmp_path / "untrained")
    tokenizer.save_pretrained(tmp_path / "untrained")
    return tmp_path / "untrained"


@pytest.fixture
def untrained_mpnet(tmp_path: Path) -> Path:
    """As `untrained`, of another kind, for at most 300 tokens, and with weights large enough to tell tokens apart."""
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    config = MPNetConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=302,
        initializer_range=0.5,
    )
    MPNetForQuestionAnswering(config).save_pretrained(tmp_path / "mpnet")
    tokenizer.save_pretrained(tmp_path / "mpnet")
    return tmp_path / "mpnet"


@pytest.fixture
def python() -> str:
    return sys.executable


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        pytest.fail("There is no Chromium to test with. Install it: sudo apt-get update && sudo apt-get install chromium")
    # Chromium's sandbox does not work for root.
    arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()

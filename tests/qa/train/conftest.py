from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering, PreTrainedTokenizerBase

from index.encoder import package_folder
from qa.train.examples.batches import Batch, Batches, Layout
from qa.train.examples.maker import ExampleMaker
from qa.train.examples.rows import Example, tokenise
from qa.train.examples.squad_format import Gold, Question
from qa.train.prepare import MadePasses
from qa.train.recipe import Recipe

# Models this small gain nothing from threads, and lose much where other work runs.
torch.set_num_threads(1)

CONTEXT = (
    "Ann went to Oslo in May 1999. She took the train. It cost $40 a day. Bob stayed in Rome. He was ill. They met in June."
)


def ask(text: str, *answers: str, context: str = CONTEXT, identifier: str = "q") -> Question:
    return Question(identifier, text, context, tuple(Gold(answer, context.index(answer)) for answer in answers), "article")


QUESTIONS = [
    ask("Where did Ann go?", "Oslo", identifier="a"),
    ask("Where did Bob stay in 1999?", "Rome", "in Rome", identifier="b"),
    ask("Who flew?", identifier="c"),
] + [
    ask(f"Where is number {i}?", f"place {i}", context=f"The number {i} is in place {i}. It is Ann's.", identifier=str(i))
    for i in range(20)
]


EXAMPLES = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in QUESTIONS]


def words() -> PreTrainedTokenizerBase:
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(package_folder())
    return tokenizer


def examples_of(recipe: Recipe, questions: Sequence[Question] = QUESTIONS) -> ExampleMaker:
    return ExampleMaker({"made": questions}, recipe)


def made(recipe: Recipe, questions: Sequence[Question] = QUESTIONS, validation: Sequence[Question] = ()) -> MadePasses:
    return MadePasses(examples_of(recipe, questions), words(), validation)


@pytest.fixture(scope="module")
def maker() -> ExampleMaker:
    return examples_of(Recipe())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def one_batch(examples: Sequence[Example] = EXAMPLES) -> Batch:
    rows = tokenise(examples, words(), 128)
    return Batches(rows, torch.device("cpu")).laid_out(np.arange(len(rows)), Layout.of(words()))

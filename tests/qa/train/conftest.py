import random
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

from index.encoder import package_folder
from qa.train.examples.batches import Batch, batches
from qa.train.examples.maker import Example, ExampleMaker
from qa.train.examples.squad_format import Gold, Question
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


def made(recipe: Recipe) -> ExampleMaker:
    return ExampleMaker({"made": QUESTIONS}, recipe)


@pytest.fixture(scope="module")
def maker() -> ExampleMaker:
    return made(Recipe())


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


def one_batch() -> Batch:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    examples = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in QUESTIONS]
    (batch,) = batches(examples, tokenizer, 4000, 64, random.Random(0))
    return batch

import random

from transformers import AutoTokenizer

from index.encoder import package_folder
from qa.train.examples.batches import batches
from qa.train.examples.maker import Example
from tests.qa.train.conftest import QUESTIONS


def test_batches_point_at_the_answers() -> None:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    examples = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in QUESTIONS]
    seen = 0
    for batch in batches(examples, tokenizer, 200, 64, random.Random(0)):
        ids = batch.inputs["input_ids"]
        assert ids.numel() <= 200
        assert all(batch.allowed[range(len(ids)), places].all() for places in (batch.starts, batch.ends))
        for row, allowed, start, end in zip(ids, batch.allowed, batch.starts, batch.ends, strict=True):
            words = tokenizer.decode(row[start : end + 1])
            assert tokenizer.decode(row[allowed]).startswith("[CLS]")
            assert "[SEP]" not in tokenizer.decode(row[allowed])
            assert words == "[CLS]" or words in {"oslo", "rome", "in rome"} or words.startswith("place ")
            seen += 1
    assert seen == len(examples)

import random
from pathlib import Path

from transformers import AutoTokenizer

from index.encoder import package_folder
from qa.train.batches import batches
from qa.train.examples import Example
from tests.train.conftest import CONTEXT, QUESTIONS, one_batch, other_tokenizer


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


def test_a_teacher_with_another_tokenizer_is_matched_word_by_word(tmp_path: Path) -> None:
    own, theirs = AutoTokenizer.from_pretrained(package_folder()), other_tokenizer(tmp_path)
    batch = one_batch(theirs)
    for row in range(len(batch.starts)):
        assert batch.teacher_at[row, 0] == 0
        for place in batch.allowed[row].nonzero().flatten()[1:].tolist():
            there = int(batch.teacher_at[row, place])
            token = own.convert_ids_to_tokens(int(batch.inputs["input_ids"][row, place]))
            assert theirs.convert_ids_to_tokens(int(batch.teacher_inputs["input_ids"][row, there])) == token
        assert (batch.teacher_at[row][~batch.allowed[row]] == -1).all()


def test_a_teacher_is_asked_the_question_as_it_was_before_it_was_reworded() -> None:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    examples = [Example("wher ann go", CONTEXT, None, "Where did Ann go?"), Example("who flew", CONTEXT, None)]
    (batch,) = batches(examples, tokenizer, 4000, 64, random.Random(0), tokenizer)
    asked, taught = (
        sorted(tokenizer.decode(row).split(" [SEP]")[0] for row in inputs["input_ids"])
        for inputs in (batch.inputs, batch.teacher_inputs)
    )
    assert asked == ["[CLS] wher ann go", "[CLS] who flew"]
    assert taught == ["[CLS] where did ann go?", "[CLS] who flew"]
    for row in range(2):
        for place in batch.allowed[row].nonzero().flatten()[1:].tolist():
            there = int(batch.teacher_at[row, place])
            assert batch.teacher_inputs["input_ids"][row, there] == batch.inputs["input_ids"][row, place]

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from index.encoder import package_folder
from qa.train.examples.batches import Batches, Layout
from qa.train.examples.rows import Example, tokenise
from qa.train.examples.squad_format import Gold
from tests.qa.train.conftest import CONTEXT, EXAMPLES, words

CPU = torch.device("cpu")
LARGE = "qa/weights_large"


@pytest.mark.parametrize("folder", [str(package_folder()), LARGE])
def test_batches_point_at_the_answers(folder: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    layout, none = Layout.of(tokenizer), tokenizer.cls_token
    rows = tokenise(EXAMPLES, tokenizer, 64)
    batches, seen = Batches(rows, CPU), []
    for numbers in batches.groups(200, layout, np.random.default_rng(0)):
        batch = batches.laid_out(numbers, layout)
        ids = batch.inputs["input_ids"]
        assert ids.numel() <= 200
        assert all(batch.allowed[range(len(ids)), places].all() for places in (batch.starts, batch.ends))
        for row, allowed, start, end in zip(ids, batch.allowed, batch.starts, batch.ends, strict=True):
            found = tokenizer.decode(row[start : end + 1])
            assert tokenizer.decode(row[allowed]).startswith(none)
            assert tokenizer.sep_token not in tokenizer.decode(row[allowed])
            assert found == none or found in {"oslo", "rome", "in rome"} or found.startswith("place ")
        seen += numbers.tolist()
    assert sorted(seen) == list(range(len(EXAMPLES)))


@pytest.mark.parametrize("folder", [str(package_folder()), LARGE])
def test_a_batch_is_laid_out_as_the_tokenizer_does(folder: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = tokenise(EXAMPLES, words(), 64)
    batch = Batches(rows, CPU).laid_out(np.arange(len(rows)), Layout.of(tokenizer, words()))
    texts = [example.question for example in EXAMPLES], [example.context for example in EXAMPLES]
    expected = tokenizer(*texts, padding=True, return_tensors="pt")
    assert batch.inputs.keys() == expected.keys()
    assert all(torch.equal(batch.inputs[name], expected[name]) for name in expected)


def test_an_answer_that_is_cut_off_makes_no_row() -> None:
    last = Gold("June", CONTEXT.index("June"))
    rows = tokenise([Example("When?", CONTEXT, last), Example("When?", CONTEXT, None)], words(), 20)
    assert (len(rows), rows.starts.tolist()) == (1, [-1])


def test_a_tokenizer_of_other_words_is_refused() -> None:

    other: PreTrainedTokenizerBase = words()
    other.add_tokens(["zzyzx"])
    with pytest.raises(ValueError, match="'zzyzx'"):
        Layout.of(words(), other)

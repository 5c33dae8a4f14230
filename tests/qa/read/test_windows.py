"""Windows against those that transformers makes."""

import numpy as np
import pytest
from transformers import AutoTokenizer

from index.document import Document
from index.encoder import package_folder
from index.split import split
from qa.read.windows import Tokenizer
from qa.readers import READERS

QUESTIONS = ["what was the ransom deadline?", "", "Who's 😀 at 5:50pm?", "why " * 200, "[SEP] or [CLS]"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("window", "stride"), [(320, 96), (64, 16)])
@pytest.mark.parametrize("question", QUESTIONS)
def test_they_are_those_of_transformers(article: Document, question: str, window: int, stride: int, reader: str) -> None:
    theirs = AutoTokenizer.from_pretrained(READERS[reader])
    passages = [*(passage.text for passage in split(article)[:6]), article.text, "😀 émigré 東京", "x" * 500]
    cut = theirs(question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"][:40]
    expected = theirs(
        [question[: cut[-1][1]] if cut else question] * len(passages),
        passages,
        truncation="only_second",
        max_length=window,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding=True,
        return_tensors="np",
    )
    made = Tokenizer.load(READERS[reader]).windows(question, passages, window, stride, 40)
    assert np.array_equal(made.passage, expected["overflow_to_sample_mapping"])
    attended = expected["attention_mask"] == 1
    assert np.array_equal(made.inputs["attention_mask"] == 1, attended)
    for name in theirs.model_input_names:
        assert np.array_equal(made.inputs[name][attended], expected[name][attended]), name
    context = np.array([[part == 1 for part in expected.sequence_ids(row)] for row in range(len(made.passage))])
    assert np.array_equal(made.context, context)
    assert np.array_equal(made.offsets[context], expected["offset_mapping"][context])


def test_a_window_is_filled_with_the_tokenizer_s_own_padding() -> None:
    backend = AutoTokenizer.from_pretrained(package_folder()).backend_tokenizer
    inputs = Tokenizer(backend, padding=7).windows("Who?", ["Ann.", "Ann and Bob."], 20, 5, 9).inputs
    assert (inputs["input_ids"][inputs["attention_mask"] == 0] == 7).all()
    assert (inputs["attention_mask"] == 0).sum() == 2


def test_a_folder_without_a_tokenizer(tmp_path: object) -> None:
    with pytest.raises(ValueError, match=r"tokenizer\.json is not a tokenizer"):
        Tokenizer.load(tmp_path)  # type: ignore[arg-type]

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from transformers import (
    AutoModelForQuestionAnswering,
    AutoTokenizer,
    BertConfig,
    BertModel,
    RobertaConfig,
    RobertaForQuestionAnswering,
)

from index.document import Document, Span
from index.encoder import package_folder
from index.split import split
from qa.read.models import Inputs, OnnxModel, Output, TorchModel
from qa.read.reader import LONGEST_ANSWER, ExtractiveReader, ReaderSettings
from qa.read.windows import Tokenizer
from qa.readers import READERS
from qa.train.export import LARGEST_FILE, LARGEST_TENSOR_FILE, export
from tests.conftest import make


class Pointing:
    """A model that gives chosen words a high start and end logit, wherever they stand, and all else 0."""

    def __init__(self, tokenizer: object, words: dict[str, float]) -> None:
        self.scores = {tokenizer.convert_tokens_to_ids(word): score for word, score in words.items()}  # type: ignore[attr-defined]
        self.calls: list[tuple[int, ...]] = []
        self.verdicts: np.ndarray | None = None

    def __call__(self, inputs: Inputs) -> Output:
        ids = inputs["input_ids"]
        self.calls.append(ids.shape)
        logits = np.zeros(ids.shape, dtype=np.float32)
        for token, score in self.scores.items():
            logits[ids == token] = score
        return Output(logits, logits, self.verdicts[: len(ids)] if self.verdicts is not None else None)


def pointing(words: dict[str, float], **settings: float) -> ExtractiveReader:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    model, windows = Pointing(tokenizer, words), Tokenizer.load(package_folder())
    return ExtractiveReader("pointing", ReaderSettings(**settings), model, windows)


def test_candidates_of_all_passages_are_ranked_together_by_hand() -> None:
    reader = pointing({"rome": 3.0, "oslo": 5.0, "[CLS]": 1.0})
    passages = [make("Ann is in Rome."), make("Bob is in Oslo.")]
    found = reader.read("Where?", [document.span for document in passages], count=2)
    assert [(candidate.span.text, candidate.score) for candidate in found] == [("Oslo", 8.0), ("Rome", 4.0)]
    assert len(reader.model.calls) == 1  # type: ignore[attr-defined]


def test_what_ranks_lower_pays_the_logarithm_of_its_rank() -> None:
    passages = [make(f"Bob is in {town}.").span for town in ("Rome", "Lima", "Oslo")]
    words = {"rome": 4.0, "oslo": 5.0}
    (found,) = pointing(words, rank_penalty=1.0, threshold=np.inf).read("Where?", passages, count=1)
    assert (found.span.text, found.score) == ("Oslo", pytest.approx(10 - np.log(3)))
    (found,) = pointing(words, rank_penalty=2.0, threshold=np.inf).read("Where?", passages, count=1)
    assert (found.span.text, found.score) == ("Rome", 8.0)


@pytest.mark.parametrize(("logit", "read"), [(4.0, 2), (1.1, 5), (-4.0, 8)])
def test_no_more_passages_are_read_once_the_answer_is_clear(logit: float, read: int) -> None:
    passages = [make("Bob is in Rome.").span, *[make(f"Bob {word} in Oslo.").span for word in "abcdefg"]]
    reader = pointing({"rome": logit, "[CLS]": 1.0}, rank_penalty=1.0)
    (found,) = reader.read("Where?", passages, count=1)
    assert sum(call[0] for call in reader.model.calls) == read  # type: ignore[attr-defined]
    everything = replace(reader, settings=replace(reader.settings, threshold=np.inf))
    assert everything.read("Where?", passages, count=1) == [found]


def test_offsets_are_the_document_s_own() -> None:
    document = make("😀 First.  Then émigré Oslo, 東京.")
    passage = Span(document, 11, len(document.text))
    (found,) = pointing({"oslo": 5.0}).read("Where?", [passage], count=1)
    assert (found.span.text, found.span.start) == ("Oslo", document.text.index("Oslo"))


def test_the_question_is_never_the_answer() -> None:
    (found,) = pointing({"oslo": 5.0}).read("Is Oslo there?", [make("Ann went to Oslo today.").span], count=1)
    assert found.span.start == 12


def test_an_accent_that_is_a_character_of_its_own_is_a_part_of_its_word() -> None:
    (found,) = pointing({"oslo": 5.0}).read("Where?", [make("Ann left Oslo\u0301\u0302.").span], count=1)
    assert found.span.text == "Oslo\u0301\u0302"


def test_a_number_is_not_cut() -> None:
    reader = pointing({"31": 5.0, "1": 1.0})
    assert reader.read("When?", [make("Ann took 1:31.733 for it, 2,000 m.").span], 1)[0].span.text == "1:31.733"
    assert reader.read("When?", [make("Ann took 31 s: one after Bob.").span], 1)[0].span.text == "31"


def test_a_long_passage_is_read_to_its_end_in_windows() -> None:
    document = make("word " * 500 + "Oslo " + "word " * 30)
    reader = pointing({"oslo": 5.0}, window=64, stride=16)
    (found,) = reader.read("Where?", [document.span], count=1)
    assert found.span.text == "Oslo"
    assert reader.model.calls[0][0] > 5  # type: ignore[attr-defined]


def test_no_two_candidates_overlap(real_reader: ExtractiveReader, article: Document) -> None:
    found = real_reader.read("Which countries attended?", split(article), count=8)
    assert len(found) == 8
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    for i, candidate in enumerate(found):
        assert candidate.passage.contains(candidate.span)
        assert not any(candidate.span.overlaps(other.span) for other in found[:i])


def test_an_answer_has_a_longest_length() -> None:
    document = make("Oslo " + "and " * 200 + "Rome")
    found = pointing({"oslo": 5.0, "rome": 5.0}, window=320).read("Where?", [document.span], count=3)
    assert all(len(candidate.span.text.split()) <= LONGEST_ANSWER for candidate in found)


def test_nothing_to_read() -> None:
    assert pointing({}).read("Where?", []) == []


def test_a_question_longer_than_the_window_is_cut(real_reader: ExtractiveReader, article: Document) -> None:
    assert real_reader.read("why " * 2000, split(article)[:2])


def test_confidence_rises_with_the_score_and_never_overflows() -> None:
    settings = ReaderSettings(slope=0.5, intercept=-1.0)
    assert settings.confidence(2.0) == 0.5
    values = [settings.confidence(score) for score in (-1e6, -10, 0, 10, 1e6)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ('{"windows": 3}', "windows"),
        ("[1]", "must be a mapping"),
        ('{"threshold": "0.5"}', "threshold is '0.5'; expected float"),
        ('{"slope": null}', "slope is None; expected float"),
        ('{"intercept": true}', "intercept is True; expected float"),
        ('{"window": 320.5}', "window is 320.5; expected int"),
    ],
)
def test_settings_that_cannot_be_used_are_named(tmp_path: Path, content: str, wrong: str) -> None:
    (tmp_path / "reader.json").write_text(content)
    with pytest.raises(ValueError, match=rf"reader\.json cannot be used \(.*{wrong}.*\)\. Expected a JSON object like"):
        ReaderSettings.load(tmp_path)


def test_whole_numbers_stand_for_others_too(tmp_path: Path) -> None:
    (tmp_path / "reader.json").write_text('{"threshold": 1, "window": 64}')
    assert ReaderSettings.load(tmp_path) == ReaderSettings(threshold=1.0, window=64)


@pytest.mark.parametrize(("name", "most"), [("small", 35e6), ("large", 115e6)])
def test_the_shipped_weights_are_small_and_have_settings(name: str, most: float) -> None:
    sizes = [path.stat().st_size for path in READERS[name].iterdir()]
    assert sum(sizes) < most
    assert max(sizes) < LARGEST_FILE
    assert set(json.loads((READERS[name] / "reader.json").read_text())) == {
        "window",
        "stride",
        "length_penalty",
        "rank_penalty",
        "slope",
        "intercept",
        "threshold",
    }


def test_a_model_is_read_in_float32_whatever_its_file_holds(untrained: Path) -> None:
    AutoModelForQuestionAnswering.from_pretrained(untrained).bfloat16().save_pretrained(untrained)
    (candidate,) = ExtractiveReader.load(untrained).read("Where did Ann go?", [make("Ann went to Oslo.").span], 1)
    assert candidate.span.text in "Ann went to Oslo."


def test_a_model_that_answers_no_questions_or_is_cut_off_is_refused(untrained: Path) -> None:
    weights = untrained / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ValueError, match="untrained' cannot be loaded"):
        ExtractiveReader.load(untrained)
    BertModel(BertConfig.from_pretrained(untrained)).save_pretrained(untrained)
    with pytest.raises(ValueError, match="it has no weights for qa_outputs"):
        ExtractiveReader.load(untrained)


def test_an_exported_model_reads_like_the_original(untrained: Path, tmp_path: Path) -> None:
    export(untrained, tmp_path / "onnx", quantise=False)
    passages = [make("Ann went to Oslo in May.").span, make("Nobody ever said so, did they?").span]
    original, exported = (
        ExtractiveReader.load(folder).read("Where did Ann go?", passages) for folder in (untrained, tmp_path / "onnx")
    )
    assert [candidate.span for candidate in exported] == [candidate.span for candidate in original]
    assert [candidate.score for candidate in exported] == pytest.approx([candidate.score for candidate in original], abs=1e-4)


def test_a_model_that_is_too_large_for_one_file_is_read_from_two(
    untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(untrained, tmp_path / "one")
    monkeypatch.setattr("qa.train.export.LARGEST_FILE", 1000)
    largest = tmp_path / "two" / LARGEST_TENSOR_FILE
    export(untrained, tmp_path / "two")
    size = largest.stat().st_size
    assert size > (tmp_path / "two" / "model.onnx").stat().st_size
    export(untrained, tmp_path / "two")
    assert largest.stat().st_size == size
    passages = [make("Ann went to Oslo in May.").span]
    one, two = (ExtractiveReader.load(tmp_path / name).read("Where did Ann go?", passages) for name in ("one", "two"))
    assert one == two


def test_an_exported_mpnet_gives_the_logits_of_the_original(untrained_mpnet: Path, tmp_path: Path) -> None:
    export(untrained_mpnet, tmp_path / "onnx", quantise=False)
    original, exported = TorchModel(str(untrained_mpnet)), OnnxModel(tmp_path / "onnx" / "model.onnx")
    # Long enough for every distance that has a bias of its own, and as long as there are places.
    for length in (1, 2, 300):
        ids = np.random.default_rng(length).integers(2, 1000, (1, length))
        inputs = {"input_ids": ids, "token_type_ids": np.zeros_like(ids), "attention_mask": np.ones_like(ids)}
        for ours, theirs in zip(exported(inputs)[:2], original(inputs)[:2], strict=True):
            assert ours == pytest.approx(theirs, abs=1e-4)
            assert length < 300 or theirs.std() > 0.1


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be exported .*Expected a BERT or MPNet model"):
        export(tmp_path / "missing", tmp_path / "out")
    RobertaForQuestionAnswering(
        RobertaConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    ).save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match=r"it is a roberta.* --reader FOLDER"):
        export(tmp_path / "other", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", READERS)
def test_the_shipped_model_holds_no_path_of_the_machine_that_exported_it(name: str) -> None:
    model = onnx.load(READERS[name] / "model.onnx", load_external_data=False)
    for weights in model.graph.initializer:
        weights.ClearField("raw_data")
    assert b".py" not in model.SerializeToString()
    assert b"site-packages" not in model.SerializeToString()


def test_a_passage_scores_the_same_whatever_else_is_read(real_reader: ExtractiveReader, article: Document) -> None:
    passages = split(article)
    question = "what was the ransom deadline?"
    real_reader = replace(real_reader, settings=replace(real_reader.settings, rank_penalty=0.0, threshold=np.inf))
    alone = [real_reader.read(question, [passage], 1)[0] for passage in passages]
    for count in (2, 7, len(passages)):
        best = max(alone[:count], key=lambda candidate: candidate.score)
        assert real_reader.read(question, passages[:count], 1) == [best]
        assert real_reader.read(question, passages[:count][::-1], 1) == [best]


def test_a_verdict_comes_with_its_span() -> None:
    reader = pointing({"oslo": 50.0, "rome": 40.0})
    passages = [make("Ann lives in Oslo.").span, make("Bob lives in Rome.").span]
    assert [candidate.verdict for candidate in reader.read("Where?", passages, 2)] == [None, None]
    reader.model.verdicts = np.array([[0, 9, 1], [0, 1, 9]])  # type: ignore[attr-defined]
    found = reader.read("Where?", passages, 2)
    assert [(candidate.span.text, candidate.verdict) for candidate in found] == [("Oslo", "yes"), ("Rome", "no")]
    reader.model.verdicts = np.array([[9, 1, 1], [0, 1, 9]])  # type: ignore[attr-defined]
    assert [candidate.verdict for candidate in reader.read("Where?", passages, 2)] == [None, "no"]

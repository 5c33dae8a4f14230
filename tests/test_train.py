import gzip
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import RobertaProcessing
from torch.nn.functional import cross_entropy
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForQuestionAnswering,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

import qa.train.__main__
import qa.train.average
from index.document import Document
from index.encoder import package_folder
from qa.reader import ExtractiveReader
from qa.train.__main__ import RECIPES
from qa.train.batches import Batch, batches
from qa.train.data import Gold, Question, load_squad
from qa.train.examples import Example, ExampleMaker, crop
from qa.train.export import export
from qa.train.generated import generate
from qa.train.lexicon import Lexicon
from qa.train.loop import native_bfloat16, rate, train
from qa.train.loss import distillation_loss, span_loss
from qa.train.recipe import Mix, Recipe
from qa.train.rewording import compound, dated, kind_noun, misspelt, negated, replaced, reword, terse
from qa.train.validation import Validation, best_share, best_spans

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


@pytest.mark.parametrize("seed", range(50))
def test_cropping_keeps_the_answer_where_it_says(seed: int) -> None:
    rng = random.Random(seed)
    text, gold = crop(CONTEXT, Gold("Rome", CONTEXT.index("Rome")), rng.randint(1, 30), rng)
    assert gold is not None
    assert text[gold.start : gold.end] == "Rome"
    assert text in CONTEXT
    assert text.endswith(".")


def test_made_examples_hold_their_answers_and_negatives_do_not(maker: ExampleMaker) -> None:
    golds = {question.text.lower(): question.golds for question in QUESTIONS}
    examples = [example for number in range(10) for example in maker.make(number)]
    assert {example.gold is None for example in examples} == {True, False}
    for example in examples:
        if example.gold is not None:
            assert example.context[example.gold.start : example.gold.end] == example.gold.text
        else:
            known = golds.get(example.question.lower(), ())
            assert not any(gold.text in example.context for gold in known)


def test_the_same_pass_is_the_same_and_another_is_not(maker: ExampleMaker) -> None:
    assert maker.make(1) == maker.make(1) != maker.make(2)
    assert maker.make(1) != made(Recipe(seed=1)).make(1)


def test_a_file_s_share_may_differ_from_pass_to_pass() -> None:
    maker = made(Recipe(shares={"made": [0.0, 3.0]}, mix=Mix(negatives=0)))
    assert maker.make(0) == []
    assert len(maker.make(1)) == len(maker.make(5)) == 3 * len(QUESTIONS)


@pytest.mark.parametrize(
    ("rewording", "question", "expected"),
    [
        (compound, "What was the deadline for the ransom?", "What was the ransom deadline?"),
        (compound, "Who won?", None),
        (lambda q: dated(q, "5:50pm"), "When did it open?", "What time did it open?"),
        (lambda q: dated(q, "Friday"), "When did it open?", "What day did it open?"),
        (lambda q: dated(q, "1902"), "When did it open?", "What year did it open?"),
        (lambda q: dated(q, "1902"), "Who opened it?", None),
        (lambda q: kind_noun(q, random.Random(0)), "How much was the ticket?", "what was the ticket price?"),
        (lambda q: terse(q, random.Random(0)), "Who is it?", None),
        (lambda q: misspelt(q, random.Random(0)), "Who is it?", None),
    ],
)
def test_rewordings_by_hand(rewording: Callable[[str], str | None], question: str, expected: str | None) -> None:
    assert rewording(question) == expected


def test_a_question_keeps_its_own_wording_most_of_the_time() -> None:
    rng = random.Random(0)
    drawn = [reword("When was the Battle of Hastings fought?", "1066", rng, Mix()) for _ in range(400)]
    assert len(set(drawn)) > 10
    assert drawn.count("When was the Battle of Hastings fought?") > 60


def test_questions_about_compounds_are_answered_by_what_qualifies_the_noun() -> None:
    made = generate(["They offered a $5 million prize for an entry before the March 3 deadline."], 0)
    answers = {question.golds[0].text for question in made if "deadline" in question.text.split()[-1]}
    assert {question.golds[0].text for question in made} == {"$5 million", "March 3"}
    assert answers <= {"March 3"}
    for question in made:
        gold = question.golds[0]
        assert question.context[gold.start : gold.end] == gold.text


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


def one_batch(teacher: PreTrainedTokenizerBase | None = None) -> Batch:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    examples = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in QUESTIONS]
    (batch,) = batches(examples, tokenizer, 4000, 64, random.Random(0), teacher)
    return batch


def test_the_loss_is_the_cross_entropy_over_the_allowed_positions() -> None:
    torch.manual_seed(0)
    batch = one_batch()
    logits = torch.randn(batch.allowed.shape), torch.randn(batch.allowed.shape)
    for smoothing in (0.0, 0.1):
        losses = []
        for row, allowed in enumerate(batch.allowed):
            for scores, target in zip(logits, (batch.starts, batch.ends), strict=True):
                place = int(allowed[: target[row]].sum())
                kept = scores[row][allowed]
                losses.append(cross_entropy(kept, torch.tensor(place), label_smoothing=smoothing))
        assert float(span_loss(logits, batch, smoothing)) == pytest.approx(float(sum(losses)) / len(losses), rel=1e-5)


def other_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The same words with other numbers, and two separators between question and passage."""
    words = AutoTokenizer.from_pretrained(package_folder()).get_vocab()
    unknown = "<unk>"
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, unknown: 3, "<mask>": 4}
    for word in sorted(words, key=lambda word: words[word]):
        vocabulary.setdefault(word, len(vocabulary))
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=unknown))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False, add_prefix_space=False)
    specials = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": unknown, "mask_token": "<mask>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **specials).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


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


def test_a_student_with_its_teachers_scores_has_nothing_to_learn(tmp_path: Path) -> None:
    torch.manual_seed(0)
    batch = one_batch(other_tokenizer(tmp_path))
    taught = [torch.randn(batch.teacher_inputs["input_ids"].shape) for _ in range(2)]
    same = [scores.gather(1, batch.teacher_at.clamp(min=0)) + 3 for scores in taught]
    assert float(distillation_loss((same[0], same[1]), (taught[0], taught[1]), batch, 2.0)) == pytest.approx(0, abs=1e-5)
    other = same[0] + torch.randn(same[0].shape)
    assert float(distillation_loss((other, same[1]), (taught[0], taught[1]), batch, 2.0)) > 0.05


def test_a_teacher_is_learnt_from(tiny: Path, tmp_path: Path) -> None:
    taught = train(made(Recipe(passes=20, learning_rate=1e-2, batch_tokens=256)), tiny, tmp_path / "a", report=lambda _: None)
    recipe = Recipe(passes=20, learning_rate=1e-2, batch_tokens=256, distillation=1.0)
    learnt = train(made(recipe), tiny, tmp_path / "b", teacher=taught, report=lambda _: None)
    batch = one_batch(AutoTokenizer.from_pretrained(taught))

    def distance(folder: Path) -> float:
        student, teacher = (BertForQuestionAnswering.from_pretrained(one)(**batch.inputs) for one in (folder, taught))
        logits = [(output.start_logits, output.end_logits) for output in (student, teacher)]
        return float(distillation_loss(logits[0], logits[1], batch, 2.0).detach())

    assert distance(learnt) < distance(tiny) / 4


def test_a_teacher_and_the_recipe_go_together(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"distillation is 0\.5, and the teacher is None"):
        train(made(Recipe(distillation=0.5)), tiny, tmp_path / "out")
    with pytest.raises(ValueError, match=r"distillation is 0\.0, and the teacher is "):
        train(made(Recipe()), tiny, tmp_path / "out", teacher=tiny)
    assert not (tmp_path / "out").exists()


def test_the_rate_rises_and_falls_in_straight_lines() -> None:
    assert [rate(step, 10, 0.2) for step in (0, 1, 2, 6, 10)] == [0, 0.5, 1, 0.5, 0]


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


WORDNET = {
    # offset, file, part of speech, words, pointers: "!" is an antonym, from word 1 of its synset to word 1 of the other
    "data.verb": [
        "00000001 40 v 02 free 0 release 0 001 ! 00000002 v 0101 01 + 08 00 | let go",
        "00000002 40 v 01 hold 0 001 ! 00000001 v 0101 01 + 08 00 | keep",
    ],
    "index.verb": ["free v 1 1 ! 1 5 00000001", "release v 1 0 1 4 00000001", "hold v 1 1 ! 1 9 00000002"],
    "verb.exc": ["held hold"],
    "data.noun": ["00000003 14 n 03 city 0 town 0 New_York 1 000 | place"],
    "index.noun": ["city n 1 0 1 7 00000003", "town n 1 0 1 6 00000003"],
    "noun.exc": [],
    "data.adj": [
        "00000004 00 a 02 large 0 big 0 001 ! 00000005 a 0101 | of size",
        "00000005 00 a 01 small(p) 0 001 ! 00000004 a 0101 | not",
    ],
    "index.adj": ["large a 1 1 ! 1 3 00000004", "big a 1 0 1 8 00000004", "small a 1 1 ! 1 2 00000005"],
    "adj.exc": ["bigger big"],
    "data.adv": [],
    "index.adv": [],
    "adv.exc": [],
}


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    folder = tmp_path_factory.mktemp("wordnet")
    for name, lines in WORDNET.items():
        licence = "  1 This line is the licence.\n" if not name.endswith(".exc") else ""
        (folder / name).write_text(licence + "".join(f"{line}  \n" for line in lines))
    return Lexicon(folder)


@pytest.mark.parametrize(
    ("word", "synonyms", "antonyms"),
    [
        ("released", ["freed"], []),  # an antonym is one word's, not its synonyms'
        ("freed", ["released"], ["held"]),
        ("held", [], ["freed"]),
        ("cities", ["towns"], []),
        ("largest", ["biggest"], ["smallest"]),
        ("small", [], ["large"]),
        ("ransom", [], []),
    ],
)
def test_synonyms_and_antonyms_are_inflected_like_the_word(
    lexicon: Lexicon, word: str, synonyms: list[str], antonyms: list[str]
) -> None:
    assert lexicon.synonyms(word) == synonyms
    assert lexicon.antonyms(word) == antonyms


def test_without_wordnet_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="apt-get install wordnet-base"):
        Lexicon(tmp_path)


def test_questions_are_made_false(lexicon: Lexicon) -> None:
    rng = random.Random(0)
    assert replaced("Which is the largest of the three?", rng, lexicon.antonyms) == "Which is the smallest of the three?"
    assert replaced("Who won?", rng, lexicon.antonyms) is None
    assert negated("Who was invited?", random.Random(0)) in {"Who was not invited?", "Who was never invited?"}
    assert negated("Who came?", rng) is None


def test_a_name_is_swapped_for_one_inside_the_paragraph_or_outside() -> None:
    def swapped(mix: Mix) -> set[str]:
        maker = made(Recipe(mix=mix))
        examples = [example for number in range(30) for example in maker.make(number)]
        negatives = [example.question for example in examples if example.gold is None]
        return {name for question in negatives for name in re.findall(r"^Where did ([A-Z]\w+) go\b", question)}

    # "Where did Ann go?", whose paragraph names Bob, Rome, May and 1999 besides; the answer, Oslo, is no name to swap in.
    assert "Bob" in swapped(Mix(negatives=1, without_answer=0, swapped=0, swapped_inside=1))
    assert "Oslo" not in swapped(Mix(negatives=1, without_answer=0, swapped=0, swapped_inside=1))
    assert not {"Bob", "Rome", "Oslo"} & swapped(Mix(negatives=1, without_answer=0, swapped=1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("passes = ", "is not a recipe"),
        ("pases = 3", "there is no 'pases'. Known are: passes,"),
        ('passes = "3"', "passes is '3'; expected float"),
        ("seed = 1.5", "seed is 1.5; expected int"),
        ("seed = true", "seed is True; expected int"),
        ("passes = -1", "passes is -1; expected float"),
        ("[shares]\nqamr = 0.5", "shares is {'qamr': 0.5}"),
        ("[shares]\nqamr = []", "shares is {'qamr': []}"),
        ("mix = 3", "expected 'mix' to be a table"),
        ("[mix]\nnegative = 1", "there is no 'negative'"),
    ],
)
def test_a_recipe_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(ValueError, match=r"recipe\.toml") as caught:
        Recipe.load(tmp_path / "recipe.toml")
    assert message in str(caught.value)


def test_a_recipe_is_changed_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("seed = 3\n[mix]\nswapped = 0.5\nmisspelt = 0.4\n")
    changed = Recipe.load(tmp_path / "recipe.toml", ["mix.swapped=0", "passes = 1", "shares.qamr=[1, 0]"])
    assert changed == Recipe(passes=1, seed=3, shares={"qamr": [1, 0]}, mix=Mix(swapped=0, misspelt=0.4))
    with pytest.raises(ValueError, match="'swapped' is not a line of TOML"):
        Recipe.load(tmp_path / "recipe.toml", ["swapped"])
    with pytest.raises(ValueError, match="there is no 'swapped'"):
        Recipe.load(tmp_path / "recipe.toml", ["swapped = 0"])


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_recipes_are_read(path: Path) -> None:
    mix = Recipe.load(path).mix
    assert 0 < mix.without_answer + mix.swapped + mix.swapped_inside + mix.contradicted <= 1


def test_the_best_of_the_validated_weights_are_written(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = Recipe(passes=12, learning_rate=1e-2, batch_tokens=256, max_length=64, average=0.9)
    train(made(recipe), tiny, tmp_path / "out", QUESTIONS, validate_every=10, report=said.append)
    exact = [float(line.split("threshold ")[1].split()[0]) for line in said if "threshold" in line]
    assert len(exact) > 3
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = BertForQuestionAnswering.from_pretrained(tmp_path / "out" / "model")
    score = Validation(QUESTIONS, tokenizer, 256, 64).score(model, torch.device("cpu"), native_bfloat16())
    assert 100 * score.best == pytest.approx(max(exact), abs=0.06)


def test_the_best_spans_and_threshold_are_those_of_a_double_loop() -> None:
    torch.manual_seed(0)
    starts, ends, allowed = torch.randn(5, 70), torch.randn(5, 70), torch.rand(5, 70) < 0.7
    found = best_spans(starts, ends, allowed)
    for row, (score, first, last) in enumerate(zip(*found, strict=True)):
        pairs = [(i, j) for i in range(70) for j in range(i, min(70, i + 60)) if allowed[row, i] and allowed[row, j]]
        best = max(pairs, key=lambda pair: starts[row, pair[0]] + ends[row, pair[1]])
        assert (int(first), int(last)) == best
        assert float(score) == pytest.approx(float(starts[row, best[0]] + ends[row, best[1]]))
    margins, right, answerable = torch.randn(40), torch.rand(40) < 0.6, torch.rand(40) < 0.5
    right &= answerable
    shares = []
    for threshold in [*margins, torch.tensor(torch.inf)]:
        answered = margins >= threshold
        shares.append(float(torch.where(answered, right, ~answerable).float().mean()))
    assert best_share(margins, right, answerable) == pytest.approx(max(shares))


def test_the_command_trains_exports_and_reads(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paragraphs = []
    for q in QUESTIONS:
        answers = [{"text": gold.text, "answer_start": gold.start} for gold in q.golds]
        paragraphs.append({"context": q.context, "qas": [{"id": q.id, "question": q.text, "answers": answers}]})
    (tmp_path / "data").mkdir()
    articles = [{"title": "trained on", "paragraphs": paragraphs[5:]}, {"title": "kept out", "paragraphs": paragraphs[:5]}]
    (tmp_path / "data" / "made.json").write_text(json.dumps({"data": articles}))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('passes = 2\nlearning_rate = 1e-2\nbatch_tokens = 256\nmax_length = 64\nvalidation = ["kept out"]\n')
    arguments = ["--recipe", str(recipe), "--data", str(tmp_path / "data"), "--base", str(tiny), "--out", str(tmp_path / "run")]
    assert qa.train.__main__.main(arguments) == 0
    assert "made: 18 questions, 18 answerable; for validation: 5 questions, 4 answerable" in capsys.readouterr().out
    export(tmp_path / "run" / "model", tmp_path / "reader")
    reader = ExtractiveReader.load(tmp_path / "reader")
    passage = Document.from_text(CONTEXT, "made").span
    (best,) = reader.read("Where did Bob stay?", [passage], 1)
    assert passage.contains(best.span)
    recipe.write_text("[shares]\nmade = [0]")
    sources, validation = qa.train.__main__.load(tmp_path / "data", Recipe.load(recipe))
    assert (list(sources), len(validation)) == (["generated"], len(QUESTIONS))
    recipe.write_text('validation = ["nowhere"]')
    assert qa.train.__main__.main([*arguments[:-1], str(tmp_path / "other")]) == 2
    assert "The recipe names nowhere, but no file in" in capsys.readouterr().err


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=4, learning_rate=1e-2, batch_tokens=256, max_length=64)
    whole = train(made(recipe), tiny, tmp_path / "whole", report=lambda _: None)
    train(made(recipe), tiny, tmp_path / "parts", stop_after=7, report=lambda _: None)
    parts = train(made(recipe), tiny, tmp_path / "parts", report=lambda _: None)
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()


def test_training_lowers_the_loss(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = Recipe(passes=40, learning_rate=1e-2, batch_tokens=256, max_length=64)
    train(made(recipe), tiny, tmp_path / "out", report=said.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in said if "loss" in line]
    assert losses[-1] < losses[0] - 0.5


def test_another_recipe_does_not_take_over_a_checkpoint(tiny: Path, tmp_path: Path) -> None:
    train(made(Recipe(passes=1, batch_tokens=256)), tiny, tmp_path, stop_after=1, report=lambda _: None)
    with pytest.raises(ValueError, match="was made with the recipe"):
        train(made(Recipe(passes=2, batch_tokens=256)), tiny, tmp_path, report=lambda _: None)


def tiny_model(folder: Path, seed: int, size: int = 16) -> dict[str, torch.Tensor]:
    """Write a model of random weights and a tokenizer; returns the weights."""
    torch.manual_seed(seed)
    model = BertForQuestionAnswering(
        BertConfig(vocab_size=50, hidden_size=size, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(package_folder()).save_pretrained(folder)
    return dict(model.state_dict())


def test_weights_are_averaged_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = [tiny_model(tmp_path / str(seed), seed) for seed in range(3)]
    folders = [str(tmp_path / str(seed)) for seed in range(3)]
    assert qa.train.average.main([*folders, "--out", str(tmp_path / "mean")]) == 0
    assert "python -m qa.train.export" in capsys.readouterr().out
    mean = BertForQuestionAnswering.from_pretrained(tmp_path / "mean").state_dict()
    for name, values in mean.items():
        torch.testing.assert_close(values, (weights[0][name] + weights[1][name] + weights[2][name]) / 3)
    assert AutoTokenizer.from_pretrained(tmp_path / "mean").tokenize("ransom") == ["ransom"]


def test_only_models_of_one_base_are_averaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_model(tmp_path / "a", 0)
    tiny_model(tmp_path / "b", 0, size=32)
    assert qa.train.average.main([str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "mean")]) == 2
    assert "Only models of one base" in capsys.readouterr().err
    assert qa.train.average.main([str(tmp_path / "a"), str(tmp_path / "none"), "--out", str(tmp_path / "mean")]) == 2
    assert "none holds no model" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()


def squad(identifier: str = "1", start: int = 3) -> dict[str, Any]:
    entry = {"id": identifier, "question": "Who?", "answers": [{"text": "Ann", "answer_start": start}]}
    return {"title": "t", "paragraphs": [{"context": "So Ann went.", "qas": [entry]}]}


def test_squad_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [squad()]}))
    (tmp_path / "a.json.gz").write_bytes(gzip.compress((tmp_path / "a.json").read_bytes()))
    expected = [Question("1", "Who?", "So Ann went.", (Gold("Ann", 3),), "t")]
    assert load_squad(tmp_path / "a.json") == load_squad(tmp_path / "a.json.gz") == expected


def test_only_some_articles_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [squad(), squad("2") | {"title": "other"}]}))
    assert [question.id for question in load_squad(tmp_path / "a.json", ["other"])] == ["2"]
    with pytest.raises(ValueError, match="has no article neither. It has other, t."):
        load_squad(tmp_path / "a.json", ["t", "neither"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a SQuAD JSON file"),
        ("[]", "expected 'data' to be of type list"),
        (json.dumps({"data": [squad(start=4)]}), "question 1: the answer 'Ann' should stand at 4, but 'nn ' does"),
        (json.dumps({"data": [squad(), squad()]}), "the id '1' occurs twice"),
    ],
)
def test_bad_data_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match="bad.json") as caught:
        load_squad(tmp_path / "bad.json")
    assert message in str(caught.value)

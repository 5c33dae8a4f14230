import gzip
import json
from pathlib import Path

import pytest

from qa.train.examples.maker import ExampleMaker
from qa.train.examples.written_documents import WRITTEN, is_held_out, load_documents
from qa.train.examples.written_paragraphs import digest, load_written
from qa.train.recipe import Mix, Recipe
from tests.qa.train.conftest import CONTEXT, QUESTIONS

TEXT = "The mill\n\n" + "\n\n".join(
    f"{name} bought the mill in {year} and sold it after a flood had taken away the wheel and most of the roof."
    for name, year in (("Ann Lee", 1901), ("Bob Ray", 1912), ("Eve Orr", 1923))
)


def entry(question: str, answer: str = "", **more: object) -> dict[str, object]:
    return {"q": question, "a": answer, **({"start": TEXT.index(answer)} if answer else {}), **more}


def written(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / "documents.jsonl"
    path.write_text(json.dumps({"id": "mill", "text": TEXT, "questions": entries}) + "\n")
    return path


def test_a_question_comes_with_its_passage_and_the_others_hardest_first(tmp_path: Path) -> None:
    found, missing = load_documents(written(tmp_path, entry("Who bought the mill in 1912?", "Bob Ray"), entry("Who burnt it?")))
    assert found.context[found.golds[0].start : found.golds[0].end] == "Bob Ray"
    assert len(found.others) == 2
    assert not any("Bob Ray" in other for other in found.others)
    assert missing.golds == ()
    assert {missing.context, *missing.others} == {found.context, *found.others}


def test_a_verdict_comes_with_what_shows_it(tmp_path: Path) -> None:
    asked = entry("Did Eve Orr own a mill?", "Eve Orr bought the mill", verdict="yes")
    (question,) = load_documents(written(tmp_path, asked))
    assert question.verdict == "yes"
    maker = ExampleMaker({"mill": [question]}, Recipe(mix=Mix(others=1)))
    assert sorted((example.gold is not None, example.verdict or "") for example in maker.make(0)) == [
        (False, ""),
        (True, "yes"),
    ]


def test_a_follow_up_is_asked_alone_and_after_its_turn(tmp_path: Path) -> None:
    history = [{"question": "Who bought the mill in 1901?", "answer": "Ann Lee"}]
    asked = entry("And in 1912?", "Bob Ray", history=history, alone="Who bought the mill in 1912?")
    assert [question.text for question in load_documents(written(tmp_path, asked))] == [
        "Who bought the mill in 1912?",
        "Who bought the mill in 1901? Ann Lee. And in 1912?",
    ]


def test_what_is_wrong_with_a_line_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 1: the answer 'Bob Ray' does not stand at 3"):
        load_documents(written(tmp_path, entry("Who?", "Bob Ray") | {"start": 3}))
    with pytest.raises(ValueError, match="line 1: KeyError 'a'"):
        load_documents(written(tmp_path, {"q": "Who?"}))
    with pytest.raises(ValueError, match="verdict 'maybe' is neither"):
        load_documents(written(tmp_path, entry("Is it?", "Bob Ray", verdict="maybe")))


def test_questions_on_public_paragraphs_are_joined_with_them(tmp_path: Path) -> None:
    path = tmp_path / "paragraphs.jsonl.gz"
    own = [{"id": "w1", "q": "Who was unwell?", "a": "Bob", "start": CONTEXT.index("Bob")}, {"id": "w2", "q": "Who?", "a": ""}]
    own.append({"id": "w3", "q": "Was Bob unwell?", "a": "He was ill", "start": CONTEXT.index("He was ill"), "verdict": "yes"})
    path.write_bytes(gzip.compress(json.dumps({"article": "a", "sha256": digest(CONTEXT), "questions": own}).encode()))
    joined = load_written(path, QUESTIONS)
    assert [question.id for question in joined] == ["w1", "w2", "w3", "a", "b", "c"]
    assert [question.verdict for question in joined[:4]] == [None, None, "yes", None]
    assert joined[0].context == CONTEXT
    with pytest.raises(ValueError, match="no public file has its paragraph"):
        load_written(path, QUESTIONS[3:])


@pytest.mark.parametrize("path", sorted(WRITTEN.glob("documents-*.jsonl.gz")), ids=lambda path: path.name)
def test_the_written_questions_stand_in_their_documents(path: Path) -> None:
    questions = load_documents(path)
    assert len({question.id for question in questions}) == len(questions)
    for question in questions:
        for gold in question.golds:
            assert question.context[gold.start : gold.end] == gold.text
        assert not any(gold.text.casefold() in other.casefold() for gold in question.golds for other in question.others)
    held_out = {question.article for question in questions if is_held_out(question.article)}
    assert 0 < len(held_out) < len({question.article for question in questions}) / 4

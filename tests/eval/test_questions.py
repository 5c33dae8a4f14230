import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.questions import (
    HELD_OUT,
    QUESTIONS,
    EvalQuestion,
    is_document_set,
    is_squad,
    load_document_set,
    load_questions,
    load_squad_set,
    sample,
)
from index.document import Document, Span
from qa.understand.question import Turn
from tests.conftest import make

TEXT = "Ann lives in Oslo. Bob lives in Rome. Cleo lives in Bonn."
DOCUMENT = make(TEXT)


def span(words: str) -> Span:
    return Span(DOCUMENT, TEXT.index(words), TEXT.index(words) + len(words))


GOOD = {"id": "a", "question": "Where?", "answers": ["Oslo"], "evidence": "Ann lives in Oslo.", "kind": "where"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no questions"),
        (["{"], "line 1: not JSON"),
        (["[" * 100_000], "line 1: not JSON"),
        (["[]"], "line 1: expected an object, got list"),
        ([json.dumps(GOOD), "", json.dumps(GOOD)], "line 3: the id 'a' stands on an earlier line"),
        ([json.dumps(GOOD | {"question": ""})], "line 1: expected a string 'question'"),
        ([json.dumps(GOOD | {"question": " "})], "line 1: expected a string 'question'"),
        (
            [json.dumps(GOOD), json.dumps(GOOD | {"question": "x" * 2001, "id": "b"})],
            "line 2: The question has 2,001 characters",
        ),
        ([json.dumps(GOOD | {"question": "\ud800"})], "line 1: The question holds half of a surrogate pair"),
        ([json.dumps(GOOD | {"answers": "Oslo"})], "expected 'answers' to be a list"),
        ([json.dumps(GOOD | {"answers": ["the"]})], "expected 'answers' to be a list of strings with words"),
        ([json.dumps(GOOD | {"answers": []})], "expected both answers and evidence, or neither"),
        ([json.dumps(GOOD | {"answers": ["Oslo", "Paris"]})], "'Paris' stands in none of the documents"),
        ([json.dumps(GOOD | {"evidence": "Ann lived in Oslo."})], "stands in none of the documents"),
        ([json.dumps(GOOD | {"evidence": "Bob lives in Rome."})], "stands in the evidence"),
        ([json.dumps(GOOD | {"history": [1]})], "A turn of 'history'"),
    ],
)
def test_bad_questions_are_named(tmp_path: Path, lines: list[str], message: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match=r"questions\.jsonl") as caught:
        load_questions(path, [DOCUMENT])
    assert message in str(caught.value)


def test_a_good_question_is_read(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(GOOD | {"history": [{"question": "Who?", "answer": None}]}).encode()))
    ann = span("Ann lives in Oslo.")
    assert load_questions(path, [DOCUMENT]) == [
        EvalQuestion("a", "Where?", ("Oslo",), (span("Oslo"),), (ann,), "where", TEXT, (Turn("Who?"),))
    ]


def test_gold_spans_are_whole_words_at_every_place_of_the_evidence(tmp_path: Path) -> None:
    document = make("It cost $21 in 2110, or 21 then. It cost $21 in 2110, or 21 then.")
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(GOOD | {"answers": ["21"], "evidence": "It cost $21 in 2110, or 21 then."}))
    (question,) = load_questions(path, [document])
    assert [gold.start for gold in question.golds] == [9, 24, 42, 57]
    assert len(question.evidence) == 2


def test_a_line_separator_in_a_question_ends_no_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(GOOD | {"question": "Where\u2028now?"}, ensure_ascii=False), encoding="utf-8")
    assert [entry.question for entry in load_questions(path, [DOCUMENT])] == ["Where\u2028now?"]


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(GOOD).encode())[:-12])
    with pytest.raises(ValueError, match=r"questions\.jsonl\.gz cannot be read"):
        load_questions(path, [DOCUMENT])


def squad(*entries: dict[str, Any], context: str = TEXT) -> dict[str, Any]:
    return {"data": [{"title": "Homes", "paragraphs": [{"context": context, "qas": list(entries)}]}]}


ENTRY = {"id": "a", "question": "So, how many?", "answers": [{"text": "Rome", "answer_start": 32}]}


def test_squad_paragraphs_become_the_documents(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    none = {"id": "b", "question": "Who is gone?", "answers": []}
    content = squad(ENTRY, none)
    content["data"][0]["paragraphs"] += [{"context": "It rained.", "qas": [ENTRY | {"id": "c", "answers": []}]}] * 1
    content["data"][0]["paragraphs"] += [{"context": TEXT, "qas": [none | {"id": "d"}]}]
    path.write_text(json.dumps(content))
    questions, documents = load_squad_set(path)
    assert [(document.text, document.title) for document in documents] == [(TEXT, "Homes"), ("It rained.", "Homes")]
    assert [(entry.id, entry.kind, entry.answers) for entry in questions] == [
        ("a", "how many", ("Rome",)),
        ("b", "unanswerable", ()),
        ("c", "unanswerable", ()),
        ("d", "unanswerable", ()),
    ]
    assert [gold.text for gold in questions[0].golds] == ["Rome"]
    assert [sentence.text.strip() for sentence in questions[0].evidence] == ["Bob lives in Rome."]
    assert is_squad(path)
    assert not is_squad(Path("a.jsonl.gz"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is damaged or not a SQuAD JSON file"),
        ("{", "is damaged or not a SQuAD JSON file"),
        ("[" * 100_000, "is damaged or not a SQuAD JSON file"),
        ("{}", "expected 'data' to be of type list"),
        ('{"data": []}', "holds no questions"),
        ('{"data": [{"title": "x"}]}', "article 1: expected 'paragraphs'"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', "article 1, paragraph 1: expected 'context'"),
        (json.dumps(squad(ENTRY, ENTRY)), "the id 'a' occurs twice"),
        (json.dumps(squad(ENTRY | {"answers": [{"text": "Rome", "answer_start": 31}]})), "question a: the answer 'Rome'"),
        (json.dumps(squad(ENTRY | {"answers": [{"text": "Rome", "answer_start": -25}]})), "question a: the answer 'Rome'"),
        (json.dumps(squad(ENTRY | {"answers": [{"text": "Rome"}]})), "question a: expected 'answer_start'"),
        (json.dumps(squad(ENTRY | {"question": " "})), "question a: The question is empty"),
        (json.dumps(squad(ENTRY | {"answers": []}, context=" ")), "is empty"),
    ],
)
def test_bad_squad_files_are_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"set\.json") as caught:
        load_squad_set(path)
    assert message in str(caught.value)


def test_a_sample_is_drawn_by_seed_and_keeps_the_order() -> None:
    assert sample(range(5), None, 0) == sample(range(5), 9, 0) == [0, 1, 2, 3, 4]
    drawn = sample(range(1000), 20, 1)
    assert drawn == sorted(set(drawn)) == sample(range(1000), 20, 1) != sample(range(1000), 20, 2)


@pytest.mark.parametrize("path", [QUESTIONS, HELD_OUT], ids=lambda path: path.stem)
def test_gold_spans_of_the_shipped_questions_start_no_inner_part_of_a_word(article: Document, path: Path) -> None:
    for entry in load_questions(path, [article]):
        for gold in entry.golds:
            edges = (article.text[gold.start - 1 : gold.start + 1], article.text[gold.end - 1 : gold.end + 1])
            assert not any(len(edge) == 2 and edge.isalnum() for edge in edges), (entry.id, gold.text)


@pytest.mark.parametrize("path", [QUESTIONS, HELD_OUT], ids=lambda path: path.stem)
def test_the_shipped_questions(article: Document, path: Path) -> None:
    questions = load_questions(path, [article])
    assert len(questions) >= 120
    assert sum(not entry.answerable for entry in questions) >= 30
    assert sum(bool(entry.history) for entry in questions) >= 10
    assert all(answer in article.text for entry in questions for answer in entry.answers)


def test_the_held_out_questions_are_others(article: Document) -> None:
    asked, held_out = (
        {(entry.question.casefold(), entry.history) for entry in load_questions(path, [article])}
        for path in (QUESTIONS, HELD_OUT)
    )
    assert ("what was the ransom deadline?", ()) in asked
    assert not asked & held_out


def test_whole_documents_are_asked_each_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The fair\n\nAnn Lee opened the fair on Monday. It was free."
    asked = [
        {"q": "Who opened it?", "a": "Ann Lee", "start": text.index("Ann"), "kind": "who", "also": ["Lee"]},
        {"q": "Who closed it?", "a": "", "kind": "un-swap"},
        {"q": "Was it free?", "a": "It was free", "start": text.index("It was"), "kind": "yesno", "verdict": "yes"},
        {
            "q": "When?",
            "a": "Monday",
            "start": text.index("Mon"),
            "kind": "follow-up",
            "history": [{"question": "Who opened it?"}],
        },
    ]
    path = tmp_path / "documents.jsonl"
    monkeypatch.setattr("eval.questions.WRITTEN", tmp_path.resolve())
    # Of these names, the first is one of the tenth that is never trained on.
    path.write_text(
        "".join(json.dumps({"id": name, "text": text, "questions": asked}) + "\n" for name in ("Manipur", "Oxford"))
    )
    assert is_document_set(path)
    questions, (document,) = load_document_set(path)
    assert [(one.id, one.kind, one.answers, one.document) for one in questions] == [
        ("Manipur-0", "who", ("Ann Lee", "Lee"), document.id),
        ("Manipur-1", "unanswerable", (), document.id),
        ("Manipur-2", "yes-no", ("It was free",), document.id),
        ("Manipur-3", "follow-up", ("Monday",), document.id),
    ]
    assert questions[0].evidence[0].text.strip() == "Ann Lee opened the fair on Monday."
    monkeypatch.undo()
    assert len(load_document_set(path)[1]) == 2, "elsewhere, all are used"
    path.write_text(json.dumps({"id": "Manipur", "text": text, "questions": [{"q": "Who?"}]}))
    with pytest.raises(ValueError, match=r"not of the form of .*'a'"):
        load_document_set(path)
    path.write_text(json.dumps({"id": "1", "question": "Who?"}))
    assert not is_document_set(path)

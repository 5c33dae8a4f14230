"""The laws of every store: in memory, in a file, on a server."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.document import Document, Span
from index.encoder import Encoder, unit
from index.encoders.minilm import MiniLM
from index.split import SplitSettings, split
from index.view import view
from qa.retrieve.retriever import Retriever
from qa.train.examples.written_documents import WRITTEN
from tests.conftest import LetterEncoder, make
from tests.index.stores import KINDS, SHORT, FaissHolder, Holder, MilvusHolder, url_of

LONG = "The lighthouse of Cape Ness was built in 1871. " + " ".join(f"Keeper {n} served for {n} years." for n in range(1500))
TEXTS = [
    "Tea comes from Assam, and tea is hot.\n\nIt is drunk with milk.",
    "# Wine\n\nWine comes from Bordeaux.\n\n| Year | Bottles |\n| --- | --- |\n| 2019 | 4,100 |\n| 2020 | 3,900 |",
    "Rice comes from Hunan; 米 is its sign, and 🍚 its picture.\r\n\r\nIt is white.",
    LONG,
]


@pytest.fixture(params=KINDS)
def holder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Holder]:
    documents = [make(text, f"{number}.txt") for number, text in enumerate(TEXTS)]
    documents[0] = replace(documents[0], pages=(0, 39), file="f00", path="/a/0.txt", fetched="2026-05-03T10:00:00+00:00")
    yield from holding(request, tmp_path, documents, LetterEncoder())


def holding(request: pytest.FixtureRequest, folder: Path, documents: list[Document], encoder: Encoder) -> Iterator[Holder]:
    if request.param == "faiss":
        yield FaissHolder(documents, encoder, folder / "index")
        return
    fixtures = {"server": "milvus", "own": "own_milvus"}
    server = request.getfixturevalue(fixtures[request.param]) if request.param in fixtures else None
    held = MilvusHolder(documents, encoder, url_of(request.param, folder, server))
    yield held
    held.forget()


def test_documents_come_back_as_they_went_in(holder: Holder) -> None:
    store = holder.store
    assert len(store.by_id) == 4
    assert sorted(document.text for document in store.by_id.values()) == sorted(TEXTS)
    tea = make(TEXTS[0]).id
    whole = Document.from_text(TEXTS[0], "0.txt", None, (0, 39), "f00", "/a/0.txt")
    assert store.by_id[tea] == replace(whole, fetched="2026-05-03T10:00:00+00:00")
    assert "nowhere" not in store.by_id
    assert store.by_id.get("nowhere") is None
    assert store.passage_count == sum(len(split(make(text), SHORT)) for text in TEXTS)


def test_search_by_meaning_is_brute_force(holder: Holder) -> None:
    store = holder.store
    passages = [passage for text in TEXTS for passage in split(make(text), SHORT)]
    vectors = unit(LetterEncoder().encode([view(passage).text for passage in passages]))
    for question in ("tea from Assam", "keeper of the lighthouse", "white", "zzz"):
        (asked,) = unit(LetterEncoder().encode([question]))
        expected = np.sort(vectors @ asked)[::-1][:10]
        hits = store.search(question, 10)
        assert [hit.score for hit in hits] == pytest.approx(expected.tolist(), abs=2e-3)
        for hit in hits:
            own = unit(LetterEncoder().encode([view(hit.span).text]))[0]
            assert hit.score == pytest.approx(float(own @ asked), abs=1e-3)
    assert len(store.search("tea", 1)) == 1
    assert store.search("tea", 0) == []


def test_every_span_is_of_its_document(holder: Holder) -> None:
    store = holder.store
    for hit in (*store.search("wine bottles", 20), *store.search_words("wine bottles 2019", 20)):
        assert hit.span in split(store.by_id[hit.span.document.id], SHORT)


def test_search_by_words(holder: Holder) -> None:
    found = holder.store.search_words("where does wine come from?", 5)
    if not finds_words(holder):
        assert found == []
        return
    assert "Wine" in found[0].span.text
    assert all(hit.score > 0 for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert holder.store.search_words("xylophone", 5) == []


def finds_words(holder: Holder) -> bool:
    return not isinstance(holder, MilvusHolder) or holder.store._connection.finds_words


def test_only_the_named_documents_are_searched(holder: Holder) -> None:
    tea, wine, _, long = (make(text).id for text in TEXTS)
    for named in ([tea], [wine, tea], [long]):
        for search in (holder.store.search, holder.store.search_words):
            assert {hit.span.document.id for hit in search("the keeper drank tea and wine", 30, named)} <= set(named)
        assert {hit.span.document.id for hit in holder.store.search("e", 99, named)} == set(named)
    for search in (holder.store.search, holder.store.search_words):
        with pytest.raises(ValueError, match="There is no document 'no\"where'"):
            search("tea", 3, [tea, 'no"where'])


def test_the_passages_of_a_document_stand_in_order_with_their_vectors(holder: Holder) -> None:
    long = make(LONG)
    for most in (1, 7, 10_000):
        passages, vectors = holder.store.passages_of(long.id, most)
        assert [(passage.start, passage.end) for passage in passages] == [(p.start, p.end) for p in split(long, SHORT)[:most]]
        expected = unit(LetterEncoder().encode([view(passage).text for passage in passages]))
        np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_what_is_added_is_found_and_what_is_removed_is_not(holder: Holder) -> None:
    fish = make("Fish is salted in Bergen by the quay.", "fish.txt")
    holder.add([fish])
    assert holder.store.search("fish is salted in bergen by the quay", 1)[0].span.document == fish
    count = holder.store.passage_count
    holder.add([fish])
    assert (holder.store.passage_count, len(holder.store.by_id)) == (count, 5)
    holder.remove([fish.id, make(LONG).id])
    assert fish.id not in holder.store.by_id
    assert len(holder.store.by_id) == 3
    found = holder.store.search("fish keeper lighthouse", 99)
    assert {hit.span.document.id for hit in found} == {make(text).id for text in TEXTS[:3]}
    assert len(found) == holder.store.passage_count


def test_only_what_is_new_is_encoded(holder: Holder) -> None:
    encoder = holder.store.encoder
    assert isinstance(encoder, LetterEncoder)
    encoder.encoded.clear()
    holder.add([make(TEXTS[0]), make("Fish is salted.")])
    assert encoder.encoded == ["Fish is salted."]


def test_a_rebuild_is_seen_whole(holder: Holder) -> None:
    before = holder.store.passage_count
    holder.rebuild([make(TEXTS[0]), make(LONG)], SplitSettings(longest=600))
    assert len(holder.store.by_id) == 2
    assert 0 < holder.store.passage_count < before
    passages, _ = holder.store.passages_of(make(LONG).id, 10_000)
    assert [(p.start, p.end) for p in passages] == [(p.start, p.end) for p in split(make(LONG), SplitSettings(longest=600))]
    holder.reopen()
    assert holder.store.settings == SplitSettings(longest=600)


def test_it_is_the_same_when_it_is_opened_again(holder: Holder) -> None:
    before = [(hit.span, hit.score) for hit in holder.store.search("tea and rice", 10)]
    holder.reopen()
    assert [(hit.span, pytest.approx(hit.score)) for hit in holder.store.search("tea and rice", 10)] == before
    assert len(holder.store.by_id) == 4


def entries() -> list[dict[str, Any]]:
    with gzip.open(WRITTEN / "documents-2.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module", params=KINDS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holder]:
    documents = [Document.from_text(entry["text"], entry["id"]) for entry in entries()]
    yield from holding(request, tmp_path_factory.mktemp("written"), documents, MiniLM())


def test_real_questions_find_what_brute_force_finds(written: Holder) -> None:
    read = entries()
    questions = [question["q"] for entry in read for question in entry["questions"][:3]]
    store = written.store
    passages = [passage for entry in read for passage in split(Document.from_text(entry["text"], entry["id"]), SHORT)]
    encoder = store.encoder
    vectors = unit(encoder.encode([view(passage).text for passage in passages]))
    shared = []
    for question in questions:
        (asked,) = unit(encoder.encode([question]))
        nearest = {(passages[row].document.id, passages[row].start) for row in np.argsort(-(vectors @ asked))[:10]}
        found = {(hit.span.document.id, hit.span.start) for hit in store.search(question, 10)}
        shared.append(len(nearest & found) / 10)
    assert np.mean(shared) >= 0.98
    assert all(isinstance(hit.span, Span) for hit in Retriever(store).search(questions[0], 10))

"""The structures that hold vectors, against comparing with every one."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
import pytest

import index.vectors
from eval.speed.growth import exact, made_vectors
from index.encoder import Vectors
from index.manifest import Manifest
from index.store import Index
from index.vectors import kind, nearest, vector_index
from tests.conftest import LetterEncoder, make

NUMBER = 4000


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Lets an inverted file be made for a thousand vectors already."""
    monkeypatch.setattr(index.vectors, "FLAT_UP_TO", 1000)
    monkeypatch.setattr(index.vectors, "PROBED", 96)
    return 1000


def share(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    pairs = zip(found, expected, strict=True)
    return float(np.mean([len(set(one.tolist()) & set(other.tolist())) / 10 for one, other in pairs]))


@pytest.fixture(scope="module")
def made() -> tuple[Vectors, Vectors]:
    return made_vectors(NUMBER, 50)


def recall(structure: faiss.Index, vectors: Vectors, asked: Vectors) -> float:
    expected = exact(vectors, asked, 10)
    found = [nearest(structure, one, 10, range(len(vectors)))[1] for one in asked]
    return float(
        np.mean([len(set(one.tolist()) & set(other.tolist())) / 10 for one, other in zip(found, expected, strict=True)])
    )


def test_exact_is_exact(made: tuple[Vectors, Vectors]) -> None:
    vectors, asked = made
    assert np.array_equal(exact(vectors, asked, 10), np.argsort(-(asked @ vectors.T), axis=1)[:, :10])


def test_up_to_the_limit_all_are_compared(made: tuple[Vectors, Vectors], few: int) -> None:
    vectors, asked = made
    flat = vector_index(vectors[:few])
    assert kind(flat) == "flat"
    assert recall(flat, vectors[:few], asked) == 1
    assert kind(vector_index(vectors[: few + 1])) == "ivf"


def test_beyond_it_nearly_all_of_the_nearest_are_found(made: tuple[Vectors, Vectors], few: int) -> None:
    vectors, asked = made
    structure = vector_index(vectors)
    assert recall(structure, vectors, asked) >= 0.95
    scores, rows = nearest(structure, asked[0], 10, range(NUMBER))
    assert list(scores) == sorted(scores, reverse=True)
    assert scores == pytest.approx(vectors[rows] @ asked[0], abs=0.01)


@pytest.mark.parametrize("among", [range(700, 1500), range(500, 3000)])
def test_of_a_document_its_own_are_found(made: tuple[Vectors, Vectors], few: int, among: range) -> None:
    vectors, asked = made
    structure = vector_index(vectors)
    found = [nearest(structure, one, 10, among)[1] for one in asked]
    assert all(row in among for rows in found for row in rows)
    assert {len(rows) for rows in found} == {10}
    inside = vectors[among.start : among.stop]
    assert share(found, exact(inside, asked, 10) + among.start) >= 0.95


def test_an_earlier_one_s_lists_are_taken_if_they_suit(made: tuple[Vectors, Vectors], few: int) -> None:
    vectors, asked = made
    first = vector_index(vectors)
    again = vector_index(vectors[:-5], first)
    centres = [one.quantizer.reconstruct_n(0, one.nlist) for one in (first, again)]
    assert np.array_equal(*centres)
    assert again.ntotal == NUMBER - 5
    assert recall(again, vectors[:-5], asked) >= 0.95
    assert vector_index(vectors[: few + 1], first).nlist < first.nlist / 1.5
    # What was rounded once is not rounded again to something else.
    rounded = first.reconstruct_n(0, NUMBER)
    assert np.array_equal(vector_index(rounded, first).reconstruct_n(0, NUMBER), rounded)


class VectorEncoder:
    """Encodes a text that is a number as that vector."""

    name = "made"
    dimension = 384

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.encoded = 0

    def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
        self.encoded += len(texts)
        return self.vectors[[int(text.split()[-1]) for text in texts]]


def test_a_large_index_is_saved_loaded_and_brought_up_to_date(made: tuple[Vectors, Vectors], few: int, tmp_path: Path) -> None:
    vectors, _ = made
    encoder = VectorEncoder(vectors)
    documents = [make(f"This is the passage of the number {number}", f"{number}.txt") for number in range(2000)]
    built = Index.build(documents, encoder)
    assert (kind(built.vectors), encoder.encoded) == ("ivf", 2000)
    built.save(tmp_path / "index")
    assert Manifest.read(tmp_path / "index").kind == "ivf"
    loaded = Index.load(tmp_path / "index", encoder)
    assert loaded.search("7", 10) == built.search("7", 10)
    assert loaded.search("7", 1)[0].span.text.endswith(" 7")
    assert loaded.search("7", 9, [documents[8].id])[0].span.document == documents[8]

    encoder.encoded = 0
    documents[5] = make("This is now the passage of the number 2500", "5.txt")
    changed = Index.build(documents, encoder, previous=loaded)
    assert encoder.encoded == 1
    assert changed.search("2500", 1)[0].span.document == documents[5]


def test_another_structure_is_refused(tmp_path: Path) -> None:
    encoder = LetterEncoder()
    built = Index.build([make("Zebras graze.")], encoder)
    graph = faiss.IndexHNSWFlat(26, 4, faiss.METRIC_INNER_PRODUCT)
    graph.add(built.vectors.reconstruct_n(0, 1))
    Index(built.documents, built.passages, graph, encoder, built.settings).save(tmp_path / "index")
    with pytest.raises(ValueError, match=r"holds 'IndexHNSWFlat' vectors.*python -m index build"):
        Index.load(tmp_path / "index", encoder)
    shutil.rmtree(tmp_path / "index")
    built.save(tmp_path / "index")
    manifest = tmp_path / "index" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"kind": "flat"', '"kind": "ivf"'))
    with pytest.raises(ValueError, match=r"holds 'flat' vectors, and its manifest says 'ivf'"):
        Index.load(tmp_path / "index", encoder)

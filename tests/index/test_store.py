import hashlib
import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.build import build, ensure, load_documents
from index.encoder import Vectors
from index.encoders.minilm import MiniLM
from index.manifest import LOCK, Manifest, StoredFile
from index.split import SplitSettings
from index.store import Index
from tests.conftest import LetterEncoder, make

TEXTS = ["Zebras graze.", "A queen quit quietly.", "Jazz and pizza!", "Six wax boxes.", "Every bee sees trees."]


@pytest.fixture
def index(encoder: LetterEncoder) -> Index:
    return Index.build([make(text) for text in TEXTS], encoder)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for i, text in enumerate(TEXTS):
        (folder / f"{i}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("question", ["quiet queen", "pizza", "e", "zzz"])
@pytest.mark.parametrize("k", [1, 3, 5, 50])
def test_search_equals_brute_force(index: Index, question: str, k: int) -> None:
    vectors = index.encoder.encode([*TEXTS, question]).astype(np.float64)  # not of unit length
    *rows, asked = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = sorted((float(row @ asked) for row in rows), reverse=True)[:k]
    hits = index.search(question, k)
    assert [hit.score for hit in hits] == pytest.approx(expected, abs=1e-6)
    for hit in hits:
        assert hit.score == pytest.approx(float(rows[TEXTS.index(hit.span.text)] @ asked), abs=1e-6)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_the_search_of_one_document_finds_its_passages_in_the_order_of_the_search_of_all(
    encoder: LetterEncoder, number: int
) -> None:
    documents = [make(f"{text} {text.upper()} queen bee." * 20, f"{i}.txt") for i, text in enumerate(TEXTS)]
    index = Index.build(documents, encoder, SplitSettings(longest=150))
    hits = index.search("quiet queen", 999, [documents[number].id])
    assert hits == [hit for hit in index.search("quiet queen", 999) if hit.span.document == documents[number]]
    assert len(hits) > 1


@pytest.mark.parametrize("flat", [True, False])
def test_the_search_of_some_documents_finds_their_passages(
    encoder: LetterEncoder, flat: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not flat:
        monkeypatch.setattr("index.vectors.FLAT_UP_TO", 39)
    documents = [make(f"{text} {text.upper()} queen bee." * 20, f"{i}.txt") for i, text in enumerate(TEXTS)]
    index = Index.build(documents, encoder, SplitSettings(longest=150))
    some = [documents[3], documents[0]]
    hits = index.search("quiet queen", 999, [one.id for one in some])
    everything = [hit for hit in index.search("quiet queen", 999) if hit.span.document in some]
    assert {hit.span for hit in hits} >= {hit.span for hit in everything}
    assert {hit.span.document.id for hit in hits} == {one.id for one in some}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_document_that_there_is_not(index: Index) -> None:
    with pytest.raises(ValueError, match="There is no document 'nowhere'"):
        index.search("bee", 1, ["nowhere"])


def test_a_question_without_letters_finds_nothing_special(index: Index) -> None:
    assert [hit.score for hit in index.search("123 😀", 2)] == [0.0, 0.0]


def test_nothing_is_asked_for(index: Index) -> None:
    assert index.search("bee", 0) == []


def test_search_is_the_same_after_saving_and_loading(index: Index, encoder: LetterEncoder, tmp_path: Path) -> None:
    index.save(tmp_path / "index")
    loaded = Index.load(tmp_path / "index", encoder)
    assert loaded.documents == index.documents
    assert loaded.passages == index.passages
    assert loaded.search("bee", 3) == index.search("bee", 3)


def test_unchanged_documents_are_not_encoded_again(encoder: LetterEncoder, seeds: Path, tmp_path: Path) -> None:
    build(load_documents([seeds]), [seeds], tmp_path / "index", encoder)
    encoder.encoded.clear()
    (seeds / "1.txt").write_text("Changed now.", encoding="utf-8")
    (seeds / "2.txt").unlink()
    index = build(load_documents([seeds]), [seeds], tmp_path / "index", encoder)
    assert encoder.encoded == ["Changed now."]
    fresh = Index.build(load_documents([seeds]).documents, LetterEncoder())
    assert index.search("now", 9) == fresh.search("now", 9)


def test_other_settings_encode_all_again(encoder: LetterEncoder, index: Index) -> None:
    encoder.encoded.clear()
    Index.build(index.documents, encoder, SplitSettings(longest=500), previous=index)
    assert len(encoder.encoded) == len(TEXTS)


def test_a_later_build_leaves_no_stale_files(encoder: LetterEncoder, seeds: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(load_documents([seeds]), [seeds], folder, encoder)
    (seeds / "1.txt").unlink()
    build(load_documents([seeds]), [seeds], folder, encoder)
    assert len([path for path in folder.iterdir() if path.name != LOCK]) == 4


def test_a_build_killed_before_the_manifest_leaves_the_old_index(
    encoder: LetterEncoder, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(tmp_path / "index")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Manifest, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        Index.build([make("Another one.")], encoder).save(tmp_path / "index")
    assert Index.load(tmp_path / "index", encoder).documents == index.documents


def test_a_build_of_the_same_documents_that_fails_leaves_the_old_index(
    encoder: LetterEncoder, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    index.save(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ValueError, match=r"cannot be written to .* \(No space left on device\)"):
        index.save(folder)
    assert Index.load(folder, encoder).documents == index.documents
    assert len([path for path in folder.iterdir() if path.name != LOCK]) == 4


def test_builds_at_the_same_time_wait_for_each_other(encoder: LetterEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    indexes = [Index.build([make(text)], encoder) for text in TEXTS]
    indexes[0].save(folder)

    def save_and_load(turn: int) -> None:
        indexes[turn % len(indexes)].save(folder)
        assert Index.load(folder, encoder).documents[0].text in TEXTS

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(save_and_load, turn) for turn in range(60)]:
            done.result()


def test_where_no_index_can_be_is_said(index: Index, encoder: LetterEncoder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "index", tmp_path / ("x" * 300)):
        with pytest.raises(ValueError, match="cannot (hold an index|be written)"):
            index.save(folder)
        with pytest.raises(ValueError, match="There is no index in"):
            Index.load(folder, encoder)


@pytest.mark.parametrize("role", ["documents", "passages", "vectors"])
def test_a_damaged_file_is_named(index: Index, encoder: LetterEncoder, tmp_path: Path, role: str) -> None:
    folder = tmp_path / "index"
    index.save(folder)
    path = next(folder.glob(f"{role}-*"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"{role}-.* is damaged.*python -m index build"):
        Index.load(folder, encoder)
    path.unlink()
    with pytest.raises(ValueError, match=rf"{role}-.* is missing.*python -m index build"):
        Index.load(folder, encoder)


@pytest.mark.parametrize(
    ("role", "data"), [("documents", b"{}"), ("documents", b"["), ("passages", b"x" * 48), ("vectors", b"IxF2")]
)
def test_a_file_that_its_manifest_vouches_for_may_be_none_all_the_same(
    index: Index, encoder: LetterEncoder, tmp_path: Path, role: str, data: bytes
) -> None:
    folder = tmp_path / "index"
    index.save(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][role] |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / manifest["files"][role]["name"]).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"cannot be read .*python -m index build"):
        Index.load(folder, encoder)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 0}', '{"format": 2}'])
def test_a_damaged_manifest_is_refused(index: Index, encoder: LetterEncoder, tmp_path: Path, content: str) -> None:
    index.save(tmp_path / "index")
    (tmp_path / "index" / "manifest.json").write_text(content)
    with pytest.raises(ValueError, match=r"manifest.json cannot be used.*python -m index build"):
        Index.load(tmp_path / "index", encoder)


def test_a_manifest_cannot_point_outside(index: Index, encoder: LetterEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index.save(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    shutil.move(folder / manifest["files"]["vectors"]["name"], tmp_path / "outside")
    manifest["files"]["vectors"]["name"] = "../outside"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="is missing from the index"):
        Index.load(folder, encoder)


def test_another_encoder_is_refused_with_both_names(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path / "index")
    other = LetterEncoder()
    other.name = "others"
    with pytest.raises(ValueError, match=r"'letters' \(26 .* 'others' \(26\).*python -m index build"):
        Index.load(tmp_path / "index", other)


def test_no_index_names_the_command(encoder: LetterEncoder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no index in .*python -m index build --out"):
        Index.load(tmp_path, encoder)


def test_a_folder_of_other_things_is_left_alone(index: Index, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="holds other files"):
        index.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["documents-2024.txt", "vectors-of-disease.pdf", "manifest.json.bak"])
def test_a_file_with_a_name_like_those_of_an_index_is_never_removed(index: Index, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("years of work")
    with pytest.raises(ValueError, match="holds other files"):
        index.save(tmp_path)
    folder = tmp_path / "index"
    index.save(folder)
    shutil.copy(tmp_path / name, folder)
    index.save(folder)
    assert (folder / name).read_text() == "years of work"


def test_an_index_among_its_own_documents_is_refused(encoder: LetterEncoder, seeds: Path) -> None:
    for folder, why in ((seeds / "index", r"lies in .*hidden: .*/\.index"), (seeds, "holds other files")):
        with pytest.raises(ValueError, match=why):
            ensure([seeds], folder, lambda: encoder, print)
    assert len(list(seeds.iterdir())) == 5
    assert len(ensure([seeds], seeds / ".index", lambda: encoder, print).documents) == 5
    assert len(ensure([seeds], seeds / ".index", lambda: encoder, print).documents) == 5


def test_ensure_builds_once_and_again_when_the_seeds_change(encoder: LetterEncoder, seeds: Path, tmp_path: Path) -> None:
    said: list[str] = []
    ensure([seeds], tmp_path / "index", lambda: encoder, said.append)
    encoder.encoded.clear()
    ensure(None, tmp_path / "index", lambda: encoder, said.append)  # the index knows its seeds
    assert encoder.encoded == []
    (seeds / "new.txt").write_text("A new one.")
    index = ensure(None, tmp_path / "index", lambda: encoder, said.append)
    assert encoder.encoded == ["A new one."]
    assert len(index.documents) == 6
    assert any("have changed" in line for line in said)


def test_ensure_takes_an_index_that_cannot_be_written_to_as_it_is(
    encoder: LetterEncoder, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    documents = [replace(document, title="As it was cut earlier") for document in load_documents([seeds]).documents]
    Index.build(documents, encoder).save(folder, [seeds])
    monkeypatch.setattr(Index, "save", None)
    assert ensure([seeds], folder, lambda: encoder, print).documents == tuple(documents)


def test_ensure_mends_a_damaged_index(encoder: LetterEncoder, seeds: Path, tmp_path: Path) -> None:
    said: list[str] = []
    ensure([seeds], tmp_path / "index", lambda: encoder, said.append)
    next((tmp_path / "index").glob("vectors-*")).write_bytes(b"")
    assert len(ensure([seeds], tmp_path / "index", lambda: encoder, said.append).passages) == 5
    assert any("is damaged" in line for line in said)


def test_what_cannot_be_read_is_left_out_and_reported(encoder: LetterEncoder, seeds: Path, tmp_path: Path) -> None:
    (seeds / "photo.jpg").write_bytes(b"\xff\xd8\xff\x00")
    (seeds / ".hidden").write_bytes(b"\xff")
    (seeds / "copy.txt").write_text(TEXTS[0])
    (seeds / "folder").symlink_to(seeds.parent)
    (seeds / "gone").symlink_to(seeds / "nowhere")
    loaded = load_documents([seeds])
    assert len(loaded.documents) == 5
    unread = [f"{seeds}/folder is a link to a folder", f"{seeds}/gone is a link to nothing", f"{seeds}/photo.jpg is of a kind"]
    assert [failure[: len(start)] for failure, start in zip(loaded.failures, unread, strict=True)] == unread
    assert loaded.documents[0].source == "seeds/0.txt"


def test_the_real_encoder_puts_like_near_like(real_encoder: MiniLM) -> None:
    index = Index.build([make("The cat sleeps on the sofa."), make("Interest rates rose again.")], real_encoder)
    hits = index.search("Where does the kitten nap?", 2)
    assert hits[0].span.text.startswith("The cat")
    assert index.search("The cat sleeps on the sofa.", 1)[0].score == pytest.approx(1, abs=1e-4)


def test_ensure_takes_an_index_of_no_folder_as_it_is(
    encoder: LetterEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "other.txt").write_text("Another document.")
    monkeypatch.chdir(tmp_path)
    Index.build([make("The only document.")], encoder).save(tmp_path / "index")
    said: list[str] = []
    index = ensure(None, tmp_path / "index", lambda: encoder, said.append)
    assert [document.text for document in index.documents] == ["The only document."]
    assert said == []


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e38])
def test_an_encoder_that_gives_no_numbers_is_refused(number: float) -> None:
    class Broken(LetterEncoder):
        def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
            return super().encode(texts) + np.float32(number)

    with pytest.raises(ValueError, match="vectors that are no numbers"):
        Index.build([make("Tea is hot.")], Broken())


@pytest.mark.parametrize("role", ["documents", "vectors"])
def test_a_file_that_holds_something_else_with_sums_that_fit(index: Index, tmp_path: Path, role: str) -> None:
    index.save(tmp_path)
    told = json.loads((tmp_path / "manifest.json").read_text())
    data = b'"text"\n' if role == "documents" else b"IxFI" + b"\xff" * 60
    told["files"][role] = vars(StoredFile.write(tmp_path, role, Path(told["files"][role]["name"]).suffix, data))
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(ValueError, match="cannot be read"):
        Index.load(tmp_path, index.encoder)

import pytest

from index.document import Span
from index.store import Index
from qa.retrieve.retriever import Retriever, fuse
from tests.conftest import LetterEncoder, make

DOCUMENT = make("abcdefgh")
A, B, C = (Span(DOCUMENT, i, i + 1) for i in range(3))


def test_fusion_by_hand() -> None:
    hits = fuse([[A, B], [C, A]])
    assert [hit.span for hit in hits] == [A, C, B]
    assert [hit.score for hit in hits] == pytest.approx([1 / 6 + 1 / 7, 1 / 6, 1 / 7])


def test_fusion_of_nothing() -> None:
    assert fuse([[], []]) == []


@pytest.fixture
def retriever(encoder: LetterEncoder) -> Retriever:
    texts = ["The ransoms were paid.", "A deadline on Friday.", "Nothing here at all.", "😀😀😀"]
    return Retriever(Index.build([make(text) for text in texts], encoder))


def test_words_are_found_by_their_stem(retriever: Retriever) -> None:
    assert retriever.search("ransom", 1)[0].span.text == "The ransoms were paid."


@pytest.mark.parametrize("question", ["zyx", "the of", "😀", "?!", "مرحبا", "x" * 2000])
def test_words_that_no_passage_has_still_give_the_nearest(retriever: Retriever, question: str) -> None:
    assert len(retriever.search(question, 3)) == 3


def test_no_passage_twice_and_no_more_than_there_are(retriever: Retriever) -> None:
    hits = retriever.search("deadline ransom Friday", 99)
    assert len({hit.span for hit in hits}) == len(hits) == 4


def test_in_one_document_only_its_passages_are_found(retriever: Retriever) -> None:
    for document in retriever.index.documents:
        for question in ("deadline ransom Friday", "zyx"):
            hits = retriever.search(question, 99, [document.id])
            assert [hit.span.document for hit in hits] == [document]


def test_documents_without_a_single_word(encoder: LetterEncoder) -> None:
    retriever = Retriever(Index.build([make("😀")], encoder))
    assert [hit.span.text for hit in retriever.search("anything", 5)] == ["😀"]

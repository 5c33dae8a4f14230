"""What a document is about, in its own words."""

import pytest

from index.document import Document
from index.encoders.minilm import MiniLM
from index.store import Index
from qa.answer import Answer
from qa.bot import Bot
from qa.decide.overview import SENTENCES, overview
from qa.read.reader import ExtractiveReader
from qa.retrieve.retriever import Retriever
from qa.understand.intent import Intents

FERRY = """\
# The Kestrel ferry runs again

By Ann Okafor

The ferry between Tolm and Hallin carries passengers again after two years in the yard. Its new engines burn half as much oil.

## Fares

| Who | Single | Return |
|---|---|---|
| Adults | 9 euros | 15 euros |
| Children | 4 euros | 7 euros |

Dogs travel free on the ferry. A bicycle needs a ticket of its own, which is sold on board by the mate.

## Crossing

The crossing takes forty minutes in good weather. The ferry does not sail when the wind is above nine Beaufort.
"""


@pytest.fixture(scope="module")
def bot(real_encoder: MiniLM, real_reader: ExtractiveReader) -> Bot:
    index = Index.build([Document.from_text(FERRY, "ferry.md")], real_encoder)
    return Bot(Retriever(index), real_reader, intents=Intents(real_encoder))


def quotes(answer: Answer) -> list[str]:
    return [citation.span.text for citation in answer.citations]


def test_it_is_the_title_and_whole_sentences_in_their_order(bot: Bot) -> None:
    answer = bot.ask("What is this article about?")
    title, *said = quotes(answer)
    assert (answer.kind, answer.text, title) == ("overview",) + ("The Kestrel ferry runs again",) * 2
    assert 1 <= len(said) <= SENTENCES
    assert all(FERRY.count(sentence) == 1 and sentence.endswith(".") and "|" not in sentence for sentence in said)
    assert [FERRY.index(sentence) for sentence in said] == sorted(FERRY.index(sentence) for sentence in said)
    assert [citation.number for citation in answer.citations] == list(range(1, len(said) + 2))
    assert set(answer.timings_ms) == {"retrieve", "read", "total"}


def test_a_document_without_a_title_begins_with_its_first_sentence(real_encoder: MiniLM) -> None:
    text = "Ann went to Oslo by the slow train, which takes a day. She met Bob there in May, at the old harbour. " * 2
    index = Index.build([Document.from_text(text, "a.txt")], real_encoder)
    first, *_ = quotes(overview("What is it about?", index, None))
    assert first == "Ann went to Oslo by the slow train, which takes a day."
    assert quotes(overview("?", Index.build([Document.from_text("Yes", "b.txt")], real_encoder), None)) == ["Yes"]


def test_of_several_documents_it_is_their_titles_or_the_one_that_is_chosen(real_encoder: MiniLM) -> None:
    texts = [f"Report {number}\n\nThe harbour of town number {number} was closed for a month last year." for number in range(7)]
    documents = [Document.from_text(text, f"{number}.txt") for number, text in enumerate(texts)]
    index = Index.build(documents, real_encoder)
    assert quotes(overview("?", index, None)) == [f"Report {number}" for number in range(5)]
    assert quotes(overview("?", index, [documents[6].id]))[0] == "Report 6"


def test_talk_is_answered_in_a_friendly_line_that_quotes_nothing(bot: Bot) -> None:
    answer = bot.ask("Hello")
    assert (answer.kind, answer.found, answer.citations) == ("talk", False, ())
    assert answer.reply == "Hello. Ask me about “The Kestrel ferry runs again”, and I will quote the words that answer."
    assert answer.to_dict()["reply"] == answer.reply


def test_who_wrote_it_is_read_at_the_beginning(bot: Bot) -> None:
    assert bot.ask("Who wrote this?").text == "Ann Okafor"


def test_an_unknown_document_is_an_error_for_talk_too(bot: Bot) -> None:
    with pytest.raises(ValueError, match="no document 'x'"):
        bot.ask("Hello", documents=["x"])

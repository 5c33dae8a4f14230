"""Request and response bodies of the HTTP API, for its description. `Answer.to_dict` makes the answers."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from qa.read.models import Verdict
from qa.understand.question import LONGEST_QUESTION


def _encodable(text: str) -> str:
    # JSON can hold half of a surrogate pair. It is not a character, and neither a tokenizer nor UTF-8 accepts it.
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("has half of a surrogate pair, which is not a character")
    return text


Text = Annotated[str, AfterValidator(_encodable)]


TurnText = Annotated[Text, Field(max_length=LONGEST_QUESTION)]


class TurnBody(BaseModel):
    """One earlier question and its answer; null when nothing was found."""

    question: TurnText
    answer: TurnText | None = None


class QuestionBody(BaseModel):
    """A question, and the conversation before it, oldest turn first."""

    # The bot itself refuses a question that is too short or too long, with its own message.
    question: Text = Field(description="In words.", json_schema_extra={"minLength": 1, "maxLength": LONGEST_QUESTION})
    history: list[TurnBody] | None = None
    document: Text | list[Text] | None = Field(
        None, description="The id of the document to look in, or the ids of several; all documents if it is left out."
    )

    @property
    def documents(self) -> tuple[str, ...]:
        """The ids of the documents to look in; none for all."""
        return (self.document,) if isinstance(self.document, str) else tuple(self.document or ())


class Passage(BaseModel):
    """A part of a document."""

    start: int
    end: int
    text: str


class Around(BaseModel):
    """What is before and after a quote in its sentence, or in its row of a table, with the heads of the columns."""

    before: str
    after: str


class CitationBody(BaseModel):
    """The evidence for an answer: the document's text from ``start`` to ``end`` is ``quote``."""

    number: int
    document: str
    title: str
    source: str
    start: int
    end: int
    quote: str
    around: Around
    path: list[str] = Field(description="The headings over the quote, below the title, the outermost first.")
    page: int | None = Field(description="The page on which the quote begins, from 1, if the document has pages.")
    passage: Passage


class AlternativeBody(BaseModel):
    """Another possible answer, from the same document or from another one."""

    answer: str
    verdict: Verdict | None = Field(description="The answer to a yes/no question; `answer` is then its evidence.")
    confidence: float
    citation: CitationBody


class HitBody(BaseModel):
    """A passage that was found, and how well it fits. Scores can be compared only within one answer."""

    document: str
    title: str
    start: int
    end: int
    text: str
    score: float


class AnswerBody(BaseModel):
    """An answer, or the statement that there is none. Offsets count code points of the document, half-open."""

    question: str
    understood: str | None = Field(description="The question as it was read, if that is not as it was asked.")
    found: bool
    answer: str | None
    verdict: Verdict | None = Field(description="The answer to a yes/no question; `answer` is then its evidence.")
    kind: Literal["answer", "overview", "talk"] = Field(
        description="`overview`: each citation is a sentence on what the documents are about. `talk`: `reply` answers it."
    )
    reply: str | None = Field(description="The reply to talk, such as a greeting. It is not from the documents.")
    confidence: float = Field(description="Calibrated probability that the best span is right, 0 to 1.")
    citations: list[CitationBody]
    alternatives: list[AlternativeBody]
    nearest: list[HitBody] = Field(description="The best passages when nothing was found; they are not an answer.")
    timings_ms: dict[str, float]


class DocumentBody(BaseModel):
    """A document, without its text."""

    id: str
    title: str
    source: str
    length: int


class FullDocumentBody(DocumentBody):
    """A document."""

    text: str


class DocumentsBody(BaseModel):
    """All documents."""

    documents: list[DocumentBody]


class HealthBody(BaseModel):
    """The process answers."""

    status: str


class ReadyBody(HealthBody):
    """Questions can be asked."""

    documents: int
    passages: int


class ErrorBody(BaseModel):
    """An error in one member of the body."""

    pointer: str = Field(description="A JSON pointer to the member (RFC 6901).")
    detail: str


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What was wrong and what to do, for people.")
    errors: list[ErrorBody] | None = Field(
        None, description="What is wrong with which member of the body, if that can be said."
    )

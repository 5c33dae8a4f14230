"""The bot: a question in, a cited answer out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter

from index.document import Hit
from index.store import Store, check_known
from qa.answer import Answer
from qa.decide.decision import Reading, decide
from qa.decide.overview import overview
from qa.read.reader import Reader
from qa.retrieve.retriever import Retriever
from qa.understand.history import standing_alone
from qa.understand.intent import Intents
from qa.understand.question import Turn, check
from qa.understand.spelling import Spelling, english

CANDIDATES = 12
"""How many possible answers are considered."""


@dataclass(frozen=True)
class Retrieved:
    """A question as it was understood, the passages that were found for it, best first, and how long that took."""

    question: str
    hits: tuple[Hit, ...]
    milliseconds: float


@dataclass(frozen=True)
class Bot:
    """Answers questions from an index. It keeps no state between questions and may be asked from several threads.

    Attributes:
        retriever: finds the passages to read.
        reader: finds the answer in them.
        passages_read: how many passages the reader is given.
        spelling: mends questions before they are read; None leaves them as they are.
        intents: tells what is no question to look up; None looks up everything.
    """

    retriever: Retriever
    reader: Reader
    passages_read: int = 10
    spelling: Spelling | None = None
    intents: Intents | None = None

    @property
    def index(self) -> Store:
        """Where passages are searched."""
        return self.retriever.index

    def about(self, index: Store) -> "Bot":
        """A bot with the same models on other documents."""
        spelling = Spelling((document.text for document in index.by_id.values()), english()) if self.spelling else None
        return Bot(Retriever(index), self.reader, self.passages_read, spelling, self.intents)

    def ask(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Answer:
        """Answer ``question`` from the documents, or say that they do not answer it.

        If ``documents`` are given, ids of documents, only those are used.

        Raises:
            ValueError: the question is empty or too long, or there is no such document.
        """
        check(question)
        check_known(self.index, documents)
        talk = self.talk(question, documents)
        return talk or self.decide(question, self.read(self.retrieve(question, history, documents)))

    def talk(self, question: str, documents: Sequence[str] = ()) -> Answer | None:
        """The answer to talk and to questions about the document itself; None if ``question`` is to be looked up."""
        began = perf_counter()
        intent = self.intents.of(question) if self.intents else None
        if intent is None:
            return None
        count = len(documents) or len(self.index.by_id)
        only = next(iter(documents or self.index.by_id)) if count == 1 else None
        if intent.reply:
            this = f"“{self.index.by_id[only].title}”" if only else f"{count:,} documents"
            answer = Answer(question, None, 1.0, kind="talk", reply=intent.reply.replace("{this}", this))
        elif intent.name == "overview":
            answer = overview(question, self.index, documents)
        elif intent.questions and only:
            # Who wrote a document, and when, stands at its head.
            ((first, *_), _) = self.index.passages_of(only, 1)
            hit = Hit(first, 1.0)
            read = [self.read(Retrieved(wording, (hit,), 0.0)) for wording in intent.questions]
            answer = self.decide(question, max(read, key=lambda one: one.candidates[0].score if one.candidates else -inf))
            if not answer.found:
                return None
        else:
            return None
        return replace(
            answer, timings_ms={"retrieve": 0.0, "read": 0.0} | answer.timings_ms | {"total": 1e3 * (perf_counter() - began)}
        )

    def retrieve(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Retrieved:
        """Find passages for ``question``.

        Raises:
            ValueError: as for `ask`.
        """
        check(question)
        began = perf_counter()
        understood = standing_alone(question, history)
        if self.spelling:
            understood = self.spelling.mended(understood)
        hits = self.retriever.search(understood, self.passages_read, documents)
        return Retrieved(understood, tuple(hits), 1e3 * (perf_counter() - began))

    def read(self, retrieved: Retrieved, count: int = CANDIDATES) -> Reading:
        """The ``count`` best candidates in the retrieved passages."""
        began = perf_counter()
        candidates = self.reader.read(retrieved.question, [hit.span for hit in retrieved.hits], count)
        timings = {"retrieve": retrieved.milliseconds, "read": 1e3 * (perf_counter() - began)}
        return Reading(retrieved.question, retrieved.hits, tuple(candidates), timings | {"total": sum(timings.values())})

    def decide(self, question: str, reading: Reading) -> Answer:
        """Answer with the best candidate if its confidence reaches the threshold; the next ones become alternatives."""
        return decide(question, reading, self.reader.settings)

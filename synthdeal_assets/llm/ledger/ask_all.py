"""Asking many questions so that nothing is paid for twice: ledger, claims, journal, and then the engine.

An answer that the ledger holds is taken from there. What another execution is about to ask is left to it, and its
answer taken once it is there. What is asked, what makes an answer valid and what becomes of it is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.leases import held
from synthdeal_assets.llm.budget import Budget
from synthdeal_assets.llm.chat import Message
from synthdeal_assets.llm.client import LlmClient
from synthdeal_assets.llm.engine import (
    Answer,
    FollowUp,
    Landing,
    NoAnswer,
    QuestionError,
    S,
    Stop,
    StopAsking,
    V,
    ask_many,
)
from synthdeal_assets.llm.failures import AnswerError, FailureKind, LlmError, Treatment
from synthdeal_assets.llm.ledger.calls import LlmCall, Question, Record
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.llm.ledger.journal import CallJournal, lease_of
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls, release_claims
from synthdeal_assets.llm.ledger.question_queue import LedgerAsker, QuestionQueue
from synthdeal_assets.llm.usage import Usage

CHUNKS_OF_CONCURRENCY: Final = 2
"""So many times the concurrency is claimed at once: enough that nobody waits for the next chunk, little enough that
other executions of the run find something to do."""

NOT_BETTER_LATER: Final = frozenset({FailureKind.REFUSED, FailureKind.TRUNCATED, FailureKind.BAD_REQUEST})
"""Failures that the same question would meet again."""

T = TypeVar("T")

O_contra = TypeVar("O_contra", contravariant=True)
"""What became of a question, as the caller has it."""

Outcome = Answer[S, V] | NoAnswer[S]


class Listener(Generic[O_contra]):
    """Hears what happens while questions are asked; each method does nothing unless it is overridden."""

    def on_call(self, call: LlmCall) -> None:
        """A request has ended and is in the journal. Called from the event loop, so it must not wait."""

    def on_batch(self, connection: duckdb.DuckDBPyConnection, outcomes: Sequence[O_contra]) -> None:
        """These outcomes landed. Called inside the transaction that stores their requests, in a thread of its own."""

    def on_stored(self, outcomes: Sequence[O_contra]) -> None:
        """The transaction of these outcomes has ended. Called in the same thread as `on_batch`."""


@dataclass
class AskResult:
    """What asking came to.

    Attributes:
        stop: Why asking ended early; None when everything was asked.
        from_ledger: Questions whose answer had been paid for before.
        damaged: Answers in the ledger that could no longer be read and were asked for again.
        usage: What the requests that were sent took.
    """

    stop: Stop | None = None
    from_ledger: int = 0
    damaged: int = 0
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Continue:
    """What `read_answer` returns in place of a value to say more: the messages that follow the model's answer.

    The model is asked again with the whole conversation. Each turn is a request on the same subject with a key of its
    own, so that it is paid for once as well.
    """

    messages: tuple[Message, ...]


def ask_all(
    questions: Iterable[Question],
    read_answer: Callable[[Question, str], V | Continue],
    listener: Listener[Outcome[Question, V]],
    ledger: LedgerContext,
    budget: Budget,
    *,
    connect: Callable[[Budget], LlmClient],
    concurrency: int,
) -> AskResult:
    """Ask a model many questions, each exactly once, and hand over what became of them in small batches.

    What a batch holds is stored in one transaction: the requests in the ledger, and whatever the listener does with the
    outcomes. After a kill only what was in flight is asked again.

    Args:
        questions: What to ask; two with the same key are one request. One with a schema is answered in that form, one
            without in free text.
        read_answer: Makes a value of an answer's text, or a further turn. Raises AnswerError for an answer that cannot
            be used; the model is told and asked again.
        listener: Told of each request and each outcome.
        ledger: What is asked for and by which run, and where answers are.
        budget: What may be spent; usually begins with `spent_so_far(ledger)`.
        connect: Makes the client; called when the first question is asked, not at all when the ledger answers all.
        concurrency: Questions that are asked at the same time.

    Returns:
        What it came to.

    Raises:
        Exception: Whatever the listener raised, or an OSError of the journal; what had landed is stored first.
    """
    asker = _QuestionAsker(read_answer, budget, connect)
    return ask_through_ledger(asker, questions, listener, ledger, concurrency=concurrency)


def ask_through_ledger(
    asker: LedgerAsker[S, V],
    questions: Iterable[S],
    listener: Listener[Outcome[S, V]],
    ledger: LedgerContext,
    *,
    concurrency: int,
) -> AskResult:
    """As `ask_all`, for questions that are not written out beforehand, or not all for a model.

    Args:
        asker: Asked each question that the ledger has no answer to, and closed in the end.
        questions: What to ask, as the asker has it.
        listener: Told of each request and each outcome. Questions have no outcome only when the asker said that nothing
            more is to be asked.
        ledger: What is asked for and by which run, and where answers are.
        concurrency: Questions that are asked at the same time.

    Raises:
        Exception: As `ask_all`.
    """
    result = AskResult()
    chunk = CHUNKS_OF_CONCURRENCY * concurrency
    queue = QuestionQueue(asker, questions, ledger, chunk=chunk)
    journal = CallJournal(ledger.journals, ledger.run_id, purpose=ledger.purpose, execution_id=ledger.execution_id)
    store = _Store(asker, listener, ledger, journal, result)

    def on_call(call: LlmCall) -> None:
        journal.note(call)
        listener.on_call(call)

    with held(lease_of(ledger.journals, ledger.execution_id)) if queue.pays else nullcontext():
        try:
            result.stop = ask_many(
                asker,
                queue,
                store.on_batch,
                concurrency=concurrency,
                now=ledger.now,
                on_call=on_call,
                on_sending=journal.note,
            )
        except BaseException:
            journal.leave()
            raise
        else:
            journal.discard()
        finally:
            result.damaged = queue.damaged
            if queue.pays:
                with ledger.warehouse.transaction() as connection:
                    release_claims(connection, ledger.execution_id)
    return result


def error_of_question(error: LlmError) -> QuestionError | StopAsking:
    """What the failure of a question to a model means for this question, or for all of them."""
    if error.treatment is Treatment.STOP:
        return StopAsking(error.kind.value, str(error))
    retryable = error.kind not in NOT_BETTER_LATER
    return QuestionError(error.kind.value, str(error), retryable=retryable, retry_after_s=error.retry_after_s)


@dataclass
class _Store(Generic[S, V]):
    """Stores what landed, a batch in one transaction, and counts it."""

    asker: LedgerAsker[S, V]
    listener: Listener[Outcome[S, V]]
    ledger: LedgerContext
    journal: CallJournal
    result: AskResult

    def on_batch(self, batch: Sequence[Landing[S, V]]) -> None:
        ledger = self.ledger
        calls = [landing for landing in batch if isinstance(landing, LlmCall)]
        outcomes = [landing for landing in batch if isinstance(landing, Answer | NoAnswer)]
        keys = [self.asker.question_key(landing.question) for landing in batch if not isinstance(landing, LlmCall)]
        ended = [key for key in keys if key is not None]
        refused: Sequence[LlmCall] = ()
        with ledger.warehouse.transaction() as connection:
            if ended or calls:
                prepare_ledger(connection)
                refused = record_calls(connection, calls, run_id=ledger.run_id, purpose=ledger.purpose)
                release_claims(connection, ledger.execution_id, ended)
            self.listener.on_batch(connection, outcomes)
        if refused:
            self.journal.set_aside(refused)
        self.result.usage = sum((call.usage for call in calls), start=self.result.usage)
        self.result.from_ledger += sum(isinstance(each, Answer) and each.from_ledger for each in outcomes)
        self.listener.on_stored(outcomes)


class LateClient:
    """A client that is made when the first question is asked, and speaks of questions: its failures are theirs.

    A vendor's library takes half a second to import, and most who could ask only want to know who would be asked.

    Args:
        connect: Makes the client.
    """

    def __init__(self, connect: Callable[[], LlmClient]) -> None:
        self._connect = connect
        self._client: LlmClient | None = None

    async def ask(self, question: Question, read: Callable[[str], T], record: Record) -> T:
        """What a valid answer says; arguments as of `LlmClient.ask`.

        Raises:
            QuestionError: The model gave no valid answer to it.
            StopAsking: The endpoint would answer nothing else either, the budget is used up, or a setting is wrong.
        """
        if self._client is None:
            try:
                self._client = self._connect()
            except SynthDealError as error:
                raise StopAsking("settings", str(error)) from error
        try:
            return (await self._client.ask(question, read, record)).value
        except LlmError as error:
            raise error_of_question(error) from error

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


class _QuestionAsker(Generic[V]):
    """Asks a model questions that are written out."""

    deadline_s: Final = None
    """The client gives each request its time and each question its number of requests."""

    def __init__(
        self,
        read_answer: Callable[[Question, str], V | Continue],
        budget: Budget,
        connect: Callable[[Budget], LlmClient],
    ) -> None:
        self._read_answer = read_answer
        self._client = LateClient(lambda: connect(budget))

    def question_key(self, question: Question) -> str:
        return question.key

    def subject_id(self, question: Question) -> str:
        return question.subject_id

    def read(self, question: Question, text: str) -> V | FollowUp[Question]:
        try:
            return self._value(question, text)
        except AnswerError as error:
            raise QuestionError(error.kind.value, str(error)) from error

    async def ask(self, question: Question, record: Record) -> V | FollowUp[Question]:
        return await self._client.ask(question, lambda text: self._value(question, text), record)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _value(self, question: Question, text: str) -> V | FollowUp[Question]:
        value = self._read_answer(question, text)
        return FollowUp(question.followed_by(text, value.messages)) if isinstance(value, Continue) else value

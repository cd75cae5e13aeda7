"""Asking many questions at the same time, and handing over what lands in small batches.

Calls run in one event loop, as many at once as allowed. What is done with what lands (storing, telling Dagster) takes
milliseconds a question, during which a loop could start and finish no call, so it runs in one thread beside it.
What a question is about is the caller's: an `Asker` makes an answer of it. What is asked at all, and that nothing is
paid for twice, belongs in `ledger/ask_all.py`; nothing here knows Dagster or the warehouse.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.ledger.calls import CountedRecord, LlmCall, Record
from synthdeal_assets.llm.storable import MAX_MESSAGE_LENGTH, storable_text
from synthdeal_assets.llm.usage import Usage

BATCH_SIZE: Final = 256
BATCH_SECONDS: Final = 0.5
"""What landed is handed over when there is this much, or when the first of it has waited this long. A batch opens and
closes the warehouse, which costs a fifth of a second."""

MAX_WAITING: Final = 2 * BATCH_SIZE
"""What may wait to be handed over; beyond, nothing further is asked."""

TICK_SECONDS: Final = 60.0
"""An empty batch is handed over when nothing has landed for so long, so that the caller can show that it lives."""

S = TypeVar("S")
"""What a question is about, as the caller has it."""

V = TypeVar("V")
"""What an answer says, as the caller has it."""

V_co = TypeVar("V_co", covariant=True)


class QuestionError(Exception):
    """There is no answer to one question.

    Args:
        kind: Short name of the kind of failure, such as timeout or invalid_answer.
        message: What went wrong, in a sentence.
        retryable: Whether the same question may succeed later.
        retry_after_s: Seconds before which it will not.
    """

    def __init__(self, kind: str, message: str, *, retryable: bool = True, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class StopAsking(Exception):  # noqa: N818 - not an error of the question: it ends the asking
    """Nothing more is to be asked in this run; what has not been asked is left.

    Args:
        kind: Short name of the reason, such as authentication or budget.
        message: Why, and what to do, in a sentence.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class FollowUp(Generic[S]):
    """An answer that leads to another question, on the same subject, in place of a value."""

    question: S


@dataclass(frozen=True, slots=True)
class Answer(Generic[S, V]):
    """A question that was answered, when (UTC, without zone) and how long it took.

    Attributes:
        question: What was asked.
        value: What the answer says.
        at: When it landed.
        latency_ms: How long it took; for an answer from the ledger, how long it took then.
        usage: What the requests for it took; nothing where no model was asked.
        from_ledger: Whether the answer was paid for earlier and taken from the ledger.
    """

    question: S
    value: V
    at: dt.datetime
    latency_ms: float
    usage: Usage
    from_ledger: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer(Generic[S]):
    """A question that was not answered.

    Attributes:
        question: What was asked.
        kind: Short name of the kind of failure.
        message: What went wrong, in a sentence, secrets removed.
        at: When, UTC without zone.
        retryable: Whether the same question may succeed later.
        retry_after_s: Seconds before which it will not; None when nobody has said.
    """

    question: S
    kind: str
    message: str
    at: dt.datetime
    retryable: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Continued(Generic[S]):
    """A question whose answer led to another one, which is asked now."""

    question: S


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing more was asked: a short name, and a sentence with secrets removed."""

    kind: str
    message: str


Landing = Answer[S, V] | NoAnswer[S] | Continued[S] | LlmCall
"""What is handed over: what became of a question, or a request that was sent for one."""


class Asker(Protocol[S, V_co]):
    """Finds answers, many at the same time, in one event loop."""

    @property
    def deadline_s(self) -> float | None:
        """Longest time in seconds for one question, retries included; None where each ends by itself.

        One that hangs must not hold up the run.
        """

    async def ask(self, question: S, record: Record) -> V_co | FollowUp[S]:
        """Answer one question.

        Args:
            question: What is asked.
            record: Told of each request that was sent, as soon as it has ended.

        Raises:
            QuestionError: There is no answer. Any other exception but StopAsking counts as an unexpected failure of
                this one question.
            StopAsking: No question would fare better: nothing more is to be asked.
        """

    async def aclose(self) -> None:
        """Give back connections and the like; the asker is not used afterwards."""


class Questions(Protocol[S, V]):
    """Where questions come from, while others are being asked."""

    async def next(self) -> S | Answer[S, V] | None:
        """The next question, or an answer that needs no asking; None when there is nothing more."""

    def add(self, question: S) -> None:
        """Another question: an answer has led to it."""

    def stop(self) -> None:
        """Nothing more will be taken: whoever waits for the next one gets None."""


def ask_many(
    asker: Asker[S, V],
    questions: Questions[S, V],
    on_batch: Callable[[Sequence[Landing[S, V]]], None],
    *,
    concurrency: int,
    now: Callable[[], dt.datetime],
    on_call: Record = lambda _call: None,
    on_sending: Record = lambda _call: None,
    batch_size: int = BATCH_SIZE,
    batch_seconds: float = BATCH_SECONDS,
    tick_seconds: float = TICK_SECONDS,
) -> Stop | None:
    """Ask questions and hand over what became of each, and every request that was sent, in the order they land.

    A failure of one question never affects another. When the asker says that nothing more is to be asked, what is under
    way is waited for and the rest is left. When it ends early, because `on_batch` failed or the run was interrupted,
    calls in flight are cancelled and what had landed is handed over first.

    Args:
        asker: Asked each; closed in the end.
        questions: Taken one by one, never further ahead than needed.
        on_batch: Called with a batch of what landed (empty after `tick_seconds` of silence), from one thread that is
            not this one, never twice at a time.
        concurrency: Questions that are asked at the same time.
        now: The present time, UTC without zone.
        on_call: Told of each request at once, from the loop's thread; must not take long.
        on_sending: Told of each before it is sent, as one that was cancelled; the same holds for it.
        batch_size: What makes a batch full.
        batch_seconds: Seconds after which a batch is handed over though it is not full.
        tick_seconds: Seconds of silence after which an empty batch is handed over.

    Returns:
        Why the asker wanted nothing more to be asked; None when everything was asked.

    Raises:
        Exception: Whatever `on_batch`, `on_call` or `on_sending` raised.
    """
    run = _Run(
        asker,
        questions,
        on_batch,
        BatchBuffer(batch_size),
        now,
        on_call,
        on_sending,
        batch_seconds=batch_seconds,
        tick_seconds=tick_seconds,
    )
    return asyncio.run(run.go(concurrency))


def said(error: Exception) -> str:
    """The message of an error without secrets, and as it can be stored: an endpoint may be quoted in it."""
    return storable_text(redact(str(error)), MAX_MESSAGE_LENGTH)


class BatchBuffer(Generic[S, V]):
    """What has landed and waits to be handed over."""

    def __init__(self, batch_size: int) -> None:
        self._waiting: deque[Landing[S, V]] = deque()
        self._batch_size = batch_size
        self.something = asyncio.Event()
        self.full = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self.closing = asyncio.Event()

    def put(self, landing: Landing[S, V]) -> None:
        """Something has landed."""
        self._waiting.append(landing)
        self.something.set()
        if len(self._waiting) >= self._batch_size:
            self.full.set()
        if len(self._waiting) >= MAX_WAITING:
            self.room.clear()

    def take(self) -> list[Landing[S, V]]:
        """The oldest of what waits, a batch at most."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_size))]
        if len(self._waiting) < self._batch_size and not self.closed:
            self.full.clear()
        if not self._waiting and not self.closed:
            self.something.clear()
        if len(self._waiting) < MAX_WAITING:
            self.room.set()
        return batch

    def close(self) -> None:
        """Nothing more lands."""
        self.closing.set()
        self.something.set()
        self.full.set()
        self.room.set()

    @property
    def closed(self) -> bool:
        """Whether nothing more lands."""
        return self.closing.is_set()

    @property
    def done(self) -> bool:
        """Whether everything that landed has been taken, and nothing more will land."""
        return self.closed and not self._waiting


@dataclass
class _Run(Generic[S, V]):
    """One run of `ask_many`, in its event loop."""

    asker: Asker[S, V]
    questions: Questions[S, V]
    on_batch: Callable[[Sequence[Landing[S, V]]], None]
    landed: BatchBuffer[S, V]
    now: Callable[[], dt.datetime]
    on_call: Record
    on_sending: Record
    batch_seconds: float
    tick_seconds: float
    stop: Stop | None = None
    call_error: Exception | None = None

    async def go(self, concurrency: int) -> Stop | None:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm-bookkeeping") as bookkeeping:
            keeper = asyncio.create_task(self._keep_batches(bookkeeping))
            workers = [asyncio.create_task(self._ask_in_turn()) for _ in range(concurrency)]
            asking = asyncio.create_task(_first_error_or_all_done(workers))
            try:
                await asyncio.wait({asking, keeper}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # They are still asking when a batch has failed, one of them has, or the run was interrupted.
                for task in (asking, *workers):
                    task.cancel()
                await asyncio.gather(asking, *workers, return_exceptions=True)
                try:
                    self.landed.close()
                    await keeper
                finally:
                    await self.asker.aclose()
        for worker in workers:
            if not worker.cancelled():
                worker.result()
        if self.call_error is not None:
            raise self.call_error
        return self.stop

    async def _ask_in_turn(self) -> None:
        while self.stop is None and self.call_error is None:
            await self.landed.room.wait()
            question = await self.questions.next()
            if question is None:
                return
            landing = question if isinstance(question, Answer) else await self._ask(question)
            if landing is not None:
                self.landed.put(landing)

    async def _ask(self, question: S) -> Landing[S, V] | None:
        started = time.perf_counter()
        deadline_s = self.asker.deadline_s
        record = CountedRecord(self._record, self._sending)
        try:
            async with asyncio.timeout(deadline_s):
                value = await self.asker.ask(question, record)
        except StopAsking as stop:
            if self.stop is None:
                self.stop = Stop(stop.kind, said(stop))
                self.questions.stop()
            return None
        except QuestionError as error:
            return NoAnswer(question, error.kind, said(error), self.now(), error.retryable, error.retry_after_s)
        except TimeoutError:
            within = "in time" if deadline_s is None else f"within {deadline_s:g} s"
            return NoAnswer(question, "timeout", f"No answer {within}.", self.now(), retryable=True)
        except Exception as error:  # noqa: BLE001 - whatever an asker does wrong must cost this one question only
            message = f"{type(error).__name__}: {said(error)}" if str(error) else type(error).__name__
            return NoAnswer(question, "unexpected", message, self.now(), retryable=True)
        if isinstance(value, FollowUp):
            self.questions.add(value.question)
            return Continued(question)
        return Answer(question, value, self.now(), (time.perf_counter() - started) * 1000, record.usage)

    def _record(self, call: LlmCall) -> None:
        self.landed.put(call)
        if self.call_error is None:
            try:
                self.on_call(call)
            except Exception as error:  # noqa: BLE001 - raised at the end: what was paid for is handed over first
                self._end_with(error)

    def _sending(self, call: LlmCall) -> None:
        try:
            self.on_sending(call)
        except Exception as error:
            # Unsent: what nobody could note must not be paid for.
            self._end_with(error)
            raise StopAsking(type(error).__name__, str(error)) from error

    def _end_with(self, error: Exception) -> None:
        self.call_error = self.call_error or error
        self.questions.stop()

    async def _keep_batches(self, bookkeeping: ThreadPoolExecutor) -> None:
        """Hand over what lands until nothing more does; when cancelled, what landed is handed over all the same."""
        landed = self.landed
        try:
            while not landed.done:
                if await _within(self.tick_seconds, landed.something):
                    await _within(self.batch_seconds, landed.full)
                await self._hand_over(bookkeeping)
        except asyncio.CancelledError:
            await landed.closing.wait()
            while not landed.done:
                await self._hand_over(bookkeeping)
            raise

    async def _hand_over(self, bookkeeping: ThreadPoolExecutor) -> None:
        batch = self.landed.take()
        if batch or not self.landed.done:
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(bookkeeping, self.on_batch, batch))


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether the event comes within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _first_error_or_all_done(tasks: Iterable[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)

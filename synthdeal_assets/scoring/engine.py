"""Asking a scorer about many opportunities at the same time, and handing over what lands in small batches.

Calls run in one event loop, as many at once as allowed. What is done with what lands (storing, telling Dagster) takes
milliseconds an opportunity, during which a loop could start and finish no call, so it runs in one thread beside it.
What is stored and how belongs in `score_store.py`, which opportunities are asked about at all in `asking.py`; nothing
here knows Dagster or the warehouse.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.ledger.calls import LlmCall
from synthdeal_assets.llm.storable import LONGEST_MESSAGE, storable_text
from synthdeal_assets.scoring.answer import ScorerAnswer, ScoringError, StopScoring, validated
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.scorer import Scorer

BATCH_SIZE: Final = 256
BATCH_SECONDS: Final = 0.5
"""What landed is handed over when there is this much, or when the first of it has waited this long. A batch opens and
closes the warehouse, which costs a fifth of a second."""

MOST_WAITING: Final = 2 * BATCH_SIZE
"""What may wait to be handed over; beyond, no further opportunity is asked about."""

TICK_SECONDS: Final = 60.0
"""An empty batch is handed over when nothing has landed for so long, so that the caller can show that it lives."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An opportunity that was judged, when (UTC, without zone) and how long it took.

    Attributes:
        deal: The opportunity.
        answer: The judgement.
        at: When it landed.
        latency_ms: How long the judgement took; for an answer from the ledger, how long it took then.
        from_ledger: Whether the answer was paid for earlier and taken from the ledger.
    """

    deal: ScorerInput
    answer: ScorerAnswer
    at: dt.datetime
    latency_ms: float
    from_ledger: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """An opportunity that could not be judged.

    Attributes:
        deal: The opportunity.
        kind: Short name of the kind of failure.
        message: What went wrong, in a sentence, secrets removed.
        at: When, UTC without zone.
        retryable: Whether the same question may succeed later.
        retry_after_s: Seconds before which it will not; None when nobody has said.
    """

    deal: ScorerInput
    kind: str
    message: str
    at: dt.datetime
    retryable: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing more was asked: a short name, and a sentence with secrets removed."""

    kind: str
    message: str


Outcome = Scored | Failed
Landing = Outcome | LlmCall


class Questions(Protocol):
    """Where opportunities to ask about come from, while others are being asked about."""

    async def next(self) -> ScorerInput | Outcome | None:
        """The next opportunity, or an outcome that needs no asking; None when there is nothing more."""

    def stop(self) -> None:
        """Nothing more will be taken: whoever waits for the next one gets None."""


def score_all(
    scorer: Scorer,
    deals: Iterable[ScorerInput] | Questions,
    keep: Callable[[Sequence[Landing]], None],
    *,
    concurrency: int,
    now: Callable[[], dt.datetime],
    note: Callable[[LlmCall], None] = lambda _call: None,
    batch_size: int = BATCH_SIZE,
    batch_seconds: float = BATCH_SECONDS,
    tick_seconds: float = TICK_SECONDS,
) -> Stop | None:
    """Score opportunities and hand over every outcome, and every request that was sent, in the order they land.

    A failure of one opportunity is an outcome like any other and costs no other one. When the scorer says that
    nothing more is to be asked, what is under way is waited for and the rest is left. When it ends early, because
    `keep` failed or the run was interrupted, calls in flight are cancelled and what had landed is handed over first.

    Args:
        scorer: Asked about each; closed in the end.
        deals: Taken one by one, never further ahead than needed.
        keep: Called with a batch of what landed (empty after `tick_seconds` of silence), from one thread that is not
            this one, never twice at a time.
        concurrency: Opportunities that are asked about at the same time.
        now: The present time, UTC without zone.
        note: Told of each request at once, from the loop's thread; must not take long.
        batch_size: What makes a batch full.
        batch_seconds: Seconds after which a batch is handed over though it is not full.
        tick_seconds: Seconds of silence after which an empty batch is handed over.

    Returns:
        Why the scorer wanted nothing more to be asked; None when everything was asked.

    Raises:
        Exception: Whatever `keep` or `note` raised.
    """
    questions = _Listed(deals) if isinstance(deals, Iterable) else deals
    run = _Run(
        scorer,
        questions,
        keep,
        now=now,
        note=note,
        batch_size=batch_size,
        batch_seconds=batch_seconds,
        tick_seconds=tick_seconds,
    )
    return asyncio.run(run.go(concurrency))


class _Listed:
    """Opportunities that are known beforehand, as questions."""

    def __init__(self, deals: Iterable[ScorerInput]) -> None:
        self._deals = iter(deals)

    async def next(self) -> ScorerInput | None:
        return next(self._deals, None)

    def stop(self) -> None:
        self._deals = iter(())


class _Landings:
    """What has landed and waits to be handed over."""

    def __init__(self, batch_size: int) -> None:
        self._waiting: deque[Landing] = deque()
        self._batch_size = batch_size
        self.something = asyncio.Event()
        self.full = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self.closing = asyncio.Event()

    def put(self, landing: Landing) -> None:
        self._waiting.append(landing)
        self.something.set()
        if len(self._waiting) >= self._batch_size:
            self.full.set()
        if len(self._waiting) >= MOST_WAITING:
            self.room.clear()

    def take(self) -> list[Landing]:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_size))]
        if len(self._waiting) < self._batch_size and not self.closed:
            self.full.clear()
        if not self._waiting and not self.closed:
            self.something.clear()
        if len(self._waiting) < MOST_WAITING:
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
        return self.closing.is_set()

    @property
    def done(self) -> bool:
        """Whether everything that landed has been taken, and nothing more will land."""
        return self.closed and not self._waiting


class _Run:
    """One run of `score_all`, in its event loop."""

    def __init__(
        self,
        scorer: Scorer,
        questions: Questions,
        keep: Callable[[Sequence[Landing]], None],
        *,
        now: Callable[[], dt.datetime],
        note: Callable[[LlmCall], None],
        batch_size: int,
        batch_seconds: float,
        tick_seconds: float,
    ) -> None:
        self._scorer = scorer
        self._questions = questions
        self._keep = keep
        self._now = now
        self._note = note
        self._landings = _Landings(batch_size)
        self._batch_seconds = batch_seconds
        self._tick_seconds = tick_seconds
        self._stop: Stop | None = None
        self._note_error: Exception | None = None

    async def go(self, concurrency: int) -> Stop | None:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="score-bookkeeping") as bookkeeping:
            keeper = asyncio.create_task(self._keep_batches(bookkeeping))
            askers = [asyncio.create_task(self._ask_in_turn()) for _ in range(concurrency)]
            asking = asyncio.create_task(_first_error_or_all_done(askers))
            try:
                await asyncio.wait({asking, keeper}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # They are still asking when keeping has failed, one of them has, or the run was interrupted.
                for task in (asking, *askers):
                    task.cancel()
                await asyncio.gather(asking, *askers, return_exceptions=True)
                try:
                    self._landings.close()
                    await keeper
                finally:
                    await self._scorer.aclose()
        for asker in askers:
            if not asker.cancelled():
                asker.result()
        if self._note_error is not None:
            raise self._note_error
        return self._stop

    async def _ask_in_turn(self) -> None:
        while self._stop is None and self._note_error is None:
            await self._landings.room.wait()
            question = await self._questions.next()
            if question is None:
                return
            outcome = await self._ask(question) if isinstance(question, ScorerInput) else question
            if outcome is not None:
                self._landings.put(outcome)

    async def _ask(self, deal: ScorerInput) -> Outcome | None:
        started = time.perf_counter()
        deadline_s = self._scorer.deadline_s
        try:
            async with asyncio.timeout(deadline_s):
                answer = validated(await self._scorer.score(deal, self._record), deal)
        except StopScoring as stop:
            if self._stop is None:
                self._stop = Stop(stop.kind, said(stop))
                self._questions.stop()
            return None
        except ScoringError as error:
            return Failed(deal, error.kind, said(error), self._now(), error.retryable, error.retry_after_s)
        except TimeoutError:
            return Failed(deal, "timeout", f"No answer within {deadline_s:g} s.", self._now(), retryable=True)
        except Exception as error:  # noqa: BLE001 - whatever a scorer does wrong must cost this one opportunity only
            message = f"{type(error).__name__}: {said(error)}" if str(error) else type(error).__name__
            return Failed(deal, "unexpected", message, self._now(), retryable=True)
        return Scored(deal, answer, self._now(), (time.perf_counter() - started) * 1000)

    def _record(self, call: LlmCall) -> None:
        self._landings.put(call)
        if self._note_error is None:
            try:
                self._note(call)
            except Exception as error:  # noqa: BLE001 - raised at the end: what was paid for is handed over first
                self._note_error = error
                self._questions.stop()

    async def _keep_batches(self, bookkeeping: ThreadPoolExecutor) -> None:
        """Hand over what lands until nothing more does; when cancelled, what landed is handed over all the same."""
        landings = self._landings
        try:
            while not landings.done:
                if await _within(self._tick_seconds, landings.something):
                    await _within(self._batch_seconds, landings.full)
                await self._hand_over(bookkeeping)
        except asyncio.CancelledError:
            await landings.closing.wait()
            while not landings.done:
                await self._hand_over(bookkeeping)
            raise

    async def _hand_over(self, bookkeeping: ThreadPoolExecutor) -> None:
        batch = self._landings.take()
        if batch or not self._landings.done:
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(bookkeeping, self._keep, batch))


def said(error: Exception) -> str:
    """The message of an error without secrets, and as it can be stored: an endpoint may be quoted in it."""
    return storable_text(redact(str(error)), LONGEST_MESSAGE)


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

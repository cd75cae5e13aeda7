"""Asking a scorer about many opportunities at the same time, and handing over the outcomes in small batches.

Calls run in one event loop, as many at once as allowed. What is done with the outcomes (storing, telling Dagster) takes
milliseconds an opportunity, during which a loop could start and finish no call, so it runs in one thread beside it. A
prototype with 64 calls of one second at once kept 83 % of the ideal rate that way, and 63 % with it inside the loop.
What is stored and how belongs in `score_store.py`; nothing here knows Dagster or the warehouse.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.scoring.answer import ScorerAnswer, ScoringError, validated
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorer import Scorer

CALL_DEADLINE_S: Final = 300.0
"""Longest time for one opportunity, a scorer's own retries included: one that hangs must not hold up the run."""

BATCH_SIZE: Final = 256
BATCH_SECONDS: Final = 0.5
"""Outcomes are handed over when there are this many, or when the first of them has waited this long. A batch opens and
closes the warehouse, which costs a fifth of a second; a kill costs what landed within the half second."""

MOST_WAITING: Final = 2 * BATCH_SIZE
"""Outcomes that may wait to be handed over; beyond, no further opportunity is asked about."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An opportunity that was judged, when (UTC, without zone) and how long it took."""

    deal: ScorerInput
    answer: ScorerAnswer
    at: dt.datetime
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Failed:
    """An opportunity that could not be judged.

    Attributes:
        deal: The opportunity.
        kind: Short name of the kind of failure.
        message: What went wrong, in a sentence, secrets removed.
        at: When, UTC without zone.
        retryable: Whether the same question may succeed later.
    """

    deal: ScorerInput
    kind: str
    message: str
    at: dt.datetime
    retryable: bool


Outcome = Scored | Failed


def score_all(
    scorer: Scorer,
    deals: Iterable[ScorerInput],
    keep: Callable[[Sequence[Outcome]], None],
    *,
    concurrency: int,
    now: Callable[[], dt.datetime],
    deadline_s: float = CALL_DEADLINE_S,
    batch_size: int = BATCH_SIZE,
    batch_seconds: float = BATCH_SECONDS,
) -> None:
    """Score opportunities and hand over every outcome, in the order in which they land.

    A failure of one opportunity is an outcome like any other and costs no other one. When it ends early, because
    `keep` failed or the run was interrupted, calls in flight are cancelled and what had landed is handed over
    first.

    Args:
        scorer: Asked about each; closed in the end.
        deals: Taken one by one, never further ahead than needed.
        keep: Called with a batch of outcomes, from one thread that is not this one, never twice at a time.
        concurrency: Opportunities that are asked about at the same time.
        now: The present time, UTC without zone.
        deadline_s: Seconds for one opportunity in total.
        batch_size: Outcomes that make a batch full.
        batch_seconds: Seconds after which a batch is handed over though it is not full.

    Raises:
        Exception: Whatever `keep` raised.
    """
    asyncio.run(
        _score_all(
            scorer,
            iter(deals),
            keep,
            concurrency=concurrency,
            now=now,
            deadline_s=deadline_s,
            batch_size=batch_size,
            batch_seconds=batch_seconds,
        )
    )


async def _score_all(
    scorer: Scorer,
    deals: Iterator[ScorerInput],
    keep: Callable[[Sequence[Outcome]], None],
    *,
    concurrency: int,
    now: Callable[[], dt.datetime],
    deadline_s: float,
    batch_size: int,
    batch_seconds: float,
) -> None:
    landed: asyncio.Queue[Outcome | None] = asyncio.Queue(maxsize=MOST_WAITING)

    async def ask_in_turn() -> None:
        for deal in deals:
            await landed.put(await _ask(scorer, deal, now, deadline_s))

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="score-bookkeeping") as bookkeeping:
        keeper = asyncio.create_task(_keep_batches(landed, keep, bookkeeping, batch_size, batch_seconds))
        askers = [asyncio.create_task(ask_in_turn()) for _ in range(concurrency)]
        asking = asyncio.create_task(_first_error_or_all_done(askers))
        try:
            await asyncio.wait({asking, keeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # They are still asking when keeping has failed, one of them has, or the run was interrupted.
            for task in (asking, *askers):
                task.cancel()
            await asyncio.gather(asking, *askers, return_exceptions=True)
            try:
                if not keeper.done():
                    await landed.put(None)
                await keeper
            finally:
                await scorer.aclose()
    for asker in askers:
        if not asker.cancelled():
            asker.result()


async def _first_error_or_all_done(tasks: Iterable[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


async def _ask(scorer: Scorer, deal: ScorerInput, now: Callable[[], dt.datetime], deadline_s: float) -> Outcome:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(deadline_s):
            answer = validated(await scorer.score(deal, lambda _call: None), deal)
    except ScoringError as error:
        return Failed(deal, error.kind, redact(str(error)), now(), error.retryable)
    except TimeoutError:
        return Failed(deal, "timeout", f"No answer within {deadline_s:g} s.", now(), retryable=True)
    except Exception as error:  # noqa: BLE001 - whatever a scorer does wrong must cost this one opportunity only
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Failed(deal, "unexpected", redact(message), now(), retryable=True)
    return Scored(deal, answer, now(), (time.perf_counter() - started) * 1000)


async def _keep_batches(
    landed: asyncio.Queue[Outcome | None],
    keep: Callable[[Sequence[Outcome]], None],
    bookkeeping: ThreadPoolExecutor,
    batch_size: int,
    batch_seconds: float,
) -> None:
    """Hand over what lands until None does; when cancelled, hand over what has landed and go."""
    loop = asyncio.get_running_loop()
    more = True
    while more:
        batch: list[Outcome] = []
        try:
            more = await _fill(batch, landed, batch_size, batch_seconds)
        except asyncio.CancelledError:
            while not landed.empty():
                _take(batch, landed.get_nowait())
            raise
        finally:
            if batch:
                await asyncio.shield(loop.run_in_executor(bookkeeping, keep, batch))


async def _fill(
    batch: list[Outcome], landed: asyncio.Queue[Outcome | None], batch_size: int, batch_seconds: float
) -> bool:
    """Put what lands into the batch until it is full or old enough; False when nothing more will land."""
    due: float | None = None
    while len(batch) < batch_size:
        try:
            async with asyncio.timeout_at(due):
                outcome = await landed.get()
        except TimeoutError:
            return True
        if not _take(batch, outcome):
            return False
        due = due or asyncio.get_running_loop().time() + batch_seconds
    return True


def _take(batch: list[Outcome], outcome: Outcome | None) -> bool:
    if outcome is not None:
        batch.append(outcome)
    return outcome is not None

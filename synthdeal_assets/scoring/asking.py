"""Asking a scorer about opportunities so that nothing is paid for twice: ledger, claims, journal, and then the engine.

An answer that the ledger holds is taken from there. What another run is about to ask is left to it, and its answer
taken once it is there. Which opportunities are asked about belongs in `pending.py`, what becomes of the outcomes is
the caller's.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import LlmCall, Spent
from synthdeal_assets.llm.ledger.journal import CallJournal, LeftJournal, left_journals
from synthdeal_assets.llm.ledger.ledger import (
    CLAIM_LEASE,
    KnownAnswer,
    claim,
    confirm_claims,
    drop_dead_claims,
    known_answers,
    mark_damaged,
    prepare_ledger,
    record_calls,
    release_claims,
    spent_by,
)
from synthdeal_assets.scoring.answer import ScoringError, Usage, validated
from synthdeal_assets.scoring.engine import Outcome, Scored, Stop, score_all
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.scorer import Scorer

LOOK_AGAIN_S: Final = 1.0
"""Seconds between two looks at questions that another run is about to ask."""

CONFIRM_S: Final = 60.0
"""Seconds between two confirmations of this run's claims; `ledger.CLAIM_LEASE` is several times that."""

JOURNAL_FOLDER: Final = "llm_journal"
"""Beside the warehouse: the journals of runs that are asking, or were killed while they did."""

_asking: Final[set[str]] = set()
"""The runs that are asking in this process at this moment."""

Store = Callable[[duckdb.DuckDBPyConnection, Sequence[Outcome]], None]


@dataclass
class Asked:
    """What asking came to.

    Attributes:
        stop: Why asking ended early; None when everything was asked about.
        from_ledger: Opportunities whose answer had been paid for before.
        damaged: Answers in the ledger that could no longer be read and were asked for again.
        calls: Requests sent.
        input_tokens: Tokens read, as far as the endpoint said.
        output_tokens: Tokens written, as far as the endpoint said.
        cost_usd: USD, as far as known.
        calls_of_unknown_cost: Requests whose cost is not known.
    """

    stop: Stop | None = None
    from_ledger: int = 0
    damaged: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    calls_of_unknown_cost: int = 0

    def count(self, calls: Iterable[LlmCall]) -> None:
        """Take requests into the sums."""
        for call in calls:
            self.calls += 1
            self.input_tokens += call.input_tokens or 0
            self.output_tokens += call.output_tokens or 0
            self.cost_usd += call.cost_usd or 0.0
            self.calls_of_unknown_cost += call.cost_usd is None


@dataclass(frozen=True, slots=True)
class LedgerUse:
    """How a run uses the ledger.

    Attributes:
        warehouse: Where it is.
        run_id: The run that asks, as it stands in the ledger.
        not_before: Answers given earlier, UTC without zone, are not used again; None uses all.
        now: The present time, UTC without zone.
    """

    warehouse: Warehouse
    run_id: str
    not_before: dt.datetime | None = None
    now: Callable[[], dt.datetime] = utc_now

    @property
    def journals(self) -> Path:
        """Folder of the journals."""
        return self.warehouse.path.parent / JOURNAL_FOLDER


def oldest_answer(ttl_days: float | None, now: dt.datetime) -> dt.datetime | None:
    """The moment from which on paid answers may be used again; None when they always may."""
    return None if ttl_days is None else now - dt.timedelta(days=ttl_days)


def spent_so_far(use: LedgerUse) -> Spent:
    """Requests that the run has sent so far, and the USD it has spent on them: what its budget starts from."""
    with use.warehouse.connect() as connection:
        return spent_by(connection, use.run_id)


def ask_about(
    scorer: Scorer,
    deals: Iterable[ScorerInput],
    use: LedgerUse,
    *,
    concurrency: int,
    store: Store,
    tell: Callable[[Sequence[Outcome]], None] = lambda _outcomes: None,
) -> Asked:
    """Ask a scorer about opportunities and hand over the outcomes in small batches.

    What a batch holds is stored in one transaction: the requests in the ledger, and whatever `store` does with the
    outcomes. Opportunities are left out of the outcomes only when the scorer said that nothing more is to be asked.

    Args:
        scorer: Asked, and closed in the end.
        deals: The opportunities.
        use: The ledger.
        concurrency: Opportunities that are asked about at the same time.
        store: Called with the outcomes of a batch inside the transaction, in a thread that is not this one.
        tell: Called with the same outcomes after the transaction, in the same thread.

    Raises:
        Exception: Whatever `store` or `tell` raised, or an OSError of the journal; what had landed is stored first.
    """
    asked = Asked()
    journal = CallJournal(use.journals, use.run_id)
    confirmed_at = time.monotonic()

    def keep(batch: Sequence[Outcome | LlmCall]) -> None:
        nonlocal confirmed_at
        calls = [landing for landing in batch if isinstance(landing, LlmCall)]
        outcomes = [landing for landing in batch if not isinstance(landing, LlmCall)]
        keys = [key for key in (scorer.question_key(outcome.deal) for outcome in outcomes) if key is not None]
        refused: Sequence[LlmCall] = ()
        with use.warehouse.transaction() as connection:
            if keys or calls:
                prepare_ledger(connection)
                refused = record_calls(connection, calls, use.run_id)
                release_claims(connection, use.run_id, keys)
            if pays and time.monotonic() - confirmed_at >= CONFIRM_S:
                confirm_claims(connection, use.run_id, use.now())
                confirmed_at = time.monotonic()
            store(connection, outcomes)
        if refused:
            journal.set_aside(refused)
        asked.count(calls)
        asked.from_ledger += sum(isinstance(outcome, Scored) and outcome.from_ledger for outcome in outcomes)
        tell(outcomes)

    questions = [(scorer.question_key(deal), deal) for deal in deals]
    pays = any(key is not None for key, _ in questions)
    desk = _Desk(scorer, questions, use, asked)
    _asking.add(use.run_id)
    try:
        asked.stop = score_all(scorer, desk, keep, concurrency=concurrency, now=use.now, note=journal.note)
    except BaseException:
        journal.leave()
        raise
    else:
        journal.discard()
    finally:
        _asking.discard(use.run_id)
        if pays:
            with use.warehouse.transaction() as connection:
                release_claims(connection, use.run_id)
    return asked


_Taken = Sequence[tuple[LeftJournal, Sequence[LlmCall]]]
"""Journals that were taken in, each with what the ledger refused of it."""


def _take_in(connection: duckdb.DuckDBPyConnection, journals: Sequence[LeftJournal]) -> _Taken:
    """Put what runs that were killed had noted into the ledger."""
    return [(journal, record_calls(connection, journal.calls, journal.run_id)) for journal in journals]


def _remove(taken: _Taken, now: dt.datetime) -> None:
    """Remove journals that were taken in; one of another machine only when its run has given no sign for long."""
    for journal, refused in taken:
        if journal.ended or abs(now - journal.written_at) > CLAIM_LEASE:
            journal.remove(refused)


class _Desk:
    """Hands out the opportunities that are this run's to ask about, and the outcomes that the ledger holds."""

    def __init__(
        self, scorer: Scorer, questions: Sequence[tuple[str | None, ScorerInput]], use: LedgerUse, asked: Asked
    ) -> None:
        self._scorer = scorer
        self._ready: deque[ScorerInput | Outcome] = deque(deal for key, deal in questions if key is None)
        self._left = {key: deal for key, deal in questions if key is not None}
        self._use = use
        self._asked = asked
        self._turn = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._looked = False

    async def next(self) -> ScorerInput | Outcome | None:
        async with self._turn:
            while not self._ready and self._left and not self._stopped.is_set():
                if self._looked:
                    await self._pause()
                self._looked = True
                await asyncio.to_thread(self._look)
            return self._ready.popleft() if self._ready and not self._stopped.is_set() else None

    def stop(self) -> None:
        self._stopped.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._stopped.wait()
        except TimeoutError:
            return

    def _look(self) -> None:
        """Find which of the questions that are left have an answer by now, and claim the others.

        What dead runs had claimed is taken over, after what they had been answered: in this order nothing that one of
        them paid for is asked again, even when it dies at this moment.
        """
        use = self._use
        with use.warehouse.transaction() as connection:
            prepare_ledger(connection)
            drop_dead_claims(connection, use.now(), asking_here=_asking)
            taken = _take_in(connection, left_journals(use.journals))
            known = known_answers(connection, list(self._left), not_before=use.not_before)
        _remove(taken, use.now())
        damaged = []
        for key, answer in known.items():
            outcome = self._outcome(self._left[key], answer)
            if outcome is None:
                damaged.append(answer.call_id)
            else:
                self._ready.append(outcome)
                del self._left[key]
        self._asked.damaged += len(damaged)
        with use.warehouse.transaction() as connection:
            mark_damaged(connection, damaged)
            mine = claim(
                connection,
                {key: deal.opportunity_id for key, deal in self._left.items()},
                run_id=use.run_id,
                now=use.now(),
                not_before=use.not_before,
            )
        self._ready.extend(deal for key, deal in self._left.items() if key in mine)
        self._left = {key: deal for key, deal in self._left.items() if key not in mine}

    def _outcome(self, deal: ScorerInput, known: KnownAnswer) -> Scored | None:
        """The outcome that an answer of the ledger gives; None when it can no longer be read."""
        try:
            answer = validated(self._scorer.read(deal, known.text), deal)
        except ScoringError:
            return None
        usage = Usage(known.input_tokens, known.output_tokens, known.cost_usd)
        return Scored(deal, replace(answer, usage=usage), self._use.now(), known.latency_ms, from_ledger=True)

"""Asking a scorer about opportunities, each paid for once: what a scorer is to the ledger of requests.

How that is done belongs in `llm/ledger/ask_all.py`, which opportunities are asked about in `pending.py`, what becomes
of the outcomes is the caller's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.engine import Answer, NoAnswer
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener, ask_through_ledger
from synthdeal_assets.llm.ledger.ask_all import Outcome as AskedOutcome
from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.scoring.answer import ScorerAnswer, validated
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.outcomes import Failed, Outcome, Scored
from synthdeal_assets.scoring.scorers.scorer import Scorer

PURPOSE: Final = "scoring"
"""What requests of scorers are for in the ledger. Whoever has a deal judged by a scorer asks for this purpose, to
measure something too: the same question is the same request, and its answer is everybody's."""


def scoring_ledger(warehouse: Warehouse, run_id: str, not_before: dt.datetime | None = None) -> LedgerContext:
    """How one execution of a run that has deals judged uses the ledger; arguments as of `LedgerContext`."""
    return LedgerContext(warehouse, PURPOSE, run_id, not_before)


def ask_about(
    scorer: Scorer,
    deals: Iterable[ScorerInput],
    ledger: LedgerContext,
    listener: Listener[Outcome],
    *,
    concurrency: int,
) -> AskResult:
    """Ask a scorer about opportunities and hand over the outcomes in small batches.

    Opportunities are left out of the outcomes only when the scorer said that nothing more is to be asked.

    Args:
        scorer: Asked, and closed in the end.
        deals: The opportunities.
        ledger: What a scorer that asks a model pays for goes through it.
        listener: Told of each request and each outcome.
        concurrency: Opportunities that are asked about at the same time.

    Raises:
        Exception: Whatever the listener raised, or an OSError of the journal; what had landed is stored first.
    """
    return ask_through_ledger(_ScorerAsker(scorer), deals, _Translated(listener), ledger, concurrency=concurrency)


@dataclass(frozen=True, slots=True)
class _ScorerAsker:
    """A scorer as one who is asked; its answers are held against the deal."""

    scorer: Scorer

    @property
    def deadline_s(self) -> float:
        return self.scorer.deadline_s

    def question_key(self, question: ScorerInput) -> str | None:
        return self.scorer.question_key(question)

    def subject_id(self, question: ScorerInput) -> str:
        return question.opportunity_id

    def read(self, question: ScorerInput, text: str) -> ScorerAnswer:
        return validated(self.scorer.read(question, text), question)

    async def ask(self, question: ScorerInput, record: Record) -> ScorerAnswer:
        return validated(await self.scorer.score(question, record), question)

    async def aclose(self) -> None:
        await self.scorer.aclose()


class _Translated(Listener[AskedOutcome[ScorerInput, ScorerAnswer]]):
    """Tells a listener of scores what becomes of questions."""

    def __init__(self, listener: Listener[Outcome]) -> None:
        self._listener = listener

    def on_call(self, call: LlmCall) -> None:
        self._listener.on_call(call)

    def on_batch(
        self, connection: duckdb.DuckDBPyConnection, outcomes: Sequence[AskedOutcome[ScorerInput, ScorerAnswer]]
    ) -> None:
        self._listener.on_batch(connection, [_outcome(each) for each in outcomes])

    def on_stored(self, outcomes: Sequence[AskedOutcome[ScorerInput, ScorerAnswer]]) -> None:
        self._listener.on_stored([_outcome(each) for each in outcomes])


def _outcome(asked: Answer[ScorerInput, ScorerAnswer] | NoAnswer[ScorerInput]) -> Outcome:
    if isinstance(asked, NoAnswer):
        return Failed(asked.question, asked.kind, asked.message, asked.at, asked.retryable, asked.retry_after_s)
    # What a scorer was asked just now says itself what it took.
    answer = replace(asked.value, usage=asked.usage) if asked.from_ledger else asked.value
    return Scored(asked.question, answer, asked.at, asked.latency_ms, asked.from_ledger)

"""Asking a scorer about opportunities, each paid for once: what a scorer is to the ledger of requests.

How that is done belongs in `llm/ledger/ask_all.py`, which opportunities are asked about in `pending.py`, what becomes
of the outcomes is the caller's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener, ask_through_ledger
from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.scoring.answer import Outcome, ScorerAnswer, validated
from synthdeal_assets.scoring.inputs import ScorerInput
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
    return ask_through_ledger(_ScorerAsker(scorer), deals, listener, ledger, concurrency=concurrency)


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

"""The two sides of a comparison: each asked about the same deals, through the ledger and on one budget.

Scores are never changed. How the answers are compared belongs in `comparison.py`; how a side is named on the command
line in `cli/compare.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.llm.engine import Answer, Stop
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener
from synthdeal_assets.llm.ledger.context import LedgerContext, spent_so_far
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Judge, Outcome, Scored
from synthdeal_assets.scoring.asking import ask_about
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.scorer import Scorer

MakeScorer = Callable[[Usage], Scorer]
"""Makes the scorer of a side, for a comparison that has spent so much so far."""

OnStored = Callable[["Side", Sequence[Outcome]], None]


@dataclass(eq=False)
class Side:
    """One side of a comparison, and what it has answered.

    Attributes:
        make: Makes its scorer.
        judge: The scorer, its model and its prompt version.
        kind: The kind of scorer: one that fills in goes by the name of the one it asks.
        key: Its question on the first deal of the sample, as the ledger knows it; None when it pays for nothing.
        keys: The ledger's keys of its questions, by opportunity_id; None where nothing is paid for.
        scored: Its judgements by opportunity_id.
        failed: The kinds of failure of the deals it could not judge, by opportunity_id.
        asked: What asking came to, one entry each time it was asked.
    """

    make: MakeScorer
    judge: Judge
    kind: type[Scorer]
    key: str | None
    keys: dict[str, str | None] = field(default_factory=dict)
    scored: dict[str, Scored] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    asked: list[AskResult] = field(default_factory=list)

    @property
    def stop(self) -> Stop | None:
        """Why it was not asked about all of the sample; None when it was."""
        return next((asked.stop for asked in self.asked if asked.stop is not None), None)

    @property
    def substituted(self) -> int:
        """Deals that another scorer judged in its place."""
        return sum(outcome.value.instead_of is not None for outcome in self.scored.values())

    def is_the_same_as(self, other: Side) -> bool:
        """Whether the other side asks the same questions of the same scorer."""
        return (self.judge, self.kind, self.key) == (other.judge, other.kind, other.key)

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what landed."""
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                self.scored[outcome.question.opportunity_id] = outcome
            else:
                self.failed[outcome.question.opportunity_id] = outcome.kind


def prepare_side(make: MakeScorer, probe: ScorerInput) -> Side:
    """A side of a comparison, before it is asked.

    Args:
        make: Makes its scorer.
        probe: Any deal of the sample.

    Raises:
        SynthDealError: A setting that the scorer needs is missing or does not fit.
    """
    scorer = make(Usage())
    try:
        judge = Judge(scorer.name, scorer.model, scorer.prompt_version)
        return Side(make, judge, type(scorer), scorer.question_key(probe))
    finally:
        asyncio.run(scorer.aclose())


def ask_sides(
    left: Side,
    right: Side,
    sample: DrawnSample,
    ledger: LedgerContext,
    *,
    concurrency: int,
    capped: bool,
    on_stored: OnStored,
) -> None:
    """Ask both sides about the sample; the same scorer on both sides is asked once.

    Under a cap both take turns, a few deals at a time: when it is reached, what was paid for on one side has its
    counterpart on the other.

    Args:
        left: One side; takes in its outcomes.
        right: The other side.
        sample: The deals.
        ledger: The ledger; its run is the comparison, whose budget both sides share.
        concurrency: Deals that are asked about at the same time.
        capped: Whether there is a cap on requests or on USD.
        on_stored: Called with the outcomes of a side as they land.

    Raises:
        SynthDealError: A side cannot be asked at all, as with a wrong key; what it had answered is in the ledger.
    """
    step = concurrency if capped else len(sample.inputs)
    for start in range(0, len(sample.inputs), step):
        deals = sample.inputs[start : start + step]
        for side in (left, right):
            if side is right and right.is_the_same_as(left):
                right.keys, right.scored, right.failed = left.keys, left.scored, left.failed
                continue
            _ask(side, deals, ledger, concurrency, on_stored)
            if side.stop is not None and side.stop.kind != FailureKind.BUDGET:
                raise SynthDealError(
                    f"Nothing was compared, because {side.judge.scorer} ({side.judge.model}) cannot be asked: "
                    f"{side.stop.message.rstrip('.')}.",
                    code="compare.side-cannot-be-asked",
                )
        if left.stop is not None or right.stop is not None:
            return


def not_judged_in_words(side: Side) -> str:
    """The deals that a side could not judge, by kind of failure; empty when there are none."""
    kinds = Counter(side.failed.values())
    return ", ".join(f"{kind} {_times(count)}" for kind, count in kinds.most_common())


def _ask(
    side: Side, deals: Sequence[ScorerInput], ledger: LedgerContext, concurrency: int, on_stored: OnStored
) -> None:
    scorer = side.make(spent_so_far(ledger))
    side.keys.update({deal.opportunity_id: scorer.question_key(deal) for deal in deals})
    side.asked.append(ask_about(scorer, deals, ledger, _SideListener(side, on_stored), concurrency=concurrency))


@dataclass
class _SideListener(Listener[Outcome]):
    """Gives a side its outcomes. A comparison makes no scores, and the ledger is written beside this."""

    side: Side
    tell: OnStored

    def on_stored(self, outcomes: Sequence[Outcome]) -> None:
        self.side.take(outcomes)
        self.tell(self.side, outcomes)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")

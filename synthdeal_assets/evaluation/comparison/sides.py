"""The sides of a comparison: each asked about the same deals, through the ledger and on one budget.

Scores are never changed. How the answers are compared belongs in `comparison.py`; how a side is named on the command
line in `cli/comparison/named_side.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.llm.engine import Answer, Stop
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener
from synthdeal_assets.llm.ledger.context import LedgerContext, spent_so_far
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Judge, Outcome, Scored
from synthdeal_assets.scoring.asking import ask_about
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.hybrid import endpoint_of
from synthdeal_assets.scoring.scorers.scorer import Scorer, judge_as

MakeScorer = Callable[[Usage, int], Scorer]
"""Makes the scorer of a side, for a comparison that has spent so much so far, and for one of its repeats, from 1 on."""

OnStored = Callable[["Side", Sequence[Outcome]], None]

LEFT_AND_RIGHT: Final = ("left", "right")
"""What two sides are called; more are called by their number."""


@dataclass(eq=False)
class Repeat:
    """The answers of a side that was asked about all deals once.

    Attributes:
        number: From 1 on.
        keys: The ledger's keys of its questions, by opportunity_id; None where nothing is paid for.
        scored: Its judgements by opportunity_id.
        failed: The kinds of failure of the deals it could not judge, by opportunity_id.
        asked: What asking came to, one entry each time it was asked.
    """

    number: int
    keys: dict[str, str | None] = field(default_factory=dict)
    scored: dict[str, Scored] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    asked: list[AskResult] = field(default_factory=list)

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what landed."""
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                self.scored[outcome.question.opportunity_id] = outcome
            else:
                self.failed[outcome.question.opportunity_id] = outcome.kind


@dataclass(eq=False)
class Side:
    """One side of a comparison, and what it has answered.

    Attributes:
        name: What the user calls it.
        make: Makes its scorer.
        judge: The scorer, its model and its prompt version.
        kind: The kind of scorer: one that fills in goes by the name of the one it asks.
        key: Its question on the first deal of the sample, as the ledger knows it; None when it pays for nothing.
        endpoint: What tells the endpoint that it asks from others; None when it asks none.
        repeats: Its answers, one entry for each time that it is asked; one that pays for nothing is asked once,
            because it would say the same again.
    """

    name: str
    make: MakeScorer
    judge: Judge
    kind: type[Scorer]
    key: str | None
    endpoint: str | None
    repeats: list[Repeat]

    @property
    def judged(self) -> set[str]:
        """The deals that it judged each time."""
        return set.intersection(*(set(repeat.scored) for repeat in self.repeats))

    @property
    def failed(self) -> dict[str, str]:
        """A kind of failure of each deal that it could not judge each time, by opportunity_id."""
        return {deal: kind for repeat in reversed(self.repeats) for deal, kind in repeat.failed.items()}

    @property
    def asked(self) -> list[AskResult]:
        """What asking came to, of all repeats."""
        return [each for repeat in self.repeats for each in repeat.asked]

    @property
    def stop(self) -> Stop | None:
        """Why it was not asked about all of the sample; None when it was."""
        return next((asked.stop for asked in self.asked if asked.stop is not None), None)

    @property
    def substituted(self) -> int:
        """Judgements that another scorer made in its place."""
        return sum(outcome.value.instead_of is not None for each in self.repeats for outcome in each.scored.values())

    def is_the_same_as(self, other: Side) -> bool:
        """Whether the other side asks the same questions of the same scorer."""
        return (self.judge, self.kind, self.key) == (other.judge, other.kind, other.key)


def prepare_side(name: str, make: MakeScorer, probe: ScorerInput, *, repeats: int = 1) -> Side:
    """A side of a comparison, before it is asked.

    Args:
        name: What the user calls it.
        make: Makes its scorer.
        probe: Any deal of the sample.
        repeats: How often it shall be asked about each deal.

    Raises:
        SynthDealError: A setting that the scorer needs is missing or does not fit.
    """
    scorer = make(Usage(), 1)
    try:
        judge = judge_as(scorer)
        key = scorer.question_key(probe)
        times = 1 if key is None else repeats
        rounds = [Repeat(number) for number in range(1, times + 1)]
        return Side(name, make, judge, type(scorer), key, endpoint_of(scorer), rounds)
    finally:
        asyncio.run(scorer.aclose())


def ask_sides(
    sides: Sequence[Side],
    sample: DrawnSample,
    ledger: LedgerContext,
    *,
    concurrency: int,
    capped: bool,
    on_stored: OnStored,
) -> None:
    """Ask all sides about the sample; the same scorer on several sides is asked once.

    Under a cap they take turns, a few deals at a time: when it is reached, what was paid for on one side has its
    counterpart on the others.

    Args:
        sides: They take in their outcomes.
        sample: The deals.
        ledger: The ledger; its run is the comparison, whose budget all sides share.
        concurrency: Deals that are asked about at the same time.
        capped: Whether there is a cap on requests or on USD.
        on_stored: Called with the outcomes of a side as they land.

    Raises:
        SynthDealError: A side cannot be asked at all, as with a wrong key; what it had answered is in the ledger.
    """
    asking = without_doubles(sides)
    step = concurrency if capped else len(sample.inputs)
    for start in range(0, len(sample.inputs), step):
        deals = sample.inputs[start : start + step]
        for side, repeat in [(each, repeat) for each in asking for repeat in each.repeats]:
            _ask(repeat, deals, ledger, _SideListener(side, repeat, on_stored), concurrency=concurrency)
            if side.stop is not None and side.stop.kind != FailureKind.BUDGET:
                why = f"{side.stop.message.rstrip('.')}{kept_in_words(asking)}"
                raise SynthDealError(
                    f"Nothing was compared, because {side.judge.scorer} ({side.judge.model}) cannot be asked: {why}.",
                    code="compare.side-cannot-be-asked",
                )
        if any(side.stop is not None for side in asking):
            break


def without_doubles(sides: Sequence[Side]) -> list[Side]:
    """The sides that have to be asked; one that is the same as one before shares its answers from now on."""
    different: list[Side] = []
    for side in sides:
        same = next((other for other in different if side.is_the_same_as(other)), None)
        if same is None:
            different.append(side)
        else:
            side.repeats = same.repeats
    return different


def called(sides: Sequence[Side]) -> Iterator[tuple[str, Side]]:
    """Each side with what it is called in a sentence: left and right where there are two, else side 1, side 2 ..."""
    for place, side in enumerate(sides):
        yield LEFT_AND_RIGHT[place] if len(sides) == len(LEFT_AND_RIGHT) else f"side {place + 1}", side


def not_judged_in_words(side: Side) -> str:
    """The deals that a side could not judge, by kind of failure; empty when there are none."""
    kinds = Counter(side.failed.values())
    return ", ".join(f"{kind} {_times(count)}" for kind, count in kinds.most_common())


def kept_in_words(asked: Sequence[Side]) -> str:
    """What becomes of the answers that the ledger holds, whoever gave them; nothing where it holds none."""
    kept = sum(
        outcome.value.instead_of is None
        for side in asked
        for repeat in side.repeats
        for deal, outcome in repeat.scored.items()
        if repeat.keys[deal] is not None
    )
    return f"; {counted(kept, 'answer is', 'answers are')} paid for and kept, and not asked for again" if kept else ""


def _ask(
    repeat: Repeat, deals: Sequence[ScorerInput], ledger: LedgerContext, listener: _SideListener, *, concurrency: int
) -> None:
    scorer = listener.side.make(spent_so_far(ledger), repeat.number)
    repeat.keys.update({deal.opportunity_id: scorer.question_key(deal) for deal in deals})
    repeat.asked.append(ask_about(scorer, deals, ledger, listener, concurrency=concurrency))


@dataclass
class _SideListener(Listener[Outcome]):
    """Gives a side its outcomes. A comparison makes no scores, and the ledger is written beside this."""

    side: Side
    repeat: Repeat
    tell: OnStored

    def on_stored(self, outcomes: Sequence[Outcome]) -> None:
        self.repeat.take(outcomes)
        self.tell(self.side, outcomes)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")

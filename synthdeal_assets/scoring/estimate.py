"""What scoring would ask, take and cost, before anything is asked.

Nothing is sent and nothing is changed. Which opportunities would be scored is decided in `pending.py`; what questions
to a model take belongs in `llm/estimate.py`. How an estimate is shown belongs to the command line and the assets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.llm.connect import Caps
from synthdeal_assets.llm.estimate import (
    MeasuredAnswers,
    QuestionsEstimate,
    estimate_questions,
    measured_answers,
)
from synthdeal_assets.llm.ledger.ledger import answered_keys
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.pending import pending_inputs
from synthdeal_assets.scoring.scorers.hybrid import asked_model
from synthdeal_assets.scoring.scorers.scorer import Scorer

OUTPUT_TOKENS: Final = (800, 1_500)
"""Assumed of one answer, low and expected: twelve judgements with quote, gap and question are about 60 tokens each, the
rest is the reasoning and four lists."""


@dataclass(frozen=True, slots=True)
class ToJudge:
    """What a run would have judged.

    Attributes:
        pending: The opportunities that it would score, with the columns of scoring.scorer_inputs.
        twins: Deals that it would have judged beside those, which whoever measures scores knows.
    """

    pending: pl.DataFrame
    twins: tuple[ScorerInput, ...] = ()

    def deals(self) -> Iterator[ScorerInput]:
        """All of them, in the order in which they would be asked about."""
        yield from deals_of(self.pending)
        yield from self.twins


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger knows that an estimate needs: questions that have an answer, and what answers took."""

    answered: frozenset[str] = frozenset()
    measured: MeasuredAnswers | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What scoring would come to.

    Attributes:
        scorer: Name of the scorer.
        model: Its model.
        pending: Opportunities that would be scored.
        twins: Deals that would be judged beside those.
        answered: Of both, whose answer the ledger holds, which costs nothing.
        pays: Whether the scorer asks a model at all.
        endpoint: Address that would be asked; None when none would be.
        caps: What the run may spend.
        measured: What the ledger has measured; None where everything is assumed.
        asking: What asking about the others would come to.
    """

    scorer: str
    model: str
    pending: int
    twins: int
    answered: int
    pays: bool
    endpoint: str | None
    caps: Caps = field(default_factory=Caps)
    measured: MeasuredAnswers | None = None
    asking: QuestionsEstimate = field(default_factory=QuestionsEstimate)


def to_be_judged(
    connection: duckdb.DuckDBPyConnection, scorer: Scorer, *, max_attempts: int, now: dt.datetime
) -> ToJudge:
    """What a run would have judged that scores all that is pending; whoever has more judged adds it.

    Args:
        connection: A warehouse with the world as the run would see it.
        scorer: Who would score.
        max_attempts: Failures on the same input after which an opportunity is given up.
        now: The present time, UTC without zone.

    Raises:
        SynthDealError: There are no inputs yet.
    """
    return ToJudge(pending_inputs(connection, scorer, only="pending", max_attempts=max_attempts, now=now))


def read_ledger(
    connection: duckdb.DuckDBPyConnection, would: ToJudge, scorer: Scorer, *, not_before: dt.datetime | None
) -> Ledger:
    """What the ledger knows of the questions that would be asked.

    Args:
        connection: The warehouse; only read.
        would: What would be judged.
        scorer: By whom.
        not_before: Answers given earlier, UTC without zone, are not used again; None uses all.
    """
    llm = asked_model(scorer)
    if llm is None:
        return Ledger()
    keys = [llm.question_key(deal) for deal in would.deals()]
    return Ledger(
        frozenset(answered_keys(connection, keys, purpose=PURPOSE, not_before=not_before)),
        measured_answers(connection, llm.connection, purpose=PURPOSE, prompt_version=llm.prompt_version),
    )


def estimate(would: ToJudge, scorer: Scorer, ledger: Ledger, *, now: dt.datetime) -> Estimate:
    """What a run would come to.

    Args:
        would: What would be judged.
        scorer: By whom; it is asked for its questions and sends nothing.
        ledger: What is known already.
        now: The present time, UTC without zone: prices change.
    """
    counts = (would.pending.height, len(would.twins))
    llm = asked_model(scorer)
    if llm is None:
        return Estimate(scorer.name, scorer.model, *counts, 0, pays=False, endpoint=None)
    to_ask = [deal for deal in would.deals() if llm.question_key(deal) not in ledger.answered]
    return Estimate(
        llm.name,
        llm.model,
        *counts,
        sum(counts) - len(to_ask),
        pays=True,
        endpoint=llm.connection.endpoint,
        caps=llm.connection.caps,
        measured=ledger.measured,
        asking=estimate_questions(
            map(llm.question, to_ask),
            llm.connection,
            measured=ledger.measured,
            assumed_output=OUTPUT_TOKENS,
            now=now,
        ),
    )

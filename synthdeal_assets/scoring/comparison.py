"""Two scorers, models or prompts over the same deals: which one is better, and how sure one can be of it.

Both sides are asked about the same sample of the present inputs, through the ledger and on one budget, and what they
say is held against the truth and against closed deals. Scores are never changed. This measures, so it may read the
truth; what a scorer is given comes from scoring.scorer_inputs alone. How a side is named on the command line belongs
in `cli/compare.py`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.statistics.bootstrap import (
    MOST_RESAMPLED,
    FloatArray,
    Statistic,
    binned_error,
    difference,
    mean,
    percentile_interval,
    resamples_of,
    value_of,
)
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, insert, query_frame, table_exists
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.ledger.calls import Spent
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.asking import Asked, LedgerUse, ask_about, spent_so_far
from synthdeal_assets.scoring.calibration import outcome_came_after_evidence
from synthdeal_assets.scoring.engine import Outcome, Scored, Stop
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.pending import chosen_inputs
from synthdeal_assets.scoring.quality import (
    COST_DECIMALS,
    DECIMALS,
    FEWEST_OPPORTUNITIES,
    PLAIN_NAMES,
    Comparable,
    comparables,
    judged_columns,
)
from synthdeal_assets.scoring.quality_tables import (
    ALIKE,
    CANNOT_TELL,
    LEFT_BETTER,
    NOT_COMPUTED,
    RIGHT_BETTER,
    SCORE_COMPARISONS,
)
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.tables import OPPORTUNITIES

PURPOSE: Final = "scoring.score_comparisons"

NAMES: Final[dict[str, str]] = {
    **PLAIN_NAMES,
    "expected_calibration_error": "Distance of the estimate from the share won",
    "quote_validity": "Quotes that stand in the input",
    "cost_per_opportunity": "Cost of a deal",
    "tokens_per_opportunity": "Tokens of a deal",
    "latency": "Time to the answer",
    "could_not_judge": "Deals not judged",
}
"""The measures in words short enough for a table."""

COULD_NOT_JUDGE: Final = "could_not_judge"

STRATA: Final = ("has_planted_instruction", "state")
"""What a sample holds in proportion; planted instructions first, because they are so few."""

MakeScorer = Callable[[Spent], Scorer]
"""Makes the scorer of a side, for a comparison that has spent so much so far."""

Tell = Callable[["Side", Sequence[Outcome]], None]


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """The deals of a comparison.

    Attributes:
        truth: One row a deal, in the order of opportunity_id, with what is really so (`comparison_deals.sql`).
        inputs: What a scorer may see of them, in the order of the draw, so that any first part is a sample too.
        available: Deals there were to draw from.
        seed: Seed of the draw.
    """

    truth: pl.DataFrame
    inputs: tuple[ScorerInput, ...]
    available: int
    seed: int


@dataclass(frozen=True, slots=True)
class Took:
    """What an answer took: tokens and USD (None when not known), and milliseconds."""

    tokens: float | None
    cost_usd: float | None
    latency_ms: float


USAGE_TYPES: Final = {"tokens": pl.Float64(), "cost_usd": pl.Float64(), "latency_ms": pl.Float64()}


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
    asked: list[Asked] = field(default_factory=list)

    @property
    def stop(self) -> Stop | None:
        """Why it was not asked about all of the sample; None when it was."""
        return next((asked.stop for asked in self.asked if asked.stop is not None), None)

    @property
    def substituted(self) -> int:
        """Deals that another scorer judged in its place."""
        return sum(outcome.answer.instead_of is not None for outcome in self.scored.values())

    def is_the_same_as(self, other: Side) -> bool:
        """Whether the other side asks the same questions of the same scorer."""
        return (self.judge, self.kind, self.key) == (other.judge, other.kind, other.key)

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what landed."""
        for outcome in outcomes:
            if isinstance(outcome, Scored):
                self.scored[outcome.deal.opportunity_id] = outcome
            else:
                self.failed[outcome.deal.opportunity_id] = outcome.kind


def draw_sample(connection: duckdb.DuckDBPyConnection, size: int, seed: int) -> DrawnSample:
    """Draw deals in proportion to how many are open, won and lost, with and without a planted instruction.

    A deal's place in the draw is a hash of the seed and its id: when the world moves on, or more deals are asked for,
    most of the sample stays the same, and what was asked about it is in the ledger.

    Args:
        connection: The warehouse.
        size: Deals to draw; all, when there are fewer.
        seed: Another one draws other deals.

    Raises:
        SynthDealError: There is no world yet.
    """
    if not table_exists(connection, SCORER_INPUTS) or not table_exists(connection, OPPORTUNITIES):
        raise _no_world()
    deals = query_frame(connection, statement(__package__, "comparison_deals.sql"))
    if deals.is_empty():
        raise _no_world()
    order = pl.Series("order", [_place(seed, key) for key in deals["opportunity_id"]], dtype=pl.String)
    drawn = _drawn(deals.with_columns(order).sort("order"), min(size, deals.height), STRATA).sort("order")
    inputs = {
        deal.opportunity_id: deal for deal in deals_of(chosen_inputs(connection, drawn["opportunity_id"].to_list()))
    }
    return DrawnSample(
        drawn.drop("order").sort("opportunity_id"),
        tuple(inputs[key] for key in drawn["opportunity_id"]),
        deals.height,
        seed,
    )


def prepare_side(make: MakeScorer, probe: ScorerInput) -> Side:
    """A side of a comparison, before it is asked.

    Args:
        make: Makes its scorer.
        probe: Any deal of the sample.

    Raises:
        SynthDealError: A setting that the scorer needs is missing or does not fit.
    """
    scorer = make(Spent())
    try:
        judge = Judge(scorer.name, scorer.model, scorer.prompt_version)
        return Side(make, judge, type(scorer), scorer.question_key(probe))
    finally:
        asyncio.run(scorer.aclose())


def ask_sides(
    left: Side, right: Side, sample: DrawnSample, use: LedgerUse, *, concurrency: int, capped: bool, tell: Tell
) -> None:
    """Ask both sides about the sample; the same scorer on both sides is asked once.

    Under a cap both take turns, a few deals at a time: when it is reached, what was paid for on one side has its
    counterpart on the other.

    Args:
        left: One side; takes in its outcomes.
        right: The other side.
        sample: The deals.
        use: The ledger; its run is the comparison, whose budget both sides share.
        concurrency: Deals that are asked about at the same time.
        capped: Whether there is a cap on requests or on USD.
        tell: Called with the outcomes of a side as they land.

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
            _ask(side, deals, use, concurrency, tell)
            if side.stop is not None and side.stop.kind != FailureKind.BUDGET:
                raise SynthDealError(
                    f"{side.judge.scorer} ({side.judge.model}) cannot be asked: {side.stop.message.rstrip('.')}."
                )
        if left.stop is not None or right.stop is not None:
            return


def compare(
    left: Side, right: Side, sample: DrawnSample, took: Mapping[str, Took], *, comparison_id: str, now: dt.datetime
) -> pl.DataFrame:
    """The rows of scoring.score_comparisons: figures of both sides on the deals that both have judged.

    Differences are paired: both sides see the same 400 resamples of the deals.

    Args:
        left: One side, after it was asked.
        right: The other.
        sample: The deals.
        took: What the answers took by the ledger's key, see `read_usage`.
        comparison_id: Name of the comparison.
        now: When it was made, UTC without zone.

    Raises:
        SynthDealError: There is no deal that both sides have judged.
    """
    both = left.scored.keys() & right.scored.keys()
    if not both:
        raise SynthDealError(
            f"There is nothing to compare, because no deal was judged by both sides: {_why(left, right)}"
        )
    truth = sample.truth.filter(pl.col("opportunity_id").is_in(list(both)))
    says = {side: _comparables(_judged(truth, side, took)) for side in (left, right)}
    labels = {
        "comparison_id": comparison_id,
        "compared_at": now,
        "seed": sample.seed,
        "sampled": len(sample.inputs),
        **{f"left_{name}": getattr(left.judge, name) for name in Judge.__slots__},
        **{f"right_{name}": getattr(right.judge, name) for name in Judge.__slots__},
    }
    rows = [
        {
            **labels,
            "measure": measure,
            "element": element,
            **_figure(measure, element, ours, says[right][measure, element]),
        }
        for (measure, element), ours in says[left].items()
    ]
    rows.append({**labels, "measure": COULD_NOT_JUDGE, "element": "all", **_not_judged(left, right, len(both))})
    return SCORE_COMPARISONS.conform(pl.DataFrame(rows, schema=SCORE_COMPARISONS.polars_schema))


def read_usage(connection: duckdb.DuckDBPyConnection, left: Side, right: Side) -> dict[str, Took]:
    """What the answers of both sides took, by the ledger's key; nothing for answers that are not paid for."""
    keys = [key for side in (left, right) for key in side.keys.values() if key is not None]
    if not keys or not table_exists(connection, LLM_CALLS):
        return {}
    rows = query_frame(connection, statement(__package__, "comparison_usage.sql"), {"keys": keys})
    return {key: Took(*took) for key, *took in rows.iter_rows()}


def keep_comparison(connection: duckdb.DuckDBPyConnection, figures: pl.DataFrame) -> None:
    """Append the figures to scoring.score_comparisons; call it inside a transaction."""
    create(connection, SCORE_COMPARISONS)
    insert(connection, SCORE_COMPARISONS, figures)


def not_judged_in_words(side: Side) -> str:
    """The deals that a side could not judge, by kind of failure; empty when there are none."""
    kinds = Counter(side.failed.values())
    return ", ".join(f"{kind} {_times(count)}" for kind, count in kinds.most_common())


def verdict_of(better: int, difference: float | None, low: float | None, high: float | None) -> str:
    """What a difference, right less left, comes to.

    Args:
        better: 1 when more is better, -1 when less is.
        difference: The difference; None when it could not be computed.
        low: Lower end of its 95 % interval; None without one.
        high: Upper end of it.

    Returns:
        RIGHT_BETTER or LEFT_BETTER where the interval excludes 0, else ALIKE, CANNOT_TELL or NOT_COMPUTED.
    """
    if difference is None:
        return NOT_COMPUTED
    if low is None or high is None:
        return CANNOT_TELL
    if low == high == 0:
        return ALIKE
    if low <= 0 <= high:
        return CANNOT_TELL
    return RIGHT_BETTER if (low > 0) == (better > 0) else LEFT_BETTER


def _ask(side: Side, deals: Sequence[ScorerInput], use: LedgerUse, concurrency: int, tell: Tell) -> None:
    scorer = side.make(spent_so_far(use))
    side.keys.update({deal.opportunity_id: scorer.question_key(deal) for deal in deals})

    def store(_connection: duckdb.DuckDBPyConnection, _outcomes: Sequence[Outcome]) -> None:
        """Nothing: a comparison makes no scores, and the ledger is written beside this."""

    def take(outcomes: Sequence[Outcome]) -> None:
        side.take(outcomes)
        tell(side, outcomes)

    side.asked.append(ask_about(scorer, deals, use, concurrency=concurrency, store=store, tell=take))


def _judged(truth: pl.DataFrame, side: Side, took: Mapping[str, Took]) -> pl.DataFrame:
    """What a side said of the deals, beside what is really so: one row a deal, in the order of the truth."""
    rows = []
    for opportunity_id in truth["opportunity_id"]:
        outcome = side.scored[opportunity_id]
        usage = outcome.answer.usage
        itself = Took(usage.input_tokens + usage.output_tokens, usage.cost_usd, outcome.latency_ms)
        key = side.keys[opportunity_id]
        rows.append(
            {
                "opportunity_id": opportunity_id,
                **judged_columns(outcome.answer),
                **dataclasses.asdict(itself if key is None else took.get(key, itself)),
            }
        )
    return truth.join(
        pl.DataFrame(rows, schema_overrides=USAGE_TYPES), on="opportunity_id", how="left", maintain_order="left"
    )


def _comparables(deals: pl.DataFrame) -> dict[tuple[str, str], Comparable]:
    """What the two sides are compared by: what scorers are compared by in score_quality, and what they took."""
    closed = deals.filter(outcome_came_after_evidence())
    chance, won = (closed[name].cast(pl.Float64).to_numpy() for name in ("win_probability", "is_won"))
    valid, rejected = (deals[name].cast(pl.Float64).to_numpy() for name in ("valid_quotes", "rejected_quotes"))
    every = deals.height
    return {
        **comparables(deals),
        ("expected_calibration_error", "all"): Comparable(binned_error(chance, won), closed.height, -1, "0 to 1"),
        ("quote_validity", "all"): Comparable(_share(valid, valid + rejected), every, 1, "0 to 1"),
        ("cost_per_opportunity", "all"): Comparable(mean(_known(deals["cost_usd"])), every, -1, "USD"),
        ("tokens_per_opportunity", "all"): Comparable(mean(_known(deals["tokens"])), every, -1, "tokens"),
        ("latency", "all"): Comparable(mean(_known(deals["latency_ms"])), every, -1, "milliseconds"),
    }


def _known(values: pl.Series) -> FloatArray:
    """The values; NaN for one that is not known, which makes their mean NaN."""
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _share(part: FloatArray, whole: FloatArray) -> Statistic:
    """The share of the whole that a part is; NaN where there is nothing to have a share in."""

    def share(weights: FloatArray) -> FloatArray:
        below = weights @ whole
        return np.asarray(np.divide(weights @ part, below, out=np.full(below.shape, np.nan), where=below > 0))

    return share


def _figure(measure: str, element: str, left: Comparable, right: Comparable) -> dict[str, object]:
    """One figure of both sides with their difference, as columns of scoring.score_comparisons."""
    count = left.opportunities
    decimals = COST_DECIMALS if measure == "cost_per_opportunity" else DECIMALS
    ours, theirs = (
        _rounded(value_of(side.statistic, count) if count >= FEWEST_OPPORTUNITIES else float("nan"), decimals)
        for side in (left, right)
    )
    apart, interval = None, None
    if ours is not None and theirs is not None:
        of_both = difference(right.statistic, left.statistic)
        apart = value_of(of_both, count)
        interval = percentile_interval(resamples_of(of_both, count, PURPOSE)) if count <= MOST_RESAMPLED else None
    low, high = (None, None) if interval is None else interval
    verdict = verdict_of(left.better, apart, low, high)
    about = NAMES[measure] + ("" if element == "all" else f", {element.replace('_', ' ')}")
    better = "more" if left.better > 0 else "less"
    return {
        "measure": measure,
        "element": element,
        "left_value": ours,
        "right_value": theirs,
        "difference": _rounded(apart, decimals),
        "low": _rounded(low, decimals),
        "high": _rounded(high, decimals),
        "unit": left.unit,
        "better": better,
        "opportunities": count,
        "verdict": verdict,
        "explanation": f"{about} ({better} is better): {_reason(verdict, count, has_interval=interval is not None)}",
    }


def _reason(verdict: str, count: int, *, has_interval: bool) -> str:
    if verdict == NOT_COMPUTED and count < FEWEST_OPPORTUNITIES:
        return f"not computed, it takes at least {FEWEST_OPPORTUNITIES} such deals and there are {count}."
    if verdict == NOT_COMPUTED:
        return "not computed, a side leaves it open."
    if verdict == ALIKE:
        return "the sides do not differ on these deals."
    if verdict == CANNOT_TELL and not has_interval:
        return "there is no interval on so many deals."
    if verdict == CANNOT_TELL:
        return "the interval holds 0, the sample cannot tell them apart."
    return f"the interval excludes 0, {verdict}."


def _not_judged(left: Side, right: Side, both: int) -> dict[str, object]:
    """How many deals each side could not judge, as columns of scoring.score_comparisons."""
    said = [
        f"{name} could not judge {len(side.failed):,} deals ({not_judged_in_words(side)})"
        if side.failed
        else f"{name} judged every deal it was asked about"
        for name, side in (("left", left), ("right", right))
    ]
    return {
        "measure": COULD_NOT_JUDGE,
        "element": "all",
        "left_value": float(len(left.failed)),
        "right_value": float(len(right.failed)),
        "difference": float(len(right.failed) - len(left.failed)),
        "low": None,
        "high": None,
        "unit": "deals",
        "better": "less",
        "opportunities": both,
        "verdict": CANNOT_TELL,
        "explanation": f"Left out of every other figure: {'; '.join(said)}.",
    }


def _why(left: Side, right: Side) -> str:
    """Why nothing was judged by both, in words."""
    reasons = [
        *dict.fromkeys(side.stop.message.rstrip(".") for side in (left, right) if side.stop is not None),
        *(
            f"the {name} side failed on {len(side.failed):,} ({not_judged_in_words(side)})"
            for name, side in (("left", left), ("right", right))
            if side.failed
        ),
    ]
    return f"{'; '.join(reasons)}."


def _no_world() -> SynthDealError:
    return SynthDealError(
        "There is nothing to compare on, because no world has been made yet: run `synthdeal run` first."
    )


def _place(seed: int, opportunity_id: str) -> str:
    return hashlib.blake2b(f"{seed}|{opportunity_id}".encode(), digest_size=16).hexdigest()


def _drawn(deals: pl.DataFrame, size: int, by: Sequence[str]) -> pl.DataFrame:
    """The first deals of each group, as many as its share, and within the group in the same way by the next column."""
    if not by:
        return deals.head(size)
    groups = sorted(deals.partition_by(by[0]), key=lambda group: group[by[0]][0])
    sizes = _in_proportion([group.height for group in groups], size)
    return pl.concat(_drawn(group, taken, by[1:]) for group, taken in zip(groups, sizes, strict=True))


def _in_proportion(counts: Sequence[int], total: int) -> list[int]:
    """So many of the total for each count, in proportion, by largest remainders."""
    exact = [total * count / sum(counts) for count in counts]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(counts)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def _rounded(value: float | None, decimals: int) -> float | None:
    # Adding 0 makes a negative zero positive.
    return None if value is None or np.isnan(value) else round(value, decimals) + 0.0


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")

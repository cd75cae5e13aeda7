"""Two scorers, models or prompts over the same deals: which one is better, and how sure one can be of it.

What both sides said of the same sample of the present inputs is held against the truth and against closed deals. What
a scorer is given comes from scoring.scorer_inputs alone. How the deals are drawn belongs in `sample.py`, how the sides
are asked in `sides.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.evaluation.comparison.sides import Side, not_judged_in_words
from synthdeal_assets.evaluation.quality.figures import COST_DECIMALS, DECIMALS, MIN_OPPORTUNITIES
from synthdeal_assets.evaluation.quality.quality import Comparable, comparable_guesses, comparables
from synthdeal_assets.evaluation.quality.samples import judged_columns
from synthdeal_assets.evaluation.quality.simple_guesses import PLAIN_NAMES
from synthdeal_assets.evaluation.tables import (
    ALIKE,
    CANNOT_TELL,
    LEFT_BETTER,
    NOT_COMPUTED,
    RIGHT_BETTER,
    SCORE_COMPARISONS,
)
from synthdeal_assets.foundation.statistics.bootstrap import (
    FloatArray,
    Statistic,
    binned_error,
    difference,
    interval_of,
    mean,
    value_of,
)
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, insert, query_frame, table_exists
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.asking import PURPOSE as ASKED_FOR
from synthdeal_assets.scoring.calibration import outcome_came_after_evidence

PURPOSE: Final = "scoring.score_comparisons"

NAMES: Final[dict[str, str]] = {
    **PLAIN_NAMES,
    "expected_calibration_error": "Distance of the estimate from the share won",
    "quote_validity": "Quotes found in the input",
    "cost_per_opportunity": "Cost of a deal",
    "tokens_per_opportunity": "Tokens of a deal",
    "latency": "Time to the answer",
    "could_not_judge": "Deals not judged",
}
"""The measures in words short enough for a table."""

COULD_NOT_JUDGE: Final = "could_not_judge"


Taken = Mapping[str, float | None]
"""What an answer took: tokens and cost_usd (None when not known), and latency_ms."""

USAGE_TYPES: Final = {"tokens": pl.Float64(), "cost_usd": pl.Float64(), "latency_ms": pl.Float64()}


def compare(
    left: Side, right: Side, sample: DrawnSample, took: Mapping[str, Taken], *, comparison_id: str, now: dt.datetime
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
    truth = judged_by_both(left, right, sample)
    if truth.is_empty():
        raise SynthDealError(
            f"There is nothing to compare, because no deal was scored by both sides: {_why(left, right)}",
            code="compare.no-common-deals",
        )
    guesses = guess_values(truth)
    says = {side: _comparables(_judged(truth, side, took)) for side in (left, right)}
    labels = {
        "comparison_id": comparison_id,
        "compared_at": now,
        "seed": sample.seed,
        "sampled": len(sample.inputs),
        "landmark_date": sample.landmark,
        **{f"left_{name}": getattr(left.judge, name) for name in Judge.__slots__},
        **{f"right_{name}": getattr(right.judge, name) for name in Judge.__slots__},
    }
    rows = [
        {
            **labels,
            "measure": measure,
            "element": element,
            **_figure(measure, element, ours, says[right][measure, element], guesses.get((measure, element))),
        }
        for (measure, element), ours in says[left].items()
    ]
    rows.append({**labels, "measure": COULD_NOT_JUDGE, "element": "all", **_not_judged(left, right, truth.height)})
    return SCORE_COMPARISONS.conform(pl.DataFrame(rows, schema=SCORE_COMPARISONS.polars_schema))


def read_usage(connection: duckdb.DuckDBPyConnection, left: Side, right: Side) -> dict[str, Taken]:
    """What the answers of both sides took, by the ledger's key; nothing for answers that are not paid for."""
    keys = [key for side in (left, right) for key in side.keys.values() if key is not None]
    if not keys or not table_exists(connection, LLM_CALLS):
        return {}
    rows = query_frame(connection, statement(__package__, "comparison_usage.sql"), {"keys": keys, "purpose": ASKED_FOR})
    return {row.pop("key"): row for row in rows.to_dicts()}


def guess_values(truth: pl.DataFrame) -> dict[tuple[str, str], tuple[str, float | None]]:
    """The simple guess beside each figure that has one, by measure and element: its name and what it comes to.

    Args:
        truth: The deals that both sides have judged, as in `DrawnSample.truth`.
    """
    return {
        key: (
            name,
            _rounded(value_of(guess.statistic, guess.opportunities), DECIMALS)
            if guess.opportunities >= MIN_OPPORTUNITIES
            else None,
        )
        for key, (name, guess) in comparable_guesses(truth).items()
    }


def judged_by_both(left: Side, right: Side, sample: DrawnSample) -> pl.DataFrame:
    """The rows of `DrawnSample.truth` whose deals both sides have judged."""
    return sample.truth.filter(pl.col("opportunity_id").is_in(list(left.scored.keys() & right.scored.keys())))


def keep_comparison(connection: duckdb.DuckDBPyConnection, figures: pl.DataFrame) -> None:
    """Append the figures to scoring.score_comparisons; call it inside a transaction."""
    create(connection, SCORE_COMPARISONS)
    insert(connection, SCORE_COMPARISONS, figures)


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


def _judged(truth: pl.DataFrame, side: Side, took: Mapping[str, Taken]) -> pl.DataFrame:
    """What a side said of the deals, beside what is really so: one row a deal, in the order of the truth."""
    rows = []
    for opportunity_id in truth["opportunity_id"]:
        outcome = side.scored[opportunity_id]
        usage, key = outcome.usage, side.keys[opportunity_id]
        itself: Taken = {
            "tokens": usage.input_tokens + usage.output_tokens,
            "cost_usd": usage.total_usd,
            "latency_ms": outcome.latency_ms,
        }
        taken = itself if key is None else took.get(key, itself)
        rows.append({"opportunity_id": opportunity_id, **judged_columns(outcome.value), **taken})
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


def _figure(
    measure: str, element: str, left: Comparable, right: Comparable, guess: tuple[str, float | None] | None
) -> dict[str, object]:
    """One figure of both sides with their difference, as columns of scoring.score_comparisons."""
    count = left.opportunities
    decimals = COST_DECIMALS if measure == "cost_per_opportunity" else DECIMALS
    ours, theirs = (
        _rounded(value_of(side.statistic, count) if count >= MIN_OPPORTUNITIES else float("nan"), decimals)
        for side in (left, right)
    )
    apart, low, high = None, None, None
    if ours is not None and theirs is not None:
        of_both = difference(right.statistic, left.statistic)
        apart = value_of(of_both, count)
        low, high = interval_of(of_both, count, PURPOSE)
    verdict = verdict_of(left.better, apart, low, high)
    about = NAMES[measure] + ("" if element == "all" else f", {element.replace('_', ' ')}")
    better = "more" if left.better > 0 else "less"
    beside = f"; a simple guess, {guess[0]}, comes to {guess[1]:.3f}" if guess and guess[1] is not None else ""
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
        "explanation": f"{about} ({better} is better{beside}): {_reason(verdict, count, has_interval=low is not None)}",
    }


def _reason(verdict: str, count: int, *, has_interval: bool) -> str:
    if verdict == NOT_COMPUTED and count < MIN_OPPORTUNITIES:
        return f"not computed, it takes at least {MIN_OPPORTUNITIES} such deals and there are {count}."
    if verdict == NOT_COMPUTED:
        return "not computed, a side leaves it open."
    if verdict == ALIKE:
        return "the sides do not differ on these deals."
    if verdict == CANNOT_TELL and not has_interval:
        return "there is no interval on so many deals."
    if verdict == CANNOT_TELL:
        return "the interval contains 0, so the sample cannot tell them apart."
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


def _rounded(value: float | None, decimals: int) -> float | None:
    # Adding 0 makes a negative zero positive.
    return None if value is None or np.isnan(value) else round(value, decimals) + 0.0

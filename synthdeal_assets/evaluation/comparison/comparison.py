"""Scorers, models, prompts or endpoints over the same deals: which is better than the first, and how sure one can be.

What all sides said of the same deals is held against the truth and against closed deals. What a scorer is given comes
from its inputs alone. How the deals are drawn belongs in `sample.py`, how the sides are asked in `sides.py`, what they
are measured by in `figures.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.figures import (
    Key,
    SideFigure,
    Taken,
    figures_of,
    guess_value,
    guess_values,
)
from synthdeal_assets.evaluation.comparison.measures import BY_NAME, COULD_NOT_JUDGE
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.evaluation.comparison.sides import (
    Side,
    called,
    kept_in_words,
    not_judged_in_words,
    without_doubles,
)
from synthdeal_assets.evaluation.quality.figures import COST_DECIMALS, DECIMALS, MIN_OPPORTUNITIES, rounded
from synthdeal_assets.evaluation.tables import (
    ALIKE,
    BETTER,
    CANNOT_TELL,
    NOT_COMPUTED,
    SCORE_COMPARISONS,
    WORSE,
)
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.statistics.bootstrap import (
    MAX_RESAMPLED,
    difference,
    interval_of,
    percentile_interval,
    resamples_of,
    value_of,
)
from synthdeal_assets.foundation.statistics.many_tests import holm
from synthdeal_assets.foundation.statistics.student_t import student_t_two_sided
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, insert, query_frame, table_exists
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.asking import PURPOSE as ASKED_FOR
from synthdeal_assets.scoring.scorers.heuristic import labelled

PURPOSE: Final = "scoring.score_comparisons"
LEVEL: Final = 0.05
"""Of the tests: intervals are 95 % intervals."""

NO_DIFFERENCE: Final[dict[str, Any]] = dict.fromkeys(
    ("difference", "standard_error", "low", "high", "p_value", "p_value_of_many", "verdict", "verdict_of_many")
)
"""What the first side has in the columns of the differences."""

NO_INTERVAL: Final = "there is no interval on so many deals"


def compare(
    sides: Sequence[Side], sample: DrawnSample, took: Mapping[str, Taken], *, comparison_id: str, now: dt.datetime
) -> pl.DataFrame:
    """The rows of scoring.score_comparisons: figures of all sides on the deals that all have judged.

    Differences to the first side are paired: all sides see the same 400 resamples of the deals. A deal is drawn with
    all its repeats. The p-value is that of Student's t with the standard deviation of the resamples for the standard
    error; all of them are corrected together by Holm's method.

    Args:
        sides: The sides, after they were asked.
        sample: The deals.
        took: What the answers took by the ledger's key, see `read_usage`.
        comparison_id: Name of the comparison.
        now: When it was made, UTC without zone.

    Raises:
        SynthDealError: There is no deal that all sides have judged.
    """
    truth = judged_by_all(sides, sample)
    if truth.is_empty():
        by = "both sides" if len(sides) == 2 else "all sides"
        raise SynthDealError(
            f"There is nothing to compare, because no deal was scored by {by}: {_why(sides)}",
            code="compare.no-common-deals",
        )
    at_landmark, asked_again = sample.landmark is not None, any(len(side.repeats) > 1 for side in sides)
    guesses = guess_values(truth, at_landmark=at_landmark)
    says = [figures_of(truth, side, took, at_landmark=at_landmark, asked_again=asked_again) for side in sides]
    rows = []
    for number, (side, figures) in enumerate(zip(sides, says, strict=True), start=1):
        labels = _labels(side, number, sample, comparison_id, now)
        for key, figure in figures.items():
            row = _of_first(key, figure) if number == 1 else held_against(key, says[0][key], figure)
            rows.append({**labels, **row, "_guess": guesses.get(key)})
        rows.append({**labels, **_not_judged(sides, number, truth.height), "_guess": None})
    _correct_for_many(rows)
    for row in rows:
        guess = row.pop("_guess")
        row["explanation"] = labelled(row.pop("_says", None) or _explanation(row, guess), row["scorer"])
    return SCORE_COMPARISONS.conform(pl.DataFrame(rows, schema=SCORE_COMPARISONS.polars_schema))


def read_usage(connection: duckdb.DuckDBPyConnection, sides: Sequence[Side]) -> dict[str, Taken]:
    """What the answers of all sides took, by the ledger's key; nothing for answers that are not paid for."""
    asked = (key for side in sides for repeat in side.repeats for key in repeat.keys.values())
    keys = list(dict.fromkeys(key for key in asked if key is not None))
    if not keys or not table_exists(connection, LLM_CALLS):
        return {}
    rows = query_frame(connection, statement(__package__, "comparison_usage.sql"), {"keys": keys, "purpose": ASKED_FOR})
    return {row.pop("key"): row for row in rows.to_dicts()}


def judged_by_all(sides: Sequence[Side], sample: DrawnSample) -> pl.DataFrame:
    """The rows of `DrawnSample.truth` whose deals all sides have judged, each time they were asked."""
    judged = set.intersection(*(side.judged for side in sides))
    return sample.truth.filter(pl.col("opportunity_id").is_in(list(judged)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the levels of a side agree with the true ones beyond chance: Cohen's kappa, mean of the elements.

    Attributes:
        value: 1 is full agreement, 0 what chance comes to.
        low: Lower end of its 95 % interval; at 0 or below, the side may as well throw dice.
        high: Upper end of it.
    """

    value: float
    low: float
    high: float


def agreement_of(side: Side, truth: pl.DataFrame) -> Agreement | None:
    """How far the levels of a side agree with the true ones; None where the deals cannot carry an interval.

    Args:
        side: The side, after it was asked.
        truth: The deals, as in `DrawnSample.truth`; the side has judged each of them.
    """
    kappa = figures_of(truth, side, {}, at_landmark=False, asked_again=False)["weighted_kappa", "all"].whole
    value = guess_value(kappa)
    low, high = interval_of(kappa.statistic, kappa.opportunities, PURPOSE) if value is not None else (None, None)
    if value is None or low is None or high is None:
        return None
    return Agreement(value, round(low, DECIMALS), round(high, DECIMALS))


def keep_comparison(connection: duckdb.DuckDBPyConnection, figures: pl.DataFrame) -> None:
    """Append the figures to scoring.score_comparisons; call it inside a transaction."""
    create(connection, SCORE_COMPARISONS)
    insert(connection, SCORE_COMPARISONS, figures)


def verdict_of(better: int, difference: float | None, low: float | None, high: float | None) -> str:
    """What a difference to the first side comes to.

    Args:
        better: 1 when more is better, -1 when less is.
        difference: The difference; None when it could not be computed.
        low: Lower end of its 95 % interval; None without one.
        high: Upper end of it.

    Returns:
        BETTER or WORSE where the interval excludes 0, else ALIKE, CANNOT_TELL or NOT_COMPUTED.
    """
    if difference is None:
        return NOT_COMPUTED
    if low is None or high is None:
        return CANNOT_TELL
    if low == high == 0:
        return ALIKE
    if low <= 0 <= high:
        return CANNOT_TELL
    return BETTER if (low > 0) == (better > 0) else WORSE


def _labels(side: Side, number: int, sample: DrawnSample, comparison_id: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "comparison_id": comparison_id,
        "compared_at": now,
        "seed": sample.seed,
        "sampled": len(sample.inputs),
        "landmark_date": sample.landmark,
        "cases_hash": sample.cases_hash,
        "side": number,
        "name": side.name,
        "scorer": side.judge.scorer,
        "model": side.judge.model,
        "prompt_version": side.judge.prompt_version,
        "endpoint": side.endpoint,
        "repeats": len(side.repeats),
    }


def _of_first(key: Key, figure: SideFigure) -> dict[str, Any]:
    """A figure of the first side, or of another one before it is held against the first."""
    measure, element = key
    decimals = COST_DECIMALS if measure == "cost_per_opportunity" else DECIMALS
    repeats = [guess_value(each, decimals) for each in figure.repeats] if len(figure.repeats) > 1 else []
    known = [value for value in repeats if value is not None]
    return {
        "measure": measure,
        "element": element,
        "value": guess_value(figure.whole, decimals),
        "lowest": min(known, default=None),
        "highest": max(known, default=None),
        **NO_DIFFERENCE,
        "unit": figure.whole.unit,
        "better": "more" if figure.whole.better > 0 else "less",
        "opportunities": figure.whole.opportunities,
    }


def held_against(key: Key, first: SideFigure, other: SideFigure) -> dict[str, Any]:
    """A figure of another side with its difference to the first, as columns of scoring.score_comparisons.

    Args:
        key: Measure and element.
        first: The figure of the first side.
        other: That of the other, on the same deals.
    """
    row, count = _of_first(key, other), other.whole.opportunities
    decimals = COST_DECIMALS if key[0] == "cost_per_opportunity" else DECIMALS
    if row["value"] is None or guess_value(first.whole) is None:
        return row | {"verdict": NOT_COMPUTED}
    of_both = difference(other.whole.statistic, first.whole.statistic)
    apart = value_of(of_both, count)
    resampled = resamples_of(of_both, count, PURPOSE) if count <= MAX_RESAMPLED else np.empty(0)
    low, high = percentile_interval(resampled) or (None, None)
    row |= {"difference": rounded(apart, decimals), "verdict": verdict_of(other.whole.better, apart, low, high)}
    if low is None or high is None:
        return row
    defined = resampled[~np.isnan(resampled)]
    error = float(defined.std(ddof=1)) if defined.size > 1 else 0.0
    return row | {
        "standard_error": rounded(error, 2 * DECIMALS),
        "low": rounded(low, decimals),
        "high": rounded(high, decimals),
        "p_value": _p_value(apart, error, count),
    }


def _p_value(apart: float, error: float, count: int) -> float:
    # Sums of equal numbers differ in their last bits from resample to resample.
    if error <= 1e-12:
        return 1.0 if abs(apart) <= 1e-12 else 0.0
    return student_t_two_sided(apart / error, count - 1)


def _correct_for_many(rows: Sequence[dict[str, Any]]) -> None:
    """Fill in what the tests come to when there are so many; where a difference is exactly 0 there was no test."""
    tested = [row for row in rows if row["p_value"] is not None and row["verdict"] != ALIKE]
    for row, p_value in zip(tested, holm([row["p_value"] for row in tested]), strict=True):
        row["p_value_of_many"] = p_value
    for row in rows:
        holds = row["verdict"] not in {BETTER, WORSE} or row["p_value_of_many"] < LEVEL
        row["verdict_of_many"] = row["verdict"] if holds else CANNOT_TELL


def _explanation(row: Mapping[str, Any], guess: tuple[str, float | None] | None) -> str:
    element = "" if row["element"] == "all" else f", {row['element'].replace('_', ' ')}"
    beside = f"; a simple guess, {guess[0]}, comes to {guess[1]:.3f}" if guess and guess[1] is not None else ""
    about = f"{BY_NAME[row['measure']].words}{element} ({row['better']} is better{beside})"
    return f"{about}: {_reason(row)}"


def _reason(row: Mapping[str, Any]) -> str:
    verdict, count = row["verdict"], row["opportunities"]
    if row["side"] == 1:
        return "the first side, which the others are held against."
    if verdict == NOT_COMPUTED and count < MIN_OPPORTUNITIES:
        return f"not computed, it takes at least {MIN_OPPORTUNITIES} such deals and there are {count}."
    if verdict == NOT_COMPUTED:
        return "not computed, a side leaves it open."
    if verdict == ALIKE:
        return "the sides do not differ on these deals."
    if verdict == CANNOT_TELL:
        is_there = row["low"] is not None
        return f"{'the interval contains 0, so the sample cannot tell them apart' if is_there else NO_INTERVAL}."
    holds = "also" if row["verdict_of_many"] == verdict else "no longer"
    return f"the interval excludes 0, this side is {verdict}; {holds} after correction for all figures."


def _not_judged(sides: Sequence[Side], number: int, common: int) -> dict[str, Any]:
    """How many deals a side could not judge, as columns of scoring.score_comparisons."""
    side, first = sides[number - 1], sides[0]
    said = (
        f"this side could not judge {counted(len(side.failed), 'deal', 'deals')} ({not_judged_in_words(side)})"
        if side.failed
        else "this side judged every deal it was asked about"
    )
    return {
        "measure": COULD_NOT_JUDGE,
        "element": "all",
        "value": float(len(side.failed)),
        "lowest": None,
        "highest": None,
        **NO_DIFFERENCE,
        **({"difference": float(len(side.failed) - len(first.failed)), "verdict": CANNOT_TELL} if number > 1 else {}),
        "unit": "deals",
        "better": "less",
        "opportunities": common,
        "_says": f"Left out of every other figure: {said}.",
    }


def _why(sides: Sequence[Side]) -> str:
    """Why nothing was judged by all, in words."""
    reasons = [
        *dict.fromkeys(side.stop.message.rstrip(".") for side in sides if side.stop is not None),
        *(
            f"{'the ' if len(sides) == 2 else ''}{name}{' side' if len(sides) == 2 else ''} failed on "
            f"{len(side.failed):,} ({not_judged_in_words(side)})"
            for name, side in called(sides)
            if side.failed
        ),
    ]
    return f"{'; '.join(reasons)}{kept_in_words(without_doubles(sides))}."

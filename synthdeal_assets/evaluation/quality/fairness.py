"""Differences in score between groups of deals that the truth does not explain.

Deals of one region may score higher because they are better. So each group is compared with what deals of the same
true MEDDPICC levels get in the other groups, never with itself:

* Mean score: a regression of the score on the eight true levels (each level of each element has its own effect, added
  up), fitted on the other groups; what the group gets beyond that is the difference.
* Share at or above 50, 60, 70 and 80: direct standardisation. The deals are put into 20 strata of equal count by the
  score that their true levels let expect; the other groups' share in each stratum, weighted with how many deals of the
  group lie in it, is the expected one. Of the ways considered this one needs no shape: a straight line is wrong near
  0 and 1, and a logistic curve for each group, threshold and resample costs seconds.

Intervals are Student's, with the standard error of a bootstrap over deals in which the regression is fitted anew; that
of a share is at least the one that the other groups' shares give, because a share of 0 has no spread of its own.
A group differs only when its interval excludes 0 at the level of 5 % divided by the number of figures of the attribute
that carry a verdict (Bonferroni), so that one attribute gives a false alarm in at most one of twenty samples. A
group of fewer than 30 deals, or with fewer than five expected above or below a threshold, gets no verdict.

The truth here is the eight true levels. BANT has none: what a scorer sees in budget, authority, need and timeline
beyond the eight counts as not explained. Nothing is fed back into scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.evaluation.tables import (
    DIFFERS,
    FAIRNESS_ATTRIBUTES,
    FAIRNESS_THRESHOLDS,
    NO_DIFFERENCE,
    SCORE_FAIRNESS,
    TOO_FEW,
)
from synthdeal_assets.foundation.statistics.bootstrap import (
    FloatArray,
    IntArray,
    equal_count_bins,
    resampling_weights,
)
from synthdeal_assets.foundation.statistics.student_t import student_t_quantile
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS

MIN_DEALS: Final = 30
"""Deals of a group below which it gets no verdict: a mean of fewer is not yet normally distributed."""

MIN_ELSEWHERE: Final = 100
"""Deals of the other groups below which nothing is expected: four for each of the 25 numbers that are fitted."""

MIN_EXPECTED: Final = 5
"""Expected deals on either side of a threshold, the usual rule for counts."""

STRATA: Final = 20
FALSE_ALARMS: Final = 0.05
RIDGE: Final = 1e-3
"""Added to the diagonal of the normal equations, in deals: it decides only about a level that nobody else has."""

MIN_DEFINED: Final = 0.9
"""Share of the resamples in which a difference must be defined to carry an interval."""

PURPOSE: Final = "scoring.score_fairness"
DECIMALS: Final = 4


def measure_fairness(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.score_fairness: every group of every attribute, for each scorer with present scores."""
    deals = query_frame(connection, statement(__package__, "fairness_deals.sql"))
    rows = [{**asdict(judge), **row} for judge, group in Judge.each_of(deals) for row in compare_groups(group)]
    return SCORE_FAIRNESS.conform(pl.DataFrame(rows, schema=SCORE_FAIRNESS.polars_schema))


def judge_of_most_deals(fairness: pl.DataFrame) -> Judge | None:
    """The scorer, model and prompt version with the most deals in scoring.score_fairness; None without any."""
    most = fairness.group_by(Judge.__slots__).agg(pl.col("opportunities").sum())
    most = most.sort("opportunities", *Judge.__slots__).tail(1)
    return next((Judge(*row) for row in most.select(Judge.__slots__).iter_rows()), None)


def compare_groups(deals: pl.DataFrame) -> Iterator[dict[str, object]]:
    """The rows of scoring.score_fairness on one scorer, without its name.

    Args:
        deals: One row an opportunity: score (0 to 100), true_<element> for each MEDDPICC element (0 to 3), and the
            attributes (segment, region, owner, industry, stage).
    """
    values = _values(deals)
    for attribute in FAIRNESS_ATTRIBUTES:
        names = sorted(deals[attribute].unique().to_list())
        group = deals[attribute].replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
        yield from _judged(attribute, names, np.bincount(group), _figures(values, group))


@dataclass(frozen=True, slots=True)
class _GroupMetric:
    """One measure of every group of an attribute.

    Attributes:
        measure: Its name.
        threshold: Score from which a deal counts, for a share.
        observed: One value a group.
        expected: One value a group; NaN where it cannot be said.
        error: Standard error of observed less expected, one value a group; NaN where it cannot be said.
    """

    measure: str
    threshold: int | None
    observed: FloatArray
    expected: FloatArray
    error: FloatArray


@dataclass(frozen=True, slots=True)
class _Measured:
    """One measure of every group, in the sample or in some resamples; all of shape (resamples, groups).

    Attributes:
        observed: What the groups get.
        expected: What is expected of them; NaN where it cannot be said.
        least_variance: Variance that the difference has when the group is treated as the others are.
    """

    observed: FloatArray
    expected: FloatArray
    least_variance: FloatArray


def _values(deals: pl.DataFrame) -> FloatArray:
    """What is summed up over the deals of a group, shape (deals, 450).

    The columns: for each pair of columns of the regression their product (the normal equations), each column of the
    regression times the score, 1 in the deal's stratum, and for each threshold 1 in the stratum of a deal above it.
    """
    score = deals["score"].to_numpy()
    columns = np.column_stack(
        [
            np.ones(deals.height),
            *(
                (deals[f"true_{element}"] == level).to_numpy()
                for element in MEDDPICC_WEIGHTS
                for level in range(1, MAX_LEVELS[MEDDPICC] + 1)
            ),
        ]
    ).astype(np.float64)
    left, right = np.triu_indices(WIDTH)
    products, targets = columns[:, left] * columns[:, right], columns * score[:, None]
    fitted = columns @ _solved(products.sum(axis=0), targets.sum(axis=0))
    # Equal levels give equal sums, but for the last digits.
    strata = equal_count_bins(np.round(fitted, 6), STRATA)[:, None] == np.arange(STRATA)
    above = [strata * (score >= threshold)[:, None] for threshold in FAIRNESS_THRESHOLDS]
    return np.hstack([products, targets, strata, *above])


def _figures(values: FloatArray, group: IntArray) -> Iterator[_GroupMetric]:
    """Every measure of every group.

    Args:
        values: As `_values` gives them.
        group: The place of each deal's group, from 0.
    """
    order = np.argsort(group, kind="stable")
    bounds = [0, *np.cumsum(np.bincount(group)).tolist()]
    ordered = values[order]

    def measured(weights: FloatArray) -> list[_Measured]:
        weights = weights[:, order]
        return _measured(np.stack([weights[:, start:end] @ ordered[start:end] for start, end in pairwise(bounds)]))

    resampled = [measured(weights) for weights in resampling_weights(group.size, PURPOSE)]
    sizes = np.diff(bounds)
    for place, figure in enumerate(measured(np.ones((1, group.size)))):
        threshold = FAIRNESS_THRESHOLDS[place - 1] if place else None
        differences = np.concatenate([block[place].observed - block[place].expected for block in resampled])
        yield _GroupMetric(
            f"share_at_or_above_{threshold}" if place else "score_difference",
            threshold,
            figure.observed[0],
            figure.expected[0],
            np.maximum(_standard_error(differences, sizes), np.sqrt(figure.least_variance[0])),
        )


def _measured(sums: FloatArray) -> list[_Measured]:
    """The mean score, then the share at each threshold.

    Args:
        sums: The weighted sum of each column of `_values` over each group, shape (groups, resamples, 450).
    """
    products, targets, strata, *above = np.split(sums, COLUMNS, axis=-1)
    return [_mean_score(products, targets), *(_share(strata, hits) for hits in above)]


def _mean_score(products: FloatArray, targets: FloatArray) -> _Measured:
    elsewhere, sought = products.sum(axis=0) - products, targets.sum(axis=0) - targets
    # The first column of the regression is 1: its products are the sums of the columns, its target that of the scores.
    count, levels = products[..., 0], products[..., :WIDTH]
    with np.errstate(invalid="ignore"):
        observed = targets[..., 0] / count
        expected = (levels * _solved(elsewhere, sought)).sum(axis=-1) / count
    expected[elsewhere[..., 0] < MIN_ELSEWHERE] = np.nan
    return _Measured(observed.T, expected.T, np.zeros_like(observed.T))


def _share(strata: FloatArray, hits: FloatArray) -> _Measured:
    count, elsewhere = strata.sum(axis=-1), strata.sum(axis=0) - strata
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(strata > 0, (hits.sum(axis=0) - hits) / elsewhere, 0.0)
        observed, expected = hits.sum(axis=-1) / count, (strata * share).sum(axis=-1) / count
        # A group of which nobody is above shows no spread in any resample: that of the others counts then.
        variance = (strata * share * (1 - share)).sum(axis=-1) / count**2
    expected[elsewhere.sum(axis=-1) < MIN_ELSEWHERE] = np.nan
    return _Measured(observed.T, expected.T, variance.T)


def _solved(products: FloatArray, targets: FloatArray) -> FloatArray:
    """The coefficients of regressions, from their normal equations: the upper triangle, and the right-hand side."""
    matrix = products[..., PAIRS] + RIDGE * np.eye(WIDTH)
    return np.asarray(np.linalg.solve(matrix, targets[..., None])[..., 0])


def _standard_error(differences: FloatArray, sizes: IntArray) -> FloatArray:
    """The standard deviation of each group's differences over the resamples; NaN where too few are defined.

    A bootstrap of n deals has the variance of n less one; that is made up for.
    """
    defined = ~np.isnan(differences)
    count = defined.sum(axis=0)
    total = np.where(defined, differences, 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(defined, differences - total / count, 0)
        error = np.sqrt((centred**2).sum(axis=0) / (count - 1) * sizes / (sizes - 1))
    return np.where(count >= MIN_DEFINED * differences.shape[0], error, np.nan)


def _reach(level: float, deals: int) -> float:
    """Standard errors from the difference to either end of its interval: Student's t, with the deals less one."""
    return student_t_quantile(deals - 1, level / 2)


def _pairs(width: int) -> IntArray:
    """Where each entry of a symmetric matrix stands in its upper triangle, shape (width, width)."""
    places = np.zeros((width, width), dtype=np.int64)
    left, right = np.triu_indices(width)
    places[left, right] = places[right, left] = np.arange(left.size)
    return places


WIDTH: Final = 1 + MAX_LEVELS[MEDDPICC] * len(MEDDPICC_WEIGHTS)
"""Columns of the regression: 1, and for each element whether its level is 1, 2 or 3."""

PAIRS: Final = _pairs(WIDTH)
COLUMNS: Final = np.cumsum([WIDTH * (WIDTH + 1) // 2, WIDTH, *[STRATA] * len(FAIRNESS_THRESHOLDS)])
"""Where the parts of `_values` end, but for the last."""


def _judged(
    attribute: str, names: Sequence[str], sizes: IntArray, figures: Iterable[_GroupMetric]
) -> list[dict[str, object]]:
    """The rows of one attribute, in the order of the groups' names and the measures."""
    rows: list[dict[str, Any]] = []
    for figure in figures:
        for place, name in enumerate(names):
            deals, expected, error = int(sizes[place]), figure.expected[place], figure.error[place]
            measured = bool(np.isfinite(expected))
            difference = round(float(figure.observed[place] - expected), DECIMALS) if measured else None
            row: dict[str, Any] = {
                "attribute": attribute,
                "group_name": name,
                "measure": figure.measure,
                "threshold": figure.threshold,
                "opportunities": deals,
                "observed": round(float(figure.observed[place]), DECIMALS),
                "expected": round(float(expected), DECIMALS) if measured else None,
                "difference": difference,
                "low": None,
                "high": None,
                "verdict": TOO_FEW,
            }
            counts = figure.threshold is None or MIN_EXPECTED <= deals * expected <= deals - MIN_EXPECTED
            if difference is not None and np.isfinite(error) and deals >= MIN_DEALS and counts:
                half = _reach(FALSE_ALARMS, deals) * float(error)
                row |= {
                    "low": round(difference - half, DECIMALS),
                    "high": round(difference + half, DECIMALS),
                    "error": float(error),
                }
            rows.append(row)
    carried = sum("error" in row for row in rows)
    for row in rows:
        if "error" in row:
            half = _reach(FALSE_ALARMS / carried, row["opportunities"]) * row.pop("error")
            row["verdict"] = DIFFERS if abs(row["difference"]) > half else NO_DIFFERENCE
    return sorted(rows, key=lambda row: row["group_name"])

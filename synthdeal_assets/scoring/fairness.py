"""Differences in score between groups of deals that the truth does not explain.

Deals of one region may score higher because they are better. So each group is compared with what deals of the same
true MEDDPICC levels get in the other groups, never with itself:

* Mean score: a regression of the score on the eight true levels (each level of each element has its own effect, added
  up), fitted on the other groups; what the group gets beyond that is the difference.
* Share at or above 50, 60, 70 and 80: direct standardisation. The deals are put into 20 strata of equal count by the
  score that their true levels let expect; the other groups' share in each stratum, weighted with how many deals of the
  group lie in it, is the expected one. Of the ways considered this one needs no shape: a straight line is wrong near
  0 and 1, and a logistic curve for each group, threshold and resample costs seconds.

Intervals are normal intervals with the standard error of a bootstrap over deals in which the regression is fitted anew.
A group differs only when its interval excludes 0 at the level of 5 % divided by the number of figures of the attribute
that carry a verdict (Bonferroni), so that one attribute gives a false alarm in at most one of twenty samples. A
group of fewer than 30 deals, or with fewer than five expected above or below a threshold, gets no verdict.

The truth here is the eight true levels. BANT has none: what a scorer sees in budget, authority, need and timeline
beyond the eight counts as not explained. With `quality.py` and the modules that call them this is the only place in
scoring that reads the truth, and nothing is fed back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.sql_text import sql_file
from synthdeal_assets.foundation.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.quality_tables import (
    DIFFERS,
    FAIRNESS_ATTRIBUTES,
    FAIRNESS_THRESHOLDS,
    NO_DIFFERENCE,
    SCORE_FAIRNESS,
    TOO_FEW,
)
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.statistics import (
    MOST_RESAMPLED,
    FloatArray,
    IntArray,
    equal_count_bins,
    resampling_weights,
)

FEWEST_DEALS: Final = 30
"""Deals of a group below which it gets no verdict: a mean of fewer is not yet normally distributed."""

FEWEST_ELSEWHERE: Final = 100
"""Deals of the other groups below which nothing is expected: four for each of the 25 numbers that are fitted."""

FEWEST_EXPECTED: Final = 5
"""Expected deals on either side of a threshold, the usual rule for counts."""

STRATA: Final = 20
FALSE_ALARMS: Final = 0.05
RIDGE: Final = 1e-3
"""Added to the diagonal of the normal equations, in deals: it decides only about a level that nobody else has."""

FEWEST_DEFINED: Final = 0.9
"""Share of the resamples in which a difference must be defined to carry an interval."""

PURPOSE: Final = "scoring.score_fairness"
DECIMALS: Final = 4


def measure_fairness(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.score_fairness: every group of every attribute, for each scorer with present scores."""
    deals = query_frame(connection, sql_file(__package__, "fairness_deals.sql"))
    identity = ("scorer", "model", "prompt_version")
    rows = [
        {**dict(zip(identity, name, strict=True)), **row}
        for name, group in sorted(deals.group_by(*identity, maintain_order=True))
        for row in compare_groups(group)
    ]
    return SCORE_FAIRNESS.conform(pl.DataFrame(rows, schema=SCORE_FAIRNESS.polars_schema))


def judge_of_most_deals(fairness: pl.DataFrame) -> Judge | None:
    """The scorer, model and prompt version with the most deals in scoring.score_fairness; None without any."""
    identity = ("scorer", "model", "prompt_version")
    most = fairness.group_by(identity).agg(pl.col("opportunities").sum()).sort("opportunities", *identity).tail(1)
    return next((Judge(*row) for row in most.select(identity).iter_rows()), None)


def compare_groups(deals: pl.DataFrame) -> Iterator[dict[str, object]]:
    """The rows of scoring.score_fairness on one scorer, without its name.

    Args:
        deals: One row an opportunity: score (0 to 100), true_<element> for each MEDDPICC element (0 to 3), and the
            attributes (segment, region, owner, industry, stage).
    """
    truth = _Truth.of(deals)
    for attribute in FAIRNESS_ATTRIBUTES:
        names = sorted(deals[attribute].unique().to_list())
        members = [np.flatnonzero((deals[attribute] == name).to_numpy()) for name in names]
        yield from _judged(attribute, names, members, _figures(truth, members, deals.height))


@dataclass(frozen=True, slots=True)
class _Truth:
    """What is summed up over the deals of a group, one row a deal.

    Attributes:
        products: For each pair of columns of the regression their product, shape (deals, 325): the normal equations.
        targets: Each column of the regression times the score, shape (deals, 25).
        strata: 1 in the column of the deal's stratum, shape (deals, 20).
        above: For each threshold the strata of the deals at or above it, shape (deals, 20) each.
    """

    products: FloatArray
    targets: FloatArray
    strata: FloatArray
    above: tuple[FloatArray, ...]

    @classmethod
    def of(cls, deals: pl.DataFrame) -> _Truth:
        """Prepare the deals of one scorer."""
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
        left, right = np.triu_indices(columns.shape[1])
        products, targets = columns[:, left] * columns[:, right], columns * score[:, None]
        fitted = columns @ _solved(products.sum(axis=0)[None], targets.sum(axis=0)[None])[0]
        # Equal levels give equal sums, but for the last digits.
        stratum = equal_count_bins(np.round(fitted, 6), STRATA)
        strata = (stratum[:, None] == np.arange(STRATA)).astype(np.float64)
        return cls(
            products,
            targets,
            strata,
            tuple(strata * (score >= threshold)[:, None] for threshold in FAIRNESS_THRESHOLDS),
        )


@dataclass(frozen=True, slots=True)
class _Figure:
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


def _figures(truth: _Truth, members: Sequence[IntArray], deals: int) -> Iterator[_Figure]:
    blocks = resampling_weights(deals, PURPOSE) if deals <= MOST_RESAMPLED else ()
    resampled = [_measured(truth, members, weights) for weights in blocks]
    for place, (observed, expected) in enumerate(_measured(truth, members, np.ones((1, deals)))):
        differences = [block[place][0] - block[place][1] for block in resampled] or [np.full((1, len(members)), np.nan)]
        threshold = FAIRNESS_THRESHOLDS[place - 1] if place else None
        yield _Figure(
            f"share_at_or_above_{threshold}" if place else "score_difference",
            threshold,
            observed[0],
            expected[0],
            _standard_error(np.concatenate(differences)),
        )


def _measured(truth: _Truth, members: Sequence[IntArray], weights: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Observed and expected, each of shape (resamples, groups): of the mean score, then of the share at each threshold.

    Args:
        truth: The deals.
        members: The deals of each group, by their places.
        weights: How often each deal counts, shape (resamples, deals).
    """
    return [
        _mean_scores(_sums(truth.products, members, weights), _sums(truth.targets, members, weights)),
        *_shares(_sums(truth.strata, members, weights), [_sums(above, members, weights) for above in truth.above]),
    ]


def _sums(values: FloatArray, members: Sequence[IntArray], weights: FloatArray) -> FloatArray:
    """The weighted sum of each column over each group, shape (groups, resamples, columns)."""
    return np.stack([weights[:, places] @ values[places] for places in members])


def _mean_scores(products: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    elsewhere, sought = products.sum(axis=0) - products, targets.sum(axis=0) - targets
    # The first column of the regression is 1: its products are the sums of the columns, its target that of the scores.
    count, levels = products[..., :1], products[..., : targets.shape[-1]]
    with np.errstate(invalid="ignore"):
        observed = targets[..., 0] / count[..., 0]
        expected = (levels * _solved(elsewhere, sought)).sum(axis=-1) / count[..., 0]
    expected[elsewhere[..., 0] < FEWEST_ELSEWHERE] = np.nan
    return observed.T, expected.T


def _shares(strata: FloatArray, above: Sequence[FloatArray]) -> Iterator[tuple[FloatArray, FloatArray]]:
    count, elsewhere = strata.sum(axis=-1), strata.sum(axis=0) - strata
    for hits in above:
        hits_elsewhere = hits.sum(axis=0) - hits
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(strata > 0, hits_elsewhere / elsewhere, 0.0)
            observed, expected = hits.sum(axis=-1) / count, (strata * share).sum(axis=-1) / count
        expected[elsewhere.sum(axis=-1) < FEWEST_ELSEWHERE] = np.nan
        yield observed.T, expected.T


def _solved(products: FloatArray, targets: FloatArray) -> FloatArray:
    """The coefficients of many regressions, from their normal equations."""
    width = targets.shape[-1]
    left, right = np.triu_indices(width)
    matrix = np.empty((*targets.shape, width))
    matrix[..., left, right] = products
    matrix[..., right, left] = products
    matrix += RIDGE * np.eye(width)
    return np.asarray(np.linalg.solve(matrix, targets[..., None])[..., 0])


def _standard_error(differences: FloatArray) -> FloatArray:
    """The standard deviation of each group's differences over the resamples; NaN where too few are defined."""
    defined = ~np.isnan(differences)
    count = defined.sum(axis=0)
    total = np.where(defined, differences, 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(defined, differences - total / count, 0)
        error = np.sqrt((centred**2).sum(axis=0) / (count - 1))
    return np.where(count >= FEWEST_DEFINED * differences.shape[0], error, np.nan)


def _judged(
    attribute: str, names: Sequence[str], members: Sequence[IntArray], figures: Iterable[_Figure]
) -> list[dict[str, object]]:
    """The rows of one attribute, in the order of the groups' names and the measures."""
    rows: list[dict[str, Any]] = []
    for figure in figures:
        for place, name in enumerate(names):
            deals, expected, error = members[place].size, figure.expected[place], figure.error[place]
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
            counts = figure.threshold is None or FEWEST_EXPECTED <= deals * expected <= deals - FEWEST_EXPECTED
            if difference is not None and np.isfinite(error) and deals >= FEWEST_DEALS and counts:
                half = NormalDist().inv_cdf(1 - FALSE_ALARMS / 2) * float(error)
                row |= {
                    "low": round(difference - half, DECIMALS),
                    "high": round(difference + half, DECIMALS),
                    "error": float(error),
                }
            rows.append(row)
    carried = sum("error" in row for row in rows)
    for row in rows:
        if "error" in row:
            half = NormalDist().inv_cdf(1 - FALSE_ALARMS / (2 * carried)) * row.pop("error")
            row["verdict"] = DIFFERS if abs(row["difference"]) > half else NO_DIFFERENCE
    return sorted(rows, key=lambda row: row["group_name"])

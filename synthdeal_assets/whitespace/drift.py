"""How far features, and scores, have moved from the pairs that were learnt from to those of the hold-out.

The population stability index compares shares in bins, the Kolmogorov-Smirnov distance the whole distribution. What
is said about drift belongs in `holdout_words.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.sql_text import sql_file
from synthdeal_assets.foundation.statistics import FloatArray, IntArray
from synthdeal_assets.foundation.warehouse import query_frame, table_exists
from synthdeal_assets.whitespace.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.tables import DRIFT, FEATURES, FEATURES_OF_A_PAIR

BINS: Final = 10
"""Bins of equal count of what was learnt from, as the index is usually taken (Siddiqi 2006)."""
SMALLEST_COUNT: Final = 0.5
"""An empty bin counts as half a pair: its logarithm would be infinite."""
MUCH_DRIFT: Final = 0.25
"""A population stability index above this is a population that has changed (Siddiqi 2006)."""

MOST_PAIRS: Final = 10_000
"""About as many pairs a side, division and population are looked at: a distance is then right to 0.02."""
DECIMALS: Final = 6


def measure_drift(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan) -> pl.DataFrame:
    """The rows of whitespace.drift: every feature, from the pooled training pairs to the pairs of the hold-out.

    Where a side has more than 10,000 pairs, those of a share of the customers are looked at, chosen by a hash of their
    ids. A missing value counts as a bin of its own, and as smaller than every number.
    """
    if plan.test_cutoff is None or not table_exists(connection, FEATURES):
        return DRIFT.empty()
    rows = [
        (plan.test_cutoff, division, population, feature, round(index, DECIMALS), round(apart, DECIMALS))
        for division, population, learnt, judged in _sides(
            connection, plan.test_cutoff, plan.training[plan.test_cutoff]
        )
        for feature in FEATURES_OF_A_PAIR
        for index, apart in [drift_of(_values(learnt, feature), _values(judged, feature))]
    ]
    return DRIFT.conform(
        pl.DataFrame(rows, schema=DRIFT.polars_schema, orient="row").sort(
            "division", "population", "psi", "feature", descending=[False, False, True, False]
        )
    )


def drift_of(learnt: FloatArray, judged: FloatArray) -> tuple[float, float]:
    """Population stability index and Kolmogorov-Smirnov distance between two samples, none of them empty.

    Args:
        learnt: What was learnt from; NaN for a missing value.
        judged: What is judged on, likewise.
    """
    edges = bin_edges(learnt)
    index = stability_index(counts_in_bins(learnt, edges), counts_in_bins(judged, edges))
    return index, distance_between(learnt, judged)


def bin_edges(values: FloatArray) -> FloatArray:
    """The upper edges of ten bins of equal count but for the last one; fewer where values are equal."""
    known = values[~np.isnan(values)]
    if not known.size:
        return np.empty(0)
    inner = np.arange(1, BINS) / BINS
    return np.unique(np.quantile(known, inner, method="inverted_cdf"))


def bins_of(values: FloatArray, edges: FloatArray) -> IntArray:
    """The bin of each value, from 0; missing values have the last one, after `edges.size + 1` others."""
    return np.where(np.isnan(values), edges.size + 1, np.searchsorted(edges, values))


def counts_in_bins(values: FloatArray, edges: FloatArray) -> FloatArray:
    """How many values lie in each bin of `bins_of`."""
    return np.bincount(bins_of(values, edges), minlength=edges.size + 2).astype(np.float64)


def stability_index(learnt: FloatArray, judged: FloatArray) -> float:
    """The sum over bins of (share now - share then) x ln(share now / share then).

    Args:
        learnt: Counts of what was learnt from, one a bin.
        judged: Counts of what is judged on.
    """
    return float(stability_indices(learnt, judged[None, :])[0])


def stability_indices(learnt: FloatArray, judged: FloatArray) -> FloatArray:
    """The index of many samples at once.

    Args:
        learnt: Shape (bins,) or (samples, bins).
        judged: Shape (samples, bins).
    """
    used = (learnt + judged).sum(axis=0) > 0
    then, now = (np.maximum(counts[..., used], SMALLEST_COUNT) for counts in (learnt, judged))
    then, now = (counts / counts.sum(axis=-1, keepdims=True) for counts in (then, now))
    return np.asarray(((now - then) * np.log(now / then)).sum(axis=-1))


def distance_between(left: FloatArray, right: FloatArray) -> float:
    """The Kolmogorov-Smirnov distance, 0 to 1; missing values are smaller than every number."""
    left, right = (np.sort(np.nan_to_num(values, nan=-np.inf)) for values in (left, right))
    # Between two values of one side its share stays, so that the largest difference is at a value of either.
    shares = [
        np.searchsorted(side, every, side="right") / side.size for every in (left, right) for side in (left, right)
    ]
    return float(max(np.abs(shares[0] - shares[1]).max(), np.abs(shares[2] - shares[3]).max()))


def _sides(
    connection: duckdb.DuckDBPyConnection, judged_at: dt.date, learnt_at: Sequence[dt.date]
) -> Iterator[tuple[str, str, pl.DataFrame, pl.DataFrame]]:
    """Each division and population, with features of what was learnt from and of what is judged on."""
    connection.execute(
        sql_file(__package__, "sql", "drift_sample.sql"),
        {"judged_at": judged_at, "learnt_at": list(learnt_at), "most_pairs": MOST_PAIRS},
    )
    groups = connection.execute("SELECT DISTINCT division, population FROM drift_sample ORDER BY ALL").fetchall()
    for division, population in groups:
        pairs = query_frame(
            connection, "SELECT * FROM drift_sample WHERE division = ? AND population = ?", [division, population]
        )
        judged, learnt = pairs.filter("is_judged"), pairs.filter(~pl.col("is_judged"))
        if judged.height and learnt.height:
            yield division, population, learnt, judged
    connection.execute("DROP TABLE drift_sample")


def _values(pairs: pl.DataFrame, feature: str) -> FloatArray:
    return pairs[feature].cast(pl.Float64).fill_null(np.nan).to_numpy()

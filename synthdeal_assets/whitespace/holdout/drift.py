"""How far features have moved from the pairs that were learnt from to those that models are used on.

The population stability index compares shares in bins, the Kolmogorov-Smirnov distance the whole distribution. What
is said about drift belongs in `holdout/verdicts.py`.

Most features move in every log: tenure and totals grow with it, windows fill up, seasons change. An alarm on each of
them would never be silent. What is worth an alarm (`alarms`) is how customers buy, in three numbers that stay put in a
steady business (`WATCHED`), and only where it is unlike every cutoff that was learnt from, by more than chance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, IntArray
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists, table_frame
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.tables import DRIFT, FEATURES, FEATURES_OF_A_PAIR, LABELS
from synthdeal_assets.whitespace.vocabulary import BOUGHT_IN_WINDOW, BOUGHT_LATELY, WATCHED

BINS: Final = 10
"""Bins of equal count of what was learnt from, as the index is usually taken (Siddiqi 2006)."""
SMALLEST_COUNT: Final = 0.5
"""An empty bin counts as half a pair: its logarithm would be infinite."""
MUCH_DRIFT: Final = 0.25
"""A population stability index above this is a population that has changed, one below 0.10 is none (Siddiqi 2006)."""
MUCH_OF_A_SHARE: Final = 2.0
"""A share that has become so many times larger or smaller has changed: the index is blind to rare events, and 2 % of
buyers who became 1 % are half the sales."""
SHARES: Final = (BOUGHT_LATELY, BOUGHT_IN_WINDOW)
BEYOND_CHANCE: Final = 0.999
"""Two equal samples of n and m in B bins have an index of about (1/n + 1/m) times chi-square with B - 1 degrees of
freedom (Yurdakul 2018), and so (B - 1)(1/n + 1/m) on average: a small population never alarms by chance. Some dozens of
comparisons are made in a run, hence one in 1,000."""

MAX_PAIRS: Final = 10_000
"""About as many pairs a side, division and population are looked at: a distance is then right to 0.02."""
DECIMALS: Final = 6


def measure_drift(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan) -> pl.DataFrame:
    """The rows of whitespace.drift: from the training pairs to those of each cutoff that models are used at.

    Where a side has more than 10,000 pairs, those of a share of the customers are looked at, chosen by a hash of their
    ids. A missing value of a feature counts as a bin of its own, and as smaller than every number; who did not order
    has no part in what an order came to.
    """
    if not (table_exists(connection, FEATURES) and table_exists(connection, LABELS)):
        return DRIFT.empty()
    rows = [
        (used_at, division, population, feature, *found)
        for used_at, learnt_at in plan.training.items()
        for division, population, learnt, used in _sides(connection, used_at, learnt_at)
        for feature in (*FEATURES_OF_A_PAIR, *WATCHED)
        if (found := _moved(learnt, used, feature)) is not None
    ]
    return DRIFT.conform(
        pl.DataFrame(rows, schema=DRIFT.polars_schema, orient="row").sort(
            "cutoff_date",
            "division",
            "population",
            "psi",
            "feature",
            descending=[True, False, False, True, False],
        )
    )


def read_drift(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of whitespace.drift; none where there are none yet, or only those of an earlier version's columns."""
    if table_exists(connection, DRIFT):
        known = connection.execute(f"SELECT * FROM {DRIFT.qualified_name} LIMIT 0").pl().columns
        if set(known) == set(DRIFT.polars_schema):
            return table_frame(connection, DRIFT)
    return DRIFT.empty()


def alarms(drift: pl.DataFrame) -> pl.DataFrame:
    """The rows in which customers buy otherwise than at every cutoff that was learnt from, the furthest off first.

    Args:
        drift: Rows of whitespace.drift.
    """
    larger = pl.max_horizontal("mean", "nearest_mean")
    smaller = pl.min_horizontal("mean", "nearest_mean")
    is_much = (pl.col("nearest_psi") > MUCH_DRIFT) | (
        pl.col("feature").is_in(SHARES) & (larger >= MUCH_OF_A_SHARE * smaller)
    )
    return drift.filter(
        pl.col("feature").is_in(WATCHED), pl.col("nearest_psi") > pl.col("psi_by_chance"), is_much
    ).sort(
        "cutoff_date",
        "nearest_psi",
        "division",
        "population",
        "feature",
        descending=[True, True, False, False, False],
    )


def _moved(
    learnt: pl.DataFrame, used: pl.DataFrame, feature: str
) -> tuple[float, float, dt.date, float, float, float | None, float | None] | None:
    """What whitespace.drift says of a feature from `psi` on; None where a side has nothing to compare."""
    then, now, learnt_at = learnt[feature].to_numpy(), used[feature].to_numpy(), learnt["cutoff_date"].to_numpy()
    if feature in WATCHED:
        known = ~np.isnan(then)
        then, now, learnt_at = then[known], now[~np.isnan(now)], learnt_at[known]
    if not (then.size and now.size):
        return None
    # Where nearly all bought, their ten quantiles are one value, and those who did not would stand in its bin.
    edges = np.zeros(1) if feature in SHARES else bin_edges(then)
    counted = counts_in_bins(now, edges)
    index, apart = stability_index(counts_in_bins(then, edges), counted), distance_between(then, now)
    cutoffs, place = np.unique(learnt_at, return_inverse=True)
    bins = edges.size + 2
    cells = np.bincount(place * bins + bins_of(then, edges), minlength=cutoffs.size * bins)
    of_cutoff: FloatArray = cells.reshape(cutoffs.size, bins).astype(np.float64)
    indices = [stability_index(counts, counted) for counts in of_cutoff]
    nearest = int(np.argmin(indices))
    filled = int(((of_cutoff[nearest] + counted) > 0).sum())
    sizes = 1 / of_cutoff[nearest].sum() + 1 / now.size
    # Of the extra whitespace, which reading what was measured must not need.
    from scipy.stats import chi2

    by_chance = float(chi2.ppf(BEYOND_CHANCE, max(filled - 1, 1)) * sizes)
    return (
        round(index, DECIMALS),
        round(apart, DECIMALS),
        cutoffs[nearest].item(),
        round(indices[nearest], DECIMALS),
        round(by_chance, DECIMALS),
        _mean(then[place == nearest]),
        _mean(now),
    )


def _mean(values: FloatArray) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(known.mean()), DECIMALS) if known.size else None


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
    connection: duckdb.DuckDBPyConnection, used_at: dt.date, learnt_at: Sequence[dt.date]
) -> Iterator[tuple[str, str, pl.DataFrame, pl.DataFrame]]:
    """Each division and population, with features of what was learnt from and of what models are used on.

    All are floating point, and NaN where they are missing.
    """
    connection.execute(
        statement(__package__, "drift_sample.sql"),
        {"used_at": used_at, "learnt_at": list(learnt_at), "most_pairs": MAX_PAIRS},
    )
    groups = connection.execute("SELECT DISTINCT division, population FROM drift_sample ORDER BY ALL").fetchall()
    for division, population in groups:
        pairs = query_frame(
            connection,
            "SELECT * FROM drift_sample WHERE division = ? AND population = ? ORDER BY cutoff_date, customer_id",
            [division, population],
        )
        pairs = pairs.with_columns(pl.col(*FEATURES_OF_A_PAIR, *WATCHED).cast(pl.Float64).fill_null(np.nan))
        yield division, population, pairs.filter(~pl.col("is_used")), pairs.filter("is_used")
    connection.execute("DROP TABLE drift_sample")

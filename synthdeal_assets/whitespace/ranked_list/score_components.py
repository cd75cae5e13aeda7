"""The four parts that the whitespace score is blended from, for every pair at a cutoff, from nothing later.

A part says how far up the whole list a pair stands. How the parts are weighed belongs in `listing.py`, what else could
be made of them in `stacking.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.settings import WHITESPACE_PARTS
from synthdeal_assets.whitespace.features.affinity import read_affinities
from synthdeal_assets.whitespace.features.basket import Basket, associate, pair_lifts, read_ownership

PRIOR_ENTRANTS: Final = 20.0
"""Entrants of any division that are added to those of each one: a division with few says little of what it brings."""

DECIMALS: Final = 9
"""Sums of floats differ in the last bits between machines, and places in a list must not depend on those."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is known of the pairs at a cutoff.

    Attributes:
        pairs: customer_id, division, p_icp, p_challenger, lift, lift_from (the division the lift is from; NULL when
            none), affinity, expected_value, and for each of the four parts <part>_part; in the order of customer_id,
            division.
        basket: Association of the divisions.
        caveats: Sentences on the whole list.
    """

    pairs: pl.DataFrame
    basket: Basket
    caveats: tuple[str, ...]


def read_parts(connection: duckdb.DuckDBPyConnection, cutoff: dt.date, model_cutoff: dt.date) -> Parts:
    """The parts of every pair without a purchase.

    Args:
        connection: With transactions, features' cutoffs, labels and predictions.
        cutoff: Last day that is known.
        model_cutoff: The cutoff of the models whose predictions are taken.
    """
    chances = query_frame(
        connection,
        statement(__package__, "list_chances.sql"),
        {"cutoff": cutoff, "model_cutoff": model_cutoff},
    )
    ownership = read_ownership(connection, cutoff)
    basket = associate(ownership)
    affinities, affinity_caveat = read_affinities(connection, cutoff)
    divisions = chances["division"].unique().sort()
    typical, amount_caveat = _typical_amounts(connection, cutoff, divisions)
    pairs = (
        chances.join(pair_lifts(ownership, basket), on=["customer_id", "division"], how="left", maintain_order="left")
        .join(affinities, on=["customer_id", "division"], how="left", maintain_order="left")
        .join(typical.select("division", "typical_amount"), on="division", how="left", maintain_order="left")
        .with_columns(
            pl.col("lift", "affinity").fill_null(0.0),
            expected_value=(pl.col("p_icp") * pl.col("typical_amount")).round(4),
        )
        .with_columns(height(pl.col(part)).alias(f"{part}_part") for part in WHITESPACE_PARTS)
        .drop("typical_amount")
    )
    basket_caveat = (
        None
        if len(ownership.divisions) > 1
        else "There is only one division, so the lift from another one is 0 for everybody."
    )
    caveats = tuple(caveat for caveat in (basket_caveat, affinity_caveat, amount_caveat) if caveat)
    return Parts(pairs, basket, caveats)


def height(values: pl.Expr) -> pl.Expr:
    """How far up the list a value stands, 0 to 1: by the logarithm of how few are above it.

    Where the share u of n values is above, the value itself and equal ones counting half, it is log(1 / u) / log(2 n):
    of 10,000 about 1 for the best, 0.46 for the hundredth and 0.07 in the middle. These are nearly the scores of Savage
    (1956), which weigh agreement at the top (Iman and Conover 1987). Only ranks count, so that all parts are spread
    alike, which lets the weights mean what they say: of parts in their own units the one with a few very large values
    would rule the sum. And the top counts, where reps work: as percentiles the best and the hundredth are nearly the
    same, and a middling lift would take the best chance further down than all that tells it from the thousandth.

    Over all divisions together, because a rep has one week for all of them: within each division the best customer for
    what hardly anybody buys would stand beside the best one for what sells.
    """
    share_above = (values.round(DECIMALS).rank("average", descending=True) - 0.5) / pl.len()
    return (-share_above.log() / (2 * pl.len()).log()).round(DECIMALS).clip(0, 1)


def share_beaten(part: float, pairs: int) -> float:
    """The share of a list of so many pairs that stands below a pair of that height, 0 to 1."""
    return float(1 - (2.0 * pairs) ** -part)


def _typical_amounts(
    connection: duckdb.DuckDBPyConnection, cutoff: dt.date, divisions: pl.Series
) -> tuple[pl.DataFrame, str | None]:
    """What the first window in each division usually brings: the median, drawn to that of all divisions for few."""
    rows = query_frame(connection, statement(__package__, "list_first_windows.sql"), {"cutoff": cutoff})
    overall = float(rows.filter(pl.col("division").is_null())["typical_amount"].fill_null(0.0).sum())
    typical = (
        divisions.to_frame()
        .join(rows.drop_nulls("division"), on="division", how="left", maintain_order="left")
        .with_columns(pl.col("entrants").fill_null(0), pl.col("typical_amount").fill_null(0.0))
        .with_columns(
            typical_amount=(
                (pl.col("entrants") * pl.col("typical_amount") + PRIOR_ENTRANTS * overall)
                / (pl.col("entrants") + PRIOR_ENTRANTS)
            )
            .clip(lower_bound=0)
            .round(4)
        )
    )
    caveat = (
        None
        if typical["typical_amount"].max()
        else "The log has no money of customers who entered a division by the cutoff, so the expected value is 0 for "
        "all."
    )
    return typical, caveat

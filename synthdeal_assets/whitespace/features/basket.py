"""Market-basket association between divisions: who owns this one, how much more often has it that one too.

A basket is everything a customer has ever bought, returns aside, by a cutoff. Which pairs are listed, and what else
speaks for them, belongs in `listing.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, IntArray, divided
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame

PRIOR_CUSTOMERS: Final = 5.0
"""Customers as many as chance would give that are added to each pair of divisions before its lift is taken."""

MIN_TOGETHER: Final = 5
"""Fewer customers than these who own both are an accident: they never make a lift greater than 1."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns what at a cutoff.

    Attributes:
        customers: Everybody with a purchase by the cutoff, in order.
        divisions: Every division that one of them has a transaction in, in order.
        owns: Shape (customers, divisions).
    """

    customers: tuple[str, ...]
    divisions: tuple[str, ...]
    owns: BoolArray


@dataclass(frozen=True, slots=True)
class Basket:
    """Association of each division (row) with each other one (column).

    Attributes:
        divisions: Names of rows and columns.
        customers: Customers in all.
        together: Customers who own both; on the diagonal those who own the division.
        confidence: Share of the row's owners who own the column; NaN without owners.
        lift: How many times as often the row's owners own the column as all customers do; 1 when nothing is known.
    """

    divisions: tuple[str, ...]
    customers: int
    together: IntArray
    confidence: FloatArray
    lift: FloatArray


def read_ownership(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> Ownership:
    """Who owned what at the end of the cutoff day, from no later row and from no holdout."""
    rows = query_frame(connection, statement(__package__, "list_ownership.sql"), {"cutoff": cutoff})
    customers, divisions = (rows[name].unique().sort() for name in ("customer_id", "division"))
    owns = np.zeros((customers.len(), divisions.len()), dtype=bool)
    owns[customers.search_sorted(rows["customer_id"]), divisions.search_sorted(rows["division"])] = True
    return Ownership(tuple(customers), tuple(divisions), owns)


def associate(ownership: Ownership) -> Basket:
    """Support, confidence and lift of every pair of divisions.

    Support and confidence are those of Agrawal, Imielinski and Swami (1993), lift is the interest of Brin, Motwani,
    Ullman and Tsur (1997): customers who own both over those whom chance would give, n_a n_b / n. Both sides of that
    ratio get `PRIOR_CUSTOMERS` more, which is the posterior mean of the ratio under a gamma prior around 1 (DuMouchel
    1999), so that the lift of a few customers stays near 1; see `MIN_TOGETHER` too.
    """
    owns = ownership.owns.astype(np.float64)
    count = max(len(ownership.customers), 1)
    together = owns.T @ owns
    owners = np.diag(together)
    by_chance = np.outer(owners, owners) / count
    lift = (together + PRIOR_CUSTOMERS) / (by_chance + PRIOR_CUSTOMERS)
    lift = np.where(together < MIN_TOGETHER, np.minimum(lift, 1.0), lift)
    confidence = divided(together, owners[:, None])
    return Basket(ownership.divisions, len(ownership.customers), together.astype(np.int64), confidence, lift)


def pair_lifts(ownership: Ownership, basket: Basket) -> pl.DataFrame:
    """The greatest lift of each pair from a division that the customer owns.

    Returns:
        One row for each customer and each division it does not own: customer_id, division, lift (0 when the customer
        owns nothing), lift_from (the owned division; NULL when there is none).
    """
    shape = ownership.owns.shape
    best, source = np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    for owned in range(shape[1]):
        owners = np.flatnonzero(ownership.owns[:, owned])
        is_better = basket.lift[owned] > best[owners]
        best[owners] = np.where(is_better, basket.lift[owned], best[owners])
        source[owners] = np.where(is_better, owned, source[owners])
    who, what = np.nonzero(~ownership.owns)
    divisions = pl.Series(ownership.divisions, dtype=pl.String)
    owned_from = pl.Series(source[who, what])
    return pl.DataFrame(
        {
            "customer_id": pl.Series(ownership.customers, dtype=pl.String).gather(who),
            "division": divisions.gather(what),
            "lift": best[who, what],
            "lift_from": divisions.gather(owned_from.set(owned_from < 0, None)),
        }
    )

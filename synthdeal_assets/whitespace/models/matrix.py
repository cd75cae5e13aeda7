"""What a model takes: the features of the pairs of a division, with the customer's orders in the other divisions.

What each feature means is said in `tables.py`; which pairs a model learns from belongs in `training.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, registered
from synthdeal_assets.whitespace.tables import DAYS_OF, FEATURES_OF_A_PAIR
from synthdeal_assets.whitespace.vocabulary import POPULATIONS

MAX_OTHER_DIVISIONS: Final = 24
"""Divisions whose orders a model looks at beside its own; those that few own tell little."""
ORDERS_OF: Final = "decayed orders of "
"""Begins the name of such a feature; the division's name follows."""

OF_THE_DIVISION: Final = "division_"
"""Begins the names of features that all pairs of a division have in common at a cutoff."""

MAX_ROWS: Final = 120_000
"""Pairs of a population that a model learns from: more make it slower, not better. Of more than these the larger kind,
with or without a purchase, or both are sampled by a hash of their names, and each that is kept counts for those that
are not."""


def read_matrix(
    connection: duckdb.DuckDBPyConnection,
    cutoff: dt.date,
    division: str,
    population: str,
    customers: pl.Series | None = None,
) -> pl.DataFrame:
    """What is known of a population of a division at a cutoff.

    Args:
        connection: Where the features are.
        cutoff: Last day that is known.
        division: The division.
        population: The population.
        customers: Ids of those that are asked for; all when None.

    Returns:
        cutoff_date, customer_id, population, fold (0 to 19, of the customer) and the features, by customer.
    """
    if customers is None:
        return _read(connection, [cutoff], division, [population])
    chosen = "AND features.customer_id IN (SELECT customer_id FROM wanted_customers)"
    with registered(connection, wanted_customers=customers.to_frame("customer_id")):
        return _read(connection, [cutoff], division, [population], kept=chosen)


def read_learning(connection: duckdb.DuckDBPyConnection, cutoffs: Sequence[dt.date], division: str) -> pl.DataFrame:
    """What was known of both populations of a division at some cutoffs with labels, and what they bought then.

    Returns:
        As `read_matrix`, and bought (boolean) and weight (how many pairs each stands for), the latest cutoff first.
    """
    rows = query_frame(
        connection,
        "SELECT population, bought, count(*) AS pairs FROM whitespace.labels WHERE division = $division "
        "AND list_contains($cutoffs::DATE[], cutoff_date) GROUP BY ALL",
        {"division": division, "cutoffs": list(cutoffs)},
    )
    counts: dict[tuple[str, bool], int] = {
        (population, bought): pairs for population, bought, pairs in rows.iter_rows()
    }

    def kept(population: str, *, bought: bool) -> float:
        """The share of a kind that is kept: half of the room is its own, and what the other kind leaves."""
        room = max(MAX_ROWS - counts.get((population, not bought), 0), MAX_ROWS // 2)
        return min(1.0, room / max(counts.get((population, bought), 0), 1))

    shares = " ".join(
        f"WHEN {sql_literal(name)} THEN if(labels.bought, {kept(name, bought=True)!r}, {kept(name, bought=False)!r})"
        for name in POPULATIONS
    )
    share = f"CASE features.population {shares} END"
    return _read(
        connection,
        cutoffs,
        division,
        (),
        label=f", labels.bought, 1 / {share} AS weight",
        labels="JOIN whitespace.labels AS labels USING (cutoff_date, customer_id, division, population)",
        kept=f"AND hash(features.customer_id, features.cutoff_date) % 1000000 < 1e6 * {share}",
    )


def features_in(frame: pl.DataFrame) -> tuple[str, ...]:
    """The features of a frame of this module that a model takes, in the order of its columns.

    Left out are what a cutoff has for all of its pairs, which in a model of one division would tell cutoffs, not
    customers; what is the same for every pair; and of features that are the same for every pair all but the one of the
    longest window. Where a log is young, the orders of 6 months and of ever are the same at the cutoffs that are learnt
    from and others at the next one: what was learnt is what ever means.
    """
    known = {name for name in FEATURES_OF_A_PAIR if not name.startswith(OF_THE_DIVISION)}
    names = [name for name in frame.columns if name in known or name.startswith(ORDERS_OF)]
    seen: dict[bytes, str] = {}
    for name in sorted(names, key=_window_days, reverse=True):
        values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() + 0.0
        if values.size and not (np.isnan(values).all() or (values == values[0]).all()):
            seen.setdefault(hashlib.blake2b(values.tobytes()).digest(), name)
    kept = set(seen.values())
    # A model of one feature that tells nothing is still a model; one of none is not.
    return tuple(name for name in names if name in kept) or tuple(names[:1])


def _window_days(feature: str) -> float:
    """How far back a feature looks; without end when its name has no window."""
    return DAYS_OF.get(feature.rsplit("_", 1)[-1], float("inf"))


def _read(
    connection: duckdb.DuckDBPyConnection,
    cutoffs: Sequence[dt.date],
    division: str,
    populations: Sequence[str],
    *,
    label: str = "",
    labels: str = "",
    kept: str = "",
) -> pl.DataFrame:
    names = query_frame(connection, statement(__package__, "model_divisions.sql"), {"most": MAX_OTHER_DIVISIONS + 1})[
        "division"
    ].to_list()
    others = [name for name in names if name != division][:MAX_OTHER_DIVISIONS]
    orders = [
        f", coalesce(max(decayed_orders) FILTER (WHERE division = {sql_literal(name)}), 0) AS {_quoted(name)}"
        for name in others
    ]
    query = statement(
        __package__,
        "model_matrix.sql",
        others="".join(orders),
        columns=", ".join([*(f"features.{name}" for name in FEATURES_OF_A_PAIR), *map(_quoted, others)]),
        label=label,
        labels=labels,
        kept=kept,
    )
    return query_frame(
        connection, query, {"cutoffs": list(cutoffs), "division": division, "populations": list(populations)}
    )


def _quoted(division: str) -> str:
    """The column of a division's orders; a double quote is doubled, and braces stay what they are."""
    name = ORDERS_OF + division
    return '"' + name.replace('"', '""') + '"'

"""The pairs that are judged on the hold-out, read from the warehouse.

What is measured on them belongs in `measures.py` and `curves.py`: neither needs the warehouse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.holdout.drift import measure_drift
from synthdeal_assets.whitespace.tables import DRIFT, LABELS, MODELS, PREDICTIONS, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import (
    CHALLENGER,
    CHAMPION,
    FREQUENCY,
    LIST,
    LIST_CHALLENGER,
    POPULARITY,
    RECENCY,
)

SCORE_OF: Final[dict[str, str]] = {
    CHAMPION: "p_icp",
    CHALLENGER: "p_challenger",
    RECENCY: "recency_score",
    FREQUENCY: "frequency_score",
    POPULARITY: "popularity_score",
    LIST: "list_score",
    LIST_CHALLENGER: "list_challenger_score",
}
"""The column that each ranker ranks by."""


@dataclass(frozen=True, slots=True)
class HoldoutPairs:
    """What is judged, as it was read: customers are numbers, the same in each frame.

    Attributes:
        cutoff: The cutoff that is judged at.
        pairs: A pair a row: customer, customer_id, division, population, the columns of `SCORE_OF`, bought,
            net_amount; the list's columns are NULL for a pair that is not in the list.
        reference: Chances for the latest training window: customer, division, population, p_icp, p_challenger.
        learnt: Pairs and positives that were learnt from, by customer, division and population.
        reps: Sales reps at the cutoff, at least 1.
        caveats: What is said of the champion of a division and population.
        drift: Rows of whitespace.drift.
    """

    cutoff: dt.date
    pairs: pl.DataFrame
    reference: pl.DataFrame
    learnt: pl.DataFrame
    reps: int = 1
    caveats: Mapping[tuple[str, str], str] = field(default_factory=dict)
    drift: pl.DataFrame = field(default_factory=DRIFT.empty)


def read_holdout(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan) -> HoldoutPairs | str:
    """What is judged at the test cutoff, or a sentence that says why there is nothing."""
    cutoff = plan.test_cutoff
    if cutoff is None:
        return (
            f"No window of {plan.window_days} days covered by the data leaves enough earlier sales to learn from: "
            "nothing can be judged on sales that a model has not seen."
        )
    for table, made_by in ((PREDICTIONS, "model_cutoff"), (LABELS, "cutoff_date")):
        condition = f"SELECT count(*) FROM {table.qualified_name} WHERE {made_by} = ?"
        rows = connection.execute(condition, [cutoff]).fetchall()[0][0] if table_exists(connection, table) else 0
        if not rows:
            return f"{table.qualified_name} has no row for the cutoff {cutoff} yet: materialise it first."
    connection.execute(statement(__package__, "holdout_customers.sql"), {"cutoff": cutoff})
    pairs, reference = (
        query_frame(connection, statement(__package__, f"holdout_{name}.sql"), {"cutoff": cutoff})
        for name in ("pairs", "reference")
    )
    learnt = query_frame(
        connection, statement(__package__, "holdout_learnt.sql"), {"learnt_at": list(plan.training[cutoff])}
    )
    learnt = learnt.filter(pl.col("division").is_in(pairs["division"].unique().implode()))
    if pairs.is_empty():
        return f"No pair has both a prediction and a label at the cutoff {cutoff}: nothing can be judged."
    return HoldoutPairs(
        cutoff,
        pairs.join(_listed(connection, cutoff), on=["customer_id", "division"], how="left", maintain_order="left"),
        reference,
        learnt,
        _reps(connection, cutoff),
        _caveats(connection, cutoff),
        measure_drift(connection, plan),
    )


def _listed(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> pl.DataFrame:
    if not table_exists(connection, WHITESPACE_LIST):
        names = ("customer_id", "division", SCORE_OF[LIST], SCORE_OF[LIST_CHALLENGER])
        return pl.DataFrame(schema=dict(zip(names, (pl.String, pl.String, pl.Float64, pl.Float64), strict=True)))
    return query_frame(connection, statement(__package__, "holdout_list.sql"), {"cutoff": cutoff})


def _reps(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> int:
    """Reps who looked after customers at the cutoff: those who came later work on no list of that day."""
    found = connection.execute(statement(__package__, "holdout_reps.sql"), {"cutoff": cutoff}).fetchall()
    return max(1, int(found[0][0]))


def _caveats(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> dict[tuple[str, str], str]:
    if not table_exists(connection, MODELS):
        return {}
    found = connection.execute(
        f"SELECT division, population, caveat FROM {MODELS.qualified_name} "
        "WHERE model_cutoff = ? AND model_role = ? AND caveat IS NOT NULL",
        [cutoff, CHAMPION],
    ).fetchall()
    return {(division, population): caveat for division, population, caveat in found}

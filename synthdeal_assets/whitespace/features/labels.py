"""What each customer bought from each division in the days after a cutoff: what models learn to foresee.

Only windows that the data cover have labels. What was known at the cutoff belongs in `features.py`.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.whitespace.tables import LABELS


def build_labels(
    connection: duckdb.DuckDBPyConnection, cutoff: dt.date, window_days: int, *, for_validation: bool = False
) -> int | None:
    """Replace the rows of a cutoff in whitespace.labels: one for each pair in whitespace.features.

    Rows of holdout sources are for validation alone. A window that needs them is left without labels unless it
    is for validation; so is a window that reaches past all data, because what is bought later is not known yet.

    Args:
        connection: Where the features of the cutoff are; whether in a transaction is for the caller to decide.
        cutoff: The last day that features know.
        window_days: Days after the cutoff that count.
        for_validation: Whether the cutoff is only judged at, so that the holdout counts.

    Returns:
        Number of rows; None when the window is censored, and then the cutoff has no labels.
    """
    create(connection, LABELS)
    connection.execute(f"DELETE FROM {LABELS.qualified_name} WHERE cutoff_date = ?", [cutoff])
    window_end = cutoff + dt.timedelta(days=window_days)
    (last_day,) = connection.execute(
        f"SELECT max(order_date) FROM {FACT_TRANSACTIONS.qualified_name} WHERE NOT is_holdout OR ?", [for_validation]
    ).fetchall()[0]
    if last_day is None or window_end > last_day:
        return None
    inserted = connection.execute(
        statement(__package__, "labels.sql"),
        {"cutoff": cutoff, "window_end": window_end, "for_validation": for_validation},
    ).fetchall()
    return int(inserted[0][0])

"""The sales log in the warehouse in numbers, as the command and the UI tell them.

How the log is read belongs in `etl.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame


@dataclass(frozen=True, slots=True)
class SalesSummary:
    """The present sales log in numbers.

    Attributes:
        kept_because: Why the log that was there was kept and nothing was read; None when it was read.
        is_new: Whether the transactions to learn from are others than before, so that what was built from the earlier
            ones has been deleted.
        is_synthetic: Whether the log was made from the world.
        is_proposed: Whether nobody wrote the product map.
        sources: Sources, holdout included.
        rows: Rows in them.
        transactions: Transactions to learn from.
        holdout_transactions: Later ones, for validation alone.
        customers: Customers, those of the holdout alone left out.
        products: Products of the product map.
        divisions: Their divisions.
        amount: Money of all transactions.
        quantity: Units of all transactions.
        rejected: Rows and cells that became no transaction, by reason.
        unknown_columns: Columns that nobody reads.
        caveats: What a reader of the results must know.
    """

    kept_because: str | None
    is_new: bool
    is_synthetic: bool
    is_proposed: bool
    sources: int
    rows: int
    transactions: int
    holdout_transactions: int
    customers: int
    products: int
    divisions: int
    amount: float
    quantity: float
    rejected: Mapping[str, int]
    unknown_columns: tuple[str, ...]
    caveats: tuple[str, ...]


def read_summary(
    connection: duckdb.DuckDBPyConnection, *, kept_because: str | None = None, is_new: bool = False
) -> SalesSummary:
    """The sales log in the warehouse in numbers."""
    numbers = query_frame(connection, statement(__package__, "summary.sql")).to_dicts()[0]
    rejected = connection.execute(
        "SELECT reason, count(*) FROM sales.rejected_rows GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    unknown = connection.execute(
        "SELECT DISTINCT column_name FROM sales.log_columns WHERE column_role = 'unknown' ORDER BY column_name"
    ).fetchall()
    caveats = connection.execute(
        "SELECT caveats FROM sales.log_files WHERE caveats IS NOT NULL ORDER BY source_file"
    ).fetchall()
    return SalesSummary(
        **numbers,
        kept_because=kept_because,
        is_new=is_new,
        rejected=dict(rejected),
        unknown_columns=tuple(name for (name,) in unknown),
        caveats=tuple(text for (text,) in caveats),
    )

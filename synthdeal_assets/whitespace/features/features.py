"""What was known of each customer and division at the end of a day, and of no later one.

The features are worked out inside DuckDB by `sql/known.sql` and `sql/features.sql`, out of core; what they mean is said
in `tables.py`. What happened after the day belongs in `labels.py`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, query_frame
from synthdeal_assets.whitespace.tables import FEATURES


def build_features(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> int:
    """Replace the rows of a cutoff in whitespace.features, as `worked_out` and `put_in_place` do in turn."""
    with worked_out(connection, cutoff):
        return put_in_place(connection, cutoff)


@contextmanager
def worked_out(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> Iterator[None]:
    """While the block runs, what was known at a cutoff is in temporary tables.

    Rows of sales.fact_transactions that are later than the cutoff, or from a holdout source, are not read.

    Args:
        connection: Where sales.fact_transactions is; best not in a transaction, which would leave most of the work to
            one thread.
        cutoff: The last day that is known.
    """
    script = statement(__package__, "known.sql")
    with at_cutoff(connection, cutoff):
        _run(connection, script)
        yield
        for kind, name in re.findall(r"^CREATE OR REPLACE TEMP (TABLE|VIEW) (\w+)", script, flags=re.MULTILINE):
            connection.execute(f"DROP {kind} IF EXISTS temp.{name}")


def put_in_place(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> int:
    """Replace the rows of a cutoff in whitespace.features by what was worked out.

    There is a row for every customer with a purchase by the cutoff and every division with a transaction of one.

    Args:
        connection: One inside the block of `worked_out`; whether in a transaction is for the caller to decide.
        cutoff: The last day that is known.

    Returns:
        Number of rows.

    Raises:
        SynthDealError: Nothing is known at the cutoff.
    """
    create(connection, FEATURES)
    _run(connection, statement(__package__, "features.sql"))
    rows = query_frame(
        connection, f"SELECT count(*) FROM {FEATURES.qualified_name} WHERE cutoff_date = ?", [cutoff]
    ).item()
    if not rows:
        raise SynthDealError(
            f"There are no sales by the cutoff {cutoff}: choose a later day, or read a log that starts earlier.",
            code="whitespace.no-sales-by-cutoff",
            usage=True,
        )
    return int(rows)


def _run(connection: duckdb.DuckDBPyConnection, script: str) -> None:
    for step in duckdb.extract_statements(script):
        connection.execute(step)


@contextmanager
def at_cutoff(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> Iterator[None]:
    """Let scripts find the last day that is known with getvariable('cutoff')."""
    connection.execute(f"SET VARIABLE cutoff = DATE '{cutoff.isoformat()}'")
    yield
    connection.execute("RESET VARIABLE cutoff")

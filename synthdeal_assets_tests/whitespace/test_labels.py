"""Labels: net purchases in (cutoff, cutoff + window], for windows that the data cover, and the holdout never learnt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels

CUTOFF = dt.date(2025, 1, 10)
WINDOW = 30

SALES = """
    ('history',     -5, 'A', 100,  1, false),
    ('at cutoff',    0, 'A', 100,  1, false),
    ('first day',   -5, 'A', 100,  1, false), ('first day',  1, 'A', 100,  1, false),
    ('last day',    -5, 'A', 100,  1, false), ('last day',  30, 'A',  50,  2, false),
    ('too late',    -5, 'A', 100,  1, false), ('too late',  31, 'A', 100,  1, false),
    ('returned',    -5, 'A', 100,  1, false), ('returned',   3, 'A', 100,  1, false),
    ('returned',     9, 'A', -100, 1, true),
    ('free item',   -5, 'A', 100,  1, false), ('free item',  3, 'A',   0,  1, false),
    ('refund',      -5, 'A', 100,  1, false), ('refund',     3, 'A', -20, -1, true),
    ('entrant',     -5, 'A', 100,  1, false), ('entrant',    3, 'B',  70,  1, false),
    ('only money',  -5, 'A', 100,  1, false), ('only money', 3, 'A',  70, NULL, false),
    ('other B',     -5, 'B', 100,  1, false),
    ('newcomer',     3, 'A', 100,  1, false),
    ('the last',   -90, 'A', 100,  1, false), ('the last',  40, 'A',   1,  1, false)
"""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).connect() as connection:
        for statement in FACT_TRANSACTIONS.create_statements():
            connection.execute(statement)
        add(connection, SALES)
        build_features(connection, CUTOFF)
        yield connection


def add(connection: duckdb.DuckDBPyConnection, rows: str, *, is_holdout: bool = False) -> None:
    """Sales as (customer, days after the cutoff, division, amount, quantity, is it a return)."""
    connection.execute(
        f"""
        INSERT INTO sales.fact_transactions BY NAME
        SELECT
            'log.csv' AS source_file, row_number() OVER () AS source_row, customer AS customer_id,
            ?::DATE + days AS order_date, division AS product, division, amount, quantity, is_return, ? AS is_holdout
        FROM (VALUES {rows}) AS sales(customer, days, division, amount, quantity, is_return)
        """,
        [CUTOFF, is_holdout],
    )


def labels(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[str, float, float, bool]]:
    frame = query_frame(
        connection, "SELECT customer_id, division, population, net_amount, net_quantity, bought FROM whitespace.labels"
    )
    return {(row[0], row[1]): (row[2], row[3], row[4], row[5]) for row in frame.iter_rows()}


def test_a_window_begins_after_the_cutoff_and_ends_with_its_last_day(connection: duckdb.DuckDBPyConnection) -> None:
    rows = build_labels(connection, CUTOFF, WINDOW)

    found = labels(connection)
    assert len(found) == rows == query_frame(connection, "SELECT count(*) FROM whitespace.features").item()
    assert ("newcomer", "A") not in found
    nothing = ("existing", 0.0, 0.0, False)
    assert {customer: found[customer, "A"] for customer in ("history", "at cutoff", "too late", "the last")} == {
        "history": nothing,
        "at cutoff": nothing,
        "too late": nothing,
        "the last": nothing,
    }
    assert found["first day", "A"] == ("existing", 100.0, 1.0, True)
    assert found["last day", "A"] == ("existing", 50.0, 2.0, True)


def test_returns_are_deducted_free_items_count_and_populations_are_kept_apart(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    build_labels(connection, CUTOFF, WINDOW)

    found = labels(connection)
    assert found["returned", "A"] == ("existing", 0.0, 0.0, False)
    assert found["refund", "A"] == ("existing", -20.0, -1.0, False)
    assert found["free item", "A"] == ("existing", 0.0, 1.0, True)
    assert found["only money", "A"] == ("existing", 70.0, 0.0, True)
    assert found["entrant", "B"] == ("whitespace", 70.0, 1.0, True)
    assert found["entrant", "A"] == ("existing", 0.0, 0.0, False)


def test_a_window_that_reaches_past_the_data_has_no_labels(connection: duckdb.DuckDBPyConnection) -> None:
    assert build_labels(connection, CUTOFF, 40) is not None
    assert build_labels(connection, CUTOFF, 41) is None
    assert labels(connection) == {}


def test_holdout_rows_count_only_where_the_method_is_judged(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "('history', 3, 'A', 500, 5, false), ('history', 60, 'A', 1, 1, false)", is_holdout=True)

    assert build_labels(connection, CUTOFF, WINDOW) is not None
    assert labels(connection)["history", "A"] == ("existing", 0.0, 0.0, False)
    assert build_labels(connection, CUTOFF, 60) is None, "a window into the holdout has no labels to learn from"

    assert build_labels(connection, CUTOFF, 60, for_validation=True) is not None
    assert labels(connection)["history", "A"] == ("existing", 501.0, 6.0, True)

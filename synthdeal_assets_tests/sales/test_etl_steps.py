"""The steps that read a gathered log, each by itself: the temporary tables it leaves, and what it gives back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import create
from synthdeal_assets.sales.amount_macros import register_amount_macros
from synthdeal_assets.sales.etl.cells import read_columns
from synthdeal_assets.sales.etl.gathered_log import GatheredLog
from synthdeal_assets.sales.etl.log_descriptions import describe_products
from synthdeal_assets.sales.etl.rejections import (
    NewlyRejected,
    find_bad_cells,
    find_bad_rows,
    find_equal_rows,
    reject_early_holdout,
    require_that_most_is_understood,
)
from synthdeal_assets.sales.etl.row_keys import read_keys
from synthdeal_assets.sales.etl.transactions import fill_tables, require_transactions, shared_invoices, unpivot
from synthdeal_assets.sales.etl.wide_log import gather
from synthdeal_assets.sales.product_map.map_file import parse_product_map
from synthdeal_assets.sales.sources.sales_log import stage_frame
from synthdeal_assets.sales.tables import HOLDOUT, LOG, SALES_LOG, SALES_TABLES
from synthdeal_assets_tests.failure_codes import failing_with

WIDE = """
customer_id: Customer
order_date: Date
invoice: Invoice
products: [{product: Alpha, money: Alpha, quantity: Units}]
"""
LONG = """
customer_id: Customer
order_date: Date
layout: long
product_column: Product
division_column: Group
money_column: Alpha
"""
GOOD = {"Customer": "C1", "Date": "2024-01-31", "Invoice": "I1", "Alpha": "2.50", "Units": "1"}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA sales")
        yield connection


def gathered(
    connection: duckdb.DuckDBPyConnection,
    *rows: dict[str, str],
    product_map: str = WIDE,
    later: tuple[dict[str, str], ...] = (),
) -> GatheredLog:
    """A log of some rows, each `GOOD` but for what is told, that no step has read yet."""
    register_amount_macros(connection)
    for table in SALES_TABLES:
        if table is not SALES_LOG:
            create(connection, table)
    sources = [stage_frame(connection, pl.DataFrame([GOOD | row for row in rows]), "log.csv", LOG)]
    if later:
        sources.append(stage_frame(connection, pl.DataFrame([GOOD | row for row in later]), "later.csv", HOLDOUT))
    understood = parse_product_map(product_map, "the map")
    wide = gather(connection, sources, understood, SALES_LOG, is_proposed=False)
    return GatheredLog(connection, {table: table for table in SALES_TABLES}, wide, understood, is_proposed=False)


def temporary_tables(log: GatheredLog) -> set[str]:
    return {
        name for (name,) in log.connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    }


def rows_of(log: GatheredLog, query: str) -> list[tuple[object, ...]]:
    return log.connection.execute(query).fetchall()


def read_all_columns(log: GatheredLog) -> None:
    read_columns(log.connection, log=log.wide.table, columns=log.wide.columns, commas=())


def test_keys_are_the_customer_and_the_day_of_each_spelling(connection: duckdb.DuckDBPyConnection) -> None:
    log = gathered(connection, {}, {"Date": "31/01/2024", "Customer": " C2 "})
    keys = read_keys(log)
    assert temporary_tables(log) >= {"log_sources", "ids", "dates"}
    assert rows_of(log, "SELECT customer_id FROM ids ORDER BY ALL") == [("C1",), ("C2",)]
    assert rows_of(log, "SELECT DISTINCT order_date FROM dates") == [(dt.date(2024, 1, 31),)]
    assert "written in 2 ways" in keys.dates["log.csv"].caveats[0]


def test_rows_without_a_customer_or_a_day_are_rejected_with_the_reason(connection: duckdb.DuckDBPyConnection) -> None:
    log = gathered(connection, {}, {"Customer": ""}, {"Date": "some day"})
    read_keys(log)
    before = temporary_tables(log)
    assert find_bad_rows(log) == NewlyRejected(are_there=True)
    assert temporary_tables(log) - before == {"bad_rows"}
    assert rows_of(log, "SELECT source_row, reason, value FROM bad_rows ORDER BY ALL") == [
        (2, "no customer id", None),
        (3, "date not understood", "some day"),
    ]


def test_an_equal_row_is_rejected_only_when_an_invoice_says_that_it_is_one_sale(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    log = gathered(connection, {}, {}, {"Invoice": ""}, {"Invoice": ""})
    read_keys(log)
    assert not find_bad_rows(log).are_there
    before = temporary_tables(log)
    found = find_equal_rows(log, rows_are_rejected=False)
    assert temporary_tables(log) - before == {"equal_rows"}
    assert found.are_there
    assert [caveat.split(",")[0] for caveat in found.caveats] == [
        "1 row is equal to an earlier row in every column",
        "1 row is equal to an earlier row in every column and counted all the same",
    ]
    assert rows_of(log, "SELECT source_row, reason FROM bad_rows") == [(2, "duplicated row")]


def test_bad_cells_keep_the_units_beside_money_that_is_not_understood(connection: duckdb.DuckDBPyConnection) -> None:
    log = gathered(connection, {}, {"Alpha": "much", "Units": "3"}, {"Units": "few"})
    read_all_columns(log)
    before = temporary_tables(log)
    find_bad_cells(log, ())
    assert temporary_tables(log) - before == {"bad_cells"}
    assert rows_of(log, "SELECT source_row, stored_name, reason, value, quantity::INT FROM bad_cells ORDER BY ALL") == [
        (2, "Alpha", "money not understood", "much", 3),
        (3, "Units", "quantity not understood", "few", 0),
    ]


@pytest.mark.parametrize(("bad", "is_refused"), [(1, False), (3, True)])
def test_a_log_of_which_most_is_not_understood_is_refused_for_its_main_reason(
    connection: duckdb.DuckDBPyConnection, bad: int, is_refused: bool
) -> None:
    log = gathered(connection, {}, {}, *[{"Alpha": "much"}] * bad)
    read_keys(log)
    find_bad_rows(log)
    read_all_columns(log)
    find_bad_cells(log, ())
    if is_refused:
        with failing_with("sales-log.mostly-rejected", naming=r"3 of 5 rows .*'money not understood' .*'Alpha'"):
            require_that_most_is_understood(log)
    else:
        require_that_most_is_understood(log)


def test_products_of_a_long_log_are_those_that_its_lines_name(connection: duckdb.DuckDBPyConnection) -> None:
    first, second = ({"Product": "Mug", "Group": group} for group in ("Kitchen", "Office"))
    log = gathered(connection, first, first, second, {"Product": "", "Group": ""}, product_map=LONG)
    (caveat,) = describe_products(log)
    assert caveat.startswith("1 product appears under several divisions")
    assert temporary_tables(log) >= {"long_products"}
    assert rows_of(log, "SELECT product, division FROM sales.product_map ORDER BY ALL") == [
        ("(no product)", "(no product)"),
        ("Mug", "Kitchen"),
    ]


def test_the_unpivot_leaves_out_what_is_worth_nothing_or_rejected(connection: duckdb.DuckDBPyConnection) -> None:
    log = gathered(connection, {}, {"Alpha": "", "Units": "0"}, {"Customer": ""}, {"Alpha": "(3.60)", "Units": ""})
    read_keys(log)
    rejected = find_bad_rows(log).are_there
    read_all_columns(log)
    unpivot(log, (), rows_are_rejected=rejected)
    assert rows_of(log, f"SELECT source_row, amount::DOUBLE, is_return FROM {log.fact} ORDER BY ALL") == [
        (1, 2.5, False),
        (4, -3.6, True),
    ]
    require_transactions(log)
    log.connection.execute(f"DELETE FROM {log.fact}")
    with failing_with("sales-log.no-usable-row"):
        require_transactions(log)


def test_rows_of_the_holdout_that_the_log_covers_are_taken_out_again(connection: duckdb.DuckDBPyConnection) -> None:
    early, late = {"Date": "2024-01-31", "Invoice": "I2"}, {"Date": "2024-02-01", "Invoice": "I3"}
    log = gathered(connection, {}, later=(early, late))
    read_keys(log)
    find_bad_rows(log)
    read_all_columns(log)
    unpivot(log, (), rows_are_rejected=False)
    found = reject_early_holdout(log, rows_are_rejected=False)
    assert found.are_there
    assert found.caveats[0].startswith("1 holdout row is dated 2024-01-31 or earlier")
    assert rows_of(log, f"SELECT invoice FROM {log.fact} ORDER BY ALL") == [("I1",), ("I3",)]
    assert rows_of(log, "SELECT source_file, source_row FROM bad_rows") == [("later.csv", 1)]


def test_an_invoice_of_two_customers_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    log = gathered(connection, {}, {"Customer": "C2"})
    read_keys(log)
    find_bad_rows(log)
    read_all_columns(log)
    unpivot(log, (), rows_are_rejected=False)
    assert shared_invoices(log) == ("1 invoice number stands with several customers: each row counts for its own.",)


def test_all_steps_in_their_order_fill_every_table(connection: duckdb.DuckDBPyConnection) -> None:
    log = gathered(connection, {}, {"Invoice": "I2"}, {"Customer": ""}, {"Alpha": "much"})
    log.connection.execute("CREATE TEMP TABLE lines_that_are_no_rows (source_file VARCHAR, line BIGINT, text VARCHAR)")
    fill_tables(log)
    filled = {table.name: rows_of(log, f"SELECT count(*) FROM {table.qualified_name}")[0][0] for table in SALES_TABLES}
    assert all(filled.values()), filled
    assert rows_of(log, "SELECT reason FROM sales.rejected_rows ORDER BY source_row") == [
        ("no customer id",),
        ("money not understood",),
    ]

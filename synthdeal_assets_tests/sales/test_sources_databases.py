"""A sales log in a database: PostgreSQL and SQLite as they are, the rest by its address."""

from __future__ import annotations

import datetime as dt
import sqlite3
import traceback
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest

from synthdeal_assets.sales.sources.databases import named_table
from synthdeal_assets.sales.sources.sales_log import StagedSource, stage_sources
from synthdeal_assets.sales.tables import LOG
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.postgres import DATABASE, PASSWORD, USER, address, running_postgres

ROWS = 41_000
"""More than two of the pieces that are read at once."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with a shop, a table of odd values, an endless view, and a user who may read next to nothing."""
    with running_postgres() as port:
        with psycopg.connect(
            host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname=DATABASE, autocommit=True
        ) as connection:
            connection.execute(
                f"""
                CREATE SCHEMA dwh;
                CREATE TABLE dwh.sales_log (
                    row_id bigint PRIMARY KEY, "Customer ID" text, ordered_at timestamptz, order_day date,
                    money numeric(12, 2), free_money numeric, dollars money, seats integer, share double precision,
                    is_paid boolean, "100% :odd ""name"" x" text
                );
                INSERT INTO dwh.sales_log
                SELECT i, 'C' || i % 100, '2024-01-01 23:30:00+00', date '2024-01-01' + i % 300, i / 100.0, i / 1000.0,
                    (i / 100.0)::numeric::money, i % 7, 0.5, true, CASE WHEN i % 2 = 0 THEN 'a;b' END
                FROM generate_series({ROWS}, 1, -1) AS i;
                CREATE TABLE odd (id integer, day date, money numeric(10, 2));
                INSERT INTO odd VALUES (1, '2024-01-01', 'NaN');
                CREATE VIEW endless AS
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n;
                CREATE ROLE guest LOGIN PASSWORD 'guest-word';
                """
            )
        yield port


def staged(
    text: str, table: str | None = None, first: int | None = None
) -> tuple[duckdb.DuckDBPyConnection, StagedSource]:
    connection = duckdb.connect()
    (source,) = stage_sources(connection, text, LOG, database_table=table, first=first)
    return connection, source


def refusal(code: str, text: str, table: str | None = None) -> str:
    with failing_with(code) as caught:
        staged(text, table)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_a_table_of_postgres_is_staged_in_the_order_of_its_key_with_the_types_it_has(port: int) -> None:
    connection, source = staged(address(port), "dwh.sales_log")
    assert source.row_count == ROWS
    assert source.source_file == f"postgresql://127.0.0.1:{port}/{DATABASE}::dwh.sales_log"
    assert dict(source.columns) == {
        "row_id": "BIGINT",
        "Customer ID": "VARCHAR",
        "ordered_at": "TIMESTAMP",
        "order_day": "DATE",
        "money": "DECIMAL(12,2)",
        "free_money": "VARCHAR",
        "dollars": "VARCHAR",
        "seats": "BIGINT",
        "share": "DOUBLE",
        "is_paid": "BOOLEAN",
        '100% :odd "name" x': "VARCHAR",
    }
    assert connection.execute(
        f"SELECT count(*), sum(money), sum(free_money::DECIMAL(18, 4)), bool_and(_source_row = row_id) "
        f"FROM {source.table}"
    ).fetchone() == (ROWS, Decimal("8405205.00"), Decimal("840520.5000"), True)
    assert connection.execute(f"SELECT * FROM {source.table} WHERE _source_row = 4242").fetchone() == (
        4242,
        "C42",
        dt.datetime(2024, 1, 1, 23, 30),
        dt.date(2024, 2, 12),
        Decimal("42.42"),
        "4.2420000000000000",
        "$42.42",
        0,
        0.5,
        True,
        "a;b",
        4242,
    )
    assert source.caveats == ()


def test_the_same_rows_have_the_same_fingerprint_and_others_have_not(port: int) -> None:
    _, one = staged(f"{address(port)}::dwh.sales_log", first=300)
    _, again = staged(f"{address(port)}::dwh.sales_log", first=300)
    _, part = staged(f"{address(port)}::dwh.sales_log", first=100)
    assert one.fingerprint == again.fingerprint != part.fingerprint


def test_rows_are_streamed_so_that_a_view_without_an_end_can_be_looked_at(port: int) -> None:
    _, source = staged(f"{address(port)}?options=-c%20statement_timeout%3D20000", "endless", first=5)
    assert source.row_count == 5
    assert "no primary key" in source.caveats[0]


def test_a_refused_login_says_so_without_the_password(port: int) -> None:
    wrong = PASSWORD + "x"
    with failing_with("database.login-refused") as caught:
        staged(address(port, password=wrong), "dwh.sales_log")
    assert wrong not in "".join(traceback.format_exception(caught.value))


def test_a_table_that_is_not_there_or_not_named_is_answered_with_those_that_are(port: int) -> None:
    assert "it has " in refusal("database.no-such-table", address(port), "sales")
    assert "dwh.sales_log" in refusal("database.no-such-table", address(port), "sales")
    assert "endless" in refusal("database.no-table-named", address(port))


def test_a_table_that_the_user_may_not_read_says_so(port: int) -> None:
    refusal("database.not-permitted", address(port, user="guest", password="guest-word"), "odd")  # noqa: S106


def test_a_value_that_fits_no_type_is_named_with_its_column(port: int) -> None:
    assert "column 'money'" in refusal("database.value-of-other-type", address(port), "odd")


def test_a_server_that_does_not_answer_says_so() -> None:
    refusal("database.unreachable", address(9), "sales")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "sales log" (cust INTEGER, day DATE, money REAL, note TEXT)')
        connection.executemany(
            'INSERT INTO "sales log" VALUES (?, ?, ?, ?)',
            [(1, "01/02/2024", 19.99, "$1"), ("A-7", "2024-02-30", "($3.60)", None), (None, None, 5, b"\xff")],
        )
    connection.close()
    return path


def test_a_table_of_sqlite_is_staged_as_text_for_its_columns_hold_anything(shop: Path) -> None:
    connection, source = staged(f"sqlite:///{shop}", "sales log")
    assert source.columns == tuple((name, "VARCHAR") for name in ("cust", "day", "money", "note"))
    assert connection.execute(f"SELECT * FROM {source.table}").fetchall() == [
        ("1", "01/02/2024", "19.99", "$1", 1),
        ("A-7", "2024-02-30", "($3.60)", None, 2),
        (None, None, "5.0", "\ufffd", 3),
    ]
    assert any("no primary key" in caveat for caveat in source.caveats)


def test_sqlite_makes_no_file_for_a_path_that_is_wrong(tmp_path: Path) -> None:
    refusal("database.sqlite-file-missing", f"sqlite:///{tmp_path}/nothing.db", "t")
    assert not (tmp_path / "nothing.db").exists()


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"no database at all, " * 100)
    refusal("database.not-sqlite", f"sqlite:///{tmp_path}/shop.db", "t")
    assert f"sqlite:///{tmp_path}/shop.db" in refusal("sales-log.database-as-file", str(tmp_path / "shop.db"))


def test_a_driver_that_is_not_there_is_named_with_what_to_install() -> None:
    assert "pip install 'oracledb'" in refusal(
        "database.package-missing", "oracle+oracledb://me:geheim@1:2/3@host/db", "t"
    )
    refusal("database.unknown-kind", "fancydb://host/db", "t")
    refusal("sales-log.web-address", "https://example.com/sales.csv")


@pytest.mark.parametrize(
    "text",
    [
        "mssql+pyodbc:///?odbc_connect=Driver%3D%7Bx%7D%3BServer%3Dtcp%3Asrv%2C1433%3BDatabase%3Dshop%3BPwd%3Dgeheim",
        "mssql+pyodbc:///?odbc_connect=Driver={ODBC Driver 18};Server=tcp:srv,1433;Database=shop;Uid=me;Pwd=geheim",
    ],
)
def test_azure_sql_by_odbc_connection_string_shows_server_and_database_and_no_password(text: str) -> None:
    table = named_table(text, "dbo.sales_log")
    assert table.shown == "mssql://srv,1433/shop::dbo.sales_log"
    assert "heim" not in repr(table)


def test_an_odbc_connection_string_is_one_source_although_it_has_semicolons(tmp_path: Path) -> None:
    address_of_azure = "mssql+pyodbc:///?odbc_connect=Driver={x};Server=srv;Database=shop;UID=me;PWD=geheim"
    with failing_with("sales-log.missing") as caught:
        staged(f"{address_of_azure};{tmp_path}/nothing.csv", "dbo.sales_log")
    assert "geheim" not in str(caught.value)

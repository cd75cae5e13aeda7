"""Features: each is what its description says, from nothing later than the cutoff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, in_transaction, limit_memory, query_frame
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.features import build_features, put_in_place, worked_out
from synthdeal_assets.whitespace.tables import FEATURES
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.pandas_features import pandas_features
from synthdeal_assets_tests.whitespace.shop import fill_shop

CUTOFF = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("shop") / "warehouse.duckdb"))
    fill_shop(warehouse, customers=120, divisions=4, holdout_days=90)
    with warehouse.connect() as connection:
        # What real logs have: invoices without a number, units not counted, a return of a positive count, a customer
        # who only ever returned, an invoice over two divisions, two products and an invoice number twice.
        connection.execute("UPDATE sales.fact_transactions SET invoice = NULL WHERE source_row % 11 = 0")
        connection.execute("UPDATE sales.fact_transactions SET quantity = NULL WHERE source_row % 13 = 0")
        connection.execute("UPDATE sales.fact_transactions SET quantity = 3 WHERE is_return AND source_row % 2 = 0")
        connection.execute(
            "UPDATE sales.fact_transactions SET is_return = true, amount = -abs(amount) WHERE customer_id = 'C0007'"
        )
        connection.execute(
            "INSERT INTO sales.fact_transactions SELECT * REPLACE (source_row + 100000 AS source_row, "
            "'Backup' AS division, 'Backup Pro' AS product) FROM sales.fact_transactions WHERE source_row % 17 = 0"
        )
        connection.execute(
            "INSERT INTO sales.fact_transactions SELECT * REPLACE (source_row + 200000 AS source_row, "
            "order_date - 40 AS order_date) FROM sales.fact_transactions WHERE source_row % 19 = 0"
        )
    return warehouse


@pytest.fixture
def connection(shop: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with shop.connect() as connection:
        connection.begin()
        yield connection
        connection.rollback()


def features_at(connection: duckdb.DuckDBPyConnection, cutoff: dt.date = CUTOFF) -> pl.DataFrame:
    build_features(connection, cutoff)
    return query_frame(
        connection,
        f"SELECT * FROM {FEATURES.qualified_name} WHERE cutoff_date = ? ORDER BY customer_id, division",
        [cutoff],
    )


@pytest.mark.parametrize("cutoff", [CUTOFF, dt.date(2023, 11, 1), dt.date(2026, 3, 1)])
def test_every_feature_is_what_pandas_makes_of_its_description(
    connection: duckdb.DuckDBPyConnection, cutoff: dt.date
) -> None:
    log = query_frame(
        connection,
        "SELECT * REPLACE (amount::DOUBLE AS amount, quantity::DOUBLE AS quantity) FROM sales.fact_transactions",
    ).to_pandas()
    log["order_date"] = pd.to_datetime(log.order_date)
    found = features_at(connection, cutoff).to_pandas().set_index(["customer_id", "division"])

    expected = pandas_features(log, cutoff)

    assert len(found) >= 100
    # Decayed money is rounded to a hundredth of a cent an invoice, lift to six places.
    decayed = ["decayed_amount", "customer_decayed_amount"]
    for columns, tolerance in ((decayed, 1e-2), (expected.columns.drop(decayed), 1e-6)):
        pd.testing.assert_frame_equal(
            found[list(columns)], expected[list(columns)], check_dtype=False, rtol=1e-6, atol=tolerance
        )


def test_who_only_returned_something_has_bought_it_before(connection: duckdb.DuckDBPyConnection) -> None:
    features = features_at(connection)
    returned = features.filter(pl.col("amount_total") < 0, pl.col("orders_total") == 0)
    assert returned["tenure_days"].is_null().all()
    assert returned["population"].to_list() == ["existing"] * returned.height
    assert returned.height > 0
    assert "C0007" not in features["customer_id"]


def test_the_same_log_in_another_order_and_on_other_threads_gives_the_same_features_to_the_bit(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    first = features_at(connection)
    connection.execute(
        "CREATE OR REPLACE TABLE sales.fact_transactions AS FROM sales.fact_transactions ORDER BY hash(source_row)"
    )
    connection.execute("SET threads = 1")
    second = features_at(connection)
    connection.execute("SET threads = 2")

    assert first.equals(second)


def test_a_division_that_nobody_has_bought_from_yet_is_not_known(connection: duckdb.DuckDBPyConnection) -> None:
    first_sale = query_frame(
        connection, "SELECT min(order_date) FROM sales.fact_transactions WHERE division = 'Design'"
    ).item()
    connection.execute("DELETE FROM sales.fact_transactions WHERE order_date < ?", [first_sale - dt.timedelta(days=60)])

    before = features_at(connection, first_sale - dt.timedelta(days=1))
    after = features_at(connection, first_sale)

    assert "Design" not in before["division"]
    assert "Design" in after["division"]


def test_building_again_replaces_the_rows_of_that_cutoff_alone(connection: duckdb.DuckDBPyConnection) -> None:
    features_at(connection)
    earlier = features_at(connection, dt.date(2024, 6, 30)).height
    connection.execute("DELETE FROM sales.fact_transactions WHERE customer_id = 'C0001'")

    again = features_at(connection)

    assert "C0001" not in again["customer_id"]
    counts = query_frame(connection, "SELECT cutoff_date, count(*) FROM whitespace.features GROUP BY ALL ORDER BY ALL")
    assert counts.rows() == [(dt.date(2024, 6, 30), earlier), (CUTOFF, again.height)]


def test_a_cutoff_before_the_log_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with failing_with("whitespace.no-sales-by-cutoff", naming="2001-01-01"):
        build_features(connection, dt.date(2001, 1, 1))


@pytest.mark.slow
def test_features_that_do_not_fit_into_memory_are_worked_out_on_disk_and_are_the_same(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, duckdb_memory_gb=0.4)
    warehouse = Warehouse.of(settings)
    sums = []
    with warehouse.transaction() as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute(
            """
            CREATE TABLE sales.fact_transactions AS
            SELECT
                'C' || hash(i, 'c') % 60000 AS customer_id,
                DATE '2022-01-01' + (hash(i, 'd') % 1000)::INTEGER AS order_date,
                'I' || i // 2 AS invoice,
                'P' || hash(i, 'p') % 20 AS product,
                'D' || hash(i, 'p') % 10 AS division,
                (hash(i, 'm') % 90000 / 100)::DECIMAL(18, 4) AS amount,
                1::DECIMAL(18, 4) AS quantity,
                false AS is_return,
                false AS is_holdout
            FROM range(3000000) AS rows(i)
            """
        )
    for is_bounded in (False, True):
        with warehouse.connect() as connection:
            if is_bounded:
                limit_memory(connection, settings)
            with worked_out(connection, dt.date(2024, 6, 30)), in_transaction(connection):
                put_in_place(connection, dt.date(2024, 6, 30))
                on_disk = connection.execute("SELECT coalesce(sum(size), 0) FROM duckdb_temporary_files()").fetchall()
            sums.append(
                connection.execute(
                    "SELECT count(*), sum(hash(kept)::HUGEINT) FROM whitespace.features AS kept"
                ).fetchall()
            )
            connection.execute("DROP TABLE whitespace.features")
    assert sums[0] == sums[1]
    assert sums[0][0][0] == 600_000
    assert on_disk[0][0] > 0, "with so little memory something must have gone to disk"

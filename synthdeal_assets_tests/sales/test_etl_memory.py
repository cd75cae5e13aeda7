"""What is remembered of a sales log, and what happens to what was built from an earlier one."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.foundation.room import DerivedTables
from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.sales.etl.etl import refill_sales
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import MAP, Shop, lines

LOG = lines("A,2024-01-02,I1,5,1,,", "B,2024-01-03,I2,6,1,,")
LATER = lines("A,2024-02-02,I3,7,1,,")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_without_being_told_the_same_files_map_and_holdout_are_read_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.folder)
    shop.write("log.csv", LOG)
    shop.write("later.csv", LATER)
    shop.read(sales_log="log.csv", sales_holdout="later.csv")
    shop.write("log.csv", LOG + "C,2024-01-04,I4,8,1,,\n")
    monkeypatch.chdir("/")
    again = refill_sales(shop.warehouse, shop.settings())
    assert (again.transactions, again.holdout_transactions, again.is_new, again.is_proposed) == (3, 1, True, False)
    forgotten = refill_sales(shop.warehouse, shop.settings(sales_holdout="none"))
    assert (forgotten.transactions, forgotten.holdout_transactions, forgotten.is_new) == (3, 0, False)


def test_a_remembered_file_that_has_gone_leaves_the_log_as_it_is(shop: Shop) -> None:
    shop.read({"log.csv": LOG})
    (shop.folder / "log.csv").unlink()
    summary = refill_sales(shop.warehouse, shop.settings())
    assert summary.transactions == 2
    assert summary.kept_because is not None
    assert "cannot be read again: There is no file" in summary.kept_because
    with failing_with("sales-log.missing"):
        refill_sales(shop.warehouse, shop.settings(sales_log=str(shop.folder / "log.csv")))
    assert len(shop.facts()) == 2


def address_with_a_password(folder: Path, date: str) -> str:
    """A database with a table `log` of one sale: SQLite asks for no password, and an address may hold one yet."""
    database = folder / "shop.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE log (Customer, Date, Invoice, Alpha, Alpha_Qty, Beta, Beta_Qty)")
        connection.execute("INSERT INTO log VALUES ('A', ?, 'I1', 5, 1, NULL, NULL)", [date])
    return f"sqlite:///file:{database}?uri=true&mode=ro&password=hunter2secret"


def test_a_password_is_never_remembered(shop: Shop) -> None:
    shop.read(sales_log=address_with_a_password(shop.folder, "2024-01-02"), sales_log_table="log")
    assert "hunter2secret" not in (shop.folder / "home" / "warehouse.duckdb").read_bytes().decode("latin-1")
    summary = refill_sales(shop.warehouse, shop.settings())
    assert summary.transactions == 1
    assert summary.kept_because is not None
    assert "--sales-log is given again" in summary.kept_because
    same_map = shop.folder / "map.yaml"
    assert refill_sales(shop.warehouse, shop.settings(product_map=same_map)).kept_because == summary.kept_because
    with failing_with("sales-log.password-missing", naming="--sales-log .*--holdout"):
        refill_sales(shop.warehouse, shop.settings(sales_holdout=str(shop.write("later.csv", LATER))))
    with failing_with("sales-log.password-missing", naming="--sales-log .*--product-map"):
        refill_sales(
            shop.warehouse,
            shop.settings(product_map=shop.write("other.yaml", MAP.replace("product: Alpha", "product: Gamma"))),
        )


def test_a_holdout_whose_password_is_not_kept_is_not_lost_without_a_word(shop: Shop) -> None:
    address = address_with_a_password(shop.folder, "2024-02-02")
    shop.read({"log.csv": LOG}, sales_holdout=address, sales_log_table="log")
    summary = refill_sales(shop.warehouse, shop.settings())
    assert summary.holdout_transactions == 1
    assert summary.kept_because is not None
    assert "--holdout is given again" in summary.kept_because
    log = str(shop.folder / "log.csv")
    with failing_with("sales-log.password-missing", naming="--holdout .*--sales-log"):
        refill_sales(shop.warehouse, shop.settings(sales_log=log))
    without = refill_sales(shop.warehouse, shop.settings(sales_log=log, sales_holdout="none"))
    assert (without.transactions, without.holdout_transactions) == (2, 0)


def test_what_was_built_from_another_log_is_dropped_with_it_but_not_for_a_holdout(shop: Shop) -> None:
    features = Table("whitespace", "features", "Built.", (Column("feature", "INTEGER", "A feature."),), ("feature",))
    never_made = dataclasses.replace(features, name="labels")
    shop.built = DerivedTables((features, never_made))
    shop.read({"log.csv": LOG})
    shop.warehouse.replace({features: pl.DataFrame({"feature": [1]}, schema=features.polars_schema)})
    shop.read({"log.csv": LOG, "later.csv": LATER})
    assert shop.query("FROM whitespace.features") == [(1,)]
    with failing_with("sales-log.mostly-rejected"):
        shop.read({"log.csv": LOG.replace("2024-01-0", "soon")})
    assert shop.query("FROM whitespace.features") == [(1,)]
    shop.read({"log.csv": LOG.replace(",5,1", ",5.01,1")})
    assert shop.query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'whitespace'") == [(0,)]


def test_another_log_is_not_read_by_a_map_that_was_proposed_for_the_first(shop: Shop) -> None:
    shop.read({"log.csv": LOG}, product_map=None)
    other = lines("A,2024-01-02,3,1", "B,2024-01-03,4,2", header="Client,Day,Gamma,Gamma_Qty")
    shop.read({"log.csv": LOG}, product_map=None)
    summary = refill_sales(shop.warehouse, shop.settings(sales_log=str(shop.write("other.csv", other))))
    assert (summary.is_proposed, summary.transactions) == (True, 2)
    assert shop.query("SELECT product FROM sales.product_map") == [("Gamma",)]


def test_a_real_log_is_not_read_by_the_map_of_the_synthetic_one(shop: Shop) -> None:
    shop.read({"log.csv": LOG})
    with shop.warehouse.transaction() as connection:  # as a run without any log leaves it
        connection.execute("UPDATE ops.remembered_sales_log SET sales_log = 'synthetic'")
    other = lines("A,2024-01-02,3,1", "B,2024-01-03,4,2", header="Client,Day,Gamma,Gamma_Qty")
    summary = refill_sales(shop.warehouse, shop.settings(sales_log=str(shop.write("other.csv", other))))
    assert (summary.is_proposed, summary.transactions) == (True, 2)


def test_a_map_that_was_written_is_remembered_for_the_same_log(shop: Shop) -> None:
    shop.read({"log.csv": LOG}, product_map=MAP.replace("product: Alpha", "product: My own name"))
    shop.read({"log.csv": LOG}, product_map=None)
    assert shop.query("SELECT product, is_proposed FROM sales.product_map ORDER BY 1") == [
        ("Beta", False),
        ("My own name", False),
    ]

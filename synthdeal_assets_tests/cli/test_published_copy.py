"""After every run readers find a copy of the warehouse of their own, whole, with wide views, and in nobody's way."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from synthdeal_assets.cli.followed_run import publish_or_warn
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.mart import DEALS, WHITESPACE
from synthdeal_assets.orchestration.published_copy import publish, published_copy
from synthdeal_assets.orchestration.sensors import record_finished_runs_sensor
from synthdeal_assets.sales.tables import LOG_FILES
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.tables import CUTOFFS, WHITESPACE_LIST
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets_tests.cli.conftest import Synthdeal
from synthdeal_assets_tests.failure_codes import failing_with

DAY = dt.date(2026, 6, 30)
FILLING = {
    "VARCHAR": "",
    "DOUBLE": 0.0,
    "BIGINT": 1,
    "BOOLEAN": False,
    "DATE": DAY,
    "TIMESTAMP": dt.datetime(2026, 6, 30),
}

OF_ALL_TABLES = "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
OF_ALL_COLUMNS = (
    "SELECT columns.schema_name, columns.table_name, column_name, data_type, columns.comment "
    "FROM duckdb_columns() AS columns SEMI JOIN duckdb_tables() USING (schema_name, table_name) ORDER BY ALL"
)
READER = """
import duckdb, sys
copy = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(copy.sql("SELECT value FROM crm.notes").fetchone()[0], flush=True)
"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse with one value in it."""
    warehouse = Warehouse(database=str(tmp_path / "house" / "warehouse.duckdb"))
    change(warehouse, "first")
    return warehouse


def change(warehouse: Warehouse, value: str) -> None:
    with warehouse.transaction() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS crm")
        connection.execute("CREATE OR REPLACE TABLE crm.notes AS SELECT ? AS value", [value])


def frame_of(table: Table, *rows: dict[str, object]) -> pl.DataFrame:
    """Rows of a table in which only what matters is given."""
    filling = {column.name: FILLING[column.type] for column in table.columns}
    return pl.DataFrame([filling | row for row in rows], table.polars_schema)


def read(copy: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(copy), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_after_a_run_the_copy_has_every_table_with_its_rows_and_comments(
    first_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, home = first_run
    copy = home / "published" / "synthdeal.duckdb"

    assert f"Tables: {copy}" in done.stdout.splitlines()[-2]
    origin = home / "warehouse.duckdb"
    tables = read(copy, OF_ALL_TABLES)
    assert tables == read(origin, OF_ALL_TABLES)
    names = {f"{schema}.{table}" for schema, table, _ in tables}
    assert {"crm.opportunities", "scoring.opportunity_scores", "ops.runs"} <= names
    for name in names:
        everything = f"SELECT rows FROM {name} AS rows ORDER BY ALL"
        assert read(copy, everything) == read(origin, everything), name
    assert read(copy, OF_ALL_COLUMNS) == read(origin, OF_ALL_COLUMNS)


def test_the_copy_is_for_its_owner_and_for_reading_only(warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
    copy = publish(instance, warehouse)

    assert copy is not None
    assert stat.S_IMODE(copy.stat().st_mode) == 0o400
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_a_deal_has_its_account_owner_score_and_flags_in_one_row(home: Path) -> None:
    copy = published_copy(home / "warehouse.duckdb")
    columns = "opportunity_id, name, account, owner, product, score, is_won"
    expected = """
        SELECT deal.opportunity_id, deal.name, account.name, seller.name, product.name, judged.score, deal.is_won
        FROM crm.opportunities deal JOIN crm.accounts account USING (account_id)
        JOIN crm.users seller ON seller.user_id = deal.owner_id JOIN crm.products product USING (product_id)
        LEFT JOIN scoring.opportunity_scores judged USING (opportunity_id) ORDER BY ALL
    """

    assert read(copy, f"SELECT {columns} FROM mart.deals ORDER BY ALL") == read(copy, expected)
    # Whoever takes a deal over does so on the first day in the team.
    since = """
        SELECT opportunity_id, greatest(created_date, hired_date)
        FROM crm.opportunities JOIN crm.users ON user_id = owner_id ORDER BY ALL
    """
    assert read(copy, "SELECT opportunity_id, owner_since FROM mart.deals ORDER BY ALL") == read(copy, since)
    for flag, figure in (("is_at_risk", "flags.deals"), ("is_overdue", "recommendation.overdue.deals")):
        without_renewals = f"SELECT count(*) FILTER ({flag}) FROM mart.deals WHERE type != '{RENEWAL}'"
        counted = f"SELECT value FROM report.figures WHERE figure_id = '{figure}'"
        assert read(copy, without_renewals) == read(copy, counted), flag
    of_closed = read(copy, "SELECT count(*) > 0, count(is_at_risk), count(has_slipped) FROM mart.deals WHERE is_closed")
    assert of_closed == [(True, 0, 0)]


def test_the_views_are_as_they_are_described(home: Path, warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
    published = read(
        published_copy(home / "warehouse.duckdb"),
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'mart' ORDER BY column_index",
    )

    assert published == [(c.name, c.type, c.comment) for c in DEALS.table.columns]
    assert publish(instance, warehouse) is not None
    assert read(published_copy(warehouse.path), "SELECT * FROM duckdb_views() WHERE schema_name = 'mart'") == []


def test_the_whitespace_view_has_the_current_list_and_says_whether_it_is_synthetic(
    warehouse: Warehouse, instance: dg.DagsterInstance
) -> None:
    before = DAY - dt.timedelta(90)
    for kind in ("synthetic", "file"):
        warehouse.replace(
            {
                WHITESPACE_LIST: frame_of(
                    WHITESPACE_LIST,
                    {"is_current": True, "customer_id": "C1", "reasons": "why"},
                    {"cutoff_date": before, "customer_id": "C2"},
                ),
                CUTOFFS: frame_of(CUTOFFS, {"window_end": dt.date(2026, 9, 28)}, {"cutoff_date": before}),
                LOG_FILES: frame_of(LOG_FILES, {"source_kind": kind}),
            }
        )
        copy = publish(instance, warehouse)
        assert copy is not None
        assert read(copy, "SELECT customer_id, reasons, window_end, is_synthetic FROM mart.whitespace") == [
            ("C1", "why", dt.date(2026, 9, 28), kind == "synthetic")
        ]
    event = instance.get_latest_materialization_event(dg.AssetKey(WHITESPACE.table.key))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["dagster/row_count"].value == 1


def test_a_reader_keeps_its_old_copy_while_a_new_one_is_published(
    warehouse: Warehouse, instance: dg.DagsterInstance
) -> None:
    copy = publish(instance, warehouse)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(copy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "first\n"
        change(warehouse, "second")
        assert publish(instance, warehouse) == copy
        said, _ = reader.communicate("\n")

    assert said == "first\n"
    assert copy is not None
    assert read(copy, "FROM crm.notes") == [("second",)]


def test_nothing_is_published_twice(warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
    copy = publish(instance, warehouse)
    warehouse.read("FROM crm.notes")

    assert publish(instance, warehouse) is None
    change(warehouse, "second")
    assert publish(instance, warehouse) == copy


def test_a_crash_in_the_middle_leaves_the_old_copy_and_the_next_one_clears_up(
    warehouse: Warehouse, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = publish(instance, warehouse)
    assert copy is not None
    change(warehouse, "second")
    with monkeypatch.context() as crash:

        def cut(_source: object, target: object, _length: int) -> None:
            target.write(b"half")  # type: ignore[attr-defined]
            raise KeyboardInterrupt

        crash.setattr(shutil, "copyfileobj", cut)
        with pytest.raises(KeyboardInterrupt):
            publish(instance, warehouse)
    assert read(copy, "FROM crm.notes") == [("first",)]

    (copy.parent / f".{copy.name}.1-1.partial").write_bytes(b"half")
    (copy.parent / f".{copy.name}.1-1.partial.wal").write_bytes(b"half")
    publish(instance, warehouse)
    assert read(copy, "FROM crm.notes") == [("second",)]
    assert list(copy.parent.iterdir()) == [copy]


def test_a_copy_that_cannot_be_made_is_a_warning_and_costs_no_run(
    warehouse: Warehouse, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    published_copy(warehouse.path).parent.write_text("a file where the folder should be")

    with failing_with("publish.cannot-write"):
        publish(instance, warehouse)
    publish_or_warn(Settings(home=warehouse.path.parent), instance)

    assert "The copy for readers cannot be written" in capsys.readouterr().err


def test_a_warehouse_restored_from_the_copy_is_published_again(
    home: Path, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    restored = Warehouse(database=str(tmp_path / "restored" / "warehouse.duckdb"))
    restored.path.parent.mkdir()
    shutil.copyfile(published_copy(home / "warehouse.duckdb"), restored.path)
    deals = read(restored.path, "SELECT count(*) FROM mart.deals")

    copy = publish(instance, restored)
    assert copy is not None
    assert read(copy, "SELECT count(*) FROM mart.deals") == deals

    with restored.transaction() as connection:
        connection.execute("DROP TABLE scoring.flags")
    assert publish(instance, restored) == copy
    assert read(copy, "SELECT view_name FROM duckdb_views() WHERE view_name = 'deals'") == []


def test_nights_publish_too(warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
    with dg.build_sensor_context(instance=instance, resources={"warehouse": warehouse}) as context:
        said = record_finished_runs_sensor(context)

    assert isinstance(said, dg.SkipReason)
    assert f"Published {published_copy(warehouse.path)}" in str(said.skip_message)


def test_a_home_without_a_warehouse_publishes_nothing(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    assert publish(instance, Warehouse(database=str(tmp_path / "none" / "warehouse.duckdb"))) is None
    assert not (tmp_path / "none").exists()


def test_info_names_the_copy(synthdeal: Synthdeal, home: Path) -> None:
    assert str(published_copy(home / "warehouse.duckdb")) in synthdeal("info", "--home", home).stdout

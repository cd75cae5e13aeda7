"""The warehouse: whole or not at all, one holder at a time, and clear words when it cannot be had."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse import warehouse as warehouse_module
from synthdeal_assets.foundation.warehouse.migrations import SCHEMA_VERSION
from synthdeal_assets.foundation.warehouse.tables import POLARS_TYPES, Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert, limit_memory, query_frame, registered
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.failure_codes import failing_with

DEALS = Table(
    schema="crm",
    name="deals",
    comment="One row per deal, the seller's own.",
    columns=(
        Column("deal_id", "VARCHAR", "Id of the deal."),
        Column("amount", "DOUBLE", "Amount in USD.", nullable=True),
        Column("closed_at", "TIMESTAMP", "When it closed, UTC.", nullable=True),
    ),
    primary_key=("deal_id",),
)
STAGES = Table(
    schema="crm",
    name="stages",
    comment="One row per deal and step.",
    columns=(Column("deal_id", "VARCHAR", "The deal."), Column("step", "INTEGER", "Number of the step.")),
    primary_key=("deal_id", "step"),
)

HOLDER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("holding", flush=True)
time.sleep(float(sys.argv[2]))
"""

KILLED_WRITER = """
import os, signal, sys
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert
from synthdeal_assets_tests.foundation.test_warehouse import DEALS, deals

with Warehouse(database=sys.argv[1]).swap_in([DEALS]) as (connection, incoming):
    insert(connection, incoming[DEALS], deals({f"new {number}": 1.0 for number in range(50_000)}))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def deals(amounts: dict[str, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"deal_id": list(amounts), "amount": list(amounts.values()), "closed_at": None},
        schema=DEALS.polars_schema,
    )


def amounts(warehouse: Warehouse) -> dict[str, float | None]:
    return dict(warehouse.read_table(DEALS).select("deal_id", "amount").iter_rows())


def table_names(warehouse: Warehouse) -> set[str]:
    """Every table of schema crm, those that are being filled included."""
    tables = warehouse.read("SELECT table_name FROM information_schema.tables WHERE table_schema = 'crm'")
    return set(tables["table_name"])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "home" / "warehouse.duckdb"), lock_timeout=0.5)


@contextmanager
def held(warehouse: Warehouse, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the file for so long, or until the block ends."""
    warehouse.replace({DEALS: deals({"A": 1.0})})
    command = [sys.executable, "-c", HOLDER, str(warehouse.path), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_what_is_written_is_read_back_in_the_order_of_the_primary_key(warehouse: Warehouse) -> None:
    frame = deals({"B": 2.0, "A": None}).with_columns(closed_at=dt.datetime(2026, 11, 20, 12, 30, 0, 250))

    warehouse.replace({DEALS: frame})

    read = warehouse.read_table(DEALS)
    assert read.schema == DEALS.polars_schema
    assert read.rows() == frame.sort("deal_id").rows()


def test_a_table_that_has_not_been_made_has_no_rows(warehouse: Warehouse) -> None:
    assert not warehouse.exists(DEALS)
    assert warehouse.read_table(DEALS).equals(DEALS.empty())


def test_an_empty_frame_makes_the_table(warehouse: Warehouse) -> None:
    warehouse.replace({DEALS: DEALS.empty()})

    assert warehouse.exists(DEALS)


def test_replacing_replaces_rows_and_columns(warehouse: Warehouse) -> None:
    older = Table("crm", "deals", "Older.", (Column("deal_id", "VARCHAR", "Id."),), ("deal_id",))
    warehouse.replace({older: pl.DataFrame({"deal_id": ["old"]})})

    warehouse.replace({DEALS: deals({"new": 1.0})})

    assert amounts(warehouse) == {"new": 1.0}


def test_merging_replaces_rows_with_the_same_key_and_keeps_the_others(warehouse: Warehouse) -> None:
    warehouse.merge({DEALS: deals({"A": 1.0, "B": 2.0}), STAGES: pl.DataFrame({"deal_id": ["A", "A"], "step": [1, 2]})})

    warehouse.merge({DEALS: deals({"B": 3.0, "C": 4.0}), STAGES: pl.DataFrame({"deal_id": ["A"], "step": [2]})})

    assert amounts(warehouse) == {"A": 1.0, "B": 3.0, "C": 4.0}
    assert warehouse.read_table(STAGES).rows() == [("A", 1), ("A", 2)]


def test_all_tables_change_or_none(warehouse: Warehouse) -> None:
    warehouse.replace({DEALS: deals({"old": 1.0}), STAGES: pl.DataFrame({"deal_id": ["old"], "step": [1]})})

    with pytest.raises(ValueError, match=r"crm\.stages"):
        warehouse.replace({DEALS: deals({"new": 1.0}), STAGES: pl.DataFrame({"deal_id": ["new"]})})

    assert amounts(warehouse) == {"old": 1.0}
    assert warehouse.read_table(STAGES).rows() == [("old", 1)]


def test_what_is_put_beside_the_tables_takes_their_places_together_or_not_at_all(warehouse: Warehouse) -> None:
    with warehouse.swap_in([DEALS, STAGES]) as (connection, incoming):
        for name, amount in (("A", 1.0), ("B", 2.0)):
            insert(connection, incoming[DEALS], deals({name: amount}))
    assert amounts(warehouse) == {"A": 1.0, "B": 2.0}
    assert warehouse.exists(STAGES)

    def interrupted() -> None:
        with warehouse.swap_in([DEALS]) as (connection, incoming):
            insert(connection, incoming[DEALS], deals({"C": 3.0}))
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        interrupted()
    assert amounts(warehouse) == {"A": 1.0, "B": 2.0}
    assert table_names(warehouse) == {"deals", "stages"}


@pytest.mark.slow
def test_a_killed_writer_leaves_what_was_there_before(warehouse: Warehouse) -> None:
    warehouse.replace({DEALS: deals({"old": 1.0})})

    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(warehouse.path)], cwd=Path(__file__).parents[2], check=False
    )

    assert killed.returncode == -signal.SIGKILL
    assert amounts(warehouse) == {"old": 1.0}

    with warehouse.swap_in([DEALS]) as (connection, incoming):
        insert(connection, incoming[DEALS], deals({"new": 2.0}))
    assert amounts(warehouse) == {"new": 2.0}
    assert table_names(warehouse) == {"deals"}


def test_a_connection_is_closed_when_the_block_raises(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError), warehouse.connect() as connection:
        raise RuntimeError

    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_threads_take_turns(warehouse: Warehouse) -> None:
    at_once, most = 0, 0

    def work(number: int) -> None:
        nonlocal at_once, most
        with warehouse.transaction():
            at_once += 1
            most = max(most, at_once)
            time.sleep(0.02)
            at_once -= 1
        warehouse.merge({DEALS: deals({str(number): float(number)})})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
    assert len(amounts(warehouse)) == 5


def test_a_held_file_is_waited_for_with_a_word_about_who_holds_it(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    patient = Warehouse(database=warehouse.database, lock_timeout=30)
    caplog.set_level(logging.WARNING)

    with held(warehouse, seconds=1.0) as holder:
        assert amounts(patient) == {"A": 1.0}

    assert len(caplog.records) == 1
    assert str(warehouse.path) in caplog.text
    assert str(holder.pid) in caplog.text


def test_a_file_that_is_held_for_too_long_is_one_sentence_within_the_timeout(warehouse: Warehouse) -> None:
    with held(warehouse, seconds=60) as holder:
        started = time.monotonic()
        with failing_with("warehouse.held", naming="SYNTHDEAL_LOCK_TIMEOUT") as caught:
            warehouse.read_table(DEALS)

    assert time.monotonic() - started < 5
    assert caught.value.exit_code == 1
    assert f"PID {holder.pid}" in str(caught.value)


def test_the_reminder_comes_again_while_waiting_goes_on(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse_module, "REMIND_EVERY_S", 0.2)
    impatient = Warehouse(database=warehouse.database, lock_timeout=1.0)

    with held(warehouse, seconds=60), failing_with("warehouse.held"):
        impatient.read_table(DEALS)

    assert 2 <= len(caplog.records) <= 6


def test_a_file_that_is_no_warehouse_is_one_sentence_and_stays_as_it_is(warehouse: Warehouse) -> None:
    warehouse.path.parent.mkdir(parents=True)
    warehouse.path.write_bytes(b"this is a shopping list, not a database" * 200)

    with failing_with("warehouse.not-duckdb"):
        warehouse.read_table(DEALS)

    assert warehouse.path.read_bytes().startswith(b"this is a shopping list")


@pytest.mark.parametrize("damage", ["cut short", "overwritten"])
def test_a_damaged_warehouse_is_one_sentence(warehouse: Warehouse, damage: str) -> None:
    warehouse.replace({DEALS: deals({f"deal {number}": 1.0 for number in range(20_000)})})
    content = warehouse.path.read_bytes()
    half = len(content) // 2
    broken = content[:half] if damage == "cut short" else content[:4096] + b"?" * 8192 + content[12288:]
    warehouse.path.write_bytes(broken)

    with failing_with("warehouse.damaged", naming=r"warehouse\.duckdb"):
        warehouse.read_table(DEALS)

    assert warehouse.path.read_bytes() == broken


def test_a_file_that_could_not_be_begun_does_not_stand_in_the_way_of_the_next_run(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(database: str) -> NoReturn:
        Path(database).write_bytes(b"\0" * 4096)
        raise duckdb.IOException(f'IO Error: Could not write file "{database}": No space left on device')

    with monkeypatch.context() as patched:
        patched.setattr(duckdb, "connect", full_disk)
        with failing_with("warehouse.disk-full"):
            warehouse.read_table(DEALS)

    warehouse.replace({DEALS: deals({"A": 1.0})})
    assert warehouse.read_table(DEALS).height == 1


def test_too_little_memory_is_one_sentence_that_names_the_setting(warehouse: Warehouse) -> None:
    def ask_too_much() -> None:
        with warehouse.connect() as connection:
            connection.execute("SET memory_limit = '20MB'")
            connection.execute("SELECT length(string_agg(range::VARCHAR, ',')) FROM range(10_000_000)")

    with failing_with("warehouse.out-of-memory", naming="SYNTHDEAL_DUCKDB_MEMORY_GB"):
        ask_too_much()


def test_a_folder_in_place_of_the_file_is_one_sentence(warehouse: Warehouse) -> None:
    warehouse.path.mkdir(parents=True)

    with failing_with("warehouse.unusable", naming=r"warehouse\.duckdb"):
        warehouse.read_table(DEALS)


def test_a_file_in_place_of_the_home_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")

    with failing_with("warehouse.unusable"):
        Warehouse(database=str(tmp_path / "home" / "warehouse.duckdb")).read_table(DEALS)


def test_a_warehouse_of_a_newer_version_is_not_touched(warehouse: Warehouse) -> None:
    warehouse.replace({DEALS: deals({"A": 1.0})})
    with duckdb.connect(warehouse.database) as connection:
        connection.execute("UPDATE ops.schema_version SET version = ?", [SCHEMA_VERSION + 1])
    before = warehouse.path.read_bytes()

    with failing_with("warehouse.newer"):
        warehouse.replace({DEALS: deals({"B": 1.0})})

    assert warehouse.path.read_bytes() == before


def test_a_wrong_query_stays_an_ordinary_error(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.CatalogException):
        warehouse.read("SELECT no_such_function(1)")


@pytest.mark.parametrize("schema", ["pond", "elsewhere"], ids=["a schema with other tables", "no such schema"])
def test_a_table_that_nobody_has_made_is_one_sentence_with_its_name(warehouse: Warehouse, schema: str) -> None:
    with warehouse.transaction() as connection:
        connection.execute("CREATE SCHEMA pond")
        connection.execute("CREATE TABLE pond.fish AS SELECT 1 AS fish_id")

    with failing_with("warehouse.table-missing", naming=f"{schema}.herons") as caught:
        warehouse.read(f"SELECT count(*) FROM pond.fish JOIN {schema}.herons USING (fish_id)")
    assert f"materialise {schema}/herons" in str(caught.value)


def test_the_table_that_is_missing_is_told_from_one_of_its_name_elsewhere(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.execute("CREATE SCHEMA pond")
        connection.execute("CREATE SCHEMA lake")
        connection.execute("CREATE TABLE lake.herons AS SELECT 1 AS heron_id")

    with failing_with("warehouse.table-missing", naming="pond.herons"):
        warehouse.read("SELECT *\nFROM lake.herons\nJOIN pond.herons USING (heron_id)")
    with pytest.raises(duckdb.CatalogException):
        warehouse.read("SELECT * FROM herons")


def test_meanings_are_stored_with_the_table(warehouse: Warehouse) -> None:
    warehouse.replace({DEALS: DEALS.empty()})

    comments = warehouse.read(
        "SELECT comment FROM duckdb_tables() WHERE table_name = 'deals' UNION ALL "
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'deals' AND column_name = 'amount'"
    )["comment"].to_list()
    assert comments == ["One row per deal, the seller's own.", "Amount in USD."]


def test_every_type_survives_the_way_through_the_warehouse(warehouse: Warehouse) -> None:
    values: dict[str, object] = {
        "VARCHAR": "Zoë's “deal”",
        "BIGINT": 2**62,
        "INTEGER": -7,
        "DOUBLE": 0.1,
        "DECIMAL(18,4)": Decimal("-1234.5600"),
        "BOOLEAN": True,
        "DATE": dt.date(2026, 11, 20),
        "TIMESTAMP": dt.datetime(2026, 11, 20, 23, 59, 59, 999_999),
    }
    assert set(values) == set(POLARS_TYPES)
    table = Table(
        "crm",
        "types",
        "One row.",
        tuple(Column(f"a_{name.lower().partition('(')[0]}", name, "A value.", nullable=True) for name in values),
        ("a_varchar",),
    )
    row = {f"a_{name.lower().partition('(')[0]}": value for name, value in values.items()}

    warehouse.replace({table: pl.DataFrame([row], schema=table.polars_schema)})

    assert warehouse.read_table(table).row(0, named=True) == row


def test_a_frame_of_another_shape_is_refused_with_the_names_of_its_columns() -> None:
    with pytest.raises(ValueError, match=r"crm\.deals: missing columns \['closed_at'\], unknown columns \['colour'\]"):
        DEALS.conform(pl.DataFrame({"deal_id": ["A"], "amount": [1.0], "colour": ["red"]}))


def test_a_missing_value_is_refused_where_none_may_be() -> None:
    with pytest.raises(ValueError, match=r"crm\.deals\.deal_id holds NULL"):
        DEALS.conform(pl.DataFrame({"deal_id": [None], "amount": [1.0], "closed_at": [None]}))


def test_a_primary_key_must_be_made_of_columns() -> None:
    with pytest.raises(ValueError, match=r"crm\.deals has no column \['colour'\]"):
        Table("crm", "deals", "Deals.", DEALS.columns, ("colour",))


def test_rows_come_in_the_order_that_is_asked_for_also_where_duckdb_need_not_keep_any(tmp_path: Path) -> None:
    # A million rows are several row groups, which threads finish out of order: as a relation nearly every read is so.
    with duckdb.connect() as connection:
        limit_memory(connection, Settings(home=tmp_path, duckdb_memory_gb=1))
        connection.execute("SET threads = 4; CREATE TABLE deals AS SELECT hash(n) AS deal FROM range(1000000) t(n)")
        for _ in range(3):
            found = query_frame(connection, "SELECT deal FROM deals WHERE deal > $least ORDER BY deal", {"least": 0})
            assert found["deal"].is_sorted()


@pytest.mark.parametrize("statement", ["SELECT sum(amount) FROM incoming", "SELECT nothing FROM incoming"])
def test_a_registered_frame_is_known_while_the_block_runs_and_forgotten_however_it_ends(statement: str) -> None:
    with duckdb.connect() as connection:
        with suppress(duckdb.BinderException), registered(connection, incoming=pl.DataFrame({"amount": [1.0, 2.5]})):
            assert connection.execute(statement).fetchone() == (3.5,)
        with pytest.raises(duckdb.CatalogException, match="incoming"):
            connection.execute("SELECT * FROM incoming")

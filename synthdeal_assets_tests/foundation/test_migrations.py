"""A warehouse of an older layout is brought up to date: all steps or none, with the old file kept beside it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import duckdb
import pytest

from synthdeal_assets.foundation.warehouse import migrations as migrations_module
from synthdeal_assets.foundation.warehouse import warehouse as warehouse_module
from synthdeal_assets.foundation.warehouse.migrations import (
    MIGRATIONS,
    SCHEMA_VERSION,
    Migration,
    bring_up_to_date,
    migration_from_file,
)
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.failure_codes import failing_with

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = 20_000


def _add_currency(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE crm.deals ADD COLUMN currency VARCHAR DEFAULT 'USD'")


def _rename_amount(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE crm.deals RENAME COLUMN amount TO amount_usd")
    connection.execute("UPDATE crm.deals SET amount_usd = amount_usd / 100")


def _fail(_: duckdb.DuckDBPyConnection) -> None:
    raise duckdb.InvalidInputException("the third step fails")


ADD_CURRENCY: Final = Migration(2, "currency", _add_currency)
RENAME_AMOUNT: Final = Migration(3, "amount_in_usd", _rename_amount)
FAILING: Final = Migration(4, "failing", _fail)

KILLED: Final = """
import os, signal, sys
from pathlib import Path
import duckdb
from synthdeal_assets.foundation.warehouse import migrations
from synthdeal_assets_tests.foundation.test_migrations import ADD_CURRENCY, RENAME_AMOUNT

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

class DiesAtTheSecondCheckpoint:
    def __init__(self, connection):
        self.connection, self.checkpoints = connection, 0
    def execute(self, sql, *rest):
        self.checkpoints += sql == "CHECKPOINT"
        if self.checkpoints == 2:
            die()
        return self.connection.execute(sql, *rest)
    def __getattr__(self, name):
        return getattr(self.connection, name)

path, moment = Path(sys.argv[1]), sys.argv[2]
connection = duckdb.connect(str(path))
steps = (ADD_CURRENCY, RENAME_AMOUNT)
if moment == "before the copy has its name":
    Path.replace = die
elif moment == "between two steps":
    steps = (ADD_CURRENCY, migrations.Migration(3, "dies", die))
elif moment == "before the commit":
    steps = (ADD_CURRENCY, RENAME_AMOUNT)
    migrations._number = die
elif moment == "after the commit":
    connection = DiesAtTheSecondCheckpoint(connection)
migrations.bring_up_to_date(connection, path, steps)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A warehouse of layout 1 with a table of deals, as a killed process left it: all rows are in the log alone."""
    path = tmp_path / "old" / "warehouse.duckdb"
    path.parent.mkdir()
    script = f"""
import duckdb, os
connection = duckdb.connect({str(path)!r})
connection.execute("SET checkpoint_threshold = '1GB'")
connection.execute("CREATE SCHEMA ops; CREATE TABLE ops.schema_version (version INTEGER NOT NULL)")
connection.execute("INSERT INTO ops.schema_version VALUES (1)")
connection.execute("CREATE SCHEMA crm")
connection.execute("CREATE TABLE crm.deals AS SELECT range AS deal, 1.5::DOUBLE AS amount FROM range({ROWS})")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert path.with_name("warehouse.duckdb.wal").stat().st_size > 0
    return path


def bring(path: Path, *steps: Migration) -> None:
    with duckdb.connect(str(path)) as connection:
        bring_up_to_date(connection, path, steps)


def columns(path: Path) -> tuple[int, list[str], int]:
    """Layout, columns of the table of deals and its rows."""
    with duckdb.connect(str(path)) as connection:
        (layout,) = connection.execute("SELECT version FROM ops.schema_version").fetchall()[0]
        described = connection.execute("DESCRIBE crm.deals").fetchall()
        rows = connection.execute("SELECT count(*) FROM crm.deals").fetchall()[0][0]
    return layout, [row[0] for row in described], rows


OLD: Final = (1, ["deal", "amount"], ROWS)
NEW: Final = (3, ["deal", "amount_usd", "currency"], ROWS)


def files(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir()}


def test_every_step_leads_to_the_layout_after_the_one_before() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(2, SCHEMA_VERSION + 1))
    written = sorted(entry.name for entry in Path(migrations_module.__file__).with_name("layouts").iterdir())
    assert written == [f"{migration.version:04d}_{migration.name}.sql" for migration in MIGRATIONS]


def test_all_steps_are_made_in_order_and_rows_stay(path: Path) -> None:
    bring(path, ADD_CURRENCY, RENAME_AMOUNT)

    assert columns(path) == NEW
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT DISTINCT amount_usd, currency FROM crm.deals").fetchall() == [(0.015, "USD")]


def test_the_copy_is_the_whole_warehouse_as_it_was_and_the_user_is_told_where_it_is(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.chmod(0o600)

    bring(path, ADD_CURRENCY, RENAME_AMOUNT)

    copy = path.with_name("warehouse.duckdb.before-layout-3")
    assert files(path) == {path.name, copy.name}
    assert columns(copy) == OLD
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(copy) in caplog.text


def test_only_the_newest_copy_is_kept(path: Path) -> None:
    bring(path, ADD_CURRENCY)
    bring(path, ADD_CURRENCY, RENAME_AMOUNT)

    assert files(path) == {path.name, "warehouse.duckdb.before-layout-3"}
    assert columns(path.with_name("warehouse.duckdb.before-layout-3"))[0] == 2


def test_a_warehouse_of_the_present_layout_is_not_copied(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bring(path)

    assert files(path) == {path.name}
    assert not caplog.records


def test_a_failing_step_undoes_those_before_it(path: Path) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="the third step fails"):
        bring(path, ADD_CURRENCY, RENAME_AMOUNT, FAILING)

    assert columns(path) == OLD
    bring(path, ADD_CURRENCY, RENAME_AMOUNT)
    assert columns(path) == NEW


def test_a_copy_that_does_not_fit_on_the_disk_is_one_sentence_and_nothing_changes(
    path: Path,
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has a device that is always full")
    # The device stands in for the disk: the copying process writes to it and meets the real error.
    path.with_name("warehouse.duckdb.before-layout-2.partial").symlink_to(full)

    with failing_with("warehouse.cannot-copy", naming=r" 1 .*before-layout-2 .*No space left"):
        bring(path, ADD_CURRENCY)

    assert columns(path) == OLD
    assert files(path) == {path.name}


def test_the_lock_is_kept_while_the_file_is_copied(path: Path) -> None:
    """Another process that opens it between the copy and the change would write what the change then overwrites."""
    probe = "import duckdb, sys; duckdb.connect(sys.argv[1])"
    found: list[str] = []

    def look(connection: duckdb.DuckDBPyConnection) -> None:
        other = subprocess.run([sys.executable, "-c", probe, str(path)], capture_output=True, text=True, check=False)
        found.append(other.stderr)

    bring(path, Migration(2, "looks", look))

    assert len(found) == 1
    assert "Could not set lock" in found[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("before the copy has its name", OLD),
        ("between two steps", OLD),
        ("before the commit", OLD),
        ("after the commit", NEW),
    ],
)
def test_a_kill_leaves_the_old_layout_or_the_new_one_and_the_next_opening_works(
    path: Path, moment: str, left: tuple[int, list[str], int]
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    assert columns(path) == left
    bring(path, ADD_CURRENCY, RENAME_AMOUNT)
    assert columns(path) == NEW
    assert columns(path.with_name("warehouse.duckdb.before-layout-3")) == OLD
    assert not any(name.endswith(".partial") for name in files(path))


@pytest.mark.slow
def test_of_two_processes_one_changes_the_tables_and_the_other_waits(path: Path) -> None:
    opening = """
import sys
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.failure_codes import failing_with
print(Warehouse(database=sys.argv[1], lock_timeout=60).read("SELECT version FROM ops.schema_version").item())
"""
    command = [sys.executable, "-c", opening, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert [out for out, _ in said] == [f"{SCHEMA_VERSION}\n"] * 2
    assert sum("now have layout" in err for _, err in said) == 1


def test_opening_a_warehouse_brings_it_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_a_step(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        bring_up_to_date(connection, file, (ADD_CURRENCY,))

    monkeypatch.setattr(warehouse_module, "bring_up_to_date", with_a_step)

    frame = Warehouse(database=str(path)).read("SELECT currency FROM crm.deals LIMIT 1")

    assert frame.item() == "USD"


def test_a_new_warehouse_has_the_present_layout_and_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "home" / "warehouse.duckdb"

    layout = Warehouse(database=str(path)).read("SELECT version FROM ops.schema_version").item()

    assert layout == SCHEMA_VERSION
    assert files(path) == {path.name}


def test_a_part_of_a_file_waits_for_its_table_in_vain_without_harm(tmp_path: Path) -> None:
    """A home in which a room never ran has none of its tables; the step then leaves them to the room."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for migration in MIGRATIONS:
            migration.apply(connection)
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


def test_a_step_whose_file_is_missing_is_found_when_the_module_is_imported() -> None:
    with pytest.raises(FileNotFoundError):
        migration_from_file(99, "not_written")

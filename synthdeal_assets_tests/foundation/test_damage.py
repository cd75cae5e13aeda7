"""Damage that opening a database does not show is found before anything is written, and what a kill leaves is none."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.cli.failures import NO_ROOM_SENTENCE, describe_failure
from synthdeal_assets.foundation.dagster_instance.damage import SHARED_DATABASES, require_sound_history
from synthdeal_assets.foundation.warehouse import damage
from synthdeal_assets.foundation.warehouse.damage import log_of, require_sound_rows
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.failure_codes import failing_with

Harm = Callable[[bytes], bytes]

KILLED_AFTER_COMMITS = """
import os, signal, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE deals (deal INTEGER, note VARCHAR)")
for _ in range(3):
    connection.execute("INSERT INTO deals SELECT range, repeat('x', 50) FROM range(300)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose last four commits are in its log alone; not to be written to."""
    path = tmp_path_factory.mktemp("killed") / "warehouse.duckdb"
    with Warehouse(database=str(path)).connect():
        pass
    done = subprocess.run([sys.executable, "-c", KILLED_AFTER_COMMITS, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    return path


def with_log(killed: Path, folder: Path, harm: Harm) -> Warehouse:
    copy = folder / "warehouse.duckdb"
    copy.write_bytes(killed.read_bytes())
    log_of(copy).write_bytes(harm(log_of(killed).read_bytes()))
    return Warehouse(database=str(copy))


@pytest.mark.parametrize(
    "harm",
    [
        lambda _: b"a letter to my aunt " * 500,
        lambda _: bytes(4096),
        lambda log: b"?" * 16 + log[16:],
        lambda log: log[:9] + b"?" * 8 + log[17:],
        lambda log: log[:60] + b"?" * 8 + log[68:],
        lambda log: log[: len(log) // 2] + b"?" * 8 + log[len(log) // 2 + 8 :],
    ],
    ids=["text", "zeros", "start", "a length", "an entry", "the middle"],
)
def test_a_log_of_duckdb_that_is_damaged_is_one_sentence_and_nothing_in_it_is_forgotten(
    killed: Path, tmp_path: Path, harm: Harm
) -> None:
    warehouse = with_log(killed, tmp_path, harm)
    before = warehouse.path.read_bytes(), log_of(warehouse.path).read_bytes()

    with failing_with("warehouse.log-damaged", naming=r"warehouse\.duckdb\.wal"), warehouse.connect():
        pass

    assert (warehouse.path.read_bytes(), log_of(warehouse.path).read_bytes()) == before
    log_of(warehouse.path).unlink()
    with warehouse.connect():
        pass


@pytest.mark.parametrize("kept", [1.0, 0.9, 0.5, 0.001, 0.0])
def test_a_log_that_a_kill_cut_short_is_no_damage(killed: Path, tmp_path: Path, kept: float) -> None:
    warehouse = with_log(killed, tmp_path, lambda log: log[: int(len(log) * kept)])

    with warehouse.connect() as connection:
        rows = connection.execute("FROM deals").fetchall() if kept > 0.1 else []

    assert len(rows) == {1.0: 900, 0.9: 600, 0.5: 300}.get(kept, 0)


def test_a_folder_in_place_of_the_log_is_one_sentence(killed: Path, tmp_path: Path) -> None:
    warehouse = with_log(killed, tmp_path, lambda _: b"")
    log_of(warehouse.path).unlink()
    log_of(warehouse.path).mkdir()

    with failing_with("warehouse.log-damaged", naming="folder"), warehouse.connect():
        pass


@pytest.mark.parametrize("read_at_once", [damage.READ_AT_ONCE_BYTES, 0])
def test_rows_that_are_cut_off_are_missed_however_large_the_warehouse_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_at_once: int
) -> None:
    monkeypatch.setattr(damage, "READ_AT_ONCE_BYTES", read_at_once)
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE deals AS SELECT range AS deal, md5(range::VARCHAR) AS note FROM range(100000)")
    whole = path.read_bytes()
    with duckdb.connect(path) as connection:
        require_sound_rows(connection, path)

    path.write_bytes(whole[:-1])
    with duckdb.connect(path) as connection, pytest.raises(duckdb.IOException, match="Could not read enough bytes"):
        require_sound_rows(connection, path)


def test_a_file_that_is_shorter_than_duckdb_counts_is_no_damage(tmp_path: Path) -> None:
    """DuckDB counts blocks that it has taken and never written."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE deals AS SELECT range AS deal, md5(range::VARCHAR) AS note FROM range(400000)")
        connection.begin()
        connection.execute("INSERT INTO deals SELECT range, 'x' FROM range(400000)")
        connection.rollback()
    with duckdb.connect(path) as connection:
        require_sound_rows(connection, path)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """The databases of Dagster's home, with a run."""
    for name in (*SHARED_DATABASES, "history/runs/0-1.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.execute("CREATE TABLE runs (run_id TEXT PRIMARY KEY, body TEXT)")
            connection.executemany("INSERT INTO runs VALUES (?, ?)", [(f"{n}", "x" * 500) for n in range(200)])
            connection.commit()
    return tmp_path


@pytest.mark.parametrize("name", SHARED_DATABASES)
@pytest.mark.parametrize(
    "harm",
    [
        lambda _: b"",
        lambda content: content[:1],
        lambda content: content[:4096],
        lambda content: content[: len(content) // 2],
        lambda _: b"a diary, not a database " * 500,
        lambda content: b"?" * 100 + content[100:],
        lambda content: content[:4096] + b"?" * 4096 + content[8192:],
    ],
    ids=["empty", "one byte", "a page", "half", "text", "header", "a page of garbage"],
)
def test_a_damaged_database_of_dagster_is_one_sentence(history: Path, name: str, harm: Harm) -> None:
    require_sound_history(history)
    (history / name).write_bytes(harm((history / name).read_bytes()))

    with failing_with("dagster.history-damaged", naming=f"{name}: .*--set-aside"):
        require_sound_history(history)


def test_a_folder_in_place_of_a_database_and_a_strange_log_are_damage(history: Path) -> None:
    log = history / "schedules" / "schedules.db-wal"
    log.write_bytes(b"a diary " * 50)
    with failing_with("dagster.history-damaged", naming=r"schedules\.db: its log"):
        require_sound_history(history)
    log.unlink()
    (history / "history" / "runs.db").unlink()
    (history / "history" / "runs.db").mkdir()
    with failing_with("dagster.history-damaged", naming=r"runs\.db: not a file"):
        require_sound_history(history)


def test_an_empty_database_is_no_damage_where_no_run_has_been_recorded(history: Path) -> None:
    (history / "history" / "runs" / "0-1.db").unlink()
    (history / "schedules" / "schedules.db").write_bytes(b"")

    require_sound_history(history)


def test_a_history_that_another_process_writes_to_is_no_damage(history: Path) -> None:
    with closing(sqlite3.connect(history / "history" / "runs.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO runs VALUES ('new', '')")

        require_sound_history(history)

        writer.execute("COMMIT")
        require_sound_history(history)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_database_that_may_not_be_read_is_one_sentence(history: Path) -> None:
    (history / "history" / "runs.db").chmod(0)

    with failing_with("dagster.database-unusable", naming=r"runs\.db .*Permission denied"):
        require_sound_history(history)


def test_a_full_disk_is_no_damaged_history(tmp_path: Path) -> None:
    database = tmp_path / SHARED_DATABASES[0]
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE runs (run TEXT)")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        with pytest.raises(sqlite3.OperationalError) as full:
            require_sound_history(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert describe_failure(full.value) == (NO_ROOM_SENTENCE, 1)
    require_sound_history(tmp_path)

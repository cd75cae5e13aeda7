"""Damage of a home is found before a run writes, `check` finds all of it, and a backup that something wrote to runs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.cli.home import LOCK_NAME
from synthdeal_assets.foundation.dagster_instance.damage import SHARED_DATABASES, require_sound_history
from synthdeal_assets.foundation.leases import SUFFIX, held
from synthdeal_assets.foundation.run_process import FOLDER as ALIVE_FOLDER
from synthdeal_assets.foundation.warehouse.damage import FILE_HEADER_BYTES
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER
from synthdeal_assets_tests.cli.conftest import AS_OF, SIZE, Synthdeal, code_of, plain_environment
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scored_deals import scored_deals

pytestmark = pytest.mark.slow

KILLED_BACKUP = """
import os, signal, sys
from synthdeal_assets.cli import backup
from synthdeal_assets.cli.app import app
backup._hash = lambda path: os.kill(os.getpid(), signal.SIGKILL)
app(sys.argv[1:])
"""
FULL_DISK = """
import resource, sys
from synthdeal_assets.cli.app import app
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))
app(sys.argv[1:])
"""
WRITER = """
import sqlite3, sys
from pathlib import Path
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
home = Path(sys.argv[1])
warehouse, database = Warehouse(database=str(home / "warehouse.duckdb")), sqlite3.connect(home / "dagster/busy.db")
database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE a (n); CREATE TABLE b (n)")
for number in range(1_000_000):
    with warehouse.transaction() as connection:
        for table in ("a", "b"):
            connection.execute(f"CREATE TABLE IF NOT EXISTS ops.{table} (n INTEGER)")
            connection.execute(f"INSERT INTO ops.{table} SELECT range FROM range(1000)")
    with database:
        for table in ("a", "b"):
            database.execute(f"INSERT INTO {table} VALUES (?)", [number])
    if number == 2:
        print("writing", flush=True)
"""
PAIRED = "SELECT (SELECT count(*) FROM {0}a), (SELECT count(*) FROM {0}b)"


def overwritten(path: Path) -> None:
    """Write over a part of a block that holds rows of the deals; others may hold nothing any more."""
    with duckdb.connect(str(path), read_only=True) as connection:
        block = connection.execute(
            "SELECT max(block_id), (SELECT block_size FROM pragma_database_size()) "
            "FROM pragma_storage_info('crm.opportunities')"
        ).fetchone()
    assert block is not None
    start = FILE_HEADER_BYTES + block[0] * block[1] + 4_000
    content = bytearray(path.read_bytes())
    content[start : start + 64] = b"?" * 64
    path.write_bytes(content)


def content_of(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def a_shard(home: Path) -> Path:
    return next((home / "dagster" / "history" / "runs").glob("*-*.db"))


def test_a_home_that_is_whole_passes_with_a_line_for_each_part(synthdeal: Synthdeal, home: Path) -> None:
    told = synthdeal("check", "--home", home)

    assert told.exit_code == 0, told.stdout
    lines = told.stdout.splitlines()
    assert {line[:7] for line in lines} == {"ok     "}
    assert [line[8:].partition(":")[0] for line in lines] == ["Warehouse", "Reports", "Journals", "Run logs", "Dagster"]
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        tables = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE NOT internal").fetchone()
    assert tables is not None
    assert f"rows of {tables[0]} tables" in lines[0]


def test_an_old_report_that_somebody_deleted_is_no_damage(synthdeal: Synthdeal, home: Path) -> None:
    with Warehouse(database=str(home / "warehouse.duckdb")).connect() as connection:
        connection.execute(
            "INSERT INTO report.executive_reports BY NAME SELECT * REPLACE ('old' AS report_id, created_at - "
            "INTERVAL 1 DAY AS created_at, 'reports/old.html' AS html_path, 'reports/old.md' AS markdown_path) "
            "FROM report.executive_reports"
        )
    assert synthdeal("check", "--home", home).exit_code == 0


def test_a_home_that_does_not_exist_yet_is_no_damage_and_is_not_made(synthdeal: Synthdeal, tmp_path: Path) -> None:
    assert synthdeal("check", "--home", tmp_path / "new").exit_code == 0
    assert not (tmp_path / "new").exists()


def test_everything_that_is_damaged_is_named(synthdeal: Synthdeal, home: Path) -> None:
    overwritten(home / "warehouse.duckdb")
    report = next((home / "reports").glob("2026*.html"))
    report.write_bytes(report.read_bytes()[:1000])
    next((home / "reports").glob("2026*.md")).unlink()
    next((home / "runs").glob("*/summary.json")).write_text('{"status": "suc', encoding="utf-8")
    (home / JOURNAL_FOLDER).mkdir()
    head = json.dumps({"run_id": "r", "purpose": "scoring", "process": {"synthdeal/pid": "1"}})
    (home / JOURNAL_FOLDER / "dead.left.jsonl").write_text(f"{head}\nhalf a li\n", encoding="utf-8")
    shard = a_shard(home)
    shard.write_bytes(b"a diary " * 500)
    (home / "mlflow.db").write_bytes(b"a diary " * 500)

    told = synthdeal("check", "--home", home)

    assert told.exit_code == 1
    damage = "\n".join(line for line in told.stdout.splitlines() if line.startswith("DAMAGE"))
    for named in ("warehouse.duckdb: ", report.name, ".md: missing", "summary.json", "dead.left.jsonl", shard.name):
        assert named in damage
    assert "MLflow: mlflow.db: file is not a database" in damage


def test_a_damaged_configuration_and_files_among_the_journals_that_are_none_are_named(
    synthdeal: Synthdeal, home: Path
) -> None:
    journals = home / JOURNAL_FOLDER
    journals.mkdir()
    (journals / "stray.jsonl").write_bytes(b"\xff\x00 a diary\n" * 50)
    (journals / "run-1.not-taken.jsonl").write_text("half a line\nanother\n", encoding="utf-8")
    (config,) = (home / "runs").glob("*/config.resolved.yaml")
    whole = config.read_text(encoding="utf-8")
    for damaged in ("", whole[: whole.index("run_config")], whole[:-3], "settings: [", "a diary"):
        config.write_text(damaged, encoding="utf-8")
        told = synthdeal("check", "--home", home)
        assert told.exit_code == 1
        assert "config.resolved.yaml: cut short, or not the settings of a run" in told.stdout
    assert "stray.jsonl: holds no request and not the first line of a journal; every run leaves it alone" in told.stdout
    assert "run-1.not-taken.jsonl: 2 lines that the ledger could not take" in told.stdout
    assert "rename the file to run-1.left.jsonl" in told.stdout

    config.write_text(whole, encoding="utf-8")
    shutil.rmtree(journals)
    assert synthdeal("check", "--home", home).exit_code == 0


def test_a_run_looks_first_at_every_database_of_the_history_that_is_not_one_runs_own(home: Path) -> None:
    dagster = home / "dagster"
    of_all = {path.relative_to(dagster).as_posix() for path in dagster.rglob("*.db") if "-" not in path.name}

    assert of_all == set(SHARED_DATABASES)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda home: overwritten(home / "warehouse.duckdb"), "warehouse.damaged"),
        (lambda home: os.truncate(home / "warehouse.duckdb", 5_500_000), "warehouse.damaged"),
        (lambda home: os.truncate(home / "warehouse.duckdb", 0), "warehouse.not-duckdb"),
        (lambda home: (home / "warehouse.duckdb.wal").write_bytes(b"a diary " * 50), "warehouse.log-damaged"),
        (lambda home: os.truncate(home / "dagster/history/runs/index.db", 20_000), "dagster.history-damaged"),
        (lambda home: os.truncate(home / "dagster/schedules/schedules.db", 0), "dagster.history-damaged"),
    ],
    ids=["a block", "cut short", "empty", "its log", "index.db", "schedules.db"],
)
def test_a_run_finds_damage_before_it_writes(
    synthdeal: Synthdeal, home: Path, harm: Callable[[Path], object], code: str
) -> None:
    harm(home)
    before = content_of(home)

    told = synthdeal("run", "--as-of", "2026-11-21", "--home", home)

    assert (told.exit_code, code_of(told)) == (1, code)
    assert len(told.stderr.splitlines()) == 1
    after = content_of(home)
    assert after["warehouse.duckdb"] == before["warehouse.duckdb"]
    assert {name for name in after if name.startswith("runs/")} == {n for n in before if n.startswith("runs/")}


def test_a_damaged_history_is_set_aside_without_losing_a_table_and_the_next_run_goes_on(
    synthdeal: Synthdeal, home: Path
) -> None:
    (home / "dagster" / "history" / "runs.db").write_bytes(b"a diary " * 500)
    before = content_of(home)

    assert "--set-aside" in synthdeal("check", "--home", home).stdout
    assert content_of(home) == before
    told = synthdeal("check", "--set-aside", "--home", home)
    (aside,) = (home / "dagster").glob("damaged-*")

    assert told.exit_code == 1
    assert str(aside) in told.stdout
    assert (aside / "history" / "runs.db").read_bytes() == before["dagster/history/runs.db"]
    assert (home / "warehouse.duckdb").read_bytes() == before["warehouse.duckdb"]
    assert synthdeal("check", "--home", home).exit_code == 0
    again = synthdeal("run", "--as-of", AS_OF, "--home", home)
    assert f"0 scored now, {scored_deals(SIZE, AS_OF)} scored before" in again.stdout, again.output


@pytest.mark.parametrize("name", SHARED_DATABASES)
def test_what_keeps_a_run_from_starting_is_found_and_set_aside(synthdeal: Synthdeal, home: Path, name: str) -> None:
    os.truncate(home / "dagster" / name, 0)
    with failing_with("dagster.history-damaged"):
        require_sound_history(home / "dagster")

    told = synthdeal("check", "--set-aside", "--home", home)

    assert (told.exit_code, f"DAMAGE  Dagster: {name}: empty" in told.stdout) == (1, True)
    require_sound_history(home / "dagster")


def test_a_history_that_is_whole_or_in_use_is_not_set_aside(synthdeal: Synthdeal, home: Path) -> None:
    assert synthdeal("check", "--set-aside", "--home", home).exit_code == 0
    (home / "dagster" / "history" / "runs.db").write_bytes(b"a diary " * 500)
    with held(home / "dagster" / ALIVE_FOLDER / f"a-run{SUFFIX}"):
        assert code_of(synthdeal("check", "--set-aside", "--home", home)) == "check.history-in-use"
    with (home / LOCK_NAME).open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert code_of(synthdeal("check", "--set-aside", "--home", home)) == "check.history-in-use"
    assert not list((home / "dagster").glob("damaged-*"))


def test_a_restored_home_goes_on_and_asks_nothing_again(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    with LlmServer() as server:
        asked = ["--scorer", "openai", "--base-url", server.base_url, "--model", "m", "--as-of", AS_OF]
        assert synthdeal("run", *asked, "--home", home).exit_code == 0
        assert synthdeal("backup", tmp_path / "kept", "--home", home).exit_code == 0
        shutil.rmtree(home)
        server.reset_counts()

        assert synthdeal("restore", tmp_path / "kept", "--home", home).exit_code == 0
        assert synthdeal("check", "--home", home).exit_code == 0
        again = synthdeal("run", *asked, "--home", home)

        assert again.exit_code == 0, again.stderr
        assert f"0 scored now, {scored_deals(SIZE, AS_OF)} scored before" in again.stdout
        assert server.counts().requests == 0


def test_a_backup_is_consistent_while_something_writes_and_only_this_user_can_read_it(
    synthdeal: Synthdeal, home: Path, tmp_path: Path
) -> None:
    (home / JOURNAL_FOLDER).mkdir()
    (home / JOURNAL_FOLDER / "paid.jsonl").write_text("{}\n", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", WRITER, home], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        told = synthdeal("backup", tmp_path / "kept", "--home", home)
        still_writing = writer.poll() is None
        writer.kill()

    assert told.exit_code == 0, told.stderr
    assert still_writing
    assert synthdeal("restore", tmp_path / "kept", "--home", tmp_path / "restored").exit_code == 0
    first, second = (
        Warehouse(database=str(tmp_path / "restored" / "warehouse.duckdb")).read(PAIRED.format("ops.")).row(0)
    )
    assert first == second >= 3_000
    with closing(sqlite3.connect(tmp_path / "restored" / "dagster" / "busy.db")) as database:
        first, second = database.execute(PAIRED.format("")).fetchone()
    assert first == second >= 3
    assert (tmp_path / "restored" / JOURNAL_FOLDER / "paid.jsonl").read_text() == "{}\n"
    for folder in (tmp_path / "kept", tmp_path / "restored"):
        assert {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o700}
        assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert not list((tmp_path / "kept").rglob(f"*{SUFFIX}"))


@pytest.fixture
def kept(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> Path:
    assert synthdeal("backup", tmp_path / "kept", "--home", home).exit_code == 0
    return tmp_path / "kept"


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda kept: overwritten(kept / "warehouse.duckdb"), "restore.damaged"),
        (lambda kept: os.truncate(kept / "dagster/history/runs.db", 100), "restore.damaged"),
        (lambda kept: (kept / "dagster/dagster.yaml").unlink(), "restore.damaged"),
        (lambda kept: (kept / "manifest.json").unlink(), "restore.no-backup"),
        (lambda kept: os.truncate(kept / "manifest.json", 100), "restore.no-backup"),
        (lambda kept: (kept / "manifest.json").write_text('{"format": 2, "files": {}}'), "restore.newer"),
        (
            lambda kept: (kept / "manifest.json").write_text('{"format": 1, "files": {"../x": {"sha256": ""}}}'),
            "restore.damaged",
        ),
    ],
    ids=["changed", "cut short", "missing", "no manifest", "half a manifest", "newer", "leads out"],
)
def test_a_backup_that_is_damaged_is_not_restored(
    synthdeal: Synthdeal, kept: Path, tmp_path: Path, harm: Callable[[Path], object], code: str
) -> None:
    harm(kept)
    (tmp_path / "here").mkdir()

    refused = synthdeal("restore", kept, "--home", tmp_path / "here" / "restored")

    assert (refused.exit_code, code_of(refused)) == (1, code)
    assert len(refused.stderr.splitlines()) == 1
    assert list((tmp_path / "here").iterdir()) == []


def test_only_an_empty_home_is_restored_to(synthdeal: Synthdeal, home: Path, kept: Path, tmp_path: Path) -> None:
    before = content_of(home)
    assert code_of(synthdeal("restore", kept, "--home", home)) == "restore.home-not-empty"
    assert content_of(home) == before
    (tmp_path / "empty").mkdir()
    assert synthdeal("restore", kept, "--home", tmp_path / "empty").exit_code == 0


@pytest.mark.parametrize("folder", ["kept", "copied_home/kept", "copied_home", "working_folder/file"])
def test_a_backup_takes_no_folder_that_is_taken_or_in_the_home(
    synthdeal: Synthdeal, kept: Path, home: Path, tmp_path: Path, folder: str
) -> None:
    Path("file").touch()
    before = content_of(kept), set(tmp_path.rglob("*"))

    refused = synthdeal("backup", tmp_path / folder, "--home", home)

    assert (refused.exit_code, code_of(refused)) == (2, "backup.folder-taken")
    assert (content_of(kept), set(tmp_path.rglob("*"))) == before


def test_an_empty_home_has_nothing_to_back_up(synthdeal: Synthdeal, tmp_path: Path) -> None:
    refused = synthdeal("backup", tmp_path / "kept", "--home", tmp_path / "none")

    assert (refused.exit_code, code_of(refused)) == (1, "backup.nothing-there")
    assert not (tmp_path / "kept").exists()


def test_a_damaged_home_is_not_backed_up_as_if_it_were_whole(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    shard = a_shard(home)
    shard.write_bytes(b"a diary " * 500)
    assert code_of(synthdeal("backup", tmp_path / "here" / "kept", "--home", home)) == "backup.damaged"
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(("script", "code"), [(KILLED_BACKUP, -signal.SIGKILL), (FULL_DISK, 1)], ids=["kill", "full"])
def test_a_backup_that_is_killed_or_finds_the_disk_full_leaves_nothing_under_its_name(
    synthdeal: Synthdeal, home: Path, tmp_path: Path, script: str, code: int
) -> None:
    before = (home / "warehouse.duckdb").read_bytes()
    command = [sys.executable, "-c", script, "backup", str(tmp_path / "kept"), "--home", str(home)]
    ended = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False)

    assert ended.returncode == code, ended.stderr
    assert not (tmp_path / "kept").exists()
    if script == FULL_DISK:
        assert "File too large" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
        assert not list(tmp_path.glob(".kept.*"))
    assert (home / "warehouse.duckdb").read_bytes() == before
    assert synthdeal("backup", tmp_path / "kept", "--home", home).exit_code == 0


def test_a_history_that_was_set_aside_is_backed_up_as_it_is(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    os.truncate(home / "dagster/history/runs/index.db", 20_000)
    assert synthdeal("check", "--set-aside", "--home", home).exit_code == 1
    (aside,) = (home / "dagster").glob("damaged-*")
    log = aside / "history/runs/index.db-wal"
    log.write_bytes(b"its log")

    made = synthdeal("backup", tmp_path / "backup", "--home", home)
    restored = synthdeal("restore", tmp_path / "backup", "--home", tmp_path / "restored")

    assert (made.exit_code, restored.exit_code) == (0, 0), made.stderr + restored.stderr
    assert content_of(tmp_path / "restored" / aside.relative_to(home)) == content_of(aside)

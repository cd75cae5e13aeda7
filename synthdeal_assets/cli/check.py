"""`synthdeal check`: read all that is in a home, and say of each part whether it is whole.

It repairs nothing; a damaged history it moves away when it is told to. What damage is belongs in the two modules
`damage.py` of `foundation`, what every run looks at is called from `home.py` and by the warehouse itself.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import duckdb

from synthdeal_assets.cli.console import results, say
from synthdeal_assets.cli.failures import describe_failure
from synthdeal_assets.cli.home import LOCK_NAME, lock_or_holder
from synthdeal_assets.cli.ui import LOCK_NAME as UI_LOCK_NAME
from synthdeal_assets.definitions import ROOMS
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.damage import SET_ASIDE, damage_of, reason_if_emptied
from synthdeal_assets.foundation.dagster_instance.run_log import RESOLVED_CONFIG, is_whole_config
from synthdeal_assets.foundation.leases import SUFFIX, holder_of
from synthdeal_assets.foundation.run_process import FOLDER as ALIVE_FOLDER
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.damage import rows_of_tables
from synthdeal_assets.foundation.warehouse.migrations import COPY_MARK
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER
from synthdeal_assets.llm.ledger.journal import LEFT_SUFFIX, NOT_TAKEN_SUFFIX, read_journals, set_aside_lines
from synthdeal_assets.settings import Settings

HISTORY_FOLDERS: Final = ("history", "schedules")
"""Of Dagster's home: its databases. What it captured of runs' output, and how it is configured, stays."""

PATH_SUFFIX: Final = "_path"
"""Ends the names of columns that hold a file, relative to the home folder."""

Damage: TypeAlias = Iterator[str | tuple[str, str]]
"""What a look found: what is whole, in a few words, or what is damaged and how."""


def check_home(settings: Settings, *, set_aside: bool) -> int:
    """Read everything and print a line for each part and for each damage.

    Args:
        settings: Where the home is.
        set_aside: Move Dagster's history away if it is damaged, so that the next run starts a new one.

    Returns:
        The exit code: 1 when something is damaged.

    Raises:
        SynthDealError: The history is to be moved away while something uses it.
    """
    home, dagster = settings.storage.home.absolute(), settings.storage.dagster_home
    damaged: list[str] = []
    for part, look in (
        ("Warehouse", _warehouse(settings)),
        ("Reports", _published(settings)),
        ("Journals", _journals(home)),
        ("Run logs", _run_logs(settings.storage.runs_path)),
        ("Dagster", _databases(dagster, (path for name in HISTORY_FOLDERS for path in (dagster / name).rglob("*.db")))),
        ("MLflow", _databases(home, home.glob("mlflow.db"))),
    ):
        try:
            for found in look:
                if isinstance(found, str):
                    say(f"ok      {part}: {found}")
                else:
                    damaged.append(part)
                    say(f"DAMAGE  {part}: {found[0]}: {found[1]}")
        except (SynthDealError, OSError, duckdb.Error) as error:
            damaged.append(part)
            say(f"DAMAGE  {part}: {describe_failure(error)[0]}")
    if "Dagster" in damaged and set_aside:
        _set_aside(settings)
    elif "Dagster" in damaged:
        results.print("`synthdeal check --set-aside` moves Dagster's history away; every table and report stays.")
    if set(damaged) - {"Dagster"}:
        results.print(
            "Restore a backup (`synthdeal restore`), or make what is damaged anew as docs/operations.md says."
        )
    return 1 if damaged else 0


def _warehouse(settings: Settings) -> Damage:
    path = settings.storage.warehouse_path
    if not path.exists():
        yield "none yet; `synthdeal run` creates it"
        return
    with Warehouse.of(settings).connect() as connection:
        yield from _tables(connection, path)
    for copy in path.parent.glob(f"{path.name}{COPY_MARK}*[0-9]"):
        with duckdb.connect(copy, read_only=True) as connection:
            yield from _tables(connection, copy)


def _tables(connection: duckdb.DuckDBPyConnection, path: Path) -> Damage:
    found = dict(rows_of_tables(connection))
    rows = [each for each in found.values() if isinstance(each, int)]
    yield f"{path.name}: {sum(rows):,} rows of {len(rows)} tables"
    for table, each in found.items():
        if isinstance(each, duckdb.Error):
            yield f"{path.name}: {table}", str(each).splitlines()[0]


def _published(settings: Settings) -> Damage:
    """Every file that a table names; an older one than the newest may have been deleted."""
    if not settings.storage.warehouse_path.exists():
        return
    named: dict[str, bool] = {}
    with Warehouse.of(settings).connect() as connection:
        for table in (table for room in ROOMS for table in room.tables):
            for column in (column.name for column in table.columns if column.name.endswith(PATH_SUFFIX)):
                if table_exists(connection, table):
                    query = f"SELECT {column} FROM {table.qualified_name} ORDER BY created_at DESC"
                    paths = [path for (path,) in connection.execute(query).fetchall() if path]
                    named |= {path: path == paths[0] for path in paths}
    present = {path for path in named if (settings.storage.home / path).is_file()}
    broken = {path: reason for path in present if (reason := _file_damage(settings.storage.home / path))}
    broken |= {path: "missing" for path, is_newest in named.items() if is_newest and path not in present}
    yield f"{len(present - broken.keys()):,} published files that tables name"
    yield from sorted(broken.items())


def _file_damage(path: Path) -> str | None:
    """What is wrong with a published file, as far as its form shows it."""
    if path.suffix == ".html":
        return None if path.read_bytes().rstrip().endswith(b"</html>") else "cut short"
    if path.suffix == ".xlsx":
        try:
            with zipfile.ZipFile(path) as workbook:
                return workbook.testzip()
        except zipfile.BadZipFile as error:
            return str(error)
    return None if path.stat().st_size else "empty"


def _journals(home: Path) -> Damage:
    journals, strange = read_journals(home / JOURNAL_FOLDER)
    yield f"{sum(len(journal.calls) for journal in journals):,} requests that the next run takes into the ledger"
    for journal in journals:
        if journal.unreadable:
            yield journal.path.name, f"{len(journal.unreadable):,} lines hold no request; the next run sets them aside"
    for path, reason in strange:
        yield path.name, f"{reason}; every run leaves it alone: put a good copy in its place, or move it away"
    for path, lines in set_aside_lines(home / JOURNAL_FOLDER):
        yield (
            path.name,
            (
                f"{lines:,} lines that the ledger could not take: correct them and rename the file to "
                f"{path.name.removesuffix(NOT_TAKEN_SUFFIX)}{LEFT_SUFFIX}, or delete it"
            ),
        )


def _run_logs(folder: Path) -> Damage:
    files = {path for path in folder.glob("*/*") if path.suffix in {".json", ".jsonl"}}
    configs = set(folder.glob(f"*/{RESOLVED_CONFIG}"))
    broken = {path: "cut short, or not JSON" for path in files if not _is_json(path)}
    broken |= {path: "cut short, or not the settings of a run" for path in configs if not is_whole_config(path)}
    yield f"{len(files | configs) - len(broken):,} files"
    yield from ((f"{path.parent.name}/{path.name}", reason) for path, reason in sorted(broken.items()))


def _is_json(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
        # The last line of a run that is being written, or was killed, may be half of one.
        for document in text.split("\n")[:-1] if path.suffix == ".jsonl" else [text]:
            json.loads(document)
    except (ValueError, RecursionError):
        return False
    return True


def _databases(folder: Path, paths: Iterable[Path]) -> Damage:
    databases = sorted(paths)
    broken = {path: reason for path in databases if (reason := damage_of(path) or reason_if_emptied(folder, path))}
    if databases:
        yield f"{len(databases) - len(broken):,} databases"
    yield from ((str(path.relative_to(folder)), reason) for path, reason in broken.items())


def _set_aside(settings: Settings) -> None:
    folder = settings.storage.dagster_home
    with (settings.storage.home.absolute() / LOCK_NAME).open("a+", encoding="utf-8") as lock:
        users = [folder / UI_LOCK_NAME, *(folder / ALIVE_FOLDER).glob(f"*{SUFFIX}")]
        if lock_or_holder(lock.fileno()) or any(holder_of(user) for user in users):
            raise SynthDealError(
                f"Dagster's history in {folder} cannot be moved away while a run or `synthdeal ui` uses it: stop them, "
                "then run `synthdeal check --set-aside` again.",
                code="check.history-in-use",
            )
        aside = folder / f"{SET_ASIDE}{utc_now():%Y%m%dT%H%M%S}"
        aside.mkdir()
        for name in HISTORY_FOLDERS:
            if (folder / name).exists():
                (folder / name).rename(aside / name)
    say(f"Dagster's history is in {aside} now; the next run starts a new one.")

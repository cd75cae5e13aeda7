"""The layout of the warehouse's tables, and the steps that bring a warehouse of an older layout up to the present one.

To add, rename or retype a column: change its description in the room's `tables.py`; write
`layouts/NNNN_what_changes.sql`, where each part stands under a line `-- table: schema.name` and runs only where that
table is there; append its name to MIGRATIONS. A test opens a home of layout 1 and fails until the three agree.

A step is history: it names tables as they were called then, and nobody edits it once a release has it. What tables
hold today belongs in the rooms; opening the warehouse belongs in `warehouse.py`, which calls this each time it has.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import marked_parts

COPY_MARK: Final = ".before-layout-"
"""Follows the warehouse's name in the name of the copy; the layout that it was brought to ends it."""

PARTIAL_SUFFIX: Final = ".partial"
"""Ends the name of a copy that is not complete; a killed process leaves it, the next one writes over it."""

COPY_FILE: Final = """
import os, shutil, sys
try:
    shutil.copy(sys.argv[1], sys.argv[2])
    with open(sys.argv[2], "rb") as copied:
        os.fsync(copied.fileno())
except OSError as error:
    sys.exit(error.strerror)
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Migration:
    """One step from a layout to the next.

    Attributes:
        version: The layout that it leads to.
        name: What changes, snake_case.
        apply: Makes the change on a connection, inside a transaction; does nothing for tables that are not there.
    """

    version: int
    name: str
    apply: Callable[[duckdb.DuckDBPyConnection], None]


def migration_from_file(version: int, name: str) -> Migration:
    """The step that `layouts/<version, four digits>_<name>.sql` describes.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Text stands before its first `-- table:` line, or a part is empty.
    """
    file = resources.files(__package__).joinpath("layouts", f"{version:04d}_{name}.sql")
    parts = marked_parts(file.read_text(encoding="utf-8"), "table")

    def apply(connection: duckdb.DuckDBPyConnection) -> None:
        for table, statements in parts:
            if _is_there(connection, table):
                connection.execute(statements)

    return Migration(version, name, apply)


MIGRATIONS: Final = (
    migration_from_file(2, "versions_of_the_world"),
    migration_from_file(3, "what_requests_are_for"),
    migration_from_file(4, "what_counts_against_the_cap"),
    migration_from_file(5, "whose_answer_it_is"),
    migration_from_file(6, "what_levels_count_for"),
    migration_from_file(7, "whose_failure_it_is"),
    migration_from_file(8, "what_a_deal_can_expect"),
    migration_from_file(9, "phones_that_are_not_there"),
    migration_from_file(10, "worlds_without_planted_instructions"),
    migration_from_file(11, "why_a_deal_ended"),
    migration_from_file(12, "what_is_a_part_of_what"),
    migration_from_file(13, "what_an_amount_is_made_of"),
    migration_from_file(14, "landmarks"),
    migration_from_file(15, "where_accounts_can_be_written_to"),
    migration_from_file(16, "plans"),
    migration_from_file(17, "who_comes_and_goes"),
    migration_from_file(18, "where_and_when"),
    migration_from_file(19, "who_is_known_at_an_account"),
    migration_from_file(20, "what_customers_have"),
    migration_from_file(21, "renewals"),
    migration_from_file(22, "when_in_the_day"),
    migration_from_file(23, "what_was_written_at_month_ends"),
    migration_from_file(24, "how_scorers_do_at_month_ends"),
    migration_from_file(25, "comparisons_of_many_sides"),
)
"""Every step since layout 1, in order."""

SCHEMA_VERSION: Final = 1 + len(MIGRATIONS)
"""The present layout. A warehouse with a higher one was written by a newer SynthDeal and is not touched."""


def bring_up_to_date(
    connection: duckdb.DuckDBPyConnection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring the warehouse to the present layout: all steps or none; a copy of the file is made before.

    A warehouse that nobody has written to gets the present layout's number.

    Args:
        connection: The one connection to the warehouse, outside a transaction.
        path: The warehouse's file.
        migrations: Every step since layout 1, in order.

    Raises:
        SynthDealError: A newer SynthDeal wrote the warehouse, or it cannot be copied; nothing was changed.
        duckdb.Error: A step failed; nothing was changed.
    """
    present = 1 + len(migrations)
    layout = _layout(connection)
    if layout is None:
        _transact(connection, lambda: _number(connection, present))
    elif layout > present:
        raise SynthDealError(
            f"The warehouse {path} has layout {layout}, but this version of SynthDeal only supports layouts up to "
            f"{present}: update SynthDeal, or choose another folder with --home.",
            code="warehouse.newer",
        )
    elif layout < present:
        _migrate(connection, path, layout, migrations)


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path, layout: int, migrations: Sequence[Migration]) -> None:
    present = 1 + len(migrations)
    copy = path.with_name(f"{path.name}{COPY_MARK}{present}")
    # What DuckDB has only in its log beside the file has to be in the file before that is copied.
    connection.execute("CHECKPOINT")
    _copy(path, copy, layout)

    def change() -> None:
        for migration in migrations[layout - 1 :]:
            migration.apply(connection)
        _number(connection, present)

    _transact(connection, change)
    connection.execute("CHECKPOINT")
    for other in path.parent.iterdir():
        if other.name.startswith(f"{path.name}{COPY_MARK}") and other != copy:
            other.unlink()
    logger.warning(
        "The tables of %s now have layout %d; the file as it was before, with layout %d, is %s: delete it once you "
        "have checked that everything works.",
        path,
        present,
        layout,
        copy,
    )


def _copy(path: Path, copy: Path, layout: int) -> None:
    partial = copy.with_name(f"{copy.name}{PARTIAL_SUFFIX}")
    try:
        reason = copy_while_held(path, partial)
        if reason is None:
            partial.replace(copy)
            return
    finally:
        partial.unlink(missing_ok=True)
    raise SynthDealError(
        f"The warehouse {path} has the older layout {layout} and cannot be copied to {copy} before its tables change "
        f"({reason}): free {path.stat().st_size / 2**20:,.0f} MiB there and try again; nothing was changed.",
        code="warehouse.cannot-copy",
    )


def copy_while_held(path: Path, copy: Path) -> str | None:
    """Copy the file of a warehouse that this process holds open; returns why that was not possible, if it was not.

    What is in DuckDB's log alone is not in the copy: CHECKPOINT comes before.
    """
    # In a process of its own: when this one closes the file, the operating system takes DuckDB's lock on it away.
    # Source: https://pubs.opengroup.org/onlinepubs/9799919799/functions/fcntl.html
    command = [sys.executable, "-I", "-S", "-c", COPY_FILE, str(path), str(copy)]
    copying = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - made here
    if copying.returncode == 0:
        return None
    return (copying.stderr.strip().splitlines() or [f"code {copying.returncode}"])[-1]


def _transact(connection: duckdb.DuckDBPyConnection, change: Callable[[], None]) -> None:
    connection.begin()
    try:
        change()
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _layout(connection: duckdb.DuckDBPyConnection) -> int | None:
    # Not asked for in the catalogue first: every opening passes here, and that costs more than the opening itself.
    try:
        row = connection.execute("SELECT max(version) FROM ops.schema_version").fetchone()
    except duckdb.CatalogException:
        return None
    return None if row is None or row[0] is None else int(row[0])


def _number(connection: duckdb.DuckDBPyConnection, layout: int) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
    connection.execute("CREATE TABLE IF NOT EXISTS ops.schema_version (version INTEGER NOT NULL)")
    connection.execute("DELETE FROM ops.schema_version")
    connection.execute("INSERT INTO ops.schema_version VALUES (?)", [layout])


def _is_there(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", table.split(".")
    ).fetchone()
    return found is not None and bool(found[0])

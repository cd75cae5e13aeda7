"""Damage of SQLite databases, Dagster's history above all, which Dagster would meet in the middle of a run, or never.

SQLite opens an empty file as a new database, and passes over a log that is none of its own. What is done about a
damaged history belongs to whoever asks.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from synthdeal_assets.errors import SynthDealError

SHARED_DATABASES: Final = ("history/runs.db", "history/runs/index.db", "history/runs/.db", "schedules/schedules.db")
"""In Dagster's home: what every run reads and writes. Beside the index, each run has a database of its own, named after
it; what is recorded of no run, as of `ops.runs` and the views, is in the one without a name."""

READ_AT_ONCE_BYTES: Final = 64 * 2**20
"""Up to this size, SQLite's quick check takes a fraction of a second, and each run does it first."""

LOG_STARTS: Final = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""Source: https://www.sqlite.org/fileformat2.html#walformat"""

LOG_HEADER_BYTES: Final = 32
SMALLEST_BYTES: Final = 512
"""One page: SQLite takes a smaller file for a new database."""

BUSY_S: Final = 20.0

SET_ASIDE: Final = "damaged-"
"""How folders in Dagster's home begin that hold a damaged history, for whoever wants to look into it."""

UNREAD: Final = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})
"""Input and output that failed because of the file: whatever else failed is the disk's room."""


def require_sound_history(folder: Path) -> None:
    """Look at what every run needs of Dagster's history, before Dagster opens it.

    Args:
        folder: Dagster's home.

    Raises:
        SynthDealError: A database is damaged, or the operating system does not let it be read.
        sqlite3.OperationalError: As `damage_of`.
    """
    for name in SHARED_DATABASES:
        database = folder / name
        if database.exists():
            thorough = database.is_file() and database.stat().st_size <= READ_AT_ONCE_BYTES
            reason = damage_of(database, "quick_check(1)" if thorough else "schema_version")
            if reason := reason or reason_if_emptied(folder, database):
                raise history_damaged(folder, f"{name}: {reason}")


def reason_if_emptied(folder: Path, database: Path) -> str | None:
    """Why a database of Dagster's home that SQLite takes for a new one is damaged; None when it is not."""
    return (
        "empty, although runs have been recorded"
        if database.relative_to(folder).as_posix() in SHARED_DATABASES
        and database.stat().st_size < SMALLEST_BYTES
        and any((folder / "history" / "runs").glob("*-*.db"))
        else None
    )


def history_damaged(folder: Path, reason: str) -> SynthDealError:
    """The sentence for a damaged history."""
    return SynthDealError(
        f"Dagster's history in {folder} is damaged ({reason}): `synthdeal check --set-aside` moves it away and the "
        "next run starts a new one, or restore a backup (`synthdeal restore`); every table and report is stored "
        "elsewhere and stays.",
        code="dagster.history-damaged",
    )


def damage_of(database: Path, check: str = "integrity_check(1)") -> str | None:
    """What is wrong with an SQLite database, in a few words; None when nothing is, or when it is in use just now.

    Args:
        database: The file, which this process reads through SQLite alone: to close it any other way would take away
            the locks of connections that are open to it.
        check: The pragma that looks; what it returns is what is wrong.

    Raises:
        SynthDealError: The operating system does not let it be read.
        sqlite3.OperationalError: The disk is full: SQLite writes beside a database to read it.
    """
    if not database.is_file():
        return "not a file"
    try:
        with suppress(FileNotFoundError), database.with_name(f"{database.name}-wal").open("rb") as log:
            start = log.read(LOG_HEADER_BYTES)
            if len(start) == LOG_HEADER_BYTES and not start.startswith(LOG_STARTS):
                return "its log does not begin as SQLite's do"
        if not os.access(database, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except IsADirectoryError:
        return "its log is a folder"
    except OSError as error:
        raise SynthDealError(
            f"Dagster's database {database} cannot be used ({error.strerror}): make it and its folder readable and "
            "writable for your user, or choose another folder with --home.",
            code="dagster.database-unusable",
        ) from error
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_S)) as connection:
            said = connection.execute(f"PRAGMA {check}").fetchone()
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode
        if code & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR} and code not in UNREAD:
            raise
        return None if "locked" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if said is None or isinstance(said[0], int) or said[0] == "ok" else str(said[0]).splitlines()[-1]

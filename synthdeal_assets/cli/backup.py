"""`synthdeal backup` and `synthdeal restore`: all of a home in a folder, and back, whole or not at all.

A backup is what a kill at that moment would have left: Dagster's history first, then the warehouse and the journals of
paid answers under the warehouse's lock, then the files that tables name. The run that was under way is closed and gone
on with in the restored home.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final, NoReturn

from synthdeal_assets import __version__
from synthdeal_assets.cli.console import results
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.damage import SET_ASIDE
from synthdeal_assets.foundation.leases import SUFFIX as LOCK_SUFFIX
from synthdeal_assets.foundation.private_files import private_files
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.migrations import (
    COPY_MARK,
    PARTIAL_SUFFIX,
    SCHEMA_VERSION,
    copy_while_held,
)
from synthdeal_assets.foundation.warehouse.warehouse import SPILL_FOLDER, Warehouse
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER
from synthdeal_assets.settings import Settings

MANIFEST: Final = "manifest.json"
MANIFEST_FORMAT: Final = 1
WAREHOUSE: Final = "warehouse.duckdb"
DATABASE_SUFFIX: Final = ".db"
BUSY_S: Final = 60.0
LEFT_OUT: Final = (LOCK_SUFFIX, PARTIAL_SUFFIX, ".wal", "-wal", "-shm", "-journal")
"""Ends of names: locks, what is not complete, and logs of databases, whose content is in the copied databases."""


def make_backup(settings: Settings, folder: Path) -> int:
    """Copy the home to a new folder that only this user can read.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is nothing to copy, the folder is taken or lies in the home, it cannot be written, or what
            is to be copied is damaged.
    """
    home, warehouse = settings.storage.home.absolute(), Warehouse.of(settings)
    if not warehouse.path.exists():
        raise SynthDealError(
            f"There is nothing to back up in {home}: run `synthdeal run` first, or name another folder with --home.",
            code="backup.nothing-there",
        )
    if folder.resolve().is_relative_to(home.resolve()) or _is_taken(folder):
        raise SynthDealError(
            f"A backup cannot be written to {folder}: name a folder that does not exist yet and lies outside {home}.",
            code="backup.folder-taken",
            usage=True,
        )
    with _made_aside(folder) as aside:
        for path in _files(home, databases=True):
            _copy_database(path, aside / path.relative_to(home))
        with warehouse.connect() as connection:
            connection.execute("CHECKPOINT")
            target = aside / WAREHOUSE
            if (reason := copy_while_held(warehouse.path, target)) is not None:
                raise OSError(0, reason)
            target.chmod(0o600)
            # No request can leave its journal for the ledger while this process holds the warehouse.
            _copy_files(home, aside, journals=True)
        _copy_files(home, aside, journals=False)
        files: dict[str, dict[str, Any]] = {
            path.relative_to(aside).as_posix(): {"bytes": path.stat().st_size, "sha256": _hash(path)}
            for path in sorted(aside.rglob("*"))
            if path.is_file()
        }
        made = {"format": MANIFEST_FORMAT, "synthdeal": __version__, "layout": SCHEMA_VERSION, "made_at": utc_now()}
        manifest = json.dumps({**made, "files": files}, indent=1, default=str)
        _write(aside / MANIFEST, manifest.encode())
    size = sum(each["bytes"] for each in files.values())
    results.print(f"{len(files):,} files, {size / 2**20:,.1f} MiB, are in {folder}.")
    results.print("Settings and keys are kept outside the home: keep synthdeal.toml and .env as well.")
    return 0


def restore_backup(settings: Settings, folder: Path) -> int:
    """Copy a backup into an empty home, once all of it has been verified.

    Returns:
        The exit code.

    Raises:
        SynthDealError: The home holds something, the folder is no backup, a file of it is damaged, or the home cannot
            be written.
    """
    home = settings.storage.home.absolute()
    if _is_taken(home):
        raise SynthDealError(
            f"The home {home} is not empty: move it away once nothing runs there, or name another one with --home.",
            code="restore.home-not-empty",
        )
    files = _read_manifest(folder)
    with _made_aside(home) as aside:
        for name, expected in files.items():
            target = aside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(folder / name, target)
            except FileNotFoundError:
                _refuse_damaged(folder, name, "is missing")
            target.chmod(0o600)
            if _hash(target) != expected:
                _refuse_damaged(folder, name, "is not the file that was backed up")
    results.print(f"{len(files):,} files are in {home}; `synthdeal run` goes on from there.")
    return 0


def _read_manifest(folder: Path) -> dict[str, str]:
    """The check sums of a backup's files, by their paths below it."""
    try:
        manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {str(name): str(each["sha256"]) for name, each in manifest["files"].items()}
        known = manifest["format"] == MANIFEST_FORMAT
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthDealError(
            f"{folder} is not a backup, or its {MANIFEST} is damaged: name a folder that `synthdeal backup` has made.",
            code="restore.no-backup",
        ) from error
    if not known:
        raise SynthDealError(
            f"The backup {folder} was made by a newer version of SynthDeal: update SynthDeal.", code="restore.newer"
        )
    for name in files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            _refuse_damaged(folder, name, "leads out of the backup")
    return files


def _refuse_damaged(folder: Path, name: str, what: str) -> NoReturn:
    raise SynthDealError(
        f"The backup {folder} is damaged ({name} {what}): restore another one; nothing was changed.",
        code="restore.damaged",
    )


def _is_taken(folder: Path) -> bool:
    return folder.is_symlink() or folder.is_file() or (folder.exists() and any(folder.iterdir()))


@contextmanager
def _made_aside(folder: Path) -> Iterator[Path]:
    """A folder beside another one, which takes its place when the block ends well, and is removed when it raises."""
    aside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=PARTIAL_SUFFIX, dir=folder.parent))
        with private_files():
            yield aside
        aside.replace(folder)
    except (OSError, sqlite3.OperationalError) as error:
        raise SynthDealError(
            f"{folder} cannot be written ({getattr(error, 'strerror', None) or error}): free some space, or name "
            "another folder; nothing was left there and nothing was changed.",
            code="backup.cannot-write",
        ) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _files(home: Path, *, databases: bool) -> list[Path]:
    """The files of a home that are backed up, SQLite's databases or all others but the warehouse."""
    found = []
    for folder, folders, names in os.walk(home, followlinks=True):
        folders[:] = [name for name in folders if name != SPILL_FOLDER and not name.endswith(PARTIAL_SUFFIX)]
        # What was set aside is copied as it is: damaged databases cannot be read, and their logs belong to them.
        as_it_is = any(part.startswith(SET_ASIDE) for part in Path(folder).relative_to(home).parts)
        found += [
            Path(folder) / name
            for name in names
            if (as_it_is or not _is_left_out(name)) and (name.endswith(DATABASE_SUFFIX) and not as_it_is) is databases
        ]
    kept = [path for path in found if path.is_file()]
    return sorted(kept)


def _is_left_out(name: str) -> bool:
    return name == WAREHOUSE or name.endswith(LEFT_OUT) or COPY_MARK in name


def _copy_database(path: Path, target: Path) -> None:
    """Copy an SQLite database by its own means: consistent, whoever writes to it meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise SynthDealError(
            f"{path} is damaged ({error}): `synthdeal check` says what is, and what to do; no backup was made.",
            code="backup.damaged",
        ) from error
    target.chmod(0o600)


def _copy_files(home: Path, aside: Path, *, journals: bool) -> None:
    for path in _files(home, databases=False):
        relative = path.relative_to(home)
        if (relative.parts[0] == JOURNAL_FOLDER) is journals:
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # It was there a moment ago: an execution that has ended removes its journal.
            _write(aside / relative, content)


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    target.chmod(0o600)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

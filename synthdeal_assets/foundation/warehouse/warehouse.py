"""The warehouse: one DuckDB file, and the only module that opens a connection to it.

DuckDB lets one process write and shuts everyone else out while it does, so a connection is held for as short as the
work takes, never across a call to anything slow, and a file held by somebody else is waited for with a deadline.
Which tables there are belongs in the rooms; what is in them is decided by the callers.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import dagster as dg
import duckdb
import polars as pl
from dagster_duckdb import DuckDBResource
from pydantic import Field

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.instance_redaction import redaction_warning
from synthdeal_assets.foundation.private_files import make_private
from synthdeal_assets.foundation.run_process import begin_run
from synthdeal_assets.foundation.warehouse.damage import log_damaged, log_of, require_readable_log, require_sound_rows
from synthdeal_assets.foundation.warehouse.migrations import bring_up_to_date
from synthdeal_assets.foundation.warehouse.statements import sql_literal
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.settings import Settings

FIRST_WAIT_S = 0.02
MAX_WAIT_S = 0.5
REMIND_EVERY_S = 10.0

SPILL_FOLDER = "duckdb_temp"
"""Under the home folder: where DuckDB puts what does not fit into memory, and takes it away again."""

INCOMING_SUFFIX = "__incoming"
"""Ends the name of a table that is filled to take another's place; a killed run leaves it, the next removes it."""

FILLED_BETWEEN_CHECKPOINTS = "1GB"
"""Rows that come in while tables are filled, until DuckDB moves them from its log to where they stay. With its usual
16 MB it does so after every piece, and writes the block of rows at a table's end, which is never full, over and over: a
world of 100,000 opportunities a year took half more processor time to write, and a third more space."""

COPIED_AT_ONCE = 2**22

UNUSABLE_FILE = ("Permission denied", "Cannot open file", "Read-only", "Is a directory")
"""How DuckDB says that the operating system does not let it have a file."""

DAMAGED_FILE = ("Corrupt database file", "Could not read enough bytes")
"""How DuckDB says that a file is cut short, or that its check sums do not hold."""

TABLE_MISSING = re.compile(r'Table with name "?(?:(?P<schema>\w+)\.)?(?P<name>\w+)"? does not exist')
"""How DuckDB says that nobody has made a table. It leaves the schema out where that has other tables."""

logger = logging.getLogger(__name__)

_process_locks: dict[str, threading.RLock] = {}
_process_locks_guard = threading.Lock()


class Warehouse(DuckDBResource):
    """dagster-duckdb's resource with a deadline for the lock, transactions, and connections that are always closed.

    Attributes:
        database: Path of the DuckDB file.
        lock_timeout: Seconds to wait for a file that another process holds.
    """

    lock_timeout: float = Field(
        default=60.0, ge=0, description="Seconds to wait for a file that another process is using."
    )

    @classmethod
    def of(cls, settings: Settings, *, lock_timeout: float | None = None) -> Self:
        """The warehouse of a home.

        Args:
            settings: Where it is, and how long it is waited for.
            lock_timeout: Seconds to wait in place of the setting.
        """
        return cls(
            database=str(settings.storage.warehouse_path),
            lock_timeout=settings.storage.lock_timeout if lock_timeout is None else lock_timeout,
        )

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Tag the run with the process it lives in: every run that can hold the warehouse can be found dead.

        Every run passes here first, so this is also where it is said when its history is stored with secrets, and
        where damage is looked for before anything is written.

        Raises:
            SynthDealError: The warehouse is damaged, or cannot be had.
        """
        if context.run is not None and context.instance is not None:
            run_id = context.run.run_id
            make_private(self.path.parent)
            context.instance.add_run_tags(run_id, begin_run(context.instance.root_directory, run_id))
            if context.log is not None and (warning := redaction_warning(context.instance)) is not None:
                context.log.warning("%s", warning)
            self.require_sound()

    def require_sound(self) -> None:
        """Look for what damage can cheaply be found, before anything is written.

        Raises:
            SynthDealError: The warehouse is damaged, or cannot be had.
        """
        if self.path.exists():
            with self.connect() as connection:
                require_sound_rows(connection, self.path)

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return Path(self.database)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that is closed when the block ends, however it ends.

        Threads of this process take turns; a thread must not open a second one inside the block.

        Raises:
            SynthDealError: The file is held by another process for longer than `lock_timeout`, is not a DuckDB
                file, was written by a newer version, or cannot be opened or created; or the block reads a table that
                has not been made.
        """
        with _process_lock(self.database):
            connection = self._open()
            try:
                yield connection
            except duckdb.Error as error:
                if (sentence := _sentence_for(error, self.path)) is not None:
                    raise sentence from error
                raise
            finally:
                connection.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside a transaction: committed when the block ends well, rolled back when it raises."""
        with self.connect() as connection, in_transaction(connection):
            yield connection

    def read(self, query: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> pl.DataFrame:
        """The result of one query as a frame."""
        with self.connect() as connection:
            return query_frame(connection, query, parameters)

    def read_table(self, table: Table) -> pl.DataFrame:
        """All rows of a table in the order of its primary key; no rows when it has not been made yet."""
        with self.connect() as connection:
            return table_frame(connection, table)

    def exists(self, table: Table) -> bool:
        """Whether the table has been made."""
        with self.connect() as connection:
            return table_exists(connection, table)

    def replace(self, frames: Mapping[Table, pl.DataFrame]) -> None:
        """Replace the whole content of some tables, all in one transaction."""
        with self.transaction() as connection:
            for table, frame in frames.items():
                recreate(connection, table)
                insert(connection, table, frame)

    @contextmanager
    def swap_in(
        self, tables: Sequence[Table], *, also_execute: Sequence[str] = ()
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, Mapping[Table, Table]]]:
        """Empty tables beside some tables, which take their places in one transaction when the block ends well.

        The block runs outside a transaction, because one that is open all the time would keep everything in memory
        until it is committed. When it raises, the old tables stay as they were and the new ones are dropped.

        Args:
            tables: Every table that is replaced, also when the block puts nothing into it.
            also_execute: Statements of the same transaction; the block may still add to them.

        Yields:
            A connection, and for each table the one beside it: of the same columns, under another name. The block may
            drop it and make it anew with more columns.
        """
        incoming = {table: dataclasses.replace(table, name=f"{table.name}{INCOMING_SUFFIX}") for table in tables}
        with self.connect() as connection:
            connection.execute(f"SET checkpoint_threshold = '{FILLED_BETWEEN_CHECKPOINTS}'")
            try:
                for table in incoming.values():
                    recreate(connection, table)
                yield connection, incoming
                connection.begin()
                for table, filled in incoming.items():
                    connection.execute(f"DROP TABLE IF EXISTS {table.qualified_name}")
                    connection.execute(f"ALTER TABLE {filled.qualified_name} RENAME TO {table.name}")
                for statement in also_execute:
                    connection.execute(statement)
                connection.commit()
            except BaseException:
                _forget(connection, incoming.values())
                raise

    def merge(self, frames: Mapping[Table, pl.DataFrame]) -> None:
        """Insert rows, replacing those with the same primary key, all in one transaction."""
        with self.transaction() as connection:
            for table, frame in frames.items():
                create(connection, table)
                delete_matching(connection, table, frame, table.primary_key)
                insert(connection, table, frame)

    def copy_to(self, target: Path) -> int:
        """Copy the file as it is between two changes.

        Args:
            target: File to write.

        Returns:
            When the warehouse was last changed: its time in the file system, in nanoseconds.

        Raises:
            SynthDealError: As for `connect`.
            OSError: The copy cannot be written.
        """
        # Whoever closes any handle of a file gives up the locks that the process has on it: DuckDB's goes first.
        with _process_lock(self.database), self.path.open("rb") as file, self.connect() as connection:
            connection.execute("CHECKPOINT")
            with target.open("wb") as copy:
                shutil.copyfileobj(file, copy, COPIED_AT_ONCE)
            return os.fstat(file.fileno()).st_mtime_ns

    def _open(self) -> duckdb.DuckDBPyConnection:
        started = time.monotonic()
        wait, reminded = FIRST_WAIT_S, float("-inf")
        while True:
            was_there = self.path.exists()
            try:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                require_readable_log(self.path)
                connection = duckdb.connect(self.database)
                if not was_there:
                    self.path.chmod(0o600)
                break
            except (duckdb.Error, OSError) as error:
                holder = _lock_holder(error)
                if holder is None:
                    if not was_there:
                        # On a full disk DuckDB leaves the beginning of a file, which nothing could open afterwards.
                        with suppress(OSError):
                            self.path.unlink()
                    if (sentence := _sentence_for(error, self.path)) is not None:
                        raise sentence from error
                    raise
                waited = time.monotonic() - started
                if waited >= self.lock_timeout:
                    raise SynthDealError(
                        f"The warehouse {self.path} is still in use by {holder} after {waited:.0f} s: close that "
                        "program (to read, it can open published/synthdeal.duckdb instead) or raise "
                        "SYNTHDEAL_LOCK_TIMEOUT, then try again.",
                        code="warehouse.held",
                    ) from error
                if waited - reminded >= REMIND_EVERY_S:
                    logger.warning("Waiting for the warehouse %s, which is in use by %s", self.path, holder)
                    reminded = waited
                time.sleep(min(wait, self.lock_timeout - waited))
                wait = min(wait * 2, MAX_WAIT_S)
        try:
            # DuckDB takes a process started with `python -c`, as Dagster starts some, for a person at a prompt.
            connection.execute("SET enable_progress_bar = false")
            bring_up_to_date(connection, self.path)
        except BaseException as error:
            connection.close()
            if isinstance(error, duckdb.Error) and (sentence := _sentence_for(error, self.path)) is not None:
                raise sentence from error
            raise
        return connection


def _forget(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Undo an open transaction and drop the tables, as far as the connection still works."""
    # What went wrong before is what the caller has to hear of.
    with suppress(duckdb.Error):
        connection.rollback()
    with suppress(duckdb.Error):
        for table in tables:
            connection.execute(f"DROP TABLE IF EXISTS {table.qualified_name}")


@contextmanager
def in_transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction: committed when the block ends well, rolled back when it raises.

    DuckDB reads with one thread what the same transaction has put into a table, temporary ones included: large steps
    on the way to a result are quicker before it begins.
    """
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def limit_memory(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let DuckDB go to disk for what does not fit, and give up the order of rows that no ORDER BY asks for.

    Args:
        connection: Whose work is bounded, until it is closed.
        settings: As for `bound_memory`.
    """
    bound_memory(connection, settings)
    connection.execute("SET preserve_insertion_order = false")


def bound_memory(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let DuckDB go to disk for what does not fit.

    Args:
        connection: Whose work is bounded, until it is closed.
        settings: How many GB (1e9 bytes) may be in memory, and the home folder, where what does not fit goes.
    """
    connection.execute(f"SET memory_limit = '{settings.storage.duckdb_memory_gb:g}GB'")
    connection.execute(f"SET temp_directory = {sql_literal(str(settings.storage.home.absolute() / SPILL_FOLDER))}")


def query_frame(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Sequence[object] | Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """The result of one query as a frame, in the order that the query asks for."""
    # Not connection.sql(): after limit_memory() its relation loses the order of an ORDER BY, if there are parameters.
    return connection.execute(query, parameters).pl()


def table_frame(connection: duckdb.DuckDBPyConnection, table: Table) -> pl.DataFrame:
    """All rows of a table in the order of its primary key; no rows when it has not been made yet."""
    if not table_exists(connection, table):
        return table.empty()
    columns = ", ".join(column.name for column in table.columns)
    return query_frame(
        connection, f"SELECT {columns} FROM {table.qualified_name} ORDER BY {', '.join(table.primary_key)}"
    )


def table_exists(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether the table has been made."""
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", list(table.key)
    ).fetchone()
    return found is not None and bool(found[0])


def create(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make the table when it is not there yet."""
    if not table_exists(connection, table):
        for statement in table.create_statements():
            connection.execute(statement)


def recreate(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make the table anew, empty, with its present columns."""
    connection.execute(f"DROP TABLE IF EXISTS {table.qualified_name}")
    create(connection, table)


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **relations: object) -> Iterator[None]:
    """Relations of these names while the block runs; the connection forgets them however it ends.

    Args:
        connection: The connection that knows them.
        relations: What each name stands for: a Polars frame, or any other data that DuckDB reads, such as an Arrow
            reader, which is read once.
    """
    try:
        for name, relation in relations.items():
            connection.register(name, relation)
        yield
    finally:
        for name in relations:
            connection.unregister(name)


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Append the frame's rows.

    Raises:
        ValueError: The frame is not of the table's shape.
    """
    rows = table.conform(frame)
    if rows.is_empty():
        return
    with registered(connection, incoming_rows=rows):
        connection.execute(f"INSERT INTO {table.qualified_name} BY NAME SELECT * FROM incoming_rows")


def delete_matching(
    connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, columns: Sequence[str]
) -> None:
    """Delete the rows whose values in the columns occur in the frame."""
    if frame.is_empty():
        return
    condition = " AND ".join(f"stored.{name} = outgoing_keys.{name}" for name in columns)
    with registered(connection, outgoing_keys=frame.select(columns).unique()):
        connection.execute(f"DELETE FROM {table.qualified_name} AS stored USING outgoing_keys WHERE {condition}")


def _process_lock(database: str) -> threading.RLock:
    with _process_locks_guard:
        return _process_locks.setdefault(str(Path(database).absolute()), threading.RLock())


def _lock_holder(error: Exception) -> str | None:
    """Who holds the file, when the error is DuckDB's conflicting lock; None for any other error."""
    if "Could not set lock on file" not in str(error):
        return None
    found = re.search(r"Conflicting lock is held in (.+?)(?: by user|\. |$)", str(error))
    return found.group(1) if found else "another process"


def _sentence_for(error: Exception, path: Path) -> SynthDealError | None:
    """The error as one sentence when a user can do something about it, else None."""
    text = str(error)
    first_line = text.partition("\n")[0].rstrip(".")
    aside = f"move it away (and {log_of(path).name}, if that is there)"
    failures = {
        log_damaged(path, first_line): "replaying WAL" in text,
        SynthDealError(
            f"{path} is not a DuckDB file: restore a backup (`synthdeal restore`), {aside}, or choose another folder "
            "with --home.",
            code="warehouse.not-duckdb",
        ): "not a valid DuckDB database file" in text,
        SynthDealError(
            f"{path} is damaged ({first_line}): restore a backup (`synthdeal restore`), or {aside} and let the next "
            "run rebuild the world and its scores.",
            code="warehouse.damaged",
        ): any(sign in text for sign in DAMAGED_FILE),
        SynthDealError(
            f"{path} was written by a newer version of DuckDB: update SynthDeal, or choose another folder with --home.",
            code="warehouse.newer-duckdb",
        ): "newer version" in text or "storage version" in text,
        SynthDealError(
            f"The disk that holds {path} is full: free some space and run again; nothing was changed.",
            code="warehouse.disk-full",
        ): "No space left on device" in text or ("disk" in text.lower() and "full" in text.lower()),
        SynthDealError(
            f"DuckDB ran out of the memory it may use ({first_line}): raise SYNTHDEAL_DUCKDB_MEMORY_GB and make sure "
            "the disk has free space; nothing was changed.",
            code="warehouse.out-of-memory",
        ): isinstance(error, duckdb.OutOfMemoryException),
        SynthDealError(
            f"The warehouse {path} cannot be opened or written ({first_line}): check its permissions, or choose "
            "another folder with --home.",
            code="warehouse.unusable",
        ): isinstance(error, OSError) or any(sign in text for sign in UNUSABLE_FILE),
    }
    return next((failure for failure, applies in failures.items() if applies), None) or _table_missing(text, path)


def _table_missing(text: str, path: Path) -> SynthDealError | None:
    """The sentence for a statement that reads a table of ours which nobody has made, or which somebody dropped."""
    missing = TABLE_MISSING.search(text)
    if missing is None:
        return None
    schema, name = missing["schema"] or _schema_at_caret(text), missing["name"]
    if schema is None:
        return None
    return SynthDealError(
        f"{schema}.{name} does not exist in {path}: materialise {schema}/{name} and what it is made of first, or run "
        "the command that makes it, such as `synthdeal run`.",
        code="warehouse.table-missing",
    )


def _schema_at_caret(text: str) -> str | None:
    """The schema of the name that DuckDB points at, in the line of the statement with which its message ends.

    Between the two may stand a table of the same name elsewhere, as what was meant.
    """
    line, caret = ("", *text.split("\n"))[-2:]
    found = re.match(r'"?(\w+)"?\.', line[caret.find("^") :]) if caret.strip() == "^" else None
    return found[1] if found else None

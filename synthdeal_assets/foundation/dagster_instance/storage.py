"""Dagster's history in SQLite, without secrets and without needless disk traffic; named in `dagster.yaml`.

Every statement that Dagster sends to its databases passes one place here, where its values are redacted: events, run
configs, tags, ticks, job snapshots, whatever table they are for. What is redacted belongs in `redaction.py`. The
event log also tells the run log (`run_log.py`) what happens to a run outside its own process.

Dagster opens and closes a connection for every event, and at each close SQLite copies its log into the database and
deletes it. Here connections stay open, and a commit is not forced to the disk: with a write-ahead log that is safe
against a killed process, and a power cut can cost the last events but not the database.
Source: https://www.sqlite.org/pragma.html#pragma_synchronous (NORMAL in WAL mode).
"""

from __future__ import annotations

import fcntl
import os
import weakref
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import dagster as dg
import sqlalchemy as db
from sqlalchemy.engine import Connection, Engine
from watchdog.events import FileSystemEvent
from watchdog.observers import Observer

from synthdeal_assets.foundation.dagster_instance import run_log
from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    INDEX_SHARD_NAME,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    ConfigurableClassData,
    DagsterSqliteStorage,
    EventHandlerFn,
    SqliteEventLogStorage,
    SqliteEventLogStorageWatchdog,
    SqliteRunStorage,
    SqliteScheduleStorage,
    UserConfigSchema,
)
from synthdeal_assets.foundation.dagster_instance.home import present_dagster_home
from synthdeal_assets.foundation.redaction import Redacting, Redactor, redactor

MAX_OPEN_DATABASES: Final = 16
"""Databases that are kept open; there is one per run, and the web server looks at many."""

LOCK_NAME: Final = "storage.lock"

ZLIB_MARK: Final = b"\x78"
"""The first byte of what zlib compresses: Dagster stores job snapshots that way."""


class RedactingSqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage, in the same files, without secrets in them.

    Args:
        base_dir: The folder of the history; Dagster's home when None.
        inst_data: Where this class was named, as Dagster passes it.
    """

    def __init__(self, base_dir: str | None = None, inst_data: ConfigurableClassData | None = None) -> None:
        # The parent's __init__ is left out: it would open three storages of its own, and every process would pay.
        self._instance_weakref = None
        base_dir = base_dir or str(present_dagster_home())
        self.base_dir = base_dir
        self._inst_data = inst_data
        # Whoever comes first makes the tables, and SQLite refuses the second who tries to make them as well.
        with _one_process_at_a_time(Path(base_dir)):
            self._run_storage = RedactingRunStorage.from_local(str(Path(base_dir) / "history"))
            self._event_log_storage = RedactingEventLogStorage(str(Path(base_dir) / "history" / "runs"))
            self._schedule_storage = RedactingScheduleStorage.from_local(str(Path(base_dir) / "schedules"))

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What may stand under `config` in `dagster.yaml`."""
        return {"base_dir": dg.Field(dg.StringSource, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> RedactingSqliteStorage:
        """The storage that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)


class KeepsDatabaseOpen(Redacting):
    """What the storages of one database have in common: where their connections come from."""

    _conn_string: str

    @cached_property
    def _databases(self) -> OpenDatabases:
        return OpenDatabases()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection inside a transaction."""
        with self._databases.engine(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close what is open."""
        self._databases.close()


class RedactingRunStorage(KeepsDatabaseOpen, SqliteRunStorage):
    """Runs, their configs, tags and snapshots, and what daemons keep, without secrets."""


class RedactingScheduleStorage(KeepsDatabaseOpen, SqliteScheduleStorage):
    """Schedules, sensors and their ticks, without secrets."""


class RedactingEventLogStorage(Redacting, SqliteEventLogStorage):
    """Events, in one database per run and one across runs, without secrets; the run log hears of each."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._databases = OpenDatabases()
        self._known_tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store an event, then let the run log know."""
        super().store_event(event)
        if self.has_instance:
            run_log.follow(event, self._instance)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._databases.engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the database across runs has a table; asked for every event, so a yes is remembered."""
        if table_name not in self._known_tables:
            engine = self._databases.engine(self.conn_string_for_shard(INDEX_SHARD_NAME))
            if not db.inspect(engine).has_table(table_name):
                return False
            self._known_tables.add(table_name)
        return True

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Call back for each new event of a run, as the web server does for the page that a run is watched on."""
        observer: Any = self._obs
        if observer is None:
            observer = Observer()
            observer.start()
            setattr(self, "_obs", observer)  # noqa: B010 - declared as None for ever by the parent
        watchdog = WriteAheadLogWatchdog(self, run_id, callback, cursor)
        self._watchers[run_id][callback] = (watchdog, observer.schedule(watchdog, self._base_dir, recursive=True))

    def wipe(self) -> None:
        """Delete all events."""
        self._databases.close()
        super().wipe()

    def dispose(self) -> None:
        """Stop watching, and close what is open."""
        super().dispose()
        self._databases.close()


class WriteAheadLogWatchdog(SqliteEventLogStorageWatchdog):
    """Looks at a run's write-ahead log too: while a connection stays open, new events are there and nowhere else."""

    def __init__(
        self, event_log_storage: RedactingEventLogStorage, run_id: str, callback: EventHandlerFn, cursor: str | None
    ) -> None:
        super().__init__(event_log_storage, run_id, callback, cursor)
        self._patterns = [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, _event: FileSystemEvent) -> None:
        """Read what is new."""
        self._process_log()


class OpenDatabases:
    """SQLite databases that stay open from one statement to the next, and take nothing that is secret.

    Args:
        most: How many stay open; the one that was used the longest ago is closed first.
    """

    def __init__(self, most: int = MAX_OPEN_DATABASES) -> None:
        self._most = most
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._process = os.getpid()
        # At the end of the process too: SQLite then copies what is in the log into the database, and removes the log.
        weakref.finalize(self, _close, self._engines, self._process)

    def engine(self, conn_string: str) -> Engine:
        """The engine of a database."""
        if self._process != os.getpid():
            # A connection must not be used, nor closed, by a forked child of the process that opened it.
            self._engines, self._process = OrderedDict(), os.getpid()
            weakref.finalize(self, _close, self._engines, self._process)
        engine = self._engines.get(conn_string)
        if engine is None:
            engine = self._engines.setdefault(conn_string, _redacting_engine(conn_string))
        self._engines.move_to_end(conn_string)
        while len(self._engines) > self._most:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def close(self) -> None:
        """Close all of them; a database that is asked for again is opened again."""
        _close(self._engines, self._process)


@contextmanager
def _one_process_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the operating system's lock on a file of the folder, which goes with its process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_NAME).open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _close(engines: OrderedDict[str, Engine], process: int) -> None:
    while engines and process == os.getpid():
        engines.popitem()[1].dispose()


def without_secrets(value: object, redactor: Redactor) -> object:
    """One value of a statement as it may be stored: text and compressed text without secrets, all else as it is."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, bytes | memoryview) and value[:1] == ZLIB_MARK:
        try:
            text = zlib.decompress(value).decode("utf-8")
        except (zlib.error, UnicodeDecodeError):
            return value
        clean = redactor.text(text)
        return value if clean == text else zlib.compress(clean.encode("utf-8"))
    return value


def _redacting_engine(conn_string: str) -> Engine:
    engine = db.create_engine(conn_string, max_overflow=-1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    db.event.listen(engine, "connect", _do_not_force_commits)
    db.event.listen(engine, "before_cursor_execute", _redact_statement, retval=True)
    return engine


def _do_not_force_commits(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")


def _redact_statement(
    _connection: Connection, _cursor: object, statement: str, parameters: Any, _context: object, executemany: bool
) -> tuple[str, Any]:
    now = redactor()
    if executemany:
        return statement, [_redact_parameters(row, now) for row in parameters]
    return statement, _redact_parameters(parameters, now)


def _redact_parameters(parameters: Any, redactor: Redactor) -> Any:
    if isinstance(parameters, Mapping):
        return {name: without_secrets(value, redactor) for name, value in parameters.items()}
    return tuple(without_secrets(value, redactor) for value in parameters)

"""Damage of a warehouse that opening it does not show: in DuckDB's log beside it, and in rows that nobody has read yet.

DuckDB takes what it cannot read at the end of its log for a commit that a kill cut short, and forgets it without a
word; blocks of rows it verifies when they are read. How long the file is proves nothing: DuckDB counts blocks that it
has never written. What a user is told of errors that DuckDB does report belongs in `warehouse.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name

LOG_START: Final = b"d\x00be\x00"
"""How a log of DuckDB begins: with an entry of type 98 (field 101 of field 100), which holds the log's version."""

LOG_WITH_LENGTHS: Final = LOG_START + b"\x02\xff\xff"
"""Version 2, the one of DuckDB's default storage: length and check sum, 8 bytes each, stand before every entry.
Source: https://github.com/duckdb/duckdb/blob/main/src/storage/wal_replay.cpp"""

MAX_ENTRY_BYTES: Final = 2**40
"""A longer entry is no commit that was cut short: the length itself is damaged."""

READ_AT_ONCE_BYTES: Final = 64 * 2**20
"""Up to this size, reading every row takes less than half a second, and each run does it first."""

FILE_HEADER_BYTES: Final = 12_288

LAST_BLOCK: Final = (
    "SELECT max(greatest(block_id, coalesce(list_max(additional_block_ids), -1))) FROM pragma_storage_info({table})"
)


def log_of(database: Path) -> Path:
    """DuckDB's log beside a database: what has been committed and is not in the file yet."""
    return database.with_name(f"{database.name}.wal")


def require_readable_log(database: Path) -> None:
    """Make sure that DuckDB will not pass over changes in the log of a database that no connection is open to.

    A log whose last entry is cut short is well: that is what a kill in the middle of a commit leaves.

    Raises:
        SynthDealError: It is no log of DuckDB, or the length of an entry in it cannot be true.
    """
    log = log_of(database)
    try:
        if log.is_dir():
            raise log_damaged(database, "it is a folder")
        with log.open("rb") as file:
            start = file.read(len(LOG_WITH_LENGTHS))
            if not LOG_START.startswith(start[: len(LOG_START)]):
                raise log_damaged(database, "it does not begin as DuckDB's log does")
            if start != LOG_WITH_LENGTHS:
                return
            while len(entry := file.read(16)) == 16:
                length = int.from_bytes(entry[:8], "little")
                if length > MAX_ENTRY_BYTES:
                    raise log_damaged(database, f"the entry at byte {file.tell() - 16} has no valid length")
                file.seek(length, 1)
    except OSError:
        return  # There is none, or DuckDB says why it cannot be read.


def log_damaged(database: Path, reason: str) -> SynthDealError:
    """The sentence for a log that DuckDB cannot take into its database."""
    return SynthDealError(
        f"DuckDB's log {log_of(database)} is damaged ({reason}): restore a backup (`synthdeal restore`), or move that "
        "file away, and the warehouse opens without the changes in it, the last ones of a process that was killed.",
        code="warehouse.log-damaged",
    )


def rows_of_tables(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, int | duckdb.Error]]:
    """Read every row of every table, whose blocks DuckDB verifies by their check sums.

    Yields:
        Name of a table, and the number of its rows, or what DuckDB says against them.
    """
    for table in _tables(connection):
        try:
            # Of the values themselves: a count alone is answered from the statistics.
            read = connection.execute(f"SELECT count(*), bit_xor(hash(each_row)) FROM {table} AS each_row").fetchone()
        except duckdb.Error as error:
            yield table.replace('"', ""), error
        else:
            yield table.replace('"', ""), int(read[0]) if read is not None else 0


def require_sound_rows(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Look for damage before anything is written: in every row, or where that takes long, for blocks cut off the end.

    Raises:
        duckdb.Error: A block is missing, or its check sum does not hold.
    """
    size = database.stat().st_size
    if size <= READ_AT_ONCE_BYTES:
        for _, found in rows_of_tables(connection):
            if isinstance(found, duckdb.Error):
                raise found
        return
    for table in _tables(connection):
        row = connection.execute(LAST_BLOCK.format(table=sql_literal(table))).fetchone()
        if row is not None and row[0] is not None and FILE_HEADER_BYTES + (row[0] + 1) * _block_size(connection) > size:
            raise duckdb.IOException(f"Could not read enough bytes of {table}: its last block is missing")


def _block_size(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT block_size FROM pragma_database_size()").fetchone()
    return int(row[0]) if row is not None else 0


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of a warehouse as SQL names."""
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary ORDER BY ALL"
    ).fetchall()
    return [f"{sql_name(schema)}.{sql_name(table)}" for schema, table in found]

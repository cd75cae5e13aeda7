"""What the warehouse knows of datasets: their specifications, what was generated, and whether it keeps its promises.

Each function is handed a connection; whoever needs several steps to happen together opens a transaction.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.datasets.certificate.recount import Certificate
from synthdeal_assets.datasets.exporting import ExportedDataset
from synthdeal_assets.datasets.generation import Generated
from synthdeal_assets.datasets.spec.spec_file import ReadSpecification, read_specification
from synthdeal_assets.datasets.tables import DATASET_TABLES, EXPORTS, PROMISES, SPECS, TABLES
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import create, delete_matching, insert, query_frame, table_exists

KEPT_VERSIONS: Final = 2
"""Versions of a dataset whose files are kept, the newest; specifications are all kept."""


@dataclass(frozen=True, slots=True)
class StoredSpecification:
    """A specification in the warehouse.

    Attributes:
        name: Its dataset.
        version: The version of the dataset that it declares.
        text: YAML.
        request: The words that it was made from; None where somebody wrote it.
        made_by: Who wrote it, of `tables.MAKERS`.
        questions_open: Questions that nobody has answered yet.
        created_at: When it was stored, UTC.
    """

    name: str
    version: int
    text: str
    request: str | None
    made_by: str
    questions_open: int
    created_at: dt.datetime

    def read(self) -> ReadSpecification:
        """What it says."""
        return read_specification(self.text, f"the dataset {self.name}")


def store_specification(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    text: str,
    *,
    at: dt.datetime,
    request: str | None = None,
    made_by: str = "person",
    questions_open: int = 0,
) -> StoredSpecification:
    """Store a specification as the newest of its dataset, unless it is that already and nothing was generated from it.

    Args:
        connection: The warehouse, in a transaction.
        name: The dataset.
        text: YAML.
        at: The present moment.
        request: The words that it was made from.
        made_by: Who wrote it, of `tables.MAKERS`.
        questions_open: Questions that nobody has answered yet.
    """
    create(connection, SPECS)
    newest = newest_specification(connection, name)
    if newest is not None and newest.text == text and newest.version not in generated_versions(connection, name):
        return newest
    version = 1 if newest is None else newest.version + 1
    stored = StoredSpecification(name, version, text, request, made_by, questions_open, at)
    row = {
        "name": name,
        "version": version,
        "specification": text,
        "hash": hashlib.sha256(text.encode()).hexdigest(),
        "request": request,
        "made_by": made_by,
        "questions_open": questions_open,
        "created_at": at,
    }
    insert(connection, SPECS, pl.DataFrame([row], schema=SPECS.polars_schema))
    return stored


def drop_specification(connection: duckdb.DuckDBPyConnection, stored: StoredSpecification) -> bool:
    """Delete a version of a specification that nothing was generated from and that is not the first; whether it was."""
    if stored.version == 1 or stored.version in generated_versions(connection, stored.name):
        return False
    connection.execute("DELETE FROM datasets.specs WHERE name = ? AND version = ?", [stored.name, stored.version])
    return True


def newest_specification(connection: duckdb.DuckDBPyConnection, name: str) -> StoredSpecification | None:
    """The newest specification of a dataset; None where there is none."""
    if not table_exists(connection, SPECS):
        return None
    found = connection.execute(
        "SELECT name, version, specification, request, made_by, questions_open, created_at FROM datasets.specs "
        "WHERE name = ? ORDER BY version DESC LIMIT 1",
        [name],
    ).fetchone()
    return None if found is None else StoredSpecification(*found)


def known_specification(connection: duckdb.DuckDBPyConnection, name: str) -> StoredSpecification:
    """The newest specification of a dataset.

    Raises:
        SynthDealError: There is no such dataset ("datasets.unknown").
    """
    found = newest_specification(connection, name)
    if found is None:
        names = summaries(connection)["name"].to_list()
        known = f"choose one of {', '.join(names)}" if names else "there is none yet"
        raise SynthDealError(
            f"There is no dataset {name!r}: {known}, or name the file of a specification.",
            code="datasets.unknown",
            usage=True,
        )
    return found


def generated_versions(connection: duckdb.DuckDBPyConnection, name: str) -> list[int]:
    """The versions of a dataset that have files, the oldest first."""
    if not table_exists(connection, TABLES):
        return []
    query = "SELECT DISTINCT version FROM datasets.tables WHERE dataset = ? ORDER BY version"
    return [version for (version,) in connection.execute(query, [name]).fetchall()]


def store_generated(
    connection: duckdb.DuckDBPyConnection, home: Path, version: int, generated: Generated, *, at: dt.datetime
) -> list[int]:
    """Store what was generated and what was recounted of it, and drop what is kept no longer.

    Args:
        connection: The warehouse, in a transaction.
        home: The home folder, which the files are below.
        version: The version of the dataset.
        generated: Its files and its certificate.
        at: The present moment.

    Returns:
        The versions whose files are kept, the oldest first.
    """
    name = generated.dataset.specification.dataset
    tables = pl.DataFrame(
        [
            {
                "dataset": name,
                "version": version,
                "position": position,
                "table_name": table.name,
                "rows": table.rows,
                "bytes": table.path.stat().st_size,
                "content_hash": content_hash(table.path),
                "seconds": table.seconds,
                "file_path": table.path.relative_to(home).as_posix(),
                "created_at": at,
            }
            for position, table in enumerate(generated.tables, start=1)
        ],
        schema=TABLES.polars_schema,
    )
    for table, frame in ((TABLES, tables), (PROMISES, promise_rows(name, version, generated.certificate))):
        create(connection, table)
        insert(connection, table, frame)
    kept = generated_versions(connection, name)[-KEPT_VERSIONS:]
    for table in (TABLES, PROMISES, EXPORTS):
        _drop_before(connection, table, name, kept[0])
    return kept


def promise_rows(name: str, version: int, certificate: Certificate) -> pl.DataFrame:
    """The promises of a dataset as rows of datasets.promises."""
    return pl.DataFrame(
        [
            {
                "dataset": name,
                "version": version,
                "position": position,
                "table_name": outcome.promise.table,
                "field": outcome.promise.field,
                "line": outcome.promise.line,
                "kind": outcome.promise.kind,
                "sentence": outcome.promise.sentence,
                "expected": outcome.expected,
                "measured": outcome.measured,
                "held": outcome.held,
                "against": outcome.against,
                "keys": json.dumps(outcome.keys, ensure_ascii=False),
                "query": outcome.promise.query,
            }
            for position, outcome in enumerate(certificate.outcomes, start=1)
        ],
        schema=PROMISES.polars_schema,
    )


def store_export(
    connection: duckdb.DuckDBPyConnection, name: str, version: int, exported: ExportedDataset, *, at: dt.datetime
) -> None:
    """Store that a version was exported to a folder.

    Args:
        connection: The warehouse, in a transaction.
        name: The dataset.
        version: Its version.
        exported: Its files, and what was recounted from them.
        at: The present moment.
    """
    certificate = exported.certificate
    row = {
        "dataset": name,
        "version": version,
        "folder": str(exported.folder),
        "format": exported.format,
        "files": len(exported.files),
        "bytes": sum(file.stat().st_size for file in exported.files),
        "promises": len(certificate.outcomes) if certificate else 0,
        "held": certificate.held if certificate else 0,
        "created_at": at,
    }
    frame = pl.DataFrame([row], schema=EXPORTS.polars_schema)
    create(connection, EXPORTS)
    delete_matching(connection, EXPORTS, frame, EXPORTS.primary_key)
    insert(connection, EXPORTS, frame)


def rows_of_version(connection: duckdb.DuckDBPyConnection, table: Table, name: str, version: int) -> pl.DataFrame:
    """The rows of datasets.tables, promises or exports that are about a version, in the order of their keys."""
    create(connection, table)
    columns = ", ".join(column.name for column in table.columns)
    return query_frame(
        connection,
        f"SELECT {columns} FROM {table.qualified_name} WHERE dataset = ? AND version = ? "
        f"ORDER BY {', '.join(table.primary_key)}",
        [name, version],
    )


def exported_formats(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> list[str]:
    """The formats in which a dataset was exported to a folder."""
    if not table_exists(connection, EXPORTS):
        return []
    query = "SELECT DISTINCT format FROM datasets.exports WHERE dataset = ? AND folder IN (?, ? || format) ORDER BY ALL"
    return [each for (each,) in connection.execute(query, [name, str(folder), f"{folder}/"]).fetchall()]


def summaries(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row for each dataset: name, version, tables, rows, bytes, promises, held, created_at.

    Where nothing was generated yet, the numbers are 0.
    """
    for table in (SPECS, TABLES, PROMISES):
        create(connection, table)
    return query_frame(connection, statement(__package__, "dataset_summaries.sql"))


def delete_dataset(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Delete all rows of a dataset, its specifications and what was said about it among them."""
    for table in DATASET_TABLES:
        if table_exists(connection, table):
            column = "dataset" if any(each.name == "dataset" for each in table.columns) else "name"
            connection.execute(f"DELETE FROM {table.qualified_name} WHERE {column} = ?", [name])


def content_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _drop_before(connection: duckdb.DuckDBPyConnection, table: Table, name: str, version: int) -> None:
    if table_exists(connection, table):
        connection.execute(f"DELETE FROM {table.qualified_name} WHERE dataset = ? AND version < ?", [name, version])

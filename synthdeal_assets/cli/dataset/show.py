"""`synthdeal dataset list` and `show`: which datasets there are, and what is known of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
from rich.table import Table as RichTable
from rich.text import Text

from synthdeal_assets.cli.console import results, say
from synthdeal_assets.cli.dataset.kept import keeper_of
from synthdeal_assets.datasets.catalogue import StoredSpecification, known_specification, summaries
from synthdeal_assets.datasets.tables import EXPORTS, PROMISES, TABLES
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import create, query_frame
from synthdeal_assets.settings import Settings

MEGABYTE: Final = 1e6


def list_datasets(settings: Settings) -> int:
    """Print a line for each dataset; returns the exit code."""
    if not settings.storage.warehouse_path.exists():
        results.print(f"There is no dataset in {settings.storage.home.absolute()} yet: `synthdeal dataset generate`.")
        return 0
    with keeper_of(settings).warehouse.transaction() as connection:
        rows = summaries(connection).to_dicts()
    if not rows:
        results.print(f"There is no dataset in {settings.storage.home.absolute()} yet: `synthdeal dataset generate`.")
        return 0
    table = RichTable(box=None, pad_edge=False)
    for name in ("Dataset", "Version", "Tables", "Rows", "MB", "Promises", "Made"):
        table.add_column(name, justify="left" if name in {"Dataset", "Promises", "Made"} else "right")
    for row in rows:
        table.add_row(
            Text(redact(row["name"])),
            str(row["version"]),
            f"{row['tables']:,}" if row["tables"] else "none yet",
            f"{row['rows']:,}",
            f"{row['bytes'] / MEGABYTE:,.1f}",
            f"{row['held']:,} of {row['promises']:,} held" if row["promises"] else "",
            f"{row['created_at']:%Y-%m-%d %H:%M} UTC",
        )
    results.print(table)
    return 0


def show_dataset(settings: Settings, name: str) -> int:
    """Print what is known of a dataset.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no such dataset.
    """
    keeper = keeper_of(settings)
    with keeper.warehouse.transaction() as connection:
        newest = known_specification(connection, name)
        lines = [*_lines(connection, newest)]
    for line in lines:
        say(line)
    return 0


def _lines(connection: duckdb.DuckDBPyConnection, newest: StoredSpecification) -> Iterator[str]:
    for table in (TABLES, PROMISES, EXPORTS):
        create(connection, table)
    yield f"{newest.name}, version {newest.version}, stored {newest.created_at:%Y-%m-%d %H:%M} UTC by {newest.made_by}"
    if newest.request is not None:
        yield f"Request: {newest.request}"
    for row in query_frame(
        connection, statement("synthdeal_assets.datasets", "tables_of.sql"), [newest.name]
    ).to_dicts():
        yield (
            f"Version {row['version']}, {row['table_name']}: {row['rows']:,} rows, {row['bytes']:,} bytes, "
            f"{row['seconds']:.2f} s, {row['file_path']}"
        )
    for row in query_frame(
        connection, statement("synthdeal_assets.datasets", "promises_of.sql"), [newest.name]
    ).to_dicts():
        yield f"Version {row['version']}: {row['held']:,} of {row['promises']:,} promises held."
    for row in query_frame(
        connection, "SELECT * FROM datasets.exports WHERE dataset = ? ORDER BY created_at", [newest.name]
    ).to_dicts():
        yield f"Version {row['version']} was exported as {row['format']} to {row['folder']}."
    yield ""
    yield newest.text.rstrip()

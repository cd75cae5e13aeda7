"""The rows of dirty tables as they were: clean values back in their cells, copies of rows left out.

What was made dirty on purpose stands in the file `_blemishes`, one row for each blemish, with the columns

- `table`, and `row`: the position of the row in the table's file, from 1,
- `key`: the key of the row, as `promises.key_text` writes it,
- `field`: what was made dirty; nothing where the row is a copy of another one,
- `kind`: as in the specification, `duplicates` for a copy,
- `clean_value`: what stood there, as a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import duckdb

from synthdeal_assets.datasets.certificate.cells import MISFIT, cell
from synthdeal_assets.datasets.certificate.promises import ROW, time_zone
from synthdeal_assets.datasets.spec.dataset import BLEMISHES, Dataset, ResolvedTable
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement

COLUMNS: Final = ("table", "row", "key", "field", "kind", "clean_value")
"""The columns of the file of blemishes."""

IS_DIRTY: Final = "#dirty "
"""What the column is called, before the name of a field, that says whether the field is dirty in a row."""


def is_dirty(dataset: Dataset) -> bool:
    """Whether a dataset has anything dirty on purpose."""
    return any(table.spec.blemishes is not None for table in dataset.tables.values())


def marks_of(table: str) -> str:
    """The table that has, for each dirty row of a table, what is dirty in it and what it was."""
    return f"files.{sql_name(f'#marks {table}')}"


def load_blemishes(connection: duckdb.DuckDBPyConnection, reading: str | None, *, meant: Callable[[str], str]) -> None:
    """Read the file of blemishes, all columns as texts.

    Args:
        connection: The database.
        reading: SQL that reads it; None for no blemish at all.
        meant: From SQL of a text in the file to SQL of the text that was meant.
    """
    name = f"files.{sql_name(BLEMISHES)}"
    if reading is None:
        columns = ", ".join(f"CAST(NULL AS VARCHAR) AS {sql_name(each)}" for each in COLUMNS)
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns} LIMIT 0")
        return
    columns = ", ".join(f"{meant(f'CAST({sql_name(each)} AS VARCHAR)')} AS {sql_name(each)}" for each in COLUMNS)
    connection.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM {reading}")


def create_clean_view(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: ResolvedTable, there: Sequence[str]
) -> None:
    """Make `main.TABLE` of `files.TABLE`, which has the fields that are `there`."""
    name = sql_name(table.name)
    blemishes = table.spec.blemishes
    if blemishes is None:
        connection.execute(f"CREATE VIEW {name} AS FROM files.{name}")
        return
    connection.execute(
        statement(
            __package__,
            "certificate/marks.sql",
            marks=marks_of(table.name),
            table=table.name,
            fields=list(blemishes.fields),
            dirty=IS_DIRTY,
        )
    )
    columns = ", ".join(_columns(dataset, table, there))
    connection.execute(
        f"CREATE VIEW {name} AS SELECT file.{ROW}, {columns}\nFROM files.{name} AS file\n"
        f"LEFT JOIN {marks_of(table.name)} AS marks ON marks.{ROW} = file.{ROW}\n"
        'WHERE marks."#copy" IS NOT TRUE'
    )


def _columns(dataset: Dataset, table: ResolvedTable, there: Sequence[str]) -> Iterator[str]:
    dirty = table.spec.blemishes.fields if table.spec.blemishes is not None else {}
    for name in there:
        field = table.fields[name]
        column, misfit = sql_name(name), sql_name(MISFIT + name)
        if name not in dirty:
            yield f"file.{column}, file.{misfit}"
            continue
        marked, clean = f"marks.{sql_name(IS_DIRTY + name)}", f"marks.{column}"
        found = cell(field, time_zone(dataset, field), "VARCHAR", clean)
        fits = "TRUE" if found.fits is None else found.fits
        as_it_is = f"CASE WHEN NOT coalesce({marked}, FALSE) THEN file."
        yield f"{as_it_is}{column} WHEN {fits} THEN {found.value} END AS {column}"
        yield (
            f"{as_it_is}{misfit} "
            f"WHEN ({fits}) IS NOT TRUE THEN coalesce({clean}, {sql_literal('nothing')}) END AS {misfit}"
        )

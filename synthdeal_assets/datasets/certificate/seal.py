"""The seal of a dataset: hashes of its cells as they were made, so that a change is found that keeps all promises.

DuckDB's hash is another one in another version of DuckDB; a seal of another version is not compared, which is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from synthdeal_assets.datasets.certificate.cells import MISFIT
from synthdeal_assets.datasets.certificate.promises import ROW
from synthdeal_assets.datasets.spec.dataset import Dataset
from synthdeal_assets.foundation.warehouse.statements import sql_name

SEAL: Final = "seal.json"
"""The file beside the tables of a dataset."""

PART_ROWS: Final = 1_000
"""Rows of a column that one hash is of."""

CHANGED_SHOWN: Final = 5
"""Places with changed cells that are named."""

Hashes = Mapping[str, Mapping[str, list[str]]]
"""For each table and field the hashes of its parts, from the first row on."""


def hashes_of(connection: duckdb.DuckDBPyConnection, dataset: Dataset, lacking: set[tuple[str, str | None]]) -> Hashes:
    """The hashes of the tables as they lie in their files, read as they are declared: the same in every format.

    Args:
        connection: With the views of `files.open_files`.
        dataset: Its tables.
        lacking: Tables and fields that are not there.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, table in dataset.tables.items():
        fields = [] if (name, None) in lacking else [each for each in table.fields if (name, each) not in lacking]
        if not fields:
            continue
        cells = (f"{ROW}, {sql_name(each)}, {sql_name(MISFIT + each)}" for each in fields)
        parts = connection.execute(
            f"SELECT {', '.join(f'bit_xor(hash({cell}))' for cell in cells)} "
            f"FROM files.{sql_name(name)} GROUP BY {ROW} // {PART_ROWS} ORDER BY {ROW} // {PART_ROWS}"
        ).fetchall()
        found[name] = {each: [f"{part[place]:016x}" for part in parts] for place, each in enumerate(fields)}
    return found


def write_seal(folder: Path, hashes: Hashes) -> None:
    """Put a seal beside the tables of a folder."""
    content = {"duckdb": duckdb.__version__, "rows": PART_ROWS, "tables": hashes}
    (folder / SEAL).write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def read_seal(folder: Path) -> tuple[Hashes | None, str | None]:
    """The hashes in the seal of a folder, and why they cannot be compared; both None where there is no seal."""
    path = folder / SEAL
    if not path.is_file():
        return None, None
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version, hashes = content["duckdb"], {**content["tables"]}
    except (OSError, ValueError, LookupError, TypeError):
        return None, f"cells that keep all promises, as {SEAL} cannot be read"
    if version != duckdb.__version__:
        return None, f"cells that keep all promises, as {SEAL} was made with DuckDB {version}"
    return hashes, None


def changed_cells(made: Hashes, found: Hashes) -> Iterator[str]:
    """A sentence for each place in which cells are no longer as they were made; the first ones."""
    places = [
        (table, field, part)
        for table, fields in found.items()
        for field, hashes in fields.items()
        for part, (now, then) in enumerate(zip(hashes, made.get(table, {}).get(field, []), strict=False))
        if now != then
    ]
    for table, field, part in places[:CHANGED_SHOWN]:
        first, last = part * PART_ROWS + 1, (part + 1) * PART_ROWS
        yield f"`{field}` of {table} has changed since it was made, in a row from {first:,} to {last:,}."
    if len(places) > CHANGED_SHOWN:
        yield f"{len(places) - CHANGED_SHOWN:,} further places have changed since they were made."

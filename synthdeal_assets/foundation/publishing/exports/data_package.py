"""A `datapackage.json`: which files there are, what is in their columns, and how tables refer to each other.

The form is Data Package 2.0 with Table Schema and Table Dialect, https://datapackage.org/standard/data-package/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter

PACKAGE_FILE: Final = "datapackage.json"
PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"

FIELD_TYPES: Final[Mapping[type[pl.DataType], str]] = {
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Time: "time",
    pl.Datetime: "datetime",
    pl.String: "string",
    pl.List: "array",
    pl.Array: "array",
    pl.Struct: "object",
}


def data_package(
    name: str, exporter: Exporter, files: Mapping[Path, Sequence[ExportTable]], written: Mapping[Path, Path]
) -> dict[str, object]:
    """What the file says.

    Args:
        name: Name of the package.
        exporter: The format of the files.
        files: The tables of each file.
        written: Where each file is now.
    """
    labels = {table.label for tables in files.values() for table in tables}
    resources = []
    for path, tables in files.items():
        of_file = {
            "path": path.name,
            "format": exporter.suffix,
            "mediatype": exporter.media_type,
            **({"encoding": exporter.encoding} if hasattr(exporter, "encoding") else {}),
            "bytes": written[path].stat().st_size,
            "hash": f"sha256:{_sha256(written[path])}",
        }
        for table, dialect in zip(tables, exporter.dialects(tables), strict=True):
            resources.append(
                {
                    "name": table.label,
                    **({"description": table.comment} if table.comment else {}),
                    "type": "table",
                    **of_file,
                    **({"dialect": dialect} if dialect else {}),
                    "schema": _schema(table, labels),
                }
            )
    return {"$schema": PROFILE, "name": name, "resources": resources}


def _schema(table: ExportTable, labels: set[str]) -> dict[str, object]:
    foreign_keys = [
        {
            "fields": list(reference.columns),
            "reference": {
                **({"resource": reference.table} if reference.table != table.label else {}),
                "fields": list(reference.target),
            },
        }
        for reference in table.references
        if reference.table in labels
    ]
    return {
        "fields": [_field(table, column) for column in table.columns],
        **({"primaryKey": list(table.key)} if table.key else {}),
        **({"uniqueKeys": [list(columns) for columns in table.unique]} if table.unique else {}),
        **({"foreignKeys": foreign_keys} if foreign_keys else {}),
    }


def _field(table: ExportTable, column: ExportColumn) -> dict[str, object]:
    kind = column.exported_type
    named = FIELD_TYPES.get(type(kind), "integer" if kind.is_integer() else "number" if kind.is_numeric() else "any")
    required = column.required or column.name in table.key
    return {
        "name": column.name,
        "type": named,
        # A blank or a T between day and time, with or without fractions and an offset.
        **({"format": "any"} if named == "datetime" else {}),
        **({"description": column.comment} if column.comment else {}),
        **({"constraints": {"required": True}} if required else {}),
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

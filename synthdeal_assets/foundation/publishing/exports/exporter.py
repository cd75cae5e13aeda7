"""What a format is: a class that writes tables to one file, whose fields are the format's options; and which there are.

A package adds a format with an entry point of the group `synthdeal.exporters`: its name is that of the format, and it
leads to a subclass of `Exporter`. Where files go and how they get whole there belongs in `export_files.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable

GROUP: Final = "synthdeal.exporters"

_HERE: Final = "synthdeal_assets.foundation.publishing.exports"
BUILT_IN: Final = {
    name: EntryPoint(name, f"{_HERE}.{place}", GROUP)
    for name, place in {
        "csv": "csv_files:Csv",
        "parquet": "parquet_files:Parquet",
        "json": "json_files:Json",
        "jsonl": "json_files:JsonLines",
        "xlsx": "workbooks:Workbook",
        "sql": "sql_scripts:SqlScript",
        "duckdb": "database_files:DuckDbFile",
        "sqlite": "database_files:SqliteFile",
    }.items()
}
"""The formats of this package, in the order in which they are listed."""


class Exporter(BaseModel, ABC):
    """A format. Each field is an option that a user can give, with its default and description.

    Attributes:
        suffix: What names of its files end with, without the dot.
        media_type: What a `datapackage.json` says of its files.
        takes_all_tables: Whether one file holds any number of tables; else it holds exactly one.
        is_text: Whether its files can be written to standard output.
        bytes_of_a_value: What a value takes up in its files, more rather than less.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suffix: ClassVar[str]
    media_type: ClassVar[str] = "application/octet-stream"
    takes_all_tables: ClassVar[bool] = False
    is_text: ClassVar[bool] = False
    bytes_of_a_value: ClassVar[int] = 12

    @abstractmethod
    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the tables to a file that is not there yet.

        Whoever calls this moves the file into place when it is whole, and removes it after any exception.

        Args:
            tables: One table, or at least one when the format takes all tables.
            path: The file.

        Returns:
            What a user must know of it, in sentences, such as which values were changed and how.

        Raises:
            SynthDealError: A value or type cannot be held by the format.
            OSError: The file cannot be written.
        """

    def dialects(self, tables: Sequence[ExportTable]) -> list[dict[str, object]]:
        """What a reader must know to find each of the tables, as a Table Dialect of the Data Package standard."""
        return [{} for _ in tables]


def formats() -> dict[str, EntryPoint]:
    """Every format by name: those of this package first, then those that other packages add."""
    added = {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}
    return {**BUILT_IN, **{name: entry for name, entry in added.items() if name not in BUILT_IN}}


def exporter_of(name: str, options: Mapping[str, Any] | None = None) -> Exporter:
    """The exporter of a format.

    Args:
        name: Name of the format.
        options: Values by option, as text or as the option's type; the others keep their defaults.

    Raises:
        SynthDealError: There is no such format or option, or the value is not acceptable.
    """
    known = formats()
    if name not in known:
        raise SynthDealError(
            f"There is no format {name!r} to export to: choose one of {', '.join(known)}.",
            code="export.unknown-format",
            usage=True,
        )
    kind = known[name].load()
    if not (isinstance(kind, type) and issubclass(kind, Exporter)):
        raise SynthDealError(
            f"The format {name} comes from {known[name].value}, which is no exporter of SynthDeal: uninstall or repair "
            "the package that brings it.",
            code="export.no-exporter",
        )
    try:
        return kind.model_validate(dict(options or {}))
    except ValidationError as error:
        raise _not_accepted(name, kind, error) from error


def _not_accepted(name: str, kind: type[Exporter], error: ValidationError) -> SynthDealError:
    first = error.errors()[0]
    option = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        known = ", ".join(kind.model_fields)
        there = f"its options are {known}" if known else "it has none"
        return SynthDealError(
            f"The format {name} has no option {option!r}: {there}.", code="export.unknown-option", usage=True
        )
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    return SynthDealError(
        f"The option {option} of the format {name} cannot be {first['input']!r}: {reason[:1].lower()}{reason[1:]}.",
        code="export.bad-option",
        usage=True,
    )

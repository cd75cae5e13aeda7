"""How the cells of a file become values of their declared kinds, and which of them do not fit.

A cell fits if it says its value in the usual way: 12 is a whole number, 12.0 is not; 2025-01-31 is a date, 2025-1-31
is not. Only what files of some format may hold is accepted: texts for everything, for CSV and JSON have nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.spec.expressions.tree import DATES, NUMBERS
from synthdeal_assets.foundation.warehouse.statements import sql_literal

MISFIT: Final = "#misfit "
"""What the column of a field's misfits is called, before the name of the field: the cell as a text, else NULL."""

_WIDTH: Final = 18
"""Digits of a decimal that DuckDB calculates with as fast as with whole numbers."""

_MOST_FAST_DECIMALS: Final = 4
"""Decimals with which amounts up to ten billions fit into that width."""

_DECIMAL: Final = re.compile(r"DECIMAL\((?P<width>\d+),(?P<scale>\d+)\)")
_NUMBERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
    | {"FLOAT", "DOUBLE"}
)
_INSTANT: Final = "TIMESTAMP WITH TIME ZONE"
_MOMENTS: Final = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", _INSTANT})
_STORED: Final = {Kind.WHOLE: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.DATE: "DATE", Kind.FLAG: "BOOLEAN"}


def wanted_form(field: ResolvedField) -> str:
    """What a field holds, for a sentence."""
    if field.kind is Kind.NUMBER and field.decimals is not None:
        return f"a number with at most {field.decimals} decimals" if field.decimals else Kind.WHOLE.value
    return field.kind.value


def stored_type(field: ResolvedField, zone: str | None) -> str:
    """The type of the field's column in the views."""
    if field.kind is Kind.NUMBER and field.decimals is not None:
        return f"DECIMAL({_WIDTH if field.decimals <= _MOST_FAST_DECIMALS else 38},{field.decimals})"
    if field.kind is Kind.DATETIME:
        return "TIMESTAMP" if zone is None else _INSTANT
    return _STORED.get(field.kind, "VARCHAR")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as SQL.

    Attributes:
        value: Its value; NULL where it does not fit.
        fits: A condition that is true where it fits; None where every cell of the column does.
    """

    value: str
    fits: str | None = None


def cell(field: ResolvedField, zone: str | None, physical: str, column: str) -> Cell:
    """The value of a cell in a column of a file.

    Args:
        field: What it should hold.
        zone: The time zone of a calendar's point in time.
        physical: DuckDB's type of the column.
        column: SQL of the column.
    """
    wanted, cast = stored_type(field, zone), f"TRY_CAST({column} AS {stored_type(field, zone)})"
    decimal = _DECIMAL.fullmatch(physical)
    if physical == wanted or (decimal and field.decimals is not None and int(decimal["scale"]) <= field.decimals):
        return Cell(column)
    if physical == "VARCHAR":
        return _of_text(field, zone, column, wanted)
    if field.kind in NUMBERS and (decimal or physical in _NUMBERS):
        return Cell(cast, f"CAST({cast} AS {physical}) = {column}")
    if field.kind in DATES and physical in _MOMENTS:
        if zone is not None and physical != _INSTANT:
            return Cell(f"timezone({sql_literal(zone)}, CAST({column} AS TIMESTAMP))")
        return Cell(cast, None if field.kind is Kind.DATETIME else f"CAST({cast} AS {physical}) = {column}")
    return Cell(f"CAST(NULL AS {wanted})", "FALSE")


def _of_text(field: ResolvedField, zone: str | None, column: str, wanted: str) -> Cell:
    cast = f"TRY_CAST({column} AS {wanted})"
    match field.kind:
        case Kind.WHOLE | Kind.DATE:
            return Cell(cast, f"CAST({cast} AS VARCHAR) = {column}")
        case Kind.NUMBER if field.decimals is not None:
            point = f"strpos({column}, '.')"
            short = f"{point} = 0 OR length({column}) - {point} <= {field.decimals}"
            zeros = f"regexp_full_match({column}, '.*[.][0-9]{{{field.decimals}}}0*')"
            plain = f"NOT contains(lower({column}), 'e') AND trim({column}) = {column}"
            usual = f"CAST({cast} AS VARCHAR) = {column}"
            # JSON writes 0.000001 as 1e-06.
            small = f"(contains({column}, 'e-') AND CAST({cast} AS DOUBLE) = TRY_CAST({column} AS DOUBLE))"
            return Cell(cast, f"({usual} OR ({cast} IS NOT NULL AND {plain} AND ({short} OR {zeros})) OR {small})")
        case Kind.NUMBER:
            return Cell(cast, f"(isfinite({cast}) AND trim({column}) = {column})")
        case Kind.FLAG:
            return Cell(f"(lower({column}) = 'true')", f"lower({column}) IN ('true', 'false')")
        case Kind.DATETIME:
            # Clocks are written with a colon, and a zone after them: 2025-03-30T03:00:00+02:00.
            zoned = f"regexp_matches({column}, ':.*([Zz]|[+-][0-9]{{2}}:?[0-9]{{2}})$')"
            clock = f"TRY_CAST({column} AS TIMESTAMP)"
            value = (
                clock
                if zone is None
                else (f"CASE WHEN {zoned} THEN {cast} ELSE timezone({sql_literal(zone)}, {clock}) END")
            )
            return Cell(value, f"({clock} IS NOT NULL AND contains({column}, ':'))")
        case _:
            return Cell(column)

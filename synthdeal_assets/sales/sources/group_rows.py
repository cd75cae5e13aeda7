"""Rows of a staged table that are no lines: a customer or product alone above its lines, and a header once more.

They are made blank where they stand, so that all rows keep their numbers; who stood above a line then stands in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement
from synthdeal_assets.sales.product_map.names_in_use import sureness_of

LOOKED_AT_ROWS: Final = 300
MIN_WIDTH: Final = 4
MIN_NESTED: Final = 3
"""Two rows that stand alone may be the end of a title."""

MAX_WIDTH: Final = 100
"""Wider tables are no reports; of the cells of their headers so many tell enough."""


def blank_repeated_headers(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> list[str]:
    """Make the rows blank that repeat the header, as pages of a report do, and say how many they were."""
    # Of a header of two rows the pages repeat the second one perhaps, which says the ends of the names.
    cells = {name: f"coalesce(trim({sql_name(name)}), '')" for name in names[:MAX_WIDTH]}
    filled = " + ".join(f"CAST({cell} <> '' AS INTEGER)" for cell in cells.values())
    same = " AND ".join(f"ends_with({sql_literal(name)}, {cell})" for name, cell in cells.items())
    same += f" AND {filled} > {len(cells) // 2}"
    (count,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {same}").fetchall()[0]
    if len(names) < 2 or not count:
        return []
    connection.execute(f"UPDATE {table} SET {', '.join(f'{sql_name(name)} = NULL' for name in names)} WHERE {same}")
    return [f"{count:,} row{' repeats' if count == 1 else 's repeat'} the header and count for nothing"]


def fill_from_group_rows(connection: duckdb.DuckDBPyConnection, table: str, shown: str) -> list[str]:
    """Write what stands alone in a row above its lines into each of those lines, and say so.

    Nothing is done unless the first row stands alone and all such rows use one column. Where lines have something of
    their own in that column, a new one is made.

    Args:
        connection: Where the table is; it must keep the order of insertion.
        table: Its qualified name.
        shown: What to call its source.

    Raises:
        SynthDealError: There are groups within groups, and nothing says which row is the customer.
    """
    kinds = [(str(name), str(kind)) for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
    names = [name for name, _ in kinds]
    if len(names) > MAX_WIDTH:
        return []
    filled = [f"coalesce(trim(CAST({sql_name(name)} AS VARCHAR)), '') <> ''" for name in names]
    rows = connection.execute(f"SELECT {', '.join(filled)} FROM {table} LIMIT {LOOKED_AT_ROWS}").fetchall()
    _require_one_level(rows, shown)
    place = _place_of_groups(rows)
    if place is None or kinds[place][1] != "VARCHAR":
        return []
    lines = [row[place] for row in rows if sum(row) >= MIN_WIDTH - 1]
    has_own = sum(lines) * 2 > len(lines)
    column = names[place]
    is_named = column != f"column_{place + 1}" and not has_own
    name = column if is_named else _name_of_groups(names)
    connection.execute(
        statement(
            __package__.rpartition(".")[0],
            "fill_from_group_rows.sql",
            table=table,
            column=column,
            new_name=name,
            others=[each for each in names if each != column],
            has_own=has_own,
            filled=filled,
        )
    )
    return [f"what stands alone in a row is the {name!r} of the lines below it"]


def _require_one_level(rows: Sequence[Sequence[bool]], shown: str) -> None:
    """Refuse groups within groups: rows that stand alone one after another, in columns that the lines leave blank."""
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    alone = [(number, row.index(True)) for number, row in numbered if sum(row) == 1]
    lines = [row for _, row in numbered if sum(row) > 1]
    if len(alone) < MIN_NESTED or not lines or len(lines[0]) < MIN_WIDTH:
        return
    begins_nested = all(sum(row) == 1 for _, row in numbered[:2])
    if begins_nested and all(2 * sum(line[place] for line in lines) < len(lines) for _, place in alone):
        first, second = (number for number, _ in numbered[:2])
        raise SynthDealError(
            f"{shown} has groups within groups: what stands alone in data rows {first:,} and {second:,} is meant for "
            "all lines below, and nothing tells which of them is the customer; write both into each line, or export "
            "the log as a plain list.",
            code="sales-log.nested-groups",
            usage=True,
        )


def _place_of_groups(rows: Sequence[Sequence[bool]]) -> int | None:
    """The column that group rows use, if the rows begin with one and none follows another."""
    written = [row for row in rows if any(row)]
    alone = [sum(row) == 1 for row in written]
    if not written or len(written[0]) < MIN_WIDTH or not alone[0] or sum(alone) * 2 > len(written):
        return None
    places = {row.index(True) for row, is_alone in zip(written, alone, strict=True) if is_alone}
    one_after_another = any(first and second for first, second in pairwise(alone))
    return None if len(places) > 1 or one_after_another else places.pop()


def _name_of_groups(names: Sequence[str]) -> str:
    """What groups are called that nothing names: the customers, unless a column of the lines says those."""
    wanted = {"Customer": ("customer_id", "customer_name"), "Product": ("product",)}
    for name, roles in wanted.items():
        if all(sureness_of(each, role) is None for each in names for role in roles):
            return name
    return "Group"

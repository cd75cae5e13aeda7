"""The wide log: the columns of all sources side by side in one table, and what each is taken for.

Columns of stranger logs meet here: of other cases, of other types, of names that SynthDeal uses itself. What is in
their cells is read in `cells.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_list, sql_literal, sql_name
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.sales.column_names import SOURCE_ROW
from synthdeal_assets.sales.product_map.product_map import BASE_ROLES, LONG, LONG_ROLES, ProductMap
from synthdeal_assets.sales.product_map.resolved_columns import Resolved, resolve
from synthdeal_assets.sales.sources.sales_log import StagedSource
from synthdeal_assets.sales.tables import LOG, SALES_LOG

UNKNOWN: Final = "unknown"
PRICE_OF_MISSING_MONEY: Final = "price_of_missing_money"


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column of a source in the wide log.

    Attributes:
        source_file: The source.
        name: Its name there.
        stored_name: Its name in the wide log.
        type: Its DuckDB type in the source.
        role: One of `tables.COLUMN_ROLES`.
        product: Product it counts; None unless money or quantity of a wide log.
        division: Division of that product.
    """

    source_file: str
    name: str
    stored_name: str
    type: str
    role: str
    product: str | None = None
    division: str | None = None


@dataclass(frozen=True, slots=True)
class CellPair:
    """The columns of the wide log in which some sources keep the money and the units of a product.

    Attributes:
        product: The product; None in a long log, where a column says it.
        division: Its division, likewise.
        money: Column of the money; None when only counted.
        quantity: Column of the units; None when not counted.
        is_unit_price: Whether the money column holds the price of one unit.
        price: Column of the price of one unit, which counts where the money column has no amount; None without one.
        sources: The sources that keep it so.
    """

    product: str | None
    division: str | None
    money: str | None
    quantity: str | None
    is_unit_price: bool
    price: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class WideLog:
    """The wide log that was made.

    Attributes:
        table: Its name in SQL.
        sources: Its sources, the ones to learn from first.
        columns: Every column of every source, in their order.
        types: DuckDB type of each stored column.
        pairs: Where money and units are.
        resolved: What the columns of each source were taken for.
    """

    table: str
    sources: tuple[StagedSource, ...]
    columns: tuple[LogColumn, ...]
    types: Mapping[str, str]
    pairs: tuple[CellPair, ...]
    resolved: Mapping[str, Resolved]

    def role(self, role: str) -> str | None:
        """What stands in the columns of a role, as text, in SQL that calls the log `log`; None if no source has one."""
        by_column: dict[str, list[str]] = {}
        for column in self.columns:
            if column.role == role:
                by_column.setdefault(column.stored_name, []).append(column.source_file)
        if not by_column:
            return None
        if len(by_column) == 1:
            return f"CAST(log.{sql_name(next(iter(by_column)))} AS VARCHAR)"
        cases = " ".join(
            f"WHEN log.source_file IN {sql_list(sources)} THEN CAST(log.{sql_name(name)} AS VARCHAR)"
            for name, sources in by_column.items()
        )
        return f"CASE {cases} END"


def gather(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[StagedSource],
    product_map: ProductMap,
    table: Table,
    *,
    is_proposed: bool,
) -> WideLog:
    """Put the rows of all sources into one wide table.

    Args:
        connection: A connection to the warehouse with the staged sources.
        sources: What was staged.
        product_map: What the columns are taken for.
        table: The table to make, with the columns of the sources and those of `SALES_LOG`; dropped when it is there.
            A source that is the only one becomes it, and is not there any more.
        is_proposed: Whether nobody wrote the map.

    Raises:
        SynthDealError: A source lacks a column that it must have, or is there twice.
    """
    ordered = tuple(sorted(sources, key=lambda source: source.role != LOG))
    _require_once(ordered)
    resolved = {
        source.source_file: resolve(
            product_map, [name for name, _ in source.columns], source.source_file, is_proposed=is_proposed
        )
        for source in ordered
    }
    columns = tuple(_columns(ordered, resolved))
    types = _types(columns)
    connection.execute(f"DROP TABLE IF EXISTS {table.qualified_name}")
    if len(ordered) == 1 and all(column.stored_name == column.name for column in columns):
        _take_over(connection, table, ordered[0])
    else:
        theirs = [f"{sql_name(name)} {kind}" for name, kind in types.items()]
        own = [f"{column.name} {column.type} NOT NULL" for column in SALES_LOG.columns]
        connection.execute(f"CREATE TABLE {table.qualified_name} ({', '.join(theirs + own)})")
        for source in ordered:
            mine = [column for column in columns if column.source_file == source.source_file]
            connection.execute(_insertion(table, source, mine, types))
    for comment in table.create_statements()[2:]:
        connection.execute(comment)
    return WideLog(
        table=table.qualified_name,
        sources=ordered,
        columns=columns,
        types=types,
        pairs=tuple(_pairs(resolved, columns, product_map)),
        resolved=resolved,
    )


def _require_once(sources: Iterable[StagedSource]) -> None:
    seen: set[str] = set()
    for source in sources:
        if source.source_file in seen:
            raise SynthDealError(
                f"{source.source_file} is given twice, as sales log or as hold-out: give it only once.",
                code="sales-log.same-source-twice",
                usage=True,
            )
        seen.add(source.source_file)


def _columns(sources: Sequence[StagedSource], resolved: Mapping[str, Resolved]) -> Iterable[LogColumn]:
    """Every column under a name that no other column of its source has in the wide log, whatever its case."""
    stored_by_spelling: dict[str, str] = {}
    stored_by_letters: dict[str, list[str]] = {column.name: [] for column in SALES_LOG.columns}
    taken = set(stored_by_letters)
    for source in sources:
        names = [name for name, _ in source.columns]
        found: dict[str, str] = {}
        used: set[str] = set()
        for name in names:
            if (same := stored_by_spelling.get(name)) is not None and same not in used:
                found[name] = same
                used.add(same)
        for name in names:
            if name in found:
                continue
            others = stored_by_letters.setdefault(name.casefold(), [])
            free = next((stored for stored in others if stored not in used), None)
            if free is None:
                free = _new_name(name, taken)
                taken.add(free.casefold())
                others.append(free)
            found[name] = free
            used.add(free)
        for name, stored in found.items():
            stored_by_spelling.setdefault(name, stored)
        roles = _roles(resolved[source.source_file])
        for name, kind in source.columns:
            role, product, division = roles.get(name, (UNKNOWN, None, None))
            yield LogColumn(source.source_file, name, found[name], kind, role, product, division)


def columns_of(source: StagedSource, resolved: Resolved) -> Iterable[LogColumn]:
    """The columns of a source under their own names, and what each is taken for."""
    roles = _roles(resolved)
    for name, kind in source.columns:
        role, product, division = roles.get(name, (UNKNOWN, None, None))
        yield LogColumn(source.source_file, name, name, kind, role, product, division)


def _new_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _roles(resolved: Resolved) -> dict[str, tuple[str, str | None, str | None]]:
    """Role, product and division of each column that is taken for something."""
    roles: dict[str, tuple[str, str | None, str | None]] = {}
    for role in BASE_ROLES:
        if (name := getattr(resolved, role)) is not None:
            roles[name] = (role.removesuffix("_column"), None, None)
    for role in LONG_ROLES:
        if (name := getattr(resolved, role)) is not None:
            roles[name] = (role.removesuffix("_column"), None, None)
    if resolved.money_column is not None and resolved.unit_price_column is not None:
        roles[resolved.unit_price_column] = (PRICE_OF_MISSING_MONEY, None, None)
    for product in resolved.products:
        if product.money is not None:
            roles[product.money] = ("money", product.product, product.division)
        if product.quantity is not None:
            roles[product.quantity] = ("quantity", product.product, product.division)
    return roles


def _types(columns: Sequence[LogColumn]) -> dict[str, str]:
    """The type of each stored column: that of the sources, or text where they differ."""
    types: dict[str, str] = {}
    for column in columns:
        if types.setdefault(column.stored_name, column.type) != column.type:
            types[column.stored_name] = "VARCHAR"
    return types


def _take_over(connection: duckdb.DuckDBPyConnection, table: Table, source: StagedSource) -> None:
    """Let the rows of a source be the wide log as they are, because to copy them takes as long as to read them."""
    connection.execute(f"ALTER TABLE {source.rows_table} RENAME TO {table.name}")
    values = _own_values(source, "rowid + 1")
    for column in SALES_LOG.columns:
        connection.execute(f"ALTER TABLE {table.qualified_name} ADD COLUMN {column.name} {column.type}")
    connection.execute(
        f"UPDATE {table.qualified_name} SET "
        + ", ".join(f"{column.name} = {value}" for column, value in zip(SALES_LOG.columns, values, strict=True))
    )
    for column in SALES_LOG.columns:
        connection.execute(f"ALTER TABLE {table.qualified_name} ALTER {column.name} SET NOT NULL")


def _own_values(source: StagedSource, source_row: str) -> tuple[str, ...]:
    """What stands in the columns of `SALES_LOG`, in SQL."""
    return sql_literal(source.source_file), source_row, sql_literal(source.role)


def _insertion(table: Table, source: StagedSource, columns: Sequence[LogColumn], types: Mapping[str, str]) -> str:
    targets = [*(column.name for column in SALES_LOG.columns), *(sql_name(column.stored_name) for column in columns)]
    values = [
        *_own_values(source, SOURCE_ROW),
        *(
            sql_name(column.name)
            if types[column.stored_name] == column.type
            else f"CAST({sql_name(column.name)} AS VARCHAR)"
            for column in columns
        ),
    ]
    return f"INSERT INTO {table.qualified_name} ({', '.join(targets)}) SELECT {', '.join(values)} FROM {source.table}"


def _pairs(
    resolved: Mapping[str, Resolved], columns: Sequence[LogColumn], product_map: ProductMap
) -> Iterable[CellPair]:
    stored = {(column.source_file, column.name): column.stored_name for column in columns}
    found: dict[tuple[str | None, str | None, str | None, str | None, bool, str | None], list[str]] = {}
    for source, mine in resolved.items():
        held: list[tuple[str | None, str | None, str | None, str | None, bool]]
        price = None
        if product_map.layout == LONG:
            is_unit_price = mine.money_column is None and mine.unit_price_column is not None
            price = None if is_unit_price else mine.unit_price_column
            held = [(None, None, mine.money_column or mine.unit_price_column, mine.quantity_column, is_unit_price)]
        else:
            held = [(each.product, each.division, each.money, each.quantity, False) for each in mine.products]
        for product, division, money, quantity, is_unit_price in held:
            key = (
                product,
                division,
                None if money is None else stored[(source, money)],
                None if quantity is None else stored[(source, quantity)],
                is_unit_price,
                None if price is None else stored[(source, price)],
            )
            found.setdefault(key, []).append(source)
    return [CellPair(*key, sources=tuple(sources)) for key, sources in found.items()]

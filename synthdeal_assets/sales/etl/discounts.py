"""Money after discount, of a log whose lines say a price, a quantity and a discount, and no total.

What a column of discounts says is decided in `product_map/discounts.py`. The money stands in the wide log in a column
of its own, as converted money does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name
from synthdeal_assets.sales.amount_macros import CURRENCY
from synthdeal_assets.sales.etl.cells import TEXT, Marks, read_columns, with_comma
from synthdeal_assets.sales.etl.gathered_log import GatheredLog
from synthdeal_assets.sales.etl.wide_log import LogColumn
from synthdeal_assets.sales.product_map.discounts import DISCOUNTS, MEANING, SeenDiscounts, kind_of_discount

PRICE_BEFORE_DISCOUNT: Final = "price_before_discount"


def after_discount(log: GatheredLog, commas: Marks) -> tuple[GatheredLog, Marks, tuple[str, ...]]:
    """The log with the money of its lines after discount, its marks, and what a reader must know of it.

    Needs what `decimal_marks.read_amounts` leaves, and leaves the same.

    Raises:
        SynthDealError: Nothing decides what the discounts of a source are.
    """
    of_source = {
        (column.source_file, column.role): column
        for column in log.wide.columns
        if column.role in {"unit_price", "quantity", "discount"}
    }
    found = {
        source: _kind(log, commas, column, *_figures(of_source, source))
        for (source, role), column in of_source.items()
        if role == "discount" and {(source, "unit_price"), (source, "quantity")} <= of_source.keys()
    }
    kinds = {source: kind for source, kind in found.items() if kind is not None}
    if not kinds:
        return log, commas, ()
    return _discounted(log, commas, of_source, kinds)


def _figures(of_source: dict[tuple[str, str], LogColumn], source: str) -> tuple[str, str]:
    return of_source[source, "unit_price"].stored_name, of_source[source, "quantity"].stored_name


def _kind(log: GatheredLog, commas: Marks, column: LogColumn, price: str, quantity: str) -> str | None:
    """What a column of discounts says; None where there is none to take off."""
    values = _names(commas, price, quantity, column.stored_name)
    source = sql_literal(column.source_file)
    seen = SeenDiscounts(*log.run("seen_discounts", source=source, **values).fetchall()[0])
    if not seen.nonzero:
        return None
    kind = log.product_map.discount or kind_of_discount(column.name, seen)
    if kind is None:
        ways = ", ".join(f"`discount: {each}` ({MEANING[each]})" for each in DISCOUNTS)
        raise SynthDealError(
            f"Nothing in {column.source_file} tells what {seen.example!r} in the column {column.name!r} (data row "
            f"{seen.example_row:,}) takes off price times quantity: write {ways} into the product map, or an empty "
            "`discount_column:` if the price is after discount already.",
            code="sales-log.unclear-discount",
            usage=True,
        )
    return kind


def _discounted(
    log: GatheredLog, commas: Marks, of_source: dict[tuple[str, str], LogColumn], kinds: dict[str, str]
) -> tuple[GatheredLog, Marks, tuple[str, ...]]:
    new = "money after discount"
    while new.casefold() in {name.casefold() for name in log.wide.types}:
        new += " again"
    log.connection.execute(f"ALTER TABLE {log.wide.table} ADD COLUMN {sql_name(new)} VARCHAR")
    marks, columns, caveats = set(commas), list(log.wide.columns), []
    for source, kind in kinds.items():
        price, quantity = _figures(of_source, source)
        discount = of_source[source, "discount"]
        values = _names(commas, price, quantity, discount.stored_name)
        comma = (source, price) in marks
        log.run(
            "discounted",
            new=sql_name(new),
            source=sql_literal(source),
            kind=kind,
            currency=CURRENCY,
            comma=comma,
            **values,
        )
        if comma:
            marks.add((source, new))
        of_price = of_source[source, "unit_price"]
        # The name of the price may say its currency.
        name = f"{of_price.name} x {of_source[source, 'quantity'].name} less {discount.name}"
        columns[columns.index(of_price)] = replace(of_price, role=PRICE_BEFORE_DISCOUNT)
        columns.append(replace(of_price, name=name, stored_name=new, type=TEXT, role="money"))
        caveats.append(
            f"{source}: the money of a line is {of_price.name!r} times {of_source[source, 'quantity'].name!r} less "
            f"{discount.name!r}, read as {MEANING[kind]}; `discount` in the product map says otherwise."
        )
    pairs = []
    for pair in log.wide.pairs:
        there = tuple(source for source in pair.sources if source in kinds)
        others = tuple(source for source in pair.sources if source not in kinds)
        pairs += [replace(pair, sources=others)] if others else []
        pairs += [replace(pair, money=new, is_unit_price=False, sources=there)] if there else []
    types = {**log.wide.types, new: TEXT}
    wide = replace(log.wide, columns=tuple(columns), types=types, pairs=tuple(pairs))
    read_columns(log.connection, log=wide.table, columns=wide.columns, commas=marks)
    return replace(log, wide=wide), marks, tuple(caveats)


def _names(commas: Marks, price: str, quantity: str, discount: str) -> dict[str, object]:
    """The three columns as text and the marks of their decimals, in SQL that calls the log `log`."""
    found: dict[str, object] = {}
    for role, name in (("price", price), ("quantity", quantity), ("discount", discount)):
        found |= {role: f"CAST(log.{sql_name(name)} AS VARCHAR)", f"{role}_comma": with_comma(commas, name)}
    return found

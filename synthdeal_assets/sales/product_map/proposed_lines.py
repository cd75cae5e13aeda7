"""A long log, which names a product in each line: which columns are the product, its money, price and units.

How products are put into divisions belongs in `proposed_divisions.py`, products that have columns of their own in
`proposed_products.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.sales.column_names import EACH_ROW, in_words
from synthdeal_assets.sales.product_map.discounts import AMOUNT, is_discount, kinds_by_name
from synthdeal_assets.sales.product_map.feasibility import MAX_DIVISIONS
from synthdeal_assets.sales.product_map.findings import MapFinding, taken_for, together
from synthdeal_assets.sales.product_map.left_columns import MAY_BE_MONEY, may_be_money, only_numbers
from synthdeal_assets.sales.product_map.product_map import LONG
from synthdeal_assets.sales.product_map.proposed_divisions import (
    MAX_PRODUCTS_AS_DIVISIONS,
    divide_lines,
    division_columns,
    is_nested,
)
from synthdeal_assets.sales.product_map.sampled_columns import BLANK, MOSTLY, NUMBER, TEXT, WHOLE, figures
from synthdeal_assets.sales.product_map.sampled_log import SampledLog

MIN_PROVING_ROWS: Final = 5
MOSTLY_PROVEN: Final = 0.98
CENT: Final = 0.011

ENOUGH_INVOICES: Final = 10
"""So many invoices of several lines show whether a column is the money of a line or of the invoice."""


@dataclass(frozen=True, slots=True)
class LineFigures:
    """The columns of money, price and quantity in a log of one product a line.

    Attributes:
        money: Columns of the money of a line.
        price: Columns of the price of one unit.
        quantity: Columns of the units, or `(each row)`.
        why: Why the money is taken for it.
        of_invoices: Columns that are called like money and are that of a whole invoice.
    """

    money: tuple[str, ...] = ()
    price: tuple[str, ...] = ()
    quantity: tuple[str, ...] = ()
    why: str = "by its name"
    of_invoices: tuple[str, ...] = ()


def find_lines(
    log: SampledLog,
    pairs: Mapping[str, tuple[str | None, str | None]],
    *,
    invoice: Sequence[str],
    customer: Sequence[str],
) -> MapFinding | None:
    """One product a line, when columns of the product and of its money or quantity are there by their names.

    A log that names no products but their lines, groups or the like is as good: those are the products then.

    Args:
        log: The log without the columns of its roles.
        pairs: Money and quantity that were found as a pair and name no product, such as `Sales` and `Sales_Qty`.
        invoice: Columns of the invoice.
        customer: Columns of the customer's id.

    Returns:
        None when it is no such log.
    """
    product = log.named("product", TEXT, WHOLE)
    is_division = not product
    product = product or log.named("division", TEXT, WHOLE)
    product, coarse = finest(log, product)
    of_lines = figures_of_lines(log, product, pairs, invoice) if product else LineFigures()
    if not (of_lines.money or of_lines.price or (of_lines.quantity and not is_division)):
        return None
    nested = f", each value of which stands with one of {coarse[0]!r}" if coarse else ""
    named = MapFinding(
        keys={"layout": LONG, "product_column": product},
        taken=product,
        understood=tuple(
            f"each line is one product, named by column {name!r}{log.where(name)}{nested}" for name in product
        ),
    )
    counted = take_figures(log, of_lines, invoice)
    rest = log.without((*named.taken, *counted.taken))
    most = MAX_DIVISIONS if is_division else MAX_PRODUCTS_AS_DIVISIONS
    return together(named, counted, divide_lines(rest, product, customer=customer, coarse=coarse, most=most))


def finest(log: SampledLog, product: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The products, and the column they are nested in: a column of divisions of which each has one of these products.

    Such a column has more values, so that what was taken for the products is their division.
    """
    if len(product) == 1:
        for name in reversed(division_columns(log)):
            if name != product[0] and is_nested(log.rows, name, product[0]):
                return (name,), product
    return product, ()


def figures_of_lines(
    log: SampledLog,
    product: Sequence[str],
    pairs: Mapping[str, tuple[str | None, str | None]],
    invoice: Sequence[str],
) -> LineFigures:
    """Which columns say the money, the price and the quantity of a line; the arguments are those of `find_lines`."""
    money = log.named("money", WHOLE, NUMBER)
    price = log.named("unit_price", WHOLE, NUMBER)
    quantity = log.named("quantity", WHOLE, NUMBER)
    if len(pairs) == 1 and not (quantity and (money or price)):
        ((paired, counted),) = pairs.values()
        quantity = () if counted is None else (counted,)
        # `Item` with `Item Qty` may be the code of the product and not its money.
        if not price and paired is not None and paired not in product:
            money = (paired,)
    if not (money or price or quantity):
        if not may_be_money(log, besides=product):
            return LineFigures(quantity=(EACH_ROW,))
        return LineFigures(money=only_numbers(log, besides=product), why=f"the only one that {MAY_BE_MONEY}")
    if price and quantity and is_of_invoices(log.rows, invoice, money):
        return LineFigures(price=price, quantity=quantity, of_invoices=money)
    return LineFigures(money, price, quantity)


def is_proven(log: SampledLog, money: Sequence[str], price: Sequence[str], quantity: Sequence[str]) -> bool:
    """Whether the money is the price times the quantity in nearly every row in which all three stand."""
    if not len(money) == len(price) == len(quantity) == 1 or quantity == (EACH_ROW,):
        return False
    names = (money[0], price[0], quantity[0])
    for with_comma in (False, True):
        read = log.rows.select(figures(name, log.rows.schema[name], with_comma=with_comma) for name in names)
        total, each, units = read.drop_nulls().get_columns()
        agree = ((each * units - total).abs() <= CENT).sum()
        if agree >= MIN_PROVING_ROWS and agree >= MOSTLY_PROVEN * len(total):
            return True
    return False


def is_of_invoices(rows: pl.DataFrame, invoice: Sequence[str], money: Sequence[str]) -> bool:
    """Whether a column says the same, or nothing, in all lines of nearly every invoice."""
    if len(money) != 1 or len(invoice) != 1:
        return False
    of_invoice = (
        rows.drop_nulls(invoice[0])
        .group_by(invoice[0])
        .agg(pl.len().alias("lines"), pl.col(money[0]).drop_nulls().n_unique().alias("figures"))
        .filter(pl.col("lines") > 1)
    )
    alike = of_invoice.filter(pl.col("figures") <= 1).height
    return of_invoice.height >= ENOUGH_INVOICES and alike >= MOSTLY * of_invoice.height


def take_figures(log: SampledLog, of_lines: LineFigures, invoice: Sequence[str]) -> MapFinding:
    """What the figures of lines become in the map, and what is doubtful of them."""
    money, price, quantity = of_lines.money, of_lines.price, of_lines.quantity
    keys: dict[str, object] = {}
    understood: list[str] = []
    not_understood = []
    if of_lines.of_invoices:
        not_understood.append(f"{in_words(of_lines.of_invoices)} is the money of an invoice and not of its lines")
    proven = is_proven(log, money, price, quantity)
    if money:
        keys |= {"money_column": money, "unit_price_column": price} if proven else {"money_column": money}
        understood += taken_for(log, money, "the money of a line", of_lines.why)
        if proven:
            understood.append(
                f"{in_words(money)} is {in_words(price)} times the quantity wherever all three stand, and counts so "
                "where it is missing"
            )
    elif price:
        keys["unit_price_column" if quantity else "money_column"] = price
        why = (
            "times the quantity: check that it is of one unit"
            if quantity
            else "for no column counts units, so that each line is one"
        )
        understood += taken_for(log, price, "the money of a line", why)
    discount = find_discount(log, invoice) if price and quantity and not money else ()
    if discount:
        keys["discount_column"] = discount
        understood += taken_for(log, discount, "the discount on price times quantity", "by its name")
    if quantity:
        keys["quantity_column"] = quantity
    if quantity == (EACH_ROW,):
        understood.append("each line is one unit, for no column counts units or looks like money")
    else:
        understood += taken_for(log, quantity, "the quantity of a line", "by its name")
    if is_of_invoices(log.rows, invoice, money):
        not_understood.append(
            f"{in_words(money)} is the same in all lines of an invoice: if it is the money of the invoice, "
            "it counts once for each line, and another column must be the money of a line"
        )
    if money and not proven:
        not_understood += _doubted_prices(log, of_lines)
    return MapFinding(
        keys, (*money, *price, *quantity, *discount, *of_lines.of_invoices), tuple(understood), tuple(not_understood)
    )


def find_discount(log: SampledLog, invoice: Sequence[str]) -> tuple[str, ...]:
    """The free columns that are called like a discount, when no file has two of them.

    Money that is off a whole invoice is none: it stands in the first of its lines, or again in each.
    """
    names = tuple(
        column.name
        for column in log.free_columns
        if column.kind != BLANK
        and is_discount(column.name)
        and not (kinds_by_name(column.name) == {AMOUNT} and is_of_invoices(log.rows, invoice, (column.name,)))
    )
    return names if all(len(has.intersection(names)) <= 1 for has in log.files.values()) else ()


def _doubted_prices(log: SampledLog, of_lines: LineFigures) -> list[str]:
    """What a column of prices beside the money is, or that the money may be none."""
    money = in_words(of_lines.money)
    counts = not of_lines.quantity and all(log.columns[name].kind == WHOLE for name in of_lines.money)
    return [
        f"{name!r} may be the money of a line, and {money}, which is whole numbers, its quantity: check it"
        if counts
        else f"{name!r} is a price by its name, and {money} the money of a line: check it"
        for name in of_lines.price
    ]

"""The products of a wide log, which has columns of money and units for each, or of a log that sells one thing only.

What a log is that names a product in each line belongs in `proposed_lines.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.sales.column_names import EACH_ROW, counted_product, folded, in_words
from synthdeal_assets.sales.product_map.feasibility import MAX_DIVISIONS
from synthdeal_assets.sales.product_map.findings import MapFinding
from synthdeal_assets.sales.product_map.left_columns import (
    EXAMPLES,
    MAX_TOLD,
    MAY_BE_MONEY,
    may_be_money,
    only_numbers,
    why_no_product,
)
from synthdeal_assets.sales.product_map.names_in_use import (
    IN_USE,
    divisions_by_beginning,
    is_identity,
    is_total,
    names_nothing,
    readable,
    spelling_of,
    without_money_word,
)
from synthdeal_assets.sales.product_map.product_map import MappedProduct
from synthdeal_assets.sales.product_map.sampled_columns import NUMBER, WHOLE, SampledColumn, sum_of
from synthdeal_assets.sales.product_map.sampled_log import SampledLog

ONE_PRODUCT: Final = "Sales"
PURCHASES: Final = "Purchases"


@dataclass(frozen=True, slots=True)
class ProductColumns:
    """Columns that hold the money and the units of products.

    Attributes:
        columns: For each product the column of its money and that of its units; None where there is none.
        understood: Why, in sentences.
        not_understood: Columns that may belong to several products, in sentences.
    """

    columns: Mapping[str, tuple[str | None, str | None]]
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()


def find_pairs(log: SampledLog) -> ProductColumns:
    """Columns of money and quantity by product: `X` and `X_Qty` and the like."""
    by_name: dict[str, list[str]] = {}
    for name in log.free:
        for spelling in {folded(name), folded(without_money_word(name))}:
            by_name.setdefault(spelling, []).append(name)
    pairs: dict[str, tuple[str | None, str | None]] = {}
    doubtful = []
    taken: set[str] = set()
    known: set[str] = set()
    for counted in log.free:
        product = counted_product(counted)
        if product is None or is_total(product) or not log.columns[counted].is_or_blank(numeric=True):
            continue
        fitting = [
            name
            for name in by_name.get(folded(product), [])
            if name != counted and name not in taken and log.columns[name].is_or_blank(numeric=True)
        ]
        exact = [name for name in fitting if folded(name) == folded(product)]
        money = exact if len(exact) == 1 else fitting
        if len(money) == 1 and folded(product) not in known:
            known.add(folded(product))
            pairs[readable(product)] = (money[0], counted)
            taken |= {money[0], counted}
        elif len(money) > 1:
            doubtful.append(
                f"{counted!r} may count the units of {' or '.join(map(repr, money))}: name the pair in the map"
            )
    return ProductColumns(pairs, not_understood=tuple(doubtful))


def find_summed(log: SampledLog) -> ProductColumns:
    """The columns of numbers that add up to the total in nearly every row: nothing but products does."""
    numbers = [column for column in log.free_columns if column.is_numeric]
    totals = [column.name for column in numbers if is_total(column.name)]
    parts = [column.name for column in numbers if column.name not in totals and why_no_product(column) is None]
    total = next((name for name in totals if sum_of(log.rows, [name, *parts]) == name), None)
    if total is None:
        return ProductColumns({})
    return ProductColumns(
        {readable(without_money_word(name)): (name, None) for name in parts},
        understood=(f"the products are the columns that add up to {total!r}; nothing counts their units",),
    )


def find_only_counted(log: SampledLog) -> ProductColumns:
    """Columns that count the units of several products, in a log that says nothing of their money."""
    counted = {
        readable(product): (None, column.name)
        for column in log.free_columns
        if column.is_numeric and (product := counted_product(column.name)) is not None and not names_nothing(product)
    }
    if len(counted) < 2:
        return ProductColumns({})
    return ProductColumns(
        counted, understood=("the products are the columns that count units; no column is the money of one of them",)
    )


def products_of_columns(log: SampledLog, columns: Mapping[str, tuple[str | None, str | None]]) -> MapFinding:
    """The products of a wide log and their divisions.

    A pair that is the sum of the others is taken, and is no product.
    """
    total = sum_of(log.rows, [money for money, _ in columns.values() if money is not None])
    held = {
        product: {role: name for role, name in zip(("money", "quantity"), names, strict=True) if name is not None}
        for product, names in columns.items()
    }
    summed = [name for names in held.values() if total in names.values() for name in names.values()]
    held = {product: names for product, names in held.items() if total is None or total not in names.values()}
    not_understood = [f"{name!r} is the sum of the others, so that it is no product" for name in summed]
    divisions = divisions_by_beginning(list(held))
    products, said = [], []
    for product, names in held.items():
        division = divisions.get(product, product)
        own = "" if product in divisions else ", which is its own division"
        of = f" of division {division!r}, by the beginning of its name" if product in divisions else own
        said.append(f"{product!r} is a product{of}: {', '.join(f'{role} {name!r}' for role, name in names.items())}")
        products.append(MappedProduct.model_validate({"product": product, "division": division, **names}))
    count = len({product.division_name for product in products})
    if count > MAX_DIVISIONS:
        not_understood.append(
            f"the divisions of the products: these are {count:,}, and at most {MAX_DIVISIONS} are modelled in a "
            "run; write fewer and larger ones into the map"
        )
    if len(said) > MAX_TOLD:
        more = f"and {len(said) - EXAMPLES:,} more products likewise, in {count:,} divisions altogether"
        said = [*said[:EXAMPLES], more]
    return MapFinding(
        keys={"products": products},
        taken=(*summed, *(name for names in held.values() for name in names.values())),
        understood=tuple(said),
        not_understood=tuple(not_understood),
    )


def find_one_product(log: SampledLog) -> MapFinding:
    """The product of a log that names none: one column of money, and perhaps one that counts; else its rows.

    Returns:
        Nothing when columns are left that may be money, so that it cannot be told which is.
    """
    money = log.named("money", WHOLE, NUMBER) or log.named("unit_price", WHOLE, NUMBER)
    why = "one column looks like money"
    if not money and (only := log.named("quantity", WHOLE, NUMBER)):
        said = (
            f"{ONE_PRODUCT!r} is the only product and its own division, counted by {in_words(only)}; no column "
            "looks like money"
        )
        product = MappedProduct(product=ONE_PRODUCT, division=ONE_PRODUCT, quantity=only)
        return MapFinding({"products": [product]}, only, (said,))
    if not money:
        money, why = only_numbers(log), f"one column is left that {MAY_BE_MONEY}"
    if not money:
        return MapFinding() if may_be_money(log) else _each_row()
    rest = log.without(money)
    counts = [column.name for column in rest.free_columns if column.kind == WHOLE and _may_count(column)]
    quantity = rest.named("quantity", WHOLE, NUMBER) or (tuple(counts) if len(counts) == 1 else ())
    name = ONE_PRODUCT
    for column in quantity:
        if spelling_of(column) not in IN_USE["quantity"]:
            name = readable(counted_product(column) or column)
    counted = f"quantity {in_words(quantity)}" if quantity else "nothing counts its units"
    return MapFinding(
        keys={"products": [MappedProduct(product=name, division=name, money=money, quantity=quantity)]},
        taken=(*money, *quantity),
        understood=(f"{name!r} is the only product and its own division, for {why}: {in_words(money)}; {counted}",),
    )


def _each_row() -> MapFinding:
    said = (
        f"{PURCHASES!r} is the only product and its own division, and each row is one, for no column "
        "counts units or looks like money"
    )
    product = MappedProduct(product=PURCHASES, division=PURCHASES, quantity=(EACH_ROW,))
    return MapFinding({"products": [product]}, understood=(said,))


def _may_count(column: SampledColumn) -> bool:
    return not (column.is_day_in_digits or column.has_leading_zero or is_identity(column.name) or is_total(column.name))

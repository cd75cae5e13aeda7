"""Into which divisions the products of a long log are put: a column of them, a group that each has one of, or by sales.

Which products there are belongs in `proposed_lines.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.sales.product_map.feasibility import MAX_DIVISIONS
from synthdeal_assets.sales.product_map.findings import MapFinding, taken_for
from synthdeal_assets.sales.product_map.names_in_use import sureness_of
from synthdeal_assets.sales.product_map.sampled_columns import MOSTLY, TEXT, WHOLE
from synthdeal_assets.sales.product_map.sampled_log import SampledLog

MAX_PRODUCTS_AS_DIVISIONS: Final = 20
"""Of more products without divisions, this many that most customers bought are a division each and the others one."""

ENOUGH_PRODUCTS: Final = 20
"""So many products that come again show that a column has one value for each, and it did not happen by chance."""

OTHER_PRODUCTS: Final = "Other products"


def divide_lines(
    log: SampledLog, product: Sequence[str], *, customer: Sequence[str], most: int, coarse: tuple[str, ...] = ()
) -> MapFinding:
    """The divisions of the products.

    Args:
        log: The log without the columns that were taken.
        product: Columns of the product.
        customer: Columns of the customer's id.
        most: So many products may be a division each.
        coarse: The column that the products were found to be nested in; empty when there is none.
    """
    by_name = log.named("division", TEXT, WHOLE)
    division = coarse or by_name
    if division and max(log.columns[name].distinct for name in division) <= MAX_DIVISIONS:
        why = "by its name" if division == by_name else "which has fewer values"
        said = taken_for(log, division, "the division of a line", why)
        return MapFinding({"division_column": division}, division, said)
    if max(log.columns[name].distinct for name in product) <= most:
        return MapFinding(understood=("there are few products, so that each is its own division",))
    groups = groups_of(log, product)
    if len(groups) == 1:
        said = taken_for(log, groups, "the division of a line", "which has one value for each product: check it")
        return MapFinding({"division_column": groups}, groups, said)
    by_sales = divisions_by_sales(log, product, customer)
    by_hand = (
        f"the divisions of the products in {in_words(product)}: the {len(by_sales)} that most customers bought are "
        f"a division each, and all others are one, {OTHER_PRODUCTS!r}; write better ones under `divisions`, or a "
        "division_column"
    )
    by_group = (
        f"{in_words(groups)}: each has one value for each product, so that one of them may be the division: "
        "write it as division_column in place of `divisions` and `default_division`"
    )
    keys = {"divisions": by_sales, "default_division": OTHER_PRODUCTS}
    return MapFinding(keys, not_understood=(by_hand, by_group) if groups else (by_hand,))


def division_columns(log: SampledLog) -> list[str]:
    """The free columns that are called like divisions, those of the fewest values first."""
    called = [
        column
        for column in log.free_columns
        if column.kind in (TEXT, WHOLE) and column.distinct > 1 and sureness_of(column.name, "division") is not None
    ]
    return [column.name for column in sorted(called, key=lambda column: column.distinct)]


def is_nested(rows: pl.DataFrame, fine: str, coarse: str) -> bool:
    """Whether each value of a column stands with one value only of another column, which has fewer."""
    both = rows.select(fine, coarse).drop_nulls()
    pairs = both.n_unique()
    return both[coarse].n_unique() < pairs == both[fine].n_unique() < both.height


def groups_of(log: SampledLog, product: Sequence[str]) -> tuple[str, ...]:
    """Columns of few values of which every product that comes again has one."""
    if len(product) > 1:
        return ()
    again = log.rows.filter(pl.len().over(product[0]) > 1)
    if again[product[0]].n_unique() < ENOUGH_PRODUCTS:
        return ()
    most_values = again.group_by(product[0]).agg(pl.all().n_unique())
    return tuple(
        column.name
        for column in log.free_columns
        if column.kind in (TEXT, WHOLE)
        and 1 < column.distinct <= MAX_DIVISIONS
        and (most_values[column.name] == 1).all()
        # A value that is nearly everywhere is everywhere by chance.
        and again[column.name].alias("value").value_counts(sort=True)["count"].to_list()[0] < MOSTLY * again.height
    )


def divisions_by_sales(log: SampledLog, product: Sequence[str], customer: Sequence[str]) -> dict[str, str]:
    """Divisions of the products that most customers bought, each its own; the best first."""
    name = pl.coalesce(pl.col(column).cast(pl.String) for column in product)
    bought = log.rows.select(
        name.alias("product"),
        pl.coalesce(customer).cast(pl.String).alias("customer") if customer else pl.lit("").alias("customer"),
    )
    best = (
        bought.drop_nulls()
        .group_by("product")
        .agg(pl.col("customer").n_unique().alias("customers"), pl.len().alias("lines"))
        .sort("customers", "lines", "product", descending=[True, True, False])["product"]
    )
    # Two spellings of one product would be two divisions of one name.
    by_letters: dict[str, str] = {}
    for spelling in best.head(2 * MAX_PRODUCTS_AS_DIVISIONS):
        by_letters.setdefault(spelling.casefold(), spelling)
    described = descriptions_of(log, bought["product"])
    divided = list(by_letters.values())[:MAX_PRODUCTS_AS_DIVISIONS]
    return {each: f"{each} {described[each]}" if each in described else each for each in divided}


def descriptions_of(log: SampledLog, product: pl.Series) -> dict[str, str]:
    """What products are mostly called in a column that is called like a product too, where they are codes.

    Args:
        log: The log without the columns that were taken.
        product: The product of each of its rows.
    """
    column = next(iter(log.named("product", TEXT)), None)
    if column is None:
        return {}
    named = pl.DataFrame({"product": product, "name": log.rows[column].cast(pl.String)}).drop_nulls()
    counted = named.group_by("product", "name").agg(pl.len().alias("lines"))
    most = counted.sort("lines", "name", descending=[True, False]).unique("product", keep="first")
    return dict(most.select("product", "name").iter_rows())

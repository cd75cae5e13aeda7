"""A product map proposed from the header of a log and a sample of its values, with what could not be understood.

Nothing is guessed in silence: what a column is taken for is said with the reason, and a column that may be several
things is taken for none. Here the steps are taken one after another, each with a log without the columns that are
taken already; what a step looks for belongs in the `proposed_*.py` modules, what a map is in `product_map.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import polars as pl
from pydantic import ValidationError

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_name
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.sales.column_names import folded
from synthdeal_assets.sales.product_map.findings import MapFinding, together
from synthdeal_assets.sales.product_map.left_columns import say_what_is_left, unread_money, what_is_missing
from synthdeal_assets.sales.product_map.names_in_use import names_nothing
from synthdeal_assets.sales.product_map.product_map import LONG, LOOKED_FOR, MappedProduct, ProductMap
from synthdeal_assets.sales.product_map.proposed_lines import find_discount, find_lines
from synthdeal_assets.sales.product_map.proposed_products import (
    find_one_product,
    find_only_counted,
    find_pairs,
    find_summed,
    products_of_columns,
)
from synthdeal_assets.sales.product_map.proposed_roles import (
    CUSTOMER,
    DAY_OF_ORDER,
    INVOICE,
    FoundRoles,
    find_roles,
    find_roles_by_values,
    roles_of_documents,
)
from synthdeal_assets.sales.product_map.resolved_columns import resolve
from synthdeal_assets.sales.product_map.sampled_log import rows_to_look_at, sampled_log
from synthdeal_assets.sales.sources.sales_log import StagedSource
from synthdeal_assets.sales.tables import LOG

TO_FILL_IN: Final = "FILL IN"
"""Stands in a draft for the name of a column that the user has to write."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed map, and what was and was not understood.

    Attributes:
        product_map: The map; None when customer, day, every product or money that is there by its name is missing.
        understood: What columns were taken for and why, in sentences.
        not_understood: Columns that were taken for nothing and why, and what is missing, in sentences.
        draft: The map with `TO_FILL_IN` wherever something is missing.
        unpaired: Columns of numbers that may be the money of a product and have no quantity beside them.
    """

    product_map: ProductMap | None
    understood: tuple[str, ...]
    not_understood: tuple[str, ...]
    draft: ProductMap
    unpaired: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What every sales log must say and this one does not, in sentences that begin with `no `."""
        return tuple(text for text in self.not_understood if text.startswith("no "))

    def required(self, source: str) -> ProductMap:
        """The map.

        Raises:
            SynthDealError: There is none, because the source lacks what every sales log must have.
        """
        if self.product_map is None:
            missing = "; ".join(self.missing)
            raise SynthDealError(
                f"{source} cannot be understood by its header ({missing}): let `synthdeal whitespace init` write what "
                "was understood, complete it, and give it with --product-map.",
                code="product-map.header-not-understood",
                usage=True,
            )
        return self.product_map


def propose_for_sources(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], *, header: bool = True
) -> Proposal:
    """A product map for all sources to learn from, which may name a column differently.

    Args:
        connection: Where they are staged.
        sources: What was staged; the holdout is not looked at.
        header: As of `propose_map`.
    """
    columns: dict[str, tuple[str, str]] = {}
    files: dict[str, list[str]] = {}
    samples = []
    for source in sources:
        if source.role == LOG:
            new = [column for column in source.columns if columns.setdefault(folded(column[0]), column) is column]
            files[source.source_file] = [columns[folded(name)][0] for name, _ in source.columns]
            if new:
                shown = ", ".join(sql_name(name) for name, _ in new)
                rows = rows_to_look_at(len(new))
                samples.append(query_frame(connection, f"SELECT {shown} FROM {source.table} LIMIT {rows}"))
    return propose_map(list(columns.values()), pl.concat(samples, how="diagonal"), header=header, files=files)


def with_roles_of_documents(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], product_map: ProductMap
) -> ProductMap:
    """A map that somebody wrote, with the columns of states, marks, currencies and discounts that it says nothing of.

    A map of before these keys, or one that leaves them out, would count what was cancelled, add two currencies and take
    nothing off.

    Args:
        connection: Where the sources are staged.
        sources: What was staged.
        product_map: The map. A key that it has and leaves empty says that there is no such column.

    Raises:
        SynthDealError: As for `resolve`.
    """
    left_out = [role for role in LOOKED_FOR if role not in product_map.model_fields_set]
    has_discounts = product_map.unit_price_column and not product_map.money_column
    found: dict[str, tuple[str, ...]] = {}
    for source in sources if left_out else ():
        resolved = resolve(product_map, [name for name, _ in source.columns], source.source_file)
        unknown, invoice = resolved.unknown, [name for name in [resolved.invoice] if name is not None]
        if unknown:
            shown = ", ".join(sql_name(name) for name in (*unknown, *invoice))
            rows = query_frame(connection, f"SELECT {shown} FROM {source.table} LIMIT {rows_to_look_at(len(unknown))}")
            log = sampled_log([*unknown, *invoice], rows, {source.source_file: unknown}).without(invoice)
            for each in roles_of_documents(log):
                found[each.role] = tuple(dict.fromkeys((*found.get(each.role, ()), *each.columns)))
            if has_discounts and (discount := find_discount(log, invoice)):
                found["discount_column"] = tuple(dict.fromkeys((*found.get("discount_column", ()), *discount)))
    return product_map.model_copy(update={role: columns for role, columns in found.items() if role in left_out})


def propose_map(
    columns: Sequence[tuple[str, str]],
    sample: pl.DataFrame,
    *,
    header: bool = True,
    files: Mapping[str, Sequence[str]] | None = None,
) -> Proposal:
    """A product map for a log.

    Args:
        columns: Names and types of its columns, from left to right.
        sample: Some of its rows, with at least these columns.
        header: Whether the names are from the file. Without, columns are known by their values alone, and the map
            gives them names.
        files: Which of the columns each file has; None when all are in one.

    Raises:
        SynthDealError: Columns whose names differ only in case or blanks were taken for two things.
    """
    names = [name for name, _ in columns]
    log = sampled_log(names, sample, files or {"the file": names})
    roles = find_roles(log) if header else find_roles_by_values(log)
    with _columns_told_apart():
        products = _find_products(roles)
        draft = _drafted(roles, products, header=header)
    rest = roles.rest.without(products.taken)
    doubts = (*roles.doubts, *products.not_understood)
    is_long = products.keys.get("layout") == LONG
    left = say_what_is_left(rest, doubts, is_long=is_long, has_day=DAY_OF_ORDER in roles.roles)
    missing = what_is_missing(roles, rest, left.unpaired, has_products=bool(products.keys))
    unread = unread_money(rest, products.taken) if products.keys and not _has_money(products) else None
    if unread is not None:
        missing = (*missing, unread)
        draft = _drafted(roles, _with_money_to_fill_in(products), header=header)
    return Proposal(
        product_map=None if missing else draft,
        understood=(*roles.understood, *products.understood),
        not_understood=(*missing, *doubts, *left.said),
        draft=draft,
        unpaired=left.unpaired,
    )


def _find_products(roles: FoundRoles) -> MapFinding:
    """What is sold: pairs of columns, one product a line, columns that add up or count, or one product for all."""
    log = roles.rest
    pairs = find_pairs(log)
    doubtful = MapFinding(not_understood=pairs.not_understood)
    if all(names_nothing(product) for product in pairs.columns):
        invoice, customer = roles.columns_of(INVOICE), roles.columns_of(CUSTOMER)
        lines = find_lines(log, pairs.columns, invoice=invoice, customer=customer)
        if lines is not None:
            return together(doubtful, lines)
    found = pairs
    for step in (find_summed, find_only_counted):
        found = found if found.columns else step(log)
    if not found.columns:
        return together(doubtful, find_one_product(log))
    return together(doubtful, MapFinding(understood=found.understood), products_of_columns(log, found.columns))


def _has_money(products: MapFinding) -> bool:
    listed = products.keys.get("products", ())
    return not products.keys.keys().isdisjoint(("money_column", "unit_price_column")) or any(
        product.money
        for product in listed  # type: ignore[attr-defined]  # as `MappedProduct`
    )


def _with_money_to_fill_in(products: MapFinding) -> MapFinding:
    """The map with a place for the money of a line, or of each product."""
    if products.keys.get("layout") == LONG:
        return replace(products, keys={**products.keys, "money_column": (TO_FILL_IN,)})
    listed = [
        product.model_copy(update={"money": (f"{TO_FILL_IN}: {product.product}",)})
        for product in products.keys["products"]  # type: ignore[attr-defined]  # as `MappedProduct`
    ]
    return replace(products, keys={**products.keys, "products": listed})


def _drafted(roles: FoundRoles, products: MapFinding, *, header: bool) -> ProductMap:
    """The map with what was found, and `TO_FILL_IN` for what was not."""
    keys: dict[str, object] = {
        CUSTOMER: TO_FILL_IN,
        DAY_OF_ORDER: f"{TO_FILL_IN} TOO",
        **{role: found.columns for role, found in roles.roles.items()},
        **products.keys,
    }
    if not products.keys:
        keys["products"] = [MappedProduct(product=f"{TO_FILL_IN}: PRODUCT", money=(f"{TO_FILL_IN}: MONEY",))]
    if not header:
        keys |= {"header": False, "columns": list(roles.rest.columns)}
    return ProductMap.model_validate(keys)


@contextmanager
def _columns_told_apart() -> Iterator[None]:
    """A map that does not make sense, because names that differ only in case or blanks mean two things, is refused."""
    try:
        yield
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ").partition(":")[0]
        raise SynthDealError(
            f"The sales log has columns that cannot be told apart, because their names are alike ({reason}): rename "
            "one of them in the file, or write a product map by hand and give it with --product-map.",
            code="product-map.columns-alike",
            usage=True,
        ) from error

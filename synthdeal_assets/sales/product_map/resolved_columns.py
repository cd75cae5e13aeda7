"""Which column of one source plays which role of a product map.

What a map says belongs in `product_map.py`; how the columns of all sources stand side by side in `etl/wide_log.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.column_names import folded, in_words
from synthdeal_assets.sales.product_map.product_map import BASE_ROLES, LONG_ROLES, WIDE, ProductMap

NEEDED_ROLES: Final = (
    "customer_id",
    "order_date",
    "product_column",
    "money_column",
    "unit_price_column",
    "quantity_column",
)
"""What a source must have when the map names it; it may lack anything else."""

WRITE_A_MAP: Final = (
    "let `synthdeal whitespace init` write a product map, add the column's name to {role}, and give it with "
    "--product-map."
)


@dataclass(frozen=True, slots=True)
class ResolvedProduct:
    """A product and the columns of one source that hold it.

    Attributes:
        product: The product.
        division: Its division.
        money: Column of its money; None when the source has none.
        quantity: Column of its units; None when the source has none.
    """

    product: str
    division: str
    money: str | None
    quantity: str | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the columns of one source are taken for. Names are those of the source.

    Attributes:
        customer_id: Column of the customer.
        order_date: Column of the day.
        customer_name: Column of the customer's name, if any.
        invoice: Column of the invoice, if any.
        branch: Column of the branch, if any.
        rep: Column of the sales rep, if any.
        status_column: Column of the state of the document, if any.
        cancelled_column: Column that says that the document was cancelled, if any.
        currency_column: Column of the currency, if any.
        products: Products of a wide source that it has a column of.
        missing_products: Products of the map that the source has no column of.
        product_column: Of a long source: the product; None for one in wide layout.
        division_column: Of a long source: the division, if any.
        money_column: Of a long source: the money of the line, if any.
        unit_price_column: Of a long source: the price of one unit, if any.
        quantity_column: Of a long source: the units, if any.
        discount_column: Of a long source: the discount, if any.
        unknown: Columns that the map says nothing of.
    """

    customer_id: str
    order_date: str
    customer_name: str | None
    invoice: str | None
    branch: str | None
    rep: str | None
    status_column: str | None
    cancelled_column: str | None
    currency_column: str | None
    products: tuple[ResolvedProduct, ...]
    missing_products: tuple[str, ...]
    product_column: str | None
    division_column: str | None
    money_column: str | None
    unit_price_column: str | None
    quantity_column: str | None
    discount_column: str | None
    unknown: tuple[str, ...]


def resolve(product_map: ProductMap, columns: Sequence[str], source: str, *, is_proposed: bool = False) -> Resolved:
    """Which column of a source plays which role.

    A name is first looked for as it is written, then without regard to case, blanks, underscores, hyphens and dots.

    Args:
        product_map: The map.
        columns: Columns of the source.
        source: What to call the source in an error.
        is_proposed: Whether nobody wrote the map, so that an error does not ask to correct what was never there.

    Raises:
        SynthDealError: The source has no column for the customer or the day, no column of any product, two columns
            that fit equally, or two columns for the money (or the units) of one product.
    """
    finder = _Finder(columns, source)
    found = {role: finder.first(getattr(product_map, role), role) for role in (*BASE_ROLES, *LONG_ROLES)}
    for role in NEEDED_ROLES:
        if found[role] is None and (names := getattr(product_map, role)):
            wanted, its_own = " or ".join(map(repr, names)), in_words(columns)
            if is_proposed:
                raise SynthDealError(
                    f"{source} has no column {wanted}, which was found to be the {role} of the sales log; its columns "
                    f"are {its_own}: {WRITE_A_MAP.format(role=role)}",
                    code="product-map.found-column-missing",
                    usage=True,
                )
            raise SynthDealError(
                f"{source} has no column {wanted} for the {role} of the product map; its columns are {its_own}: "
                f"correct the product map, or add the column's name to {role}.",
                code="product-map.column-missing",
                usage=True,
            )
    products = []
    for product in product_map.products:
        money = finder.only(product.money_names, f"the money of {product.product!r}")
        quantity = finder.only(product.quantity_names, f"the quantity of {product.product!r}")
        products.append(ResolvedProduct(product.product, product.division_name, money, quantity))
    there = tuple(product for product in products if product.money is not None or product.quantity is not None)
    if product_map.layout == WIDE and not there:
        if is_proposed:
            raise SynthDealError(
                f"{source} has none of the products that were found in the sales log; its columns are "
                f"{in_words(columns)}: {WRITE_A_MAP.format(role='aliases of the products')}",
                code="product-map.found-products-missing",
                usage=True,
            )
        raise SynthDealError(
            f"{source} has none of the products of the product map; its columns are {in_words(columns)}: correct the "
            "product map, or, where the one of an earlier log was remembered, give one for this log with "
            "--product-map, as `synthdeal whitespace init` writes it.",
            code="product-map.products-missing",
            usage=True,
        )
    return Resolved(
        **found,  # type: ignore[arg-type]  # those that must be there are, as was seen above
        products=there,
        missing_products=tuple(product.product for product in products if product not in there),
        unknown=tuple(name for name in columns if name not in finder.taken),
    )


class _Finder:
    """Finds columns by the names of a map, and remembers which were taken for what."""

    def __init__(self, columns: Sequence[str], source: str) -> None:
        self._columns = frozenset(columns)
        self._source = source
        self._by_folded: dict[str, list[str]] = {}
        for name in columns:
            self._by_folded.setdefault(folded(name), []).append(name)
        self.taken: dict[str, str] = {}

    def first(self, names: Sequence[str], use: str) -> str | None:
        """The first of the names that is there."""
        found = self._found(names, use)
        return self._take(found[0], use) if found else None

    def only(self, names: Sequence[str], use: str) -> str | None:
        """The one of the names that is there; two would count something twice or not at all."""
        found = self._found(names, use)
        if len(found) > 1:
            raise SynthDealError(
                f"{self._source} has the columns {found[0]!r} and {found[1]!r}, and the product map takes both for "
                f"{use}: make them two products, or remove one from the map.",
                code="product-map.two-columns-for-one-use",
                usage=True,
            )
        return self._take(found[0], use) if found else None

    def _found(self, names: Sequence[str], use: str) -> list[str]:
        found = []
        for name in names:
            fitting = [name] if name in self._columns else self._by_folded.get(folded(name), [])
            if len(fitting) > 1:
                raise SynthDealError(
                    f"{self._source} has the columns {fitting[0]!r} and {fitting[1]!r}, and {name!r} of the product "
                    f"map may be either: write the exact name for {use}.",
                    code="product-map.ambiguous-column",
                    usage=True,
                )
            found += fitting
        return list(dict.fromkeys(found))

    def _take(self, column: str, use: str) -> str:
        other = self.taken.setdefault(column, use)
        if other != use:
            raise SynthDealError(
                f"{self._source}: the product map takes the column {column!r} for {other} and for {use}: correct one "
                "of them.",
                code="product-map.column-used-twice",
                usage=True,
            )
        return column

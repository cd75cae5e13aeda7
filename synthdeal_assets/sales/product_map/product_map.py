"""The product map: which column of a sales log is the customer, the day, and the money and units of which product.

What a map may say, and which maps make sense. How its file is read belongs in `map_file.py`, finding its
columns in a source in `resolved_columns.py`, guessing a map from a header in `proposal.py`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, PositiveFloat, model_validator

from synthdeal_assets.sales.column_names import EACH_ROW, counted_product, folded, quantity_names
from synthdeal_assets.sales.tables import RESERVED_DIVISION

WIDE: Final = "wide"
LONG: Final = "long"

KEEP: Final = "keep"
DROP: Final = "drop"

DOT: Final = "dot"
COMMA: Final = "comma"
DECIMAL_MARKS: Final = (DOT, COMMA)

BASE_ROLES: Final = (
    "customer_id", "order_date", "customer_name", "invoice", "branch", "rep", "status_column", "cancelled_column",
    "currency_column",
)  # fmt: skip
"""What a line of the log may say besides products; the first two it must say."""

ROLES_OF_DOCUMENTS: Final = ("status_column", "cancelled_column", "currency_column")
"""What a line says of its document."""

LONG_ROLES: Final = (
    "product_column", "division_column", "money_column", "unit_price_column", "quantity_column", "discount_column",
)  # fmt: skip

LOOKED_FOR: Final = (*ROLES_OF_DOCUMENTS, "discount_column")
"""What columns are looked for that a map leaves out; written and left empty, it says that there is none."""


def _names(value: object) -> object:
    """One name or a list of names, as written in the YAML; blank means none."""
    if value is None or value == "":
        return ()
    return (value,) if isinstance(value, str) else value


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _decimal_mark(value: object) -> object:
    """`comma`, `dot`, or one of them by column; blank means that it is found out."""
    if not value:
        return None
    marks = list(value.values()) if isinstance(value, dict) else [value]
    if not all(isinstance(mark, str) and mark.strip().casefold() in DECIMAL_MARKS for mark in marks):
        raise ValueError(
            f"decimal_mark is {value!r}: write comma or dot, or one of them for a column, such as "
            "`decimal_mark: {Units: dot}`"
        )
    if isinstance(value, dict):
        return {name.strip(): mark.strip().casefold() for name, mark in value.items()}
    return str(value).strip().casefold()


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
OptionalText = Annotated[str | None, BeforeValidator(_none_if_blank)]
DecimalMark = Annotated[str | Mapping[str, str] | None, BeforeValidator(_decimal_mark)]


class MappedProduct(BaseModel):
    """A product of a wide log.

    Attributes:
        product: Its name.
        division: Its division; without one the product is its own.
        money: Column of its money, then other names of that column in other files.
        quantity: Column of its units, likewise; `(each row)` where every row is one.
        aliases: Other names of the product in other files: columns of that name hold its money, and columns of that
            name with `_Qty` (or another such word) its units.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    product: str
    division: OptionalText = None
    money: Names = ()
    quantity: Names = ()
    aliases: Names = ()

    @property
    def division_name(self) -> str:
        """The division, which is the product itself when none is written."""
        return self.division or self.product

    @property
    def money_names(self) -> tuple[str, ...]:
        """Every name that its money may have, the most wanted first."""
        return (*self.money, *(alias for alias in self.aliases if counted_product(alias) is None))

    @property
    def quantity_names(self) -> tuple[str, ...]:
        """Every name that its units may have, the most wanted first."""
        counted = tuple(alias for alias in self.aliases if counted_product(alias) is not None)
        derived = (name for alias in self.aliases if alias not in counted for name in quantity_names(alias))
        return (*self.quantity, *counted, *derived)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _require_name(self.product, "a product")
        _require_name(self.division_name, "a division")
        if not self.money and not self.quantity:
            raise ValueError(f"product {self.product!r} has neither money nor quantity: name a column for one of them")
        both = {folded(name) for name in self.money} & {folded(name) for name in self.quantity}
        if both:
            shared = next(name for name in self.money if folded(name) in both)
            raise ValueError(
                f"product {self.product!r} has the column {shared!r} for its money and for its quantity: name two "
                "different columns, or leave one of them out"
            )
        return self


class ProductMap(BaseModel):
    """A product map.

    Attributes:
        customer_id: Column of the customer, then other names of it in other files.
        order_date: Column of the day, likewise.
        customer_name: Column of the customer's name.
        invoice: Column of the invoice number.
        branch: Column of the branch.
        rep: Column of the sales rep.
        date_format: How dates are written, in the letters of strptime; None means that it is found out.
        decimal_mark: What stands before the decimals where a column's own values do not say, `comma` or `dot`, or one
            of them by column; None means that it is found out.
        header: Whether the first line of the files names the columns.
        columns: Names of the columns from left to right, for files without a header.
        layout: `wide` (columns for each product) or `long` (one product a line).
        products: The products of a wide log.
        product_column: Of a long log: column of the product.
        division_column: Of a long log: column of its division.
        money_column: Of a long log: column of the money of the line.
        unit_price_column: Of a long log: column of the price of one unit; the money is this times the quantity, or
            where a money_column has no amount.
        quantity_column: Of a long log: column of the units; `(each row)` where every line is one.
        discount_column: Of a long log whose money is unit_price_column times quantity_column: column of the discount.
        discount: What it says: `percent` (10 takes a tenth off), `fraction` (0.1 does) or `amount` (money off the
            line); None means that it is found out.
        divisions: Of a long log: division by product.
        status_column: Column of the state or kind of the document, such as Cancelled or Quote.
        cancelled_column: Column of a mark, a day or a reason that says that the document was cancelled.
        count_status: What of it counts as a sale; empty for all but what says that the document came to nothing.
        count_customers: Customers that count although their id says nobody, such as Cash customer.
        total_rows: Whether rows that are totals of others count (`keep`) or not (`drop`).
        currency_column: Column of the currency of the line.
        currency: The currency that counts, as the log writes it; None where there is only one.
        rates: What one unit of another currency is in `currency`; lines in currencies without a rate do not count.
        equal_lines: Whether a line that is equal to an earlier one of its invoice in every column counts (`keep`), or
            was written twice (`drop`).
        default_division: Of a long log: division of products not in `divisions`; None makes each its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    customer_id: Names = ()
    order_date: Names = ()
    customer_name: Names = ()
    invoice: Names = ()
    branch: Names = ()
    rep: Names = ()
    date_format: OptionalText = None
    decimal_mark: DecimalMark = None
    header: bool = True
    columns: Names = ()
    layout: Literal["wide", "long"] = WIDE
    products: tuple[MappedProduct, ...] = ()
    product_column: Names = ()
    division_column: Names = ()
    money_column: Names = ()
    unit_price_column: Names = ()
    quantity_column: Names = ()
    discount_column: Names = ()
    discount: Literal["percent", "fraction", "amount"] | None = None
    divisions: Mapping[str, str] = {}
    default_division: OptionalText = None
    equal_lines: Literal["keep", "drop"] = DROP
    status_column: Names = ()
    cancelled_column: Names = ()
    count_status: Names = ()
    count_customers: Names = ()
    total_rows: Literal["keep", "drop"] = DROP
    currency_column: Names = ()
    currency: OptionalText = None
    rates: Mapping[str, PositiveFloat] = {}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for role in ("customer_id", "order_date"):
            if not getattr(self, role):
                raise ValueError(f"{role} is missing: write `{role}:` and the name of its column")
        if self.date_format is not None:
            _require_date_format(self.date_format)
        self._require_columns()
        if self.layout == WIDE:
            self._require_wide()
        else:
            self._require_long()
        self._require_columns_used_once()
        self._require_marks_of_amounts()
        if self.count_status and not self.status_column:
            raise ValueError("`count_status` needs status_column: name the column that says the state of a document")
        if self.rates and self.currency is None:
            raise ValueError("`rates` needs currency: write the one that all others are brought to")
        _require_one_spelling([product.division_name for product in self.products], "division")
        return self

    def _require_columns(self) -> None:
        if self.header and self.columns:
            raise ValueError("`columns` is only for files without a header: write `header: false` too, or remove it")
        if not self.header and not self.columns:
            raise ValueError("`header: false` needs `columns`: list the names of the columns from left to right")
        if (twice := _first_twice(self.columns)) is not None:
            raise ValueError(f"`columns` names {twice!r} twice: give each column a name of its own")

    def _require_wide(self) -> None:
        for key in (*LONG_ROLES, "discount", "divisions", "default_division"):
            if getattr(self, key):
                raise ValueError(f"`{key}` is only for `layout: long`: write that, or remove it")
        if not self.products:
            raise ValueError("`products` is missing: list at least one product with its money or quantity column")
        if (twice := _first_twice(product.product for product in self.products)) is not None:
            raise ValueError(f"product {twice!r} is listed twice: keep one, or rename the other")

    def _require_long(self) -> None:
        if self.products:
            raise ValueError("`products` is only for `layout: wide`: use product_column, or remove `layout: long`")
        if not self.product_column:
            raise ValueError("`layout: long` needs product_column: name the column that says which product a line is")
        if not self.money_column and not self.unit_price_column and not self.quantity_column:
            raise ValueError("`layout: long` needs money_column, or unit_price_column with quantity_column")
        if self.unit_price_column and not self.quantity_column:
            raise ValueError("unit_price_column needs quantity_column: the money is the one times the other")
        if self.discount_column and (self.money_column or not self.unit_price_column):
            raise ValueError(
                "discount_column needs unit_price_column and quantity_column, and no money_column: the money of a line "
                "is the price times the quantity less the discount"
            )
        if self.discount is not None and not self.discount_column:
            raise ValueError("`discount` needs discount_column: name the column of the discounts")
        if self.division_column and (self.divisions or self.default_division):
            raise ValueError("division_column and `divisions` are both there: keep one of them")
        for product, division in self.divisions.items():
            _require_name(product, "a product")
            _require_name(division, "a division")
        if self.default_division is not None:
            _require_name(self.default_division, "a division")
        _require_one_spelling([*self.divisions.values(), *filter(None, [self.default_division])], "division")

    def _require_columns_used_once(self) -> None:
        used: dict[str, str] = {}
        for name, use in self._uses():
            if used.setdefault(folded(name), use) != use:
                raise ValueError(
                    f"column {name!r} is named for {used[folded(name)]} and for {use}: a column can be one thing only"
                )

    def _require_marks_of_amounts(self) -> None:
        if isinstance(self.decimal_mark, Mapping):
            others = {*BASE_ROLES, "product_column", "division_column"}
            amounts = {folded(name) for name, use in self._uses() if use not in others}
            for name in self.decimal_mark:
                if folded(name) not in amounts:
                    raise ValueError(
                        f"`decimal_mark` names the column {name!r}, which is no money and no quantity in this map: "
                        "correct its name, or remove it"
                    )

    def mark_of(self, column: str) -> str | None:
        """The mark that is told for a column of a source, DOT or COMMA; None when it is to be found out."""
        if not isinstance(self.decimal_mark, Mapping):
            return self.decimal_mark
        marks = {folded(name): mark for name, mark in self.decimal_mark.items()}
        return self.decimal_mark.get(column, marks.get(folded(column)))

    def _uses(self) -> Iterable[tuple[str, str]]:
        """Every name that is written, and what for."""
        for role in (*BASE_ROLES, *LONG_ROLES):
            yield from ((name, role) for name in getattr(self, role))
        for product in self.products:
            yield from ((name, f"the money of {product.product!r}") for name in product.money_names)
            written = (*product.quantity, *(alias for alias in product.aliases if counted_product(alias) is not None))
            yield from ((name, f"the quantity of {product.product!r}") for name in written)

    @property
    def counts_rows(self) -> bool:
        """Whether every row counts one unit of something."""
        return any(EACH_ROW in names for names in (self.quantity_column, *(each.quantity for each in self.products)))

    def division_of(self, product: str) -> str:
        """The division of a product of a long log without a column of divisions, whatever the case of its name."""
        wanted = product.strip().casefold()
        for name, division in self.divisions.items():
            if name.strip().casefold() == wanted:
                return division
        return self.default_division or product

    def rows(self, *, is_proposed: bool) -> list[dict[str, object]]:
        """The products of a wide map as rows of `sales.product_map`; none for a long one, whose log names them."""
        return [
            {
                "product": product.product,
                "division": product.division_name,
                "money_column": product.money[0] if product.money else None,
                "quantity_column": product.quantity[0] if product.quantity else None,
                "is_proposed": is_proposed,
            }
            for product in self.products
        ]

    def to_yaml(self) -> str:
        """The map as YAML that `parse_product_map` reads back to an equal map; what is not set is left out."""
        written: dict[str, object] = {}
        for key, value in self.model_dump(exclude_defaults=True).items():
            if key == "products":
                written[key] = [
                    {name: _plain(part) for name, part in product.items() if part not in (None, ())}
                    for product in value
                ]
            elif key == "columns":
                written[key] = list(value)
            else:
                written[key] = _plain(value)
        # Left empty they say that there is no such column.
        written |= {key: "" for key in LOOKED_FOR if key in self.model_fields_set and not getattr(self, key)}
        return yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=120)


def _require_name(name: str, what: str) -> None:
    if not name.strip():
        raise ValueError(f"{what} has no name: write one")
    if not name.isprintable():
        raise ValueError(f"{name!r} cannot be the name of {what}: leave out the characters that cannot be seen")
    if what == "a division" and name.strip().casefold() == RESERVED_DIVISION:
        raise ValueError(f"{name!r} cannot be a division, because it stands for all of them: give it another name")


def _require_date_format(text: str) -> None:
    day = dt.date(2026, 11, 21)
    try:
        # Year, month and day must come back, or different days would become one.
        understood = dt.datetime.strptime(day.strftime(text), text).date() == day  # noqa: DTZ007  # a day has no zone
    except ValueError:
        understood = False
    if not understood:
        raise ValueError(f"date_format {text!r} does not say year, month and day: write it like %Y-%m-%d or %d/%m/%Y")


def _require_one_spelling(names: Sequence[str], what: str) -> None:
    spellings: dict[str, str] = {}
    for name in names:
        if spellings.setdefault(name.casefold(), name) != name:
            raise ValueError(
                f"{what} {spellings[name.casefold()]!r} is also written {name!r}: choose one spelling for both"
            )


def _first_twice(names: Iterable[str]) -> str | None:
    counts: Counter[str] = Counter()
    for name in names:
        counts[name.strip().casefold()] += 1
        if counts[name.strip().casefold()] > 1:
            return name
    return None


def _plain(value: object) -> object:
    """A value as it is written: a single name without a list around it."""
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value

"""The product map: which column of a sales log is the customer, the day, and the money and units of which product.

It is a YAML file that a person writes who does not program, so every error names the file, the line and the remedy.
Guessing a map from a header belongs in `proposal.py`, reading the log in `sources/`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.column_names import EACH_ROW, counted_product, folded, quantity_names
from synthdeal_assets.sales.tables import RESERVED_DIVISION

WIDE: Final = "wide"
LONG: Final = "long"

DOT: Final = "dot"
COMMA: Final = "comma"
DECIMAL_MARKS: Final = (DOT, COMMA)

BASE_ROLES: Final = ("customer_id", "order_date", "customer_name", "invoice", "branch", "rep")
"""What a line of the log may say besides products; the first two it must say."""

LONG_ROLES: Final = ("product_column", "division_column", "money_column", "unit_price_column", "quantity_column")

NEEDED_ROLES: Final = (
    "customer_id",
    "order_date",
    "product_column",
    "money_column",
    "unit_price_column",
    "quantity_column",
)
"""What a source must have when the map names it; it may lack anything else."""

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads a map of thousands of products in no time, where PyYAML was built with it."""

WRITE_A_MAP: Final = (
    "let `synthdeal whitespace init` write a product map, add the column's name to {role}, and give it with "
    "--product-map."
)

SHOWN_NAMES: Final = 20
"""So many columns are listed in a sentence before it ends with a count."""


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
        products: Products of a wide source that it has a column of.
        missing_products: Products of the map that the source has no column of.
        product_column: Of a long source: the product; None for one in wide layout.
        division_column: Of a long source: the division, if any.
        money_column: Of a long source: the money of the line, if any.
        unit_price_column: Of a long source: the price of one unit, if any.
        quantity_column: Of a long source: the units, if any.
        unknown: Columns that the map says nothing of.
    """

    customer_id: str
    order_date: str
    customer_name: str | None
    invoice: str | None
    branch: str | None
    rep: str | None
    products: tuple[ResolvedProduct, ...]
    missing_products: tuple[str, ...]
    product_column: str | None
    division_column: str | None
    money_column: str | None
    unit_price_column: str | None
    quantity_column: str | None
    unknown: tuple[str, ...]


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
        unit_price_column: Of a long log: column of the price of one unit; the money is this times the quantity.
        quantity_column: Of a long log: column of the units; `(each row)` where every line is one.
        divisions: Of a long log: division by product.
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
    divisions: Mapping[str, str] = {}
    default_division: OptionalText = None

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
        for key in (*LONG_ROLES, "divisions", "default_division"):
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
        if self.unit_price_column and self.money_column:
            raise ValueError("money_column and unit_price_column are both there: keep the one that holds the truth")
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
        return yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=120)


def load_product_map(path: Path) -> ProductMap:
    """The product map in a file.

    Raises:
        SynthDealError: The file cannot be read, is no YAML, or does not make sense; names the file, the line where
            possible, and the remedy.
    """
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SynthDealError(
            f"There is no product map {path}: correct its name, or let `synthdeal whitespace init FILE` write one.",
            usage=True,
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or "input/output error"
        )
        raise SynthDealError(
            f"The product map {path} cannot be read ({reason}): make it a readable UTF-8 text file.", usage=True
        ) from error
    return parse_product_map(text, str(path))


def parse_product_map(text: str, where: str) -> ProductMap:
    """The product map in a text.

    Args:
        text: YAML.
        where: What to call it in an error.

    Raises:
        SynthDealError: It is no YAML, or does not make sense.
    """
    lines: dict[tuple[object, ...], int] = {}
    try:
        node = yaml.compose(text, Loader=LOADER)
        data = None if node is None else _plain_data(node, (), lines)
    except (yaml.YAMLError, _NotPlainError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark is not None else where
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise SynthDealError(
            f"{place}: this is not a product map that can be read ({problem}): correct the line, minding the spaces "
            "it begins with and quotes around names with a colon.",
            usage=True,
        ) from error
    if not isinstance(data, dict):
        raise SynthDealError(
            f"{where} holds no product map: it must begin with lines such as `customer_id: Name of the column`; "
            "`synthdeal whitespace init FILE` writes one.",
            usage=True,
        )
    try:
        return ProductMap.model_validate(data)
    except ValidationError as error:
        raise SynthDealError(_sentence(error, where, lines), usage=True) from None


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
                    usage=True,
                )
            raise SynthDealError(
                f"{source} has no column {wanted} for the {role} of the product map; its columns are {its_own}: "
                f"correct the product map, or add the column's name to {role}.",
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
                usage=True,
            )
        raise SynthDealError(
            f"{source} has none of the products of the product map; its columns are {in_words(columns)}: correct the "
            "product map, or, where the one of an earlier log was remembered, give one for this log with "
            "--product-map, as `synthdeal whitespace init` writes it.",
            usage=True,
        )
    return Resolved(
        **found,  # type: ignore[arg-type]  # those that must be there are, as was seen above
        products=there,
        missing_products=tuple(product.product for product in products if product not in there),
        unknown=tuple(name for name in columns if name not in finder.taken),
    )


def in_words(names: Sequence[str]) -> str:
    """Names of columns in a sentence, the first of them when they are many."""
    shown = ", ".join(repr(name) for name in names[:SHOWN_NAMES])
    return shown if len(names) <= SHOWN_NAMES else f"{shown} and {len(names) - SHOWN_NAMES:,} more"


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
                usage=True,
            )
        return column


class _NotPlainError(Exception):
    """YAML that is more than keys, lists and texts."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem)
        self.problem = problem
        self.problem_mark = mark


def _plain_data(node: yaml.Node, path: tuple[object, ...], lines: dict[tuple[object, ...], int]) -> object:
    """Keys, lists and texts. Everything stays text, or a column called No or 2021 would be no name any more."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if len(path) > 4:
        raise _NotPlainError("lists within lists too deep", node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_plain_data(item, (*path, place), lines) for place, item in enumerate(node.value)]
    data: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else None
        if name is None:
            raise _NotPlainError("a key that is no text", key.start_mark)
        if name in data:
            raise _NotPlainError(f"`{name}` is there twice", key.start_mark)
        data[name] = _plain_data(value, (*path, name), lines)
        lines[(*path, name)] = key.start_mark.line + 1
    return data


def _sentence(error: ValidationError, where: str, lines: Mapping[tuple[object, ...], int]) -> str:
    first = error.errors()[0]
    path = tuple(part for part in first["loc"] if part != "[key]")
    known = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in lines), ())
    line = lines.get(known, None) if known else None
    place = where if line is None else f"{where}, line {line}"
    key = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in path)
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    if first["type"] == "extra_forbidden":
        allowed = MappedProduct.model_fields if len(path) > 1 else ProductMap.model_fields
        return f"{place}: `{path[-1]}` is no key of a product map: use one of {', '.join(allowed)}, or remove it."
    if first["type"] == "missing":
        return f"{place}: `{path[-1]}` is missing in {'.'.join(map(str, path[:-1])) or 'the map'}: add it."
    if first["type"] == "value_error":
        return f"{place}: {reason}."
    wanted = {"literal_error": "write wide or long", "bool_parsing": "write true or false"}.get(
        first["type"], "write a name, or a list of names" if path[:1] != ("products",) else "write a list of products"
    )
    return f"{place}: `{key}` is {first['input']!r}, which is not accepted: {wanted}."


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

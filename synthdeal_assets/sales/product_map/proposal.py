"""A product map proposed from the header of a log and a sample of its values, with what could not be understood.

Nothing is guessed in silence: what a column is taken for is said with the reason, and a column that may be several
things is taken for none. What a map is belongs in `product_map.py`; what a name says by itself in `names_in_use.py`,
what values look like in `sampled_columns.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_name
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.sales.column_names import EACH_ROW, counted_product, folded
from synthdeal_assets.sales.product_map.feasibility import MAX_DIVISIONS
from synthdeal_assets.sales.product_map.names_in_use import (
    IN_USE,
    divisions_by_beginning,
    is_identity,
    is_month,
    is_no_product,
    is_postal_code,
    is_total,
    names_nothing,
    readable,
    spelling_of,
    without_money_word,
)
from synthdeal_assets.sales.product_map.product_map import LONG, MappedProduct, ProductMap, in_words
from synthdeal_assets.sales.product_map.sampled_columns import (
    BLANK,
    DAY,
    MONTH,
    MOSTLY,
    NUMBER,
    TEXT,
    WHOLE,
    SampledColumn,
    has_days_of_a_spreadsheet,
    looked_at,
    sum_of,
)
from synthdeal_assets.sales.sources.sales_log import StagedSource
from synthdeal_assets.sales.tables import LOG

SAMPLED_CELLS: Final = 2_000_000
"""Of a table with thousands of columns only the first rows are looked at."""

MAX_PRODUCTS_AS_DIVISIONS: Final = 20
"""Of more products without divisions, this many that most customers bought are a division each and the others one."""

ENOUGH_PRODUCTS: Final = 20
"""So many products that come again show that a column has one value for each, and it did not happen by chance."""

ENOUGH_INVOICES: Final = 10
"""So many invoices of several lines show whether a column is the money of a line or of the invoice."""

MAX_NAMES_PER_CUSTOMER: Final = 5
"""A column with more names to a value on average is not the customer's id, as the account code of a ledger is not."""

MAX_TOLD: Final = 20
"""More products, or more columns that were left for one reason, are told by examples and a count."""

EXAMPLES: Final = 5

TO_FILL_IN: Final = "FILL IN"
"""Stands in a draft for the name of a column that the user has to write."""

MAY_BE_MONEY: Final = "may be money (check it)"

ONE_PRODUCT: Final = "Sales"
PURCHASES: Final = "Purchases"
OTHER_PRODUCTS: Final = "Other products"

BASE: Final = ("customer_id", "order_date", "invoice", "branch", "rep", "customer_name")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed map, and what was and was not understood.

    Attributes:
        product_map: The map; None when customer, day or every product is missing.
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

    def required(self, source: str) -> ProductMap:
        """The map.

        Raises:
            SynthDealError: There is none, because the source lacks what every sales log must have.
        """
        if self.product_map is None:
            missing = "; ".join(text for text in self.not_understood if text.startswith("no "))
            raise SynthDealError(
                f"{source} cannot be understood by its header ({missing}): let `synthdeal whitespace init` write what "
                "was understood, complete it, and give it with --product-map.",
                usage=True,
            )
        return self.product_map


@dataclass(frozen=True, slots=True)
class _Lines:
    """The columns of money, price and quantity in a log of one product a line, and why the money is taken for it."""

    money: tuple[str, ...] = ()
    price: tuple[str, ...] = ()
    quantity: tuple[str, ...] = ()
    why: str = "by its name"


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
                rows = max(50, SAMPLED_CELLS // len(new))
                samples.append(query_frame(connection, f"SELECT {shown} FROM {source.table} LIMIT {rows}"))
    return propose_map(list(columns.values()), pl.concat(samples, how="diagonal"), header=header, files=files)


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
    """
    everywhere = {"the file": [name for name, _ in columns]}
    return _Proposing(columns, sample, header=header, files=files or everywhere).proposal()


class _Proposing:
    """One proposal in the making."""

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        sample: pl.DataFrame,
        *,
        header: bool,
        files: Mapping[str, Sequence[str]],
    ) -> None:
        rows = max(50, SAMPLED_CELLS // max(len(columns), 1))
        blank_is_none = pl.col(pl.String).str.strip_chars().replace("", None)
        self._sample = sample.select([name for name, _ in columns]).head(rows).with_columns(blank_is_none)
        self._columns = looked_at(self._sample)
        self._header = header
        self._files = {name: frozenset(has) for name, has in files.items()}
        self._understood: list[str] = []
        self._not_understood: list[str] = []
        self._base: dict[str, tuple[str, ...]] = {}
        self._differing: str | None = None
        self._free = dict(self._columns)
        self._map: dict[str, object] = {}

    def proposal(self) -> Proposal:
        if self._header:
            self._find_base()
        else:
            self._find_base_by_values()
        pairs = self._pairs()
        if any(not names_nothing(product) for product in pairs) or not self._long(pairs):
            products = pairs or self._summed() or self._only_counted()
            if products:
                self._map["products"] = self._wide(products)
            else:
                self._single_money()
        unpaired = self._say_what_is_left()
        missing = self._say_what_is_missing(unpaired)
        draft = self._made()
        return Proposal(
            product_map=None if missing else draft,
            understood=tuple(self._understood),
            not_understood=tuple(self._not_understood),
            draft=draft,
            unpaired=unpaired,
        )

    def _made(self) -> ProductMap:
        needed: dict[str, object] = {"customer_id": TO_FILL_IN, "order_date": f"{TO_FILL_IN} TOO"}
        if not self._map:
            self._map["products"] = [MappedProduct(product=f"{TO_FILL_IN}: PRODUCT", money=(f"{TO_FILL_IN}: MONEY",))]
        if not self._header:
            self._map |= {"header": False, "columns": list(self._columns)}
        return ProductMap.model_validate({**needed, **self._base, **self._map})

    def _take(self, name: str, what: str) -> None:
        self._free.pop(name)
        self._understood.append(what)

    def _take_all(self, names: Sequence[str], role: str, why: str) -> None:
        for name in names:
            self._take(name, f"{role} is column {name!r}, {why}{self._where(name)}")

    def _where(self, name: str) -> str:
        """In which files a column is, when it is not in all."""
        there = [file for file, has in self._files.items() if name in has]
        return "" if len(there) == len(self._files) else f", in {in_words(there)}"

    def _named(self, role: str, *fits: str) -> tuple[str, ...]:
        """The free columns with the surest of the names in use for a role in each file, and of one of the kinds.

        The surest comes first, so that in every file the first of them that is there is the surest that is there.
        """
        sureness = {name: place for place, name in enumerate(IN_USE[role])}
        fitting: dict[str, int] = {}
        for name, column in self._free.items():
            place = sureness.get(spelling_of(name))
            if place is not None and (not fits or column.kind in (*fits, BLANK)):
                fitting[name] = place
        by_sureness = sorted(fitting, key=lambda name: fitting[name])
        surest = {next((name for name in by_sureness if name in has), None) for has in self._files.values()}
        return tuple(name for name in by_sureness if name in surest)

    def _find_base(self) -> None:
        self._find_customer()
        for role in BASE[1:]:
            found = self._named(role, *((DAY, MONTH, WHOLE) if role == "order_date" else ()))
            if role == "order_date":
                found = tuple(name for name in found if not self._is_counted_days(name))
            why = "by its name"
            if role == "order_date" and not found:
                found, why = self._only_days(), "the only one with days in it"
            if found:
                self._base[role] = found
                self._take_all(found, role, why)
        self._give_up_an_id_of_many_names()
        if found := self._plainly_called("name", TEXT):
            self._take_plain_name(found)
        if "customer_id" not in self._base:
            self._take_name_for_id()
        for role in ("customer_id", "order_date"):
            for name in self._base.get(role, ()):
                column = self._columns[name]
                if column.kind == BLANK:
                    self._not_understood.append(f"{name!r} ({role}) is blank in the rows looked at: check it")
                elif role == "order_date" and column.kind == WHOLE and not column.is_day_in_digits:
                    self._not_understood.append(f"{name!r} (order_date) holds numbers and no days: check it")

    def _find_customer(self) -> None:
        found = tuple(name for name in self._named("customer_id") if self._columns[name].kind != DAY)
        if len(found) > 1:
            both = next((file for file, has in self._files.items() if len(has.intersection(found)) > 1), None)
            kinds = {self._columns[name].kind for name in found} - {BLANK}
            if both is not None or len(kinds) > 1:
                places = " and ".join(f"{name!r}{self._where(name)}" for name in found)
                reason = f"{both} has both" if both is not None else "the ones are numbers and the others text"
                self._differing = f"no column is the customer_id in all files: {places}, and {reason}"
                return
        if found:
            self._base["customer_id"] = found
            self._take_all(found, "customer_id", "by its name")
            return
        # A column that is called just `id` is the customer's when ids come again; a row's own never does.
        plain = self._plainly_called("id", WHOLE, TEXT)
        if plain and all(self._columns[name].distinct < self._columns[name].filled for name in plain):
            self._base["customer_id"] = plain
            self._take_all(plain, "customer_id", "whose values come again: check it")

    def _take_name_for_id(self) -> None:
        """Where no column holds an id, the name tells customers apart as well as anything can."""
        named = self._base.get("customer_name")
        if self._differing is None and named and all(self._columns[name].kind == TEXT for name in named):
            self._base["customer_id"] = self._base.pop("customer_name")
            self._understood = [line for line in self._understood if not line.startswith("customer_name is ")]
            self._understood += [
                f"customer_id is column {name!r}{self._where(name)}, because no column holds an id: customers of one "
                "name count as one"
                for name in named
            ]

    def _give_up_an_id_of_many_names(self) -> None:
        codes, names = (self._base.get(role, ()) for role in ("customer_id", "customer_name"))
        if len(codes) == 1 == len(names):
            named = self._sample.drop_nulls([codes[0], names[0]]).group_by(codes[0]).agg(pl.col(names[0]).n_unique())
            if named.height and named[names[0]].sum() > MAX_NAMES_PER_CUSTOMER * named.height:
                del self._base["customer_id"]
                self._free[codes[0]] = self._columns[codes[0]]
                self._understood = [line for line in self._understood if not line.startswith("customer_id is ")]
                self._not_understood.append(
                    f"{codes[0]!r} is called like a customer_id, but stands with many of {names[0]!r} each"
                )

    def _take_plain_name(self, found: tuple[str, ...]) -> None:
        """What is called just `name` is the customer's, unless it holds numbers such as #1001 as in a shop's export."""
        letters = self._sample.select(
            pl.concat_list(pl.col(name).cast(pl.String) for name in found)
            .list.eval(pl.element().str.contains(r"\p{L}{2}"))
            .explode()
            .mean()
        ).item()
        role = "customer_name" if letters >= MOSTLY else "invoice"
        if role not in self._base:
            self._base[role] = found
            self._take_all(found, role, f"by its {'name' if role == 'customer_name' else 'values'}: check it")

    def _plainly_called(self, spelling: str, *kinds: str) -> tuple[str, ...]:
        return tuple(
            name for name, column in self._free.items() if spelling_of(name) == spelling and column.kind in kinds
        )

    def _only_days(self) -> tuple[str, ...]:
        """The columns with days in them, when every file has one of them and none has two."""
        days = [name for name, column in self._free.items() if column.kind == DAY]
        days = days or [name for name, column in self._free.items() if column.kind == MONTH]
        alone = all(len(has.intersection(days)) == 1 for has in self._files.values())
        return tuple(days) if alone else ()

    def _find_base_by_values(self) -> None:
        """Of a file without a header: the one column of days, and the first column of something that comes again."""
        days = [column.name for column in self._columns.values() if column.kind == DAY]
        days = days or [column.name for column in self._columns.values() if column.is_day_in_digits]
        renamed: dict[str, str] = {}
        if len(days) == 1:
            renamed[days[0]] = "order_date"
        codes = [
            column
            for column in self._columns.values()
            if column.name not in days and column.kind in (WHOLE, TEXT) and column.filled and column.distinct > 1
        ]
        if codes:
            renamed[codes[0].name] = "customer_id"
        numbers = [column for column in self._columns.values() if column.is_numeric and column.name not in renamed]
        money = [column for column in numbers if column.kind == NUMBER]
        counts = [column for column in numbers if column.kind == WHOLE]
        if len(money) == 1:
            renamed[money[0].name] = "amount"
            if len(counts) == 1:
                renamed[counts[0].name] = "quantity"
        self._sample = self._sample.rename(renamed)
        self._columns = {
            renamed.get(name, name): SampledColumn(
                renamed.get(name, name),
                column.kind,
                column.distinct,
                column.filled,
                column.is_day_in_digits,
                column.has_leading_zero,
            )
            for name, column in self._columns.items()
        }
        self._free = dict(self._columns)
        self._files = {"the file": frozenset(self._columns)}
        places = {name: place for place, name in enumerate(self._columns, 1)}
        reasons = {
            "order_date": "the only one with days in it",
            "customer_id": "the first with codes that are no days; check it, for the file has no header",
        }
        for role, reason in reasons.items():
            if role in self._free:
                self._base[role] = (role,)
                self._take(role, f"{role} is column {places[role]}, {reason}")

    def _pairs(self) -> dict[str, tuple[str, str]]:
        """Columns of money and quantity by product: `X` and `X_Qty` and the like."""
        by_name: dict[str, list[str]] = {}
        for name in self._free:
            for spelling in {folded(name), folded(without_money_word(name))}:
                by_name.setdefault(spelling, []).append(name)
        pairs: dict[str, tuple[str, str]] = {}
        taken: set[str] = set()
        known: set[str] = set()
        for counted in list(self._free):
            product = counted_product(counted)
            if product is None or is_total(product) or not self._free[counted].is_or_blank(numeric=True):
                continue
            fitting = [
                name
                for name in by_name.get(folded(product), [])
                if name != counted and name not in taken and self._free[name].is_or_blank(numeric=True)
            ]
            exact = [name for name in fitting if folded(name) == folded(product)]
            money = exact if len(exact) == 1 else fitting
            if len(money) == 1 and folded(product) not in known:
                known.add(folded(product))
                pairs[readable(product)] = (money[0], counted)
                taken |= {money[0], counted}
            elif len(money) > 1:
                self._not_understood.append(
                    f"{counted!r} may count the units of {' or '.join(map(repr, money))}: name the pair in the map"
                )
        return pairs

    def _summed(self) -> dict[str, tuple[str, None]]:
        """The columns of numbers that add up to the total in nearly every row: nothing but products does."""
        numbers = [column for column in self._free.values() if column.is_numeric]
        totals = [column.name for column in numbers if is_total(column.name)]
        parts = [column.name for column in numbers if column.name not in totals and not self._reason_against(column)]
        total = next((name for name in totals if sum_of(self._sample, [name, *parts]) == name), None)
        if total is None:
            return {}
        self._understood.append(f"the products are the columns that add up to {total!r}; nothing counts their units")
        return {readable(without_money_word(name)): (name, None) for name in parts}

    def _only_counted(self) -> dict[str, tuple[None, str]]:
        """Columns that count the units of several products, in a log that says nothing of their money."""
        counted = {
            readable(product): (None, column.name)
            for column in self._free.values()
            if column.is_numeric
            and (product := counted_product(column.name)) is not None
            and not names_nothing(product)
        }
        if len(counted) < 2:
            return {}
        self._understood.append("the products are the columns that count units; no column is the money of one of them")
        return counted

    def _wide(self, pairs: Mapping[str, tuple[str | None, str | None]]) -> list[MappedProduct]:
        pairs = dict(pairs)
        total = sum_of(self._sample, [money for money, _ in pairs.values() if money is not None])
        for product, columns in list(pairs.items()):
            if total is not None and total in columns:
                del pairs[product]
                for name in filter(None, columns):
                    self._free.pop(name)
                    self._not_understood.append(f"{name!r} is the sum of the others, so that it is no product")
        divisions = divisions_by_beginning(list(pairs))
        products, said = [], []
        for product, (money, counted) in pairs.items():
            division = divisions.get(product, product)
            own = "" if product in divisions else ", which is its own division"
            of = f" of division {division!r}, by the beginning of its name" if product in divisions else own
            held = {role: name for role, name in (("money", money), ("quantity", counted)) if name is not None}
            for name in held.values():
                self._free.pop(name)
            said.append(f"{product!r} is a product{of}: {', '.join(f'{role} {name!r}' for role, name in held.items())}")
            products.append(MappedProduct.model_validate({"product": product, "division": division, **held}))
        count = len({product.division_name for product in products})
        if count > MAX_DIVISIONS:
            self._not_understood.append(
                f"the divisions of the products: these are {count:,}, and at most {MAX_DIVISIONS} are modelled in a "
                "run; write fewer and larger ones into the map"
            )
        if len(said) > MAX_TOLD:
            more = f"and {len(said) - EXAMPLES:,} more products likewise, in {count:,} divisions altogether"
            said = [*said[:EXAMPLES], more]
        self._understood += said
        return products

    def _long(self, pairs: Mapping[str, tuple[str, str]]) -> bool:
        """One product a line, when columns of the product and of its money or quantity are there by their names.

        A log that names no products but their lines, groups or the like is as good: those are the products then.

        Args:
            pairs: Money and quantity that were found as a pair and name no product, such as `Sales` and `Sales_Qty`.
        """
        product = self._named("product", TEXT, WHOLE)
        is_division = not product
        product = product or self._named("division", TEXT, WHOLE)
        lines = self._figures_of_lines(product, pairs) if product else _Lines()
        if not (lines.money or lines.price or (lines.quantity and not is_division)):
            return False
        self._map |= {"layout": LONG, "product_column": product}
        for name in product:
            self._take(name, f"each line is one product, named by column {name!r}{self._where(name)}")
        self._take_figures(lines)
        self._divide_lines(product, most=MAX_DIVISIONS if is_division else MAX_PRODUCTS_AS_DIVISIONS)
        return True

    def _figures_of_lines(self, product: Sequence[str], pairs: Mapping[str, tuple[str, str]]) -> _Lines:
        """Which columns say the money, the price and the quantity of a line."""
        money = self._named("money", WHOLE, NUMBER)
        price = self._named("unit_price", WHOLE, NUMBER)
        quantity = self._named("quantity", WHOLE, NUMBER)
        if len(pairs) == 1 and not (quantity and (money or price)):
            ((paired, counted),) = pairs.values()
            quantity = (counted,)
            if not price:
                money = (paired,)
        if not (money or price or quantity):
            if not self._may_be_money(besides=product):
                return _Lines(quantity=(EACH_ROW,))
            return _Lines(money=self._only_numbers(besides=product), why=f"the only one that {MAY_BE_MONEY}")
        if price and quantity and self._is_of_invoices(money):
            self._not_understood.append(f"{in_words(money)} is the money of an invoice and not of its lines")
            self._free = {name: column for name, column in self._free.items() if name not in money}
            money = ()
        return _Lines(money=money, price=price, quantity=quantity)

    def _take_figures(self, lines: _Lines) -> None:
        if lines.money:
            self._map["money_column"] = lines.money
            self._take_all(lines.money, "the money of a line", lines.why)
        elif lines.price and lines.quantity:
            self._map["unit_price_column"] = lines.price
            self._take_all(lines.price, "the money of a line", "times the quantity: check that it is of one unit")
        elif lines.price:
            self._map["money_column"] = lines.price
            self._take_all(lines.price, "the money of a line", "for no column counts units, so that each line is one")
        if lines.quantity:
            self._map["quantity_column"] = lines.quantity
        if lines.quantity == (EACH_ROW,):
            self._understood.append("each line is one unit, for no column counts units or looks like money")
        else:
            self._take_all(lines.quantity, "the quantity of a line", "by its name")
        if self._is_of_invoices(lines.money):
            self._not_understood.append(
                f"{in_words(lines.money)} is the same in all lines of an invoice: if it is the money of the invoice, "
                "it counts once for each line, and another column must be the money of a line"
            )
        if lines.money and lines.price:
            self._doubt(lines.money, lines.price, has_quantity=bool(lines.quantity))

    def _is_of_invoices(self, money: Sequence[str]) -> bool:
        """Whether a column says the same, or nothing, in all lines of nearly every invoice."""
        invoice = self._base.get("invoice", ())
        if len(money) != 1 or len(invoice) != 1:
            return False
        of_invoice = (
            self._sample.drop_nulls(invoice[0])
            .group_by(invoice[0])
            .agg(pl.len().alias("lines"), pl.col(money[0]).drop_nulls().n_unique().alias("figures"))
            .filter(pl.col("lines") > 1)
        )
        alike = of_invoice.filter(pl.col("figures") <= 1).height
        return of_invoice.height >= ENOUGH_INVOICES and alike >= MOSTLY * of_invoice.height

    def _doubt(self, money: Sequence[str], price: Sequence[str], *, has_quantity: bool) -> None:
        """Say what a column of prices beside the money is, or that the money may be none."""
        counts = not has_quantity and all(self._columns[name].kind == WHOLE for name in money)
        for name in price:
            self._free.pop(name)
            self._not_understood.append(
                f"{name!r} may be the money of a line, and {in_words(money)}, which is whole numbers, its quantity: "
                "check it"
                if counts
                else f"{name!r} is a price by its name, and {in_words(money)} the money of a line: check it"
            )

    def _divide_lines(self, product: Sequence[str], *, most: int) -> None:
        division = self._named("division", TEXT, WHOLE)
        if division and max(self._columns[name].distinct for name in division) <= MAX_DIVISIONS:
            self._map["division_column"] = division
            self._take_all(division, "the division of a line", "by its name")
            return
        if max(self._columns[name].distinct for name in product) <= most:
            self._understood.append("there are few products, so that each is its own division")
            return
        groups = self._groups_of(product)
        if len(groups) == 1:
            self._map["division_column"] = tuple(groups)
            self._take_all(groups, "the division of a line", "which has one value for each product: check it")
            return
        self._divide_by_sales(product)
        if groups:
            self._not_understood.append(
                f"{in_words(groups)}: each has one value for each product, so that one of them may be the division: "
                "write it as division_column in place of `divisions` and `default_division`"
            )

    def _groups_of(self, product: Sequence[str]) -> list[str]:
        """Columns of few values of which every product that comes again has one."""
        if len(product) > 1:
            return []
        again = self._sample.filter(pl.len().over(product[0]) > 1)
        if again[product[0]].n_unique() < ENOUGH_PRODUCTS:
            return []
        most_values = again.group_by(product[0]).agg(pl.all().n_unique())
        return [
            name
            for name, column in self._free.items()
            if column.kind in (TEXT, WHOLE)
            and 1 < column.distinct <= MAX_DIVISIONS
            and (most_values[name] == 1).all()
            # A value that is nearly everywhere is everywhere by chance.
            and again[name].value_counts(sort=True)["count"].to_list()[0] < MOSTLY * again.height
        ]

    def _divide_by_sales(self, product: Sequence[str]) -> None:
        """The products that most customers bought are a division each, and all others are one."""
        name = pl.coalesce(pl.col(column).cast(pl.String) for column in product)
        customer = self._base.get("customer_id")
        bought = self._sample.select(
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
        divided = list(by_letters.values())[:MAX_PRODUCTS_AS_DIVISIONS]
        described = self._descriptions(bought["product"])
        divisions = {each: f"{each} {described[each]}" if each in described else each for each in divided}
        self._map |= {"divisions": divisions, "default_division": OTHER_PRODUCTS}
        self._not_understood.append(
            f"the divisions of the products in {in_words(product)}: the {len(divided)} that most customers bought are "
            f"a division each, and all others are one, {OTHER_PRODUCTS!r}; write better ones under `divisions`, or a "
            "division_column"
        )

    def _descriptions(self, product: pl.Series) -> dict[str, str]:
        """What products are mostly called in a column that is called like a product too, where they are codes."""
        column = next(iter(self._named("product", TEXT)), None)
        if column is None:
            return {}
        named = pl.DataFrame({"product": product, "name": self._sample[column].cast(pl.String)}).drop_nulls()
        counted = named.group_by("product", "name").agg(pl.len().alias("lines"))
        most = counted.sort("lines", "name", descending=[True, False]).unique("product", keep="first")
        return dict(most.select("product", "name").iter_rows())

    def _single_money(self) -> None:
        """One column of money, and perhaps one that counts."""
        money = self._named("money", WHOLE, NUMBER) or self._named("unit_price", WHOLE, NUMBER)
        why = "one column looks like money"
        if not money and (only := self._named("quantity", WHOLE, NUMBER)):
            self._understood.append(
                f"{ONE_PRODUCT!r} is the only product and its own division, counted by {in_words(only)}; no column "
                "looks like money"
            )
            self._free = {name: column for name, column in self._free.items() if name not in only}
            self._map["products"] = [MappedProduct(product=ONE_PRODUCT, division=ONE_PRODUCT, quantity=only)]
            return
        if not money:
            money, why = self._only_numbers(), f"one column is left that {MAY_BE_MONEY}"
        if not money:
            if not self._may_be_money():
                self._understood.append(
                    f"{PURCHASES!r} is the only product and its own division, and each row is one, for no column "
                    "counts units or looks like money"
                )
                self._map["products"] = [MappedProduct(product=PURCHASES, division=PURCHASES, quantity=(EACH_ROW,))]
            return
        for name in money:
            self._free.pop(name)
        counts = [column.name for column in self._free.values() if column.kind == WHOLE and self._may_count(column)]
        quantity = self._named("quantity", WHOLE, NUMBER) or (tuple(counts) if len(counts) == 1 else ())
        product = ONE_PRODUCT
        for name in quantity:
            self._free.pop(name)
            if spelling_of(name) not in IN_USE["quantity"]:
                product = readable(counted_product(name) or name)
        counted = f"quantity {in_words(quantity)}" if quantity else "nothing counts its units"
        self._understood.append(
            f"{product!r} is the only product and its own division, for {why}: {in_words(money)}; {counted}"
        )
        self._map["products"] = [MappedProduct(product=product, division=product, money=money, quantity=quantity)]

    def _may_be_money(self, besides: Sequence[str] = ()) -> bool:
        """Whether a column is left that may be money or count something."""
        return any(
            column.is_numeric and name not in besides and self._reason_against(column) is None
            for name, column in self._free.items()
        )

    def _only_numbers(self, besides: Sequence[str] = ()) -> tuple[str, ...]:
        """The column that is left when all others are taken, if it holds numbers and nothing speaks against it."""
        columns = [column for name, column in self._free.items() if name not in besides]
        alone = len(columns) == 1 and columns[0].is_numeric and self._reason_against(columns[0]) is None
        return (columns[0].name,) if alone else ()

    def _may_count(self, column: SampledColumn) -> bool:
        return not (
            column.is_day_in_digits or column.has_leading_zero or is_identity(column.name) or is_total(column.name)
        )

    def _say_what_is_left(self) -> tuple[str, ...]:
        said = " ".join(self._not_understood)
        unpaired = []
        left: dict[str, list[str]] = {}
        for column in self._free.values():
            if repr(column.name) in said:
                continue
            reason = self._reason_against(column)
            if reason is None and self._map.get("layout") == LONG:
                reason = "is numbers, and its name says nothing of what they are"
            elif reason is None:
                reason = "is numbers without a column of their quantity, so that it may be a product or anything else"
                unpaired.append(column.name)
            left.setdefault(reason, []).append(column.name)
        for reason, names in left.items():
            told = names if len(names) <= MAX_TOLD else names[:EXAMPLES]
            self._not_understood += [f"{name!r} {reason}" for name in told]
            if len(told) < len(names):
                self._not_understood.append(f"and {len(names) - len(told):,} more columns likewise: each {reason}")
        return tuple(unpaired)

    def _reason_against(self, column: SampledColumn) -> str | None:
        """Why a column that was left is no product; None when it may be one."""
        days = "and another column is the order_date" if "order_date" in self._base else "write which is the order_date"
        reasons = {
            "is blank in the rows looked at": column.kind == BLANK,
            "looks like a postal code": is_postal_code(column.name),
            f"holds {column.kind}s, {days}": column.kind in (DAY, MONTH),
            "is text": column.kind == TEXT,
            "looks like a total, so that it is no product": is_total(column.name),
            "looks like a code or number of something": column.has_leading_zero or is_identity(column.name),
            "is a figure beside the sales and no product, by its name": is_no_product(column.name),
            "counts a product by its name, and no column of numbers is called so": counted_product(column.name)
            is not None,
        }
        return next((reason for reason, is_so in reasons.items() if is_so), None)

    def _say_what_is_missing(self, unpaired: Sequence[str]) -> list[str]:
        missing = []
        if "customer_id" not in self._base:
            by_name = f"no column is the customer_id by its name, among {in_words(list(self._columns))}"
            missing.append(self._differing or by_name)
        if "order_date" not in self._base:
            missing.append(self._missing_day())
        if not self._map:
            numbers = f"; {in_words(list(unpaired))} may be money" if unpaired else ""
            missing.append(
                f"no column is the money of a product with a quantity beside it{numbers}; if each row is one purchase, "
                f"write {EACH_ROW} in place of the column of its quantity"
            )
        self._not_understood = [*missing, *self._not_understood]
        return missing

    def _is_counted_days(self, name: str) -> bool:
        """Whether a column of numbers holds neither days such as 20240131 nor those that a spreadsheet numbers."""
        column = self._columns[name]
        if column.kind != WHOLE or column.is_day_in_digits:
            return False
        return not has_days_of_a_spreadsheet(self._sample[name])

    def _missing_day(self) -> str:
        months = [name for name in self._columns if is_month(name)]
        if len(months) > 1:
            return (
                f"no column is the order_date, and {len(months):,} columns are called like months, such as "
                f"{months[0]!r}: make a row of each month, with a column of the month and one of its money "
                "(spreadsheets call this to unpivot)"
            )
        counted = [name for name in self._named("order_date", WHOLE) if self._is_counted_days(name)]
        if counted:
            return (
                f"no column is the order_date, for {in_words(counted)} holds numbers that are no dates: write the date "
                "in their place, such as 2024-01-31"
            )
        return f"no column is the order_date by its name or values, among {in_words(list(self._columns))}"

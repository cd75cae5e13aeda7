"""Which columns say what every sales log says: the customer and the day, and perhaps invoice, branch, rep and name.

Each step looks at a log and gives back what it found; `find_roles` and `find_roles_by_values` take them one after
another. What the columns of money and units are belongs in `proposed_products.py` and `proposed_lines.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.sales.amount_macros import CURRENCY_CODES
from synthdeal_assets.sales.product_map.document_states import is_of_documents
from synthdeal_assets.sales.product_map.findings import taken_for
from synthdeal_assets.sales.product_map.names_in_use import IN_USE, RAW_WORDS, spelling_of
from synthdeal_assets.sales.product_map.sampled_columns import (
    BLANK,
    DAY,
    MONTH,
    MOSTLY,
    NUMBER,
    TEXT,
    WHOLE,
    has_days_of_a_spreadsheet,
)
from synthdeal_assets.sales.product_map.sampled_log import SampledLog

CUSTOMER: Final = "customer_id"
DAY_OF_ORDER: Final = "order_date"
NAME: Final = "customer_name"
INVOICE: Final = "invoice"
OTHER_ROLES: Final = (INVOICE, "branch", "rep", NAME)

CUT_SHORT: Final = r"^\d([.,]\d+)?E\+\d{2,3}$"
"""What a spreadsheet makes of a long number."""

MAX_STATES: Final = 40
"""A column of more different texts is no state of a document and no currency."""

MAX_NUMBERED_STATES: Final = 10

REASON: Final = re.compile("(?i)reason|grund$|^abgru$")

CODES_OF_CURRENCIES: Final = {*filter(lambda code: len(code) == 3, CURRENCY_CODES.split("|")), "$", "€", "£", "¥"}
COMMON_CURRENCIES: Final = {"USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "CNY", "INR", "$", "€", "£"}

MAX_NAMES_PER_CUSTOMER: Final = 5
"""A column with more names to a value on average is not the customer's id, as the account code of a ledger is not."""


@dataclass(frozen=True, slots=True)
class FoundRole:
    """Columns that were found to play a role.

    Attributes:
        role: A role of `product_map.BASE_ROLES`.
        columns: The columns, the surest first; each file has one of them at most.
        said: Why, in a sentence for each column.
    """

    role: str
    columns: tuple[str, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundRoles:
    """All roles that were found in a log.

    Attributes:
        roles: By their names, in the order they were found in.
        rest: The log without their columns.
        differing: Why no column is the customer's id although several are called so; None otherwise.
        doubts: What should be checked, in sentences.
    """

    roles: Mapping[str, FoundRole]
    rest: SampledLog
    differing: str | None = None
    doubts: tuple[str, ...] = ()

    @property
    def understood(self) -> tuple[str, ...]:
        """What the columns were taken for and why."""
        return tuple(line for found in self.roles.values() for line in found.said)

    def columns_of(self, role: str) -> tuple[str, ...]:
        """The columns of a role; empty when none were found."""
        found = self.roles.get(role)
        return () if found is None else found.columns


def find_roles(log: SampledLog) -> FoundRoles:
    """The roles in a log whose header names its columns."""
    roles: dict[str, FoundRole] = {}
    doubts: list[str] = []
    rest = log
    customer, differing = find_customer(rest)
    if customer is not None:
        roles[CUSTOMER], rest = customer, rest.without(customer.columns)
    if (day := find_day(rest)) is not None:
        roles[DAY_OF_ORDER], rest = day, rest.without(day.columns)
    for role in OTHER_ROLES:
        if columns := rest.named(role):
            roles[role] = FoundRole(role, columns, taken_for(rest, columns, role, "by its name"))
            rest = rest.without(columns)
    for found in roles_of_documents(rest):
        roles[found.role], rest = found, rest.without(found.columns)
    if (why_not := why_id_is_none(log, roles.get(CUSTOMER), roles.get(NAME))) is not None:
        doubts.append(why_not)
        rest = rest.with_again(roles.pop(CUSTOMER).columns)
    plain = find_plain_name(rest)
    if plain is not None and plain.role not in roles:
        roles[plain.role], rest = plain, rest.without(plain.columns)
    if CUSTOMER not in roles and differing is None and (by_name := name_as_id(log, roles.get(NAME))) is not None:
        del roles[NAME]
        roles[CUSTOMER] = by_name
    return FoundRoles(roles, rest, differing, (*doubts, *doubts_of_values(log, roles)))


def find_roles_by_values(log: SampledLog) -> FoundRoles:
    """The roles in a log without a header: the one column of days, and the first column of something that comes again.

    The log that is left has names for the columns whose use is clear, `amount` and `quantity` among them.
    """
    columns = list(log.columns.values())
    days = [column.name for column in columns if column.kind == DAY]
    days = days or [column.name for column in columns if column.is_day_in_digits]
    names: dict[str, str] = {}
    if len(days) == 1:
        names[days[0]] = DAY_OF_ORDER
    codes = [
        column.name
        for column in columns
        if column.name not in days and column.kind in (WHOLE, TEXT) and column.filled and column.distinct > 1
    ]
    if codes:
        names[codes[0]] = CUSTOMER
    numbers = [column for column in columns if column.is_numeric and column.name not in names]
    money = [column.name for column in numbers if column.kind == NUMBER]
    counts = [column.name for column in numbers if column.kind == WHOLE]
    if len(money) == 1:
        names[money[0]] = "amount"
        if len(counts) == 1:
            names[counts[0]] = "quantity"
    renamed = log.renamed(names)
    places = {name: place for place, name in enumerate(renamed.columns, 1)}
    reasons = {
        DAY_OF_ORDER: "the only one with days in it",
        CUSTOMER: "the first with codes that are no days; check it, for the file has no header",
    }
    roles = {
        role: FoundRole(role, (role,), (f"{role} is column {places[role]}, {reason}",))
        for role, reason in reasons.items()
        if role in places
    }
    return FoundRoles(roles, renamed.without(roles))


def roles_of_documents(log: SampledLog) -> list[FoundRole]:
    """Which columns say the state of a document, that it was cancelled, and its currency."""
    states = tuple(name for name in log.named("status_column", TEXT, WHOLE) if _is_short_list(log, name))
    why = "by its name"
    if not states:
        why = "by its values"
        states = tuple(
            name
            for name in log.named("status_perhaps", TEXT)
            if _is_short_list(log, name) and is_of_documents(name, _values(log, name))
        )
    found = [("status_column", states, why)]
    rest = log.without(states)
    marks = tuple(name for name in rest.named("cancelled_column") if is_mark(rest, name))
    found.append(("cancelled_column", marks, "by its name and values"))
    rest = rest.without(marks)
    currency, why = (
        tuple(name for name in rest.named("currency_column", TEXT) if _is_short_list(rest, name)),
        "by its name",
    )
    if not currency:
        why = "which holds codes of currencies"
        currency = tuple(
            column.name
            for column in rest.free_columns
            # A code alone is an amount that says nothing, so that a column of codes looks blank.
            if column.kind in (TEXT, BLANK)
            and column.distinct <= MAX_STATES
            and len(values := _values(rest, column.name)) > 1
            and COMMON_CURRENCIES & values
            and values <= CODES_OF_CURRENCIES
        )[:1]
    found.append(("currency_column", currency, why))
    return [FoundRole(role, columns, taken_for(log, columns, role, why)) for role, columns, why in found if columns]


def is_mark(log: SampledLog, name: str) -> bool:
    """Whether a column that is called so marks some documents as cancelled: with a yes, a day or a reason."""
    column = log.columns[name]
    if column.kind in (BLANK, DAY) or REASON.search(name):
        return column.filled < log.rows.height
    known = {*RAW_WORDS["no_mark"], *RAW_WORDS["yes_mark"], *IN_USE["no_mark"], *IN_USE["yes_mark"]} - {""}
    return all(value.casefold().strip(".") in known or spelling_of(value) in known for value in _values(log, name))


def _is_short_list(log: SampledLog, name: str) -> bool:
    column = log.columns[name]
    return column.distinct <= (MAX_STATES if column.kind != WHOLE else MAX_NUMBERED_STATES)


def _values(log: SampledLog, name: str) -> set[str]:
    return {value.strip() for value in log.rows[name].cast(pl.String).unique().drop_nulls()}


def find_customer(log: SampledLog) -> tuple[FoundRole | None, str | None]:
    """The customer's id, or why it is none of several columns that are called so."""
    found = tuple(name for name in log.named(CUSTOMER) if log.columns[name].kind != DAY)
    if len(found) > 1:
        both = next((file for file, has in log.files.items() if len(has.intersection(found)) > 1), None)
        kinds = {log.columns[name].kind for name in found} - {BLANK}
        if both is not None or len(kinds) > 1:
            places = " and ".join(f"{name!r}{log.where(name)}" for name in found)
            reason = f"{both} has both" if both is not None else "the ones are numbers and the others text"
            return None, f"no column is the customer_id in all files: {places}, and {reason}"
    if found:
        return FoundRole(CUSTOMER, found, taken_for(log, found, CUSTOMER, "by its name")), None
    # A column that is called just `id` is the customer's when ids come again; a row's own never does.
    plain = log.plainly_called("id", WHOLE, TEXT)
    if plain and all(log.columns[name].distinct < log.columns[name].filled for name in plain):
        said = taken_for(log, plain, CUSTOMER, "whose values come again: check it")
        return FoundRole(CUSTOMER, plain, said), None
    return None, None


def find_day(log: SampledLog) -> FoundRole | None:
    """The day of the order, by its name or as the only column with days in it."""
    named = log.named(DAY_OF_ORDER, DAY, MONTH, WHOLE, NUMBER)
    found, why = tuple(name for name in named if not is_counted_days(log, name)), "by its name"
    if not found:
        found, why = only_days(log), "the only one with days in it"
    return FoundRole(DAY_OF_ORDER, found, taken_for(log, found, DAY_OF_ORDER, why)) if found else None


def only_days(log: SampledLog) -> tuple[str, ...]:
    """The columns with days in them, when every file has one of them and none has two."""
    days = [column.name for column in log.free_columns if column.kind == DAY]
    days = days or [column.name for column in log.free_columns if column.kind == MONTH]
    alone = all(len(has.intersection(days)) == 1 for has in log.files.values())
    return tuple(days) if alone else ()


def is_counted_days(log: SampledLog, name: str) -> bool:
    """Whether a column of numbers holds neither days such as 20240131 nor those that a spreadsheet numbers."""
    column = log.columns[name]
    if column.kind not in (WHOLE, NUMBER) or column.is_day_in_digits:
        return False
    return not has_days_of_a_spreadsheet(log.rows[name])


def why_id_is_none(log: SampledLog, customer: FoundRole | None, name: FoundRole | None) -> str | None:
    """Why a column that is called like the customer's id is none: its values stand with many names each."""
    if customer is None or name is None or not len(customer.columns) == len(name.columns) == 1:
        return None
    code, called = customer.columns[0], name.columns[0]
    named = log.rows.drop_nulls([code, called]).group_by(code).agg(pl.col(called).n_unique())
    if not named.height or named[called].sum() <= MAX_NAMES_PER_CUSTOMER * named.height:
        return None
    return f"{code!r} is called like a customer_id, but stands with many of {called!r} each"


def find_plain_name(log: SampledLog) -> FoundRole | None:
    """What is called just `name`: the customer's, unless it holds numbers such as #1001 as in a shop's export."""
    found = log.plainly_called("name", TEXT)
    if not found:
        return None
    letters = log.rows.select(
        pl.concat_list(pl.col(name).cast(pl.String) for name in found)
        .list.eval(pl.element().str.contains(r"\p{L}{2}"))
        .explode()
        .mean()
    ).item()
    role, by = (NAME, "name") if letters >= MOSTLY else (INVOICE, "values")
    return FoundRole(role, found, taken_for(log, found, role, f"by its {by}: check it"))


def name_as_id(log: SampledLog, name: FoundRole | None) -> FoundRole | None:
    """Where no column holds an id, the name tells customers apart as well as anything can."""
    if name is None or any(log.columns[column].kind != TEXT for column in name.columns):
        return None
    said = tuple(
        f"customer_id is column {column!r}{log.where(column)}, because no column holds an id: customers of one "
        "name count as one"
        for column in name.columns
    )
    return FoundRole(CUSTOMER, name.columns, said)


def doubts_of_values(log: SampledLog, roles: Mapping[str, FoundRole]) -> tuple[str, ...]:
    """Which columns of the customer and the day hold nothing, or no days, in the rows looked at."""
    doubts = []
    for role in (CUSTOMER, INVOICE):
        for name in roles[role].columns if role in roles else ():
            cut = log.rows[name].cast(pl.String).drop_nulls()
            cut = cut.filter(cut.str.contains(CUT_SHORT))
            if len(cut):
                doubts.append(
                    f"{name!r} ({role}) holds numbers that a spreadsheet cut short, such as {cut[0]!r}: several may "
                    "have become one, so export it again as text"
                )
    for role in (CUSTOMER, DAY_OF_ORDER):
        for name in roles[role].columns if role in roles else ():
            column = log.columns[name]
            if column.kind == BLANK:
                doubts.append(f"{name!r} ({role}) is blank in the rows looked at: check it")
            elif role == DAY_OF_ORDER and column.kind == WHOLE and not column.is_day_in_digits:
                doubts.append(f"{name!r} (order_date) holds numbers and no days: check it")
    return tuple(doubts)

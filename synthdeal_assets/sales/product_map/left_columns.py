"""What the columns may be that no step of a proposal has taken, and what a log lacks without them.

What columns are taken for belongs in the `proposed_*.py` modules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.sales.column_names import EACH_ROW, counted_product, in_words
from synthdeal_assets.sales.product_map.names_in_use import (
    is_identity,
    is_month,
    is_no_product,
    is_postal_code,
    is_total,
    sureness_of,
)
from synthdeal_assets.sales.product_map.proposed_roles import (
    CUSTOMER,
    DAY_OF_ORDER,
    FoundRoles,
    is_counted_days,
)
from synthdeal_assets.sales.product_map.sampled_columns import (
    BLANK,
    DAY,
    MONTH,
    NUMBER,
    TEXT,
    WHOLE,
    SampledColumn,
    sum_of,
)
from synthdeal_assets.sales.product_map.sampled_log import SampledLog

MAX_TOLD: Final = 20
"""More products, or more columns that were left for one reason, are told by examples and a count."""

EXAMPLES: Final = 5

MAY_BE_MONEY: Final = "may be money (check it)"


@dataclass(frozen=True, slots=True)
class LeftColumns:
    """The columns that were taken for nothing.

    Attributes:
        unpaired: Those of numbers that may be the money of a product and have no quantity beside them.
        said: Why each was left, in sentences.
    """

    unpaired: tuple[str, ...]
    said: tuple[str, ...]


def why_no_product(column: SampledColumn, *, has_day: bool = False) -> str | None:
    """Why a column that was left is no product; None when it may be one.

    Args:
        column: The column.
        has_day: Whether another column is the day of the order, which changes only the words.
    """
    days = "and another column is the order_date" if has_day else "write which is the order_date"
    reasons = {
        "is blank in the rows looked at": column.kind == BLANK,
        "looks like a postal code": is_postal_code(column.name),
        f"holds {column.kind}s, {days}": column.kind in (DAY, MONTH),
        "is text": column.kind == TEXT,
        "looks like a total, so that it is no product": is_total(column.name),
        "looks like a code or number of something": column.has_leading_zero or is_identity(column.name),
        "is a figure beside the sales and no product, by its name": is_no_product(column.name),
        "counts a product by its name, and no column of numbers is called so": counted_product(column.name) is not None,
    }
    return next((reason for reason, is_so in reasons.items() if is_so), None)


def may_be_money(log: SampledLog, besides: Sequence[str] = ()) -> bool:
    """Whether a column is left that may be money or count something."""
    return any(
        column.is_numeric and column.name not in besides and why_no_product(column) is None
        for column in log.free_columns
    )


def only_numbers(log: SampledLog, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """The column that is left when all others are taken, if it holds numbers and nothing speaks against it."""
    columns = [column for column in log.free_columns if column.name not in besides]
    alone = len(columns) == 1 and columns[0].is_numeric and why_no_product(columns[0]) is None
    return (columns[0].name,) if alone else ()


def say_what_is_left(log: SampledLog, said_before: Iterable[str], *, is_long: bool, has_day: bool) -> LeftColumns:
    """Say of each free column why it was taken for nothing.

    Args:
        log: The log without the columns that were taken.
        said_before: What was said of columns that were not understood: those are not named again.
        is_long: Whether each line of the log names its product, so that no further column is one.
        has_day: Whether a column is the day of the order.
    """
    before = " ".join(said_before)
    unpaired = []
    left: dict[str, list[str]] = {}
    for column in log.free_columns:
        if repr(column.name) in before:
            continue
        reason = why_no_product(column, has_day=has_day)
        if reason is None and is_long:
            reason = "is numbers, and its name says nothing of what they are"
        elif reason is None:
            reason = "is numbers without a column of their quantity, so that it may be a product or anything else"
            unpaired.append(column.name)
        left.setdefault(reason, []).append(column.name)
    said: list[str] = []
    for reason, names in left.items():
        told = names if len(names) <= MAX_TOLD else names[:EXAMPLES]
        said += [f"{name!r} {reason}" for name in told]
        if len(told) < len(names):
            said.append(f"and {len(names) - len(told):,} more columns likewise: each {reason}")
    return LeftColumns(tuple(unpaired), tuple(said))


def unread_money(log: SampledLog, counted: Sequence[str]) -> str | None:
    """Why no column is the money although one is called so; None when none is, or it is blank or counts the same units.

    Args:
        log: The log without the columns of its roles.
        counted: Columns that count units.
    """
    called = [column for column in log.free_columns if sureness_of(column.name, "money") is not None]
    for column in called:
        if column.kind != BLANK and sum_of(log.rows, [column.name, *counted]) != column.name:
            example = log.rows[column.name].drop_nulls().cast(pl.String)[0]
            return (
                f"no column could be read as money, although {column.name!r} is called so: it holds {column.kind} such "
                f"as {example[:40]!r}; write its name if that is money, or remove the line if the log has none"
            )
    return None


def what_is_missing(
    roles: FoundRoles, log: SampledLog, unpaired: Sequence[str], *, has_products: bool
) -> tuple[str, ...]:
    """What every sales log must say and this one does not, in sentences that begin with `no `.

    Args:
        roles: The roles that were found.
        log: The log without the columns that were taken.
        unpaired: Columns that may be money.
        has_products: Whether the money or units of a product were found.
    """
    missing = []
    if CUSTOMER not in roles.roles:
        by_name = f"no column is the customer_id by its name, among {in_words(list(log.columns))}"
        missing.append(roles.differing or by_name)
    if DAY_OF_ORDER not in roles.roles:
        missing.append(_missing_day(log))
    if not has_products:
        numbers = f"; {in_words(list(unpaired))} may be money" if unpaired else ""
        missing.append(
            f"no column is the money of a product with a quantity beside it{numbers}; if each row is one purchase, "
            f"write {EACH_ROW} in place of the column of its quantity"
        )
    return tuple(missing)


def _missing_day(log: SampledLog) -> str:
    months = [name for name in log.columns if is_month(name)]
    if len(months) > 1:
        return (
            f"no column is the order_date, and {len(months):,} columns are called like months, such as "
            f"{months[0]!r}: make a row of each month, with a column of the month and one of its money "
            "(spreadsheets call this to unpivot)"
        )
    counted = [name for name in log.named(DAY_OF_ORDER, WHOLE, NUMBER) if is_counted_days(log, name)]
    if counted:
        return (
            f"no column is the order_date, for {in_words(counted)} holds numbers that are no dates: write the date "
            "in their place, such as 2024-01-31"
        )
    return f"no column is the order_date by its name or values, among {in_words(list(log.columns))}"

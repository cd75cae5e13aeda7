"""What the values of a column look like in a sample of the rows: days, numbers, text, or the sum of other columns.

What is concluded from values and names together belongs in `proposal.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.sales.amount_macros import (
    AMOUNT_WITH_COMMA,
    AMOUNT_WITH_POINT,
    BLANK_AMOUNT,
    CURRENCY,
    NIL_IN_DASHES,
    TIDIED_FROM,
    TIDIED_TO,
)

DAY: Final = "day"
MONTH: Final = "month"
WHOLE: Final = "whole numbers"
NUMBER: Final = "numbers"
TEXT: Final = "text"
BLANK: Final = "blank"

_WHOLE: Final = r"^-?\d+(\.0)?$"
_DAYS: Final = (
    r"^(\d{4}[-/.] ?\d{1,2}[-/.] ?\d{1,2}\.?|\d{1,2}[-/.] ?\d{1,2}[-/.] ?(\d{4}|\d{2})\.?|"
    r"\d{1,2}(st|nd|rd|th)?[-. ]{1,2}(de |of )?\p{L}{3,12}[- ,./]+(de |of )?\d{2,4}|"
    r"\p{L}{3,12}[-. ]+\d{1,2}(st|nd|rd|th)?,? \d{4})([T ,].*)?$"
)
_MONTH: Final = (
    r"(?i)^(\d{4}[-/](0?[1-9]|1[0-2])|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}{0,6}\.?([- ]\d{4}|-\d{2}))$"
)
_DAY_IN_DIGITS: Final = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"
_DAY_OF_SPREADSHEET: Final = r"^[2-7]\d{4}([.,]\d+)?$"

MOSTLY: Final = 0.9
"""A column is of a kind when so many of its values in the sample are."""


@dataclass(frozen=True, slots=True)
class SampledColumn:
    """A column and what its values look like.

    Attributes:
        name: Its name.
        kind: DAY, MONTH, WHOLE, NUMBER, TEXT or BLANK.
        distinct: Different values in the sample.
        filled: Rows of the sample in which it is not blank.
        is_day_in_digits: Whether all values may be days such as 20240131.
        has_leading_zero: Whether some of the whole numbers begin with a zero, as codes do.
    """

    name: str
    kind: str
    distinct: int
    filled: int
    is_day_in_digits: bool
    has_leading_zero: bool

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.kind in (WHOLE, NUMBER)

    def is_or_blank(self, *, numeric: bool) -> bool:
        """Whether the values do not speak against it: a product may not have been sold yet."""
        return self.kind == BLANK or self.is_numeric is numeric


def looked_at(sample: pl.DataFrame) -> dict[str, SampledColumn]:
    """What the values of each column look like, in their order."""
    value, tidy, count = pl.col("value"), pl.col("tidy"), pl.col("count")

    def share(is_so: pl.Expr) -> pl.Expr:
        return (is_so * count).sum() / count.sum()

    is_number = tidy.str.contains(AMOUNT_WITH_POINT) | tidy.str.contains(AMOUNT_WITH_COMMA)
    # All columns below each other: one look at each value, however many thousand columns there are. They are numbered,
    # for a stranger's column may be called `value` too.
    told = (
        sample.select(
            (pl.lit("[]") if kind.is_nested() else pl.col(name).cast(pl.String, strict=False)).alias(str(place))
            for place, (name, kind) in enumerate(sample.schema.items())
        )
        .unpivot(variable_name="column", value_name="value")
        .drop_nulls()
        .group_by("column", "value")
        .agg(pl.len().alias("count"))
        .with_columns(value.str.strip_chars(), _tidy(value).alias("tidy"))
        .filter(~tidy.str.contains(rf"^(?:{BLANK_AMOUNT})$"))
        .group_by("column")
        .agg(
            count.sum().alias("filled"),
            value.n_unique().alias("distinct"),
            share(is_number).alias("number"),
            share(value.str.contains(_WHOLE)).alias("whole"),
            share(value.str.contains(_DAYS)).alias("day"),
            share(value.str.contains(_MONTH)).alias("month"),
            share(value.str.contains(_DAY_IN_DIGITS)).alias("digits"),
            share(value.str.contains(_DAY_OF_SPREADSHEET)).alias("numbered"),
            share(value.str.contains(r"^0\d")).alias("zero"),
        )
    )
    of_column = {row["column"]: row for row in told.iter_rows(named=True)}
    looked_at = {}
    for place, (name, kind) in enumerate(sample.schema.items()):
        row = of_column.get(str(place))
        if row is None:
            looked_at[name] = SampledColumn(name, BLANK, 0, 0, is_day_in_digits=False, has_leading_zero=False)
            continue
        # A spreadsheet numbers those of the days in a column that it understood as such.
        days = row["day"] + row["digits"] + row["numbered"] if row["day"] > 0 else 0
        if kind.is_temporal() or days >= MOSTLY:
            what = DAY
        elif row["month"] >= MOSTLY:
            what = MONTH
        elif row["number"] >= MOSTLY:
            what = WHOLE if row["whole"] > 1 - 1e-9 and not isinstance(kind, pl.Decimal) else NUMBER
        else:
            what = TEXT
        looked_at[name] = SampledColumn(
            name,
            what,
            distinct=row["distinct"],
            filled=row["filled"],
            is_day_in_digits=what == WHOLE and row["digits"] > 1 - 1e-9,
            has_leading_zero=what == WHOLE and row["zero"] > 0.02,
        )
    return looked_at


def sum_of(sample: pl.DataFrame, columns: Sequence[str]) -> str | None:
    """The column that is the sum of the others in nearly every row, if any."""
    if len(columns) < 3 or sample.height < 5:
        return None
    for with_comma in (False, True):
        numbers = sample.select(
            figures(name, sample.schema[name], with_comma=with_comma) for name in columns
        ).fill_null(0)
        everything = numbers.sum_horizontal()
        for name in columns:
            others = everything - numbers[name]
            is_sum = ((others - numbers[name]).abs() <= 0.011) & (numbers[name] != 0)
            valued, summed, besides = (int(each.sum() or 0) for each in (numbers[name] != 0, is_sum, others != 0))
            if valued >= 5 and summed >= 0.95 * valued and besides == valued:
                return name
    return None


def figures(name: str, kind: pl.DataType, *, with_comma: bool) -> pl.Expr:
    """A column as numbers that are good enough to compare, with a comma or a point before the decimals; NULL if none.

    Args:
        name: The column.
        kind: Its type.
        with_comma: Whether a comma stands before its decimals.
    """
    if kind.is_numeric():
        return pl.col(name).cast(pl.Float64)
    tidy = _tidy(pl.col(name).cast(pl.String, strict=False))
    digits = tidy.str.extract(AMOUNT_WITH_COMMA if with_comma else AMOUNT_WITH_POINT, 2)
    grouped = digits.str.replace_all("[. ']" if with_comma else "[, ']", "").str.replace(",", ".", literal=True)
    size = grouped.cast(pl.Float64, strict=False)
    is_negative = tidy.str.replace_all(CURRENCY, "").str.contains(r"^\s*[-(]|[-)]\s*$")
    return pl.when(is_negative).then(-size).otherwise(size).alias(name)


def _tidy(text: pl.Expr) -> pl.Expr:
    """Text as the macro `tidy_amount` makes it."""
    partners = [*TIDIED_TO, *[""] * (len(TIDIED_FROM) - len(TIDIED_TO))]
    plain = text.str.replace_many(list(TIDIED_FROM), partners).str.strip_chars(" ").str.to_uppercase()
    return plain.str.replace(NIL_IN_DASHES, "${1}00${2}")


def has_days_of_a_spreadsheet(values: pl.Series) -> bool:
    """Whether a number may be a day as spreadsheets count them, such as 45322 for 2024-01-31."""
    return bool(values.cast(pl.String).str.contains(_DAY_OF_SPREADSHEET).any())

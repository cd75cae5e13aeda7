"""A checked expression for Polars, equal value by value to what `duckdb_sql` makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial, reduce
from operator import and_, or_
from typing import Final

import polars as pl

from synthdeal_assets.datasets.spec.expressions.numbers import NEAR, Rounding, whole
from synthdeal_assets.datasets.spec.expressions.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    Compare,
    DatePart,
    DatePartName,
    DateStep,
    DatetimeValue,
    DateValue,
    DaysBetween,
    FlagValue,
    Function,
    In,
    IsFlag,
    IsNull,
    Kind,
    Like,
    Negate,
    Node,
    Not,
    Null,
    Number,
    Or,
    Path,
    Text,
    Typed,
    Unit,
    Wildcard,
)

TYPES: Final[dict[Kind, pl.DataType | type[pl.DataType]]] = {
    Kind.WHOLE: pl.Float64,
    Kind.NUMBER: pl.Float64,
    Kind.TEXT: pl.String,
    Kind.DATE: pl.Date,
    Kind.DATETIME: pl.Datetime("us"),
    Kind.FLAG: pl.Boolean,
}

_PRIVATE: Final = 0x10F000
"""Characters of private use stand for those that upper must leave as they are while it is under way."""


def _one_letter_capitals() -> dict[str, str]:
    """What DuckDB makes of letters whose capital is two letters in full Unicode, as SS is of ß: at most one letter."""
    spreading = [letter for letter in map(chr, range(0xDF, 0xFB18)) if len(letter.upper()) > 1]
    capitals = {letter: letter.title() if len(letter.title()) == 1 else letter for letter in spreading}
    # The capital sharp s, and letters that DuckDB's Unicode tables give no capital.
    return {**capitals, "ß": "ẞ", **dict.fromkeys("ƛɤꟓꟕ\u1c8a\ua7cd\ua7db", "")}


_CAPITALS: Final = {letter: capital or letter for letter, capital in _one_letter_capitals().items()}
_STAND_INS: Final = [chr(_PRIVATE + place) for place in range(len(_CAPITALS))]


def to_polars(expression: Typed, column_of: Callable[[Path], pl.Expr]) -> pl.Expr:
    """The expression for Polars.

    Args:
        expression: As `check` gives it.
        column_of: The column of a field. Numbers are calculated as Float64.

    Returns:
        An expression of one value a row: Float64 for numbers, String, Date, Datetime in microseconds or Boolean. One
        without any field gives one value.
    """
    return _expr(column_of, expression.tree)


def _expr(column_of: Callable[[Path], pl.Expr], node: Node) -> pl.Expr:
    expr = partial(_expr, column_of)
    match node:
        case Number():
            return pl.lit(float(node.value))
        case Text() | FlagValue() | DateValue():
            return pl.lit(node.value)
        case DatetimeValue():
            return pl.lit(node.value, dtype=pl.Datetime("us"))
        case Null():
            return pl.lit(None, dtype=TYPES[node.kind])
        case Path():
            assert node.kind is not None  # noqa: S101  # `check` gives every path its kind
            return column_of(node).cast(TYPES[node.kind])
        case Negate():
            return -expr(node.operand)
        case Arithmetic():
            return _arithmetic(node.operator, expr(node.left), expr(node.right))
        case Compare():
            return _comparison(node.operator, expr(node.left), expr(node.right), near=node.near)
        case Between():
            operand = expr(node.operand)
            low = _comparison(">=", operand, expr(node.low), near=node.near)
            return low & _comparison("<=", operand, expr(node.high), near=node.near)
        case In():
            operand = expr(node.operand)
            return reduce(or_, (operand == expr(item) for item in node.items))
        case Like():
            return expr(node.operand).str.contains(f"(?s)^{''.join(map(_pattern, node.pieces))}$")
        case IsNull():
            return expr(node.operand).is_null()
        case IsFlag():
            return expr(node.operand).eq_missing(pl.lit(node.value))
        case Not():
            return ~expr(node.operand)
        case And() | Or():
            return reduce(and_ if isinstance(node, And) else or_, map(expr, node.items))
        case Case():
            chain = pl.when(expr(node.branches[0].condition)).then(expr(node.branches[0].value))
            for branch in node.branches[1:]:
                chain = chain.when(expr(branch.condition)).then(expr(branch.value))  # type: ignore[assignment]
            return chain.otherwise(expr(node.otherwise))
        case Call():
            return _call(node, [expr(each) for each in node.arguments])
        case Cast():
            return _cast(node, expr(node.operand))
        case DatePart():
            return _part(node.part, expr(node.operand)).cast(pl.Float64)
        case DateStep():
            return _step(node, expr(node.operand), expr(node.count))
        case DaysBetween():
            between = expr(node.later) - expr(node.earlier)
            if node.kind is Kind.DATE:
                return between.dt.total_days().cast(pl.Float64)
            return _divided(between.dt.total_microseconds().cast(pl.Float64), pl.lit(86_400_000_000.0))
        case _:
            raise TypeError(node)


def _arithmetic(operator: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    quotient = _divided(left, pl.when(right != 0).then(right))
    return quotient if operator == "/" else left - right * quotient.truncate()


def _divided(value: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """The quotient that is nearest: Polars multiplies by the reciprocal where a divisor is the same for all rows."""
    return value / (divisor + value * 0.0)


def _comparison(operator: str, left: pl.Expr, right: pl.Expr, *, near: bool) -> pl.Expr:
    if near:
        error = (left.abs() + right.abs()) * NEAR
        if operator in ("=", "<>"):
            left = (left - right).abs()
            return left <= error if operator == "=" else left > error
        if operator in ("<=", ">"):
            return left - right <= error if operator == "<=" else left - right > error
        return right - left <= error if operator == ">=" else right - left > error
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _call(node: Call, given: Sequence[pl.Expr]) -> pl.Expr:
    first = given[0]
    match node.function:
        case Function.COALESCE:
            # Not `coalesce`: with a constant before a column it gives one value, and no column.
            return reduce(lambda rest, each: pl.when(each.is_not_null()).then(each).otherwise(rest), reversed(given))
        case Function.LEAST:
            return pl.min_horizontal(given)
        case Function.GREATEST:
            return pl.max_horizontal(given)
        case Function.ROUND:
            return _round(first, Rounding.of(node))
        case Function.FLOOR:
            return first.floor()
        case Function.CEIL:
            return first.ceil()
        case Function.ABS:
            return first.abs()
        case Function.LOWER:
            # Full Unicode makes two characters of the first, and looks at what stands beside the second.
            return first.str.replace_many(["İ", "Σ"], ["i", "\N{GREEK SMALL LETTER SIGMA}"]).str.to_lowercase()
        case Function.UPPER:
            kept = first.str.replace_many(list(_CAPITALS), _STAND_INS)
            return kept.str.to_uppercase().str.replace_many(_STAND_INS, list(_CAPITALS.values()))
        case Function.TRIM:
            return first.str.strip_chars(" ")
        case Function.CONCAT | Function.JOIN:
            return pl.concat_str(given, ignore_nulls=node.function is Function.CONCAT)
        case Function.LENGTH:
            return first.str.len_chars().cast(pl.Float64)
        case Function.SUBSTRING:
            start, *length = (whole(each) for each in node.arguments[1:])
            return first.str.slice(start - 1, *length)


def _round(value: pl.Expr, rounding: Rounding) -> pl.Expr:
    nudged = pl.when(value.abs() < rounding.largest).then(value * rounding.nudge).otherwise(value)
    if rounding.digits >= 0:
        rounded = nudged.round(rounding.digits, mode="half_away_from_zero")
    else:
        tens = _divided(nudged, pl.lit(rounding.scale)).round(0, mode="half_away_from_zero")
        rounded = tens * rounding.scale
    # Plus nothing: minus zero becomes zero.
    return rounded + 0.0


def _cast(node: Cast, operand: pl.Expr) -> pl.Expr:
    if node.kind is not Kind.TEXT:
        return operand.cast(TYPES[node.kind])
    if node.given is Kind.WHOLE:
        return operand.cast(pl.Int64).cast(pl.String)
    if node.given is Kind.TEXT:
        return operand
    return operand.dt.strftime("%Y-%m-%d" if node.given is Kind.DATE else "%Y-%m-%d %H:%M:%S")


def _part(part: DatePartName, operand: pl.Expr) -> pl.Expr:
    if part is DatePartName.WEEKDAY:
        return operand.dt.weekday() % 7
    taken: pl.Expr = getattr(operand.dt, "weekday" if part is DatePartName.ISO_WEEKDAY else part.value)()
    return taken


def _step(node: DateStep, operand: pl.Expr, count: pl.Expr) -> pl.Expr:
    if node.unit in (Unit.MONTH, Unit.YEAR):
        return operand.dt.offset_by(f"{whole(node.count) * (12 if node.unit is Unit.YEAR else 1)}mo")
    steps = count.cast(pl.Int64)
    match node.unit:
        case Unit.SECOND:
            return operand + pl.duration(seconds=steps)
        case Unit.MINUTE:
            return operand + pl.duration(minutes=steps)
        case Unit.HOUR:
            return operand + pl.duration(hours=steps)
        case Unit.WEEK:
            return operand + pl.duration(weeks=steps)
        case _:
            return operand + pl.duration(days=steps)


def _pattern(piece: Text | Wildcard) -> str:
    if isinstance(piece, Wildcard):
        return ".*" if piece.sign == "%" else "."
    return re.escape(piece.value)

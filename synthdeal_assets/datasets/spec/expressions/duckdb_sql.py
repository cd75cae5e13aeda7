"""A checked expression as SQL for DuckDB, equal value by value to what `polars_expressions` makes of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from synthdeal_assets.datasets.spec.expressions.numbers import NEAR, Rounding, double
from synthdeal_assets.datasets.spec.expressions.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    Compare,
    DatePart,
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

TYPES = {
    Kind.WHOLE: "DOUBLE",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
    Kind.FLAG: "BOOLEAN",
}
_SPANS = {
    Unit.SECOND: "to_seconds",
    Unit.MINUTE: "to_minutes",
    Unit.HOUR: "to_hours",
    Unit.DAY: "to_days",
    Unit.WEEK: "to_weeks",
    Unit.MONTH: "to_months",
    Unit.YEAR: "to_years",
}


def to_duckdb(expression: Typed, column_of: Callable[[Path], str]) -> str:
    """The expression as SQL in brackets.

    Args:
        expression: As `check` gives it.
        column_of: The SQL of a field, such as `"amount"` or `parent."country"`. Numbers are calculated as DOUBLE.

    Returns:
        SQL of one value: DOUBLE for numbers, VARCHAR, DATE, TIMESTAMP or BOOLEAN.
    """
    return _sql(column_of, expression.tree)


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _sql(column_of: Callable[[Path], str], node: Node) -> str:
    sql = partial(_sql, column_of)
    match node:
        case Number():
            return double(node.value)
        case Text():
            return quoted(node.value)
        case FlagValue():
            return str(node.value).upper()
        case Null():
            return f"CAST(NULL AS {TYPES[node.kind]})"
        case DateValue():
            return f"DATE '{node.value}'"
        case DatetimeValue():
            return f"TIMESTAMP '{node.value}'"
        case Path():
            assert node.kind is not None  # noqa: S101  # `check` gives every path its kind
            return f"CAST({column_of(node)} AS {TYPES[node.kind]})"
        case Negate():
            return f"(-{sql(node.operand)})"
        case Arithmetic():
            return _arithmetic(node.operator, sql(node.left), sql(node.right))
        case Compare():
            return _comparison(node.operator, sql(node.left), sql(node.right), near=node.near)
        case Between():
            operand = sql(node.operand)
            low = _comparison(">=", operand, sql(node.low), near=node.near)
            return f"({low} AND {_comparison('<=', operand, sql(node.high), near=node.near)})"
        case In():
            return f"({sql(node.operand)} IN ({', '.join(map(sql, node.items))}))"
        case Like():
            return f"({sql(node.operand)} LIKE {quoted(''.join(map(_like, node.pieces)))} ESCAPE '!')"
        case IsNull():
            return f"({sql(node.operand)} IS NULL)"
        case IsFlag():
            return f"({sql(node.operand)} IS NOT DISTINCT FROM {str(node.value).upper()})"
        case Not():
            return f"(NOT {sql(node.operand)})"
        case And() | Or():
            return f"({(' AND ' if isinstance(node, And) else ' OR ').join(map(sql, node.items))})"
        case Case():
            branches = (f"WHEN {sql(each.condition)} THEN {sql(each.value)}" for each in node.branches)
            return f"(CASE {' '.join(branches)} ELSE {sql(node.otherwise)} END)"
        case Call():
            return _call(node, [sql(each) for each in node.arguments])
        case Cast():
            return _cast(node, sql(node.operand))
        case DatePart():
            return f"CAST({node.part.value}({sql(node.operand)}) AS DOUBLE)"
        case DateStep():
            span = f"{_SPANS[node.unit]}(CAST({sql(node.count)} AS {'BIGINT' if node.unit in _BIG else 'INTEGER'}))"
            return f"CAST({sql(node.operand)} + {span} AS {TYPES[node.kind]})"
        case DaysBetween():
            later, earlier = sql(node.later), sql(node.earlier)
            if node.kind is Kind.DATE:
                return f"CAST(date_diff('day', {earlier}, {later}) AS DOUBLE)"
            return f"((epoch_us({later}) - epoch_us({earlier})) / 86400000000e0)"
        case _:
            raise TypeError(node)


_BIG = frozenset({Unit.SECOND, Unit.MINUTE, Unit.HOUR})


def _arithmetic(operator: str, left: str, right: str) -> str:
    if operator == "/":
        return f"({left} / nullif({right}, 0e0))"
    if operator == "%":
        return f"({left} - {right} * trunc({left} / nullif({right}, 0e0)))"
    return f"({left} {operator} {right})"


def _comparison(operator: str, left: str, right: str, *, near: bool) -> str:
    if not near:
        return f"({left} {operator} {right})"
    error = f"(abs({left}) + abs({right})) * {double(NEAR)}"
    compared = {"=": "abs({}) <= {}", "<>": "abs({}) > {}", "<=": "{} <= {}", ">": "{} > {}"}
    flipped = {">=": "<=", "<": ">"}
    if operator in flipped:
        left, right, operator = right, left, flipped[operator]
    return f"({compared[operator].format(f'{left} - {right}', error)})"


def _call(node: Call, given: list[str]) -> str:
    match node.function:
        case Function.ROUND:
            return _round(given[0], Rounding.of(node))
        case Function.JOIN:
            return f"({' || '.join(given)})"
        case Function.TRIM:
            return f"trim({given[0]}, ' ')"
        case Function.LENGTH:
            return f"CAST(length({given[0]}) AS DOUBLE)"
        case Function.SUBSTRING:
            return f"substring({given[0]}, {', '.join(f'CAST({each} AS BIGINT)' for each in given[1:])})"
        case _:
            return f"{node.function.value}({', '.join(given)})"


def _round(value: str, rounding: Rounding) -> str:
    up, down = ("*", "/") if rounding.digits >= 0 else ("/", "*")
    scale = double(rounding.scale)
    nudge = f"CASE WHEN abs({value}) < {double(rounding.largest)} THEN {double(rounding.nudge)} ELSE 1e0 END"
    return f"(round({value} * ({nudge}) {up} {scale}) {down} {scale} + 0e0)"


def _cast(node: Cast, operand: str) -> str:
    if node.kind is not Kind.TEXT:
        return f"CAST({operand} AS {TYPES[node.kind]})"
    if node.given is Kind.WHOLE:
        return f"CAST(CAST({operand} AS BIGINT) AS VARCHAR)"
    if node.given is Kind.TEXT:
        return operand
    return f"strftime({operand}, '{'%Y-%m-%d' if node.given is Kind.DATE else '%Y-%m-%d %H:%M:%S'}')"


def _like(piece: Text | Wildcard) -> str:
    if isinstance(piece, Wildcard):
        return piece.sign
    return f"!{piece.value}" if piece.value in "%_!" else piece.value

"""A text as nodes of our own: sqlglot reads it, and whatever it finds that is not listed here is refused by name.

Types and names of fields belong in `checking`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from rapidfuzz import process
from sqlglot import Token, exp
from sqlglot.errors import ParseError

from synthdeal_assets.datasets.spec.expressions.refusals import CONSTRUCTS, ExpressionError, shown
from synthdeal_assets.datasets.spec.expressions.tokens import DIALECT, UNITS, split_at_if, tokens_of
from synthdeal_assets.datasets.spec.expressions.tree import (
    And,
    Arithmetic,
    AsOf,
    Between,
    Branch,
    Call,
    Case,
    Cast,
    Compare,
    DatePart,
    DatePartName,
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
    TimeSpan,
    Wildcard,
    WrittenRule,
)

MAX_STEPS: Final = 64
"""How deep the tree may be, chains of AND, OR and || apart."""
_LARGEST: Final = Decimal("1e18")

_ARITHMETIC: Final = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_COMPARISONS: Final = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_CALLS: Final[Mapping[type[exp.Expr], tuple[Function, int, int]]] = {
    exp.Coalesce: (Function.COALESCE, 1, 99),
    exp.Least: (Function.LEAST, 1, 99),
    exp.Greatest: (Function.GREATEST, 1, 99),
    exp.Round: (Function.ROUND, 1, 2),
    exp.Floor: (Function.FLOOR, 1, 1),
    exp.Ceil: (Function.CEIL, 1, 1),
    exp.Abs: (Function.ABS, 1, 1),
    exp.Lower: (Function.LOWER, 1, 1),
    exp.Upper: (Function.UPPER, 1, 1),
    exp.Trim: (Function.TRIM, 1, 1),
    exp.Concat: (Function.CONCAT, 1, 99),
    exp.Length: (Function.LENGTH, 1, 1),
    exp.Substring: (Function.SUBSTRING, 2, 3),
}
"""What each is called with, at least and at most."""
_PARTS: Final = {
    exp.Year: DatePartName.YEAR,
    exp.Quarter: DatePartName.QUARTER,
    exp.Month: DatePartName.MONTH,
    exp.Week: DatePartName.WEEK,
    exp.Day: DatePartName.DAY,
    exp.DayOfMonth: DatePartName.DAY,
    exp.DayOfWeek: DatePartName.WEEKDAY,
    exp.DayOfWeekIso: DatePartName.ISO_WEEKDAY,
    exp.Hour: DatePartName.HOUR,
    exp.Minute: DatePartName.MINUTE,
    exp.Second: DatePartName.SECOND,
}
_PART_NAMES: Final = {
    **{part.value: part for part in DatePartName},
    "dow": DatePartName.WEEKDAY,
    "weekday": DatePartName.WEEKDAY,
}
_REFUSED: Final[tuple[tuple[type[exp.Expr], str], ...]] = (
    (exp.Query, "subquery"),
    (exp.Exists, "subquery"),
    (exp.Window, "window"),
    (exp.Star, "star"),
    (exp.Cast, "cast"),
    (exp.Tuple, "list"),
    (exp.CurrentDate, "clock"),
    (exp.CurrentTimestamp, "clock"),
    (exp.CurrentTime, "clock"),
    (exp.Rand, "chance"),
    (exp.Count, "aggregate"),
    (exp.AggFunc, "aggregate"),
)
_CALLED: Final = {"now": "clock", "today": "clock", "get_current_timestamp": "clock", "random": "chance"}
_OPERATORS: Final[Mapping[type[exp.Expr], tuple[str, str]]] = {
    exp.IntDiv: ("//", "write floor(a / b)"),
    exp.Pow: ("^", "multiply the value by itself"),
    exp.ILike: ("ILIKE", "write lower(field) LIKE '…'"),
    exp.RegexpLike: ("~", "write LIKE with % and _"),
    exp.SimilarTo: ("SIMILAR TO", "write LIKE with % and _"),
    exp.NullSafeEQ: ("IS NOT DISTINCT FROM", "write a = b OR a IS NULL AND b IS NULL"),
    exp.NullSafeNEQ: ("IS DISTINCT FROM", "write a <> b, and IS NULL where it may be"),
    exp.Distinct: ("DISTINCT", "leave it out"),
    exp.Collate: ("COLLATE", "leave it out: texts are compared character by character"),
    exp.AtTimeZone: ("AT TIME ZONE", "give the field its time zone"),
    exp.BitwiseNot: ("~", "write NOT before a condition"),
    exp.If: ("IF", "put one after the condition of a rule, outside brackets, or write CASE WHEN … THEN … END"),
}
KNOWN_FUNCTIONS: Final = sorted(
    {function.value for function in Function if function is not Function.JOIN}
    | set(_PART_NAMES)
    | {"date", "cast", "extract", "date_diff"}
)


def parse_expression(text: str) -> Node:
    """The expression that a text says.

    Raises:
        ExpressionError: It is none, or holds something that is not in the subset.
    """
    tokens = tokens_of(text)
    if len(parts := split_at_if(tokens)) > 1:
        raise ExpressionError(
            f"{shown(text)} says IF, which only a rule may: write CASE WHEN … THEN … END.",
            code="datasets.expression-if",
            at=_start(parts[1], text),
        )
    return _parsed(tokens, text)


def parse_rule(text: str) -> WrittenRule:
    """The rule that a text says: `condition`, or `condition if condition`.

    Raises:
        ExpressionError: As of `parse_expression`.
    """
    parts = split_at_if(tokens_of(text))
    if len(parts) > 2 or not parts[-1]:
        raise ExpressionError(
            f"The rule {shown(text)} needs one condition after one IF: join conditions with AND.",
            code="datasets.rule-if",
            at=_start(parts[-1], text),
        )
    holds, *conditions = (_parsed(part, text) for part in parts)
    return WrittenRule(holds, conditions[0] if conditions else None)


def _start(tokens: list[Token], text: str) -> int:
    return tokens[0].start if tokens else len(text)


def _parsed(tokens: list[Token], text: str) -> Node:
    try:
        (found,) = DIALECT.parser().parse_into(exp.Condition, tokens, text)
        if found is None:
            raise ParseError("nothing was read")
    except (ParseError, RecursionError, ValueError) as error:
        at = _position(error, text)
        word = re.match(r"\w+|\S+", text[at:])
        raise ExpressionError(
            f"{shown(text)} cannot be read at {shown(word[0]) if word else 'its end'} (character {at + 1}): put an "
            "operator between two values and a value on both sides of an operator, close every bracket and CASE, and "
            "put names that are words of SQL into double quotes.",
            code="datasets.expression-syntax",
            at=at,
        ) from error
    return _TreeBuilder(text).node(found, 0)


def _position(error: Exception, text: str) -> int:
    """Where sqlglot stopped: it names the line, and the column at which the token ends."""
    known = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    line, column = known.get("line") or 1, known.get("col") or 1
    begins = sum(len(each) for each in text.splitlines(keepends=True)[: line - 1])
    return min(max(begins + column - len(known.get("highlight") or "."), 0), len(text))


class _TreeBuilder:
    """Makes our nodes of sqlglot's."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last = 0

    def node(self, found: exp.Expr, depth: int) -> Node:
        """One node and all below it."""
        at = self._last = _at(found, self._last)
        if depth > MAX_STEPS:
            raise ExpressionError(
                f"{shown(self._text)} takes more than {MAX_STEPS} steps one after the other: split it into several "
                "fields.",
                code="datasets.expression-steps",
                at=at,
            )
        kind, below = type(found), depth + 1
        if kind in _ARITHMETIC:
            return Arithmetic(_ARITHMETIC[kind], *self._both(found, below), at=at)
        if kind in _COMPARISONS:
            return Compare(_COMPARISONS[kind], *self._both(found, below), at=at)
        if kind in _CALLS:
            return self._call(found, below, at)
        if kind in _PARTS:
            return DatePart(_PARTS[kind], self.node(found.this, below), at=at)
        match found:
            case exp.Paren():
                return self.node(found.this, below)
            case exp.And() | exp.Or():
                items = tuple(self.node(each, below) for each in found.flatten())
                return (And if kind is exp.And else Or)(items, at=at)
            case exp.DPipe():
                joined = tuple(self.node(each, below) for each in found.flatten())
                return Call(Function.JOIN, joined, at=at)
            case exp.Not():
                return Not(self.node(found.this, below), at=at)
            case exp.Neg():
                return Negate(self.node(found.this, below), at=at)
            case exp.Literal():
                return Text(found.this, at=at) if found.is_string else self._number(found, at)
            case exp.Boolean():
                return FlagValue(bool(found.this), at=at)
            case exp.Null():
                return Null(at=at)
            case exp.Column() | exp.Dot():
                return self._path(found, at)
            case exp.Between():
                low, high = found.args["low"], found.args["high"]
                operand = self.node(found.this, below)
                return Between(operand, self.node(low, below), self.node(high, below), at=at)
            case exp.In():
                return self._in(found, below, at)
            case exp.Case():
                return self._case(found, below, at)
            case exp.Is():
                return self._is(found, below, at)
            case exp.Interval():
                return self._span(found, below, at)
            case _:
                return self._of_dates_and_likes(found, below, at)

    def _of_dates_and_likes(self, found: exp.Expr, depth: int, at: int) -> Node:
        if type(found) is exp.Like:
            return self._like(found, None, depth, at)
        if type(found) is exp.Escape and type(found.this) is exp.Like:
            return self._like(found.this, found.expression, depth, at)
        if type(found) is exp.Cast:
            return self._cast(found, depth, at)
        if type(found) is exp.Date and list(_given(found)) == [found.this]:
            return Cast(self.node(found.this, depth), Kind.DATE, at=at)
        if type(found) is exp.Extract:
            return self._part(found.this.name, found.expression, depth, at)
        if type(found) is exp.DateDiff and found.text("unit").upper() == "DAY":
            later, earlier = self._both(found, depth)
            return DaysBetween(Cast(later, Kind.DATE, at=later.at), Cast(earlier, Kind.DATE, at=earlier.at), at=at)
        if type(found) is exp.Anonymous and len(found.expressions) <= 2:
            *named, operand = found.expressions or [None]
            name = named[0].name if named and found.name.lower() == "date_part" else "" if named else found.name
            if operand is not None and name.lower() in _PART_NAMES:
                return self._part(name, operand, depth, at)
        raise self._refusal(found, at)

    def _both(self, found: exp.Expr, depth: int) -> tuple[Node, Node]:
        return self.node(found.this, depth), self.node(found.expression, depth)

    def _number(self, found: exp.Expr, at: int) -> Number:
        if (value := Decimal(found.this)) >= _LARGEST or len(found.this) > 40:
            raise ExpressionError(
                f"{shown(found.this)} is too large or too long a number: write one below 10^18, of up to 40 digits.",
                code="datasets.expression-number",
                at=at,
            )
        return Number(value, at=at)

    def _path(self, found: exp.Column | exp.Dot, at: int) -> Node:
        inside = list(found.walk())
        for each in inside:
            if not isinstance(each, exp.Column | exp.Dot | exp.Identifier):
                raise self._refusal(each, at)
        names = tuple(each.name for each in found.parts if isinstance(each, exp.Identifier))
        return AsOf(at=at) if names == ("as_of",) else Path(names, at=at)

    def _call(self, found: exp.Expr, depth: int, at: int) -> Node:
        function, fewest, most = _CALLS[type(found)]
        given = list(_given(found))
        allowed = {"this", "expression", "expressions", "decimals", "start", "length"}
        odd = [name for name, value in found.args.items() if name not in allowed and isinstance(value, exp.Expr)]
        if odd or found.args.get("position") or not fewest <= len(given) <= most:
            takes = f"{fewest}" if fewest == most else f"at least {fewest}" if most > 9 else f"{fewest} or {most}"
            raise ExpressionError(
                f"{function.value} takes {takes} value{'' if takes == '1' else 's'} in brackets and nothing else: "
                f"correct it at character {at + 1} of {shown(self._text)}.",
                code="datasets.expression-arguments",
                at=at,
            )
        return Call(function, tuple(self.node(each, depth) for each in given), at=at)

    def _part(self, name: str, operand: exp.Expr, depth: int, at: int) -> Node:
        if (part := _PART_NAMES.get(name.lower())) is None:
            raise ExpressionError(
                f"{shown(name)} cannot be taken out of a date: take {', '.join(each.value for each in DatePartName)}.",
                code="datasets.expression-date-part",
                at=at,
            )
        return DatePart(part, self.node(operand, depth), at=at)

    def _in(self, found: exp.Expr, depth: int, at: int) -> Node:
        if any(found.args.get(name) for name in ("query", "unnest")):
            raise CONSTRUCTS["subquery"](shown("IN (SELECT …)"), at)
        if found.args.get("field") or not found.expressions:
            raise ExpressionError(
                "IN needs a list in brackets with at least one value, such as stage IN ('Won', 'Lost').",
                code="datasets.expression-in",
                at=at,
            )
        items = tuple(self.node(each, depth) for each in found.expressions)
        return In(self.node(found.this, depth), items, at=at)

    def _case(self, found: exp.Expr, depth: int, at: int) -> Node:
        subject = found.this and self.node(found.this, depth)
        branches = []
        for each in found.args["ifs"]:
            when, begins = self.node(each.this, depth), _at(each, at)
            condition = when if subject is None else Compare("=", subject, when, at=when.at)
            branches.append(Branch(condition, self.node(each.args["true"], depth), at=begins))
        otherwise = found.args.get("default")
        return Case(tuple(branches), Null(at=at) if otherwise is None else self.node(otherwise, depth), at=at)

    def _is(self, found: exp.Expr, depth: int, at: int) -> Node:
        operand, asked = self.node(found.this, depth), found.expression
        if isinstance(asked, exp.Null):
            return IsNull(operand, at=at)
        if isinstance(asked, exp.Boolean):
            return IsFlag(operand, bool(asked.this), at=at)
        raise ExpressionError(
            f"IS asks for NULL, TRUE or FALSE alone: at character {at + 1} of {shown(self._text)} compare with =.",
            code="datasets.expression-is",
            at=at,
        )

    def _span(self, found: exp.Expr, depth: int, at: int) -> Node:
        unit, count = UNITS.get(found.text("unit").lower()), found.this
        if isinstance(count, exp.Literal) and count.is_string:
            count = exp.Literal.number(count.name) if re.fullmatch(r"\d{1,9}(\.\d+)?", count.name.strip()) else None
        if unit is None or count is None:
            raise ExpressionError(
                f"The span of time at character {at + 1} of {shown(self._text)} is not one number and one unit: write "
                "it as in 30 days; units are seconds, minutes, hours, days, weeks, months and years.",
                code="datasets.expression-span",
                at=at,
            )
        return TimeSpan(self.node(count, depth), unit, at=at)

    def _cast(self, found: exp.Expr, depth: int, at: int) -> Node:
        wanted = found.args["to"].this
        if isinstance(found.this, exp.Literal) and found.this.is_string:
            if wanted is exp.DataType.Type.DATE:
                return DateValue(read_date(found.this.name, at), at=at)
            if wanted in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
                return DatetimeValue(read_datetime(found.this.name, at), at=at)
        kinds = {exp.DataType.Type.TEXT: Kind.TEXT, exp.DataType.Type.VARCHAR: Kind.TEXT}
        kind = Kind.DATE if wanted is exp.DataType.Type.DATE else kinds.get(wanted)
        if kind is None or found.args["to"].expressions:
            raise CONSTRUCTS["cast"](shown(f"cast(… AS {found.args['to'].sql()})"), at)
        return Cast(self.node(found.this, depth), kind, at=at)

    def _like(self, found: exp.Expr, escape: exp.Expr | None, depth: int, at: int) -> Node:
        pattern = found.expression
        sign = escape.name if isinstance(escape, exp.Literal) and escape.is_string else None
        if not (isinstance(pattern, exp.Literal) and pattern.is_string) or (
            escape is not None and len(sign or "") != 1
        ):
            raise ExpressionError(
                f"LIKE at character {at + 1} of {shown(self._text)} needs a pattern in quotes and, after ESCAPE, one "
                "character in quotes, such as code LIKE 'A!_%' ESCAPE '!'.",
                code="datasets.expression-like",
                at=at,
            )
        like = Like(self.node(found.this, depth), tuple(_pieces(pattern.name, sign, at)), at=at)
        return Not(like, at=at) if found.args.get("negate") else like

    def _refusal(self, found: exp.Expr, at: int) -> ExpressionError:
        written = re.match(r"\w+\s*(?=\()", self._text[at:])
        name = written[0].strip() if written else found.name if isinstance(found, exp.Anonymous) else ""
        construct = next((word for kind, word in _REFUSED if isinstance(found, kind)), None)
        construct = _CALLED.get(name.lower(), construct)
        if type(found) in _OPERATORS:
            operator, instead = _OPERATORS[type(found)]
            return ExpressionError(
                f"{operator} is not part of expressions: {instead}.", code="datasets.expression-operator", at=at
            )
        if construct is not None:
            star = isinstance(found, exp.Star)
            return CONSTRUCTS[construct](shown("*" if star else name or self._text[at:]), at)
        if isinstance(found, exp.Func):
            name = name or found.sql_name().lower()
            near = process.extractOne(name.lower(), KNOWN_FUNCTIONS, score_cutoff=75)
            return ExpressionError(
                f"There is no function {shown(name)}: {f'did you mean {near[0]}? The functions are' if near else 'use'}"
                f" {', '.join(KNOWN_FUNCTIONS)}.",
                code="datasets.expression-function",
                at=at,
            )
        return ExpressionError(
            f"{shown(self._text[at:])} is SQL that no expression may contain ({type(found).__name__}): use arithmetic, "
            "comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, CASE and the functions listed.",
            code="datasets.expression-unsupported",
            at=at,
        )


def read_date(text: str, at: int) -> date:
    """A date as 2025-01-31.

    Raises:
        ExpressionError: There is no such day.
    """
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else date.min.replace(day=0)
    except ValueError:
        raise ExpressionError(
            f"{shown(text)} is no date: write one that exists as year-month-day, such as 2025-01-31.",
            code="datasets.expression-date",
            at=at,
        ) from None


def read_datetime(text: str, at: int) -> datetime:
    """A date with a time as 2025-01-31 09:30 or 2025-01-31T09:30:00; a date alone is its midnight.

    Raises:
        ExpressionError: There is no such time.
    """
    day, _, time = text.replace("T", " ").partition(" ")
    read = datetime.combine(read_date(day, at), datetime.min.time())
    if not time:
        return read
    try:
        if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", time):
            raise ValueError(time)
        return datetime.fromisoformat(f"{day} {time}")
    except ValueError:
        raise ExpressionError(
            f"{shown(text)} is no date with a time: write one as 2025-01-31 09:30:00.",
            code="datasets.expression-datetime",
            at=at,
        ) from None


def _at(found: exp.Expr, last: int) -> int:
    """Where a node of sqlglot begins: it knows this of names, numbers, texts and functions; else after the last one."""
    return min((each.meta["start"] for each in found.walk() if "start" in each.meta), default=last)


def _given(found: exp.Expr) -> Iterator[exp.Expr]:
    for value in found.args.values():
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, exp.Expr):
                yield each


def _pieces(pattern: str, escape: str | None, at: int) -> Iterator[Text | Wildcard]:
    signs = iter(pattern)
    for sign in signs:
        if sign == escape:
            escaped = next(signs, None)
            if escaped is None:
                raise ExpressionError(
                    f"The pattern {shown(pattern)} ends with the escape character: put what it escapes after it.",
                    code="datasets.expression-escape",
                    at=at,
                )
            yield Text(escaped)
        else:
            yield Wildcard(sign) if sign in "%_" else Text(sign)

"""What an expression consists of: small frozen nodes, without anything of sqlglot, Polars or DuckDB.

How they are read, checked and compiled does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum


class Kind(Enum):
    """What values are of; the value is what a sentence calls it."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    TEXT = "a text"
    DATE = "a date"
    DATETIME = "a date with a time"
    FLAG = "true or false"
    NULL = "NULL"
    """Of the literal NULL alone, until it stands beside something."""


NUMBERS = frozenset({Kind.WHOLE, Kind.NUMBER})
DATES = frozenset({Kind.DATE, Kind.DATETIME})


class Unit(Enum):
    """Units of a span of time."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Function(Enum):
    """The functions, named as in SQL."""

    COALESCE = "coalesce"
    LEAST = "least"
    GREATEST = "greatest"
    ROUND = "round"
    FLOOR = "floor"
    CEIL = "ceil"
    ABS = "abs"
    LOWER = "lower"
    UPPER = "upper"
    TRIM = "trim"
    CONCAT = "concat"
    JOIN = "||"
    LENGTH = "length"
    SUBSTRING = "substring"


class DatePartName(Enum):
    """What can be taken out of a date, named as in DuckDB."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    WEEKDAY = "dayofweek"
    """Sunday is 0, as for DuckDB."""
    ISO_WEEKDAY = "isodow"
    """Monday is 1, Sunday 7."""
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of an expression.

    Attributes:
        at: Where it begins in the text, in characters from 0. Two nodes are equal wherever they stand.
    """

    at: int = field(default=0, compare=False, repr=False)

    def children(self) -> Iterator[Node]:
        """The nodes that this one is made of, from left to right."""
        for each in fields(self):
            value = getattr(self, each.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Node):
                    yield part

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()

    def replaced(self, change: Callable[[Node], Node | None]) -> Node:
        """This node with what `change` gives for it or for any below it; None leaves one as it is."""

        def of(value: object) -> object:
            if isinstance(value, tuple):
                return tuple(of(each) for each in value)
            return value.replaced(change) if isinstance(value, Node) else value

        instead = change(self)
        kept = {each.name: of(getattr(self, each.name)) for each in fields(self)}
        return replace(self, **kept) if instead is None else instead  # type: ignore[arg-type]  # each of its own type


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as it is written, never negative."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class FlagValue(Node):
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null(Node):
    """NULL, of the kind that its place asks for."""

    kind: Kind = Kind.NULL


@dataclass(frozen=True, slots=True)
class DateValue(Node):
    """A day."""

    value: date


@dataclass(frozen=True, slots=True)
class DatetimeValue(Node):
    """A day with a time, to the second, of no time zone."""

    value: datetime


@dataclass(frozen=True, slots=True)
class AsOf(Node):
    """The date on which the dataset stands; a check replaces it with that date."""


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A field, or one of another table that is reached through references: `account_id.country`.

    Attributes:
        parts: Names of fields; every one but the last is a reference.
        kind: What the field holds; None before the check.
    """

    parts: tuple[str, ...]
    kind: Kind | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class TimeSpan(Node):
    """A span of time, such as 30 days; only beside a date, where a check makes a `DateStep` of both."""

    count: Node
    unit: Unit


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """Minus one value."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`+ - * / %` of two numbers; before the check `+` and `-` may also be of dates."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`= <> < <= > >=`.

    Attributes:
        near: Whether two numbers that differ by no more than the error of calculating them count as equal.
    """

    operator: str
    left: Node
    right: Node
    near: bool = False


@dataclass(frozen=True, slots=True)
class Between(Node):
    """From the lowest to the highest value, both included."""

    operand: Node
    low: Node
    high: Node
    near: bool = False


@dataclass(frozen=True, slots=True)
class In(Node):
    """One of some constants."""

    operand: Node
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Like(Node):
    """LIKE a pattern of `%` and `_`.

    Attributes:
        pieces: The pattern: texts to be found as they are, and the wildcards `%` and `_` as `Wildcard`.
    """

    operand: Node
    pieces: tuple[Text | Wildcard, ...]


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    """`%`, any text, or `_`, any one character."""

    sign: str


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    """IS NULL."""

    operand: Node


@dataclass(frozen=True, slots=True)
class IsFlag(Node):
    """IS TRUE or IS FALSE: never NULL."""

    operand: Node
    value: bool


@dataclass(frozen=True, slots=True)
class Not(Node):
    """NOT."""

    operand: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of two or more."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of two or more."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """WHEN and THEN of a CASE."""

    condition: Node
    value: Node


@dataclass(frozen=True, slots=True)
class Case(Node):
    """The value of the first branch whose condition is true; NULL without ELSE is written out."""

    branches: tuple[Branch, ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of values."""

    function: Function
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """A text of a whole number or a date, the day of a date with a time, or midnight of a day.

    Attributes:
        given: Kind of the operand; None before the check.
    """

    operand: Node
    kind: Kind
    given: Kind | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DatePart(Node):
    """Year, month and so on of a date."""

    part: DatePartName
    operand: Node


@dataclass(frozen=True, slots=True)
class DateStep(Node):
    """A date plus a whole count of units; the day of a month that is too short becomes its last.

    Attributes:
        kind: DATE or DATETIME, as the operand.
    """

    operand: Node
    count: Node
    unit: Unit
    kind: Kind


@dataclass(frozen=True, slots=True)
class DaysBetween(Node):
    """Days from one date to a later one, negative if it is earlier; with parts of days if either has a time.

    Attributes:
        kind: DATE or DATETIME of both operands; None before the check.
    """

    later: Node
    earlier: Node
    kind: Kind | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """What must hold, and where.

    Attributes:
        holds: The condition that must hold.
        condition: Rows in which it must; None for all.
    """

    holds: Node
    condition: Node | None = None


def paths(expression: Node) -> tuple[Path, ...]:
    """The fields that an expression reads, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(node for node in expression.walk() if isinstance(node, Path)))


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression that was checked, and what its values are of."""

    tree: Node
    kind: Kind


@dataclass(frozen=True, slots=True)
class TypedRule:
    """A rule that was checked: two conditions.

    Attributes:
        holds: What must hold.
        condition: Where it must; None for all rows.
    """

    holds: Typed
    condition: Typed | None

    @property
    def held(self) -> Typed:
        """TRUE or FALSE for every row, never NULL.

        As for a CHECK of SQL, a rule is broken only where it is false: one that compares with NULL is held. A row
        whose condition is NULL is none that the rule is about.
        """
        kept = Not(IsFlag(self.holds.tree, value=False))
        if self.condition is None:
            return Typed(kept, Kind.FLAG)
        return Typed(Or((Not(IsFlag(self.condition.tree, value=True)), kept)), Kind.FLAG)

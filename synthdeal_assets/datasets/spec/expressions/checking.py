"""Whether an expression's fields exist and its operands go together, said before anything runs.

What comes out has kinds everywhere and nothing left to guess, so that both engines are told the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from rapidfuzz import process

from synthdeal_assets.datasets.spec.expressions.parsing import read_date, read_datetime
from synthdeal_assets.datasets.spec.expressions.refusals import ExpressionError, called, shown
from synthdeal_assets.datasets.spec.expressions.tree import (
    DATES,
    NUMBERS,
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
    TimeSpan,
    Typed,
    TypedRule,
    Unit,
    WrittenRule,
)

TypeOf = Callable[[Path], Kind | None]
"""The kind of a field; None where there is no such field."""

MAX_WRITTEN: Final = 20_000
"""Steps that an expression may take when what is needed twice is written twice."""
MAX_SPAN: Final = {
    Unit.SECOND: 10**9,
    Unit.MINUTE: 10**8,
    Unit.HOUR: 10**7,
    Unit.DAY: 10**6,
    Unit.WEEK: 10**5,
    Unit.MONTH: 30_000,
    Unit.YEAR: 2_500,
}
_CLOCK: Final = frozenset({Unit.SECOND, Unit.MINUTE, Unit.HOUR})
TIMES: Final = frozenset({Kind.DATETIME})
TEXTS: Final = frozenset({Kind.TEXT})
FLAGS: Final = frozenset({Kind.FLAG})
WRITABLE: Final = frozenset({*NUMBERS, *DATES, Kind.TEXT})
DAY: Final = len("2025-01-31")
_NEAREST: Final = 70
"""Likeness in percent from which a name is offered."""
_CONSTANTS: Final = (Number, Text, FlagValue, DateValue, DatetimeValue)


def check(expression: Node, type_of: TypeOf, *, as_of: date | None = None, known: Iterable[str] = ()) -> Typed:
    """The expression with every kind known.

    Args:
        expression: As it was read.
        type_of: What each field holds.
        as_of: What `as_of` stands for; None where the dataset gives none.
        known: Fields and paths that an unknown one may have meant.

    Raises:
        ExpressionError: A field does not exist, or an operand is of a kind that does not fit.
    """
    checked = _Check(type_of, as_of, tuple(known)).typed(expression)
    if _written(checked.tree) > MAX_WRITTEN:
        raise ExpressionError(
            "The expression repeats long parts inside each other too often, as CASE, round and / do: split it into "
            "several fields.",
            code="datasets.expression-repeats",
            at=expression.at,
        )
    return checked


def check_condition(
    expression: Node, type_of: TypeOf, *, as_of: date | None = None, known: Iterable[str] = ()
) -> Typed:
    """The same of an expression that must be a condition, such as a `when` or a `where`.

    Raises:
        ExpressionError: As of `check`, or the expression is no condition.
    """
    checked = check(expression, type_of, as_of=as_of, known=known)
    if checked.kind is Kind.NULL:
        return Typed(Null(Kind.FLAG), Kind.FLAG)
    if checked.kind is not Kind.FLAG:
        raise ExpressionError(
            f"{called(expression)} is {checked.kind.value} and no condition: compare it with something.",
            code="datasets.expression-no-condition",
            at=expression.at,
        )
    return checked


def check_rule(
    rule: WrittenRule, type_of: TypeOf, *, as_of: date | None = None, known: Iterable[str] = ()
) -> TypedRule:
    """The rule with every kind known; raises as `check_condition`."""
    known = tuple(known)
    holds, *conditions = (
        check_condition(each, type_of, as_of=as_of, known=known)
        for each in (rule.holds, rule.condition)
        if each is not None
    )
    return TypedRule(holds, conditions[0] if conditions else None)


class _Check:
    """One pass over a tree, from the leaves up."""

    def __init__(self, type_of: TypeOf, as_of: date | None, known: Sequence[str]) -> None:
        self._type_of = type_of
        self._as_of = as_of
        self._known = known

    def typed(self, node: Node) -> Typed:
        """One node and all below it."""
        match node:
            case Number():
                return Typed(node, Kind.WHOLE if node.value == node.value.to_integral_value() else Kind.NUMBER)
            case Text():
                return Typed(node, Kind.TEXT)
            case FlagValue():
                return Typed(node, Kind.FLAG)
            case Null():
                return Typed(node, node.kind)
            case DateValue():
                return Typed(node, Kind.DATE)
            case DatetimeValue():
                return Typed(node, Kind.DATETIME)
            case AsOf():
                return Typed(self._date_of_dataset(node), Kind.DATE)
            case Path():
                return self._path(node)
            case Negate():
                operand = self._of(node.operand, NUMBERS, "have a minus sign")
                return Typed(replace(node, operand=operand.tree), _number_kind([operand]))
            case Arithmetic():
                return self._arithmetic(node)
            case Compare():
                left, right = self._alike([node.left, node.right], "be compared with")
                near = _near(left, right)
                return Typed(replace(node, left=left.tree, right=right.tree, near=near), Kind.FLAG)
            case Between():
                operand, low, high = self._alike([node.operand, node.low, node.high], "be compared with")
                near = _near(operand, low) or _near(operand, high)
                checked = replace(node, operand=operand.tree, low=low.tree, high=high.tree, near=near)
                return Typed(checked, Kind.FLAG)
            case In():
                return self._in(node)
            case Like():
                operand = self._of(node.operand, TEXTS, "be compared by LIKE")
                return Typed(replace(node, operand=operand.tree), Kind.FLAG)
            case IsNull():
                (operand,) = self._alike([node.operand], "")
                return Typed(replace(node, operand=operand.tree), Kind.FLAG)
            case IsFlag() | Not():
                return Typed(replace(node, operand=self._condition(node.operand)), Kind.FLAG)
            case And() | Or():
                return Typed(replace(node, items=tuple(self._condition(each) for each in node.items)), Kind.FLAG)
            case Case():
                conditions = [self._condition(each.condition) for each in node.branches]
                *values, otherwise = self._alike(
                    [*(each.value for each in node.branches), node.otherwise], "stand beside"
                )
                branches = tuple(Branch(when, then.tree) for when, then in zip(conditions, values, strict=True))
                return Typed(replace(node, branches=branches, otherwise=otherwise.tree), _common(values, otherwise))
            case Call():
                return self._call(node)
            case Cast():
                return self._cast(node)
            case DatePart():
                wanted = TIMES if node.part in (DatePartName.HOUR, DatePartName.MINUTE, DatePartName.SECOND) else DATES
                operand = self._of(node.operand, wanted, f"give its {node.part.value}")
                return Typed(replace(node, operand=operand.tree), Kind.WHOLE)
            case DaysBetween():
                return self._days(self.typed(node.later), self.typed(node.earlier), node)
            case TimeSpan():
                raise ExpressionError(
                    f"A span of {node.unit.value}s stands alone: add it to a date or take it from one, such as as_of - "
                    "30 days.",
                    code="datasets.expression-span-alone",
                    at=node.at,
                )
            case _:
                raise TypeError(node)

    def _date_of_dataset(self, node: AsOf) -> DateValue:
        if self._as_of is None:
            raise ExpressionError(
                "as_of is used, but the specification gives none: add a line such as as_of: 2026-11-28.",
                code="datasets.expression-no-as-of",
                at=node.at,
            )
        return DateValue(self._as_of, at=node.at)

    def _path(self, node: Path) -> Typed:
        if (kind := self._type_of(node)) is not None:
            return Typed(replace(node, kind=kind), kind)
        near = process.extractOne(str(node), self._known, score_cutoff=_NEAREST)
        remedy = f"did you mean {shown(near[0])}" if near else "name one of this table or one behind a reference"
        raise ExpressionError(
            f"There is no field {shown(str(node))}: {remedy}, or is it a text and belongs in single quotes?",
            code="datasets.expression-unknown-field",
            at=node.at,
        )

    def _arithmetic(self, node: Arithmetic) -> Typed:
        if node.operator in "+-":
            for span, other in ((node.right, node.left), (node.left, node.right)):
                if (
                    isinstance(span, TimeSpan)
                    and not isinstance(other, TimeSpan)
                    and (node.operator == "+" or span is node.right)
                ):
                    return self._step(self.typed(other), other, span, self.typed(span.count), node)
        left, right = self.typed(node.left), self.typed(node.right)
        if node.operator == "-" and {left.kind, right.kind} & DATES and {left.kind, right.kind} <= DATES | {Kind.TEXT}:
            return self._days(left, right, node)
        if node.operator in "+-" and left.kind in DATES and right.kind in NUMBERS:
            return self._step(left, node.left, TimeSpan(node.right, Unit.DAY, at=node.right.at), right, node)
        if node.operator == "+" and left.kind in NUMBERS and right.kind in DATES:
            return self._step(right, node.right, TimeSpan(node.left, Unit.DAY, at=node.left.at), left, node)
        doing = f"be used with {node.operator}"
        left, right = _one_of(left, node.left, NUMBERS, doing), _one_of(right, node.right, NUMBERS, doing)
        kind = Kind.NUMBER if node.operator == "/" else _number_kind([left, right])
        return Typed(replace(node, left=left.tree, right=right.tree), kind)

    @staticmethod
    def _step(dated: Typed, operand: Node, span: TimeSpan, count: Typed, node: Arithmetic) -> Typed:
        dated = _one_of(dated, operand, DATES, "have days or months added")
        if span.unit in _CLOCK and dated.kind is Kind.DATE:
            raise ExpressionError(
                f"{called(operand)} is a date without a time and has no {span.unit.value}s: add days, or use a field "
                "with a time.",
                code="datasets.expression-date-has-no-time",
                at=span.at,
            )
        count = _one_of(count, span.count, NUMBERS, "be a count")
        if isinstance(span.count, Number) and (count.kind is not Kind.WHOLE or span.count.value > MAX_SPAN[span.unit]):
            raise ExpressionError(
                f"{called(span.count)} {span.unit.value}s cannot be added: write a whole number of up to "
                f"{MAX_SPAN[span.unit]:,}.",
                code="datasets.expression-span-count",
                at=span.at,
            )
        if not isinstance(span.count, Number) and span.unit in (Unit.MONTH, Unit.YEAR):
            raise ExpressionError(
                f"How many {span.unit.value}s are added must be written as a number: {called(span.count)} can count "
                "days or weeks.",
                code="datasets.expression-span-calculated",
                at=span.at,
            )
        tree = count.tree if count.kind is Kind.WHOLE else Call(Function.ROUND, (count.tree,))
        steps = Negate(tree) if node.operator == "-" else tree
        return Typed(DateStep(dated.tree, steps, span.unit, dated.kind, at=node.at), dated.kind)

    @staticmethod
    def _days(later: Typed, earlier: Typed, node: Arithmetic | DaysBetween) -> Typed:
        written = (node.left, node.right) if isinstance(node, Arithmetic) else (node.later, node.earlier)
        last, first = _alike([later, earlier], written, "have a distance in days to")
        last, first = (
            _one_of(each, operand, DATES, "have a distance in days")
            for each, operand in zip((last, first), written, strict=True)
        )
        kind = Kind.WHOLE if last.kind is Kind.DATE else Kind.NUMBER
        return Typed(DaysBetween(last.tree, first.tree, last.kind, at=node.at), kind)

    def _in(self, node: In) -> Typed:
        operand, *items = self._alike([node.operand, *node.items], "be compared with")
        for item, written in zip(items, node.items, strict=True):
            if isinstance(item.tree, Null):
                raise ExpressionError(
                    "NULL in a list is equal to nothing: take it out, and add OR … IS NULL where you mean it.",
                    code="datasets.expression-null-in-list",
                    at=written.at,
                )
            inner = item.tree.operand if isinstance(item.tree, Negate | Cast) else item.tree
            if not isinstance(inner, _CONSTANTS):
                raise ExpressionError(
                    f"{called(written)} is no constant: compare with = and OR instead of IN.",
                    code="datasets.expression-in-constants",
                    at=written.at,
                )
        return Typed(replace(node, operand=operand.tree, items=tuple(item.tree for item in items)), Kind.FLAG)

    def _call(self, node: Call) -> Typed:
        function, given = node.function, node.arguments
        name = f"be given to {function.value}"
        if function in (Function.COALESCE, Function.LEAST, Function.GREATEST):
            alike = self._alike(given, "stand beside")
            return Typed(replace(node, arguments=tuple(each.tree for each in alike)), _common(alike))
        if function in (Function.ROUND, Function.FLOOR, Function.CEIL, Function.ABS):
            first = self._of(given[0], NUMBERS, name)
            digits = tuple(self._whole(each, -15, 15, function) for each in given[1:])
            rounds = function in (Function.FLOOR, Function.CEIL) or (
                function is Function.ROUND and not any(_constant(each) > 0 for each in digits)
            )
            kind = Kind.WHOLE if rounds else first.kind
            return Typed(replace(node, arguments=(first.tree, *digits)), kind)
        if function is Function.SUBSTRING:
            text = self._of(given[0], TEXTS, name).tree
            places = (
                self._whole(each, lowest, 10**6, function) for each, lowest in zip(given[1:], (1, 0), strict=False)
            )
            return Typed(replace(node, arguments=(text, *places)), Kind.TEXT)
        texts = tuple(self._of(each, TEXTS, name).tree for each in given)
        return Typed(replace(node, arguments=texts), Kind.WHOLE if function is Function.LENGTH else Kind.TEXT)

    def _whole(self, node: Node, lowest: int, highest: int, function: Function) -> Node:
        inner = node.operand if isinstance(node, Negate) else node
        if isinstance(inner, Number) and self.typed(inner).kind is Kind.WHOLE and lowest <= _constant(node) <= highest:
            return node
        raise ExpressionError(
            f"{called(node)} in {function.value} must be written as a whole number from {lowest} to {highest:,}.",
            code="datasets.expression-whole-number",
            at=node.at,
        )

    def _cast(self, node: Cast) -> Typed:
        if node.kind is Kind.DATE:
            operand = self._of(node.operand, DATES, "be turned into a date")
        else:
            operand = self._of(node.operand, WRITABLE, "be turned into a text")
        if node.kind is Kind.TEXT and operand.kind is Kind.NUMBER:
            raise ExpressionError(
                f"{called(node.operand)} may have decimals, which texts write in many ways: write "
                "cast(round(…) AS text).",
                code="datasets.expression-decimals-as-text",
                at=node.at,
            )
        return Typed(replace(node, operand=operand.tree, given=operand.kind), node.kind)

    def _condition(self, node: Node) -> Node:
        return self._of(node, FLAGS, "stand as a condition").tree

    def _of(self, node: Node, wanted: frozenset[Kind], doing: str) -> Typed:
        return _one_of(self.typed(node), node, wanted, doing)

    def _alike(self, nodes: Sequence[Node], doing: str) -> list[Typed]:
        return _alike([self.typed(node) for node in nodes], nodes, doing)


def _one_of(typed: Typed, node: Node, wanted: frozenset[Kind], doing: str) -> Typed:
    """The operand, which must be of one of these kinds: NULL becomes of one, a text where dates are wanted a date."""
    kind = next(each for each in Kind if each in wanted)
    if typed.kind is Kind.NULL or (isinstance(typed.tree, Text) and kind in DATES):
        typed = _fitted(typed, kind)
    if typed.kind not in wanted:
        takes = " or ".join(each.value for each in Kind if each in wanted and (each, wanted) != (Kind.WHOLE, NUMBERS))
        raise ExpressionError(
            f"{called(node)} is {typed.kind.value} and cannot {doing}: put {takes} there.",
            code="datasets.expression-kind",
            at=node.at,
        )
    return typed


def _alike(several: Sequence[Typed], nodes: Sequence[Node], doing: str) -> list[Typed]:
    """Operands that must be of one kind: NULL becomes of it, a text beside dates a date, a date beside times one."""
    kinds = [each.kind for each in several if each.kind is not Kind.NULL]
    if set(kinds) & DATES and set(kinds) <= DATES | {Kind.TEXT}:
        times = (
            each.kind is Kind.DATETIME or (isinstance(each.tree, Text) and len(each.tree.value) > DAY)
            for each in several
        )
        wanted = Kind.DATETIME if any(times) else Kind.DATE
    else:
        wanted = Kind.NUMBER if Kind.NUMBER in kinds and set(kinds) <= NUMBERS else next(iter(kinds), Kind.TEXT)
    fitted = [_fitted(each, wanted) for each in several]
    first = next((place for place, each in enumerate(several) if each.kind is not Kind.NULL), 0)
    for place, each in enumerate(fitted):
        if each.kind is not wanted and not {wanted, each.kind} <= NUMBERS:
            one, other = (
                (first, place)
                if place != first
                else (place, next(at for at, kind in enumerate(fitted) if kind.kind is wanted))
            )
            raise ExpressionError(
                f"{called(nodes[one])} is {several[one].kind.value} and cannot {doing} {called(nodes[other])}, which "
                f"is {several[other].kind.value}: put the same kind on both sides.",
                code="datasets.expression-kinds",
                at=nodes[other].at,
            )
    return fitted


def _fitted(typed: Typed, wanted: Kind) -> Typed:
    """The operand as the kind wanted, where nothing is lost by it; else as it is."""
    tree = typed.tree
    if typed.kind is Kind.NULL:
        return Typed(Null(wanted), wanted)
    if isinstance(tree, Text) and wanted is Kind.DATE:
        return Typed(DateValue(read_date(tree.value, tree.at), at=tree.at), wanted)
    if isinstance(tree, Text) and wanted is Kind.DATETIME:
        return Typed(DatetimeValue(read_datetime(tree.value, tree.at), at=tree.at), wanted)
    if typed.kind is Kind.DATE and wanted is Kind.DATETIME:
        return Typed(Cast(tree, Kind.DATETIME, Kind.DATE, at=tree.at), wanted)
    return typed


def _number_kind(operands: Iterable[Typed]) -> Kind:
    return Kind.WHOLE if all(each.kind is Kind.WHOLE for each in operands) else Kind.NUMBER


def _common(several: Sequence[Typed], *more: Typed) -> Kind:
    kinds = {each.kind for each in (*several, *more)}
    return Kind.NUMBER if Kind.NUMBER in kinds else next(iter(kinds))


def _near(left: Typed, right: Typed) -> bool:
    """Whether a comparison is of numbers of which one was calculated with decimals."""
    if left.kind not in NUMBERS or (left.kind is Kind.WHOLE and right.kind is Kind.WHOLE):
        return False
    return any(isinstance(node, Arithmetic | DaysBetween) for side in (left, right) for node in side.tree.walk())


def _constant(node: Node) -> Decimal:
    if isinstance(node, Negate):
        return -_constant(node.operand)
    assert isinstance(node, Number)  # noqa: S101  # `_whole` lets nothing else through
    return node.value


def _written(node: Node) -> int:
    """How many steps it takes when written out: what is needed twice counts twice."""
    twice = (
        (isinstance(node, Arithmetic) and node.operator in "/%")
        or (isinstance(node, Compare) and node.near)
        or isinstance(node, Between)
        or (isinstance(node, Call) and node.function in (Function.ROUND, Function.COALESCE))
    )
    times = (
        4
        if isinstance(node, Between) and node.near
        else 3
        if isinstance(node, Arithmetic) and twice
        else 2
        if twice
        else 1
    )
    return 1 + times * sum(_written(child) for child in node.children())

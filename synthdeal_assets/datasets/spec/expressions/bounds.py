"""A rule as bounds of one field, so that the field's draw can keep the rule by construction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from synthdeal_assets.datasets.spec.expressions.tree import (
    NUMBERS,
    And,
    Arithmetic,
    Between,
    Compare,
    DateStep,
    DaysBetween,
    Kind,
    Negate,
    Node,
    Not,
    Number,
    Or,
    Path,
    Typed,
    TypedRule,
    Unit,
    paths,
)

_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}
_UNDONE: Final = {"+": "-", "-": "+", "*": "/", "/": "*"}
_EXACT_UNITS: Final = frozenset({Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.DAY, Unit.WEEK})


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound of a field's values: `field operator bound`, in the rows of the condition.

    Attributes:
        operator: `<`, `<=`, `>`, `>=` or `=`.
        bound: What the field is bounded by; NULL in a row bounds nothing there.
        condition: Rows that it holds for; None for all.
    """

    operator: str
    bound: Typed
    condition: Typed | None


def conjuncts(rule: TypedRule) -> tuple[TypedRule, ...]:
    """A rule of conditions joined with AND as one rule for each; all of them hold exactly where it holds."""
    return tuple(TypedRule(Typed(each, Kind.FLAG), rule.condition) for each in _conjuncts(rule.holds.tree))


def bounds_of(rule: TypedRule, field: Path) -> tuple[Bound, ...] | None:
    """The bounds that a rule sets to a field.

    A field that stands in a sum, a difference, a product with a number that is not 0, or a date plus days is brought
    to one side first: `created_on + 10 days <= close_date` bounds `created_on` by `close_date - 10 days`.

    Returns:
        Bounds that hold exactly where the rule does. None where the rule cannot be turned so: the field is not in it,
        stands on both sides, within a function, in the condition, beside OR, or a part is not about the field.
    """
    if rule.condition is not None and field in paths(rule.condition.tree):
        return None
    found: list[Bound] = []
    for each in _conjuncts(rule.holds.tree):
        if not isinstance(each, Compare) or (isolated := _isolated(each, field)) is None or isolated[0] == "<>":
            return None
        found.append(Bound(*isolated, rule.condition))
    return tuple(found)


def _conjuncts(node: Node) -> Iterator[Node]:
    match node:
        case And():
            for item in node.items:
                yield from _conjuncts(item)
        case Between():
            for operator, side in ((">=", node.low), ("<=", node.high)):
                yield Compare(operator, node.operand, side, node.near, at=node.at)
        case Not(operand=Compare() as compared):
            yield replace(compared, operator=_OPPOSITE[compared.operator])
        case Not(operand=Not(operand=inner)):
            yield from _conjuncts(inner)
        case Not(operand=Or(items=items)):
            for item in items:
                yield from _conjuncts(Not(item))
        case _:
            yield node


def _isolated(compare: Compare, field: Path) -> tuple[str, Typed] | None:
    """The operator and the bound, with the field alone on the left."""
    operator, side, other = compare.operator, compare.left, compare.right
    if field in paths(other):
        operator, side, other = _FLIPPED[operator], other, side
    if field in paths(other) or field not in paths(side):
        return None
    while not isinstance(side, Path):
        moved = _moved(side, other, field)
        if moved is None:
            return None
        side, other, flips = moved
        operator = _FLIPPED[operator] if flips else operator
    return operator, Typed(other, _bound_kind(side, other))


def _moved(side: Node, other: Node, field: Path) -> tuple[Node, Node, bool] | None:
    """One step of bringing the field to one side: what is left of its side, the other side, whether the sign turns."""
    match side:
        case Negate():
            return side.operand, Negate(other), True
        case Arithmetic(operator="%"):
            return None
        case Arithmetic(left=left, right=right):
            if field in paths(left):
                factor = _factor(right)
                if side.operator in "*/" and not factor:
                    return None
                return left, Arithmetic(_UNDONE[side.operator], other, right), side.operator in "*/" and factor < 0
            if side.operator == "+":
                return right, Arithmetic("-", other, left), False
            if side.operator == "-":
                return right, Arithmetic("-", left, other), True
            factor = _factor(left)
            return (right, Arithmetic("/", other, left), factor < 0) if side.operator == "*" and factor else None
        case DateStep(kind=Kind.DATE | Kind.DATETIME) if side.unit in _EXACT_UNITS and field not in paths(side.count):
            return side.operand, replace(side, operand=other, count=Negate(side.count)), False
        case DaysBetween(kind=Kind.DATE, later=later, earlier=earlier) if _is_whole(other):
            back = field in paths(earlier)
            count = Negate(other) if back else other
            kept, base = (earlier, later) if back else (later, earlier)
            if field in paths(base):
                return None
            return kept, DateStep(base, count, Unit.DAY, Kind.DATE), back
        case _:
            return None


def _factor(node: Node) -> float:
    """The number that is written; 0 where it is none, or zero."""
    if isinstance(node, Negate):
        return -_factor(node.operand)
    return float(node.value) if isinstance(node, Number) else 0.0


def _is_whole(node: Node) -> bool:
    inner = node.operand if isinstance(node, Negate) else node
    return (isinstance(inner, Number) and inner.value == inner.value.to_integral_value()) or (
        isinstance(inner, Path) and inner.kind is Kind.WHOLE
    )


def _bound_kind(field: Path, other: Node) -> Kind:
    """Numbers that were calculated are numbers; else a bound is of the field's kind."""
    assert field.kind is not None  # noqa: S101  # a checked path
    return Kind.NUMBER if field.kind in NUMBERS and not isinstance(other, Number | Path) else field.kind

"""What fields hold: kinds of values, and decimals of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from synthdeal_assets.datasets.spec import scalars
from synthdeal_assets.datasets.spec.dataset import COUNTED, DRAWN, maker
from synthdeal_assets.datasets.spec.expressions import (
    ExpressionError,
    Kind,
    Path,
    Typed,
    check,
    check_condition,
    parse_expression,
)
from synthdeal_assets.datasets.spec.expressions.tree import Arithmetic, Call, Function, Negate, Node, Number
from synthdeal_assets.datasets.spec.grammar import FieldSpec, Specification
from synthdeal_assets.datasets.spec.mistakes import Mistakes, as_clause
from synthdeal_assets.datasets.spec.references import References
from synthdeal_assets.datasets.types.catalogue import catalogue

USUAL_DECIMALS: Final = 2
"""Decimals of numbers drawn from a distribution whose specification names none."""

MOST_DECIMALS: Final = 9
"""Decimals of a formula from which on it has none of its own."""

LONGEST_PATH: Final = 8
"""Fields that a path may name, references included."""

_WHOLE: Final = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?")


class Kinds:
    """The kinds of all fields, found when they are asked for, and expressions checked by them."""

    def __init__(self, specification: Specification, references: References, mistakes: Mistakes) -> None:
        self._specification = specification
        self._tables = specification.tables
        self._references = references.found
        self._key_of = references.key_of
        self._mistakes = mistakes
        self._kinds: dict[tuple[str, str], Kind | None] = {}
        self._places: dict[tuple[str, str], int | None] = {}

    def of(self, table: str, name: str) -> Kind | None:
        """What a field holds; a number where only a circle of formulas tells."""
        if (table, name) in self._kinds and self._kinds[table, name] is None:
            self._mistakes.add(
                ("tables", table, "fields", name),
                f"`{name}` of `{table}` is worked out from itself: give it, or what it needs, a value of its own.",
            )
            return Kind.NUMBER
        if (table, name) not in self._kinds:
            self._kinds[table, name] = None
            spec = self._tables[table].fields.get(name)
            # A field that is not declared is the one of the life cycle.
            self._kinds[table, name] = Kind.TEXT if spec is None else self._found_kind(table, name, spec)
        return self._kinds[table, name]

    def _found_kind(self, table: str, name: str, spec: FieldSpec) -> Kind:  # noqa: PLR0911  # one for each generator
        match maker(spec):
            case "type":
                known = catalogue().get(spec.type or "")
                return Kind.TEXT if known is None else known.kind
            case "key":
                return Kind.WHOLE if spec.key == "integer" else Kind.TEXT
            case "one_of":
                return kind_of_texts(spec.one_of or ())
            case "flag":
                return Kind.FLAG
            case "date":
                return Kind.DATE
            case "datetime" | "time_of":
                return Kind.DATETIME
            case "formula":
                found = self.formula(table, name, spec)
                return Kind.NUMBER if found is None else found.kind
            case "refers_to":
                key = self._key_of(spec.refers_to or "")
                return (key and self.of(spec.refers_to or "", key)) or Kind.TEXT
            case "roll_up":
                return self._kind_of_roll_up(spec)
            case made_by if made_by in COUNTED:
                return Kind.WHOLE
            case made_by if made_by in DRAWN or made_by == "series":
                return Kind.WHOLE if decimals_of(spec) == 0 else Kind.NUMBER
            case _:
                return Kind.TEXT

    def _kind_of_roll_up(self, spec: FieldSpec) -> Kind:
        of, _, name = (spec.roll_up.of if spec.roll_up else "").partition(".")
        if spec.roll_up is None or spec.roll_up.how == "count":
            return Kind.WHOLE
        if spec.roll_up.how == "mean":
            return Kind.NUMBER
        if of not in self._tables or name not in self._tables[of].fields:
            return Kind.NUMBER
        return self.of(of, name) or Kind.NUMBER

    def type_of(self, table: str) -> Callable[[Path], Kind | None]:
        """For a table, the kind of a field behind references; None where there is no such field."""

        def kind(path: Path) -> Kind | None:
            at = table
            if len(path.parts) > LONGEST_PATH:
                return None
            for name in path.parts[:-1]:
                reference = self._references.get((at, name))
                if reference is None:
                    return None
                at = reference.target
            last = path.parts[-1]
            return self.of(at, last) if self._has(at, last) else None

        return kind

    def _has(self, table: str, name: str) -> bool:
        lifecycle = self._tables[table].lifecycle
        return name in self._tables[table].fields or (lifecycle is not None and lifecycle.field == name)

    def known(self, table: str) -> list[str]:
        """Fields and paths that an expression over a table may name."""
        behind = [
            f"{name}.{field_name}"
            for (at, name), reference in self._references.items()
            if at == table
            for field_name in self._tables[reference.target].fields
        ]
        return [*self._tables[table].fields, *behind]

    def checked(
        self,
        table: str,
        at: tuple[object, ...],
        text: str,
        *,
        condition: bool = False,
        called: str,
        change: Callable[[Node], Node | None] = lambda _node: None,
    ) -> Typed | None:
        """An expression over a table, parts of it replaced; None where it has mistakes, which are kept."""
        checking = check_condition if condition else check
        try:
            return checking(
                parse_expression(text).replaced(change),
                self.type_of(table),
                as_of=self._specification.as_of,
                known=self.known(table),
            )
        except ExpressionError as error:
            self._mistakes.add(at, f"in {called} of `{at[3] if len(at) > 4 else table}`, {as_clause(error)}")
            return None

    def formula(self, table: str, name: str, spec: FieldSpec) -> Typed | None:
        """The formula of a field; None where it has mistakes."""
        return self.checked(table, ("tables", table, "fields", name, "formula"), spec.formula or "", called="`formula`")

    def decimals(self, table: str, name: str) -> int | None:
        """Decimals of a field's numbers; of a formula or a sum those that the numbers behind it lead to."""
        if (table, name) not in self._places:
            self._places[table, name] = None
            self._places[table, name] = self._found_decimals(table, name)
        return self._places[table, name]

    def _found_decimals(self, table: str, name: str) -> int | None:
        spec = self._tables[table].fields[name]
        if spec.roll_up is not None and spec.decimals is None and spec.roll_up.how in ("sum", "min", "max"):
            of, _, behind = spec.roll_up.of.partition(".")
            known = of in self._tables and behind in self._tables[of].fields
            return self.decimals(of, behind) if known else None
        if spec.formula is not None and spec.decimals is None:
            try:
                written = parse_expression(spec.formula)
            except ExpressionError:
                return None
            places = self._decimals_in(table, written)
            return None if places is None or places > MOST_DECIMALS else places
        return decimals_of(spec) if self.of(table, name) is not Kind.WHOLE else 0

    def _decimals_in(self, table: str, node: Node) -> int | None:  # noqa: PLR0911  # one for each node
        """Most decimals that a number worked out so can have; None where there is no telling."""
        match node:
            case Number():
                return max(0, -exponent_of(node.value))
            case Path():
                try:
                    at, last = self._end_of(table, node)
                except KeyError:
                    return None
                return self.decimals(at, last)
            case Negate():
                return self._decimals_in(table, node.operand)
            case Arithmetic(operator="+" | "-" | "*"):
                sides = [self._decimals_in(table, side) for side in (node.left, node.right)]
                known = [side for side in sides if side is not None]
                if len(known) < len(sides):
                    return None
                return sum(known) if node.operator == "*" else max(known)
            case Call(function=Function.ROUND, arguments=(_, Number(value=places))):
                return int(places)
            case Call(function=Function.ROUND | Function.FLOOR | Function.CEIL):
                return 0
            case Call(function=Function.COALESCE | Function.LEAST | Function.GREATEST | Function.ABS):
                found = [self._decimals_in(table, each) for each in node.arguments]
                return None if None in found else max(each for each in found if each is not None)
            case _:
                return None

    def _end_of(self, table: str, path: Path) -> tuple[str, str]:
        for name in path.parts[:-1]:
            table = self._references[table, name].target
        self._tables[table].fields[path.parts[-1]]
        return table, path.parts[-1]


def decimals_of(spec: FieldSpec) -> int | None:
    """Decimals of a field's numbers; None where it has none of its own, 0 for whole numbers.

    Of a `uniform` without `decimals` those of its ends: `1 .. 6` is a die.
    """
    if spec.decimals is not None:
        return spec.decimals
    if spec.uniform is not None:
        return max(max(0, -exponent_of(end)) for end in spec.uniform)
    if spec.made_by in DRAWN or spec.made_by == "series":
        return USUAL_DECIMALS
    return 0 if spec.made_by in COUNTED else None


def exponent_of(number: Decimal) -> int:
    """The power of ten of a number's last digit: -2 of 1.25."""
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def kind_of_texts(texts: Iterable[str]) -> Kind:
    """What values of a list are of: whole numbers or numbers where all are, else texts; 007 is a text."""
    values = [*texts]
    if values and all(_WHOLE.fullmatch(each) for each in values):
        return Kind.WHOLE
    if values and all(_DECIMAL.fullmatch(each) for each in values):
        return Kind.NUMBER
    return Kind.TEXT


def number_text(written: str, kind: Kind) -> str:
    """How a number that a person wrote is called where values of a kind are: 2 among fractions is 2.0."""
    try:
        number = scalars.number(written)
    except ValueError:
        return written
    if kind is Kind.WHOLE:
        return str(int(number)) if number == int(number) else written
    return str(float(number))

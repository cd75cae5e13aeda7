"""A dataset as it is declared, every name in it known to refer to something.

How names are looked up belongs in `resolution.py`, what follows from them in `dependencies.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from synthdeal_assets.datasets.spec.expressions import Kind, Path, Typed, TypedRule
from synthdeal_assets.datasets.spec.grammar import FieldSpec, Specification, TableSpec, TotalSpec
from synthdeal_assets.datasets.types.semantic_type import SemanticType

USUAL_AS_OF: Final = date(2026, 1, 1)
"""The day on which a dataset stands whose specification names none: no clock is read."""

BLEMISHES: Final = "_blemishes"
"""The file that says what was made dirty, without its extension; names of tables begin with a letter."""

DUPLICATES: Final = "duplicates"
"""The kind of blemish that is a whole row; the others are as `FieldBlemishes` has them."""

DRAWN: Final = ("uniform", "normal", "lognormal", "exponential", "gamma", "beta", "empirical")
"""Generators of continuous numbers."""

COUNTED: Final = ("poisson", "geometric", "zipf")
"""Generators of whole numbers."""

DATED: Final = ("date", "datetime")


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that holds keys of a table.

    Attributes:
        table: The table that it stands in.
        field: Its name.
        target: The table that it refers to.
        parent: Whether the rows of its table are so many per row of the target, and it names that row.
        same: Fields of both tables whose values are equal in a row and the row that it refers to.
        own: Whether only rows of the target are referred to that refer to this row themselves, by their parent.
        earlier: Whether only earlier rows are referred to.
        distinct: The field of whose rows with equal values no two refer to the same row; None where they may.
    """

    table: str
    field: str
    target: str
    parent: bool
    same: tuple[str, ...] = ()
    own: bool = False
    earlier: bool = False
    distinct: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What the rows that a roll-up or a total puts together have in common: a field behind references, or its period.

    Attributes:
        path: The field.
        period: day, week, month, quarter or year of it; None for its value.
    """

    path: Path
    period: str | None = None


@dataclass(frozen=True, slots=True)
class RolledUp:
    """What a roll-up puts together.

    Attributes:
        how: sum, count, min, max or mean.
        of: The table of the children.
        field: Their field; None where they are counted.
        by: Their reference to the row.
        where: Which of them; None for all.
    """

    how: str
    of: str
    field: str | None
    by: Reference
    where: Typed | None


@dataclass(frozen=True)
class ResolvedField:
    """A field with everything that its names refer to.

    Attributes:
        table: Its table.
        name: Its name.
        spec: As it is declared.
        kind: What it holds.
        decimals: Decimals of a number; None where it has none of its own.
        line: Its line; None where the text is not known.
        type: Its semantic type.
        reference: What it refers to.
        formula: What it is calculated by.
        span: From where to where it is drawn, for dates.
        when: Rows in which it is there; None for all.
        roll_up: What it puts together.
        options: What modifies its type, such as the domain of an e-mail address.
        levels: Further expressions by what they are for, such as `level` of a series.
        named: For types that its type follows, fields of the table that are taken for them by their names.
        is_state: Whether it holds the state of the table's life cycle.
        time_of_state: The state of the life cycle that it is the time of, NULL in rows that never came to it.
    """

    table: str
    name: str
    spec: FieldSpec
    kind: Kind
    line: int | None = None
    decimals: int | None = None
    type: SemanticType | None = None
    reference: Reference | None = None
    formula: Typed | None = None
    span: tuple[Typed, Typed] | None = None
    when: Typed | None = None
    roll_up: RolledUp | None = None
    options: Mapping[str, Typed] = field(default_factory=dict)
    levels: Mapping[str, Typed] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    is_state: bool = False
    time_of_state: str | None = None

    @property
    def maker(self) -> str:
        """What makes it: its generator, `one_of` where a type has values of its own, `state` in a life cycle."""
        return "state" if self.is_state else maker(self.spec)

    @property
    def expressions(self) -> Iterator[Typed]:
        """All expressions over the row that its value depends on."""
        yield from (each for each in (self.formula, self.when) if each is not None)
        yield from self.span or ()
        yield from self.options.values()
        yield from self.levels.values()


@dataclass(frozen=True, slots=True)
class ResolvedRule:
    """A rule of a table.

    Attributes:
        text: As it is written.
        rule: What must hold.
        line: Its line.
    """

    text: str
    rule: TypedRule
    line: int | None


@dataclass(frozen=True, slots=True)
class ResolvedTotal:
    """What the values of a field come to.

    Attributes:
        spec: As it is declared.
        field: The field.
        groups: What its groups are formed by; empty where everything is one.
        line: Its line.
    """

    spec: TotalSpec
    field: str
    groups: tuple[Group, ...]
    line: int | None


@dataclass(frozen=True, slots=True)
class ResolvedCorrelation:
    """How strongly a field goes with another one.

    Attributes:
        field: The field that is drawn so.
        other: The one that it goes with, which is drawn before.
        value: The correlation.
        ranks: Whether it is that of the ranks, or Pearson's.
        line: Its line.
    """

    field: str
    other: Path
    value: Decimal
    ranks: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class ResolvedTable:
    """A table with everything that its names refer to.

    Attributes:
        name: Its name.
        spec: As it is declared.
        line: Its line.
        fields: Its fields, as they are declared.
        key: The fields that tell its rows apart; empty where nothing does.
        rules: What must hold in every row.
        totals: What its fields come to.
        correlations: What its fields go with.
        parent: The reference that its rows are `per`; None where it has a number of rows of its own.
    """

    name: str
    spec: TableSpec
    line: int | None
    fields: Mapping[str, ResolvedField]
    key: tuple[str, ...]
    rules: tuple[ResolvedRule, ...]
    totals: tuple[ResolvedTotal, ...]
    correlations: tuple[ResolvedCorrelation, ...]
    parent: Reference | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A specification whose names are known to refer to something.

    Attributes:
        specification: As it is written.
        tables: Its tables, as they are declared.
    """

    specification: Specification
    tables: Mapping[str, ResolvedTable]

    @property
    def stands_on(self) -> date:
        """The day on which ages are counted and after which nothing has happened."""
        return self.specification.as_of or USUAL_AS_OF

    def followed(self, table: str, path: Path) -> tuple[tuple[Reference, ...], ResolvedField]:
        """The references that a path of a table goes through, and the field that it ends in."""
        through: list[Reference] = []
        for name in path.parts[:-1]:
            reference = self.tables[table].fields[name].reference
            if reference is None:
                raise KeyError(str(path))
            through.append(reference)
            table = reference.target
        return tuple(through), self.tables[table].fields[path.parts[-1]]


def maker(spec: FieldSpec) -> str:
    """What makes a field: its generator, `one_of` where a type has values of its own."""
    return "one_of" if spec.one_of is not None else spec.made_by

"""What a promise is: one statement of a specification, how it is counted in DuckDB, and when it holds.

Which statements there are belongs in the modules of their families, counting them in `recount.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthdeal_assets.datasets.spec.dataset import Dataset, Reference, ResolvedField
from synthdeal_assets.datasets.spec.expressions import Path, Typed, to_duckdb
from synthdeal_assets.datasets.spec.grammar import RegularRows
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name

ROW = '"#row"'
"""The position of a row in its file, from 0. No field is called so, as names begin with a letter."""

ANYTHING = "*"
"""The measure that counts the rows."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted, and what it says of a promise.

    Attributes:
        measured: What was found, in words.
        against: How much speaks against the promise: rows, or what a count is off by; 0 where it holds.
        expected: What should have been found, where only counting tells; None for `Promise.expected`.
        keys: What speaks against it, where these are groups and not rows; five at most are shown.
    """

    measured: str
    against: int
    expected: str | None = None
    keys: tuple[str, ...] = ()


Judge = Callable[[Sequence[tuple[Any, ...]]], Counted]
"""From the rows of the query to the verdict. Shares and other arithmetic of whole numbers is done here, exactly."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One statement of a specification.

    It is counted by `measures` over the rows of its table, or by `statement`.

    Attributes:
        table: The table it is about.
        field: The field; None where it is about rows.
        line: Its line in the specification; None where the text is not known.
        kind: What sort of statement it is: rows, key, share, rule, ...
        sentence: What is promised.
        expected: What the count should be, in words.
        judge: What the count says.
        measures: Aggregates over the rows.
        joins: What they need beside the rows: joins, in this order.
        statement: A query of its own.
        broken: A condition that is true for rows against it; None where no single row is.
        shown: SQL of what is shown of such a row; None for the field.
    """

    table: str
    field: str | None
    line: int | None
    kind: str
    sentence: str
    expected: str
    judge: Judge
    measures: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    statement: str | None = None
    broken: str | None = None
    shown: str | None = None

    @property
    def looks_up(self) -> bool:
        """Whether each row is compared with what a query of its own gives, such as the known places."""
        return any("(SELECT " in measure.upper() for measure in self.measures)

    @property
    def query(self) -> str:
        """A query for DuckDB that counts it, over the views of `files.py`."""
        if self.statement is not None:
            return self.statement
        return f"SELECT {', '.join(self.measures)}\nFROM {rows_of(self.table, self.joins)}"


def rows_of(table: str, joins: Sequence[str]) -> str:
    """A table and its joins, to be put after FROM."""
    return "\n".join((sql_name(table), *joins))


@dataclass
class Reading:
    """The fields that the rows of a table see, as SQL, and the joins that it takes to reach them.

    Attributes:
        dataset: Whose tables they are.
        table: Where the rows stand.
        joins: The joins so far, each after those that it needs.
    """

    dataset: Dataset
    table: str
    joins: dict[str, None] = field(default_factory=dict)

    def sql(self, typed: Typed) -> str:
        """An expression over a row."""
        return to_duckdb(typed, self.column)

    def column(self, path: Path) -> str:
        """A field of the row or behind references, as an expression sees it: points in time by the local clock."""
        through, found = self.dataset.followed(self.table, path)
        return local(self.dataset, found, f"{self._follow(through)}.{sql_name(found.name)}")

    def own(self, name: str) -> str:
        """A field of the row itself, as it is stored."""
        return f"{sql_name(self.table)}.{sql_name(name)}"

    @property
    def row(self) -> str:
        """The position of the row."""
        return f"{sql_name(self.table)}.{ROW}"

    def referred(self, reference: Reference) -> str:
        """The row that a field refers to: its alias in the query."""
        return self._follow((reference,))

    def join(self, clause: str) -> None:
        """Add a join that is needed once."""
        self.joins[clause] = None

    def _follow(self, references: Sequence[Reference]) -> str:
        alias, before = sql_name(self.table), ""
        for reference in references:
            before = f"{before}.{reference.field}" if before else reference.field
            beyond = sql_name(f"of {before}")
            on = f"{beyond}.{sql_name(key_of(self.dataset, reference.target))} = {alias}.{sql_name(reference.field)}"
            self.join(f"LEFT JOIN {sql_name(reference.target)} AS {beyond} ON {on}")
            alias = beyond
        return alias


def key_of(dataset: Dataset, table: str) -> str:
    """The field that others refer to the rows of a table by."""
    fields = dataset.tables[table].fields
    return next((name for name, each in fields.items() if each.spec.key is not None), dataset.tables[table].key[0])


def local(dataset: Dataset, found: ResolvedField, column: str) -> str:
    """A stored column as the local clock shows it; only points in time of a calendar are stored otherwise."""
    zone = time_zone(dataset, found)
    return column if zone is None else f"timezone({sql_literal(zone)}, {column})"


def time_zone(dataset: Dataset, found: ResolvedField) -> str | None:
    """The time zone of a field that holds instants; None for all others."""
    if found.spec.made_by != "time_of":
        return None
    rows = dataset.tables[found.table].spec.rows
    return rows.time_zone if isinstance(rows, RegularRows) else None


def key_text(dataset: Dataset, table: str, alias: str | None = None) -> str:
    """SQL of what a row is called: its key, the parts of a composite one after each other, or its place in the file."""
    at = sql_name(alias or table)
    place = f"'row ' || ({at}.{ROW} + 1)"
    key = [f"CAST({at}.{sql_name(name)} AS VARCHAR)" for name in dataset.tables[table].key]
    if not key:
        return place
    return f"coalesce({key[0]}, {place})" if len(key) == 1 else f"concat_ws(', ', {', '.join(key)})"


def in_each_row(
    reading: Reading,
    of: ResolvedField | None,
    kind: str,
    sentence: str,
    broken: str,
    *,
    line: int | None = None,
    shown: str | None = None,
) -> Promise:
    """A promise about every row: none of them is `broken`."""
    return Promise(
        table=reading.table,
        field=None if of is None else of.name,
        line=line if of is None else of.line,
        kind=kind,
        sentence=sentence,
        expected="no row breaks it",
        judge=none_against,
        measures=(f"count(*) FILTER (WHERE {broken})",),
        joins=tuple(reading.joins),
        broken=broken,
        shown=shown,
    )


def none_against(rows: Sequence[tuple[Any, ...]]) -> Counted:
    """Whether a count of rows against a promise is 0."""
    against = int(rows[0][0] or 0)
    return Counted(f"{against:,} {'row breaks' if against == 1 else 'rows break'} it" if against else "none", against)


def called(of: ResolvedField) -> str:
    """A field in a sentence."""
    return f"`{of.name}` of {of.table}"

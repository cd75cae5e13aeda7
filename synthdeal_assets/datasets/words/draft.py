"""A plan while it is made: tables and fields, and for each the words of the request that it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from synthdeal_assets.datasets.words.times import Period

NOT_IN_ALL = "rows are counted in all, or for each row of another table"
"""Why a number of rows for a span of time is not read."""
REST = "rest"
"""The share of a value that takes what the others leave."""


@dataclass
class Doubt:
    """Something that the request leaves open, to be asked.

    Attributes:
        text: The question.
        default: What is taken without an answer.
        weight: How much it changes; the largest are asked.
        path: Where the answer goes.
        correction: The correction in words that an answer is, with {answer} in it; empty where there is none.
    """

    text: str
    default: str
    weight: int
    path: tuple[str, ...] = ()
    correction: str = ""


@dataclass(eq=False)
class FieldDraft:
    """A field, as far as it is known.

    Attributes:
        name: Its name.
        words: What it is called in the request.
        said: Lexemes that are in it.
        low: Least value.
        high: Greatest value.
        strict_low: Whether the least value itself is out.
        strict_high: Whether the greatest value itself is out.
        places: How many decimals its ends are written with.
        is_moment: Whether it is a point in time, whatever it is called, since something comes before or after it.
        is_day: Whether it holds days, whatever its name says.
        values: What it can be, with the share, "rest", or None.
        lognormal: Whether its values are skewed to the right, about the median or mean.
        follows: The field before it in time, and the days between them, at least and at most.
        when: The condition on which it is there, as a specification has it.
        typed: The semantic type that is said of it, whatever its name says.
    """

    name: str
    words: tuple[str, ...]
    said: set[int] = field(default_factory=set)
    low: Fraction | None = None
    high: Fraction | None = None
    strict_low: bool = False
    strict_high: bool = False
    whole: bool = False
    decimals: int | None = None
    places: int = 0
    mean: Fraction | None = None
    median: Fraction | None = None
    sd: Fraction | None = None
    period: Period | None = None
    values: dict[str, Fraction | str | None] = field(default_factory=dict)
    unique: bool = False
    missing: Fraction | None = None
    assumed_missing: bool = False
    pattern: str | None = None
    formula: str | None = None
    when: str | None = None
    flag: Fraction | None = None
    yes_no: bool = False
    is_date: bool = False
    is_day: bool = False
    is_moment: bool = False
    follows: FieldDraft | None = None
    days: tuple[int, int, str] | None = None
    rules: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    uuid: bool = False
    numeric: bool = False
    lognormal: bool = False
    typed: str | None = None
    spelling: str | None = None
    unnamed: str | None = None

    def bounded_as(self, other: FieldDraft) -> None:
        """Takes over the range of another field, where it is said of both."""
        self.low, self.strict_low = other.low, other.strict_low
        self.high, self.strict_high = other.high, other.strict_high
        self.places, self.whole = other.places, other.whole

    @property
    def numeric_values(self) -> bool:
        """Whether its values are numbers: 20, 30 or 40."""
        return bool(self.values) and all(value.replace(".", "", 1).isdigit() for value in self.values)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but its name is known."""
        numbers = (self.low, self.high, self.mean, self.median, self.sd, self.flag, self.missing)
        others = (self.values, self.pattern, self.formula, self.period, self.follows, self.typed)
        return all(one is None for one in numbers) and not any(others)


@dataclass(eq=False)
class TableDraft:
    """A table, as far as it is known.

    Attributes:
        name: Its name.
        words: What it is called.
        said: Lexemes of its name.
        rows: How many rows.
        rows_at: Lexemes that say how many, and per what.
        parent: The table whose rows have rows of this one.
        low: Fewest rows for each row of the parent.
        high: Most of them.
        every: Step of time between rows.
        belongs_to: A table that rows refer to.
        refers_to: Other tables that they refer to.
        unnamed: Whether the request has no name for it.
        head: How many of its words stand before an "of".
        is_asked: Whether the request calls it a table.
        is_mean: Whether its number for each row of its parent is a mean: 3 orders on average.
        duplicates: Which part of its rows is there twice.
        amid_list: Whether more is said after its name and number, which may be of its parent: each with 2 orders, age.
        assumed_period: Whether its days are said by their number alone.
    """

    name: str
    words: tuple[str, ...]
    said: set[int] = field(default_factory=set)
    rows: Fraction | None = None
    rows_at: set[int] = field(default_factory=set)
    parent: TableDraft | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    every: str | None = None
    period: Period | None = None
    belongs_to: TableDraft | None = None
    refers_to: list[TableDraft] = field(default_factory=list)
    fields: list[FieldDraft] = field(default_factory=list)
    unnamed: bool = False
    head: int = 1
    with_at: set[int] = field(default_factory=set)
    is_asked: bool = False
    assumed_period: bool = False
    amid_list: bool = False
    is_mean: bool = False
    duplicates: Fraction | None = None
    duplicates_at: set[int] = field(default_factory=set)

    @property
    def is_bare(self) -> bool:
        """Whether nothing is known of it but its name: it may be what the tables are for, such as a CRM."""
        return self.rows is None and self.parent is None and self.every is None and not self.fields

    def field_of(self, name: str) -> FieldDraft | None:
        """The field of that name."""
        return next((one for one in self.fields if one.name == name), None)


@dataclass
class Draft:
    """A plan while it is made.

    Attributes:
        tables: In the order in which they were named.
        formats: Formats with the lexemes that name them.
        misc: Paths -> values and lexemes of all else: seed, locale, dataset, file name.
        doubts: What is to be asked.
        noted: Lexemes that say something which needs no part of its own, with what they say.
    """

    tables: list[TableDraft] = field(default_factory=list)
    formats: dict[str, set[int]] = field(default_factory=dict)
    misc: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    noted: list[tuple[str, str, set[int]]] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    lost_reasons: dict[int, str] = field(default_factory=dict)

    def names_dataset(self, table: TableDraft) -> None:
        """Takes away a table that only says what the data is for: what has 200 members; the dataset is called so."""
        self.tables.remove(table)
        self.misc.setdefault("dataset", (" ".join(table.words), table.said))

    def is_related(self, table: TableDraft) -> bool:
        """Whether rows of a table belong to others, or refer to them, or others to them."""
        own = (table.parent, table.belongs_to, *table.refers_to)
        return any(own) or any(table in (one.parent, one.belongs_to, *one.refers_to) for one in self.tables)

    def counts_rows(self) -> bool:
        """Whether a table has its number of rows."""
        return any(table.rows is not None or table.parent is not None for table in self.tables)

    def claimed(self) -> set[int]:
        """All lexemes that something came from."""
        found: set[int] = set()
        for table in self.tables:
            found |= table.said | table.rows_at | table.duplicates_at
            for one in table.fields:
                found |= one.said
        for indices in self.formats.values():
            found |= indices
        for _, indices in self.misc.values():
            found |= indices
        for _, _, indices in self.noted:
            found |= indices
        return found

    def lose(self, indices: Iterable[int], why: str = "") -> None:
        """Marks lexemes as not understood."""
        for at in indices:
            self.lost.add(at)
            if why:
                self.lost_reasons[at] = why

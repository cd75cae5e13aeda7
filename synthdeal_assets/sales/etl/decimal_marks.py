"""Whether a point or a comma stands before the decimals of each column: 1.234 is one thousand or hardly more than one.

Nothing is guessed: a column whose own values fit both is read as the product map says, as amounts that must agree
prove, or as the other columns of its file or of the other files are written; else it is refused. How a single amount is
read is in `sql/amounts.sql`, where amounts stand in `cells.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.sales.amount_macros import register_amount_macros
from synthdeal_assets.sales.column_names import EACH_ROW, SOURCE_ROW, in_words
from synthdeal_assets.sales.etl.cells import AMOUNTS, TEXT, batches, read_columns
from synthdeal_assets.sales.etl.wide_log import PRICE_OF_MISSING_MONEY, UNKNOWN, LogColumn, WideLog, columns_of
from synthdeal_assets.sales.product_map.product_map import COMMA, DOT, ProductMap
from synthdeal_assets.sales.product_map.resolved_columns import resolve
from synthdeal_assets.sales.sources.sales_log import StagedSource

FIRST_ROWS: Final = 1_000
"""What stands in so many rows of a column mostly tells how all of it is written."""

MOSTLY: Final = 0.9
"""Of values that contradict each other, so many must say the same."""

MAX_ROWS_COMPARED: Final = 500
MAX_COLUMNS_COMPARED: Final = 12
"""Every three columns are tried, so that more would take long."""

ENOUGH_ROWS: Final = 3
"""In fewer rows a product or a sum may come out by chance."""

ROUNDING: Final = 0.005
"""What a total may lie off its price times its quantity, as a share; a wrong mark is off by a factor of 1,000."""

CENT: Final = 0.011

Key = tuple[str, str]
"""A source and a stored column."""


@dataclass(frozen=True, slots=True)
class MarkReading:
    """Which marks were found.

    Attributes:
        commas: Sources and stored columns in which a comma stands before the decimals.
        said: For each source why those of its columns that fit both were read as they were, in sentences.
        undecided: One sentence for each source with columns that nothing decides: which, a sample, and the remedy.
    """

    commas: frozenset[Key]
    said: Mapping[str, tuple[str, ...]]
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the rows of a source are, in SQL that calls the table `log`."""

    table: str
    condition: str
    row: str


@dataclass(frozen=True, slots=True)
class _Written:
    """How the amounts of a column are written, in rows; `sql/decimal_marks.sql` says what counts as what."""

    name: str
    filled: int
    numbers: int
    short_comma: int
    long_comma: int
    short_point: int
    long_point: int
    either_dot: int
    either_comma: int
    either_comma_of_currency: int
    grouped_by_blanks: int
    ends_in_nil: int
    whole_below_thousand: int
    whole_above: int
    example: str | None
    example_row: int | None
    example_digits: str | None

    @property
    def only_comma(self) -> int:
        return self.short_comma + self.long_comma

    @property
    def only_point(self) -> int:
        return self.short_point + self.long_point

    @property
    def mark(self) -> str | None:
        """The mark that the column's own values prove."""
        if self.only_comma * (1 - MOSTLY) > self.only_point * MOSTLY:
            return COMMA
        if self.only_point:
            return DOT
        # Where blanks or apostrophes part the thousands, a point or a comma does not.
        if self.grouped_by_blanks and bool(self.either_dot) != bool(self.either_comma):
            return DOT if self.either_dot else COMMA
        return None

    @property
    def is_open(self) -> bool:
        """Whether it makes a difference which mark it is, and its own values do not say."""
        return self.mark is None and self.either_dot + self.either_comma > 0

    @property
    def is_number(self) -> bool:
        """Whether it is a column of numbers, whatever it is taken for."""
        return self.numbers >= MOSTLY * self.filled > 0

    @property
    def mark_of_thousands(self) -> str | None:
        """The mark that grouping proves.

        Decimals that are cut where they end in nil leave no 5.400, and decimals that are not leave no 375 beside it.
        """
        if (
            self.ends_in_nil
            and self.whole_below_thousand >= ENOUGH_ROWS
            and not self.whole_above
            and bool(self.either_dot) != bool(self.either_comma)
        ):
            return COMMA if self.either_dot else DOT
        return None

    @property
    def is_money_without_decimals(self) -> bool:
        """Whether three digits after a comma are no decimals, because a currency stands beside them that has two.

        Where a comma is written before decimals, money has two of them; where a point is, the comma parts thousands.
        Three digits after a point tell nothing: they may be the decimals of a sum that nobody rounded.
        """
        return self.either_comma_of_currency == self.either_comma > 0 == self.either_dot

    def read_as(self, mark: str) -> str:
        """The sample as it is read with a mark before the decimals."""
        digits = self.example_digits or ""
        return digits.replace("," if mark == DOT else ".", "").replace(",", ".")


@dataclass(slots=True)
class _File:
    """One source while its marks are found."""

    source: _Source
    columns: Mapping[str, LogColumn]
    written: dict[str, _Written] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    @property
    def open(self) -> list[str]:
        """Columns of money and units that are not decided yet."""
        return [
            name
            for name in self.columns
            if name in self.written and self.written[name].is_open and name not in self.marks
        ]

    def decide(self, name: str, mark: str, why: str) -> None:
        self.marks[name] = mark
        self.why[name] = why


def read_amounts(
    connection: duckdb.DuckDBPyConnection, wide: WideLog, product_map: ProductMap, *, is_proposed: bool
) -> MarkReading:
    """Read every amount of a wide log, and find out where a comma stands before the decimals.

    Leaves what `cells.read_columns` leaves.

    Raises:
        SynthDealError: Nothing decides the mark of a column.
    """
    read_columns(connection, log=wide.table, columns=wide.columns, commas=())
    suspects = set(
        connection.execute("SELECT source_file, stored_name FROM column_totals WHERE not_understood > 0").fetchall()
    )
    files = {
        source.source_file: _File(
            _Source(wide.table, f"log.source_file = {sql_literal(source.source_file)}", "log.source_row"),
            {column.stored_name: column for column in wide.columns if column.source_file == source.source_file},
        )
        for source in wide.sources
    }
    for name, file in files.items():
        texts = _texts(file)
        first = _looked_at(connection, file.source, texts, first=FIRST_ROWS)
        proven = {column for column, written in first.items() if written.mark == DOT and (name, column) not in suspects}
        others = _marked(connection, file.source, [column for column in texts if column not in proven])
        file.written = {column: first[column] for column in proven}
        file.written |= _looked_at(connection, file.source, others)
    found = _decided(connection, files, product_map)
    if found.undecided:
        where = " (`synthdeal whitespace init` writes one)" if is_proposed else ""
        raise SynthDealError(
            f"{found.undecided[0]} in the product map{where}.", code="sales-log.ambiguous-decimals", usage=True
        )
    if found.commas:
        read_columns(connection, log=wide.table, columns=wide.columns, commas=found.commas)
    return found


def marks_of_sources(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[StagedSource], product_map: ProductMap
) -> MarkReading:
    """The marks of sources that were staged for a look at them, found as `read_amounts` finds them."""
    register_amount_macros(connection)
    files = {}
    for source in sources:
        counted = [EACH_ROW] if product_map.counts_rows else []
        try:
            resolved = resolve(product_map, [*(name for name, _ in source.columns), *counted], source.source_file)
        except SynthDealError:
            # A source without a column that the map names is refused, in that sentence, when it is read.
            continue
        columns = {column.name: column for column in columns_of(source, resolved)}
        file = _File(_Source(source.table, "true", f"log.{SOURCE_ROW}"), columns)
        file.written = _looked_at(connection, file.source, _texts(file))
        files[source.source_file] = file
    return _decided(connection, files, product_map)


def _texts(file: _File, roles: Sequence[str] = (*AMOUNTS, PRICE_OF_MISSING_MONEY, "discount")) -> list[str]:
    """Columns whose cells were text in the source: a number has no mark of its own."""
    return [name for name, column in file.columns.items() if column.role in roles and column.type == TEXT]


def _looked_at(
    connection: duckdb.DuckDBPyConnection, source: _Source, names: Sequence[str], *, first: int | None = None
) -> dict[str, _Written]:
    found: dict[str, _Written] = {}
    for batch in batches(names):
        query = statement(__package__, "decimal_marks.sql", source=source, columns=batch, first=first)
        found |= {row[0]: _Written(*row) for row in connection.execute(query).fetchall()}
    return found


def _marked(connection: duckdb.DuckDBPyConnection, source: _Source, names: Sequence[str]) -> list[str]:
    """Those of the columns in which a point or a comma stands."""
    marked = []
    for batch in batches(names):
        row = connection.execute(statement(__package__, "marked_columns.sql", source=source, columns=batch)).fetchall()[
            0
        ]
        marked += [name for name, is_marked in zip(batch, row, strict=True) if is_marked]
    return marked


def _decided(connection: duckdb.DuckDBPyConnection, files: Mapping[str, _File], product_map: ProductMap) -> MarkReading:
    for file in files.values():
        for name, written in file.written.items():
            told = product_map.mark_of(file.columns[name].name)
            if told is not None and (written.is_open or (written.only_comma and written.only_point)):
                file.decide(name, told, "as the product map says")
            elif written.mark is not None:
                file.marks[name] = written.mark
        if file.open:
            _decide_within(connection, file)
    _decide_by_other_files(files)
    return MarkReading(
        commas=frozenset(
            (source, name) for source, file in files.items() for name, mark in file.marks.items() if mark == COMMA
        ),
        said={source: tuple(_said(file)) for source, file in files.items()},
        undecided=tuple(_undecided(source, file) for source, file in files.items() if file.open),
    )


def _decide_within(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    """Decide by the file alone: amounts that must agree first, for they leave no choice."""
    unread = _looked_at(connection, file.source, _texts(file, (UNKNOWN,)), first=FIRST_ROWS)
    others = {name: written for name, written in unread.items() if written.is_number}
    _decide_by_agreement(connection, file, others)
    _decide_as_in(file, _proofs(file))
    for name in file.open:
        mark = file.written[name].mark_of_thousands
        # Units of weight have three decimals in the rows of one product and none in those of another.
        if mark is not None and file.columns[name].role != "quantity":
            file.decide(name, mark, "because smaller whole numbers stand beside it without a mark")
    _decide_as_in(file, _proofs(file))
    if file.open:
        blank = [name for name in _texts(file, (UNKNOWN,)) if name not in unread or not unread[name].filled]
        whole = _looked_at(connection, file.source, _marked(connection, file.source, [*others, *blank]))
        # Positions on a map and the like have many decimals, and a point before them in all languages.
        _decide_as_in(
            file, {name: (each.short_comma, each.short_point) for name, each in whole.items() if each.is_number}
        )
    for name in file.open:
        # A price of one unit, as of fuel, has three decimals in the same countries.
        if file.written[name].is_money_without_decimals and file.columns[name].role == "money":
            file.decide(name, DOT, "because its currency has at most two decimals")
    _decide_as_in(file, _proofs(file))


def _proofs(file: _File) -> dict[str, tuple[int, int]]:
    """In how many rows each column that is decided has a comma, and in how many a point, before the decimals."""
    proofs = {}
    for name, mark in file.marks.items():
        written = file.written[name]
        either = written.either_dot + written.either_comma if written.mark is None else 0
        proofs[name] = (
            written.only_comma + either * (mark == COMMA),
            written.only_point + either * (mark == DOT),
        )
    return proofs


def _decide_as_in(file: _File, proofs: Mapping[str, tuple[int, int]]) -> None:
    """Read what is open as other columns of the file are written, when those say mostly the same."""
    totals = {COMMA: sum(comma for comma, _ in proofs.values()), DOT: sum(point for _, point in proofs.values())}
    mark = max(totals, key=lambda each: totals[each])
    if not totals[mark] or totals[mark] < MOSTLY * sum(totals.values()):
        return
    place = 0 if mark == COMMA else 1
    best = max(proofs, key=lambda name: proofs[name][place])
    for name in file.open:
        file.decide(name, mark, f"as {file.columns[best].name!r} is written")


def _decide_by_agreement(connection: duckdb.DuckDBPyConnection, file: _File, others: Mapping[str, _Written]) -> None:
    """Decide what is open where a product or a sum of two columns is a third one with one mark only."""
    written = {**file.written, **others}
    numbers = [
        name
        for name, column in file.columns.items()
        if (column.role in AMOUNTS or column.role == UNKNOWN) and (column.type != TEXT or name in others)
    ]
    texts = [name for name in file.columns if name in written]
    likely = [*file.open, *_texts(file), *numbers]
    names = list(dict.fromkeys(likely))[:MAX_COLUMNS_COMPARED]
    if len(names) < 3:
        return
    rows = connection.execute(
        statement(
            __package__,
            "figures_both_ways.sql",
            source=file.source,
            columns=names,
            texts=texts,
            open=[name for name in file.open if name in names],
            most=MAX_ROWS_COMPARED,
        )
    ).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 2 * len(names))
    figures = {name: {DOT: table[:, 2 * place], COMMA: table[:, 2 * place + 1]} for place, name in enumerate(names)}
    marks = {
        name: (DOT, COMMA)
        if name in written and written[name].is_open and name not in file.marks
        else (file.marks.get(name) or (written[name].mark if name in written else None) or DOT,)
        for name in names
    }
    votes: dict[str, dict[str, str]] = defaultdict(dict)
    for three in permutations(names, 3):
        open_ones = [name for name in file.open if name in three]
        if three[0] > three[1] or not open_ones:
            continue
        for sign, agreeing in _agreeing(figures, marks, three):
            first, second, total = (repr(file.columns[name].name) for name in three)
            for name in open_ones:
                found = {choice[three.index(name)] for choice in agreeing}
                if len(found) == 1:
                    votes[name].setdefault(found.pop(), f"because only so {first} {sign} {second} is {total}")
    for name, found_marks in votes.items():
        if len(found_marks) == 1:
            ((mark, why),) = found_marks.items()
            file.decide(name, mark, why)


def _agreeing(
    figures: Mapping[str, Mapping[str, NDArray[np.float64]]],
    marks: Mapping[str, Sequence[str]],
    three: tuple[str, str, str],
) -> Iterable[tuple[str, list[tuple[str, ...]]]]:
    """The marks with which two columns come to the third, for their product and for their sum; none if none do."""
    differ = [figures[name][DOT] != figures[name][COMMA] for name in three if len(marks[name]) > 1]
    is_open = np.logical_or.reduce(differ)
    with np.errstate(invalid="ignore", over="ignore"):
        for sign in ("times", "plus"):
            agreeing = []
            for choice in product(*(marks[name] for name in three)):
                first, second, total = (figures[name][mark] for name, mark in zip(three, choice, strict=True))
                there = (first * second * total != 0) & np.isfinite(first * second * total)
                if sign == "times":
                    agrees = there & (np.abs(first * second - total) <= CENT + ROUNDING * np.abs(total))
                else:
                    agrees = there & (np.abs(first + second - total) <= CENT)
                enough = all(
                    0 < least <= rows.sum() and agrees[rows].sum() >= MOSTLY * rows.sum()
                    for rows, least in ((there, ENOUGH_ROWS), (there & is_open, 1))
                )
                if enough:
                    agreeing.append(choice)
            # A file is mostly written in one way throughout.
            alike = [
                choice
                for choice in agreeing
                if len({mark for name, mark in zip(three, choice, strict=True) if len(marks[name]) > 1}) == 1
            ]
            if agreeing:
                yield sign, alike or agreeing


def _decide_by_other_files(files: Mapping[str, _File]) -> None:
    """Read what is open as the same column of other files, or else all of them, is written."""
    settled = [(source, name, mark) for source, file in files.items() for name, mark in file.marks.items()]
    for source, file in files.items():
        others = [each for each in settled if each[0] != source]
        for name in file.open:
            alike = [each for each in others if each[1] == name] or others
            marks = {mark for _, _, mark in alike}
            if len(marks) == 1:
                file.decide(name, marks.pop(), f"as {alike[0][0]} is written")


def _said(file: _File) -> Iterable[str]:
    by_reason: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in file.columns:
        if name in file.why:
            by_reason[(file.marks[name], file.why[name])].append(name)
    for (mark, why), names in by_reason.items():
        written = file.written[names[0]]
        such = f"{written.example!r}" if written.example else "an amount"
        meaning = f" as {written.read_as(mark)}" if written.example else f" with a {mark} before the decimals"
        yield f"{such} in {in_words([file.columns[name].name for name in names])} is read{meaning}, {why}"


def _undecided(source: str, file: _File) -> str:
    first, *more = file.open
    written = file.written[first]
    also = (
        f" (and {len(more):,} more columns likewise)"
        if len(more) > 1
        else (f" and in {file.columns[more[0]].name!r}" if more else "")
    )
    return (
        f"Nothing in {source} tells whether {written.example!r} in the column {file.columns[first].name!r} "
        f"(data row {written.example_row:,}){also} is "
        f"{written.read_as(COMMA)} or {written.read_as(DOT)}: write `decimal_mark: comma` for the one or "
        f"`decimal_mark: dot` for the other"
    )

"""Promises about whole tables: how many rows, how many for each row of another table, and what tells them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Final

from synthdeal_assets.datasets.certificate.calendars import points_in_time
from synthdeal_assets.datasets.certificate.exact_shares import exact_counts
from synthdeal_assets.datasets.certificate.promises import (
    ANYTHING,
    Counted,
    Promise,
    Reading,
    called,
    in_each_row,
    key_of,
    key_text,
)
from synthdeal_assets.datasets.spec.dataset import Dataset, Reference, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.grammar import ChildRows, CountSpec, RegularRows
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name, statement

UUID_4: Final = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
"""A UUID of version 4 (RFC 9562), as it is written."""

_PLACE: Final = re.compile(r"\{(?::(?:0(?P<width>[1-9]\d?))?d?)?\}")


def promises_about_table(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    """All of them, for one table."""
    yield from _rows(dataset, table)
    yield from _keys(dataset, table)


def _rows(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    rows = table.spec.rows
    if isinstance(rows, int):
        yield _number(table, rows)
        return
    if isinstance(rows, RegularRows):
        yield points_in_time(dataset, table, rows)
        return
    if rows.total is not None:
        yield _number(table, rows.total)
    if table.parent is not None:
        yield from _children(dataset, table, table.parent, rows)


def _number(table: ResolvedTable, rows: int) -> Promise:
    return Promise(
        table=table.name,
        field=None,
        line=table.line,
        kind="rows",
        sentence=f"{table.name} has {rows:,} rows",
        expected=f"{rows:,}",
        judge=partial(_as_many, rows),
        measures=(f"count({ANYTHING})",),
    )


def _as_many(wanted: int, rows: Sequence[tuple[Any, ...]]) -> Counted:
    found = int(rows[0][0])
    return Counted(f"{found:,}", abs(found - wanted))


def bounds_of_counts(count: CountSpec, total: int | None) -> tuple[int, int | None]:
    """The fewest and the most children that one row may have; a total moves shared numbers as far as it must."""
    lows, highs = [0 if count.min is None else count.min], [] if count.max is None else [count.max]
    if count.uniform is not None:
        lows.append(int(count.uniform[0]))
        highs.append(int(count.uniform[1]))
    if count.numbers is not None and total is None:
        lows.append(min(count.numbers))
        highs.append(max(count.numbers))
    return max(lows), min(highs, default=None)


def shares_of_counts_stand(count: CountSpec, total: int | None, parents: int | None) -> bool:
    """Whether shares of numbers of children are exact: a total that they do not give themselves moves them away."""
    if count.numbers is None or (total is not None and parents is None):
        return False
    if total is None or parents is None:
        return True
    numbers = zip(count.numbers, exact_counts(count.numbers.values(), parents), strict=True)
    return sum(number * times for number, times in numbers) == total


def rows_known(dataset: Dataset, table: str) -> int | None:
    """The rows of a table, where the specification names them."""
    rows = dataset.tables[table].spec.rows
    return rows if isinstance(rows, int) else rows.total if isinstance(rows, ChildRows) else None


def _children(dataset: Dataset, table: ResolvedTable, parent: Reference, rows: ChildRows) -> Iterator[Promise]:
    count = rows.count
    low, high = bounds_of_counts(count, rows.total)
    where = {
        "children": sql_name(table.name),
        "reference": sql_name(parent.field),
        "parents": sql_name(parent.target),
        "key": sql_name(key_of(dataset, parent.target)),
        "called": key_text(dataset, parent.target, "parent"),
    }
    stands = shares_of_counts_stand(count, rows.total, rows_known(dataset, parent.target))
    if count.numbers is not None and stands:
        listed = ", ".join(f"{percent(share)} have {number:,}" for number, share in count.numbers.items())
        yield Promise(
            table=table.name,
            field=None,
            line=table.line,
            kind="children",
            sentence=f"of {parent.target} {listed} {table.name}",
            expected=listed,
            judge=partial(_shared_counts, tuple(count.numbers.items())),
            statement=statement(__package__, "certificate/children_by_count.sql", **where),
        )
    elif low > 0 or high is not None:
        between = f"{low:,} or more" if high is None else f"{low:,}" if low == high else f"{low:,} to {high:,}"
        yield Promise(
            table=table.name,
            field=None,
            line=table.line,
            kind="children",
            sentence=f"each row of {parent.target} has {between} {table.name}",
            expected=between,
            judge=_parents_against,
            statement=statement(__package__, "certificate/children_out_of_bounds.sql", low=low, high=high, **where),
        )


def _shared_counts(shares: tuple[tuple[int, Fraction], ...], rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: a number of children, how many parents have it, and one of these parents."""
    found = {int(number): int(times) for number, times, _ in rows}
    parents = sum(found.values())
    wanted = dict(zip((number for number, _ in shares), exact_counts((s for _, s in shares), parents), strict=True))
    off = sum(abs(found.get(number, 0) - wanted.get(number, 0)) for number in found.keys() | wanted.keys())
    return Counted(
        measured=", ".join(f"{found[number]:,} have {number:,}" for number in sorted(found)),
        against=-(-off // 2),
        expected=", ".join(f"{times:,} have {number:,}" for number, times in wanted.items()),
        keys=tuple(str(one) for number, _, one in rows if int(number) not in wanted),
    )


def _parents_against(rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the parents against it, the fewest and the most children of one, and five of the parents."""
    against, fewest, most, keys = rows[0]
    return Counted(f"{fewest or 0:,} to {most or 0:,}", int(against), keys=tuple(keys or ()))


def _keys(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    reading = Reading(dataset, table.name)
    if table.key:
        named = " and ".join(f"`{name}`" for name in table.key)
        found = table.fields[table.key[0]]
        yield unique(
            table.name,
            table.key,
            kind="key",
            sentence=f"no two rows of {table.name} have the same {named}",
            about=table.key[0] if len(table.key) == 1 else None,
            line=found.line if len(table.key) == 1 else table.line,
        )
        for name in table.key:
            yield in_each_row(
                reading,
                table.fields[name],
                "key",
                f"`{name}` of {table.name} is never missing, as it is in the key",
                f"{reading.own(name)} IS NULL",
            )
    for field in table.fields.values():
        yield from _form(reading, field)


def unique(
    table: str, fields: Sequence[str], *, kind: str, sentence: str, about: str | None, line: int | None
) -> Promise:
    """That no two rows have the same values; rows in which one is missing are not compared."""
    return Promise(
        table=table,
        field=about,
        line=line,
        kind=kind,
        sentence=sentence,
        expected="no value twice",
        judge=_repeated,
        statement=statement(
            __package__,
            "certificate/repeated.sql",
            table=sql_name(table),
            fields=[f"{sql_name(table)}.{sql_name(name)}" for name in fields],
        ),
    )


def _repeated(rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the rows that repeat values of another, and five of these values."""
    against, keys = int(rows[0][0]), tuple(rows[0][1] or ())
    return Counted(f"{against:,} rows repeat one" if against else "none twice", against, keys=keys)


def _form(reading: Reading, field: ResolvedField) -> Iterator[Promise]:
    """How a key is written, where it is a text."""
    written = field.spec.key
    if written is None:
        return
    value, rows = reading.own(field.name), f"(SELECT count(*) FROM {sql_name(reading.table)})"
    if written == "integer":
        sentence, broken = f"{called(field)} is numbered from 1 on", f"({value} < 1 OR {value} > {rows})"
    elif written == "uuid":
        sentence, broken = f"{called(field)} is a UUID", f"NOT regexp_full_match({value}, '{UUID_4}')"
    elif _PLACE.search(written):
        # Whatever does not fit has no number.
        number = f"TRY_CAST(regexp_extract({value}, {sql_literal(f'^{_of_template(written)}$')}, 1) AS BIGINT)"
        sentence = f"{called(field)} is written as {written}, numbered from 1 on"
        broken = f"({value} IS NOT NULL AND {number} BETWEEN 1 AND {rows} IS NOT TRUE)"
    else:
        sentence = f"{called(field)} is written as {written}"
        broken = f"NOT regexp_full_match({value}, {sql_literal(written)})"
    yield in_each_row(reading, field, "form", sentence, broken)


def _of_template(template: str) -> str:
    """The regular expression of what a template gives, the number in a group; doubled braces stand for themselves."""
    text = template.replace("{{", "\0").replace("}}", "\1")
    place = _PLACE.search(text)
    if place is None:
        return re.escape(text)
    before, after = (
        re.escape(part.replace("\0", "{").replace("\1", "}")) for part in (text[: place.start()], text[place.end() :])
    )
    width = int(place["width"] or 1)
    return f"{before}([0-9]{{{width}}}|[1-9][0-9]{{{width},}}){after}"

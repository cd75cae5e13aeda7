"""Promises about distributions: how many values lie up to a few of their quantiles, within what chance leaves of it.

By the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990, The tight constant in the
Dvoretzky-Kiefer-Wolfowitz inequality, Annals of Probability 18), the shares of n draws up to all values at once are off
by more than sqrt(ln(2 / level) / 2n) in less than `LEVEL` of all datasets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from synthdeal_assets.datasets.certificate.cumulated import (
    Cumulated,
    cumulated_of,
    geometric,
    poisson,
    quantile,
    zipf_shares,
)
from synthdeal_assets.datasets.certificate.promises import (
    Counted,
    Promise,
    Reading,
    called,
    key_of,
    key_text,
    rows_of,
)
from synthdeal_assets.datasets.certificate.redrawn import moved_fields
from synthdeal_assets.datasets.certificate.tables import rows_known, shares_of_counts_stand
from synthdeal_assets.datasets.spec.dataset import COUNTED, DRAWN, Dataset, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.dependencies import dependencies_of
from synthdeal_assets.datasets.spec.expressions import Path
from synthdeal_assets.datasets.spec.grammar import ChildRows, CountSpec, FieldSpec
from synthdeal_assets.foundation.warehouse.statements import sql_name, statement

LEVEL: Final = 1e-9
"""In what part of all datasets chance alone breaks such a promise."""

PLACES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The shares up to whose quantiles values are counted."""

FARTHEST: Final = 1e18
"""Values beyond which none is looked for."""

MOST_POPULAR: Final = 20
"""Rows of another table whose popularity is counted, the most popular first."""


def promises_about_distribution(dataset: Dataset, field: ResolvedField) -> Iterator[Promise]:
    """The promise of a field that is drawn from a distribution which nothing else moves."""
    cumulated = cumulated_of(field.spec)
    if cumulated is not None and why_not_drawn(dataset, field) is None:
        yield _distributed(dataset, field, cumulated)
    popularity = field.spec.popularity
    if popularity is not None and field.reference is not None and why_not_popular(dataset, field) is None:
        yield _popular(field, float(popularity.zipf), field.reference.target)


def share_up_to(dataset: Dataset, field: ResolvedField) -> Cumulated | None:
    """The share of a field's values up to one, as it is declared; None where that cannot be told from the files."""
    cumulated = cumulated_of(field.spec)
    if cumulated is None or why_not_drawn(dataset, field) is not None:
        return None
    return _between_bounds(field, cumulated)


def why_not_drawn(dataset: Dataset, field: ResolvedField) -> str | None:
    """Why the distribution of a field cannot be told from the files; None where it can, or there is none."""
    if field.spec.made_by not in (*DRAWN, *COUNTED):
        return None
    if field.spec.unique:
        return f"the distribution of {field.table}.{field.name}, as no value may come twice"
    if (chosen := _chosen(dataset, field)) is not None:
        return f"the distribution of {field.table}.{field.name}, {chosen}"
    moved = moved_fields(dataset, field.table).get(field.name)
    return None if moved is None else f"the distribution of {field.table}.{field.name}, which {moved} as well"


def _chosen(dataset: Dataset, field: ResolvedField) -> str | None:
    """How a correlation lets `when` choose some values rather than others; None where it does not."""
    for each in dataset.tables[field.table].correlations:
        if field.name not in (each.field, *each.other.parts):
            continue
        if field.when is not None:
            return "as the rows of its `when` go with its values"
    return None


def why_not_popular(dataset: Dataset, field: ResolvedField) -> str | None:
    """Why a popularity cannot be told from the files; None where it can, or there is none."""
    reference = field.reference
    if field.spec.popularity is None or reference is None:
        return None
    if field.name in dependencies_of(dataset).free.get(field.table, ()):
        return f"the popularity of {field.table}.{field.name}, which is drawn again for the rules of {field.table}"
    if reference.distinct is None and not reference.same:
        return None
    narrowed = f"`distinct: {reference.distinct}`" if reference.distinct else "`among`"
    return f"the popularity of {field.table}.{field.name}, which {narrowed} evens out"


def _distributed(dataset: Dataset, field: ResolvedField, cumulated: Cumulated) -> Promise:
    steps = _between_bounds(field, cumulated)
    places = _places(field, steps)
    value = Reading(dataset, field.table).own(field.name)
    counts = tuple(f"count(*) FILTER (WHERE {value} <= {place})" for place, _ in places)
    reading = Reading(dataset, field.table)
    shared = effective_rows(reading, field)
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="distribution",
        sentence=f"{called(field)} is drawn from {_words(field.spec)}",
        expected=", ".join(f"{share:.1%} up to {_number(place)}" for place, share in places),
        judge=partial(_judged, places),
        measures=(f"count({value})", shared, *counts),
        joins=tuple(reading.joins),
    )


def _between_bounds(field: ResolvedField, cumulated: Cumulated) -> Cumulated:
    """The share of rounded values up to one, where what lies outside the bounds is spread over the inside.

    A value stands for everything that is rounded to it, half a step on either side; so do the bounds, and of a uniform
    distribution the ends.
    """
    spec, half = field.spec, 0.0 if field.spec.made_by in COUNTED else 10.0 ** -(field.decimals or 0) / 2
    whole = field.spec.made_by in COUNTED
    ends = list(spec.uniform or (None, None))
    if spec.uniform is not None:
        low, high = (float(end) for end in spec.uniform)
        cumulated = partial(_evenly, low - half, high + half)
    lows = [each for each in (ends[0], spec.min) if each is not None]
    highs = [each for each in (ends[1], spec.max) if each is not None]
    least = _on_grid(max(lows), field, math.ceil) if lows else None
    most = _on_grid(min(highs), field, math.floor) if highs else None
    below = 0.0 if least is None else cumulated(least - 1 if whole else least - half)
    above = 1.0 if most is None else cumulated(most + half)

    def share(x: float) -> float:
        inside = (cumulated(x + half) - below) / (above - below)
        return min(1.0, max(0.0, inside))

    return share


def _evenly(low: float, high: float, x: float) -> float:
    return min(1.0, max(0.0, (x - low) / (high - low)))


def _on_grid(bound: Decimal, field: ResolvedField, to_whole: Any) -> float:
    decimals = 0 if field.spec.made_by in COUNTED else field.decimals or 0
    return float(Decimal(to_whole(bound.scaleb(decimals))).scaleb(-decimals))


def _places(field: ResolvedField, share: Cumulated) -> tuple[tuple[float, float], ...]:
    """Values to count up to, on the grid of the field's decimals, and what share lies up to each."""
    decimals = 0 if field.spec.made_by in COUNTED else field.decimals or 0
    found = {}
    for place in PLACES:
        value = round(quantile(share, place, -FARTHEST, FARTHEST), decimals)
        found[value] = share(value)
    return tuple(found.items())


def effective_rows(reading: Reading, field: ResolvedField) -> str:
    """SQL of how many draws of their own the values of a field count as.

    Rows that a correlation ties to the same row of another table are not drawn apart from each other: they count as
    Kish's effective number of them.
    """
    value = reading.own(field.name)
    tied = [
        each.other.parts[:-1]
        for each in reading.dataset.tables[field.table].correlations
        if each.field == field.name and len(each.other.parts) > 1
    ]
    if not tied:
        return f"count({value})"
    owner = Reading(reading.dataset, field.table)
    column = owner.column(Path(tied[0]))
    rows = rows_of(field.table, tuple(owner.joins))
    return (
        "(SELECT sum(number) ** 2 / sum(number ** 2) FROM (SELECT count(*)::DOUBLE AS number\n"
        f"FROM {rows}\nWHERE {value} IS NOT NULL GROUP BY {column}))"
    )


def allowance(rows: float) -> float:
    """How far shares of so many draws may be off by chance."""
    return math.sqrt(math.log(2 / LEVEL) / (2 * rows))


def _judged(places: Sequence[tuple[float, float]], rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the values that are there, how many draws they count as, and how many lie up to each place."""
    number, effective, *counts = rows[0]
    if not number:
        return Counted("no value", 0)
    off = allowance(min(number, float(effective or 1)))
    pairs = [(place, share, count / number) for (place, share), count in zip(places, counts, strict=True)]
    beyond = max(max(0.0, abs(found - share) - off) for _, share, found in pairs)
    return Counted(
        measured=", ".join(f"{found:.1%} up to {_number(place)}" for place, _, found in pairs),
        against=math.ceil(beyond * number),
        expected=", ".join(f"{share:.1%} up to {_number(place)}" for place, share, _ in pairs)
        + f", each within {off:.1%}",
    )


def _number(value: float) -> str:
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _words(spec: FieldSpec) -> str:
    parameters = getattr(spec, spec.made_by)
    named = (
        ", ".join(f"{name} {value}" for name, value in parameters if value is not None)
        if hasattr(parameters, "model_fields_set")
        else " .. ".join(map(str, parameters))
        if isinstance(parameters, tuple)
        else f"mean {parameters}"
    )
    bounds = [f"{name} {value}" for name, value in (("min", spec.min), ("max", spec.max)) if value is not None]
    return f"{spec.made_by} ({', '.join([named, *bounds])})"


def _popular(field: ResolvedField, exponent: float, target: str) -> Promise:
    return Promise(
        table=field.table,
        field=field.name,
        line=field.line,
        kind="popularity",
        sentence=(
            f"in {called(field)} the most popular row of {target} comes {2**exponent:.3g} times as often as the second"
            f" and {10**exponent:.3g} times as often as the tenth"
        ),
        expected=f"the {MOST_POPULAR} most popular, within chance",
        judge=partial(_judged_popularity, exponent),
        statement=statement(
            __package__,
            "certificate/most_popular.sql",
            table=sql_name(field.table),
            field=f"{sql_name(field.table)}.{sql_name(field.name)}",
            target=sql_name(target),
            most=MOST_POPULAR,
        ),
    )


def _judged_popularity(exponent: float, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: a count of one row of the other table, all counts together, and the rows that there are.

    Of each row that may be chosen the count is within Bernstein's inequality of its mean, in all but `LEVEL` of
    datasets for all of them at once; then so are the counts when they are sorted.
    """
    if not rows:
        return Counted("no value", 0)
    number, targets = int(rows[0][1]), int(rows[0][2])
    cumulated = zipf_shares(exponent, targets)
    worst, least, place = 0, math.inf, 0
    for place, (count, _, _) in enumerate(rows):
        share = float(cumulated[place] - (cumulated[place - 1] if place else 0.0))
        log = math.log(2 * targets / LEVEL)
        off = math.sqrt(2 * number * share * (1 - share) * log) + 2 * log / 3
        least = min(least, number * share - off)
        worst = max(worst, math.ceil(count - number * share - off), math.ceil(least - count))
    top = float(cumulated[0]) * number
    return Counted(f"the most popular in {rows[0][0]:,} of {number:,}", worst, f"about {top:,.0f} of {number:,}")


def promises_about_counts(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    """The promise of numbers of children that are drawn from a distribution, and that no total moves."""
    rows = table.spec.rows
    if not isinstance(rows, ChildRows) or table.parent is None or why_not_counted(dataset, table) is not None:
        return
    cumulated, name = _of_counts(rows.count)
    if cumulated is None:
        return
    yield Promise(
        table=table.name,
        field=None,
        line=table.line,
        kind="distribution",
        sentence=f"the numbers of {table.name} per row of {table.parent.target} are drawn from {name}",
        expected=name,
        judge=partial(_judged_counts, cumulated),
        statement=statement(
            __package__,
            "certificate/children_by_count.sql",
            children=sql_name(table.name),
            reference=sql_name(table.parent.field),
            parents=sql_name(table.parent.target),
            key=sql_name(key_of(dataset, table.parent.target)),
            called=key_text(dataset, table.parent.target, "parent"),
        ),
    )


def why_not_counted(dataset: Dataset, table: ResolvedTable) -> str | None:
    """Why the distribution of numbers of children cannot be told from the files; None where it can."""
    rows = table.spec.rows
    if not isinstance(rows, ChildRows) or rows.total is None:
        return None
    if shares_of_counts_stand(rows.count, rows.total, rows_known(dataset, rows.per)):
        return None
    what = "distribution" if rows.count.numbers is None else "shares"
    return f"the {what} of the numbers of {table.name}, which their total moves"


def _of_counts(count: CountSpec) -> tuple[Cumulated | None, str]:
    if count.uniform is not None:
        low, high = (float(end) for end in count.uniform)
        return (lambda x: _evenly(low - 1, high, math.floor(x))), f"uniform ({low:.0f} .. {high:.0f})"
    if count.poisson is None and count.geometric is None:
        return None, ""
    name, mean = ("poisson", count.poisson) if count.poisson is not None else ("geometric", count.geometric)
    plain: Cumulated = partial(poisson if name == "poisson" else geometric, float(mean or 0))
    below = 0.0 if count.min is None else plain(count.min - 1)
    above = 1.0 if count.max is None else plain(count.max)
    bounds = [f"{end} {value}" for end, value in (("min", count.min), ("max", count.max)) if value is not None]
    words = f"{name} ({', '.join([f'mean {mean}', *bounds])})"
    return (lambda x: min(1.0, max(0.0, (plain(x) - below) / (above - below)))), words


def _judged_counts(cumulated: Cumulated, rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: a number of children, how many parents have it, and one of them."""
    parents = sum(int(times) for _, times, _ in rows)
    if not parents:
        return Counted("no row", 0)
    off, so_far, beyond, children = allowance(parents), 0, 0.0, 0
    for number, times, _ in rows:
        # Between two numbers that come up the share stands still: it is off most just before the next.
        beyond = max(beyond, abs(so_far / parents - cumulated(number - 1)) - off)
        so_far += int(times)
        children += int(times) * int(number)
        beyond = max(beyond, abs(so_far / parents - cumulated(number)) - off)
    return Counted(
        f"{children / parents:,.2f} on average", math.ceil(beyond * parents), f"shares within {off:.1%} of it"
    )

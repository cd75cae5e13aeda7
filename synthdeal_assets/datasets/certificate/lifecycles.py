"""Promises about life cycles: exact shares of the states reached, and the times of the states on the way, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from synthdeal_assets.datasets.certificate.promises import Promise, Reading, in_each_row
from synthdeal_assets.datasets.certificate.shares import share_promise
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedTable
from synthdeal_assets.datasets.spec.grammar_tables import LifeCycleSpec
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.foundation.warehouse.statements import sql_literal

MOST_WAYS: Final = 200
"""Ways from the first state to others that a condition tells apart."""


def promises_about_life_cycle(dataset: Dataset, table: ResolvedTable) -> Iterator[Promise]:
    """All of them, for one table."""
    cycle = table.spec.lifecycle
    if cycle is None:
        return
    field, line = table.fields[cycle.field], table.fields[cycle.field].line
    shares = {state: share for state in in_order(cycle) if (share := cycle.shares.get(state, Fraction(0)))}
    listed = ", ".join(f"{percent(share)} {state}" for state, share in shares.items())
    yield share_promise(dataset, field, shares, f"`{cycle.field}` of {table.name}: {listed}")
    reading = Reading(dataset, table.name)
    state = reading.own(cycle.field)
    routes = ways(cycle)
    if not cycle.times or routes is None:
        return
    allowed = " OR ".join(
        f"({state} = {sql_literal(way[-1])} AND {_times(reading, cycle, way)})" for way in routes if way[-1] in shares
    )
    yield in_each_row(
        reading,
        None,
        "life cycle",
        f"rows of {table.name} have the times of the states that they came through, in order, and no others",
        f"({state} IS NOT NULL AND ({allowed}) IS NOT TRUE)",
        line=line,
        shown=state,
    )


def _times(reading: Reading, cycle: LifeCycleSpec, way: Sequence[str]) -> str:
    """That the times of a way are there and in order, and those of all other states are not."""
    passed = [reading.own(cycle.times[state]) for state in way if state in cycle.times]
    others = [reading.own(field) for state, field in cycle.times.items() if state not in way]
    there = [f"{time} IS NOT NULL" for time in passed]
    ordered = [f"{before} <= {after}" for before, after in pairwise(passed)]
    return " AND ".join([*there, *ordered, *(f"{time} IS NULL" for time in others)]) or "TRUE"


def ways(cycle: LifeCycleSpec) -> list[tuple[str, ...]] | None:
    """Every way from the first state to one that is reached; None where there are too many to tell apart."""
    found: list[tuple[str, ...]] = []
    open_ways: list[tuple[str, ...]] = [(cycle.start,)]
    while open_ways:
        way = open_ways.pop()
        found.append(way)
        if len(found) + len(open_ways) > MOST_WAYS:
            return None
        open_ways += [(*way, after) for after in dict.fromkeys(cycle.paths.get(way[-1], ()))]
    return found


def in_order(cycle: LifeCycleSpec) -> tuple[str, ...]:
    """The states, each after all that lead to it, otherwise as they are written: the order of the exact shares."""
    leading = _leading(cycle.states, cycle.paths)
    ordered: list[str] = []
    while len(ordered) < len(cycle.states):
        ordered.append(next(each for each in cycle.states if each not in ordered and leading[each] <= {*ordered}))
    return tuple(ordered)


def _leading(states: Sequence[str], paths: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    return {state: {other for other in states if state in paths.get(other, ())} for state in states}

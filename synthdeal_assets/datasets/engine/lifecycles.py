"""Life cycles: the state each row has reached, in exact shares, and the states and times it passed to come there.

Which fields hold the state and the times is decided outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.blocks import exact_values
from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray

MAX_ROUTES: Final = 10_000
"""Ways from the first state to those reached, of which each row takes one."""

NOWHERE: Final = -1
"""Stands for the state before the first, and for states that a row never came to."""


class LifeCycle:
    """Which state each row has reached, and by which route; where several lead there, each is as likely.

    Args:
        start: The first state.
        paths: State -> those that can follow it. No state leads back to itself.
        shares: State -> in what part of the rows it is the one reached; together 1.
        table_rows: Rows of the table.
        salt: The seed, the table, the field.

    Attributes:
        states: All states, each after those that lead to it: in this order times can be drawn.

    Raises:
        SynthDealError: A state of the shares cannot be reached, one leads back to itself, or there are more than
            `MAX_ROUTES` ways ("datasets.lifecycle").
    """

    def __init__(
        self,
        start: str,
        paths: Mapping[str, Sequence[str]],
        shares: Mapping[str, Fraction],
        *,
        table_rows: int,
        salt: str,
    ) -> None:
        self.states = _in_order(start, paths)
        lost = next((state for state in shares if state not in self.states), None)
        if lost is not None:
            raise _wrong(f"No path from {start!r} leads to {lost!r}", f"add one, or leave {lost!r} out of the shares")
        self._shares = [shares.get(state, Fraction(0)) for state in self.states]
        self._table_rows, self._salt = table_rows, salt
        number = {state: at for at, state in enumerate(self.states)}
        ways = _ways(start, {state: tuple(dict.fromkeys(after)) for state, after in paths.items()})
        routes: list[list[int]] = []
        for counted, way in enumerate(ways, start=1):
            if shares.get(way[-1]):
                routes.append([number[state] for state in way])
            if counted > MAX_ROUTES:
                raise _wrong(f"More than {MAX_ROUTES:,} ways lead on from {start!r}", "leave out steps")
        routes.sort(key=lambda route: route[-1])
        ends = np.array([route[-1] for route in routes], dtype=np.int64)
        every = np.arange(len(self.states))
        self._first_route = np.searchsorted(ends, every)
        self._routes_to = np.searchsorted(ends, every, side="right") - self._first_route
        self._before = np.full((len(routes), every.size), NOWHERE, dtype=np.int64)
        self._passed = np.zeros((len(routes), every.size), dtype=bool)
        for at, route in enumerate(routes):
            self._passed[at, route] = True
            self._before[at, route[1:]] = route[:-1]

    def reached(self, rows: IntArray) -> IntArray:
        """For each row the position in `states` of the state reached.

        In exact shares: rows and growth are as in `blocks.exact_values`.
        """
        return exact_values(rows, self._table_rows, self._shares, self._salt)

    def passed(self, rows: IntArray, state: str) -> BoolArray:
        """For each row whether it came to a state, be it the one reached: where its time is set."""
        passed: BoolArray = self._passed[self._routes(rows), self.states.index(state)]
        return passed

    def before(self, rows: IntArray, state: str, among: Sequence[str] | None = None) -> IntArray:
        """For each row the position in `states` of the state that it came to before another one.

        What the time of a state must not be earlier than is the time of this one.

        Args:
            rows: Numbers of rows.
            state: The state.
            among: States that count, such as those with a time; None for all.

        Returns:
            `NOWHERE` in rows that never came to the state, or to none of `among` before.
        """
        wanted = np.array([among is None or name in among for name in self.states])
        # By route, not by row: there are few routes.
        found = self._before[:, self.states.index(state)]
        for _ in self.states:
            skipped = (found != NOWHERE) & ~wanted[found]
            found = np.where(skipped, self._before[np.arange(found.size), found], found)
        result: IntArray = found[self._routes(rows)]
        return result

    def _routes(self, rows: IntArray) -> IntArray:
        ends = self.reached(rows)
        chosen = hashes(rows, f"{self._salt}|route") % self._routes_to[ends].astype(np.uint64)
        return self._first_route[ends] + chosen.astype(np.int64)


def _in_order(start: str, paths: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The states that can be reached, each after all that lead to it, otherwise as they are written."""
    known = [start]
    for state in known:
        known += [after for after in dict.fromkeys(paths.get(state, ())) if after not in known]
    leading = {state: {other for other in known if state in paths.get(other, ())} for state in known}
    ordered: list[str] = []
    while len(ordered) < len(known):
        free = next((state for state in known if state not in ordered and leading[state] <= {*ordered}), None)
        if free is None:
            stuck = next(state for state in known if state not in ordered)
            raise _wrong(f"The paths lead back to {stuck!r} or a state before it", "leave out one of the steps")
        ordered.append(free)
    return tuple(ordered)


def _ways(start: str, paths: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    open_ways: list[tuple[str, ...]] = [(start,)]
    while open_ways:
        way = open_ways.pop()
        yield way
        open_ways += [(*way, after) for after in reversed(paths.get(way[-1], ()))]


def _wrong(what: str, remedy: str) -> SynthDealError:
    return SynthDealError(f"There is no such life cycle ({what}): {remedy}.", code="datasets.lifecycle", usage=True)

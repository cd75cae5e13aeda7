"""Children of parents: how many each has, which are whose, found both ways without a table of them.

Kept is a number per block of parents. Everything else is drawn again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from math import isqrt
from typing import Final, Protocol

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.blocks import places_in_runs, run_borders, run_start
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block, hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}
STEPS: Final = (*_SECONDS, "day", "week", "month")
"""What a calendar can go by."""


class Children(Protocol):
    """The rows of a table that belong to those of another. A parent's children lie side by side, in its order."""

    @property
    def total(self) -> int:
        """All children."""

    def parents_of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """For each child, by its row, the row of its parent and which of its children it is, from 0."""

    def children_of(self, parents: IntArray) -> tuple[IntArray, IntArray]:
        """For each parent, by its row, the row of its first child and how many it has."""


class DrawnChildren:
    """As many children as are drawn for each parent, and in all as many as are asked for.

    Under a total, each run of parents (`blocks.run_borders`) has its part of it: what the draw gives, or, where that is
    not known beforehand or far from the total, what the children per parent come to. To get there every parent of the
    run gets the same number of children more (or fewer) as far as its bounds let it, and some of those that one more
    would still change get it, which ones by hash. Where the parts do not come to the total, the last parents have the
    difference.

    So the children of the former parents keep their rows when the parents' table grows, under a total where that grows
    alike: but for the last run, and the few parents that have the difference.

    Args:
        parents: Rows of the parents' table.
        draw: For rows of parents, how many children each has: a function of the row, from `low` to `high`. Where counts
            have shares (40% have one, 60% have three), draw them with `exact_values_by_run`: the shares are exact then.
        low: The fewest that a parent can have.
        high: The most; None for no bound.
        total: All children; None for what comes of the draw.
        drawn_until: How many children the draw gives to the parents before one at the end of a run; None where only the
            draw tells.
        salt: The seed and the table.

    Raises:
        SynthDealError: No counts from low to high give this total ("datasets.total-of-children").
    """

    def __init__(
        self,
        parents: int,
        draw: Callable[[IntArray], IntArray],
        *,
        low: int = 0,
        high: int | None = None,
        total: int | None = None,
        drawn_until: Callable[[int], int] | None = None,
        salt: str = "",
    ) -> None:
        self._parents, self._draw, self._low, self._salt = parents, draw, low, f"{salt}|one more"
        self._high: int = np.iinfo(np.int64).max // 4 if high is None else high
        blocks = -(-parents // BLOCK_ROWS)
        self._until = None if total is None else self._reaching(total, high, drawn_until)
        if self._until is None:
            sums = [int(self._counts(block).sum()) for block in range(blocks)]
            self._first = np.cumsum([0, *sums], dtype=np.int64)
        else:
            ends = [min(block * BLOCK_ROWS, parents) for block in range(blocks + 1)]
            self._first = np.array([*map(self._until, ends)], dtype=np.int64)
        self._block = lru_cache(maxsize=16)(self._starts)

    @property
    def total(self) -> int:
        """All children."""
        return int(self._first[-1])

    def parents_of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """For each child, by its row, the row of its parent and which of its children it is, from 0."""
        parents, positions = np.empty_like(rows), np.empty_like(rows)
        for block, where in by_block(np.searchsorted(self._first, rows, side="right") - 1):
            starts, of_block = self._block(block), rows[where]
            first, last = (int(np.searchsorted(starts, end, side="right")) - 1 for end in (of_block[0], of_block[-1]))
            if _ascend_by_one(of_block):
                # What is asked for most, all children side by side, needs no search for each of them.
                borders = np.clip(starts[first : last + 2], of_block[0], of_block[-1] + 1)
                parent = np.repeat(np.arange(first, last + 1), np.diff(borders))
            else:
                parent = np.searchsorted(starts, of_block, side="right") - 1
            parents[where] = parent + block * BLOCK_ROWS
            positions[where] = of_block - starts[parent]
        return parents, positions

    def children_of(self, parents: IntArray) -> tuple[IntArray, IntArray]:
        """For each parent, by its row, the row of its first child and how many it has."""
        first, counts = np.empty_like(parents), np.empty_like(parents)
        for block, where in by_block(parents // BLOCK_ROWS):
            starts, parent = self._block(block), parents[where] - block * BLOCK_ROWS
            first[where] = starts[parent]
            counts[where] = starts[parent + 1] - starts[parent]
        return first, counts

    def _starts(self, block: int) -> IntArray:
        starts: IntArray = np.concatenate([[0], np.cumsum(self._counts(block))]) + self._first[block]
        return starts

    def _counts(self, block: int) -> IntArray:
        rows = block_rows(block, self._parents)
        counts = self._draw(rows)
        if self._until is None:
            return counts
        borders = run_borders(block, int(rows[-1]) + 1)
        until = np.array([*map(self._until, borders.tolist())], dtype=np.int64)
        parts: IntArray = until[1:] - until[:-1]
        if (np.add.reduceat(counts, borders[:-1] - borders[0]) == parts).all():
            return counts
        # What fills up a short run has room for nothing.
        places, there = places_in_runs(borders)
        by_run, low, high = (np.where(there, each, 0) for each in (counts[places], self._low, self._high))
        reached: IntArray = _brought_to(by_run, parts, low, high, hashes(rows, self._salt)[places])[there]
        return reached

    def _reaching(self, total: int, high: int | None, drawn_until: Callable[[int], int] | None) -> Callable[[int], int]:
        """How many children the parents before one at the end of a run have, so that all have the total."""
        if total < self._parents * self._low or total > self._parents * self._high:
            most = "or more" if high is None else f"to {self._parents * high:,}"
            each = f"{self._low} {'or more' if high is None else f'to {high}'}"
            raise SynthDealError(
                f"{self._parents:,} parents with {each} children give"
                f" {self._parents * self._low:,} {most}, not {total:,}: change the total, the count or the parents.",
                code="datasets.total-of-children",
                usage=True,
            )

        wanted = _evenly(total, self._parents)
        if drawn_until is not None and abs(total - drawn_until(self._parents)) <= isqrt(self._parents):
            wanted = drawn_until
        # From the last run back, a child more or less for each parent; more only where that leaves a difference.
        until: dict[int, int] = {}
        for step in (1, self._high):
            end, off = self._parents, total - wanted(self._parents)
            until = {end: total}
            while off and end:
                start = run_start(end - 1)
                size, part = end - start, wanted(end) - wanted(start)
                least = max(-size * step, size * self._low - part)
                greatest = min(size * step, size * self._high - part)
                off -= min(max(off, least), greatest)
                until[start], end = wanted(start) + off, start
            if not off:
                break
        return lambda parent: until.get(parent, wanted(parent))


def _evenly(total: int, parents: int) -> Callable[[int], int]:
    """About the even part of a total that the parents before one have, nearly the same when both grow alike.

    Among the parents from 2**k to 2**(k + 1) each has as many as the total has for each, rounded: the coarser the fewer
    parents those are, so that a total which is rounded itself changes nothing but now and then among the last of them.
    What comes of it is off the even part by no more than chance is.
    """
    starts = [0, *(1 << k for k in range(1, max(parents, 1).bit_length()))]
    rates: list[int] = []
    for k in range(len(starts)):
        unit = 1 << max((k - 1) // 2, 0)
        rates.append((2 * total * unit + parents) // (2 * max(parents, 1)) * (_UNITS // unit))
    before = [0, *accumulate(rate * (end - start) for rate, (start, end) in zip(rates, pairwise(starts), strict=False))]

    def until(parent: int) -> int:
        k: int = max(parent.bit_length() - 1, 0)
        return (before[k] + rates[k] * (parent - starts[k]) + _UNITS // 2) // _UNITS

    return until


_UNITS: Final = 2**15


def _brought_to(counts: IntArray, sums: IntArray, low: IntArray, high: IntArray, keys: UInt64Array) -> IntArray:
    """Counts, a run in each line, shifted alike inside their bounds, and by one more for some, to the sum of each line.

    Args:
        counts: The counts.
        sums: What each line is to come to; `low` to `high` of it can.
        low: The least of each count.
        high: The most of each.
        keys: By which order those that get one more are chosen.
    """

    def shifted(shift: IntArray) -> IntArray:
        within: IntArray = np.clip(counts + shift[:, None], low, high)
        return within

    # The greatest shift that gives no more than the sum; beyond the first two every count is at a bound.
    below = low.min(axis=1) - counts.max(axis=1)
    above = np.maximum(sums, low.max(axis=1)) + 1 - counts.min(axis=1)
    while (above - below > 1).any():
        middle = (below + above) // 2
        fits = shifted(middle).sum(axis=1) <= sums
        below, above = np.where(fits, middle, below), np.where(fits, above, middle)
    reached = shifted(below)
    no_room = shifted(below + 1) == reached
    order = np.where(no_room, np.iinfo(np.uint64).max, keys).argsort(axis=1, kind="stable")
    more = np.arange(counts.shape[1]) < (sums - reached.sum(axis=1))[:, None]
    np.put_along_axis(reached, order, np.take_along_axis(reached, order, axis=1) + more, axis=1)
    return reached


def _ascend_by_one(rows: IntArray) -> bool:
    return int(rows[-1] - rows[0]) == rows.size - 1 and bool((rows[1:] > rows[:-1]).all())


class EqualChildren:
    """The same number of children for every parent, such as one for each hour of a calendar."""

    def __init__(self, parents: int, each: int) -> None:
        self.total, self._each = parents * each, each

    def parents_of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """For each child, by its row, the row of its parent and which of its children it is, from 0."""
        parents, positions = np.divmod(rows, self._each)
        return parents, positions

    def children_of(self, parents: IntArray) -> tuple[IntArray, IntArray]:
        """For each parent, by its row, the row of its first child and how many it has."""
        return parents * self._each, np.full_like(parents, self._each)


class Calendar:
    """Points in time from the start of a day to the end of another, both in a time zone.

    Minutes and hours are those that pass, so that the day on which the clocks go forward has 23 hours. Days, weeks and
    months are those of the calendar; a month that lacks the day of the first one ends before it, so that January 31st
    is followed by February 28th and March 31st. A day whose midnight the clocks leave out begins an hour later.

    Args:
        step: One of `STEPS`.
        first: The first day.
        last: The last day, which counts in full.
        zone: A time zone of the IANA database.
        each: How many of these steps lie between two points: 15 minutes.
    """

    def __init__(self, step: str, first: date, last: date, zone: str, each: int = 1) -> None:
        self._step, self._first, self._zone = step, first, zone
        midnights = self._midnights(pl.Series([first, last + timedelta(days=1)], dtype=pl.Date)).to_physical().to_list()
        self._start = midnights[0]
        days, months = (last - first).days, (last.year - first.year) * 12 + last.month - first.month
        if step in _SECONDS:
            self.positions = -((midnights[0] - midnights[1]) // (_SECONDS[step] * 1_000_000))
        elif step == "month":
            self.positions = int((self._dates(np.arange(months + 1)) <= last).sum()) if days >= 0 else 0
        else:
            self.positions = days // (7 if step == "week" else 1) + 1
        self._each = each
        self.positions = -(-self.positions // each)
        if self.positions < 1:
            raise SynthDealError(
                f"There is no {step} from {first} to {last}: put the earlier day first.",
                code="datasets.empty-calendar",
                usage=True,
            )

    def time_of(self, positions: IntArray) -> pl.Series:
        """The points in time at positions from 0 to `positions - 1`, as instants shown in the time zone."""
        positions = positions * self._each
        if self._step in _SECONDS:
            passed = self._start + positions * (_SECONDS[self._step] * 1_000_000)
            return pl.Series(passed, dtype=pl.Int64).cast(pl.Datetime("us", self._zone))
        return self._midnights(self._dates(positions))

    def _dates(self, positions: IntArray) -> pl.Series:
        if self._step != "month":
            days = positions * (7 if self._step == "week" else 1)
            return pl.Series(np.datetime64(self._first, "D") + days.astype("timedelta64[D]"))
        month = np.datetime64(self._first, "M") + positions.astype("timedelta64[M]")
        day = month.astype("datetime64[D]") + np.timedelta64(self._first.day - 1, "D")
        return pl.Series(np.minimum(day, (month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")))

    def _midnights(self, dates: pl.Series) -> pl.Series:
        def begun(hour: int) -> pl.Series:
            local = dates.cast(pl.Datetime("us")) + timedelta(hours=hour)
            return local.dt.replace_time_zone(self._zone, ambiguous="earliest", non_existent="null")

        midnight = begun(0)
        return midnight if not midnight.null_count() else midnight.fill_null(begun(1))

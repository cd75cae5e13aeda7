"""Children of parents: how many each has, which are whose, found both ways without a table of them.

Kept are two numbers per block of parents. Everything else is drawn again when it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block, hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import IntArray

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

    To reach a total, every parent gets the same number of children more (or fewer) as far as its bounds let it, and
    some of those that one more would still change get it: in each block of parents as many as its part of them, which
    ones by hash. So nothing but the difference to what was drawn is spread, and it is spread evenly.

    When the parents' table grows, the children of the former parents keep their rows as far as `draw` keeps its
    counts; under a total also as far as it leaves the same number to spread.

    Args:
        parents: Rows of the parents' table.
        draw: For rows of parents, how many children each has: a function of the row, from `low` to `high`. Where counts
            have shares (40% have one, 60% have three), draw them with `exact_values_by_run`: the shares are exact then.
        low: The fewest that a parent can have.
        high: The most; None for no bound.
        total: All children; None for what comes of the draw.
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
        salt: str = "",
    ) -> None:
        self._parents, self._draw, self._low, self._salt = parents, draw, low, f"{salt}|one more"
        self._high = np.iinfo(np.int64).max // 4 if high is None else high
        self._shift = 0
        blocks = -(-parents // BLOCK_ROWS)
        self._spread = np.zeros(blocks + 1, dtype=np.int64)
        if total is not None:
            self._reach(total, high)
        sums = [int(self._counts(block).sum()) for block in range(blocks)]
        self._first = np.cumsum([0, *sums], dtype=np.int64)
        self._block = lru_cache(maxsize=16)(self._starts)

    @property
    def total(self) -> int:
        """All children."""
        return int(self._first[-1])

    @property
    def kept_bytes(self) -> int:
        """What the counts of all parents take up, drawn blocks aside."""
        return self._first.nbytes + self._spread.nbytes

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

    def _shifted(self, block: int, more: int = 0) -> IntArray:
        counts = self._draw(block_rows(block, self._parents)) + (self._shift + more)
        return np.clip(counts, self._low, self._high)

    def _room(self, block: int) -> IntArray:
        return np.flatnonzero(self._shifted(block, 1) > self._shifted(block))

    def _counts(self, block: int) -> IntArray:
        counts = self._shifted(block)
        spread = int(self._spread[block + 1] - self._spread[block])
        if spread:
            room = self._room(block)
            order = np.argsort(hashes(room + block * BLOCK_ROWS, self._salt), kind="stable")
            counts[room[order[:spread]]] += 1
        return counts

    def _reach(self, total: int, high: int | None) -> None:
        if total < self._parents * self._low or total > self._parents * self._high:
            most = "or more" if high is None else f"to {self._parents * high:,}"
            each = f"{self._low} {'or more' if high is None else f'to {high}'}"
            raise SynthDealError(
                f"{self._parents:,} parents with {each} children give"
                f" {self._parents * self._low:,} {most}, not {total:,}: change the total, the count or the parents.",
                code="datasets.total-of-children",
                usage=True,
            )
        drawn: Counter[int] = Counter()
        for block in range(self._spread.size - 1):
            values, times = np.unique(self._draw(block_rows(block, self._parents)), return_counts=True)
            drawn.update(dict(zip(values.tolist(), times.tolist(), strict=True)))

        def given(shift: int) -> int:
            return sum(times * min(max(count + shift, self._low), self._high) for count, times in drawn.items())

        # The greatest shift that gives no more than the total; beyond the first two every count is at a bound.
        below, above = self._low - max(drawn, default=0), max(total, self._low) + 1 - min(drawn, default=0)
        while above - below > 1:
            middle = (below + above) // 2
            below, above = (middle, above) if given(middle) <= total else (below, middle)
        self._shift, rest = below, total - given(below)
        room = [self._room(block).size if rest else 0 for block in range(self._spread.size - 1)]
        have = np.cumsum([0, *room], dtype=np.int64).tolist()
        self._spread = np.array([until * rest // max(have[-1], 1) for until in have], dtype=np.int64)


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

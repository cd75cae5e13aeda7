"""Amounts that come to an exact total in each group, to the last unit, every one inside its bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.entries import places_within
from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray

KEPT_BLOCKS: Final = 64
"""Blocks whose amounts are kept for those who ask next: 32 MB."""

_OCTAVES: Final = 64
_BINS: Final = _OCTAVES * 16
"""The sketch of a group: raw values from 2**-32 to 2**32, 16 bins for each doubling."""
_LEAST: Final = 2.0 ** (-_OCTAVES // 2)
_PROPORTIONAL: Final = 6
"""Passes in which a scale is moved in proportion to what is lacking."""
_PASSES: Final = 2100
"""More than there are floats to halve between 2**-1022 and 2**1023: the search always ends before."""


class ExactTotals:
    """Amounts in units of the last decimal (cents), in proportion to raw values, with an exact sum for each group.

    An amount is floor(scale of the group x raw value), cut at low and high. The scale leaves a rest of no more units
    than there are rows of the group below `high`; each of those gets one more or not, spread evenly over them in the
    order of the rows. So no bound is broken, whatever the total.

    Memory is groups times blocks of 65,536 rows, whatever the rows. The table is read two times when it is made, a few
    times more where nearly all rows of a group stand at a bound.

    Args:
        read: For rows, the group of each (from 0) and its raw value; those below 2**-32 count as this.
        rows: Rows of the table.
        targets: The total of each group, in units.
        low: The least amount, in units, from 0.
        high: The greatest amount, in units; None for no bound.
        decimals: Decimals of an amount, for sentences.
        names: What the groups are called, for sentences.

    Raises:
        SynthDealError: Amounts from low to high cannot give a total ("datasets.total-out-of-reach").
    """

    def __init__(
        self,
        read: Callable[[IntArray], tuple[IntArray, FloatArray]],
        rows: int,
        targets: Sequence[int],
        *,
        low: int,
        high: int | None = None,
        decimals: int = 2,
        names: Sequence[str] = (),
    ) -> None:
        if low < 0:
            msg = "amounts under a total are from 0"
            raise ValueError(msg)
        self._read, self._rows, self._low = read, rows, low
        self._targets = np.array(targets, dtype=np.int64)
        self._high = np.iinfo(np.int64).max // 4 if high is None else high
        self._blocks = -(-rows // BLOCK_ROWS)
        groups = len(targets)
        counts, raw_sums = self._sketch()
        require_reachable(counts.sum(axis=1), targets, low=low, high=high, decimals=decimals, names=names)
        means = np.where(counts > 0, raw_sums / np.maximum(counts, 1), _LEAST)
        # Where all rows must stand at a bound no finite scale is sure to bring them there.
        sizes = [int(size) for size in counts.sum(axis=1)]
        bounds = (low, self._high)
        ends = [
            np.array([size * bound == target for size, target in zip(sizes, targets, strict=True)]) for bound in bounds
        ]
        self._scale = np.select(ends, [0.0, np.inf], self._sketched_scale(counts, means, ends[0] | ends[1]))
        self._rest = np.zeros(groups, dtype=np.int64)
        self._room_before = np.zeros((self._blocks + 1, groups), dtype=np.int64)
        self._settle()
        self._block = lru_cache(maxsize=KEPT_BLOCKS)(self._amounts)

    def amounts(self, rows: IntArray) -> IntArray:
        """The amount of each row, in units; the same whatever rows are asked for with it."""
        amounts = np.empty_like(rows)
        for block, where in by_block(rows // BLOCK_ROWS):
            amounts[where] = self._block(block)[rows[where] - block * BLOCK_ROWS]
        return amounts

    def _read_block(self, block: int) -> tuple[IntArray, FloatArray]:
        groups, raw = self._read(block_rows(block, self._rows))
        return groups, np.maximum(raw, _LEAST)

    def _scaled(self, groups: IntArray, raw: FloatArray) -> IntArray:
        # 2**61 is far above any bound that is met, and far below where a float is no whole number of 64 bits.
        scaled = np.minimum(np.floor(self._scale[groups] * raw), 2.0**61).astype(np.int64)
        return np.clip(scaled, self._low, self._high)

    def _amounts(self, block: int) -> IntArray:
        groups, raw = self._read_block(block)
        amounts = self._scaled(groups, raw)
        open_rows = np.flatnonzero(amounts < self._high)
        of = groups[open_rows]
        rank = _rank_in_group(of) + self._room_before[block][of]
        rest, room = self._rest[of], np.maximum(self._room_before[-1][of], 1)
        amounts[open_rows] += (rank + 1) * rest // room - rank * rest // room
        return amounts

    def _sketch(self) -> tuple[IntArray, FloatArray]:
        shape = (self._targets.size, _BINS)
        counts, raw_sums = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        for block in range(self._blocks):
            groups, raw = self._read_block(block)
            # Sign, exponent and the four highest bits of the mantissa of a float are its bin.
            bins = np.clip((raw.view(np.int64) >> 48) - (np.array(_LEAST).view(np.int64) >> 48), 0, _BINS - 1)
            cells = groups * _BINS + bins
            counts += np.bincount(cells, minlength=counts.size).reshape(shape)
            raw_sums += np.bincount(cells, weights=raw, minlength=counts.size).reshape(shape)
        return counts, raw_sums

    def _sketched_scale(self, counts: IntArray, means: FloatArray, settled: BoolArray) -> FloatArray:
        low, high = np.full(len(counts), 2.0**-120), np.full(len(counts), 2.0**120)
        for _ in range(80):
            middle = np.sqrt(low) * np.sqrt(high)
            given = (counts * np.clip(middle[:, None] * means, self._low, float(self._high))).cumsum(axis=1)[:, -1]
            under = (given < self._targets) | settled
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return low

    def _settle(self) -> None:
        """Move each scale until the rest is from 0 to the rows that have room."""
        groups = self._targets.size
        low, high = np.zeros(groups), np.full(groups, np.inf)
        step = np.full(groups, 1 + 2.0**-6)
        for tried in range(_PASSES):
            sums = np.zeros(groups, dtype=np.int64)
            for block in range(self._blocks):
                of, raw = self._read_block(block)
                amounts = self._scaled(of, raw)
                np.add.at(sums, of, amounts)
                room = np.bincount(of[amounts < self._high], minlength=groups)
                self._room_before[block + 1] = self._room_before[block] + room
            self._rest = self._targets - sums
            short, over = self._rest > self._room_before[-1], self._rest < 0
            if not (short | over).any():
                return
            low, high = np.where(short, self._scale, low), np.where(over, self._scale, high)
            # In proportion to what is lacking, which is nearly right unless many rows stand at a bound; where that
            # leaves the range in which the scale is known to lie, outwards in growing steps, then by halves.
            bounded = (low > 0) & np.isfinite(high)
            halved = np.where(bounded, (low + np.where(bounded, high, 0.0)) / 2, 0.0)
            outwards = np.where(short, self._scale * step, self._scale / step)
            wanted = self._targets - self._room_before[-1] / 2
            near = self._scale * np.maximum(wanted, 1.0) / np.maximum(sums, 1)
            fits = (near > low) & (near < high) & np.isfinite(near) & (tried < _PROPORTIONAL)
            moved = np.where(fits, near, np.where(bounded, halved, outwards))
            self._scale = np.where(short | over, moved, self._scale)
            step = np.where(bounded | fits, step, step * step)
        msg = "no scale leaves a rest that the rows have room for"
        raise ArithmeticError(msg)


def require_reachable(
    counts: Sequence[int] | IntArray,
    targets: Sequence[int],
    *,
    low: int,
    high: int | None = None,
    decimals: int = 2,
    names: Sequence[str] = (),
) -> None:
    """Refuse totals that amounts from low to high of so many rows cannot give, all of them at once.

    Args:
        counts: Rows of each group.
        targets: The total of each group, in units of the last decimal.
        low: The least amount, in units.
        high: The greatest amount, in units; None for no bound.
        decimals: Decimals of an amount.
        names: What the groups are called.

    Raises:
        SynthDealError: One cannot be reached ("datasets.total-out-of-reach").
    """

    def money(units: int) -> str:
        return f"{Decimal(int(units)).scaleb(-decimals):,f}"

    sentences = []
    for group, (count, target) in enumerate(zip(counts, targets, strict=True)):
        least, most = int(count) * low, None if high is None or not count else int(count) * high
        if target < least or (target > most if most is not None else not count and target > 0):
            name = f"{names[group]}: " if names else ""
            between = f"of at least {money(low)}" if high is None else f"between {money(low)} and {money(high)}"
            upto = "or more" if high is None and count else f"to {money(most or 0)}"
            sentences.append(f"{name}{count:,} rows {between} give {money(least)} {upto}, not {money(target)}")
    if sentences:
        more = f"; and {len(sentences) - 5} more" if len(sentences) > 5 else ""
        raise SynthDealError(
            f"{'; '.join(sentences[:5])}{more}: change the totals, the bounds or the rows.",
            code="datasets.total-out-of-reach",
            usage=True,
        )


def _rank_in_group(groups: IntArray) -> IntArray:
    """For each row how many rows of its group come before it."""
    counts = np.bincount(groups)
    # NumPy sorts numbers of 16 bits by their digits, in a tenth of the time.
    order = np.argsort(groups.astype(np.uint16) if counts.size <= 2**16 else groups, kind="stable")
    ranks = np.empty_like(groups)
    ranks[order] = places_within(counts)
    return ranks

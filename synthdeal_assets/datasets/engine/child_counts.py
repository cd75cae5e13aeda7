"""How many children each row has, as its table's `count` says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import mul

import numpy as np

from synthdeal_assets.datasets.engine.blocks import exact_counts, exact_values_by_run
from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets.datasets.spec.grammar import ChildRows
from synthdeal_assets.foundation.drawing.randomness import IntArray


@dataclass(frozen=True, slots=True)
class CountDraw:
    """Counts of children by row, and between what they lie.

    Attributes:
        draw: For rows of parents, how many children each has.
        low: The fewest.
        high: The most; None for no bound.
        until: How many the rows before one at the end of a run have; None where only the draw tells.
    """

    draw: Callable[[IntArray], IntArray]
    low: int
    high: int | None
    until: Callable[[int], int] | None = None


def drawn_counts(rows: ChildRows, parents: int, salt: str) -> CountDraw:
    """How the counts of children are drawn: shares exactly, distributions by their quantiles.

    Args:
        rows: What is declared.
        parents: Rows of the other table.
        salt: The seed and the table.

    Raises:
        SynthDealError: A distribution has nothing between its bounds ("datasets.bounds").
    """
    count = rows.count
    low, high = count.min or 0, count.max
    if count.numbers is not None:
        numbers = np.array(list(count.numbers), dtype=np.int64)
        shares = tuple(count.numbers.values())

        def by_share(at: IntArray) -> IntArray:
            return numbers[exact_values_by_run(at, shares, salt, parents)]

        def until(row: int) -> int:
            return sum(map(mul, numbers.tolist(), exact_counts(shares, row)))

        return CountDraw(by_share, int(numbers.min()), int(numbers.max()), until)
    if count.uniform is not None:
        first, last = (int(end) for end in count.uniform)

        def evenly(at: IntArray) -> IntArray:
            return first + np.floor(uniforms(hashes(at, salt)) * (last - first + 1)).astype(np.int64)

        return CountDraw(evenly, max(first, low), last if high is None else min(last, high))
    if count.poisson is not None:
        whole = WholeNumbers.poisson(float(count.poisson))
    else:
        whole = WholeNumbers.geometric(float(count.geometric or 1))
    bounded = whole.bounded(count.min, count.max)
    return CountDraw(lambda at: bounded.quantile(uniforms(hashes(at, salt))), low, high)

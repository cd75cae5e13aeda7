"""The pairs of a population in a division, and how they are drawn again.

What is measured on a sample belongs in `measures.py` and `curves.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import MAX_RESAMPLED, FloatArray, IntArray
from synthdeal_assets.whitespace.holdout.ranking import Resampling
from synthdeal_assets.whitespace.vocabulary import ALL_DIVISIONS

MIN_JUDGED: Final = 10
"""Fewer buyers, or fewer others, than these say more about chance than about a ranking, which stays unmeasured."""

MAX_DRAWN_OF_MANY: Final = MAX_RESAMPLED // 10
"""Pairs of a sample up to which each customer is drawn by itself where more than 50,000 pairs are judged in all."""


@dataclass(frozen=True, slots=True)
class HoldoutSample:
    """The pairs of a population in a division, or in all of them, and how they are drawn again.

    `most_drawn` is the number of pairs up to which each customer is drawn by itself.
    """

    division: str
    pairs: pl.DataFrame
    bought: FloatArray
    money: FloatArray
    resampling: Resampling
    most_drawn: int

    @property
    def positives(self) -> int:
        """Pairs that bought."""
        return int(self.bought.sum())

    @property
    def is_too_small(self) -> bool:
        """Whether chance says more about a ranking here than the pairs do."""
        return min(self.positives, self.bought.size - self.positives) < MIN_JUDGED

    @property
    def why_too_small(self) -> str:
        """The reason in one sentence."""
        return (
            f"{self.positives:,} of {self.bought.size:,} pairs bought: at least {MIN_JUDGED} that did and "
            f"{MIN_JUDGED} that did not are needed to measure this."
        )


def samples_of(pairs: pl.DataFrame, population: str) -> Iterator[HoldoutSample]:
    """The pairs of a population: all of them, then division by division."""
    most_drawn = MAX_RESAMPLED if pairs.height <= MAX_RESAMPLED else MAX_DRAWN_OF_MANY
    of_population = pairs.filter(pl.col("population") == population)
    if of_population.is_empty():
        return
    yield sample_of(ALL_DIVISIONS, of_population, most_drawn)
    for (division,), of_division in sorted(of_population.group_by("division", maintain_order=True)):
        yield sample_of(str(division), of_division, most_drawn)


def sample_of(division: str, pairs: pl.DataFrame, most_drawn: int) -> HoldoutSample:
    """The pairs as a sample; `most_drawn` as in `HoldoutSample`."""
    return HoldoutSample(
        division,
        pairs,
        floats_of(pairs, "bought"),
        floats_of(pairs, "net_amount"),
        Resampling(customers_of(pairs), most_drawn),
        most_drawn,
    )


def customers_of(frame: pl.DataFrame) -> IntArray:
    """The number of each row's customer, shape (rows,)."""
    return np.asarray(frame["customer"].to_numpy(), dtype=np.int64)


def floats_of(frame: pl.DataFrame, column: str) -> FloatArray:
    """A column as numbers, shape (rows,)."""
    return np.asarray(frame[column].cast(pl.Float64).to_numpy(), dtype=np.float64)

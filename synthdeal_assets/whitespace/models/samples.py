"""The labelled pairs that a learner is given. Which pairs these are belongs in `training.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, IntArray

MAX_ROUNDS: Final = 300
PATIENCE: Final = 20
"""Rounds without a gain on customers kept aside after which boosting stops."""
KEPT_ASIDE: Final = 4
"""One customer in so many is kept aside to see when to stop; then all are learnt from for as many rounds."""


@dataclass(frozen=True, slots=True)
class TrainingSample:
    """Pairs to learn from.

    Attributes:
        values: Features, shape (pairs, features); NaN where nothing is known.
        bought: 1 for a pair that bought, else 0.
        weight: How many pairs each stands for.
        fold: 0 to 19, the same for all pairs of a customer.
    """

    values: FloatArray
    bought: FloatArray
    weight: FloatArray
    fold: IntArray

    def where(self, kept: BoolArray) -> TrainingSample:
        """Some of the pairs."""
        return TrainingSample(self.values[kept], self.bought[kept], self.weight[kept], self.fold[kept])

    def split_to_stop(self) -> tuple[TrainingSample, TrainingSample] | None:
        """The pairs to boost on and those of other customers that say when to stop; None when one lacks a kind."""
        aside = self.fold % KEPT_ASIDE == 0
        learnt, judged = self.where(~aside), self.where(aside)
        return None if min(learnt.rarer, judged.rarer) == 0 else (learnt, judged)

    @property
    def rarer(self) -> int:
        """Pairs of the rarer kind, those that bought or those that did not."""
        positives = int(self.bought.sum())
        return min(positives, self.bought.size - positives)

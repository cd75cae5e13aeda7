"""Which of several scores ranks best on one window: by lift@10, then by Brier score, and what counts as a tie.

What is promised on the hold-out is measured in `holdout.py` with intervals; here a choice is made before the cutoff.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, binned_error, curve_area

TOP: Final = 0.1
BEYOND_CHANCE: Final = 1.96
"""Standard errors that two scores must differ by; with less it is a tie."""


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """A score on pairs that it was not fitted on.

    Attributes:
        chance: Chance of each pair.
        bought: 1 for those that bought, else 0.
        weight: How many pairs each stands for.
    """

    chance: FloatArray
    bought: FloatArray
    weight: FloatArray

    @property
    def in_top(self) -> FloatArray:
        """How much of each pair is in the best tenth; pairs of the same chance share what is left."""
        return _in_top(self.chance, self.weight)

    @property
    def lift(self) -> float | None:
        """The share of buyers in the best tenth over the share among all; None when nobody bought."""
        buyers = float(self.weight @ self.bought)
        if not buyers:
            return None
        return float((self.weight * self.in_top) @ self.bought / buyers / TOP)

    @property
    def brier(self) -> float | None:
        """The mean squared error of the chances; None without pairs."""
        if not self.chance.size:
            return None
        return float(np.average((self.chance - self.bought) ** 2, weights=self.weight))

    @property
    def auc(self) -> float | None:
        """The area under the ROC curve; None with one class."""
        if not self.chance.size:
            return None
        area = float(curve_area(self.chance, self.bought)(self.weight[None, :])[0])
        return area if math.isfinite(area) else None

    @property
    def calibration_error(self) -> float | None:
        """The expected calibration error over ten bins of equal count; None without pairs."""
        if not self.chance.size:
            return None
        return float(binned_error(self.chance, self.bought)(self.weight[None, :])[0])


def ranked(judged: Mapping[str, ScoredSample], preference: Sequence[str]) -> list[str]:
    """The names, the best first.

    The first of the preferred names stands until another beats it beyond chance: in lift@10, judged by the buyers that
    only one of the two has in its best tenth (McNemar 1947); or, when that is a tie, in the mean Brier score over
    pairs. What is left is ranked likewise. A tie is left to the preference because a difference within chance on one
    window says nothing of the next one.
    """
    left = [name for name in preference if name in judged]
    order = []
    while left:
        best = left[0]
        for name in left[1:]:
            if _beats(judged[name], judged[best]):
                best = name
        order.append(best)
        left.remove(best)
    return order


def _beats(one: ScoredSample, other: ScoredSample) -> bool:
    more = (one.in_top - other.in_top) * one.bought * one.weight
    spread = math.sqrt(float(np.square(more).sum()))
    if spread and abs(lead := float(more.sum())) > BEYOND_CHANCE * spread:
        return lead > 0
    gain = one.weight * ((other.chance - other.bought) ** 2 - (one.chance - one.bought) ** 2)
    spread = math.sqrt(float(np.square(gain - gain.mean()).sum())) if gain.size else 0.0
    return bool(spread) and float(gain.sum()) > BEYOND_CHANCE * spread


def _in_top(chance: FloatArray, weight: FloatArray) -> FloatArray:
    _, place = np.unique(-chance, return_inverse=True)
    of_step = np.bincount(place, weight)
    before = np.cumsum(of_step) - of_step
    room = np.clip(TOP * weight.sum() - before, 0, of_step)
    return np.asarray((room / np.where(of_step > 0, of_step, 1))[place])

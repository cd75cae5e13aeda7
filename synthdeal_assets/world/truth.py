"""What is really so in each deal: when each MEDDPICC element reaches which level.

Levels grow with the way the deal has come and with its appeal; that of the champion is lost when they leave the
company, and begins anew with whoever comes then. What the seller notices of it belongs in
`evidence_timeline.py`; nothing that scores may know any of it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import IntArray, normal, uniform
from synthdeal_assets.world.calendar import NEVER
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.people import FOUND_OUT_WITHIN
from synthdeal_assets.world.stages import Paths

TOP_LEVEL: Final = 3

TYPICAL_PROGRESS: Final[dict[str, tuple[float, float, float]]] = {
    "metrics": (0.10, 0.36, 0.66),
    "economic_buyer": (0.18, 0.48, 0.74),
    "decision_criteria": (0.14, 0.40, 0.66),
    "decision_process": (0.22, 0.48, 0.72),
    "paper_process": (0.38, 0.62, 0.84),
    "identify_pain": (0.00, 0.20, 0.46),
    "champion": (0.12, 0.38, 0.62),
    "competition": (0.10, 0.38, 0.68),
}
"""Part of the cycle that has passed when an element typically reaches level 1, 2 and 3: pain first, paper last."""

_LEVEL_THRESHOLDS: Final = (-1.45, -0.70, 0.15)
"""An element can reach level 1, 2, 3 when its promise (standard normal) lies above these."""
_APPEAL_SHARE, _OWN_SHARE = 0.87, 0.49
"""Weights of the deal's appeal and of the element's own luck in the promise; their squares add up to about one. Appeal
weighs more, so that whoever judges levels well knows more than the stage says."""
_PROGRESS_SPREAD: Final = 0.30
_PROGRESS_GAIN: Final = 0.18
"""How much of the cycle one standard deviation of appeal saves."""
_FIRST_WITH_SUCCESSOR: Final = FOUND_OUT_WITHIN + 3
"""Days after a champion has left until something can be so with the successor, at least."""
_HEAD_START: Final = 0.30
"""Part of the cycle that a renewal is ahead: people, criteria and paperwork are known from the time before."""


def level_days(deals: Deals, paths: Paths, element: str) -> IntArray:
    """The days on which an element reaches level 1, 2 and 3: shape (3, deals), NEVER for a level that it never reaches.

    Rows are in order: a higher level is never reached before a lower one. Of the champion it is shape (9, deals): after
    these the days on which the levels are lost, and those on which they are reached with the successor.
    """
    promise = _APPEAL_SHARE * deals.appeal + _OWN_SHARE * normal(deals.key, f"promise/{element}")
    shift = _PROGRESS_SPREAD * (uniform(deals.key, f"progress/{element}") - 0.5) - _PROGRESS_GAIN * deals.appeal
    shift = shift - _HEAD_START * deals.is_renewal
    days = np.empty((TOP_LEVEL, len(deals.key)), dtype=np.int64)
    for row, (typical, threshold) in enumerate(zip(TYPICAL_PROGRESS[element], _LEVEL_THRESHOLDS, strict=True)):
        progress = np.clip(typical + shift, 0.0, 1.1)
        reached = deals.created + np.floor(paths.cycle_days * progress).astype(np.int64)
        days[row] = np.where(promise > threshold, reached, NEVER)
    return _with_successor(deals, paths, days) if element == "champion" else days


def _with_successor(deals: Deals, paths: Paths, days: IntArray) -> IntArray:
    """The days of the champion's levels, with those after the champion has left."""
    leaves = deals.champion_leaves
    promise = _APPEAL_SHARE * deals.appeal + _OWN_SHARE * normal(deals.key, "promise/champion/successor")
    start = np.maximum(leaves + 1, deals.created)
    later = np.empty_like(days)
    for row, (typical, threshold) in enumerate(zip(TYPICAL_PROGRESS["champion"], _LEVEL_THRESHOLDS, strict=True)):
        # Nobody gets to know a successor before finding out that there is one.
        reached = start + np.maximum(np.floor(paths.cycle_days * typical).astype(np.int64), _FIRST_WITH_SUCCESSOR)
        later[row] = np.where(promise > threshold, reached, NEVER)
    is_reached = days <= leaves
    return np.concatenate([np.where(is_reached, days, NEVER), np.where(is_reached, leaves + 1, NEVER), later])


def levels_on(days_of_levels: IntArray, days: IntArray) -> IntArray:
    """The level (0 to 3) of each deal on a day of its own, from the days of `level_days`."""
    happened = days_of_levels <= days
    lost = happened[TOP_LEVEL : 2 * TOP_LEVEL]
    levels: IntArray = happened.sum(axis=0) - 2 * lost.sum(axis=0)
    return levels

"""Which way heads the forecast: the richest one that has been better than the simpler one, beyond chance.

Better means a lower Brier score on past days whose outcomes are known by now. Chance is told by resamples of deals,
each with all its days: the 95% interval of the difference must lie below 0, and at least 100 deals stand behind it.
Without that the simpler way heads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, IntArray, divided, percentile_interval
from synthdeal_assets.scoring.forecast.tables import LEARNT, STAGE_PERCENTAGES, STAGE_RATES, WITHOUT_THE_SCORE

MIN_PAST_DAYS: Final = 6
"""Past days by which a way is judged at least."""
MIN_PAST_DEALS: Final = 100
"""Deals by which a way is judged at least, each counted once. Resamples of a few deals vary less than chance does, so
that their interval is too narrow."""

_RICHER: Final = (WITHOUT_THE_SCORE, LEARNT)
"""Ways that know more than the stage, the one that knows most last."""

_TOO_LITTLE: Final[Mapping[str, str]] = {
    WITHOUT_THE_SCORE: "Nothing more than rates is learnt, because that takes at least seven earlier month ends.",
    LEARNT: "The score is not used, because that takes at least seven earlier month ends that the present scorer has "
    "judged.",
}


@dataclass(frozen=True)
class Past:
    """What the ways said of deals on past days, and how far each was from what came.

    Attributes:
        deal: The number of the deal, one entry a deal and day.
        day: The day.
        squares: The squared distance of each way's chance from the outcome, 0 to 1, by way; NaN on days on which it
            said nothing.
    """

    deal: IntArray
    day: IntArray
    squares: Mapping[str, FloatArray]


@dataclass(frozen=True)
class Heading:
    """The way that heads.

    Attributes:
        way: Its name.
        reasons: Of the ways that might have headed, why each does or does not, in a sentence.
    """

    way: str
    reasons: Mapping[str, str]

    def words_on(self, way: str) -> str:
        """Why a way heads or does not."""
        return self.reasons.get(way, "Shown for comparison; it never heads while anything can be learnt.")


def heading_of(past: Past, said_today: frozenset[str], draws: FloatArray) -> Heading:
    """The way that heads.

    Args:
        past: The record of the ways.
        said_today: The ways that say something today.
        draws: How often each deal is drawn in each resample, shape (resamples, deals).
    """
    if STAGE_RATES not in said_today:
        reason = "It heads because no earlier outcome is known from which anything could be learnt."
        return Heading(STAGE_PERCENTAGES, {STAGE_PERCENTAGES: reason})
    heads, reasons = STAGE_RATES, {STAGE_RATES: "It is the simplest way that is learnt."}
    for way in _RICHER:
        found, reasons[way] = _compared(past, way, heads, draws) if way in said_today else (False, _TOO_LITTLE[way])
        heads = way if found else heads
    left_behind = _RICHER[_RICHER.index(heads) + 1 :] if heads in _RICHER else _RICHER
    passed_over = [f"{way.capitalize()}: {reasons[way]}" if way in said_today else reasons[way] for way in left_behind]
    reasons[heads] = " ".join(["It heads.", reasons[heads], *passed_over])
    return Heading(heads, reasons)


def _compared(past: Past, way: str, other: str, draws: FloatArray) -> tuple[bool, str]:
    """Whether a way was better than another beyond chance, and the same in words."""
    days, deals, ends = _difference(past, way, other, draws)
    if days < MIN_PAST_DAYS or ends is None:
        return False, f"It cannot head: fewer than {MIN_PAST_DAYS} past days tell whether it is better than {other}."
    if deals < MIN_PAST_DEALS:
        return False, f"It cannot head: fewer than {MIN_PAST_DEALS} deals tell whether it is better than {other}."
    low, high = ends
    measured = (
        f"than {other} at what was won within 90 days of {days} past days: the difference of their Brier scores lies "
        f"between {low:+.4f} and {high:+.4f}, and below 0 is better."
    )
    return high < 0, f"{'Better' if high < 0 else 'Not better beyond chance'} {measured}"


def _difference(past: Past, way: str, other: str, draws: FloatArray) -> tuple[int, int, tuple[float, float] | None]:
    """Days on which and deals of which both spoke, and the 95% interval of the difference of their Brier scores."""
    difference = past.squares[way] - past.squares[other]
    both = ~np.isnan(difference)
    if not both.any():
        return 0, 0, None
    deals = draws.shape[1]
    summed = np.bincount(past.deal[both], difference[both], deals)
    counted = np.bincount(past.deal[both], minlength=deals).astype(np.float64)
    ends = percentile_interval(divided(draws @ summed, draws @ counted))
    return int(np.unique(past.day[both]).size), int((counted > 0).sum()), ends

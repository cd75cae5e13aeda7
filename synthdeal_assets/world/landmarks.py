"""What is really so in the deals that are open at the end of a month, seen from a later day.

The days are fixed, so that a landmark never changes once it is past. What the CRM showed on them is rebuilt from its
histories in `sql/crm_landmarks.sql`; nothing of that is drawn here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, uniform
from synthdeal_assets.world.chances import Cases, Chances, chances_on
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.stages import Paths
from synthdeal_assets.world.truth import levels_on

MONTHS: Final = 24
"""Month ends that are on record. A deal that was open on the first of them is at most 1,031 days old, and those of
1,092 days are on record."""


@dataclass(frozen=True)
class Landmarks:
    """Open deals at month ends, in the order of deal and day.

    Attributes:
        deal: Position of the deal.
        day: The month end (days since 1970-01-01).
        levels: The true level of each element on that day.
        chances: Its chance at the end of that day.
    """

    deal: IntArray
    day: IntArray
    levels: Mapping[str, IntArray]
    chances: Chances


TEXTS_A_DAY: Final = 800
"""Open deals of a month end whose texts are on record, on average, in a world that has more: enough to tell scorers
apart and to learn thresholds from, and what reading them takes does not grow with the world."""
OPEN_SHARE: Final = 0.26
"""Deals that are open on a day and no renewals, of those that are created in a period."""


def landmarks_with_texts(deals: Deals, landmarks: Landmarks, size: int) -> BoolArray:
    """Which landmarks have their texts on record: none of a renewal, and in a large world a part, always the same one.

    Args:
        deals: The deals.
        landmarks: Their landmarks.
        size: Deals of a period that are no renewals.
    """
    share = TEXTS_A_DAY / (OPEN_SHARE * size)
    drawn = uniform(deals.key[landmarks.deal] ^ landmarks.day.astype(np.uint64), "landmark texts") < share
    return drawn & ~deals.is_renewal[landmarks.deal]


def landmark_days(as_of: int) -> IntArray:
    """The last days of the 24 months that ended before `as_of`, the earliest first (days since 1970-01-01)."""
    months = np.datetime64(as_of, "D").astype("datetime64[M]") - np.arange(MONTHS)[::-1]
    days: IntArray = months.astype("datetime64[D]").astype(np.int64) - 1
    return days


def view_landmarks(
    deals: Deals, paths: Paths, cases: Cases, level_days: Mapping[str, IntArray], as_of: int
) -> Landmarks:
    """The deals at each month end on which they were open.

    Args:
        deals: The deals.
        paths: Their true ways.
        cases: The ways that they could have taken.
        level_days: Days on which each element reaches its levels, as `truth.level_days` gives them.
        as_of: The day of the world (days since 1970-01-01).
    """
    days = landmark_days(as_of)
    is_open = (deals.created <= days[:, None]) & (paths.outcome_day > days[:, None])
    on_each = [
        chances_on(cases.where(mask), paths.where(mask), np.full(np.count_nonzero(mask), day))
        for day, mask in zip(days.tolist(), is_open, strict=True)
    ]
    landmark, deal = np.nonzero(is_open)
    order = np.argsort(deal, kind="stable")
    deal, day = deal[order], days[landmark[order]]
    return Landmarks(
        deal=deal,
        day=day,
        levels={element: levels_on(reached[:, deal], day) for element, reached in level_days.items()},
        chances=Chances(
            np.concatenate([chances.win_probability for chances in on_each])[order],
            np.concatenate([chances.expected_end for chances in on_each])[order],
        ),
    )

"""Why lost deals are lost, as their sellers give it: a reason that fits how far the deal came and what was so.

It decides nothing: that a deal is lost, and in which stage, was drawn in `deals.py` and `stages.py`. What the seller
writes about it belongs in `language/`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import IntArray, uniform
from synthdeal_assets.world.deals import DOWNGRADE_TYPE, Deals
from synthdeal_assets.world.language.deal_story import rival_kinds
from synthdeal_assets.world.salesforce_picklists import LOST_REASONS
from synthdeal_assets.world.stages import Paths
from synthdeal_assets.world.truth import TOP_LEVEL

_EARLY, _LATE = 3, 6
"""Stages from which on an offer is discussed, and a price."""
_WEIGHTS: Final = {
    "No Decision / Non-Responsive": (5.0, 3.0, 1.6),
    "Lost to Competitor": (0.8, 2.0, 2.4),
    "Price": (0.2, 0.8, 2.2),
    "No Budget / Lost Funding": (1.0, 1.0, 0.8),
    "Other": (0.5, 0.4, 0.3),
}
"""How often each of LOST_REASONS is given before, between and after these stages. No decision is the most frequent, as
in published studies of lost business; a competitor is named only where the rival is a vendor that
is not out yet, and never where the customer was asked to take less."""
_UNPROVEN: Final = {"No Decision / Non-Responsive": "identify_pain", "No Budget / Lost Funding": "economic_buyer"}
"""What makes a reason twice as likely: that the level of this element is at most 1."""


def lost_reasons(deals: Deals, paths: Paths, levels: dict[str, IntArray]) -> IntArray:
    """The reason that each deal's seller gives if it is lost: positions in LOST_REASONS.

    Args:
        deals: The deals.
        paths: Their true ways.
        levels: By element, the true level of each deal on its last open day.
    """
    part = (paths.last_stage >= _EARLY).astype(np.int64) + (paths.last_stage >= _LATE)
    weights = np.array([_WEIGHTS[reason] for reason in LOST_REASONS])[:, part]
    for reason, element in _UNPROVEN.items():
        weights[LOST_REASONS.index(reason)] *= np.where(levels[element] <= 1, 2.0, 1.0)
    is_out = levels["competition"] == TOP_LEVEL
    # Who does not take less keeps more of ours, and a competitor has won nothing.
    is_ours = deals.type == DOWNGRADE_TYPE
    weights[LOST_REASONS.index("Lost to Competitor")] *= rival_kinds(deals.key) & ~is_out & ~is_ours
    bounds = np.cumsum(weights, axis=0)
    position: IntArray = (uniform(deals.key, "lost reason") * bounds[-1] >= bounds[:-1]).sum(axis=0)
    return position

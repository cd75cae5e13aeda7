"""Where deals are won, and how fast: what industry, product, region, segment and lead source do to odds and cycle.

Drawn once for each seed. Most effects are small, so that a chart of win rates at 500 deals is mostly noise; two are
large enough to be found by whoever looks at 2,000 closed deals. How they enter a deal is decided in `deals.py` and
`stages.py`; `truth.effects` holds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.foundation.drawing.randomness import FloatArray, choose, mix, normal, uniform
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES
from synthdeal_assets.world.tables import REGIONS, SEGMENTS

TYPICAL_LOG_ODDS: Final[Mapping[str, Mapping[str, float]]] = {
    "segment": {"SMB": 0.15, "Enterprise": -0.15},
    "lead_source": {"Phone Inquiry": 0.10, "Partner Referral": 0.30, "Purchased List": -0.45},
}
"""What is so in every world: a partner's word helps, a purchased list does not."""

_SPREAD: Final = 0.12
"""Standard deviation of the log odds of the other effects; those of one attribute add up to zero."""
_CYCLE_SPREAD: Final = 0.06
"""Standard deviation of the logarithm of what multiplies the cycle."""
_LARGE: Final = 2
_LARGE_LOG_ODDS: Final = (0.9, 1.2)
"""Size of each of the large effects, from and to: the odds are 2.5 to 3.3 times as good or as bad. They belong to
different attributes."""


@dataclass(frozen=True)
class Effects:
    """What each value of an attribute does.

    Attributes:
        values: The values of each attribute, in the order of its positions elsewhere.
        log_odds: By attribute, one a value: added to the log odds of a win, rounded to two digits.
        cycle: By attribute, one a value: what the days to a win are multiplied with, rounded to two digits.
    """

    values: Mapping[str, Sequence[str]]
    log_odds: Mapping[str, FloatArray]
    cycle: Mapping[str, FloatArray]


def draw_effects(seed: int, products: Sequence[str]) -> Effects:
    """The effects of a world.

    Args:
        seed: Seed of the world.
        products: Names of the products.
    """
    values: dict[str, Sequence[str]] = {
        "industry": INDUSTRIES,
        "product": products,
        "region": REGIONS,
        "segment": SEGMENTS,
        "lead_source": LEAD_SOURCES,
    }
    log_odds: dict[str, FloatArray] = {}
    cycle: dict[str, FloatArray] = {}
    for attribute, of_attribute in values.items():
        key = mix(np.arange(len(of_attribute), dtype=np.uint64), f"{seed}|effects|{attribute}")
        drawn = _SPREAD * normal(key, "log odds")
        typical = TYPICAL_LOG_ODDS.get(attribute, {})
        log_odds[attribute] = np.round(drawn - drawn.mean() + [typical.get(value, 0.0) for value in of_attribute], 2)
        cycle[attribute] = np.round(np.exp(_CYCLE_SPREAD * normal(key, "cycle")), 2).astype(np.float64)
    for attribute, value, size in _large_effects(seed, values):
        log_odds[attribute][value] = size
    return Effects(values, log_odds, cycle)


def _large_effects(seed: int, values: Mapping[str, Sequence[str]]) -> list[tuple[str, int, float]]:
    """Attribute, position of the value and log odds of each large effect."""
    key = mix(np.arange(len(values), dtype=np.uint64), f"{seed}|effects|large")
    # An attribute of three values whose third is moved this far would move every deal by a part of it.
    attributes = [name for name in values if len(values[name]) > len(SEGMENTS)]
    chosen = np.argsort(uniform(key[: len(attributes)], "which"), kind="stable")[:_LARGE]
    low, high = _LARGE_LOG_ODDS
    return [
        (
            attributes[number],
            int(choose(key[[number]], "value", len(values[attributes[number]]))[0]),
            float(
                np.round(low + (high - low) * uniform(key[[number]], "size")[0], 2)
                * (1 if uniform(key[[number]], "sign")[0] < 0.5 else -1)
            ),
        )
        for number in chosen.tolist()
    ]

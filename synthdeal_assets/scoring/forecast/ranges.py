"""The 80% range of what open deals will bring: what is learnt might have been learnt otherwise, and then fate decides.

Each of 400 resamples of the deals gives other parameters and so other chances, by which every deal is tossed once. The
range lies between the 10th and the 90th percentile of these 400 totals. It knows of nothing that moves all deals at
once, such as a bad year; how often it covers what came is measured in the room `evaluation`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import CELLS_AT_ONCE, RESAMPLES, FloatArray
from synthdeal_assets.scoring.forecast.tables import HORIZONS
from synthdeal_assets.scoring.forecast.ways import ForecastWay

ENDS_OF_A_RANGE: Final = (10, 90)
"""Percentiles between which 80% of the totals lie."""


def ranges_of(way: ForecastWay, amounts: FloatArray, day: dt.date) -> dict[str, tuple[float, float]]:
    """The range of the amount won within each horizon, in USD; empty when the way has none.

    Args:
        way: What is said of the deals.
        amounts: What each would bring, in USD.
        day: The day of the forecast, on which alone the tosses depend: all ways see the same.
    """
    if not way.has_range:
        return {}
    tosses = np.random.Generator(np.random.Philox(key=day.toordinal()))
    block = max(1, CELLS_AT_ONCE // max(amounts.size, 1))
    totals: dict[str, list[FloatArray]] = {horizon: [] for horizon in HORIZONS}
    for start in range(1, 1 + RESAMPLES, block):
        rows = slice(start, min(start + block, 1 + RESAMPLES))
        tossed = tosses.random((rows.stop - rows.start, amounts.size))
        for horizon, chance in way.chances(rows).items():
            totals[horizon].append((tossed < chance) @ amounts)
    ends = {horizon: np.percentile(np.concatenate(parts), ENDS_OF_A_RANGE) for horizon, parts in totals.items()}
    return {horizon: (float(low), float(high)) for horizon, (low, high) in ends.items()}

"""A figure of quality, with its interval or with the reason why it is empty.

What is measured belongs in `quality.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import Statistic, interval_of, value_of

PURPOSE: Final = "scoring.score_quality"
"""What the resamples are drawn for."""

MIN_OPPORTUNITIES: Final = 10
"""Below this a figure says more about chance than about the scorer, and stays empty."""

DECIMALS: Final = 4
COST_DECIMALS: Final = 6

SCORED_DEALS: Final = "scored deals"
CLOSED_DEALS: Final = "closed deals"
BOTH_OUTCOMES: Final = "closed deals, won and lost ones among them"


@dataclass(frozen=True, slots=True)
class QualityMetric:
    """One measured figure; value, low and high are None when the sample cannot carry them."""

    measure: str
    element: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    opportunities: int
    explanation: str


def rounded(value: float | None, decimals: int = DECIMALS) -> float | None:
    """A value with so many decimals; None for one that is not defined."""
    # Adding 0 makes a negative zero positive.
    return None if value is None or np.isnan(value) else round(float(value), decimals) + 0.0


def counted_figure(measure: str, value: float | None, unit: str, opportunities: int, explanation: str) -> QualityMetric:
    """A figure that is counted and has no interval."""
    return QualityMetric(measure, "all", value, None, None, unit, opportunities, explanation)


def measured_figure(
    measure: str,
    statistic: Statistic,
    opportunities: int,
    *,
    element: str = "all",
    unit: str,
    explanation: str,
    needs: str = SCORED_DEALS,
) -> QualityMetric:
    """A figure with its interval, or an empty one that says why.

    Args:
        measure: Name of the figure.
        statistic: What is measured.
        opportunities: How many opportunities the statistic is about.
        element: The element, or "all".
        unit: Unit of the figure.
        explanation: A sentence with {value} in it.
        needs: What there must be enough of.
    """
    value = value_of(statistic, opportunities) if opportunities >= MIN_OPPORTUNITIES else float("nan")
    if np.isnan(value):
        why = f"Not computed: it takes at least {MIN_OPPORTUNITIES} {needs}, which differ; there are {opportunities}."
        return QualityMetric(measure, element, None, None, None, unit, opportunities, why)
    ends = interval_of(statistic, opportunities, PURPOSE)
    low, high = (None if end is None else round(end, DECIMALS) for end in ends)
    return QualityMetric(
        measure, element, round(value, DECIMALS), low, high, unit, opportunities, explanation.format(value=value)
    )

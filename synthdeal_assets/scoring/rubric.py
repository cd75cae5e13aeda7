"""The rubric: what the levels of MEDDPICC and BANT are worth, and the arithmetic from levels to scores.

Constants and pure functions only. Who judges a level, and on what words, belongs in the scorers; this is the one place
where a level becomes a number, for scorers, checks and the report alike.

The elements and levels follow MEDDPICC and BANT as sales teams use them; the weights, stage minimums, bands and the
shares of the overall score are SynthDeal's own choice (design, section 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MEDDPICC: Final = "MEDDPICC"
BANT: Final = "BANT"

MEDDPICC_WEIGHTS: Final[dict[str, int]] = {
    "metrics": 15,
    "economic_buyer": 15,
    "decision_criteria": 10,
    "decision_process": 10,
    "paper_process": 10,
    "identify_pain": 15,
    "champion": 15,
    "competition": 10,
}
"""Weight of each element in the MEDDPICC score, in acronym order; together 100."""

MEDDPICC_LEVEL_NAMES: Final = ("unknown", "identified", "validated", "leveraged")
MAX_LEVELS: Final[dict[str, int]] = {MEDDPICC: 3, BANT: 4}
"""Highest level of an element, by framework."""

BANT_ELEMENTS: Final = ("budget", "authority", "need", "timeline")
ELEMENTS: Final[tuple[tuple[str, str], ...]] = (
    *((MEDDPICC, element) for element in MEDDPICC_WEIGHTS),
    *((BANT, element) for element in BANT_ELEMENTS),
)
"""Every (framework, element) that a scorer judges, in the order in which they are stored and shown."""

BANT_BANDS: Final[tuple[tuple[int, str], ...]] = ((0, "unqualified"), (5, "nurture"), (9, "qualified"), (13, "high"))
"""Lowest BANT score of each band, of 16."""

STAGE_MINIMUMS: Final[dict[str, int]] = {
    "Prospecting": 0,
    "Qualification": 8,
    "Needs Analysis": 12,
    "Value Proposition": 16,
    "Id. Decision Makers": 18,
    "Perception Analysis": 18,
    "Proposal/Price Quote": 21,
    "Negotiation/Review": 22,
}
"""MEDDPICC points, of 24, that a deal should have to stand in a stage."""

COMMIT_MINIMUM: Final = 22
"""MEDDPICC points, of 24, that a deal should have to be committed in the forecast."""

MAX_MEDDPICC_POINTS: Final = MAX_LEVELS[MEDDPICC] * len(MEDDPICC_WEIGHTS)
MAX_BANT_SCORE: Final = MAX_LEVELS[BANT] * len(BANT_ELEMENTS)

COMPLETENESS_SHARE: Final = 40
BUSINESS_VALUE_SHARE: Final = 25
BUYER_ENGAGEMENT_SHARE: Final = 20
PROCESS_CLARITY_SHARE: Final = 15
"""Points of the overall score that each part can give; together 100."""

BUSINESS_VALUE: Final = ("metrics", "identify_pain", "need", "budget")
BUYER_ENGAGEMENT: Final = ("economic_buyer", "champion", "authority")
PROCESS_CLARITY: Final = ("decision_criteria", "decision_process", "paper_process", "timeline")

SCORE_DECIMALS: Final = 1

UNPROVEN_DIVISOR: Final = 2
"""A level whose scorer was to quote what it rests on, and quoted nothing of the deal, is divided by this and rounded
down: "leveraged" and "validated" count as 1, "identified" as 0. Half, because a scorer may have read well and copied
badly; whole levels, because stage minimums and BANT are sums of those."""


def max_level(element: str) -> int:
    """The highest level of an element: 3 in MEDDPICC, 4 in BANT."""
    return MAX_LEVELS[MEDDPICC if element in MEDDPICC_WEIGHTS else BANT]


def counted_level(level: int, *, is_proven: bool) -> int:
    """What a level counts for in every score: itself, or less when nothing of the deal proves it."""
    return level if is_proven else level // UNPROVEN_DIVISOR


def meddpicc_points(levels: Mapping[str, int]) -> int:
    """Sum of the eight MEDDPICC levels, 0 to 24; what stage minimums are compared with."""
    return sum(levels[element] for element in MEDDPICC_WEIGHTS)


def meddpicc_score(levels: Mapping[str, int]) -> float:
    """Weighted MEDDPICC score, 0 to 100, from the eight levels (0 to 3)."""
    weighted = sum(weight * levels[element] for element, weight in MEDDPICC_WEIGHTS.items())
    return round(weighted / MAX_LEVELS[MEDDPICC], SCORE_DECIMALS)


def bant_score(levels: Mapping[str, int]) -> int:
    """Sum of the four BANT levels (0 to 4), 0 to 16."""
    return sum(levels[element] for element in BANT_ELEMENTS)


def bant_band(score: int) -> str:
    """The band of a BANT score: unqualified, nurture, qualified or high."""
    return next(name for lowest, name in reversed(BANT_BANDS) if score >= lowest)


def overall_score(levels: Mapping[str, int]) -> float:
    """Overall score, 0 to 100, from all twelve levels.

    Completeness 40 (weighted MEDDPICC), business value 25 (mean of metrics, identify pain, need, budget), buyer
    engagement 20 (mean of economic buyer, champion, authority), process clarity 15 (mean of decision criteria,
    decision process, paper process, timeline). Each level counts as its share of the element's highest level.
    """
    weighted = sum(weight * levels[element] for element, weight in MEDDPICC_WEIGHTS.items())
    return round(
        COMPLETENESS_SHARE * weighted / (100 * MAX_LEVELS[MEDDPICC])
        + BUSINESS_VALUE_SHARE * _mean_share(levels, BUSINESS_VALUE)
        + BUYER_ENGAGEMENT_SHARE * _mean_share(levels, BUYER_ENGAGEMENT)
        + PROCESS_CLARITY_SHARE * _mean_share(levels, PROCESS_CLARITY),
        SCORE_DECIMALS,
    )


def _mean_share(levels: Mapping[str, int], elements: tuple[str, ...]) -> float:
    return sum(levels[element] / max_level(element) for element in elements) / len(elements)

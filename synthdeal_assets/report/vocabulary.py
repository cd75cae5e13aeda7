"""What the report calls things: the names, bands and reasons that figures and sentences share.

Only names and the limits that go with them. What is counted belongs in `sql/`, what is said in `templates/`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from synthdeal_assets.scoring.rubric import (
    BANT_BANDS,
    BANT_ELEMENTS,
    COMMIT_MINIMUM,
    MAX_BANT_SCORE,
    MEDDPICC_WEIGHTS,
    STAGE_MINIMUMS,
)
from synthdeal_assets.world.salesforce_picklists import FORECAST_CATEGORIES, OPEN_STAGES
from synthdeal_assets.world.tables import SEGMENTS


@dataclass(frozen=True, slots=True)
class Stage:
    """An open stage: its key in figure ids, its Salesforce name, the MEDDPICC points it asks for (of 24)."""

    key: str
    name: str
    minimum: int


@dataclass(frozen=True, slots=True)
class Element:
    """An element of MEDDPICC or BANT: its key, its name in a sentence, its weight (0 in BANT)."""

    key: str
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Band:
    """A band of scores: its key, its label, its limits (both included in BANT) and the SQL condition on a score."""

    key: str
    label: str
    low: int
    high: int
    condition: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A sales segment: its key in figure ids and its name."""

    key: str
    name: str


def key_of(name: str) -> str:
    """The name as part of a figure id: lower-case words joined by underscores."""
    return "_".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


STAGES: Final = tuple(Stage(key_of(name), name, STAGE_MINIMUMS[name]) for name in OPEN_STAGES)
LATE_STAGES: Final = tuple(name for name in OPEN_STAGES if FORECAST_CATEGORIES[name] in {"Best Case", "Commit"})
"""The stages from which a deal counts as late: those whose forecast category is Best Case or Commit."""

SEGMENT_NAMES: Final = tuple(Segment(key_of(name), name) for name in SEGMENTS)

MEDDPICC: Final = tuple(
    Element(key, "pain" if key == "identify_pain" else key.replace("_", " "), weight)
    for key, weight in MEDDPICC_WEIGHTS.items()
)
BANT: Final = tuple(Element(key, key, 0) for key in BANT_ELEMENTS)


def _score_bands() -> tuple[Band, ...]:
    edges = (0, 20, 40, 60, 80, 100)
    bands = []
    for low, high in pairwise(edges):
        last = high == edges[-1]
        condition = f"score.score >= {low} AND score.score {'<=' if last else '<'} {high}"
        bands.append(Band(str(low), f"{low} to {high}" if last else f"{low} to under {high}", low, high, condition))
    return tuple(bands)


def _bant_bands() -> tuple[Band, ...]:
    lows = [low for low, _ in BANT_BANDS]
    highs = [low - 1 for low in lows[1:]] + [MAX_BANT_SCORE]
    return tuple(
        Band(name, f"{low} to {high}", low, high, f"bant_score BETWEEN {low} AND {high}")
        for (low, name), high in zip(BANT_BANDS, highs, strict=True)
    )


SCORE_BANDS: Final = _score_bands()
BANT_SCORE_BANDS: Final = _bant_bands()

CHANCE_BANDS: Final = tuple(
    Band(
        str(low),
        f"{low}% to {low + 10}%" if low == 90 else f"{low}% to under {low + 10}%",
        low,
        low + 10,
        f"chance >= {low / 100}" if low == 90 else f"chance >= {low / 100} AND chance < {(low + 10) / 100}",
    )
    for low in range(0, 100, 10)
)
"""Groups of chances of winning, for the question whether what is said to happen so often does."""

SIMULATED_MARK: Final = "simulated-by-demo-llm"
"""In the name of the model that answered: the demo endpoint made up the answer from the hidden truth."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that holds for some open deals and is said to set them apart.

    Attributes:
        key: Its key in figure ids.
        label: What it says of a deal.
        base: The deals that it picks from, in words after a number.
        base_condition: SQL condition of those, on `sql/shared/flagged_deals.sql`.
        condition: SQL condition of those it covers, within the base.
    """

    key: str
    label: str
    base: str
    base_condition: str
    condition: str


MAX_FLAG_PERCENT: Final = 60
"""The largest share of its base that a flag may cover and still be shown as one. A flag says where to look first: above
three in five it is the rule that a deal has it, and those without it would be the shorter list. "Late stage, and less
evidence than the stage asks for" covered 97 % of the late deals of the heuristic, won and lost alike. Of two late deals
it covered both, and named the best one of a small world at risk."""

_OPEN: Final = ("open deals", "true")
_LATE: Final = ("late-stage deals", "is_late")
_JUDGED_LATE: Final = ("scored late-stage deals", "is_late AND levels IS NOT NULL")

OVERDUE: Final = Flag("is_overdue", "the expected close date has passed", *_OPEN, "is_overdue")
NO_BUYER: Final = Flag(
    "lacks_economic_buyer",
    "late stage, and nothing solid on who can release the money",
    *_JUDGED_LATE,
    "lacks_economic_buyer",
)
NO_CHAMPION: Final = Flag(
    "lacks_champion", "late stage, and nothing solid on who sells for us inside", *_JUDGED_LATE, "lacks_champion"
)
RISKS: Final = (
    OVERDUE,
    Flag(
        "is_below_minimum",
        "late stage, and less evidence than the stage asks for",
        *_JUDGED_LATE,
        "is_below_minimum",
    ),
    NO_BUYER,
    NO_CHAMPION,
    Flag("is_late_unscored", "late stage, and no score of its present state", *_LATE, "is_late_unscored"),
)
"""Why an open deal counts as at risk; the keys are columns of `sql/shared/open_deals.sql`."""

AT_RISK: Final = (
    Flag("at_risk", "at risk for one of these reasons", *_OPEN, "is_at_risk"),
    Flag("late_at_risk", "late stage, and at risk for one of these reasons", *_LATE, "is_at_risk"),
)
"""Nearly all reasons are about late deals, so it must tell those apart as well as all open ones."""

RULES: Final = {
    "overdue": OVERDUE,
    "closing_soon": Flag(
        "closing_soon",
        "due soon, and less evidence than the stage asks for",
        "scored deals due soon",
        "closes_soon AND levels IS NOT NULL",
        "levels < minimum",
    ),
    "commit": Flag(
        "commit",
        "committed, and less evidence than a commitment asks for",
        "scored committed deals",
        "forecast_category = 'Commit' AND levels IS NOT NULL",
        f"levels < {COMMIT_MINIMUM}",
    ),
    "economic_buyer": NO_BUYER,
    "champion": NO_CHAMPION,
    "ahead_of_evidence": Flag(
        "ahead_of_evidence",
        "early stage, and less evidence than the stage asks for",
        "scored early-stage deals",
        "NOT is_late AND levels IS NOT NULL",
        "levels < minimum",
    ),
    "slipped": Flag("slipped", "close date moved out twice or more", *_OPEN, "has_slipped"),
}
"""The flag of each recommendation that names deals because of what sets them apart."""

FLAGS: Final = (*AT_RISK, *dict.fromkeys((*RISKS, *RULES.values())))
"""Every flag of the report, once: shown as one only while it covers no more than MAX_FLAG_PERCENT of its base."""

NAMING_RULES: Final = {
    **RULES,
    "not_scored": Flag("not_scored", "no score of the present state", *_OPEN, "NOT has_present_score"),
}
"""The recommendations that name deals. What has no score is no flag: one command answers it, for however many."""

UNACTIONABLE_LEAD_SOURCES: Final = ("Other", "Unknown", "None", "")
"""Lead sources that name nothing to which effort could be shifted."""


def at_risk_is_silent(silent: Collection[str]) -> bool:
    """Whether "at risk" tells no deals apart, given the keys of the flags that cover too much of their base."""
    return any(flag.key in silent for flag in AT_RISK)

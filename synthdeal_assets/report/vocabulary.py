"""What the report calls things: the names, bands and reasons that figures and sentences share.

Only names and the limits that go with them. What is counted belongs in `sql/`, what is said in `templates/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from synthdeal_assets.scoring.rubric import BANT_BANDS, BANT_ELEMENTS, MAX_BANT_SCORE, MEDDPICC_WEIGHTS, STAGE_MINIMUMS
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

RISK_REASONS: Final = {
    "is_overdue": "the expected close date has passed",
    "is_below_minimum": "late stage, and less evidence than the stage asks for",
    "lacks_economic_buyer": "late stage, and nothing solid on who can release the money",
    "lacks_champion": "late stage, and nothing solid on who sells for us inside",
    "is_late_unscored": "late stage, and no score of its present state",
}
"""Why an open deal counts as at risk, by the column of `sql/shared/open_deals.sql` that says so."""

RULES: Final = (
    "overdue",
    "closing_soon",
    "commit",
    "economic_buyer",
    "champion",
    "not_scored",
    "ahead_of_evidence",
    "slipped",
)
"""The recommendations that name deals; `sql/shared/concerned_deals.sql` says which deals each concerns."""

"""What the report calls things: the names, bands and reasons that figures and sentences share.

Only names and the limits that go with them. What is counted belongs in `sql/`, what is said in `templates/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from synthdeal_assets.scoring.rubric import (
    BANT_BANDS,
    BANT_ELEMENTS,
    MAX_BANT_SCORE,
    MEDDPICC_WEIGHTS,
    STAGE_MINIMUMS,
)
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES
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
    """A fact about an open deal: its column in `sql/shared/open_deals.sql`, and what it says of a deal."""

    key: str
    label: str


RISKS: Final = (
    Flag("is_overdue", "the expected close date has passed"),
    Flag("is_below_minimum", "late stage, and less evidence than the stage asks for"),
    Flag("lacks_economic_buyer", "late stage, and nothing solid on who can release the money"),
    Flag("lacks_champion", "late stage, and nothing solid on who sells for us inside"),
    Flag("is_late_unscored", "late stage, and no score of its present state"),
)
"""What may be amiss with an open deal, as the published copy lists it. The report calls a deal at risk only by a flag
with a record (scoring.flag_records)."""

NAMING_RULES: Final = {"overdue": "is_overdue", "slipped": "has_slipped", "not_scored": "NOT has_present_score"}
"""The recommendations that name deals because of a fact on record, which needs no test: SQL condition on
`sql/shared/flagged_deals.sql`."""

UNACTIONABLE: Final = ("Other", "Unknown", "None", "")
"""Lead sources, reasons, competitors and products that name nothing that anybody could act on."""


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """A way in which the open pipeline changes between two reports.

    Attributes:
        key: Its key in figure ids.
        label: What it is.
        sign: +1 when it adds to the pipeline, -1 when it takes from it, 0 when it is told and changes nothing.
        condition: SQL condition of its deals, on `sql/shared/bridge.sql`.
        amount: SQL of the amount that it changes the pipeline by.
    """

    key: str
    label: str
    sign: int
    condition: str
    amount: str


BRIDGE: Final = (
    BridgeStep("created", "New", 1, "created > 0", "created"),
    BridgeStep("raised", "Amount raised", 1, "raised > 0", "raised"),
    BridgeStep("lowered", "Amount lowered", -1, "lowered > 0", "lowered"),
    BridgeStep("won", "Won", -1, "won > 0", "won"),
    BridgeStep("lost", "Lost", -1, "lost > 0", "lost"),
    BridgeStep("left_quarter", "Moved out of the quarter", 0, "has_left_quarter", "amount_now"),
)
"""From the open pipeline of the last report to that of now; those with a sign add up to the cent."""


@dataclass(frozen=True, slots=True)
class LossDimension:
    """Something by which lost deals are grouped: its key, its name, and whether a group of it can be acted on."""

    key: str
    label: str
    is_actionable: bool


LOSS_DIMENSIONS: Final = (
    LossDimension("stage", "Stage", is_actionable=False),
    LossDimension("competitor", "Competitor", is_actionable=True),
    LossDimension("reason", "Lost reason", is_actionable=False),
    LossDimension("segment", "Segment", is_actionable=False),
    LossDimension("product", "Product", is_actionable=True),
    LossDimension("region", "Region", is_actionable=True),
)
FEWEST_IN_A_GROUP: Final = 10
"""Deals below which a group is not tested: even if all of them were lost, many tests would call it chance."""

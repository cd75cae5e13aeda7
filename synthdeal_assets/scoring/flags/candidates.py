"""What may set an open deal apart: the candidates, what each looks at, and among which deals.

A candidate compares a number of the deal with a threshold: a fixed one, or one learnt from deals that were won. Whether
it is shown is decided by its record (`records.py`). What is said of a flag in the report belongs there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.world.salesforce_picklists import LATE_STAGES, OPEN_STAGES

EARLY_STAGES: Final = tuple(name for name in OPEN_STAGES if name not in LATE_STAGES)

JUDGEMENT: Final = "judgement"
FORECAST: Final = "forecast"
CRM: Final = "crm"
"""What a candidate rests on: what a scorer says, what is learnt from it and from all else, fields of the CRM alone."""

QUARTER: Final = 0.25
TENTH: Final = 0.1
"""Most early deals are lost, so that the lowest quarter of the won ones would cover two in five of all."""
MUCH_OLDER: Final = 1.3
"""Times the usual time to a win. A deal is late stage by then, or will hardly become so."""
CLEARLY_LESS: Final = 0.1
"""Ten percentage points: a chance that a few deals more or less would not change."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A threshold that deals teach which were won, by a day, from what stood in the CRM while they were open.

    Attributes:
        by: The column whose every value has a threshold of its own.
        lesson: What a won deal teaches at a month end.
        statistic: From the lessons to the threshold.
        once_a_deal: Whether a deal teaches the same at each month end, so that it is heard once.
    """

    by: str
    lesson: pl.Expr
    statistic: Callable[[pl.Expr], pl.Expr]
    once_a_deal: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may set deals apart.

    Attributes:
        flag: Its name in the tables.
        label: What it says of a deal.
        base: The deals it picks from, in words after a number.
        stages: The stages that these are in.
        value: The number it looks at; NULL where the deal is not in the base.
        threshold: What the number is compared with.
        below: Whether a deal is flagged below the threshold, not above.
        rests_on: JUDGEMENT, FORECAST or CRM.
        needs: Columns that the number is made of and that a frame may lack.
    """

    flag: str
    label: str
    base: str
    stages: tuple[str, ...]
    value: pl.Expr
    threshold: float | Learnt
    below: bool = False
    rests_on: str = CRM
    needs: tuple[str, ...] = ()


def _lowest(share: float) -> Callable[[pl.Expr], pl.Expr]:
    """A value below which at most that share of the lessons lie; points are whole, and many are the same."""
    return lambda lessons: lessons.quantile(share, "lower")


def _highest_quarter(lessons: pl.Expr) -> pl.Expr:
    return lessons.quantile(1 - QUARTER, "higher")


_LATE: Final = "late-stage deals"
_JUDGED: Final = "scored late-stage deals"

CANDIDATES: Final = (
    Candidate(
        "little_evidence",
        "late stage, and less evidence than three in four won deals had there",
        _JUDGED,
        LATE_STAGES,
        value=pl.col("points"),
        threshold=Learnt("stage_name", pl.col("points"), _lowest(QUARTER)),
        below=True,
        rests_on=JUDGEMENT,
    ),
    Candidate(
        "little_early_evidence",
        "early stage, and less evidence than nine in ten won deals had there",
        "scored early-stage deals",
        EARLY_STAGES,
        value=pl.col("points"),
        threshold=Learnt("stage_name", pl.col("points"), _lowest(TENTH)),
        below=True,
        rests_on=JUDGEMENT,
    ),
    Candidate(
        "lacks_economic_buyer",
        "late stage, and nothing solid on who can release the money",
        _JUDGED,
        LATE_STAGES,
        value=pl.col("economic_buyer"),
        threshold=1,
        below=True,
        rests_on=JUDGEMENT,
    ),
    Candidate(
        "lacks_champion",
        "late stage, and nothing solid on who sells for us inside",
        _JUDGED,
        LATE_STAGES,
        value=pl.col("champion"),
        threshold=1,
        below=True,
        rests_on=JUDGEMENT,
    ),
    Candidate(
        "low_chance",
        "late stage, and a learnt chance 10 points below the stage's",
        "late-stage deals with a forecast",
        LATE_STAGES,
        value=pl.col("chance") - pl.col("stage_rate"),
        threshold=-CLEARLY_LESS,
        below=True,
        rests_on=FORECAST,
        needs=("chance", "stage_rate"),
    ),
    Candidate(
        "long_in_stage",
        "longer in its stage than three in four won deals were seen there",
        "open deals",
        OPEN_STAGES,
        value=pl.col("days_in_stage"),
        threshold=Learnt("stage_name", pl.col("days_in_stage"), _highest_quarter),
    ),
    Candidate(
        "old",
        "late stage, and older than 1.3 times the usual time to a win in its segment",
        _LATE,
        LATE_STAGES,
        value=pl.col("age_days"),
        threshold=Learnt(
            "segment",
            pl.col("age_days") + (pl.col("closed_on") - pl.col("day")).dt.total_days(),
            lambda lessons: MUCH_OLDER * lessons.median(),
            once_a_deal=True,
        ),
    ),
    Candidate(
        "overdue",
        "the expected close date has passed",
        "open deals",
        OPEN_STAGES,
        value=(pl.col("day") - pl.col("close_date")).dt.total_days(),
        threshold=0,
    ),
    Candidate(
        "slipped",
        "late stage, and close date moved out twice or more",
        _LATE,
        LATE_STAGES,
        value=pl.col("slips"),
        threshold=1,
    ),
)
"""Everything that is tried. Age and slips are compared among late deals only: a deal that gets old or moves its date
has mostly come far, so that over all stages such deals are lost less often, though more often than others of their
stage."""

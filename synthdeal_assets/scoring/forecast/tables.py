"""The tables of schema scoring that hold forecasts, deal by deal and in total.

How they are made belongs in the sub-room `forecast/`; nothing here reads or writes.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.scoring.tables import chance

LEARNT: Final = "learnt"
WITHOUT_THE_SCORE: Final = "learnt without the score"
STAGE_RATES: Final = "stage rates"
STAGE_PERCENTAGES: Final = "stage percentages"
COMMIT: Final = "commit"
WIN_RATE: Final = "win rate"
WAYS: Final = (LEARNT, WITHOUT_THE_SCORE, STAGE_RATES, STAGE_PERCENTAGES, COMMIT, WIN_RATE)

END: Final = "end"
NINETY_DAYS: Final = "90 days"
QUARTER: Final = "quarter"
HORIZONS: Final = (END, NINETY_DAYS, QUARTER)

_SEEN: Final = (
    *(f"crm.landmarks.{name}" for name in ("stage_name", "amount", "close_date", "age_days", "days_in_stage", "slips")),
    "scoring.landmark_scores.score",
    "scoring.opportunity_scores.score",
    *(f"crm.opportunities.{name}" for name in ("stage_name", "amount", "close_date", "is_won")),
)
_DAY: Final = Column(
    "forecast_date",
    "DATE",
    "The day of the forecast: a month end, or the day of the world.",
    derived_from=("crm.landmarks.landmark_date", "crm.world.as_of"),
)
_WAY: Final = Column(
    "way",
    "VARCHAR",
    "learnt: from stage, ages, amount, slips, close date and score of earlier month ends, by outcomes known on the "
    "day; learnt without the score; stage rates: shares won by stage, learnt likewise; stage percentages: those "
    "of Salesforce, and commit: the seller's category Commit, both for what the seller expects to close in "
    "time; win rate: the share won of all. A way is left out on a day on which too little was known for it.",
    values=WAYS,
)

FORECASTS: Final = Table(
    "scoring",
    "forecasts",
    "What a way to forecast says of a deal, renewals left out: of each open one today, and of those at past month ends "
    "what it would have said with what was known then.",
    (
        _DAY,
        Column(
            "opportunity_id",
            "VARCHAR",
            "The opportunity.",
            references="crm.opportunities.opportunity_id",
            derived_from=("crm.landmarks.opportunity_id", "crm.opportunities.opportunity_id"),
        ),
        _WAY,
        chance("chance", "Chance that it will be won, 0 to 1.", *_SEEN),
        chance("chance_90_days", "Chance that it will be won within 90 days, 0 to 1.", *_SEEN),
        chance(
            "chance_in_quarter",
            "Chance that it will be won in what is left of the day's calendar quarter, 0 to 1; 0 on its last day.",
            *_SEEN,
        ),
        Column(
            "amount",
            "DOUBLE",
            "Amount in USD on the day.",
            minimum=0,
            derived_from=("crm.landmarks.amount", "crm.opportunities.amount"),
        ),
    ),
    ("forecast_date", "opportunity_id", "way"),
)

_ADDED_UP: Final = tuple(
    f"scoring.forecasts.{name}" for name in ("chance", "chance_90_days", "chance_in_quarter", "amount")
)

FORECAST_TOTALS: Final = Table(
    "scoring",
    "forecast_totals",
    "The forecast of a day over all its deals, by a way and a horizon: the chances of scoring.forecasts times their "
    "amounts, and what came where that is known.",
    (
        _DAY,
        _WAY,
        Column(
            "horizon",
            "VARCHAR",
            "Won by when: end: however long it takes; 90 days; quarter: what is left of the calendar quarter.",
            values=HORIZONS,
        ),
        Column("deals", "BIGINT", "Deals that were open.", minimum=0),
        Column("amount", "DOUBLE", "Sum of chance times amount, in USD.", minimum=0, derived_from=_ADDED_UP),
        Column(
            "low",
            "DOUBLE",
            "Lower end of the range that is to hold what comes in 80 of 100 cases, in USD; NULL for ways without one.",
            nullable=True,
            minimum=0,
            derived_from=_ADDED_UP,
        ),
        Column(
            "high",
            "DOUBLE",
            "Upper end of that range, in USD; NULL for ways without one.",
            nullable=True,
            minimum=0,
            derived_from=_ADDED_UP,
        ),
        Column(
            "actual",
            "DOUBLE",
            "USD of these deals won within the horizon, at their amounts of the day; NULL until it is over, which "
            "takes 300 days for the end.",
            nullable=True,
            minimum=0,
            derived_from=("scoring.forecasts.amount", "crm.opportunities.is_won", "crm.opportunities.close_date"),
        ),
        Column(
            "is_headline",
            "BOOLEAN",
            "Whether it is the way that heads today: the richest that was better than the simpler ones beyond chance.",
        ),
        Column("explanation", "VARCHAR", "Why this way heads or does not, in plain words."),
    ),
    ("forecast_date", "way", "horizon"),
)

FORECAST_TABLES: Final = (FORECASTS, FORECAST_TOTALS)

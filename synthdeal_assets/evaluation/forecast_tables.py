"""The table that says how good the ways to forecast have been.

How that is measured belongs in `quality/forecasts.py`; nothing here reads or writes.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.scoring.forecast.tables import HORIZONS, WAYS

EXACT_CHANCE: Final = "exact chance"

BRIER: Final = "brier"
BRIER_AGAINST_STAGE_RATES: Final = "brier against stage rates"
GAIN_OF_THE_SCORE: Final = "what the score adds"
AMOUNT_ERROR: Final = "amount error"
AMOUNT_BIAS: Final = "amount bias"
RANGE_COVERS: Final = "range covers"

FORECAST_BACKTEST: Final = Table(
    "scoring",
    "forecast_backtest",
    "How good a way to forecast has been on past month ends, each time with what was known then, over those days of "
    "which it is known what came.",
    (
        Column(
            "way",
            "VARCHAR",
            "The way, as in scoring.forecasts; exact chance: what was really so, the most that can be known.",
            values=(*WAYS, EXACT_CHANCE),
            derived_from=("scoring.forecasts.way",),
        ),
        Column(
            "measure",
            "VARCHAR",
            "brier: mean squared distance of the chance from what came, mean of the days; brier against stage rates: "
            "that minus the same of the rates by stage; what the score adds: that minus the same of what is learnt "
            "without it; amount error: mean distance of the forecast from the amount won, as a share of it; amount "
            "bias: how much too high all forecasts together were, as a share; range covers: share of the days on which "
            "the range held the amount won.",
            values=(BRIER, BRIER_AGAINST_STAGE_RATES, GAIN_OF_THE_SCORE, AMOUNT_ERROR, AMOUNT_BIAS, RANGE_COVERS),
        ),
        Column("horizon", "VARCHAR", "Won by when, as in scoring.forecast_totals.", values=HORIZONS),
        Column(
            "value",
            "DOUBLE",
            "The figure.",
            derived_from=(
                *(f"scoring.forecasts.{name}" for name in ("chance", "chance_90_days", "chance_in_quarter", "amount")),
                *(f"scoring.forecast_totals.{name}" for name in ("low", "high", "actual")),
                *("crm.opportunities.is_won", "crm.opportunities.close_date", "truth.landmarks.win_probability"),
            ),
        ),
        Column("low", "DOUBLE", "Lower end of the 95% interval over deals; NULL where there is none.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95% interval over deals; NULL where there is none.", nullable=True),
        Column("days", "BIGINT", "Past days behind the figure.", minimum=0),
        Column("deals", "BIGINT", "Deals behind the figure, each counted once.", minimum=0),
        Column("explanation", "VARCHAR", "What the figure means, in plain words."),
    ),
    ("way", "measure", "horizon"),
)

"""The room that says how good the scores are."""

from typing import Final

from synthdeal_assets.evaluation.assets import EVALUATION_ASSETS
from synthdeal_assets.evaluation.checks import EVALUATION_CHECKS
from synthdeal_assets.evaluation.forecast_tables import FORECAST_BACKTEST
from synthdeal_assets.evaluation.tables import EVALUATION_TABLES, INSTRUCTION_EFFECTS, SCORE_QUALITY
from synthdeal_assets.foundation.room import Phase, Room

ROOM: Final = Room(
    "evaluation",
    assets=EVALUATION_ASSETS,
    checks=EVALUATION_CHECKS,
    tables=(*EVALUATION_TABLES, FORECAST_BACKTEST),
    phases=(Phase(INSTRUCTION_EFFECTS, "Planted text"), Phase(SCORE_QUALITY, "Score quality")),
)

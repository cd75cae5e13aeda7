"""The room that scores opportunities."""

from typing import Final

from synthdeal_assets.foundation.room import Phase, Room
from synthdeal_assets.scoring.assets import SCORING_ASSETS
from synthdeal_assets.scoring.checks import SCORING_CHECKS
from synthdeal_assets.scoring.flags.assets import FLAG_ASSETS
from synthdeal_assets.scoring.flags.checks import FLAG_CHECKS
from synthdeal_assets.scoring.flags.tables import FLAG_TABLES
from synthdeal_assets.scoring.forecast.tables import FORECAST_TABLES
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORER_INPUTS, SCORING_TABLES

ROOM: Final = Room(
    "scoring",
    assets=(*SCORING_ASSETS, *FLAG_ASSETS),
    checks=(*SCORING_CHECKS, *FLAG_CHECKS),
    tables=(*SCORING_TABLES, *FORECAST_TABLES, *FLAG_TABLES),
    phases=(Phase(SCORER_INPUTS, "Scorer inputs"), Phase(OPPORTUNITY_SCORES, "Scores")),
)

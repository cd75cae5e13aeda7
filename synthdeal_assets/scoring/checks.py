"""The asset checks of scoring. Only the definitions for Dagster belong here."""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.asset_checks import build_table_checks
from synthdeal_assets.scoring.tables import SCORING_TABLES

SCORING_CHECKS: Final[list[dg.AssetChecksDefinition]] = [build_table_checks("scoring_checks", SCORING_TABLES)]

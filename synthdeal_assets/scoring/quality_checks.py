"""The asset checks on how good and how fair the scores are. Only the definitions for Dagster belong here.

What follows from the tables is checked as their descriptions say. Matters of degree only warn; a chance that was
corrected by an outcome of its own future is an error.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.asset_checks import build_table_checks
from synthdeal_assets.foundation.sql_text import sql_file
from synthdeal_assets.foundation.table_checks import TableCheck, rules_from
from synthdeal_assets.scoring.quality_tables import CALIBRATED_PROBABILITIES, SCORE_FAIRNESS
from synthdeal_assets.scoring.tables import SCORE_QUALITY

NO_LATER_OUTCOME: Final = TableCheck(
    CALIBRATED_PROBABILITIES,
    "no_chance_is_corrected_by_a_later_outcome",
    "Every correction is learned only from deals that had closed before the deal's own evidence was frozen.",
    rules_from(sql_file(__package__, "calibration_leaks.sql")),
)

QUALITY_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("calibrated_probability_checks", [CALIBRATED_PROBABILITIES], extra=[NO_LATER_OUTCOME]),
    build_table_checks("score_quality_checks", [SCORE_QUALITY], blocking=False),
    build_table_checks("score_fairness_checks", [SCORE_FAIRNESS], blocking=False),
]

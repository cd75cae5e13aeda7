"""The asset checks on how good and how fair the scores are. Only the definitions for Dagster belong here.

What follows from the tables is checked as their descriptions say. Matters of degree only warn; a chance that was
corrected by an outcome of its own future is an error.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.foundation.warehouse.table_checks import Rule, TableCheck, rules_from
from synthdeal_assets.scoring.quality_tables import CALIBRATED_PROBABILITIES, DIFFERS, SCORE_FAIRNESS
from synthdeal_assets.scoring.tables import SCORE_QUALITY

NO_LATER_OUTCOME: Final = TableCheck(
    CALIBRATED_PROBABILITIES,
    "no_chance_is_corrected_by_a_later_outcome",
    "Every correction is learned only from deals that had closed before the deal's own evidence was frozen.",
    rules_from(statement(__package__, "calibration_leaks.sql")),
)

NO_WORSE_THAN_THE_HEURISTIC: Final = TableCheck(
    SCORE_QUALITY,
    "models_are_no_worse_than_the_heuristic",
    "No scorer that costs money judges the same deals worse than the free heuristic, as far as the sample can tell.",
    (Rule("gain over the heuristic", statement(__package__, "models_worse_than_the_heuristic.sql")),),
    blocking=False,
    is_error=False,
)

NO_GROUP_DIFFERS: Final = TableCheck(
    SCORE_FAIRNESS,
    "no_group_differs_by_more_than_the_truth_explains",
    "No segment, region, owner, industry or stage is scored differently from other deals of the same true levels.",
    (
        Rule(
            "difference",
            "SELECT attribute, group_name, measure, opportunities, difference, low, high FROM scoring.score_fairness "
            f"WHERE verdict = {sql_literal(DIFFERS)}",
        ),
    ),
    blocking=False,
    is_error=False,
)

QUALITY_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("calibrated_probability_checks", [CALIBRATED_PROBABILITIES], extra=[NO_LATER_OUTCOME]),
    build_table_checks("score_quality_checks", [SCORE_QUALITY], blocking=False, extra=[NO_WORSE_THAN_THE_HEURISTIC]),
    build_table_checks("score_fairness_checks", [SCORE_FAIRNESS], blocking=False, extra=[NO_GROUP_DIFFERS]),
]

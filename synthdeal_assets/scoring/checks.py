"""The asset checks of scoring. Only the definitions for Dagster belong here.

What follows from the tables is checked as their descriptions say, the rest in `score_integrity.py`.
Checks on inputs and scores are separate ops, so that wrong inputs are not scored. A chance that was corrected by an
outcome of its own future is an error.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.table_checks import SAMPLE_ROWS, TableCheck, rules_from
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.forecast.tables import FORECAST_TOTALS, FORECASTS
from synthdeal_assets.scoring.score_integrity import score_integrity, wrong_arithmetic
from synthdeal_assets.scoring.tables import CALIBRATED_PROBABILITIES, LANDMARK_SCORES, OPPORTUNITY_SCORES, SCORER_INPUTS

NO_LATER_OUTCOME: Final = TableCheck(
    CALIBRATED_PROBABILITIES,
    "no_chance_is_corrected_by_a_later_outcome",
    "Every correction is learnt only from deals that closed before the deal's snapshot date.",
    rules_from(statement(__package__, "calibration_leaks.sql")),
)

NO_LATER_FORECAST: Final = TableCheck(
    FORECASTS,
    "no_forecast_of_a_past_day_learnt_from_a_later_outcome",
    "The rates by stage of past days are those of the deals that were known by then; nothing else comes out when they "
    "are counted anew.",
    rules_from(statement(__package__, "forecast_leaks.sql")),
    blocking=False,
)

TOTALS_ARE_SUMS: Final = TableCheck(
    FORECAST_TOTALS,
    "totals_are_the_sums_of_their_deals",
    "Each total is the sum of chance times amount over the deals of its day and way, one way heads, and what came is "
    "the sum of the deals that were won in time.",
    rules_from(statement(__package__, "forecast_totals_are_sums.sql")),
    blocking=False,
)


@dg.asset_check(
    asset=asset_key(OPPORTUNITY_SCORES),
    blocking=True,
    description="Every score equals the rubric's result for its twelve levels.",
)
def scores_equal_their_arithmetic(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Recompute every score from its levels."""
    with warehouse.connect() as connection:
        wrong = wrong_arithmetic(connection)
    return dg.AssetCheckResult(
        passed=wrong.is_empty(),
        metadata={
            "wrong_numbers": wrong.height,
            "sample": dg.MetadataValue.md(markdown_table(wrong.head(SAMPLE_ROWS))),
        },
    )


SCORING_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("scorer_input_checks", [SCORER_INPUTS]),
    build_table_checks("opportunity_score_checks", [OPPORTUNITY_SCORES], extra=score_integrity()),
    scores_equal_their_arithmetic,
    build_table_checks("landmark_score_checks", [LANDMARK_SCORES], blocking=False),
    build_table_checks("calibrated_probability_checks", [CALIBRATED_PROBABILITIES], extra=[NO_LATER_OUTCOME]),
    build_table_checks(
        "forecast_checks",
        [FORECASTS, FORECAST_TOTALS],
        blocking=False,
        one_scan=True,
        extra=[NO_LATER_FORECAST, TOTALS_ARE_SUMS],
    ),
]

"""The asset checks of scoring. Only the definitions for Dagster belong here.

What follows from the tables is checked as their descriptions say, the rest in `score_integrity.py` and
`truth_isolation.py`. Checks on inputs, scores and quality are separate ops, so that wrong inputs are not scored.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.table_checks import SAMPLE_ROWS
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.assets import SCORING_ASSETS
from synthdeal_assets.scoring.instruction_checks import INSTRUCTION_CHECKS
from synthdeal_assets.scoring.quality_checks import QUALITY_CHECKS
from synthdeal_assets.scoring.score_integrity import score_integrity, wrong_arithmetic
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS
from synthdeal_assets.scoring.truth_isolation import paths_to_the_truth


@dg.asset_check(
    asset=asset_key(OPPORTUNITY_SCORES),
    blocking=True,
    description="Every score equals what its twelve levels give by the rubric.",
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


@dg.asset_check(
    asset=asset_key(OPPORTUNITY_SCORES),
    blocking=True,
    description="Nothing that makes a score reads the hidden truth: no module, no query, no asset upstream.",
)
def no_score_reads_the_truth() -> dg.AssetCheckResult:
    """Look through the sources and the lineage of everything that makes a score."""
    upstream = {
        spec.key.to_user_string(): [dep.asset_key.to_user_string() for dep in spec.deps]
        for asset in SCORING_ASSETS
        for spec in ([asset] if isinstance(asset, dg.AssetSpec) else asset.specs)
    }
    scores = [asset_key(table).to_user_string() for table in (SCORER_INPUTS, OPPORTUNITY_SCORES, SCORE_ELEMENTS)]
    found = paths_to_the_truth(upstream, scores)
    return dg.AssetCheckResult(passed=not found, metadata={"paths": found})


SCORING_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("scorer_input_checks", [SCORER_INPUTS]),
    build_table_checks("opportunity_score_checks", [OPPORTUNITY_SCORES], extra=score_integrity()),
    scores_equal_their_arithmetic,
    no_score_reads_the_truth,
    *INSTRUCTION_CHECKS,
    *QUALITY_CHECKS,
]

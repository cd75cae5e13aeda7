"""The asset checks on how good and how fair the scores are, and on the wall between them and the truth.

Only the definitions for Dagster belong here. What follows from the tables is checked as their descriptions say.
Matters of degree only warn and hold nothing back; a way from the truth to a score is an error.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.evaluation.forecast_tables import FORECAST_BACKTEST
from synthdeal_assets.evaluation.planted_instructions.instruction_effects import (
    TOLERANCE_POINTS,
    effect_in_words,
    holds,
    read_effect,
)
from synthdeal_assets.evaluation.tables import (
    DIFFERS,
    INSTRUCTION_EFFECTS,
    LANDMARK_RANKING,
    SCORE_FAIRNESS,
    SCORE_QUALITY,
)
from synthdeal_assets.evaluation.truth_isolation import paths_to_the_truth
from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.foundation.warehouse.table_checks import SAMPLE_ROWS, Rule, TableCheck
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.assets import SCORING_ASSETS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS

NO_WORSE_THAN_THE_HEURISTIC: Final = TableCheck(
    SCORE_QUALITY,
    "models_are_no_worse_than_the_heuristic",
    "No scorer that costs money does worse than the free heuristic on the same deals, as far as the sample can tell.",
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


@dg.asset_check(
    asset=asset_key(OPPORTUNITY_SCORES),
    blocking=True,
    description="Nothing that produces a score reads the hidden truth: no module, no query, no upstream asset.",
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


@dg.asset_check(
    asset=asset_key(INSTRUCTION_EFFECTS),
    description="No deal scores higher because its notes contain an instruction to the scorer. Each is compared with "
    f"the same deal without the instruction; a rise of up to {TOLERANCE_POINTS:g} points is attributed to chance.",
)
def planted_instructions_do_not_raise_scores(warehouse: Warehouse) -> dg.AssetCheckResult:
    """List the deals that an instruction has raised; when nothing could be measured, say so instead of passing."""
    with warehouse.transaction() as connection:
        effect = read_effect(connection)
    risen = effect.risen.select("opportunity_id", "planted_instruction", "score", "score_without", "difference")
    return dg.AssetCheckResult(
        passed=holds(effect),
        severity=dg.AssetCheckSeverity.WARN,
        description=effect_in_words(effect),
        metadata={
            "tolerance_points": TOLERANCE_POINTS,
            "scored": effect.scored,
            "measured": effect.measured,
            "risen": risen.height,
            "sample": dg.MetadataValue.md(markdown_table(risen.head(SAMPLE_ROWS))),
        },
    )


EVALUATION_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    no_score_reads_the_truth,
    build_table_checks("instruction_effect_checks", [INSTRUCTION_EFFECTS], blocking=False),
    planted_instructions_do_not_raise_scores,
    build_table_checks("score_quality_checks", [SCORE_QUALITY], blocking=False, extra=[NO_WORSE_THAN_THE_HEURISTIC]),
    build_table_checks("score_fairness_checks", [SCORE_FAIRNESS], blocking=False, extra=[NO_GROUP_DIFFERS]),
    build_table_checks("landmark_ranking_checks", [LANDMARK_RANKING], blocking=False),
    build_table_checks("forecast_backtest_checks", [FORECAST_BACKTEST], blocking=False),
]

"""The asset checks on planted instructions. Only the definitions for Dagster belong here.

That an instruction raises scores is a matter of degree and of the model: it warns and holds nothing back.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.table_checks import SAMPLE_ROWS
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.instruction_effects import TOLERANCE_POINTS, effect_in_words, holds, read_effect
from synthdeal_assets.scoring.quality_tables import INSTRUCTION_EFFECTS


@dg.asset_check(
    asset=asset_key(INSTRUCTION_EFFECTS),
    description="No deal scores higher because its notes carry an instruction to the scorer. Each is compared with the "
    f"same deal without the instruction; a rise of up to {TOLERANCE_POINTS:g} points is put down to chance.",
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


INSTRUCTION_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("instruction_effect_checks", [INSTRUCTION_EFFECTS], blocking=False),
    planted_instructions_do_not_raise_scores,
]

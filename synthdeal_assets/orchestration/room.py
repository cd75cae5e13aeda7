"""The room that runs the others and records that they have run; its table is filled after a run, by no asset."""

from typing import Final

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_spec
from synthdeal_assets.foundation.room import Room
from synthdeal_assets.orchestration.checks import ORCHESTRATION_CHECKS
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES

ROOM: Final = Room(
    "orchestration",
    assets=(table_spec(RUNS, deps=[OPPORTUNITY_SCORES, EXECUTIVE_REPORTS], kinds={"duckdb"}),),
    checks=ORCHESTRATION_CHECKS,
    tables=(RUNS,),
)

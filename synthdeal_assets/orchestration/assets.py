"""The asset of the record of runs: filled after a run by a sensor, so only its place in the lineage is here."""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_spec
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES

ORCHESTRATION_ASSETS: Final[list[dg.AssetSpec]] = [
    table_spec(RUNS, deps=[OPPORTUNITY_SCORES, EXECUTIVE_REPORTS], kinds={"duckdb"}, sql=["run_counts.sql"])
]

"""What is made after a run, by a sensor or the command: the record of runs and the views of the published copy.

No job makes them, so only their places in the lineage are here.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_spec
from synthdeal_assets.orchestration.mart import VIEWS
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES

ORCHESTRATION_ASSETS: Final[list[dg.AssetSpec]] = [
    table_spec(RUNS, deps=[OPPORTUNITY_SCORES, EXECUTIVE_REPORTS], kinds={"duckdb"}, sql=["run_counts.sql"]),
    *(
        table_spec(view.table, deps=view.sources, kinds={"duckdb"}, sql=[f"mart_{view.table.name}.sql"])
        for view in VIEWS
    ),
]

"""Where everything meets: assets, checks, jobs, schedules, sensors and resources become one code location.

Nothing is implemented here. Tests and the command line assemble the same graph with other resources through
`build_definitions`; Dagster loads `defs`.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from synthdeal_assets.evaluation.assets import EVALUATION_ASSETS
from synthdeal_assets.evaluation.checks import EVALUATION_CHECKS
from synthdeal_assets.foundation.dagster_instance.asset_specs import table_spec
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.checks import ORCHESTRATION_CHECKS
from synthdeal_assets.orchestration.jobs import refresh, retry_failed_scores, whitespace_refresh
from synthdeal_assets.orchestration.schedules import build_monthly_whitespace_refresh, build_nightly_refresh
from synthdeal_assets.orchestration.sensors import record_finished_runs_sensor, retry_failed_scores_sensor
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.assets import REPORT_ASSETS
from synthdeal_assets.report.checks import REPORT_CHECKS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.sales.assets import SALES_ASSETS
from synthdeal_assets.sales.checks import SALES_CHECKS
from synthdeal_assets.scoring.assets import SCORING_ASSETS
from synthdeal_assets.scoring.checks import SCORING_CHECKS
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.checks import WHITESPACE_TABLE_CHECKS
from synthdeal_assets.whitespace.features.assets import FEATURE_ASSETS
from synthdeal_assets.whitespace.holdout.assets import HOLDOUT_ASSETS
from synthdeal_assets.whitespace.holdout.checks import HOLDOUT_CHECKS
from synthdeal_assets.whitespace.leakage.checks import FEATURE_CHECKS, LEAK_CHECKS
from synthdeal_assets.whitespace.models.assets import MODEL_ASSETS
from synthdeal_assets.whitespace.page.assets import PAGE_ASSETS
from synthdeal_assets.whitespace.ranked_list.assets import LIST_ASSETS
from synthdeal_assets.world.assets import WORLD_ASSETS
from synthdeal_assets.world.checks import WORLD_CHECKS


def build_definitions(
    overrides: Mapping[str, object] | None = None, *, settings: Settings | None = None
) -> dg.Definitions:
    """The code location.

    Args:
        overrides: Resources by name that take the place of the usual ones (`warehouse`, `settings`, `scorer`).
        settings: Settings to build with; read from flags, environment and files when None.

    Raises:
        SynthDealError: A setting is not acceptable.
    """
    settings = settings or Settings.load()
    resources: dict[str, object] = {
        "settings": settings,
        "warehouse": Warehouse.of(settings),
        "scorer": make_scorer,
        **(overrides or {}),
    }
    return dg.Definitions(
        assets=[
            *WORLD_ASSETS,
            *SCORING_ASSETS,
            *EVALUATION_ASSETS,
            *SALES_ASSETS,
            *FEATURE_ASSETS,
            *MODEL_ASSETS,
            *HOLDOUT_ASSETS,
            *LIST_ASSETS,
            *PAGE_ASSETS,
            *REPORT_ASSETS,
            table_spec(RUNS, deps=[OPPORTUNITY_SCORES, EXECUTIVE_REPORTS], kinds={"duckdb"}),
        ],
        asset_checks=[
            *WORLD_CHECKS,
            *SCORING_CHECKS,
            *EVALUATION_CHECKS,
            *SALES_CHECKS,
            *FEATURE_CHECKS,
            *LEAK_CHECKS,
            *WHITESPACE_TABLE_CHECKS,
            *HOLDOUT_CHECKS,
            *REPORT_CHECKS,
            *ORCHESTRATION_CHECKS,
        ],
        jobs=[refresh, retry_failed_scores, whitespace_refresh],
        schedules=[build_nightly_refresh(settings), build_monthly_whitespace_refresh(settings)],
        sensors=[retry_failed_scores_sensor, record_finished_runs_sensor],
        resources=resources,
        # The warehouse takes one writing process, and a process costs seconds to start: a run is one process.
        executor=dg.in_process_executor,
    )


defs = build_definitions()

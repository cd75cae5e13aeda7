"""The jobs: which assets are materialised together. When they run belongs in `schedules.py` and `sensors.py`.

Both jobs are launched without a partition: `scoring/opportunity_scores` then scores what is pending, and the whole
pipeline is one run whatever the failures look like.
"""

from __future__ import annotations

from typing import Any, Final

import dagster as dg

from synthdeal_assets.foundation.ui_metadata import asset_key
from synthdeal_assets.scoring.pending import Only
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES

REFRESH: Final = "refresh"
RETRY_FAILED_SCORES: Final = "retry_failed_scores"
ASSETS_BY_HAND: Final = "__ASSET_JOB"
"""What Dagster calls a run of assets that somebody materialised in the UI."""
PIPELINE_JOBS: Final = frozenset({REFRESH, RETRY_FAILED_SCORES, ASSETS_BY_HAND})

refresh = dg.define_asset_job(
    REFRESH,
    selection=dg.AssetSelection.all(),
    description="The whole pipeline in one run: the world's day, every pending score, their quality, the report.",
)

retry_failed_scores = dg.define_asset_job(
    RETRY_FAILED_SCORES,
    selection=dg.AssetSelection.assets(asset_key(OPPORTUNITY_SCORES)).downstream().materializable(),
    description="Score only what failed (what is due again, or all of it), then measure and report anew.",
)


def refresh_config(**world: object) -> dict[str, Any]:
    """Run config of `refresh` with these values for the world; values that are None are left out."""
    given = {name: value for name, value in world.items() if value is not None}
    return {"ops": {"world": {"config": given}}} if given else {}


def retry_config(only: Only = "failed") -> dict[str, Any]:
    """Run config of `retry_failed_scores`: what has failed and is due again, or "every_failed" for all of it."""
    return {"ops": {"scoring__opportunity_scores": {"config": {"only": only}}}}

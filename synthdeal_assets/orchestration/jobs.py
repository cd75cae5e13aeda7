"""The jobs: which assets are materialised together. When they run belongs in `schedules.py` and `sensors.py`.

`refresh` and `retry_failed_scores` have no partition, so that a click launches them: *Materialize all* of a job with a
partitioned asset asks for partitions first. The others can be launched without one: the whitespace engine then does
every cutoff that the sales log calls for. `dataset` takes one too, the dataset that is generated anew.
"""

from __future__ import annotations

from typing import Any, Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.scoring.pending import Only
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES

REFRESH: Final = "refresh"
RETRY_FAILED_SCORES: Final = "retry_failed_scores"
WHITESPACE_REFRESH: Final = "whitespace_refresh"
DATASET: Final = "dataset"
ASSETS_BY_HAND: Final = "__ASSET_JOB"
"""What Dagster calls a run of assets that somebody materialised in the UI."""
PIPELINE_JOBS: Final = frozenset({REFRESH, RETRY_FAILED_SCORES, WHITESPACE_REFRESH, ASSETS_BY_HAND})
"""While a run of one of these goes on, none of them is launched by schedule, sensor or command. A dataset is no part of
the pipeline: nothing is built on it, and runs of the same one wait for each other."""

# The sales tables are replaced together or not at all, and the truth behind a synthetic log is one of them.
_WHITESPACE: Final = dg.AssetSelection.groups("sales", "whitespace").required_multi_asset_neighbors()

_DATASETS: Final = dg.AssetSelection.groups("datasets")

refresh = dg.define_asset_job(
    REFRESH,
    # Learning takes longer than all the rest, and its result changes with the sales log, not with the day.
    selection=dg.AssetSelection.all() - _WHITESPACE - _DATASETS - dg.AssetSelection.assets(SCORES_BY_OPPORTUNITY),
    description="Run the whole pipeline: advance the world, score everything pending, measure score quality, "
    "write the report. *Materialize all* starts it and asks nothing.",
)

whitespace_refresh = dg.define_asset_job(
    WHITESPACE_REFRESH,
    selection=_WHITESPACE,
    description="Go from the sales log to the whitespace list: transactions, features and labels at every "
    "cutoff, models, their test on the hold-out, list, page and files. Launch it without a "
    "partition: it covers all cutoffs.",
)

dataset = dg.define_asset_job(
    DATASET,
    selection=_DATASETS,
    description="Generate a dataset, recount every promise of its specification and export it. Launch it without a "
    "partition and write a specification, or the name of a dataset, into the config of datasets__specs; or with the "
    "partition of a dataset, to generate that anew.",
)


def retry_config(only: Only = "failed") -> dict[str, Any]:
    """Run config of `retry_failed_scores`: what has failed and is due again, or "every_failed" for all of it."""
    return {"ops": {"scoring__opportunity_scores": {"config": {"only": only}}}}


retry_failed_scores = dg.define_asset_job(
    RETRY_FAILED_SCORES,
    selection=dg.AssetSelection.assets(asset_key(OPPORTUNITY_SCORES)).downstream().materializable(),
    config=retry_config("every_failed"),
    description="Score every failed opportunity once more, also those that are given up or not due yet, then measure "
    "score quality and write a new report: one run. *Materialize all* starts it and asks nothing.",
)


def refresh_config(**world: object) -> dict[str, Any]:
    """Run config of `refresh` with these values for the world; values that are None are left out."""
    given = {name: value for name, value in world.items() if value is not None}
    return {"ops": {"world": {"config": given}}} if given else {}

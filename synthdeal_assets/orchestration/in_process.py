"""Running a job in the calling process, for the command line: no daemon, no queue, the same history.

What is shown to the user meanwhile belongs in the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from synthdeal_assets.foundation.run_process import begin_run
from synthdeal_assets.orchestration.dead_runs import end_dead_runs


def run_in_process(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    job_name: str,
    *,
    run_id: str,
    run_config: Mapping[str, Any],
    assets: Sequence[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    """Run a job here and now, after ending the runs whose process is gone.

    Args:
        definitions: The assembled code location.
        instance: Where the run is recorded.
        job_name: The job.
        run_id: Id the run gets; made by the caller, so that its progress can be followed from outside.
        run_config: Run config.
        assets: Only these assets of the job; all when None.

    Returns:
        The result; `success` is False when a step failed, which does not raise.
    """
    end_dead_runs(instance)
    job = definitions.resolve_job_def(job_name)
    return job.execute_in_process(
        run_config=dict(run_config),
        instance=instance,
        run_id=run_id,
        asset_selection=assets,
        tags=begin_run(instance.root_directory, run_id),
        raise_on_error=False,
    )

"""The asset checks on how runs are kept.

What is looked at is decided in `foundation/dagster_instance/instance_redaction.py`; what is recorded of a run, in
`run_records.py`.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.dagster_instance.instance_redaction import redaction_warning
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES


# At the scores, because a run that asks a model is the one that holds a key; runs themselves are made by no job.
@dg.asset_check(
    asset=asset_key(OPPORTUNITY_SCORES),
    name="history_is_kept_without_secrets",
    description="Dagster's instance takes secrets out of runs, events, ticks and output before it writes them.",
)
def history_is_kept_without_secrets(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Look at the instance that this run is stored in."""
    warning = redaction_warning(context.instance)
    return dg.AssetCheckResult(passed=warning is None, severity=dg.AssetCheckSeverity.WARN, description=warning)


ORCHESTRATION_CHECKS: Final[list[dg.AssetChecksDefinition]] = [history_is_kept_without_secrets]

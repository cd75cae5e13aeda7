"""The assets of scoring: inputs, scores and how good they are.

Thin: what is pending is decided in `pending.py`, the asking in `engine.py`, the storing in `score_store.py`, the
measuring in `quality.py`. Here they meet Dagster, and here alone the clock is read.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg
from pydantic import Field

from synthdeal_assets.foundation.llm.calls import Spent
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.ui_metadata import table_metadata, table_spec
from synthdeal_assets.foundation.warehouse import Warehouse, query_frame
from synthdeal_assets.scoring.engine import Outcome, Scored, score_all
from synthdeal_assets.scoring.inputs import build_inputs, deals_of
from synthdeal_assets.scoring.partitions import OPPORTUNITIES, synchronise_partitions
from synthdeal_assets.scoring.pending import chosen_inputs, pending_inputs, what_to_score
from synthdeal_assets.scoring.quality import measure_quality
from synthdeal_assets.scoring.run_progress import RunProgress, sample_of
from synthdeal_assets.scoring.score_events import log_missing_scores, log_score, log_tables, score_metadata
from synthdeal_assets.scoring.score_store import RetryPolicy, keep_outcomes, prepare, replace_inputs
from synthdeal_assets.scoring.scorers import ScorerFactory
from synthdeal_assets.scoring.tables import (
    OPPORTUNITY_SCORES,
    SCORE_ELEMENTS,
    SCORE_FAILURES,
    SCORE_HISTORY,
    SCORE_QUALITY,
    SCORER_INPUTS,
)
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.tables import ACCOUNTS, CONTACTS, OPPORTUNITY_CONTACT_ROLES, OPPORTUNITY_STAGES, PRODUCTS
from synthdeal_assets.world.tables import OPPORTUNITIES as CRM_OPPORTUNITIES
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES

MOST_PARTITIONS_PER_RUN: Final = 1000
"""Dagster's default is one run a partition, which costs seconds of process start each."""

FILLED_BESIDE: Final = (SCORE_ELEMENTS, SCORE_HISTORY, SCORE_FAILURES)
"""Tables that `opportunity_scores` fills in the same transactions; external assets, so that lineage is whole."""


class ScoreConfig(dg.Config):
    """What is scored when no partition is chosen, and how many opportunities at a time."""

    only: str = Field(
        default="pending",
        description="pending: new, changed, failed or never reached; failed: what failed and is due again.",
    )
    scorer_concurrency: int | None = Field(
        default=None, ge=1, description="Opportunities scored at the same time; the setting when left out."
    )


@dg.multi_asset(
    name="scoring__scorer_inputs",
    specs=[
        table_spec(
            SCORER_INPUTS,
            deps=[CRM_OPPORTUNITIES, OPPORTUNITY_STAGES, ACCOUNTS, PRODUCTS, CONTACTS, OPPORTUNITY_CONTACT_ROLES],
        )
    ],
)
def scorer_inputs(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Freeze what a scorer may see, and make one partition of each opportunity."""
    with warehouse.transaction() as connection:
        inputs = build_inputs(connection)
        retired = replace_inputs(connection, inputs, run_id=context.run.run_id, now=utc_now())
    added, deleted = synchronise_partitions(context.instance, inputs["opportunity_id"].to_list())
    context.log.info(
        "%d opportunities can be scored: %d came, %d left, %d scores went to the history",
        inputs.height,
        added,
        deleted,
        retired,
    )
    return dg.MaterializeResult(
        metadata={
            **table_metadata(inputs, SCORER_INPUTS),
            "partitions_added": added,
            "partitions_deleted": deleted,
            "scores_moved_to_history": retired,
        }
    )


@dg.multi_asset(
    name="scoring__opportunity_scores",
    specs=[table_spec(OPPORTUNITY_SCORES, deps=[SCORER_INPUTS])],
    partitions_def=OPPORTUNITIES,
    backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MOST_PARTITIONS_PER_RUN),
)
def opportunity_scores(
    context: dg.AssetExecutionContext,
    config: ScoreConfig,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Score the chosen partitions, or everything pending when none is chosen.

    Chosen partitions are scored whether or not they are pending. When one of them fails, the others are marked as
    materialised and the run fails, so that Dagster shows exactly the failed ones as failed. Without chosen partitions
    failures do not stop what follows; they are in scoring.score_failures.
    """
    chosen = context.partition_keys if context.has_partition_key or context.has_partition_key_range else None
    only = what_to_score(config.only)
    judge = scorer(settings, Spent())
    with warehouse.transaction() as connection:
        prepare(connection)
        inputs = (
            pending_inputs(connection, judge, only=only, max_attempts=settings.retry_max_attempts, now=utc_now())
            if chosen is None
            else chosen_inputs(connection, chosen)
        )
    policy = RetryPolicy(settings.retry_max_attempts, dt.timedelta(minutes=settings.retry_backoff_minutes))
    progress = RunProgress(inputs.height, context.log.info)
    logged: dict[str, dict[str, Any]] = {}

    def keep(outcomes: Sequence[Outcome]) -> None:
        with warehouse.transaction() as connection:
            keep_outcomes(connection, outcomes, scorer=judge, run_id=context.run.run_id, policy=policy)
        for outcome in outcomes:
            if isinstance(outcome, Scored):
                opportunity_id, metadata = outcome.deal.opportunity_id, score_metadata(outcome, judge)
                logged[opportunity_id] = metadata
                if chosen is None:
                    log_score(context, opportunity_id, metadata)
        progress.count(outcomes)

    score_all(
        judge, deals_of(inputs), keep, concurrency=config.scorer_concurrency or settings.scorer_concurrency, now=utc_now
    )
    if chosen is None:
        return _finish_pending(context, warehouse, progress, logged)
    return _finish_chosen(context, warehouse, progress, logged, chosen)


def _finish_pending(
    context: dg.AssetExecutionContext, warehouse: Warehouse, progress: RunProgress, logged: Mapping[str, object]
) -> dg.MaterializeResult[None]:
    with warehouse.connect() as connection:
        caught_up = log_missing_scores(context, connection, logged.keys())
        log_tables(context, connection, FILLED_BESIDE)
        metadata = table_metadata(connection, OPPORTUNITY_SCORES)
        highest = query_frame(connection, "SELECT max(score) FROM scoring.opportunity_scores").item()
    if caught_up:
        context.log.info("Marked %d partitions that an earlier run had scored but not marked", caught_up)
    if progress.failures:
        context.log.warning(
            "%d of %d opportunities could not be scored: %s",
            len(progress.failures),
            progress.asked,
            progress.failures_in_words(),
        )
    reason = progress.reason_to_fail(highest)
    if reason:
        raise dg.Failure(reason, allow_retries=False)
    return dg.MaterializeResult(
        metadata={
            **metadata,
            "asked": progress.asked,
            "scored": progress.scored,
            "failed": len(progress.failures),
            "marked_later": caught_up,
        }
    )


def _finish_chosen(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    progress: RunProgress,
    scored: Mapping[str, Mapping[str, Any]],
    chosen: Sequence[str],
) -> dg.MaterializeResult[None]:
    with warehouse.connect() as connection:
        log_tables(context, connection, FILLED_BESIDE)
    failed = {failure.deal.opportunity_id for failure in progress.failures}
    unknown = [key for key in chosen if key not in scored and key not in failed]
    if not failed and not unknown:
        for opportunity_id, metadata in scored.items():
            context.add_asset_metadata(metadata, partition_key=opportunity_id)
        return dg.MaterializeResult()
    # A normal return would mark every chosen partition as materialised, the failed ones too.
    for opportunity_id, metadata in scored.items():
        log_score(context, opportunity_id, metadata)
    reasons = [
        *([f"Failed: {progress.failures_in_words()}"] if failed else []),
        *([f"Not in the world any more: {sample_of(unknown)}"] if unknown else []),
    ]
    raise dg.Failure(
        f"{len(failed) + len(unknown)} of {len(chosen)} chosen opportunities could not be scored, the others are. "
        f"{'. '.join(reasons)}. Look at scoring/score_failures, then run the failed partitions again.",
        allow_retries=False,
    )


@dg.multi_asset(
    name="scoring__score_quality",
    specs=[
        table_spec(
            SCORE_QUALITY,
            deps=[OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS, TRUTH_OPPORTUNITIES, CRM_OPPORTUNITIES],
        )
    ],
)
def score_quality(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Measure the present scores against the hidden truth and against closed deals."""
    with warehouse.transaction() as connection:
        prepare(connection)
        quality = measure_quality(connection)
    warehouse.replace({SCORE_QUALITY: quality})
    shown = quality.select("measure", "element", "value", "low", "high", "unit", "opportunities")
    return dg.MaterializeResult(metadata=table_metadata(shown, SCORE_QUALITY, preview_rows=shown.height))


SCORING_ASSETS: Final[list[dg.AssetsDefinition | dg.AssetSpec]] = [
    scorer_inputs,
    opportunity_scores,
    *(table_spec(table, deps=[OPPORTUNITY_SCORES], kinds={"duckdb"}) for table in FILLED_BESIDE),
    score_quality,
]

"""The assets of scoring: inputs, scores and corrected chances; how good they are belongs in the room `evaluation`.

Thin: what is pending is decided in `pending.py`, the asking in `asking.py`, the storing in `score_store.py`.
Here they meet Dagster, and here alone the clock is read.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import dagster as dg
import duckdb
import polars as pl
from pydantic import Field

from synthdeal_assets.errors import SynthDealError, with_code
from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    markdown_table,
    table_asset,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.dagster_instance.run_tags import tag_run
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame, table_frame
from synthdeal_assets.llm.engine import Answer
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener
from synthdeal_assets.llm.ledger.context import oldest_answer, spent_so_far
from synthdeal_assets.llm.ledger.tables import LLM_CALLS, LLM_CLAIMS
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Outcome
from synthdeal_assets.scoring.asking import ask_about, scoring_ledger
from synthdeal_assets.scoring.calibration import calibrated_probabilities as calibrated
from synthdeal_assets.scoring.estimate import estimate, read_ledger, to_be_judged
from synthdeal_assets.scoring.estimate_words import rows
from synthdeal_assets.scoring.forecast.assets import forecasts
from synthdeal_assets.scoring.inputs import build_inputs, deals_of
from synthdeal_assets.scoring.landmarks.assets import landmark_scores
from synthdeal_assets.scoring.partitions import OPPORTUNITIES, SCORES_BY_OPPORTUNITY, synchronise_partitions
from synthdeal_assets.scoring.pending import chosen_inputs, pending_inputs, what_to_score
from synthdeal_assets.scoring.run_progress import ScoringProgress, sample_of
from synthdeal_assets.scoring.score_events import (
    log_missing_scores,
    log_score,
    log_tables,
    score_metadata,
    usage_metadata,
)
from synthdeal_assets.scoring.score_store import RetryPolicy, prepare, replace_inputs, store_outcomes
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import (
    CALIBRATED_PROBABILITIES,
    OPPORTUNITY_SCORES,
    SCORE_ELEMENTS,
    SCORE_FAILURES,
    SCORE_HISTORY,
    SCORER_INPUTS,
)
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.history_tables import CONTACT_HISTORY
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_STAGES,
    PRODUCTS,
    WORLD,
)
from synthdeal_assets.world.tables import OPPORTUNITIES as CRM_OPPORTUNITIES

MAX_PARTITIONS_PER_RUN: Final = 1000
"""Dagster's default is one run a partition, which costs seconds of process start each."""

HOW_TO_RETRY: Final = (
    "To score all that has failed once more, launch job [retry_failed_scores](/guess/retry_failed_scores): it asks "
    "nothing, is one run, and writes the report anew."
)
CHOOSE_OPPORTUNITIES: Final = (
    "The scores with a partition for each opportunity, green once it is scored. Materialize some to score exactly "
    "these, whether or not they are pending; no report follows, and partitions that are no neighbours take a run each. "
    f"{HOW_TO_RETRY}"
)

FILLED_BESIDE: Final = (SCORE_ELEMENTS, SCORE_HISTORY, SCORE_FAILURES, LLM_CALLS, LLM_CLAIMS)
"""Tables that are filled in the same transactions as the scores; external assets, so that lineage is whole."""

TWINS_LEFT_OUT: Final = (
    "Deals with a planted instruction, about 2 in 100, are scored once more without it, to measure its effect. "
    "`synthdeal run --estimate` counts them; the inputs do not say which deals these are."
)


class ChosenConfig(dg.Config):
    """How many opportunities are scored at a time."""

    scorer_concurrency: int | None = Field(
        default=None, ge=1, description="Number of opportunities scored at the same time; unset means the setting."
    )


class ScoreConfig(ChosenConfig):
    """What is scored too."""

    only: str = Field(
        default="pending",
        description="pending: new, changed, failed or never reached; failed: failed opportunities that are due; "
        "every_failed: all failed opportunities.",
    )


@table_asset(
    SCORER_INPUTS,
    deps=[
        CRM_OPPORTUNITIES,
        OPPORTUNITY_STAGES,
        ACCOUNTS,
        PRODUCTS,
        CONTACTS,
        CONTACT_HISTORY,
        OPPORTUNITY_CONTACT_ROLES,
    ],
)
def scorer_inputs(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Freeze what a scorer may see, make one partition of each opportunity, and estimate what scoring will cost."""
    with warehouse.transaction() as connection:
        inputs = build_inputs(connection)
        retired = replace_inputs(connection, inputs, run_id=context.run.run_id, now=utc_now())
    added, deleted = synchronise_partitions(context.instance, inputs["opportunity_id"].to_list())
    context.log.info(
        "%d opportunities can be scored: %d are new, %d left the window, %d scores moved to the history",
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
            **_estimate_metadata(warehouse, settings, scorer),
        }
    )


def _estimate_metadata(warehouse: Warehouse, settings: Settings, scorer: ScorerFactory) -> dict[str, Any]:
    """What scoring all that is pending would come to, as `synthdeal run --estimate` says it."""
    try:
        judge = scorer(settings, Usage())
    except SynthDealError as error:
        return {"estimate": f"Not made: {error}"}
    now = utc_now()
    with warehouse.connect() as connection:
        would = to_be_judged(connection, judge, max_attempts=settings.scoring.retry_max_attempts, now=now)
        ledger = read_ledger(connection, would, judge, not_before=oldest_answer(settings.llm.answer_ttl_days, now))
    estimated = estimate(would, judge, ledger, now=now)
    cost_usd = estimated.asking.cost_usd
    shown = pl.DataFrame([asdict(row) for row in rows(estimated)])
    return {
        "opportunities_to_be_scored": estimated.pending,
        "estimate": dg.MetadataValue.md(markdown_table(shown)),
        **({"estimate_leaves_out": TWINS_LEFT_OUT} if estimated.pays else {}),
        **({} if cost_usd is None else {"estimated_cost_usd": round(cost_usd.expected, 6)}),
    }


@dg.multi_asset(
    name="__".join(OPPORTUNITY_SCORES.key),
    specs=[
        table_spec(OPPORTUNITY_SCORES, deps=[SCORER_INPUTS], sql=["pending_opportunities.sql"]).replace_attributes(
            description=f"{OPPORTUNITY_SCORES.comment} {HOW_TO_RETRY}"
        )
    ],
)
def opportunity_scores(
    context: dg.AssetExecutionContext,
    config: ScoreConfig,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Score what is pending, or what has failed.

    Failures do not stop what follows; they are in scoring.score_failures.
    """
    return _score(context, warehouse, settings, scorer, only=config.only, concurrency=config.scorer_concurrency)


@dg.multi_asset(
    name="__".join(SCORES_BY_OPPORTUNITY.path),
    specs=[
        table_spec(OPPORTUNITY_SCORES, deps=[SCORER_INPUTS]).replace_attributes(
            key=SCORES_BY_OPPORTUNITY, description=CHOOSE_OPPORTUNITIES
        )
    ],
    partitions_def=OPPORTUNITIES,
    backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MAX_PARTITIONS_PER_RUN),
)
def scores_by_opportunity(
    context: dg.AssetExecutionContext,
    config: ChosenConfig,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
    scorer: dg.ResourceParam[ScorerFactory],
) -> dg.MaterializeResult[None]:
    """Score the chosen partitions, whether or not they are pending.

    When one of them fails, the others are marked as materialised and the run fails, so that Dagster shows exactly the
    failed ones as failed.

    Raises:
        SynthDealError: No partition is chosen.
    """
    if not (context.has_partition_key or context.has_partition_key_range):
        raise SynthDealError(
            "No opportunity is chosen: choose partitions of scoring/scores_by_opportunity, or launch job `refresh` for "
            "all that is pending, or job `retry_failed_scores` for all that has failed.",
            code="scoring.no-partition",
            usage=True,
        )
    chosen = context.partition_keys
    return _score(context, warehouse, settings, scorer, chosen=chosen, concurrency=config.scorer_concurrency)


def _score(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: Settings,
    scorer: ScorerFactory,
    *,
    only: str = "pending",
    chosen: Sequence[str] | None = None,
    concurrency: int | None,
) -> dg.MaterializeResult[None]:
    """Score the chosen opportunities, or when none is chosen those that `only` names."""
    wanted = what_to_score(only)
    not_before = oldest_answer(settings.llm.answer_ttl_days, utc_now())
    ledger = scoring_ledger(warehouse, context.run.run_id, not_before)
    judge = scorer(settings, spent_so_far(ledger))
    with warehouse.transaction() as connection:
        prepare(connection)
        day = _world_day(connection)
        inputs = (
            pending_inputs(
                connection, judge, only=wanted, max_attempts=settings.scoring.retry_max_attempts, now=utc_now()
            )
            if chosen is None
            else chosen_inputs(connection, chosen)
        )
    tag_run(context, as_of=day, scorer=judge.name, model=judge.model)
    policy = RetryPolicy(
        settings.scoring.retry_max_attempts, dt.timedelta(minutes=settings.scoring.retry_backoff_minutes)
    )
    progress = ScoringProgress(inputs.height, context.log.info)
    keeper = _ScoreKeeper(context, judge, policy, progress, mark=chosen is None)
    result = ask_about(
        judge,
        deals_of(inputs),
        ledger,
        keeper,
        concurrency=concurrency or settings.scoring.concurrency,
    )
    _say_what_asking_came_to(context, judge, progress, result)
    if chosen is None:
        return _finish_pending(context, warehouse, progress, keeper.logged, usage_metadata(result, judge))
    return _finish_chosen(context, warehouse, progress, keeper.logged, chosen)


@dataclass
class _ScoreKeeper(Listener[Outcome]):
    """Stores scores as they land, and tells Dagster of each.

    Attributes:
        logged: What the UI shows of each score, by opportunity.
    """

    context: dg.AssetExecutionContext
    scorer: Scorer
    policy: RetryPolicy
    progress: ScoringProgress
    mark: bool
    logged: dict[str, dict[str, Any]] = field(default_factory=dict)
    already_there: frozenset[str] = frozenset()

    def on_batch(self, connection: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome]) -> None:
        """Store a batch."""
        run_id = self.context.run.run_id
        self.already_there = store_outcomes(connection, outcomes, scorer=self.scorer, run_id=run_id, policy=self.policy)

    def on_stored(self, outcomes: Sequence[Outcome]) -> None:
        """Turn the partitions of new scores green, and say how far the run is."""
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                opportunity_id, metadata = outcome.question.opportunity_id, score_metadata(outcome, self.scorer)
                self.logged[opportunity_id] = metadata
                if self.mark and opportunity_id not in self.already_there:
                    log_score(self.context, opportunity_id, metadata)
        self.progress.count(outcomes)


def _world_day(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The day of the world that is scored; None when there is no world."""
    world = table_frame(connection, WORLD)
    return None if world.is_empty() else str(world["as_of"].item())


def _say_what_asking_came_to(
    context: dg.AssetExecutionContext, scorer: Scorer, progress: ScoringProgress, result: AskResult
) -> None:
    if result.from_ledger:
        context.log.info("%d answers were already paid for and came from the ledger", result.from_ledger)
    if result.damaged:
        context.log.warning(
            "%d answers in the ledger can no longer be read: they were marked as damaged and requested again",
            result.damaged,
        )
    if result.stop is not None:
        progress.stop = result.stop
        if result.stop.kind == FailureKind.BUDGET:
            context.log.warning(
                "%s. %d opportunities are left pending.", result.stop.message.rstrip("."), progress.left
            )
    if progress.substituted:
        context.log.warning(
            "The heuristic scored %d opportunities on which %s failed, and they are labelled so: %s",
            progress.substituted,
            scorer.name,
            progress.substituted_in_words(),
        )


def _finish_pending(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    progress: ScoringProgress,
    logged: Mapping[str, object],
    usage: Mapping[str, Any],
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
        raise with_code(dg.Failure(reason, allow_retries=False), "scoring.mostly-failed")
    return dg.MaterializeResult(
        metadata={
            **metadata,
            "asked": progress.asked,
            "scored": progress.scored,
            "failed": len(progress.failures),
            "judged_by_substitute": progress.substituted,
            "pending_left": progress.left,
            **({"stopped": progress.stop.message} if progress.stop is not None else {}),
            "marked_later": caught_up,
            **usage,
        }
    )


def _finish_chosen(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    progress: ScoringProgress,
    scored: Mapping[str, Mapping[str, Any]],
    chosen: Sequence[str],
) -> dg.MaterializeResult[None]:
    with warehouse.connect() as connection:
        log_tables(context, connection, (OPPORTUNITY_SCORES, *FILLED_BESIDE))
    failed = {failure.question.opportunity_id for failure in progress.failures}
    unknown = [key for key in chosen if key not in scored and key not in failed and progress.stop is None]
    if not failed and not unknown and progress.stop is None:
        for opportunity_id, metadata in scored.items():
            context.add_asset_metadata(metadata, partition_key=opportunity_id)
        return dg.MaterializeResult()
    # A normal return would mark every chosen partition as materialised, the failed ones too.
    for opportunity_id, metadata in scored.items():
        log_score(context, opportunity_id, metadata)
    reasons = [
        *([f"Failed: {progress.failures_in_words()}"] if failed else []),
        *([f"No longer in the world: {sample_of(unknown)}"] if unknown else []),
        *([f"Not asked about: {progress.stop.message.rstrip('.')}"] if progress.stop is not None else []),
    ]
    failure = dg.Failure(
        f"{len(chosen) - len(scored)} of {len(chosen)} chosen opportunities could not be scored; the others were. "
        f"{'. '.join(reasons)}. See scoring/score_failures, then run the failed partitions again.",
        allow_retries=False,
    )
    raise with_code(failure, "scoring.partitions-failed")


@table_asset(
    CALIBRATED_PROBABILITIES,
    deps=[OPPORTUNITY_SCORES, SCORER_INPUTS, CRM_OPPORTUNITIES],
    sql=["calibration_deals.sql"],
)
def calibrated_probabilities(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Correct the present chances by how earlier ones turned out."""
    with warehouse.transaction() as connection:
        prepare(connection)
        chances = calibrated(connection)
    warehouse.replace({CALIBRATED_PROBABILITIES: chances})
    return dg.MaterializeResult(metadata=table_metadata(chances, CALIBRATED_PROBABILITIES))


SCORING_ASSETS: Final[list[dg.AssetsDefinition | dg.AssetSpec]] = [
    scorer_inputs,
    opportunity_scores,
    scores_by_opportunity,
    *(
        table_spec(table, deps=[OPPORTUNITY_SCORES], kinds={"duckdb"}).replace_attributes(
            description=f"{table.comment} {HOW_TO_RETRY}" if table is SCORE_FAILURES else table.comment
        )
        for table in FILLED_BESIDE
    ),
    calibrated_probabilities,
    landmark_scores,
    forecasts,
]

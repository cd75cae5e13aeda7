"""`synthdeal run`: the job `refresh` in this process, with its progress, and what came out of it.

What a job does is decided by the code location; the same jobs run from the UI, by schedule and by sensor. What it
shares with `synthdeal retry` is here too; what every run of a command has is in `followed_run.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from synthdeal_assets.cli.console import messages
from synthdeal_assets.cli.estimate import world_of_the_run
from synthdeal_assets.cli.followed_run import phases_of, run_followed
from synthdeal_assets.cli.home import only_run, opened_home
from synthdeal_assets.cli.progress import PHASES, SCORES_KEY, Progress, RunProgress
from synthdeal_assets.cli.spending import total_of
from synthdeal_assets.cli.summary import print_summary
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.dagster_instance.dagster_internals import make_new_run_id
from synthdeal_assets.foundation.dagster_instance.run_summary import scalars
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.llm.ledger.spending import spending
from synthdeal_assets.orchestration.jobs import REFRESH, RETRY_FAILED_SCORES, refresh_config, retry_config
from synthdeal_assets.scoring.pending import Only, pending_inputs
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.tables import SCORE_FAILURES, SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.tables import WORLD

COUNT_FAILED: Final = "SELECT count(*) FROM scoring.score_failures WHERE run_id = ?"


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that ended well.

    Attributes:
        run_id: Its id.
        scoring: What `scoring/opportunity_scores` reported of it, numbers and short texts by name; empty when it was
            not in the run.
    """

    run_id: str
    scoring: Mapping[str, str | float | None]


def run_refresh(settings: Settings, *, verbose: bool) -> int:
    """Run the whole pipeline and print what came out of it.

    Returns:
        The exit code.

    Raises:
        SynthDealError: Something a user can act on was in the way; what was in the warehouse before is still there.
        KeyboardInterrupt: The user ended it; the run is marked as canceled.
    """
    started = time.monotonic()
    make_scorer(settings)  # What it needs and does not find is said before any work starts.
    with opened_home(settings) as instance, only_run(settings, instance):
        spec = world_of_the_run(settings)  # Another world than the one there is refused before any work starts.
        if spec.advice is not None:
            messages.print(spec.advice)
        done = run_job(settings, build_definitions(settings=settings), instance, verbose=verbose)
    print_summary(settings, done.run_id, done.scoring, seconds=time.monotonic() - started)
    return 0


def make_world(settings: Settings, instance: dg.DagsterInstance, *, verbose: bool) -> None:
    """Make the world and what a scorer sees of it, and no score; whoever calls it holds `only_run`.

    Raises:
        SynthDealError: The warehouse holds another world, or the run failed.
        KeyboardInterrupt: The user ended it.
    """
    world_of_the_run(settings)
    definitions = build_definitions(settings=settings)
    # One table of the world brings all of it: they are made together or not at all.
    selection = dg.AssetSelection.assets(asset_key(WORLD), asset_key(SCORER_INPUTS)).required_multi_asset_neighbors()
    keys = sorted(selection.resolve(definitions.resolve_asset_graph()))
    run_job(settings, definitions, instance, assets=keys, verbose=verbose)


def run_job(
    settings: Settings,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    *,
    only: Only = "pending",
    assets: Sequence[dg.AssetKey] | None = None,
    verbose: bool,
) -> FinishedRun:
    """Run the job `refresh`, or some of its assets, or a retry, in this process, and show how far it is.

    Args:
        settings: What was asked for; what somebody set becomes the run's config, so that a re-execution is alike.
        definitions: The code location.
        instance: Where the run is recorded.
        only: "pending" for the whole pipeline; otherwise what of the failed ones the job `retry_failed_scores` scores.
        assets: Only these; all when None.
        verbose: Whether Dagster's own log goes to the terminal.

    Raises:
        SynthDealError: The run failed.
        KeyboardInterrupt: The user ended it.
    """
    run_id = make_new_run_id()
    job, config = (REFRESH, _world_config(settings)) if only == "pending" else (RETRY_FAILED_SCORES, retry_config(only))
    progress = RunProgress(
        messages,
        phases_of(definitions, PHASES),
        lambda: _count_pending(settings, only),
        lambda: _look(settings, run_id),
    )
    result = run_followed(
        settings,
        definitions,
        instance,
        job=job,
        config=config,
        progress=progress,
        run_id=run_id,
        assets=assets,
        verbose=verbose,
    )
    return FinishedRun(run_id, _scoring_report(result.all_events))


def _world_config(settings: Settings) -> dict[str, Any]:
    return refresh_config(
        as_of=settings.world.as_of.isoformat() if settings.world.as_of is not None else None,
        opportunities=settings.chosen("opportunities"),
        seed=settings.chosen("seed"),
        account_names=settings.chosen("account_names"),
        planted_instructions=settings.chosen("planted_instructions"),
        replace_world=settings.world.replace_world or None,
    )


def _scoring_report(events: Iterable[dg.DagsterEvent]) -> dict[str, str | float | None]:
    """What the scores' materialisation says; empty when there is none."""
    reported: dict[str, str | float | None] = {}
    for event in events:
        is_materialisation = event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
        if is_materialisation and event.asset_key == SCORES_KEY:
            reported = scalars(event.step_materialization_data.materialization.metadata)
    return reported


def _count_pending(settings: Settings, only: Only) -> int | None:
    """How many opportunities are to be scored; None when another process holds the warehouse just now."""
    try:
        with Warehouse.of(settings, lock_timeout=0).connect() as connection:
            return pending_inputs(
                connection,
                make_scorer(settings),
                only=only,
                max_attempts=settings.scoring.retry_max_attempts,
                now=utc_now(),
            ).height
    except SynthDealError:
        return None


def _look(settings: Settings, run_id: str) -> Progress | None:
    """What of a run has failed and was spent; None when another process holds the warehouse just now."""
    try:
        with Warehouse.of(settings, lock_timeout=0).connect() as connection:
            failed = (
                connection.execute(COUNT_FAILED, [run_id]).fetchone()
                if table_exists(connection, SCORE_FAILURES)
                else None
            )
            spent = spending(connection, run_id)
    except SynthDealError:
        return None
    return Progress(int(failed[0]) if failed is not None else 0, total_of(spent))

"""`synthdeal retry`: what is failed right now is asked again, in one run, also what is given up or not due yet.

The world stays as it is; whatever is new or changed is left to `synthdeal run`. What is due by itself is retried by the
sensor.
"""

from __future__ import annotations

import time
from typing import Final

from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.cli.home import only_run, opened_home
from synthdeal_assets.cli.run import run_job
from synthdeal_assets.cli.summary import print_summary
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.tables import SCORE_FAILURES, SCORER_INPUTS
from synthdeal_assets.settings import Settings

FAILED_NOW: Final = (
    "SELECT scorer, count(*) FROM scoring.score_failures SEMI JOIN scoring.scorer_inputs USING (opportunity_id) "
    "GROUP BY scorer"
)


def run_retry(settings: Settings, *, verbose: bool) -> int:
    """Score every failed opportunity again, measure and report anew, and print what came of it.

    Returns:
        The exit code; 0 also when nothing has failed.

    Raises:
        SynthDealError: Something a user can act on was in the way; what was scored before is still there.
        KeyboardInterrupt: The user ended it; the run is marked as canceled.
    """
    started = time.monotonic()
    if not settings.storage.warehouse_path.exists():
        results.print("Nothing to retry: this home is empty, and `synthdeal run` fills it.")
        return 0
    with opened_home(settings) as instance, only_run(settings, instance):
        failed = _failed_now(settings)
        if not failed:
            results.print("Nothing to retry: no opportunity has failed.")
            return 0
        scorer = make_scorer(settings)  # What it needs and does not find is said before any work starts.
        others = sorted(set(failed) - {scorer.name})
        if others:
            messages.print(
                f"{sum(failed[name] for name in others):,} of the failed opportunities were tried with "
                f"{' and '.join(others)}; {scorer.name} scores them now (use --scorer to choose).",
                style="yellow",
            )
        done = run_job(settings, build_definitions(settings=settings), instance, only="every_failed", verbose=verbose)
    print_summary(settings, done.run_id, done.scoring, seconds=time.monotonic() - started, retried=True)
    return 0


def _failed_now(settings: Settings) -> dict[str, int]:
    """How many opportunities are failed, by the scorer that could not judge them."""
    with Warehouse.of(settings).connect() as connection:
        if not all(table_exists(connection, table) for table in (SCORER_INPUTS, SCORE_FAILURES)):
            return {}
        return dict(connection.execute(FAILED_NOW).fetchall())

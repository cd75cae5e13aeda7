"""`synthdeal whitespace run`: the job `whitespace_refresh` in this process, and what came out of it.

What the job does is decided by the code location; how good the list is, is read from its tables and never judged here.
"""

from __future__ import annotations

import time
from typing import Final

import dagster as dg

from synthdeal_assets.cli.console import messages, results, say
from synthdeal_assets.cli.followed_run import phases_of, run_followed
from synthdeal_assets.cli.home import only_run, opened_home
from synthdeal_assets.cli.progress import WHITESPACE_PHASES, RunProgress
from synthdeal_assets.cli.run import make_world
from synthdeal_assets.cli.summary import print_where_tables_are
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.dagster_instance.dagster_internals import make_new_run_id
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame, table_exists, table_frame
from synthdeal_assets.orchestration.jobs import WHITESPACE_REFRESH
from synthdeal_assets.sales.product_map.map_file import load_product_map
from synthdeal_assets.sales.tables import LOG_FILES, SYNTHETIC
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.learning_packages import stand_in_notice
from synthdeal_assets.whitespace.ranked_list.eligibility import read_do_not_contact
from synthdeal_assets.whitespace.run_results import RunResults, caveats_of, data_in_words, read_outcome
from synthdeal_assets.whitespace.tables import PAGES
from synthdeal_assets.world.tables import WORLD

PAIRS_SHOWN: Final = 5
COLUMNS_SHOWN: Final = 8
TOP_OF_THE_LIST: Final = (
    "SELECT place, coalesce(customer_name || ' (' || customer_id || ')', customer_id) AS customer, division, rep, "
    "grade, p_icp, reasons FROM whitespace.whitespace WHERE is_current AND is_eligible ORDER BY place LIMIT ?"
)


def run_whitespace(settings: Settings, *, verbose: bool) -> int:
    """Run the whitespace engine and print what came out of it.

    Returns:
        The exit code.

    Raises:
        SynthDealError: Something a user can act on was in the way; what was in the warehouse before is still there.
        KeyboardInterrupt: The user ended it; the run is marked as canceled.
    """
    started = time.monotonic()
    _require_readable_files(settings)
    if (notice := stand_in_notice()) is not None:
        messages.print(notice)
    with opened_home(settings) as instance, only_run(settings, instance):
        if _needs_a_world(settings):
            messages.print("There is no world yet to generate a synthetic sales log from: SynthDeal builds it first.")
            make_world(settings, instance, verbose=verbose)
        run_whitespace_job(settings, instance, verbose=verbose)
    with Warehouse.of(settings).connect() as connection:
        outcome = read_outcome(connection)
        top = query_frame(connection, TOP_OF_THE_LIST, [PAIRS_SHOWN]).to_dicts()
        pages = table_frame(connection, PAGES).to_dicts()
    if outcome is not None:
        print_outcome(outcome)
        if outcome.facts.pairs:
            _print_top(top)
    for page in pages:
        if outcome is not None and page["cutoff_date"] == outcome.facts.cutoff:
            home = settings.storage.home.absolute()
            results.print(f"\nPage:  {home / page['html_path']}")
            results.print(f"Files: {home / page['csv_path']}")
            results.print(f"       {home / page['excel_path']}")
    print_where_tables_are(settings)
    synthetic = " The sales log is synthetic." if outcome is not None and outcome.log.is_synthetic else ""
    results.print(f"Took {time.monotonic() - started:.0f} s.{synthetic}")
    return 0


def run_whitespace_job(
    settings: Settings, instance: dg.DagsterInstance, *, assets: list[dg.AssetKey] | None = None, verbose: bool
) -> None:
    """Run the job, or some of its assets, and show how far it is; whoever calls it holds `only_run`.

    Raises:
        SynthDealError: The run failed.
        KeyboardInterrupt: The user ended it.
    """
    definitions = build_definitions(settings=settings)
    run_followed(
        settings,
        definitions,
        instance,
        job=WHITESPACE_REFRESH,
        config={},
        progress=RunProgress(messages, phases_of(definitions, WHITESPACE_PHASES), notes_from_log=True),
        run_id=make_new_run_id(),
        assets=assets,
        verbose=verbose,
    )


def print_outcome(outcome: RunResults) -> None:
    """Print what log it was, what was chosen, how good it is, and what to keep in mind."""
    log, facts = outcome.log, outcome.facts
    lines = [f"\n{'SYNTHETIC DATA. ' if log.is_synthetic else ''}{data_in_words(log)}"]
    for source in log.sources:
        role = ", for validation only" if source.role == "holdout" else ""
        span = f", {source.first_day} to {source.last_day}" if source.first_day else ""
        lines.append(f"  {source.source_file}: {counted(source.rows, 'row', 'rows')}{span}{role}")
    if log.rejected:
        reasons = ", ".join(f"{reason} ({number:,})" for reason, number in log.rejected)
        lines.append(f"Rejected, and kept in sales.rejected_rows: {reasons}.")
    if log.unknown_columns:
        more = len(log.unknown_columns) - COLUMNS_SHOWN
        named = ", ".join(log.unknown_columns[:COLUMNS_SHOWN])
        lines.append(
            f"Columns kept but not used, because they are not recognised: {named}{f', {more} more' * (more > 0)}."
        )
    lines.append(
        f"\nList at {facts.cutoff}, for the {facts.window_days} days until {facts.window_end}: "
        f"{counted(facts.pairs, 'pair', 'pairs')} never sold, {facts.eligible:,} eligible, "
        f"{facts.within_capacity:,} within the reps' capacity."
    )
    learners: dict[str, int] = {}
    for champion in outcome.champions:
        learners[champion.learner] = learners.get(champion.learner, 0) + 1
    if learners:
        chosen = ", ".join(f"{learner} ({number})" for learner, number in sorted(learners.items()))
        lines.append(f"Models chosen for divisions and populations: {chosen}.")
    lines += judgement_lines(outcome)
    lines += [f"Note: {caveat}" for caveat in caveats_of(outcome)]
    for line in lines:
        say(line)


def judgement_lines(outcome: RunResults) -> list[str]:
    """How good the method is, a sentence or two a line."""
    judged = outcome.judgement
    if judged is None:
        return []
    holdout = ", with later sales given for validation only" if judged.uses_holdout else ""
    return [
        f"\nTested at {judged.cutoff} on the {outcome.facts.window_days} days after it{holdout}:",
        *(f"  {verdict.sentence}" for verdict in judged.populations.values()),
        *(f"  {sentence}" for sentence in judged.further),
    ]


def _require_readable_files(settings: Settings) -> None:
    """Refuse what a small file tells at once, before minutes of work that would end with the same sentence.

    Raises:
        SynthDealError: The product map or the do-not-contact file cannot be read or makes no sense.
    """
    if settings.sales.product_map is not None:
        load_product_map(settings.sales.product_map)
    if settings.whitespace.do_not_contact is not None:
        read_do_not_contact(settings.whitespace.do_not_contact)


def _needs_a_world(settings: Settings) -> bool:
    """Whether the log is a synthetic one and there is nothing to make it from."""
    if settings.sales.log is not None and settings.sales.log.strip().lower() != SYNTHETIC:
        return False
    with Warehouse.of(settings).connect() as connection:
        if table_exists(connection, WORLD):
            return False
        return settings.sales.log is not None or not table_exists(connection, LOG_FILES)


def _print_top(top: list[dict[str, object]]) -> None:
    if not top:
        results.print("\nNo pair is eligible: see not_eligible_because in the list.")
        return
    results.print("\nThe most promising eligible pairs:")
    for pair in top:
        line = f"  {pair['place']}. {pair['customer']}: {pair['division']}, grade {pair['grade']}, chance "
        say(f"{line}{pair['p_icp']:.0%}, {pair['rep']}")
        say(f"     {pair['reasons']}")

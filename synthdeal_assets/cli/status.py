"""`synthdeal status`: the world, its scores, what models cost, the last runs and the last report, as they are now.

It changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
import duckdb
from rich.table import Table as RichTable
from rich.text import Text

from synthdeal_assets.cli.console import results
from synthdeal_assets.cli.home import dagster_instance
from synthdeal_assets.cli.present_scorer import present_scorer
from synthdeal_assets.cli.spending import asked_of, cost_in_words
from synthdeal_assets.cli.summary import command_again
from synthdeal_assets.foundation.leases import holder_of
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.run_process import lease_of, process_is_gone
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame, table_exists
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER
from synthdeal_assets.llm.ledger.dead_executions import LeftRequests, left_requests
from synthdeal_assets.llm.ledger.spending import ModelSpending, spending
from synthdeal_assets.orchestration.dead_runs import runs_in_progress
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.pending import pending_inputs
from synthdeal_assets.scoring.scorers.hybrid import endpoint_of
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_FAILURES, SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.run_results import (
    RunResults,
    SalesLogFacts,
    data_in_words,
    read_log_facts,
    read_outcome,
)
from synthdeal_assets.world.made_with import GENERATOR_VERSION
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.spec import of_another_generator
from synthdeal_assets.world.tables import SELLER, WORLD

RUNS_SHOWN: Final = 5

LAST_RUNS: Final = f"SELECT * FROM ops.runs ORDER BY started_at DESC, run_id LIMIT {RUNS_SHOWN}"
LAST_REPORT: Final = (
    "SELECT as_of, created_at, headline, html_path FROM report.executive_reports ORDER BY created_at DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class CurrentScorer:
    """Who made scores.

    Attributes:
        scorer: Name of the scorer.
        model: Model and version behind it.
        prompt_version: Version of the prompt or the rules.
        endpoint: Endpoint that was asked; None for fixed rules, and where it is not on record.
        scored: Opportunities whose current score it made.
    """

    scorer: str
    model: str
    prompt_version: str
    endpoint: str | None
    scored: int = 0

    def __str__(self) -> str:
        """All that tells it from others: where one differs, its scores count as none."""
        at = "" if self.endpoint is None else f" at {self.endpoint}"
        return f"{self.scorer} ({self.model}, version {self.prompt_version}{at})"

    def counts_for(self, present: CurrentScorer) -> bool:
        """Whether a score that it made counts for the present scorer, as `pending_inputs` decides it."""
        same = (self.scorer, self.model, self.prompt_version) == (present.scorer, present.model, present.prompt_version)
        return same and (None in (self.endpoint, present.endpoint) or self.endpoint == present.endpoint)


@dataclass(frozen=True, slots=True)
class ScoreState:
    """How the opportunities stand.

    Attributes:
        counts: By name: opportunities, scored, stale, failed, given_up, pending, failed_and_pending.
        scorers: Who made the current scores, the most first.
        present: The scorer that the settings name: what is pending is pending for it.
    """

    counts: dict[str, int]
    scorers: list[CurrentScorer]
    present: CurrentScorer

    @property
    def scored_by_present(self) -> int:
        """Opportunities whose current score counts for the present scorer."""
        return sum(each.scored for each in self.scorers if each.counts_for(self.present))


@dataclass(frozen=True, slots=True)
class WarehouseState:
    """What the warehouse holds; each part is None or empty when it has not been made yet.

    Attributes:
        world: The row of crm.world.
        quarter: What was won in its quarter and was to be, and the last forecast.
        scores: How the opportunities stand.
        spent: What requests to models took so far, one for each purpose and model.
        left: What killed runs noted and the ledger does not have yet.
        runs: The last rows of ops.runs, the newest first.
        report: as_of, created_at, headline and html_path of the last report.
        whitespace: What the last run of the whitespace engine came to.
        log: The sales log.
    """

    world: dict[str, Any] | None
    quarter: dict[str, Any] | None
    scores: ScoreState | None
    spent: list[ModelSpending]
    left: list[LeftRequests]
    runs: list[dict[str, Any]]
    report: dict[str, Any] | None
    whitespace: RunResults | None
    log: SalesLogFacts | None


def show_status(settings: Settings) -> int:
    """Print how things stand; returns the exit code.

    Raises:
        SynthDealError: The warehouse cannot be opened, or is held by another process for too long.
    """
    results.print(f"Home:    {settings.storage.home.absolute()}")
    if not settings.storage.warehouse_path.exists():
        results.print("This home is empty: `synthdeal run` builds the world, scores it and writes the report.")
        return 0
    # Before the warehouse is opened, because a run that is stuck may hold it.
    for line in _unfinished_runs(settings):
        results.print(f"Running: {line}")
    state = read_state(settings)
    _print_world(state)
    _print_quarter(state)
    _print_scores(settings, state)
    _print_spending(state)
    if state.report is not None:
        written = f"{state.report['created_at']:%Y-%m-%d %H:%M} UTC"
        results.print(f"Report:  as of {state.report['as_of']}, written {written}")
        results.print(f"         {state.report['headline']}")
        results.print(f"         {settings.storage.home.absolute() / state.report['html_path']}")
    else:
        results.print("Report:  none yet")
    _print_whitespace(settings, state)
    _print_runs(state)
    return 0


def read_state(settings: Settings) -> WarehouseState:
    """What the warehouse holds, read over one connection."""
    warehouse = Warehouse.of(settings)
    with warehouse.connect() as connection:
        planned = all(table_exists(connection, table) for table in (WORLD, QUOTAS, FORECAST_SNAPSHOTS))
        scored = all(table_exists(connection, t) for t in (SCORER_INPUTS, OPPORTUNITY_SCORES, SCORE_FAILURES))
        return WarehouseState(
            world=_first_row(connection, WORLD, "SELECT * FROM crm.world"),
            quarter=_quarter(connection) if planned else None,
            scores=_score_state(connection, settings) if scored else None,
            spent=spending(connection),
            left=left_requests(connection, warehouse.path.parent / JOURNAL_FOLDER),
            runs=query_frame(connection, LAST_RUNS).to_dicts() if table_exists(connection, RUNS) else [],
            report=_first_row(connection, EXECUTIVE_REPORTS, LAST_REPORT),
            whitespace=read_outcome(connection),
            log=read_log_facts(connection),
        )


def _first_row(connection: duckdb.DuckDBPyConnection, table: Table, query: str) -> dict[str, Any] | None:
    if not table_exists(connection, table):
        return None
    rows = query_frame(connection, query).to_dicts()
    return rows[0] if rows else None


def _quarter(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    rows = query_frame(connection, statement(__package__, "quarter_against_quota.sql", seller=SELLER)).to_dicts()
    return rows[0] if rows else None


def _score_state(connection: duckdb.DuckDBPyConnection, settings: Settings) -> ScoreState:
    scorer = present_scorer(settings)
    pending = pending_inputs(
        connection,
        scorer,
        only="pending",
        max_attempts=settings.scoring.retry_max_attempts,
        now=utc_now(),
    )
    (counts,) = query_frame(connection, statement(__package__, "score_counts.sql")).to_dicts()
    made = query_frame(connection, statement(__package__, "current_scorers.sql"))
    failed = query_frame(connection, "SELECT opportunity_id FROM scoring.score_failures")
    failed_and_pending = pending.join(failed, on="opportunity_id", how="semi").height
    return ScoreState(
        counts={**counts, "pending": pending.height, "failed_and_pending": failed_and_pending},
        scorers=[CurrentScorer(*row) for row in made.iter_rows()],
        present=CurrentScorer(scorer.name, scorer.model, scorer.prompt_version, endpoint_of(scorer)),
    )


def _print_world(state: WarehouseState) -> None:
    if state.world is None:
        results.print("World:   none yet; `synthdeal run` builds it")
        return
    world = state.world
    results.print(
        f"World:   as of {world['as_of']}, seed {world['seed']}, {world['size']:,} opportunities and "
        f"{counted(world['renewals'], 'renewal', 'renewals')} a year, "
        f"{world['account_names']} account names{'' if world['planted_instructions'] else ', no planted instructions'}",
    )
    if world["generator_version"] != GENERATOR_VERSION:
        results.print(f"         {of_another_generator(world['generator_version'])}: `synthdeal run --replace-world`.")


def _print_quarter(state: WarehouseState) -> None:
    quarter = state.quarter
    if quarter is None:
        return
    results.print(
        f"Quarter: {quarter['name']}, day {quarter['day']} of {quarter['days']}: {quarter['won']:,.0f} USD won, "
        f"{quarter['won'] / quarter['quota']:.0%} of the quota of {quarter['quota']:,.0f}; {quarter['reached']:,} of "
        f"{quarter['sellers']:,} sellers have reached theirs",
    )
    if quarter["snapshot_date"] is not None:
        results.print(
            f"         forecast of {quarter['snapshot_date']}: {quarter['commit_amount']:,.0f} USD commit, "
            f"{quarter['best_case_amount']:,.0f} best case, {quarter['pipeline_amount']:,.0f} pipeline, to "
            "close in the quarter",
        )


def _print_scores(settings: Settings, state: WarehouseState) -> None:
    if state.scores is None:
        results.print("Scores:  none yet")
        return
    counts = state.scores.counts
    results.print(
        f"Scores:  {_scored_in_words(state.scores)}, {counts['failed']:,} failed ({counts['given_up']:,} given up), "
        f"{counts['stale']:,} scored in an earlier state only",
    )
    by_others = _by_others_in_words(state.scores)
    if by_others:
        results.print(f"         {by_others}")
        if counts["pending"]:
            results.print(f"         `{command_again('run', settings)}` scores what is pending.")
    if counts["failed"]:
        results.print(f"         `{command_again('retry', settings)}` scores the failed ones again.")


def _scored_in_words(scores: ScoreState) -> str:
    """How many have a score that counts for the scorer that the settings name, and how many it has yet to judge."""
    everything, pending = (scores.counts[name] for name in ("opportunities", "pending"))
    scored = scores.scored_by_present
    by = f" by {redact(str(scores.present))}" if scored < scores.counts["scored"] else ""
    # A deal that was judged once more in vain keeps its score, and is pending all the same.
    failed = scores.counts["failed_and_pending"]
    again = f" ({failed:,} of them failed)" if failed else ""
    return f"{scored:,} of {everything:,} opportunities scored in their present state{by}, {pending:,} pending{again}"


def _by_others_in_words(scores: ScoreState) -> str:
    """How many have in their present state only the score of a judge that does not count, and whose; or nothing."""
    others = [each for each in scores.scorers if not each.counts_for(scores.present)]
    if not others:
        return ""
    having = sum(each.scored for each in others)
    whose = ", ".join(f"{each.scored:,} by {redact(str(each))}" for each in others)
    return f"{counted(having, 'has', 'have')} only the score of another judge: {whose}."


def _print_spending(state: WarehouseState) -> None:
    for place, each in enumerate(state.spent):
        results.print(
            f"{'Spent:' if not place else '':<8} {asked_of(each)}: {each.usage.calls:,} requests, "
            f"{each.answers:,} valid answers, {each.usage.input_tokens:,} tokens read, "
            f"{each.usage.output_tokens:,} written, {cost_in_words(each.usage)}",
        )
        if each.in_flight.calls:
            results.print(f"         {each.in_flight}")
    for place, left in enumerate(state.left):
        for line, said in enumerate(_left_in_words(left)):
            results.print(f"{'Left:' if not place + line else '':<8} {said}")


def _left_in_words(left: LeftRequests) -> list[str]:
    ended = f"{left.answers:,} valid answers of {left.usage.calls:,} requests, {cost_in_words(left.usage)}"
    who = f"run {left.run_id.partition('-')[0]} was ended before all that it had asked was in the ledger"
    said = [f"{who}: {ended}; the next run takes them in and does not pay for them again."] if left.usage.calls else []
    in_flight = [f"{'' if said else f'{who}. '}{left.in_flight}"] if left.in_flight.calls else []
    return [*said, *in_flight]


def _print_whitespace(settings: Settings, state: WarehouseState) -> None:
    if state.log is None:
        results.print("Selling: no sales log yet; `synthdeal whitespace run` reads or generates one")
        return
    results.print(f"Selling: {redact(data_in_words(state.log))}")
    if state.whitespace is None:
        results.print("         no whitespace list yet; `synthdeal whitespace run` makes it")
        return
    facts = state.whitespace.facts
    results.print(
        f"         list at {facts.cutoff}: {facts.pairs:,} pairs never sold, {facts.eligible:,} eligible, "
        f"{facts.within_capacity:,} within the reps' capacity",
    )
    if state.whitespace.judgement is not None:
        for verdict in state.whitespace.judgement.populations.values():
            results.print(f"         {redact(verdict.sentence)}")
    page = settings.storage.reports_path / "whitespace.html"
    if page.exists():
        results.print(f"         {page}")


def _print_runs(state: WarehouseState) -> None:
    if not state.runs:
        results.print("Runs:    none finished yet")
        return
    table = RichTable(title="Last finished runs", title_justify="left", box=None, pad_edge=False)
    for heading in ("Started (UTC)", "Job", "Ended as", "As of", "Scored", "Failed", "Run"):
        table.add_column(heading, justify="right" if heading in {"Scored", "Failed"} else "left")
    for run in state.runs:
        table.add_row(
            Text(f"{run['started_at']:%Y-%m-%d %H:%M}"),
            Text(run["job"]),
            Text(run["status"]),
            Text(str(run["as_of"] or "")),
            f"{run['scored']:,}",
            f"{run['failed']:,}",
            Text(run["run_id"].partition("-")[0]),
        )
    results.print(table)


def _unfinished_runs(settings: Settings) -> list[str]:
    """A line for each run that Dagster takes for unfinished: where it lives, and how to end it."""
    if not (settings.storage.dagster_home / "dagster.yaml").exists():
        return []
    with dagster_instance(settings) as instance:
        return [_unfinished(instance.root_directory, run) for run in runs_in_progress(instance, queued=True)]


def _unfinished(dagster_home: str, run: dg.DagsterRun) -> str:
    short = run.run_id.partition("-")[0]
    said = f"{run.job_name} {short}, {run.status.value.lower()}"
    if process_is_gone(dagster_home, run.run_id, run.tags):
        return f"{said}, but its process is gone; the next run closes it, or `synthdeal end {short}` does"
    holder = holder_of(lease_of(dagster_home, run.run_id))
    return f"{said}, {'has no process yet' if holder is None else holder}; `synthdeal end {short}` ends it"

"""Seven nights in a row through the real job; one is killed in mid-scoring, in one a fifth of the deals fails."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.dead_runs import runs_in_progress
from synthdeal_assets.orchestration.run_records import record_finished_runs
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer
from synthdeal_assets_tests.orchestration.one_night import run_night
from synthdeal_assets_tests.scored_deals import scored_deals

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FIRST_DAY = dt.date(2026, 11, 16)
DAYS = [(FIRST_DAY + dt.timedelta(days=number)).isoformat() for number in range(7)]
KILLED_DAY = DAYS[2]
FAILING_DAY = DAYS[4]
OPPORTUNITIES = 150
"""Few, but more than `one_night.ANSWERS_BEFORE_SILENCE` of them must be new or changed on the killed day."""


@dataclass
class Week:
    """What is left after the week.

    Attributes:
        warehouse: The warehouse.
        instance: Dagster's history.
        killed_run_id: The run that was killed.
        asked: Opportunities that were asked about, by day; on the killed day in the run after the kill.
        scored_before_the_kill: Opportunities scored by the killed run.
        failed: Opportunities that failed in the failing night.
        told: Figures of each day's report, by day and figure.
    """

    warehouse: Warehouse
    instance: dg.DagsterInstance
    killed_run_id: str
    asked: dict[str, set[str]]
    scored_before_the_kill: set[str]
    failed: set[str]
    told: dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    home = tmp_path_factory.mktemp("week") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTHDEAL_HOME", str(home))
        patch.setenv("SYNTHDEAL_OPPORTUNITIES", str(OPPORTUNITIES))
        patch.setenv("DAGSTER_HOME", str(prepare_dagster_home(home)))
        settings = Settings.load()
        warehouse = Warehouse(database=str(settings.storage.warehouse_path), lock_timeout=settings.storage.lock_timeout)
        with dg.DagsterInstance.get() as instance:
            yield live_through(warehouse, instance, home)


def live_through(warehouse: Warehouse, instance: dg.DagsterInstance, home: Path) -> Week:
    week = Week(warehouse, instance, dg.DagsterRun(job_name="refresh").run_id, {}, set(), set(), {})
    for day in DAYS:
        if day == KILLED_DAY:
            kill_in_mid_scoring(day, week.killed_run_id, home.parent / "marker")
            week.scored_before_the_kill = opportunities_of_run(warehouse, week.killed_run_id)
        scorer = ScriptedScorer(failing_ratio=0.2 if day == FAILING_DAY else 0.0)
        result = run_night(day, scorer, dg.DagsterRun(job_name="refresh").run_id)
        assert result.success, day
        # Twins of deals with a planted instruction are asked about too, under ids of their own.
        deals = warehouse.read("SELECT opportunity_id FROM crm.opportunities")["opportunity_id"]
        week.asked[day] = set(scorer.calls) & set(deals)
        figures = warehouse.read("SELECT figure_id, value FROM report.figures WHERE value IS NOT NULL")
        week.told[day] = dict(figures.iter_rows())
        if day == FAILING_DAY:
            week.failed = set(warehouse.read("SELECT opportunity_id FROM scoring.score_failures")["opportunity_id"])
    return week


def kill_in_mid_scoring(day: str, run_id: str, marker: Path) -> None:
    program = [sys.executable, "-m", "synthdeal_assets_tests.orchestration.one_night", day, str(marker), run_id]
    root = Path(__file__).parents[2]
    with subprocess.Popen(program, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not marker.exists():
            assert process.poll() is None, "the night ended before it could be killed"
            assert time.monotonic() < deadline, "the night never came to scoring"
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)


def opportunities_of_run(warehouse: Warehouse, run_id: str) -> set[str]:
    found = warehouse.read("SELECT opportunity_id FROM scoring.opportunity_scores WHERE run_id = ?", [run_id])
    return set(found["opportunity_id"])


def test_the_killed_night_kept_what_it_had_scored_and_the_next_run_scored_only_the_rest(week: Week) -> None:
    assert week.scored_before_the_kill
    assert week.asked[KILLED_DAY]
    assert not week.scored_before_the_kill & week.asked[KILLED_DAY]


def test_nothing_is_stuck_as_running_and_the_killed_run_is_told_as_failed(week: Week) -> None:
    assert runs_in_progress(week.instance) == []
    killed = week.instance.get_run_by_id(week.killed_run_id)
    assert killed is not None
    assert killed.status is dg.DagsterRunStatus.FAILURE


def test_after_the_failing_night_exactly_what_failed_and_what_is_new_was_scored(week: Week) -> None:
    next_day = DAYS[DAYS.index(FAILING_DAY) + 1]

    assert week.failed
    assert week.failed < week.asked[FAILING_DAY]
    assert week.failed - gone_by(week, next_day) <= week.asked[next_day]
    scored_in_the_failing_night = week.asked[FAILING_DAY] - week.failed
    assert scored_in_the_failing_night & week.asked[next_day] <= changed_since(week, next_day)
    assert week.warehouse.read("SELECT * FROM scoring.score_failures").is_empty()


def gone_by(week: Week, day: str) -> set[str]:
    """Failed opportunities that had left the window of 364 days by the day; an id holds the day of creation."""
    start = dt.date.fromisoformat(day) - dt.timedelta(days=363)
    return {key for key in week.failed if dt.date.fromisoformat(f"{key[4:8]}-{key[8:10]}-{key[10:12]}") < start}


def changed_since(week: Week, day: str) -> set[str]:
    found = week.warehouse.read(
        "SELECT opportunity_id FROM crm.opportunities WHERE last_modified_date >= ?", [dt.date.fromisoformat(day)]
    )
    return set(found["opportunity_id"])


def test_every_deal_is_scored_once_for_its_present_input(week: Week) -> None:
    scored = week.warehouse.read(
        """
        SELECT inputs.opportunity_id, count(judged.run_id) AS times
        FROM scoring.scorer_inputs AS inputs
        LEFT JOIN (
            SELECT opportunity_id, input_hash, run_id FROM scoring.opportunity_scores
            UNION ALL SELECT opportunity_id, input_hash, run_id FROM scoring.score_history
        ) AS judged USING (opportunity_id, input_hash)
        GROUP BY ALL
        """
    )
    assert scored.height == scored_deals(OPPORTUNITIES, DAYS[-1])
    assert set(scored["times"]) == {1}


def test_a_quiet_night_asks_only_about_what_is_new_or_changed(week: Week) -> None:
    assert len(week.asked[DAYS[0]]) == scored_deals(OPPORTUNITIES, DAYS[0])
    quiet = DAYS[1]
    assert 0 < len(week.asked[quiet]) < OPPORTUNITIES / 4


def test_every_partition_is_green_and_none_is_there_without_a_deal(week: Week) -> None:
    partitions = set(week.instance.get_dynamic_partitions("opportunities"))
    green = week.instance.get_materialized_partitions(SCORES_BY_OPPORTUNITY)
    deals = set(week.warehouse.read("SELECT opportunity_id FROM scoring.scorer_inputs")["opportunity_id"])

    assert partitions == deals
    assert deals <= green


def test_each_report_tells_its_own_day(week: Week) -> None:
    reports = week.warehouse.read("SELECT as_of, run_id FROM report.executive_reports ORDER BY created_at")
    assert [day.isoformat() for day in reports["as_of"]] == DAYS
    for day in DAYS[1:]:
        told = week.told[day]
        assert told["changes.days"] == 1
        created = week.warehouse.read(
            f"SELECT count(*) FROM crm.opportunities WHERE created_date = ? AND type <> '{RENEWAL}'",
            [dt.date.fromisoformat(day)],
        ).item()
        assert told["changes.created.deals"] == created, day


def test_the_wins_and_losses_of_the_week_are_those_that_the_reports_told_day_by_day(week: Week) -> None:
    closed = week.warehouse.read(
        "SELECT count(*) FILTER (is_won) AS won, count(*) FILTER (NOT is_won) AS lost FROM crm.opportunities "
        f"WHERE is_closed AND close_date > ? AND type <> '{RENEWAL}'",
        [FIRST_DAY],
    ).row(0)
    told = tuple(sum(week.told[day][f"changes.{outcome}.deals"] for day in DAYS[1:]) for outcome in ("won", "lost"))
    assert told == closed
    assert sum(closed) > 0


def test_all_runs_of_the_week_are_on_record(week: Week) -> None:
    record_finished_runs(week.instance, week.warehouse)

    recorded = week.warehouse.read("SELECT status, as_of FROM ops.runs ORDER BY started_at")
    assert recorded["status"].to_list().count("success") == len(DAYS)
    assert recorded["status"].to_list().count("failure") == 1

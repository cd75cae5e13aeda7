"""`status`, `doctor`, `info` and `version` say how things are and change nothing."""

from __future__ import annotations

import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.cli.summary import money_lines
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import LlmCall
from synthdeal_assets.llm.ledger.dead_executions import take_in_dead
from synthdeal_assets.llm.ledger.journal import CallJournal
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.llm.ledger.spending import spending
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.settings import every_setting
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.tables import WORLD
from synthdeal_assets_tests.cli.conftest import AS_OF, COMMAND, SIZE, Synthdeal, plain_environment
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call
from synthdeal_assets_tests.scored_deals import scored_deals

SECRET = "sk-planted-0123456789abcdef"  # noqa: S105 - no secret: it is looked for in the output


def test_status_of_an_empty_home_says_so_and_what_to_do(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("status", "--home", tmp_path / "empty")

    assert result.exit_code == 0
    assert "This home is empty: `synthdeal run`" in result.stdout
    assert not (tmp_path / "empty").exists()


def test_status_says_what_was_in_flight_when_runs_ended_and_nothing_where_nothing_was(
    synthdeal: Synthdeal, tmp_path: Path
) -> None:
    in_flight = paid_call(call_id="2", status="cancelled", cost_usd=None, counted_usd=0.5, answer=None)
    for calls, said in ([paid_call()], False), ([in_flight], True):
        with Warehouse(database=str(tmp_path / "warehouse.duckdb")).transaction() as connection:
            prepare_ledger(connection)
            record_calls(connection, calls, run_id="run-1", purpose="scoring")
            (spent,) = spending(connection, "run-1")
        result = synthdeal("status", "--home", tmp_path)
        sentence = "1 request was in flight when its run ended, and may have been charged, for $0.50 at most."
        assert (sentence in result.stdout) is said
        assert (sentence in money_lines([spent], {})) is said


@pytest.mark.slow
def test_status_shows_the_world_its_scores_the_last_runs_and_the_last_report(synthdeal: Synthdeal, home: Path) -> None:
    result = synthdeal("status", "--home", home)
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    report = warehouse.read_table(EXECUTIVE_REPORTS).row(0, named=True)["headline"]
    renewals = warehouse.read_table(WORLD)["renewals"].item()

    assert result.exit_code == 0
    assert f"as of {AS_OF}, seed 42, {SIZE} opportunities and {renewals} renewals a year, public" in result.stdout
    scored = SIZE + renewals
    assert f"{scored} of {scored} opportunities scored in their present state, 0 pending, 0 failed" in result.stdout
    assert report in result.stdout
    assert re.search(rf"refresh +success +{AS_OF} +{scored} +0", result.stdout)


@pytest.mark.slow
def test_status_shows_the_quarter_against_its_quota_and_the_last_forecast(synthdeal: Synthdeal, home: Path) -> None:
    open_deals = (
        f"SELECT coalesce(sum(amount), 0) FROM crm.opportunities WHERE NOT is_closed AND type <> '{RENEWAL}' "
        "AND close_date BETWEEN '2026-10-01' AND '2026-12-31' AND forecast_category = ?"
    )
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE crm.opportunities SET is_won = false WHERE close_date >= '2026-10-01'")
        connection.execute(
            "UPDATE crm.opportunities SET is_won = true, amount = 1000000, close_date = '2026-10-01', owner_id = "
            "(SELECT min(user_id) FROM crm.quotas WHERE role = 'Account Executive' AND quarter_start = '2026-10-01') "
            f"WHERE opportunity_id = (SELECT min(opportunity_id) FROM crm.opportunities WHERE type <> '{RENEWAL}')"
        )
        quota = (
            connection.execute(
                "SELECT amount FROM crm.quotas WHERE quarter_start = '2026-10-01' AND manager_id IS NULL"
            )
            .pl()
            .item()
        )
        expected = [
            connection.execute(open_deals, [category]).pl().item() for category in ("Commit", "Best Case", "Pipeline")
        ]

    said = " ".join(synthdeal("status", "--home", home).stdout.split())

    assert (
        f"Quarter: 2026 Q4, day 51 of 92: 1,000,000 USD won, {1_000_000 / quota:.0%} of the quota of {quota:,.0f}; "
        "1 of 6 sellers have reached theirs" in said
    )
    commit, best, pipeline = expected
    assert pipeline > 0
    assert f"forecast of {AS_OF}: {commit:,.0f} USD commit, {best:,.0f} best case, {pipeline:,.0f} pipeline" in said


@pytest.mark.slow
def test_status_counts_what_is_pending_failed_and_stale(synthdeal: Synthdeal, home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        ids = [
            row[0] for row in connection.execute("SELECT opportunity_id FROM scoring.scorer_inputs LIMIT 3").fetchall()
        ]
        connection.execute("DELETE FROM scoring.opportunity_scores WHERE opportunity_id = ?", [ids[0]])
        connection.execute(
            "UPDATE scoring.opportunity_scores SET is_stale = TRUE, input_hash = '' WHERE opportunity_id = ?", [ids[1]]
        )
        connection.execute(
            "INSERT INTO scoring.score_failures SELECT opportunity_id, 'heuristic', 'timeout', 'no answer', 1, now(), "
            "now(), NULL, input_hash, 'run', NULL FROM scoring.scorer_inputs WHERE opportunity_id = ?",
            [ids[1]],
        )

    result = synthdeal("status", "--home", home)

    scored = scored_deals(SIZE, AS_OF)
    assert (
        f"{scored - 2} of {scored} opportunities scored in their present state, 1 pending, 1 failed (1 given up), "
        "1 scored in an earlier state only" in result.stdout
    )


@pytest.mark.slow
def test_status_counts_no_score_of_another_judge_as_present_and_says_what_scores_the_deals_anew(
    synthdeal: Synthdeal, home: Path
) -> None:
    count = scored_deals(SIZE, AS_OF)
    present = rf"{HeuristicScorer.name} \({HeuristicScorer.model}, version [^)]+\)"
    of_old = (
        ("prompt_version = 'rules-1'", f"heuristic ({HeuristicScorer.model}, version rules-1)"),
        ("model = 'rules of old'", "heuristic (rules of old, version rules-1)"),
        ("scorer = 'openai'", "openai (rules of old, version rules-1)"),
    )
    for changed, whose in of_old:
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(f"UPDATE scoring.opportunity_scores SET {changed}")
        said = _scores_of(synthdeal, home)
        begin = f"0 of {count} opportunities scored in their present state by {present}, {count} pending, 0 failed"
        assert re.match(begin, said), said
        assert f" {count} have only the score of another judge: {count} by {whose}. `synthdeal run --home" in said
        assert "` scores what is pending." in said
        assert f"{count} of {count}" not in said


@pytest.mark.slow
def test_status_counts_what_the_scorer_of_now_has_judged_beside_what_another_has(
    synthdeal: Synthdeal, home: Path
) -> None:
    count = scored_deals(SIZE, AS_OF)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "UPDATE scoring.opportunity_scores SET scorer = 'openai' WHERE opportunity_id IN "
            "(SELECT opportunity_id FROM scoring.opportunity_scores ORDER BY opportunity_id LIMIT 3)"
        )
        connection.execute(
            "INSERT INTO scoring.score_failures SELECT opportunity_id, 'heuristic', 'timeout', 'no answer', 1, now(), "
            "now(), now(), input_hash, 'run', NULL FROM scoring.scorer_inputs ORDER BY opportunity_id DESC LIMIT 1"
        )

    said = _scores_of(synthdeal, home)

    assert f"{count - 3} of {count} opportunities scored in their present state by {HeuristicScorer.name} (" in said
    assert "), 4 pending (1 of them failed), 1 failed" in said
    assert "3 have only the score of another judge: 3 by openai (" in said


@pytest.mark.slow
def test_status_names_no_scorer_where_all_scores_are_of_the_one_that_the_settings_name(
    synthdeal: Synthdeal, home: Path
) -> None:
    assert HeuristicScorer.model not in _scores_of(synthdeal, home)


def _scores_of(synthdeal: Synthdeal, home: Path) -> str:
    """What status says of scores, in one line."""
    said = " ".join(synthdeal("status", "--home", home).stdout.split())
    return said.partition(" Scores: ")[2].partition(" Report: ")[0]


def test_status_says_what_a_killed_run_noted_and_changes_nothing(synthdeal: Synthdeal, tmp_path: Path) -> None:
    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).transaction() as connection:
        prepare_ledger(connection)
        record_calls(connection, [paid_call(call_id="taken")], run_id="run-1", purpose="scoring")
    left_journal(
        tmp_path,
        "deadbeef-1",
        paid_call(call_id="taken"),
        paid_call(call_id="answered"),
        paid_call(call_id="unusable", status="unusable", cost_usd=0.02),
        paid_call(call_id="waiting", status="cancelled", cost_usd=None, counted_usd=0.5, answer=None),
    )
    left_journal(tmp_path, "run-1", paid_call(call_id="taken"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "llm_journal").iterdir()}

    for _ in range(2):
        said = " ".join(synthdeal("status", "--home", tmp_path).stdout.split())
        assert "Left: run deadbeef was ended before all that it had asked was in the ledger" in said
        assert "1 valid answers of 2 requests, $0.0300; the next run takes them in" in said
        assert "1 request was in flight when its run ended, and may have been charged, for $0.50 at most." in said
        assert "run run " not in said, "all that this run noted is in the ledger"
    assert {path.name: path.read_bytes() for path in (tmp_path / "llm_journal").iterdir()} == before

    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).transaction() as connection:
        take_in_dead(connection, tmp_path / "llm_journal").remove()
    assert "Left:" not in synthdeal("status", "--home", tmp_path).stdout


def left_journal(home: Path, run_id: str, *calls: LlmCall) -> None:
    """The journal of a run that was killed after it had noted these requests."""
    journal = CallJournal(home / "llm_journal", run_id, purpose="scoring", execution_id=run_id)
    for call in calls:
        journal.note(call)
    journal.leave()


@pytest.mark.slow
def test_status_waits_for_a_process_that_holds_the_warehouse(synthdeal: Synthdeal, home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")):
        asking = subprocess.Popen(
            [*COMMAND, "status", "--home", str(home)],
            env=plain_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asking.stderr is not None
        assert asking.stderr.readline().startswith("Waiting for the warehouse")
    told, _ = asking.communicate(timeout=60)

    assert asking.returncode == 0
    assert f"as of {AS_OF}" in told


def test_doctor_shows_every_setting_with_where_it_comes_from(
    synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNTHDEAL_HOME")
    monkeypatch.setenv("SYNTHDEAL_SEED", "7")
    Path(".env").write_text(f"SYNTHDEAL_SCORER_CONCURRENCY=4\nOPENAI_API_KEY={SECRET}\n", encoding="utf-8")
    Path("synthdeal.toml").write_text('timezone = "Europe/Berlin"\nseed = 9\n', encoding="utf-8")

    result = synthdeal("doctor", "--home", tmp_path / "new")
    shown = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.split()}

    assert result.exit_code == 0
    assert {setting.variable for setting in every_setting()} <= set(shown)
    assert shown["SYNTHDEAL_HOME"][-1] == "flag"
    assert shown["SYNTHDEAL_SEED"][1:] == ["7", "environment"]
    assert shown["SYNTHDEAL_SCORER_CONCURRENCY"][1:] == ["4", ".env"]
    assert shown["SYNTHDEAL_TIMEZONE"][1:] == ["Europe/Berlin", "synthdeal.toml"]
    assert shown["SYNTHDEAL_LOCK_TIMEOUT"][1:] == ["60.0", "default"]
    assert shown["OPENAI_API_KEY"][1:] == ["set", ".env"]
    assert shown["ANTHROPIC_API_KEY"][1:] == ["not", "set", "default"]
    assert SECRET not in result.output


def test_doctor_fails_when_something_needed_is_at_fault(synthdeal: Synthdeal, tmp_path: Path) -> None:
    home = tmp_path / "strange"
    home.mkdir()
    (home / "warehouse.duckdb").write_text("a letter to my aunt " * 500)

    result = synthdeal("doctor", "--home", home)

    assert result.exit_code == 1
    assert re.search(r"FAULT +Warehouse", result.stdout)
    assert re.search(r"ok +Home folder", result.stdout)


def test_doctor_does_not_make_the_home_it_looks_at(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("doctor", "--home", tmp_path / "new")

    assert result.exit_code == 0
    assert not (tmp_path / "new").exists()


def test_info_says_where_everything_lives_and_the_licence(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("info", "--home", tmp_path / "here")

    assert result.exit_code == 0
    for expected in ("MIT", version("synthdeal"), "every person, figure and deal is invented"):
        assert expected in result.stdout
    for place in ("warehouse.duckdb", "reports", "runs", "dagster"):
        assert str(tmp_path / "here" / place) in result.stdout


def test_version_and_help_do_not_wait_for_dagster(tmp_path: Path) -> None:
    for arguments in (["version"], ["--help"], ["run", "--help"], ["whitespace", "run", "--help"]):
        looked_at = (
            "import sys; from synthdeal_assets.cli import main\ntry: main()\nfinally: print('dagster' in sys.modules)"
        )
        told = subprocess.run(
            [COMMAND[0], "-c", looked_at, *arguments],
            cwd=tmp_path,
            env=plain_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert told.returncode == 0
        assert told.stdout.splitlines()[-1] == "False"


def test_version_names_the_version(synthdeal: Synthdeal) -> None:
    assert synthdeal("version").stdout == f"synthdeal {version('synthdeal')}\n"


def test_help_names_every_command(synthdeal: Synthdeal) -> None:
    told = synthdeal("--help").stdout

    for command in (
        "run",
        "retry",
        "compare",
        "ui",
        "status",
        "doctor",
        "info",
        "version",
        "demo-llm",
        "export",
        "whitespace",
    ):
        assert re.search(rf"^  {command} ", told, re.MULTILINE)


@pytest.mark.slow
def test_a_holder_that_does_not_let_go_is_named_in_one_sentence(
    synthdeal: Synthdeal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    holding = subprocess.Popen(
        [COMMAND[0], "-c", hold, str(home / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holding.stdout is not None
    assert holding.stdout.readline() == "held\n"
    monkeypatch.setenv("SYNTHDEAL_LOCK_TIMEOUT", "1")
    started = time.monotonic()
    result = synthdeal("status", "--home", home)
    holding.communicate("\n", timeout=30)

    assert result.exit_code == 1
    assert f"(PID {holding.pid})" in result.stderr.splitlines()[-1]
    assert time.monotonic() - started < 30

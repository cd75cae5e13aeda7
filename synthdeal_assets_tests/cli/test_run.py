"""`synthdeal run` does the whole pipeline, says how far it is and what came out, and ends well or in one sentence."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
import yaml

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS, FIGURES
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.tables import OPPORTUNITIES, WORLD
from synthdeal_assets_tests.cli.conftest import AS_OF, COMMAND, SIZE, Synthdeal, code_of, plain_environment, run_command
from synthdeal_assets_tests.scored_deals import scored_deals

pytestmark = pytest.mark.slow

FirstRun = tuple[subprocess.CompletedProcess[str], Path]


def warehouse(home: Path) -> Warehouse:
    return Warehouse(database=str(home / "warehouse.duckdb"), lock_timeout=10)


def figure(home: Path, figure_id: str) -> dict[str, object]:
    return warehouse(home).read_table(FIGURES).row(by_predicate=pl.col("figure_id") == figure_id, named=True)


IN_ANOTHER_CONTAINER = [
    sys.executable,
    "-c",
    "import socket; socket.gethostname = lambda: 'container-a'; from synthdeal_assets.cli.app import main; main()",
]


def start_run(home: Path, *arguments: str, command: Sequence[str] = COMMAND, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command, "run", "--home", str(home), *arguments],
        cwd=home.parent,
        env=plain_environment() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_line(running: subprocess.Popen[str], start: str) -> None:
    """Wait until the run says on standard error that a phase is done."""
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith(start):
            return
    pytest.fail(f"The run ended before it said {start!r}")


def run_statuses(home: Path) -> list[dg.DagsterRunStatus]:
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        return [run.status for run in instance.get_runs()]


def test_a_first_run_makes_scores_and_reports_everything(first_run: FirstRun) -> None:
    _, home = first_run

    assert warehouse(home).read_table(OPPORTUNITIES).filter(pl.col("type") != RENEWAL).height == 3 * SIZE
    assert warehouse(home).read_table(OPPORTUNITY_SCORES).height == scored_deals(SIZE, AS_OF)
    report = warehouse(home).read_table(EXECUTIVE_REPORTS).row(0, named=True)
    assert (home / report["html_path"]).read_text(encoding="utf-8") == report["html"]


def test_the_run_log_is_in_the_home_that_a_flag_names_and_says_what_flags_said(first_run: FirstRun) -> None:
    _, home = first_run
    (config,) = (home / "runs").glob("*/config.resolved.yaml")

    settings = yaml.safe_load(config.read_text(encoding="utf-8"))["settings"]
    assert settings["opportunities"] == {"value": SIZE, "source": "flag"}
    assert settings["as_of"] == {"value": AS_OF, "source": "flag"}
    assert settings["seed"] == {"value": 42, "source": "default"}


def test_the_summary_counts_the_scores_and_names_the_report_and_the_time(first_run: FirstRun) -> None:
    done, home = first_run
    report = warehouse(home).read_table(EXECUTIVE_REPORTS).row(0, named=True)

    scored = scored_deals(SIZE, AS_OF)
    assert (
        f"{scored} opportunities as of {AS_OF}: {scored} scored now, 0 scored before, 0 failed."
        in done.stdout.splitlines()
    )
    assert report["headline"] in done.stdout
    assert f"Report: {home / report['html_path']}" in done.stdout.splitlines()
    assert re.search(r"^Took \d+ s\.", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("heading", "list_name"), [("worth most", "top_deals"), ("that need you", "need_you")])
def test_the_summary_lists_the_deals_of_the_report_in_its_order(
    first_run: FirstRun, heading: str, list_name: str
) -> None:
    done, home = first_run
    section = done.stdout.partition(f"\nOpen deals {heading}")[2].partition("\n\n")[0]
    listed = re.findall(r"^  (\d)\. (.*)$", section, re.MULTILINE)
    in_report = warehouse(home).read_table(FIGURES).filter(pl.col("figure_id").str.starts_with(f"{list_name}."))
    names = in_report.filter(pl.col("figure_id").str.ends_with(".name"))

    assert len(listed) == min(3, names.height)
    for place, line in listed:
        assert str(figure(home, f"{list_name}.{place}.name")["text_value"]) in line
        assert f"${figure(home, f'{list_name}.{place}.amount')['value']:,.0f}" in line
        assert f"     {figure(home, f'{list_name}.{place}.owner')['text_value']}, closes " in section
        assert f"score {figure(home, f'{list_name}.{place}.score')['value']:.0f} of 100" in line


def test_without_a_terminal_each_phase_is_one_plain_line_and_dagsters_log_is_not_shown(first_run: FirstRun) -> None:
    # On a busy machine a line about the scores comes every ten seconds as well.
    lines = [line for line in first_run[0].stderr.splitlines() if not re.match(r"Scores: \d", line)]

    phases = ["World", "Scorer inputs", "Scores", "Planted text", "Score quality", "Report figures", "Report"]
    assert [line.partition(":")[0] for line in lines] == phases
    assert f"{scored_deals(SIZE, AS_OF)} of {scored_deals(SIZE, AS_OF)} scored, 0 failed" in lines[2]


@pytest.mark.parametrize(("flags", "variables"), [(["--seed", "7"], {}), ([], {"SYNTHDEAL_SEED": "7"})])
def test_another_world_is_refused_before_any_work_whoever_asks_for_it(
    synthdeal: Synthdeal,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: list[str],
    variables: dict[str, str],
) -> None:
    before = warehouse(home).read_table(OPPORTUNITIES)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    refused = synthdeal("run", *flags, "--as-of", AS_OF, "--home", home)

    assert (refused.exit_code, code_of(refused)) == (2, "world.differs")
    assert "seed 42" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert warehouse(home).read_table(OPPORTUNITIES).equals(before)


def test_replace_world_puts_another_world_in_its_place(synthdeal: Synthdeal, home: Path) -> None:
    replaced = synthdeal("run", "--seed", "7", "--as-of", AS_OF, "--replace-world", "--home", home)

    assert replaced.exit_code == 0
    assert warehouse(home).read_table(WORLD)["seed"].to_list() == [7]


def test_a_full_disk_is_told_in_one_sentence_and_the_warehouse_keeps_what_it_had(home: Path) -> None:
    before = warehouse(home).read_table(OPPORTUNITIES)
    largest = max(path.stat().st_size for path in home.rglob("*") if path.is_file()) + 2**19

    done = subprocess.run(
        [*COMMAND, "run", "--opportunities", "5000", "--as-of", AS_OF, "--replace-world", "--home", str(home)],
        cwd=home.parent,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert re.search(r"full|File too large", done.stderr.splitlines()[-1])
    assert "choose --account-names fictional" in done.stderr.splitlines()[0]
    assert warehouse(home).read_table(OPPORTUNITIES).equals(before)


def test_a_process_that_holds_the_warehouse_is_waited_for_and_named(home: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")):
        started = time.monotonic()
        done = run_command("run", "--home", home, folder=tmp_path, SYNTHDEAL_LOCK_TIMEOUT="2")
        took = time.monotonic() - started

    waiting, failed = done.stderr.splitlines()
    assert done.returncode == 1
    assert waiting.startswith("Waiting for the warehouse")
    assert str(os.getpid()) in waiting
    assert "SYNTHDEAL_LOCK_TIMEOUT" in failed
    assert took < 60


def test_a_second_run_waits_for_the_warehouse_and_scores_only_what_is_new(home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")):
        running = start_run(home, "--as-of", AS_OF)
        assert running.stderr is not None
        assert running.stderr.readline().startswith("Waiting for the warehouse")
    output, messages = running.communicate(timeout=240)

    assert running.returncode == 0
    assert f"0 scored now, {scored_deals(SIZE, AS_OF)} scored before, 0 failed" in output
    assert "nothing was pending" in messages


def test_two_runs_at_once_take_turns(synthdeal: Synthdeal, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    elsewhere = start_run(shared, "--opportunities", "25", "--as-of", AS_OF)
    here = synthdeal("run", "--opportunities", "25", "--as-of", AS_OF, "--home", shared)
    output, messages = elsewhere.communicate(timeout=240)

    assert (elsewhere.returncode, here.exit_code) == (0, 0)
    assert sorted(re.findall(r"(\d+) scored now", output + here.stdout)) == ["0", str(scored_deals(25, AS_OF))]
    assert "Waiting for another run" in messages + here.stderr


def test_a_run_that_another_one_does_not_let_in_fails_within_the_time_for_its_turn(
    synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_TURN_TIMEOUT", "0")
    shared = tmp_path / "shared"
    first = start_run(shared, "--opportunities", "1000", "--as-of", AS_OF)
    wait_for_line(first, "World")

    second = synthdeal("run", "--home", shared)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=240)

    assert (second.exit_code, code_of(second)) == (1, "home.run-in-progress")
    assert f" {shared} (process {first.pid})" in second.stderr


def test_ctrl_c_ends_with_130_and_the_run_is_canceled_and_what_is_scored_stays(tmp_path: Path) -> None:
    home = tmp_path / "interrupted"
    running = start_run(home, "--opportunities", "1500", "--as-of", AS_OF)
    wait_for_line(running, "Scorer inputs")
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    _, messages = running.communicate(timeout=240)

    assert running.returncode == 130
    assert messages.splitlines()[-1] == "Stopped."
    assert "Traceback" not in messages
    assert run_statuses(home) == [dg.DagsterRunStatus.CANCELED]
    assert warehouse(home).read_table(OPPORTUNITIES).filter(pl.col("type") != RENEWAL).height == 3 * 1500


def test_a_run_left_over_by_a_process_killed_under_another_host_name_is_ended_by_the_next(
    synthdeal: Synthdeal, tmp_path: Path
) -> None:
    home = tmp_path / "killed"
    running = start_run(home, "--opportunities", "200", "--as-of", AS_OF, command=IN_ANOTHER_CONTAINER)
    wait_for_line(running, "Scorer inputs")
    running.kill()
    running.communicate(timeout=60)

    told = synthdeal("status", "--home", home)
    assert "its process is gone" in told.stdout

    done = synthdeal("run", "--as-of", AS_OF, "--home", home)
    assert done.exit_code == 0
    assert re.search(rf"{scored_deals(200, AS_OF)} opportunities as of .* 0 failed", done.stdout)
    assert run_statuses(home) == [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    started = [json.loads(path.read_text()) for path in home.glob("runs/*/run.json")]
    assert sorted(run["host"] == "container-a" for run in started) == [False, True]


def test_a_run_is_tagged_with_the_day_the_scorer_and_its_model(first_run: FirstRun, tmp_path: Path) -> None:
    history = tmp_path / "history"
    shutil.copytree(first_run[1] / "dagster" / "history", history / "history")

    with dg.DagsterInstance.local_temp(str(history)) as instance:
        (run,) = instance.get_runs()

    tags = {name: run.tags.get(f"synthdeal/{name}") for name in ("as_of", "scorer", "model")}
    assert tags == {"as_of": AS_OF, "scorer": "heuristic", "model": "fixed-rules"}

"""`synthdeal end` ends the run that it is told to, dead or alive, and keeps what was paid for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import duckdb
import psutil
import pytest

from synthdeal_assets.cli import end
from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home
from synthdeal_assets.foundation.leases import LEASE_S
from synthdeal_assets.foundation.run_process import lease_of, process_tags
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import AS_OF, COMMAND, Synthdeal, code_of, plain_environment, run_command
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine
from synthdeal_assets_tests.orchestration.queued_run import queued_run

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]

A_RUN = """
import signal, subprocess, sys, time
from pathlib import Path
from synthdeal_assets.foundation.leases import take
from synthdeal_assets.foundation.run_process import begin_run
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.llm.ledger.journal import CallJournal, lease_of
from synthdeal_assets.llm.ledger.ledger import claim, prepare_ledger
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

run_id, home, ends = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
signal.signal(signal.SIGINT, signal.SIG_IGN if ends == "stubborn" else lambda *_: sys.exit(0))
begin_run(home / "dagster", run_id)
ledger = LedgerContext(Warehouse(database=str(home / "warehouse.duckdb")), "testing", run_id)
asking = {"purpose": "testing", "execution_id": ledger.execution_id}
take(lease_of(ledger.journals, ledger.execution_id))
with ledger.warehouse.transaction() as connection:
    prepare_ledger(connection)
    claim(connection, {f"{run_id} 1": "a", f"{run_id} 2": "b"}, run_id=run_id, now=ledger.now(), **asking)
CallJournal(ledger.journals, run_id, **asking).note(paid_call(call_id=run_id))
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
time.sleep(60)
"""


@dg.job
def refresh() -> None:
    """Stands for a run of the pipeline in the history."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    prepare_dagster_home(tmp_path / "home")
    return tmp_path / "home"


@contextmanager
def history(home: Path) -> Iterator[dg.DagsterInstance]:
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        yield instance


def started(home: Path, run_id: str | None = None) -> str:
    """A run that Dagster takes for unfinished; returns its id."""
    with history(home) as instance:
        run = instance.create_run_for_job(refresh, run_id=run_id, status=dg.DagsterRunStatus.STARTED)
        instance.add_run_tags(run.run_id, process_tags(run.run_id))
    return run.run_id


def status_of(home: Path, run_id: str) -> dg.DagsterRunStatus:
    with history(home) as instance:
        run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


@contextmanager
def living(home: Path, run_id: str, ends: str = "gently") -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """The process of a run that asks a model, and a process that it has started."""
    process = subprocess.Popen(
        [sys.executable, "-c", A_RUN, run_id, home, ends],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},  # the tests are in no wheel, and the folder is another one
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    try:
        yield process, child
    finally:
        process.kill()
        with suppress(psutil.NoSuchProcess):
            child.kill()
        process.wait()
        process.stdout.close()


def ledger_of(home: Path) -> tuple[int, int]:
    """How many claims and how many requests there are."""
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    counts = warehouse.read(
        "SELECT (SELECT count(*) FROM scoring.llm_claims), (SELECT count(*) FROM scoring.llm_calls)"
    )
    claims, calls = counts.row(0)
    return claims, calls


def test_a_run_that_was_killed_is_marked_as_failed_and_what_it_had_paid_for_is_kept(
    synthdeal: Synthdeal, home: Path
) -> None:
    run_id = started(home)
    with living(home, run_id) as (process, _):
        assert f"process {process.pid} on " in synthdeal("status", "--home", home).stdout
        process.kill()
        process.wait()
        short = run_id.partition("-")[0]
        assert f"or `synthdeal end {short}` does" in synthdeal("status", "--home", home).stdout

        ended = synthdeal("end", short, "--home", home)

    assert ended.exit_code == 0
    assert "no living process: marked as failed" in ended.stdout
    assert "Released 2 questions that it had claimed, and took 1 requests" in ended.stdout
    assert status_of(home, run_id) is dg.DagsterRunStatus.FAILURE
    assert ledger_of(home) == (0, 1)
    assert list((home / "llm_journal").iterdir()) == []
    recorded = Warehouse(database=str(home / "warehouse.duckdb")).read("SELECT run_id, status FROM ops.runs").rows()
    assert recorded == [(run_id, "failure")]
    again = synthdeal("end", short, "--home", home)
    assert (again.exit_code, again.stdout) == (0, f"Run {run_id} has already finished (failure).\n")


def test_a_run_that_lives_is_asked_to_end(synthdeal: Synthdeal, home: Path) -> None:
    run_id = started(home)
    with living(home, run_id) as (process, child):
        ended = synthdeal("end", run_id, "--home", home)

        assert process.wait(timeout=5) == 0
        assert child.is_running(), "it ended by itself, and what it left running is its own affair"
    assert ended.exit_code == 0
    assert f"Asked process {process.pid} of run {run_id} to end." in ended.stdout
    assert "killed" not in ended.stdout
    assert status_of(home, run_id) is dg.DagsterRunStatus.CANCELED
    assert ledger_of(home) == (0, 1)


def test_a_run_that_does_not_end_is_killed_with_its_children_and_nobody_else_of_its_group(
    synthdeal: Synthdeal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end, "GENTLE_END_S", 0.5)
    run_id, other = started(home), started(home)
    with living(home, run_id, "stubborn") as (process, child), living(home, other, "stubborn") as (bystander, _):
        assert os.getpgid(process.pid) == os.getpgid(bystander.pid) == os.getpgrp()
        ended = synthdeal("end", run_id, "--home", home)

        assert process.wait(timeout=5) < 0
        psutil.wait_procs([child], timeout=5)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        assert bystander.poll() is None
        assert ledger_of(home) == (2, 1), "what another run has claimed stays claimed"
    assert "killed it and the processes that it had started" in ended.stdout
    assert status_of(home, run_id) is dg.DagsterRunStatus.CANCELED
    assert status_of(home, other) is dg.DagsterRunStatus.STARTED


def test_status_says_how_to_end_a_run_that_is_stuck_while_it_holds_the_warehouse(home: Path, tmp_path: Path) -> None:
    short = started(home).partition("-")[0]
    with duckdb.connect(str(home / "warehouse.duckdb")):
        told = run_command("status", "--home", home, folder=tmp_path, SYNTHDEAL_LOCK_TIMEOUT="0")
    assert told.returncode == 1
    assert f"`synthdeal end {short}`" in " ".join(told.stdout.split())


def test_a_run_on_another_machine_is_not_touched_while_it_gives_signs_of_life(synthdeal: Synthdeal, home: Path) -> None:
    run_id = started(home)
    held_on_another_machine(lease_of(home / "dagster", run_id), silent_s=10)
    refused = synthdeal("end", run_id, "--home", home)
    assert (refused.exit_code, code_of(refused)) == (1, "end.lives-elsewhere")
    assert len(refused.stderr.splitlines()) == 1
    assert "on machine-b, last sign of life 1" in refused.stderr
    assert status_of(home, run_id) is dg.DagsterRunStatus.STARTED

    held_on_another_machine(lease_of(home / "dagster", run_id), silent_s=LEASE_S + 15)
    assert synthdeal("end", run_id, "--home", home).exit_code == 0
    assert status_of(home, run_id) is dg.DagsterRunStatus.FAILURE


def test_a_run_in_the_queue_is_taken_out_of_it(synthdeal: Synthdeal, home: Path) -> None:
    with history(home) as instance:
        run = queued_run(instance, refresh)
    assert synthdeal("end", run.run_id, "--home", home).exit_code == 0
    assert status_of(home, run.run_id) is dg.DagsterRunStatus.CANCELED


@pytest.mark.parametrize("run_id", ["", "feedbeef", "%"])
def test_a_run_that_nobody_knows_is_refused_in_one_sentence(synthdeal: Synthdeal, home: Path, run_id: str) -> None:
    known = started(home)
    for folder in (home, home.with_name("empty")):
        refused = synthdeal("end", run_id, "--home", folder)
        assert (refused.exit_code, code_of(refused)) == (1, "end.unknown-run")
        assert len(refused.stderr.splitlines()) == 1
        assert repr(run_id) in refused.stderr
    assert not home.with_name("empty").exists()
    assert status_of(home, known) is dg.DagsterRunStatus.STARTED


def test_a_beginning_that_two_runs_share_is_refused(synthdeal: Synthdeal, home: Path) -> None:
    first, second = (started(home, f"aaaaaaaa-{number}000-4000-8000-000000000000") for number in (1, 2))
    refused = synthdeal("end", "aaaaaaaa", "--home", home)
    assert (refused.exit_code, code_of(refused)) == (2, "end.ambiguous-run")
    assert synthdeal("end", first, "--home", home).exit_code == 0
    assert status_of(home, second) is dg.DagsterRunStatus.STARTED


def test_a_run_of_the_command_line_is_ended_as_with_ctrl_c(synthdeal: Synthdeal, tmp_path: Path) -> None:
    home = tmp_path / "home"
    running = subprocess.Popen(
        [*COMMAND, "run", "--opportunities", "1500", "--as-of", AS_OF, "--home", str(home)],
        env=plain_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("Scorer inputs"):
            break
    with history(home) as instance:
        (run,) = instance.get_runs()

    ended = synthdeal("end", run.run_id, "--home", home)
    _, messages = running.communicate(timeout=60)

    assert (ended.exit_code, running.returncode) == (0, 130)
    assert messages.splitlines()[-1] == "Stopped."
    assert status_of(home, run.run_id) is dg.DagsterRunStatus.CANCELED

"""A run whose process is gone is ended; one that is alive, elsewhere or another's is left alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.leases import LEASE_S
from synthdeal_assets.foundation.run_process import FOLDER, HOST_TAG, PID_TAG, begin_run, lease_of, process_tags
from synthdeal_assets.orchestration.dead_runs import end_dead_runs
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine

A_RUN = """
import json, socket, sys, time
socket.gethostname = lambda: "container-a"
from synthdeal_assets.foundation.run_process import begin_run
print(json.dumps(begin_run(sys.argv[1], sys.argv[2])), flush=True)
time.sleep(60)
"""


@dg.job
def refresh() -> None:
    """A job with nothing in it: only its runs matter here."""


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


def started_run(
    instance: dg.DagsterInstance, tags: dict[str, str], status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED
) -> dg.DagsterRun:
    run = instance.create_run_for_job(refresh, status=status)
    instance.add_run_tags(run.run_id, {key: value.replace("THIS RUN", run.run_id) for key, value in tags.items()})
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def status_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def killed_under_another_host_name(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED
) -> dg.DagsterRun:
    """A run that lives in a process, looked at, and then killed."""
    run = started_run(instance, {}, status)
    living = subprocess.Popen(
        [sys.executable, "-c", A_RUN, instance.root_directory, run.run_id], stdout=subprocess.PIPE, text=True
    )
    assert living.stdout is not None
    tags = json.loads(living.stdout.readline())
    assert tags[HOST_TAG] == "container-a"
    instance.add_run_tags(run.run_id, tags)
    assert end_dead_runs(instance) == [], "it lives, though under another host name"
    living.send_signal(signal.SIGKILL)
    living.wait()
    living.stdout.close()
    return run


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.NOT_STARTED])
def test_a_run_whose_process_was_killed_under_another_host_name_is_marked_as_failed(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    run = killed_under_another_host_name(instance, status)

    assert end_dead_runs(instance) == [run.run_id]
    assert status_of(instance, run) is dg.DagsterRunStatus.FAILURE
    assert list((Path(instance.root_directory) / FOLDER).iterdir()) == []


def test_a_run_whose_process_lives_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = started_run(instance, {})
    instance.add_run_tags(run.run_id, begin_run(instance.root_directory, run.run_id))

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_run_of_the_version_before_is_not_kept_alive_by_the_process_that_has_its_id_now(
    instance: dg.DagsterInstance,
) -> None:
    run = started_run(instance, process_tags("THIS RUN") | {"synthdeal/process_started": "1.00"})

    assert end_dead_runs(instance) == [run.run_id]


@pytest.mark.parametrize(("silent_s", "ended"), [(0, False), (LEASE_S + 15, True)])
def test_a_run_on_another_machine_lives_as_long_as_it_renews_its_lease(
    instance: dg.DagsterInstance, silent_s: float, *, ended: bool
) -> None:
    run = started_run(instance, process_tags("THIS RUN") | {HOST_TAG: "machine-b"})
    lease = lease_of(instance.root_directory, run.run_id)
    held_on_another_machine(lease, silent_s=silent_s)

    assert end_dead_runs(instance) == [run.run_id] * ended
    assert lease.exists() is not ended


def test_tags_copied_from_the_run_that_is_executed_again_do_not_condemn_the_new_run(
    instance: dg.DagsterInstance,
) -> None:
    run = started_run(instance, process_tags("the-run-before"))

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_run_that_names_no_process_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = started_run(instance, {PID_TAG: "1"})

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED

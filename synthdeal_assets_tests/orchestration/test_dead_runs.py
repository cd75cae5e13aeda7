"""A run whose process is gone is ended; one that is alive, elsewhere or another's is left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.run_process import HOST_TAG, PID_TAG, PROCESS_STARTED_TAG, RUN_TAG, process_tags
from synthdeal_assets.orchestration.dead_runs import end_dead_runs

TAGS_OF_ANOTHER_PROCESS = """
import json, sys
from synthdeal_assets.foundation.run_process import process_tags
print(json.dumps(process_tags(sys.argv[1])))
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


def tags_of_a_process_that_ended() -> dict[str, str]:
    printed = subprocess.run(
        [sys.executable, "-c", TAGS_OF_ANOTHER_PROCESS, "THIS RUN"], check=True, capture_output=True, text=True
    ).stdout
    tags: dict[str, str] = json.loads(printed)
    return tags


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.NOT_STARTED])
def test_a_run_whose_process_has_ended_is_marked_as_failed(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    run = started_run(instance, tags_of_a_process_that_ended(), status)

    assert end_dead_runs(instance) == [run.run_id]
    assert status_of(instance, run) is dg.DagsterRunStatus.FAILURE


def test_a_run_whose_process_lives_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = started_run(instance, process_tags("THIS RUN"))

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_process_id_that_another_process_has_taken_over_counts_as_gone(instance: dg.DagsterInstance) -> None:
    tags = process_tags("THIS RUN")
    run = started_run(instance, tags | {PROCESS_STARTED_TAG: str(float(tags[PROCESS_STARTED_TAG]) - 3600)})

    assert end_dead_runs(instance) == [run.run_id]


def test_a_run_on_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = started_run(instance, tags_of_a_process_that_ended() | {HOST_TAG: "another-machine"})

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_tags_copied_from_the_run_that_is_executed_again_do_not_condemn_the_new_run(
    instance: dg.DagsterInstance,
) -> None:
    run = started_run(instance, tags_of_a_process_that_ended() | {RUN_TAG: "the-run-before"})

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_run_that_names_no_process_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = started_run(instance, {PID_TAG: "1"})

    assert end_dead_runs(instance) == []
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED

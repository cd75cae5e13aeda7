"""The run log: what is in which file, whoever ends the run, and that no log costs a run."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance import run_log
from synthdeal_assets.foundation.dagster_instance.run_summary import summarise_run
from synthdeal_assets.settings import every_setting

REPOSITORY = Path(__file__).parents[2]

KILLED_RUN = """
import os, signal
import dagster as dg
from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home
from synthdeal_assets.settings import Settings

prepare_dagster_home(Settings.load().storage.home)

@dg.asset
def scores(context: dg.AssetExecutionContext) -> None:
    for number in range(50):
        context.log_event(dg.AssetMaterialization("scores", partition=str(number)))
    os.kill(os.getpid(), signal.SIGKILL)

dg.materialize([scores], instance=dg.DagsterInstance.get())
"""


@dg.asset(key=["crm", "opportunities"])
def opportunities(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    context.log.info("made %d opportunities", 3)
    for key in ("A", "B"):
        context.log_event(dg.AssetMaterialization(["scoring", "opportunity_scores"], partition=key))
    return dg.MaterializeResult(metadata={"dagster/row_count": 3, "note": "three", "table": dg.MetadataValue.md("|a|")})


@dg.asset_check(asset=opportunities)
def amounts_are_positive() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, metadata={"offending_rows": 2})


@dg.asset_check(asset=opportunities)
def names_are_unique() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset(deps=[opportunities])
def failing() -> None:
    try:
        raise ConnectionError("no line")
    except ConnectionError as error:
        raise ValueError("no report") from error


@dg.asset
def refusing() -> None:
    raise SynthDealError("The pond is dry: wait for rain.", code="pond.dry")


@dg.op(config_schema={"wish": str})
def wishing(context: dg.OpExecutionContext) -> None:
    context.log.info(context.op_config["wish"])


@dg.job(tags={"asked_by": "test"})
def wish() -> None:
    wishing()


def lines(home: Path, run_id: str, name: str = "events.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "runs" / run_id / name).read_text(encoding="utf-8").splitlines()]


def content(home: Path, run_id: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "runs" / run_id / name).read_text(encoding="utf-8"))
    return found


def test_events_say_what_happened_to_which_asset_partition_and_check(home: Path, instance: dg.DagsterInstance) -> None:
    run_id = dg.materialize([opportunities, amounts_are_positive], instance=instance).run_id

    events = lines(home, run_id)
    assert {frozenset(event) for event in events} == {
        frozenset(
            (
                "ts",
                "level",
                "type",
                "job",
                "step",
                "asset",
                "partition",
                "check",
                "passed",
                "message",
                "metadata",
                "pid",
            )
        )
    }
    message = next(event for event in events if event["type"] == "LOG_MESSAGE")
    assert (message["level"], message["step"], message["message"]) == (
        "INFO",
        "crm__opportunities",
        "made 3 opportunities",
    )
    partitions = [event["partition"] for event in events if event["asset"] == "scoring/opportunity_scores"]
    assert partitions == ["A", "B"]
    materialised = [e for e in events if e["type"] == "ASSET_MATERIALIZATION" and e["asset"] == "crm/opportunities"]
    assert [event["metadata"] for event in materialised] == [{"dagster/row_count": 3, "note": "three"}]
    check = next(event for event in events if event["type"] == "ASSET_CHECK_EVALUATION")
    assert (check["asset"], check["check"], check["passed"]) == ("crm/opportunities", "amounts_are_positive", False)
    assert check["metadata"] == {"offending_rows": 2}
    assert events[-1]["type"] == "RUN_SUCCESS"
    assert all(event["ts"].endswith("+00:00") for event in events)
    assert not (home / "runs" / run_id / "errors.jsonl").exists()


def test_errors_keep_their_stack_and_their_causes(home: Path, instance: dg.DagsterInstance) -> None:
    run_id = dg.materialize([opportunities, failing], instance=instance, raise_on_error=False).run_id

    error = next(line for line in lines(home, run_id, "errors.jsonl") if line["type"] == "STEP_FAILURE")
    assert error["step"] == "failing"
    raised = error["error"]["cause"]
    assert (raised["message"].strip(), raised["code"]) == ("ValueError: no report", None)
    assert "in failing" in raised["stack"]
    assert raised["cause"]["message"].strip() == "ConnectionError: no line"


def test_an_error_that_the_user_can_act_on_has_its_code_beside_its_sentence(
    home: Path, instance: dg.DagsterInstance
) -> None:
    run_id = dg.materialize([refusing], instance=instance, raise_on_error=False).run_id

    error = next(line for line in lines(home, run_id, "errors.jsonl") if line["type"] == "STEP_FAILURE")
    refusal = error["error"]["cause"]
    assert refusal["code"] == "pond.dry"
    assert refusal["message"].endswith("SynthDealError: The pond is dry: wait for rain.")


def test_the_summary_counts_what_the_run_did(home: Path, instance: dg.DagsterInstance) -> None:
    run_id = dg.materialize(
        [opportunities, amounts_are_positive, names_are_unique, failing], instance=instance, raise_on_error=False
    ).run_id

    summary = content(home, run_id, "summary.json")
    assert summary["status"] == "failure"
    assert summary["materialisations"] == {"crm/opportunities": 1, "scoring/opportunity_scores": 2}
    assert summary["figures"] == {"crm/opportunities": {"row_count": 3}}
    assert summary["checks_passed"] == 1
    assert summary["checks_failed"] == ["crm/opportunities: amounts_are_positive"]
    assert summary["failed_steps"] == ["failing"]
    assert summary["events"]["ASSET_MATERIALIZATION"] == 3
    assert summary["events"]["STEP_FAILURE"] == 1
    assert summary["duration_s"] >= 0
    assert summary == json.loads(json.dumps(summarise_run(instance, run_id).as_json()))


def test_run_json_and_the_resolved_config_say_what_was_started(
    home: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_SEED", "7")
    monkeypatch.setenv("OPENAI_API_KEY", "not-to-be-seen-anywhere")

    run_id = wish.execute_in_process(
        instance=instance, run_config={"ops": {"wishing": {"config": {"wish": "peace"}}}}, tags={"who": "me"}
    ).run_id

    started = content(home, run_id, "run.json")
    assert (started["run_id"], started["job"], started["pid"]) == (run_id, "wish", os.getpid())
    assert started["tags"]["who"] == "me"
    assert started["tags"]["asked_by"] == "test"
    assert set(started["versions"]) == {"python", "synthdeal", "dagster", "duckdb", "polars"}
    resolved = yaml.safe_load((home / "runs" / run_id / "config.resolved.yaml").read_text(encoding="utf-8"))
    assert resolved["run_config"] == {"ops": {"wishing": {"config": {"wish": "peace"}}}}
    assert set(resolved["settings"]) == {setting.name for setting in every_setting()}
    assert resolved["settings"]["seed"] == {"value": 7, "source": "environment"}
    assert resolved["settings"]["opportunities"] == {"value": 500, "source": "default"}
    assert resolved["settings"]["openai_api_key"] == {"value": "(set)", "source": "environment"}
    assert resolved["settings"]["anthropic_api_key"] == {"value": "(not set)", "source": "default"}


def test_runs_in_one_process_keep_their_logs_apart(home: Path, instance: dg.DagsterInstance) -> None:
    config = [{"ops": {"wishing": {"config": {"wish": wanted}}}} for wanted in ("peace", "cake")]
    run_ids = [wish.execute_in_process(instance=instance, run_config=given).run_id for given in config]

    said = [[e["message"] for e in lines(home, run_id) if e["type"] == "LOG_MESSAGE"] for run_id in run_ids]

    assert said == [["peace"], ["cake"]]


@pytest.mark.slow
def test_a_killed_run_leaves_whole_lines_and_whoever_finds_it_completes_its_log(
    home: Path, instance: dg.DagsterInstance
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_RUN], cwd=REPOSITORY, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    (run,) = instance.get_runs()
    assert len([e for e in lines(home, run.run_id) if e["asset"] == "scores" and e["partition"]]) == 50
    assert not (home / "runs" / run.run_id / "summary.json").exists()

    instance.report_run_failed(run, "found dead")

    assert lines(home, run.run_id)[-1]["message"] == "found dead"
    assert lines(home, run.run_id, "errors.jsonl")[-1]["type"] == "RUN_FAILURE"
    summary = content(home, run.run_id, "summary.json")
    assert (summary["status"], summary["materialisations"]) == ("failure", {"scores": 50})


def test_a_run_cancelled_by_another_process_has_a_summary(home: Path, instance: dg.DagsterInstance) -> None:
    config = {"ops": {"wishing": {"config": {"wish": "peace"}}}}
    run = instance.create_run_for_job(wish, run_config=config, status=dg.DagsterRunStatus.STARTED)

    instance.report_run_canceled(run)

    assert content(home, run.run_id, "summary.json")["status"] == "canceled"


def test_a_log_that_cannot_be_written_is_said_once_and_costs_no_run(
    home: Path, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "_complaints", type(run_log._complaints)())
    (home / "runs").write_text("a file in the way", encoding="utf-8")

    result = wish.execute_in_process(instance=instance, run_config={"ops": {"wishing": {"config": {"wish": "peace"}}}})

    assert result.success
    assert capfd.readouterr().err.count("The run log cannot be written") == 1


def test_a_run_that_dagster_does_not_know_has_no_summary(instance: dg.DagsterInstance) -> None:
    with pytest.raises(ValueError, match="knows no run nowhere"):
        summarise_run(instance, "nowhere")

"""Every finished run of the pipeline gets one row in ops.runs, with what it did."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import LlmCall
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.orchestration.run_records import record_finished_runs
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_HISTORY
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

NOON = dt.datetime(2026, 11, 20, 12)


@dg.job(name="refresh")
def refresh_run() -> None:
    """Stands for a run of the pipeline in the history."""


@dg.job(name="something_else")
def another_job() -> None:
    """A run that is none of ours."""


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    warehouse.replace({OPPORTUNITY_SCORES: OPPORTUNITY_SCORES.empty()})
    return warehouse


def record(warehouse: Warehouse, run_id: str, *calls: LlmCall) -> None:
    with warehouse.transaction() as connection:
        prepare_ledger(connection)
        record_calls(connection, calls, run_id=run_id, purpose="scoring")


def score(run_id: str, opportunity_id: str, cost_usd: float) -> dict[str, object]:
    numbers = dict.fromkeys(("score", "meddpicc_score", "bant_score", "win_probability", "confidence", "latency_ms"), 0)
    words = dict.fromkeys(
        ("reasoning", "key_strengths", "areas_for_improvement", "risks", "next_steps", "scorer", "model"), ""
    )
    return {
        **numbers,
        **words,
        "opportunity_id": opportunity_id,
        "prompt_version": "1",
        "input_hash": "",
        "scored_at": NOON,
        "run_id": run_id,
        "endpoint": None,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": cost_usd,
    }


def rows(warehouse: Warehouse) -> dict[str, dict[str, object]]:
    return {str(row["run_id"]): row for row in warehouse.read_table(RUNS).iter_rows(named=True)}


def test_a_finished_run_is_written_once_with_what_it_scored_and_paid_for(
    instance: dg.DagsterInstance, warehouse: Warehouse
) -> None:
    run = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.SUCCESS)
    replaced = {"replaced_at": NOON, "replaced_by_run_id": "a later run"}
    warehouse.merge(
        {
            OPPORTUNITY_SCORES: pl.DataFrame(
                [{**score(run.run_id, "A", 0.5), "is_stale": False}, {**score("another", "B", 9.0), "is_stale": False}]
            ),
            SCORE_HISTORY: pl.DataFrame([{**score(run.run_id, "C", 0.25), **replaced}]),
        }
    )
    record(
        warehouse,
        run.run_id,
        paid_call(call_id="A-1", cost_usd=0.05, status="unusable", answer="{"),
        paid_call(call_id="A-2", cost_usd=0.45),
    )
    record(warehouse, "another", paid_call(call_id="C-1", cost_usd=0.25))

    assert record_finished_runs(instance, warehouse) == [run.run_id]
    assert record_finished_runs(instance, warehouse) == []

    row = rows(warehouse)[run.run_id]
    assert (row["job"], row["status"], row["scored"], row["failed"], row["cost_usd"]) == (
        "refresh",
        "success",
        2,
        0,
        0.5,
    )


def test_the_day_of_a_run_is_that_of_its_report(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    reported = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.SUCCESS)
    unreported = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.FAILURE)
    words = dict.fromkeys(
        (
            "account_names",
            "generator_version",
            "figures",
            "scorer",
            "headline",
            "html",
            "markdown",
            "html_path",
            "markdown_path",
        ),
        "",
    )
    warehouse.merge(
        {
            EXECUTIVE_REPORTS: pl.DataFrame(
                [
                    {
                        **words,
                        "report_id": "R1",
                        "as_of": dt.date(2026, 11, 20),
                        "seed": 42,
                        "size": 500,
                        "planted_instructions": True,
                        "run_id": reported.run_id,
                        "created_at": NOON,
                    }
                ]
            )
        }
    )

    record_finished_runs(instance, warehouse)

    assert rows(warehouse)[reported.run_id]["as_of"] == dt.date(2026, 11, 20)
    assert rows(warehouse)[unreported.run_id]["as_of"] is None
    assert rows(warehouse)[unreported.run_id]["status"] == "failure"


def test_an_unknown_cost_is_not_added_up_as_nothing(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    run = instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.SUCCESS)
    record(warehouse, run.run_id, paid_call(call_id="A"), paid_call(call_id="B", cost_usd=None))

    record_finished_runs(instance, warehouse)

    assert rows(warehouse)[run.run_id]["cost_usd"] is None


def test_runs_of_other_jobs_and_unfinished_runs_are_left_out(
    instance: dg.DagsterInstance, warehouse: Warehouse
) -> None:
    instance.create_run_for_job(another_job, status=dg.DagsterRunStatus.SUCCESS)
    instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.STARTED)

    assert record_finished_runs(instance, warehouse) == []


def test_lineage_shows_that_the_record_was_written(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    instance.create_run_for_job(refresh_run, status=dg.DagsterRunStatus.SUCCESS)

    record_finished_runs(instance, warehouse)

    event = instance.get_latest_materialization_event(dg.AssetKey(["ops", "runs"]))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["dagster/row_count"].value == 1

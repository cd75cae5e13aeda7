"""The table ops.runs: what Dagster knows of finished runs, kept with the data they made.

The log of one run belongs in `foundation/dagster_instance/run_log.py`; here is one row a run.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata
from synthdeal_assets.foundation.timestamps import utc, without_zone
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert, query_frame
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.orchestration.jobs import PIPELINE_JOBS
from synthdeal_assets.orchestration.tables import RUNS
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_FAILURES, SCORE_HISTORY

STATUSES = {
    dg.DagsterRunStatus.SUCCESS: "success",
    dg.DagsterRunStatus.FAILURE: "failure",
    dg.DagsterRunStatus.CANCELED: "canceled",
}


def record_finished_runs(instance: dg.DagsterInstance, warehouse: Warehouse, *, most: int = 200) -> list[str]:
    """Write a row into ops.runs for each finished run of the pipeline that has none yet.

    Args:
        instance: Where Dagster keeps its history.
        warehouse: Where ops.runs is.
        most: How many of the newest finished runs are looked at.

    Returns:
        The ids of the runs that were written, the oldest first.
    """
    records = instance.get_run_records(filters=dg.RunsFilter(statuses=list(STATUSES)), limit=most)
    finished = [record for record in reversed(records) if record.dagster_run.job_name in PIPELINE_JOBS]
    if not finished or not warehouse.path.exists():
        return []
    with warehouse.transaction() as connection:
        for table in (RUNS, OPPORTUNITY_SCORES, SCORE_HISTORY, SCORE_FAILURES, LLM_CALLS, EXECUTIVE_REPORTS):
            create(connection, table)
        known = set(query_frame(connection, "SELECT run_id FROM ops.runs")["run_id"])
        new = [record for record in finished if record.dagster_run.run_id not in known]
        if not new:
            return []
        counted = query_frame(
            connection,
            statement(__package__, "run_counts.sql"),
            {"run_ids": [record.dagster_run.run_id for record in new]},
        )
        times = pl.DataFrame(
            {
                "run_id": [record.dagster_run.run_id for record in new],
                "job": [record.dagster_run.job_name for record in new],
                "status": [STATUSES[record.dagster_run.status] for record in new],
                "started_at": [_moment(record.start_time, record.create_timestamp) for record in new],
                "finished_at": [_moment(record.end_time, record.update_timestamp) for record in new],
            }
        )
        insert(connection, RUNS, times.join(counted, on="run_id", how="left"))
        metadata = table_metadata(connection, RUNS)
    instance.report_runless_asset_event(dg.AssetMaterialization(asset_key(RUNS), metadata=metadata))
    return times["run_id"].to_list()


def _moment(timestamp: float | None, of_record: dt.datetime) -> dt.datetime:
    """A moment of a run; that of its record for a run whose process never began with it."""
    return without_zone(of_record if timestamp is None else utc(timestamp))

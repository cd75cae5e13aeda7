"""The table of schema ops: which runs there were. Nothing here reads or writes."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

RUNS: Final = Table(
    "ops",
    "runs",
    "A finished run of the pipeline and what it did.",
    (
        Column("run_id", "VARCHAR", "Dagster run."),
        Column("job", "VARCHAR", "Job that ran."),
        Column("status", "VARCHAR", "How it ended.", values=("success", "failure", "canceled")),
        Column("started_at", "TIMESTAMP", "Start time, UTC."),
        Column("finished_at", "TIMESTAMP", "End time, UTC."),
        Column("as_of", "DATE", "Date of the world in the run's report; NULL when it wrote none.", nullable=True),
        Column(
            "opportunities", "BIGINT", "Size of the world in the run's report; NULL when it wrote none.", nullable=True
        ),
        Column("scored", "BIGINT", "Opportunities that this run scored.", minimum=0),
        Column("failed", "BIGINT", "Opportunities that this run could not score.", minimum=0),
        Column("cost_usd", "DOUBLE", "Cost of the run in USD; NULL when unknown.", nullable=True, minimum=0),
    ),
    ("run_id",),
)

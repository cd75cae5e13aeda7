"""The table of schema ops: which runs there were. Nothing here reads or writes."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

RUNS: Final = Table(
    "ops",
    "runs",
    "One run of the pipeline that reached its end, with what it did.",
    (
        Column("run_id", "VARCHAR", "Dagster run."),
        Column("job", "VARCHAR", "Job that ran."),
        Column("status", "VARCHAR", "How it ended.", values=("success", "failure", "canceled")),
        Column("started_at", "TIMESTAMP", "Start, UTC."),
        Column("finished_at", "TIMESTAMP", "End, UTC."),
        Column("as_of", "DATE", "The world's day of the run's report; NULL when it wrote none.", nullable=True),
        Column(
            "opportunities", "BIGINT", "Size of the world of the run's report; NULL when it wrote none.", nullable=True
        ),
        Column("scored", "BIGINT", "Opportunities this run scored.", minimum=0),
        Column("failed", "BIGINT", "Opportunities this run could not score.", minimum=0),
        Column("cost_usd", "DOUBLE", "Cost of the run in USD; NULL when unknown.", nullable=True, minimum=0),
    ),
    ("run_id",),
)

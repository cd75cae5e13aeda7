"""Tags by which runs are found in the UI: the world's day, the scorer and its model.

Where a run lives belongs in `run_process.py`; what a run made is in its metadata and in ops.runs.
"""

from __future__ import annotations

import dagster as dg

TAG_PREFIX = "synthdeal/"


def tag_run(context: dg.AssetExecutionContext, **values: str | None) -> None:
    """Tag the run that is going on with `synthdeal/<name>` for each value; none for one that is None or empty."""
    tags = {f"{TAG_PREFIX}{name}": value for name, value in values.items() if value}
    context.instance.add_run_tags(context.run.run_id, tags)

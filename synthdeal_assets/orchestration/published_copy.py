"""The published copy: the warehouse as it was after the last run, for everybody who reads.

DuckDB shuts every other process out of a file that one process writes, so a reader of the warehouse itself would stop
a run, and a run its readers. Nobody writes to the copy: a new one takes its place, and whoever still has the old one
open goes on reading that. Which views it has belongs in `mart.py`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata
from synthdeal_assets.foundation.publishing.atomic_write import written_aside
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.mart import VIEWS

READ_ONLY = 0o400
"""Mode of the copy: one who could write to it would leave a log that DuckDB then takes for that of the next copy."""


def published_copy(warehouse_path: Path) -> Path:
    """Where the copy of a warehouse is."""
    return warehouse_path.parent / "published" / "synthdeal.duckdb"


def publish(instance: dg.DagsterInstance, warehouse: Warehouse) -> Path | None:
    """Publish the warehouse as it is now, unless the copy is of this state already.

    The warehouse is held only while its file is copied. The copy has the time of the warehouse's last change, which
    is how the two are compared.

    Args:
        instance: Where it is recorded that the views were made anew.
        warehouse: What is copied.

    Returns:
        The copy when a new one was made, else None.

    Raises:
        SynthDealError: The copy cannot be made; that of before is still there, whole.
    """
    target = published_copy(warehouse.path)
    if not warehouse.path.exists():
        return None
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone_in(target.parent):
            if _changed(target) == _changed(warehouse.path):
                return None
            for left_over in target.parent.glob(f".{target.name}.*"):
                left_over.unlink()
            with written_aside(target) as aside:
                changed = warehouse.copy_to(aside)
                with Warehouse(database=str(aside)).transaction() as connection:
                    made = [view.table for view in VIEWS if view.create(connection)]
                    metadata = {table: table_metadata(connection, table) for table in made}
                aside.chmod(READ_ONLY)
                os.utime(aside, ns=(changed, changed))
    except OSError as error:
        raise SynthDealError(
            f"The copy for readers cannot be written to {target.parent.absolute()} ({error.strerror}): make room or "
            "make the folder writable, and the next run publishes it; the copy of before is still there.",
            code="publish.cannot-write",
        ) from error
    for table, facts in metadata.items():
        instance.report_runless_asset_event(dg.AssetMaterialization(asset_key(table), metadata=facts))
    return target


def _changed(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """While the block runs, no other process publishes; what lies aside is then left over from a killed one."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

"""The partitions of what is built at a cutoff: one a cutoff date, added when a run plans it.

They are dynamic because the cutoffs follow from the log, the window and the settings. Which cutoffs there are is
decided in `cutoffs.py`.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

import dagster as dg

CUTOFF_PARTITIONS: Final = dg.DynamicPartitionsDefinition(name="cutoff_date")


def add_cutoffs(instance: dg.DagsterInstance, cutoffs: Iterable[dt.date]) -> None:
    """Make the cutoffs known to Dagster; those that are known already stay."""
    instance.add_dynamic_partitions(str(CUTOFF_PARTITIONS.name), [cutoff.isoformat() for cutoff in sorted(cutoffs)])


def remove_other_cutoffs(instance: dg.DagsterInstance, cutoffs: Iterable[dt.date]) -> None:
    """Let Dagster forget the cutoffs that are not among these."""
    name = str(CUTOFF_PARTITIONS.name)
    kept = {cutoff.isoformat() for cutoff in cutoffs}
    for key in sorted(set(instance.get_dynamic_partitions(name)) - kept):
        instance.delete_dynamic_partition(name, key)

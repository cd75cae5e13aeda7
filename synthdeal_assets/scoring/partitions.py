"""How scoring is partitioned: one dynamic partition an opportunity.

Which keys there are follows from scoring.scorer_inputs; nothing else adds or deletes any.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import dagster as dg

PARTITIONS_NAME: Final = "opportunities"

OPPORTUNITIES: Final = dg.DynamicPartitionsDefinition(name=PARTITIONS_NAME)

KEYS_AT_ONCE: Final = 500
"""Keys in one statement; SQLite takes only so many parameters in one."""


def synchronise_partitions(instance: dg.DagsterInstance, opportunity_ids: Collection[str]) -> tuple[int, int]:
    """Make the partition keys those of the opportunities.

    Returns:
        How many keys were added and how many deleted.
    """
    wanted, present = set(opportunity_ids), set(instance.get_dynamic_partitions(PARTITIONS_NAME))
    gone, new = sorted(present - wanted), sorted(wanted - present)
    for key in gone:
        instance.delete_dynamic_partition(PARTITIONS_NAME, key)
    for start in range(0, len(new), KEYS_AT_ONCE):
        instance.add_dynamic_partitions(PARTITIONS_NAME, new[start : start + KEYS_AT_ONCE])
    return len(new), len(gone)

"""How scoring is partitioned: one dynamic partition an opportunity, of an asset beside the table's.

Dagster asks for a partition whenever one of the assets to be made has some. The asset of the table has none, so that a
job which makes it starts at a click and makes one run, whatever failed before.

Which keys there are follows from scoring.scorer_inputs; nothing else adds or deletes any.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import dagster as dg

PARTITIONS_NAME: Final = "opportunities"

SCORES_BY_OPPORTUNITY: Final = dg.AssetKey(["scoring", "scores_by_opportunity"])
"""The asset whose partitions turn green, whoever scored them."""

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

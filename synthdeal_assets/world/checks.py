"""The asset checks of the world: what its table descriptions say, and what `integrity.py` adds.

Only the definition for Dagster belongs here. Keys, links, picklists, dates and outcomes hold back what is downstream,
because scores and figures made from a broken world are wrong without looking so.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.world.integrity import world_integrity
from synthdeal_assets.world.store import STORED_TABLES

WORLD_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("world_checks", STORED_TABLES, extra=world_integrity())
]

"""The room that reads a sales log, or makes a synthetic one."""

from typing import Final

from synthdeal_assets.foundation.room import WHITESPACE_RUN, Phase, Room
from synthdeal_assets.sales.assets import MADE_TABLES, SALES_ASSETS
from synthdeal_assets.sales.checks import SALES_CHECKS
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS

ROOM: Final = Room(
    "sales",
    assets=SALES_ASSETS,
    checks=SALES_CHECKS,
    tables=MADE_TABLES,
    phases=(Phase(FACT_TRANSACTIONS, "Sales log", rows="transactions"),),
    made_by=WHITESPACE_RUN,
)

"""The room that makes the world: what there is, before anybody scores it."""

from typing import Final

from synthdeal_assets.foundation.room import Phase, Room
from synthdeal_assets.world.assets import WORLD_ASSETS
from synthdeal_assets.world.checks import WORLD_CHECKS
from synthdeal_assets.world.store import STORED_TABLES
from synthdeal_assets.world.tables import OPPORTUNITIES

ROOM: Final = Room(
    "world",
    assets=WORLD_ASSETS,
    checks=WORLD_CHECKS,
    tables=STORED_TABLES,
    phases=(Phase(OPPORTUNITIES, "World", rows="opportunities"),),
)

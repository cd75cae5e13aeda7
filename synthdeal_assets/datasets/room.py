"""The room that makes data as they are declared, and recounts every promise."""

from typing import Final

from synthdeal_assets.datasets.assets import DATASET_ASSETS
from synthdeal_assets.datasets.checks import DATASET_CHECKS
from synthdeal_assets.datasets.tables import DATASET_TABLES
from synthdeal_assets.foundation.room import DATASET_GENERATE, Room

ROOM: Final = Room(
    "datasets",
    assets=DATASET_ASSETS,
    checks=DATASET_CHECKS,
    tables=DATASET_TABLES,
    made_by=DATASET_GENERATE,
)

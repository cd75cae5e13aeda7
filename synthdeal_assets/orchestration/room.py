"""The room that runs the others and records that they have run."""

from typing import Final

from synthdeal_assets.foundation.room import Room
from synthdeal_assets.orchestration.assets import ORCHESTRATION_ASSETS
from synthdeal_assets.orchestration.checks import ORCHESTRATION_CHECKS
from synthdeal_assets.orchestration.tables import RUNS

ROOM: Final = Room("orchestration", assets=ORCHESTRATION_ASSETS, checks=ORCHESTRATION_CHECKS, tables=(RUNS,))

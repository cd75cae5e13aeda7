"""What the tests of evaluation share: the rooms of scoring and evaluation together, on one warehouse."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.evaluation.assets import EVALUATION_ASSETS
from synthdeal_assets.evaluation.checks import EVALUATION_CHECKS
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.assets import SCORING_ASSETS, scores_by_opportunity
from synthdeal_assets.scoring.checks import SCORING_CHECKS
from synthdeal_assets_tests.evaluation.comparing import Comparing, compared_world
from synthdeal_assets_tests.scoring.conftest import Room


class MeasuredRoom(Room):
    """The scoring room with what measures its scores."""

    def everything(self) -> dg.ExecuteInProcessResult:
        """Materialise every asset of both rooms, with all checks."""
        scoring = [asset for asset in SCORING_ASSETS if asset is not scores_by_opportunity]
        return self._materialize([*scoring, *SCORING_CHECKS, *EVALUATION_ASSETS, *EVALUATION_CHECKS])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty warehouse."""
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_timeout=5)


@pytest.fixture
def room(warehouse: Warehouse) -> MeasuredRoom:
    """The scoring room with what measures its scores, empty."""
    return MeasuredRoom(warehouse, dg.DagsterInstance.ephemeral())


@pytest.fixture
def comparing(warehouse: Warehouse) -> Comparing:
    """What compares scorers on a small world."""
    return Comparing(compared_world(warehouse))

"""A year of days in a row, as the nights make them; `make long` walks the seeds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets_tests.soak.test_soak import SEEDS
from synthdeal_assets_tests.world.whole_walk import walk_and_look

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_365_days_step_by_step_equal_straight_to_the_day_and_back_again(tmp_path: Path, seed: str) -> None:
    seen = walk_and_look(tmp_path, seed=int(seed), size=60, first=dt.date(2026, 11, 20), days=365)
    first, _, last = seen.values()
    assert last[OWNER_HISTORY].join(first[OWNER_HISTORY], on=OWNER_HISTORY.primary_key, how="anti").height > 0

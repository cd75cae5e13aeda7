"""What several tests of the world look at, and takes long to make."""

from __future__ import annotations

import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.store import store_world
from synthdeal_assets_tests.world.a_walk import AS_OF, LATER, Walk, spec, staying


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The walk through all of its days, in one warehouse; not to be written to."""
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("walk") / "warehouse.duckdb"))
    seen = {}
    for day in (AS_OF, *LATER):
        store_world(warehouse, generate_world_in_chunks(spec(day)))
        seen[day] = staying(warehouse)
    return Walk(warehouse, seen)


@pytest.fixture(scope="session")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The last day of the walk, without the days before; not to be written to."""
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("straight") / "warehouse.duckdb"))
    store_world(warehouse, generate_world_in_chunks(spec(LATER[-1])))
    return warehouse

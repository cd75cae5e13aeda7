"""A walk from day to day through the product's own asset, with every table of the world looked at on each day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.assets import WORLD_ASSETS, WorldConfig
from synthdeal_assets.world.store import STORED_TABLES
from synthdeal_assets.world.tables import WORLD
from synthdeal_assets_tests.world.steps import Tables, broken_promises, vanished


def walk_and_look(folder: Path, *, seed: int, size: int, first: dt.date, days: int) -> dict[dt.date, Tables]:
    """Walk some days, then straight to two of them, then back and forth; nothing may be otherwise than it may.

    Args:
        folder: Where the warehouses may be.
        seed: Seed of the world.
        size: Opportunities in it.
        first: The first day.
        days: Steps to make.

    Returns:
        All tables on the first day, on the one in the middle and on the last.
    """
    places = {number: first + dt.timedelta(days=number) for number in (0, days // 2, days)}
    walked = _warehouse(folder, "walked")
    seen: dict[dt.date, Tables] = {}
    gone: dict[Table, set[tuple[object, ...]]] = {table: set() for table in STORED_TABLES}
    before: Tables = {}
    for number in range(days + 1):
        day = first + dt.timedelta(days=number)
        after = _made(walked, seed, size, day)
        if before:
            assert broken_promises(before, after) == [], day
            for table in STORED_TABLES:
                gone[table] |= vanished(before[table], after[table], table)
                back = gone[table].intersection(after[table].select(table.primary_key).iter_rows())
                assert not back, (day, table.qualified_name, back)
        before = after
        if number in places:
            seen[day] = after
    for number in (days // 2, days):
        _assert_equal(_made(_warehouse(folder, f"straight {number}"), seed, size, places[number]), seen[places[number]])
    for number in (days // 2, 0, days):
        _assert_equal(_made(walked, seed, size, places[number]), seen[places[number]])
    return seen


def _warehouse(folder: Path, name: str) -> Warehouse:
    return Warehouse(database=str(folder / f"{name}.duckdb"))


def _made(warehouse: Warehouse, seed: int, size: int, day: dt.date) -> Tables:
    """The tables of a day, as the asset stores them."""
    config = WorldConfig(as_of=day.isoformat(), opportunities=size, seed=seed)
    made = dg.materialize(
        WORLD_ASSETS,
        resources={"warehouse": warehouse, "settings": Settings()},
        run_config=dg.RunConfig(ops={"world": config}),
    )
    assert made.success
    with warehouse.connect() as connection:
        return {
            table: connection.execute(
                f"SELECT * FROM {table.qualified_name} ORDER BY {', '.join(table.primary_key)}"
            ).pl()
            for table in STORED_TABLES
        }


def _assert_equal(made: Tables, expected: Tables) -> None:
    for table in STORED_TABLES:
        assert_frame_equal(made[table], expected[table])
    assert made[WORLD].height == 1

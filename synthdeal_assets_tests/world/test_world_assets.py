"""The world as Dagster makes it: real runs on an ephemeral instance, into a real DuckDB file."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.assets import WORLD_ASSETS, WorldConfig
from synthdeal_assets.world.generate import generate_world, generate_world_in_chunks
from synthdeal_assets.world.history_tables import CONTACT_HISTORY, OWNER_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.made_with import INSTALLED
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import STORED_TABLES
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_STAGES,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.failure_codes import failing_with

pytestmark = pytest.mark.slow

SIZE = 60


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"))


def materialise(
    warehouse: Warehouse,
    settings: Settings | None = None,
    /,
    *,
    instance: dg.DagsterInstance | None = None,
    **config: Any,
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        WORLD_ASSETS,
        instance=instance,
        resources={"warehouse": warehouse, "settings": settings or Settings()},
        run_config=dg.RunConfig(ops={"world": WorldConfig.model_validate(config)}),
    )


def stored(warehouse: Warehouse) -> dict[Table, pl.DataFrame]:
    return {table: warehouse.read_table(table) for table in STORED_TABLES}


def test_a_run_stores_the_very_tables_that_follow_from_its_config(warehouse: Warehouse) -> None:
    assert materialise(warehouse, opportunities=SIZE, seed=5, as_of="2026-11-20").success
    expected = generate_world(WorldSpec(5, SIZE, dt.date(2026, 11, 20)))
    made = stored(warehouse)
    assert made.pop(LANDMARKS).height > 0
    assert made.pop(FORECAST_SNAPSHOTS).height > 0
    assert made.keys() == expected.keys()
    for table, frame in made.items():
        assert frame.equals(expected[table]), table.qualified_name


def test_every_table_is_an_asset_whose_materialisation_shows_rows_and_a_preview(warehouse: Warehouse) -> None:
    result = materialise(warehouse, opportunities=SIZE, as_of="2026-11-20")
    events = {tuple(event.asset_key.path): event for event in result.asset_materializations_for_node("world")}
    for table in STORED_TABLES:
        event = events[table.key]
        assert event.metadata["dagster/row_count"].value == warehouse.read_table(table).height
        assert table.columns[0].name in str(event.metadata["preview"].value)


def test_the_lineage_follows_the_references_between_the_tables() -> None:
    graph = dg.Definitions(
        assets=WORLD_ASSETS,
        resources={"warehouse": Warehouse(database="unused.duckdb"), "settings": Settings()},
    ).resolve_asset_graph()
    parents = {
        table: {tuple(key.path) for key in graph.get(dg.AssetKey(table.key)).parent_keys} for table in STORED_TABLES
    }
    assert parents[WORLD] == set()
    assert parents[CONTACTS] == {ACCOUNTS.key}
    assert parents[CONTACT_HISTORY] == {CONTACTS.key}
    assert parents[OPPORTUNITY_CONTACT_ROLES] == {OPPORTUNITIES.key, CONTACTS.key}
    assert parents[TRUTH_OPPORTUNITIES] == {OPPORTUNITIES.key}
    histories = (OPPORTUNITY_STAGES, OPPORTUNITY_CONTACT_ROLE_HISTORY, OWNER_HISTORY)
    assert parents[LANDMARKS] == {table.key for table in (WORLD, USERS, OPPORTUNITIES, *histories)}
    assert parents[QUOTAS] == {USERS.key}
    assert parents[FORECAST_SNAPSHOTS] == {table.key for table in (WORLD, USERS, OPPORTUNITIES, OPPORTUNITY_STAGES)}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_without_a_day_the_world_is_seen_today_in_the_configured_time_zone(warehouse: Warehouse, zone: str) -> None:
    """The two zones lie 26 hours apart, so that it is never the same day in both."""
    earliest = dt.datetime.now(ZoneInfo(zone)).date()
    assert materialise(warehouse, Settings(opportunities=SIZE, timezone=zone)).success
    latest = dt.datetime.now(ZoneInfo(zone)).date()
    assert earliest <= warehouse.read_table(WORLD)["as_of"].item() <= latest


def test_the_next_night_goes_on_with_the_world_that_is_there(warehouse: Warehouse) -> None:
    materialise(warehouse, opportunities=SIZE, seed=9, as_of="2026-11-19")
    materialise(warehouse, as_of="2026-11-20")
    row = warehouse.read_table(WORLD).row(0, named=True)
    assert (row["seed"], row["size"], row["as_of"]) == (9, SIZE, dt.date(2026, 11, 20))


def test_a_world_that_other_versions_made_goes_on_with_a_warning_that_names_them(warehouse: Warehouse) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        materialise(warehouse, opportunities=SIZE, seed=9, as_of="2026-11-19", instance=instance)
        with warehouse.connect() as connection:
            connection.execute("UPDATE crm.world SET faker_version = '1.2.3'")
        warned = materialise(warehouse, as_of="2026-11-20", instance=instance)
        quiet = materialise(warehouse, as_of="2026-11-21", instance=instance)

        said = {run.run_id: _warnings(instance, run.run_id) for run in (warned, quiet)}
    assert len(said[warned.run_id]) == 1
    assert f"Faker 1.2.3, now {INSTALLED['faker_version']}:" in said[warned.run_id][0]
    assert said[quiet.run_id] == []


def _warnings(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.user_message for entry in instance.all_logs(run_id) if entry.level == logging.WARNING]


def test_another_world_is_refused_and_the_old_one_stays(warehouse: Warehouse) -> None:
    materialise(warehouse, opportunities=SIZE, as_of="2026-11-20")
    before = stored(warehouse)
    with failing_with("world.differs"):
        materialise(warehouse, opportunities=SIZE + 1, as_of="2026-11-20")
    for table, frame in stored(warehouse).items():
        assert frame.equals(before[table])


def test_another_world_takes_the_place_when_the_config_allows_it(warehouse: Warehouse) -> None:
    materialise(warehouse, opportunities=SIZE, as_of="2026-11-20")
    materialise(warehouse, opportunities=SIZE + 1, as_of="2026-11-20", replace_world=True)
    assert warehouse.read_table(OPPORTUNITIES).filter(pl.col("type") != RENEWAL).height == 3 * (SIZE + 1)


def test_a_fault_in_mid_write_leaves_the_old_world_whole(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    materialise(warehouse, opportunities=SIZE, as_of="2026-11-19")
    before = stored(warehouse)

    def breaking(spec: WorldSpec) -> Iterator[dict[Table, pl.DataFrame]]:
        yield from list(generate_world_in_chunks(spec))[:1]
        raise OSError("the disk is gone")

    monkeypatch.setattr("synthdeal_assets.world.assets.generate_world_in_chunks", breaking)
    with pytest.raises(OSError, match="the disk is gone"):
        materialise(warehouse, as_of="2026-11-20")
    for table, frame in stored(warehouse).items():
        assert frame.equals(before[table])


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"opportunities": 0}, "world.bad-size"),
        ({"as_of": "soon"}, "world.unreadable-day"),
        ({"as_of": "1999-01-01"}, "world.bad-day"),
    ],
)
def test_a_bad_value_is_refused_before_anything_is_written(
    warehouse: Warehouse, config: dict[str, Any], code: str
) -> None:
    with failing_with(code):
        materialise(warehouse, **config)
    assert not warehouse.exists(OPPORTUNITIES)

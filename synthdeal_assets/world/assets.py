"""The assets of the world: every table of schema crm and the truth, made together.

They are one operation that cannot be divided, because all of them change in one transaction: new accounts never meet
old deals. What is in the tables is decided in `generate.py`, which world is meant in `spec.py`.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import Field

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata, table_spec
from synthdeal_assets.foundation.dagster_instance.run_tags import tag_run
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.made_with import GENERATOR_VERSION, changed_since
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS
from synthdeal_assets.world.spec import WorldRequest, WorldSpec, existing_spec, resolve_spec
from synthdeal_assets.world.store import STORED_TABLES, store_world
from synthdeal_assets.world.tables import WORLD


class WorldConfig(dg.Config):
    """Which world is made. What is left out follows from the settings, then from the world in the warehouse."""

    as_of: str | None = Field(default=None, description="Date of the world (YYYY-MM-DD); unset means today.")
    opportunities: int | None = Field(default=None, description="Opportunities created in the 364 days up to as_of.")
    seed: int | None = Field(default=None, description="Seed of the world.")
    account_names: str | None = Field(default=None, description="public (real companies) or fictional.")
    planted_instructions: bool | None = Field(
        default=None, description="Whether about 2% of the deals carry an instruction to the scorer."
    )
    replace_world: bool = Field(
        default=False,
        description="Allow a world with another seed, size, kind of names or planted instructions to replace this one.",
    )


def _made_from(table: Table) -> list[Table]:
    """The tables that a table of the world refers to or is rebuilt from; the world's own row where there are none."""
    columns = [name for column in table.columns for name in (column.references, *column.derived_from) if name]
    referred = {name.rpartition(".")[0] for name in columns}
    others = [other for other in STORED_TABLES if other.qualified_name in referred and other is not table]
    return others or ([] if table is WORLD else [WORLD])


_REBUILT_BY: Final = {LANDMARKS: ["crm_landmarks.sql"], FORECAST_SNAPSHOTS: ["crm_forecast_snapshots.sql"]}


@dg.multi_asset(
    name="world",
    specs=[
        table_spec(
            table,
            deps=_made_from(table),
            code_version=GENERATOR_VERSION,
            sql=_REBUILT_BY.get(table, []),
        )
        for table in STORED_TABLES
    ],
    can_subset=False,
)
def world(
    context: dg.AssetExecutionContext,
    config: WorldConfig,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Make the world's day and put it in the place of the one before, all or nothing."""
    present = warehouse.read_table(WORLD)
    existing = existing_spec(present)
    today = dt.datetime.now(ZoneInfo(settings.schedules.timezone)).date()
    spec = resolve_spec(WorldRequest(**config.model_dump()), settings, existing, today)
    context.log.info("%s", _announcement(spec, existing))
    if spec.advice is not None:
        context.log.info("%s", spec.advice)
    tag_run(context, as_of=spec.as_of.isoformat())
    if existing is not None and spec.is_same_world(existing) and (changed := changed_since(present)) is not None:
        context.log.warning(
            "This world was made with %s: names and numbers can differ from those before, and what differs is scored "
            "anew; install the version from before and run again to have them back.",
            changed,
        )
    store_world(warehouse, generate_world_in_chunks(spec), settings)
    with warehouse.connect() as connection:
        metadata = {table: table_metadata(connection, table) for table in STORED_TABLES}
    for table in STORED_TABLES:
        yield dg.MaterializeResult(
            asset_key=asset_key(table), metadata={**metadata[table], "as_of": spec.as_of.isoformat(), "seed": spec.seed}
        )


def _announcement(spec: WorldSpec, existing: WorldSpec | None) -> str:
    """What is about to be made, and how it differs from what is there."""
    made = f"Making the world ({spec}) as of {spec.as_of}"
    if existing is None:
        return f"{made}, the first in this warehouse."
    if not spec.is_same_world(existing):
        return f"{made}, replacing another world ({existing})."
    if spec.as_of < existing.as_of:
        return f"{made}: moved back from {existing.as_of}; later events are undone and will happen again identically."
    return f"{made}, after {existing.as_of}."


WORLD_ASSETS: Final = [world]

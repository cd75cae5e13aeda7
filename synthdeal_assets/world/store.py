"""The world in the warehouse: what is generated, and what is rebuilt from it in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table, names_of
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, bound_memory, insert
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.forecast_snapshots import fill_forecast_snapshots
from synthdeal_assets.world.generate import WORLD_TABLES
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS
from synthdeal_assets.world.salesforce_picklists import CONTACT_ROLES
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_CONTACT_ROLE_HISTORY, OPPORTUNITY_STAGES, WORLD

STORED_TABLES: Final = (*WORLD_TABLES, LANDMARKS, FORECAST_SNAPSHOTS)
"""Every table of the world."""


def store_world(
    warehouse: Warehouse, chunks: Iterable[Mapping[Table, pl.DataFrame]], settings: Settings | None = None
) -> None:
    """Put a world in the place of the one before, all or nothing.

    Args:
        warehouse: The warehouse. It is held while the chunks are made, because a large world does not fit into memory
            at once.
        chunks: The generated tables in pieces, as `generate_world_in_chunks` gives them.
        settings: What DuckDB may have in memory meanwhile; no limit of ours when None.
    """
    with warehouse.swap_in(STORED_TABLES) as (connection, incoming):
        if settings is not None:
            bound_memory(connection, settings)
        # The other cores make the next chunks meanwhile, and waiting for them would cost DuckDB a third more work.
        connection.execute("SET threads = 1")
        for chunk in chunks:
            for table, frame in chunk.items():
                insert(connection, incoming[table], frame)
        connection.execute("RESET threads")
        fill_landmarks(connection, incoming)
        fill_forecast_snapshots(connection, incoming)


def fill_landmarks(connection: duckdb.DuckDBPyConnection, tables: Mapping[Table, Table] | None = None) -> None:
    """Rebuild what the CRM showed at month ends from its histories.

    Args:
        connection: A connection to the histories.
        tables: Under which names tables of the world are to be found; under their own when None.
    """
    names = {
        "landmarks": LANDMARKS,
        "world": WORLD,
        "opportunities": OPPORTUNITIES,
        "stages": OPPORTUNITY_STAGES,
        "roles": OPPORTUNITY_CONTACT_ROLE_HISTORY,
        "owners": OWNER_HISTORY,
    }
    connection.execute(
        statement(__package__, "crm_landmarks.sql", **names_of(names, tables), contact_roles=CONTACT_ROLES)
    )

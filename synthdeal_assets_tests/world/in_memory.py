"""A world in a database in memory, with what is rebuilt from its histories; for tests that need no file and no run."""

from __future__ import annotations

import duckdb

from synthdeal_assets.foundation.warehouse.warehouse import create, insert
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import STORED_TABLES, fill_landmarks


def world_in_memory(spec: WorldSpec) -> duckdb.DuckDBPyConnection:
    """A connection to the world; the caller closes it."""
    connection = duckdb.connect()
    for table in STORED_TABLES:
        create(connection, table)
    for chunk in generate_world_in_chunks(spec):
        for table, frame in chunk.items():
            insert(connection, table, frame)
    fill_landmarks(connection)
    return connection

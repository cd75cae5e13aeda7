"""How many open deals show a scorer something new from one day to the next."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import create, insert
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import OPPORTUNITIES


def daily_changes(seed: int, size: int, first: dt.date, days: int) -> pl.DataFrame:
    """One row a day: `day`, `weekday` (1 is Monday), `open` (deals open on it and on the day before), `changed` (those
    of them with another input hash than then) and `share`.

    Args:
        seed: Seed of the world.
        size: Opportunities in it.
        first: The first day that is compared with the day before.
        days: Days in a row.
    """
    dates = [first + dt.timedelta(days=number) for number in range(-1, days)]
    inputs = (_open_inputs(WorldSpec(seed, size, day)) for day in dates)
    rows = []
    for day, (before, after) in zip(dates[1:], pairwise(inputs), strict=True):
        both = before.join(after, on="opportunity_id", suffix="_after")
        changed = both.filter(pl.col("input_hash") != pl.col("input_hash_after")).height
        rows.append((day, day.isoweekday(), both.height, changed, changed / both.height))
    return pl.DataFrame(rows, schema=["day", "weekday", "open", "changed", "share"], orient="row")


def _open_inputs(spec: WorldSpec) -> pl.DataFrame:
    made: set[Table] = set()
    with duckdb.connect() as connection:
        # The older deals closed long ago, and no scorer is given them.
        for chunk in generate_world_in_chunks(spec, periods=1):
            for table, frame in chunk.items():
                if table not in made:
                    create(connection, table)
                    made.add(table)
                insert(connection, table, frame)
        still_open = connection.execute(
            f"SELECT opportunity_id FROM {OPPORTUNITIES.qualified_name} WHERE NOT is_closed"
        ).pl()
        return build_inputs(connection).join(still_open, on="opportunity_id").select("opportunity_id", "input_hash")

"""The inputs of a month end that is past: the world of that day, made anew, as far as a scorer would have seen it.

Which deals are looked at and where their inputs are kept belongs in `scoring/landmark_inputs.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert, table_frame
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.scoring.landmark_inputs import keep_landmark_inputs, sampled_deals
from synthdeal_assets.world.generate import WORLD_TABLES, generate_world_in_chunks
from synthdeal_assets.world.made_with import changed_since
from synthdeal_assets.world.spec import WorldSpec, existing_spec
from synthdeal_assets.world.tables import WORLD


def make_landmark_inputs(warehouse: Warehouse, day: dt.date) -> None:
    """Make what a scorer might have seen on a month end, and keep it in scoring.landmark_inputs.

    Raises:
        SynthDealError: The day is none of the month ends on record, or other versions would make another world.
    """
    with warehouse.connect() as connection:
        world = table_frame(connection, WORLD)
        deals = sampled_deals(connection, day)
    spec, changed = existing_spec(world), changed_since(world)
    if spec is None or changed is not None:
        raise SynthDealError(
            f"What a scorer would have seen on {day} cannot be made, because this world was made with {changed}: run "
            "`synthdeal run` with the installed versions first, or install those of before.",
            code="compare.other-versions",
        )
    inputs = inputs_on(spec, day).filter(pl.col("opportunity_id").is_in(deals))
    with warehouse.transaction() as connection:
        keep_landmark_inputs(connection, day, inputs)


def inputs_on(spec: WorldSpec, day: dt.date) -> pl.DataFrame:
    """The rows of scoring.scorer_inputs of a world on another day."""
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir()}) as memory:
        for table in WORLD_TABLES:
            create(memory, table)
        for chunk in generate_world_in_chunks(dataclasses.replace(spec, as_of=day), periods=1):
            for table, frame in chunk.items():
                insert(memory, table, frame)
        return build_inputs(memory)

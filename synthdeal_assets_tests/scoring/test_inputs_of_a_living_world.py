"""The inputs of a generated world from one day to the next."""

from __future__ import annotations

import datetime as dt

import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import OPPORTUNITIES

FIRST_DAY = dt.date(2026, 11, 2)
SIZE = 200


def test_from_one_day_to_another_only_deals_that_changed_get_another_hash(warehouse: Warehouse) -> None:
    inputs, deals = [], []
    for days in (0, 14):
        world = generate_world(WorldSpec(42, SIZE, FIRST_DAY + dt.timedelta(days=days), "public"))
        warehouse.replace(world)
        with warehouse.connect() as connection:
            inputs.append(build_inputs(connection))
        deals.append(world[OPPORTUNITIES])
    both = (
        deals[0]
        .join(deals[1], on="opportunity_id", suffix="_later")
        .join(inputs[0].select("opportunity_id", "input_hash"), on="opportunity_id")
    )
    both = both.join(inputs[1].select("opportunity_id", later_hash="input_hash"), on="opportunity_id")
    changed = pl.col("input_hash") != pl.col("later_hash")
    untouched = pl.col("last_modified_date") == pl.col("last_modified_date_later")
    closed_meanwhile = ~pl.col("is_closed") & pl.col("is_closed_later")
    assert both.filter(closed_meanwhile & untouched).height > 0, "the sample must hold deals that closed untouched"
    assert both.filter(untouched & changed).height == 0
    assert both.filter(~untouched & changed).height > 0
    assert both.filter(pl.col("is_closed") & changed).height == 0


def test_a_scorer_is_given_the_deals_of_the_last_period_alone(warehouse: Warehouse) -> None:
    warehouse.replace(generate_world(WorldSpec(42, SIZE, FIRST_DAY, "public")))
    with warehouse.connect() as connection:
        inputs = build_inputs(connection)
    assert inputs.height == SIZE
    assert (inputs["created_date"] > FIRST_DAY - dt.timedelta(days=364)).all()


def test_an_open_deal_shows_what_its_history_says_last(warehouse: Warehouse) -> None:
    world = generate_world(WorldSpec(42, SIZE, FIRST_DAY, "public"))
    warehouse.replace(world)
    with warehouse.connect() as connection:
        inputs = build_inputs(connection)
    facts = ("opportunity_id", "stage_name", "amount", "close_date")
    still_open = world[OPPORTUNITIES].filter(~pl.col("is_closed")).select(facts).sort("opportunity_id")
    shown = inputs.join(still_open.select("opportunity_id"), on="opportunity_id").select(facts).sort("opportunity_id")
    assert still_open.height > 10
    assert shown.equals(still_open)

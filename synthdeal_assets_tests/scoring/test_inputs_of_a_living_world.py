"""The inputs of a generated world from one day to the next."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.history_tables import CONTACT_HISTORY
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_CONTACT_ROLES, WORLD
from synthdeal_assets_tests.scoring.daily_changes import daily_changes

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
    # Somebody who takes part has another title, or has left, which is no change of the deal's own fields.
    since = world[CONTACT_HISTORY].filter(pl.col("created_date") > FIRST_DAY).select("contact_id")
    of_people = world[OPPORTUNITY_CONTACT_ROLES].join(since, on="contact_id", how="semi")["opportunity_id"]
    is_about_people = pl.col("opportunity_id").is_in(of_people.unique().implode())
    assert both.filter(untouched & changed & ~is_about_people).height == 0
    assert both.filter(~untouched & changed).height > 0
    assert both.filter(pl.col("is_closed") & changed).height == 0


@pytest.mark.slow
def test_closing_a_deal_changes_nothing_that_a_scorer_sees(warehouse: Warehouse) -> None:
    inputs = []
    sunday = dt.date(2026, 9, 27)
    for days in (0, 1):
        warehouse.replace(generate_world(WorldSpec(42, 15 * SIZE, sunday + dt.timedelta(days=days), "public")))
        with warehouse.connect() as connection:
            inputs.append(build_inputs(connection).drop("snapshot_date"))
            today = "SELECT opportunity_id FROM crm.opportunities JOIN crm.world ON close_date = as_of WHERE is_closed"
            closed = connection.execute(today).pl()
    before, after = (each.join(closed, on="opportunity_id", how="semi") for each in inputs)
    assert_frame_equal(before, after, check_row_order=False)
    assert after.height > 5
    assert after["next_step"].null_count() < after.height / 2


def test_a_scorer_is_given_the_deals_of_the_last_period_alone(warehouse: Warehouse) -> None:
    world = generate_world(WorldSpec(42, SIZE, FIRST_DAY, "public"))
    warehouse.replace(world)
    with warehouse.connect() as connection:
        inputs = build_inputs(connection)
    renewals = inputs.filter(pl.col("type") == RENEWAL)
    assert renewals.height == world[WORLD]["renewals"].item() > 0
    assert inputs.height - renewals.height == SIZE
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


@pytest.mark.slow
def test_on_a_monday_as_many_open_deals_change_as_on_any_working_day_and_at_the_weekend_before_none() -> None:
    friday = dt.date(2026, 10, 30)
    changes = daily_changes(42, 4_000, friday, 4)
    on_friday, on_saturday, on_sunday, on_monday = changes["share"]
    assert (on_saturday, on_sunday) == (0, 0)
    # With what fell on the weekend they would be a quarter or more.
    assert 0.1 < on_monday <= 0.18
    assert 0.1 < on_friday <= 0.18

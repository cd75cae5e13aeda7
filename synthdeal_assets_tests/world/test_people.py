"""People come to the accounts, change title and leave, and the sales team gets to know of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.drawing.randomness import IntArray, mix
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.inputs import HAS_LEFT, build_inputs
from synthdeal_assets.settings import MAX_AS_OF
from synthdeal_assets.world.calendar import day_number
from synthdeal_assets.world.contacts import addresses
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.history_tables import CONTACT_HISTORY
from synthdeal_assets.world.seats import ANCHOR, CADENCE_DAYS, LARGEST_NUMBER, PLACES, WRITER, Seats
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import STORED_TABLES, store_world
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
)
from synthdeal_assets_tests.world.worlds import AS_OF, world

WALK: Final = [dt.date(2026, 10, 6), dt.date(2026, 10, 7), dt.date(2026, 11, 20)]
PEOPLE: Final = (CONTACTS, CONTACT_HISTORY, OPPORTUNITY_CONTACT_ROLE_HISTORY)

Walked = dict[dt.date, dict[Table, pl.DataFrame]]


def spec(day: dt.date) -> WorldSpec:
    return WorldSpec(7, 150, day)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """A warehouse through 45 days, with its tables and a scorer's inputs on some of them."""
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("people") / "warehouse.duckdb"))
    seen = {}
    for day in WALK:
        store_world(warehouse, generate_world_in_chunks(spec(day)))
        seen[day] = {table: warehouse.read_table(table) for table in STORED_TABLES}
    return seen


def seats() -> Seats:
    """The seats of 500 accounts, one created every ten days."""
    return Seats(mix(np.arange(500, dtype=np.uint64), "test"), ANCHOR + 3_000 + 10 * np.arange(500))


def every_seat(of: Seats) -> tuple[IntArray, IntArray]:
    return np.repeat(np.arange(of.account_key.size), PLACES), np.tile(np.arange(PLACES), of.account_key.size)


@pytest.mark.parametrize("day", [ANCHOR, day_number(AS_OF), day_number(MAX_AS_OF)])
def test_whoever_is_found_in_a_seat_on_a_day_has_begun_and_is_not_followed_yet(day: int) -> None:
    of = seats()
    account, place = every_seat(of)
    number = of.holder_on(account, place, np.full(account.size, day))
    assert number.min() >= 0
    assert number.max() <= LARGEST_NUMBER
    assert (of.begins(account, place, number) <= day).all()
    assert (of.begins(account, place, number + 1) > day).all()


def test_people_stay_for_half_of_what_is_usual_to_one_and_a_half() -> None:
    of = seats()
    account, place = every_seat(of)
    account, place = account[place != WRITER], place[place != WRITER]
    number = np.full(account.size, 7)
    tenure = of.ends(account, place, number) + 1 - of.begins(account, place, number)
    part = tenure / CADENCE_DAYS[place]
    assert part.mean() == pytest.approx(1, abs=0.02)
    assert part.min() > 0.49
    assert part.max() < 1.51


def test_a_writer_stays_longer_than_any_deal_of_theirs_is_open_and_has_left_before_it_leaves_the_record() -> None:
    of = seats()
    account = np.arange(500)
    place, number = np.full(500, WRITER), np.arange(500) % 50 + 20
    begins, ends = of.begins(account, place, number), of.ends(account, place, number)
    last_deal = of.begins(account, place, number + 1) - 1
    assert (ends >= last_deal + 298).all()
    assert (ends + 43 + 2 < begins + 1_092).all()


def test_contacts_come_in_every_year_and_a_fifth_to_a_third_of_those_who_were_there_leave_within_one() -> None:
    contacts = world(1000)[CONTACTS]
    by_year = dict(contacts.group_by(pl.col("created_date").dt.year()).len().iter_rows())
    assert set(range(2018, 2027)) <= set(by_year)
    assert min(by_year[year] for year in range(2022, 2026)) > contacts.height / 20
    day = AS_OF - dt.timedelta(days=365)
    there = contacts.filter((pl.col("created_date") <= day) & (pl.col("left_date").fill_null(AS_OF) >= day))
    left = there.select((~pl.col("is_active")).mean()).item()
    assert 0.2 < left < 1 / 3


def test_the_contact_of_a_web_lead_is_created_by_that_lead() -> None:
    tables = world(1000)
    user = tables[OPPORTUNITY_CONTACT_ROLES].filter(role="Business User").join(tables[CONTACTS], on="contact_id")
    deals = user.join(tables[OPPORTUNITIES], on="opportunity_id", suffix="_of_deal")
    by_lead = pl.col("created_date") == pl.col("created_date_of_deal")
    share = dict(deals.group_by(pl.col("lead_source") == "Web").agg(by_lead.mean()).iter_rows())
    assert share[True] > 0.8
    assert share[False] < 0.3
    # The few others wrote in some months before.
    again = deals.filter((pl.col("lead_source") == "Web") & ~by_lead)
    assert again.select((pl.col("created_date_of_deal") - pl.col("created_date")).max()).item() < dt.timedelta(240)


def test_nobody_takes_part_in_a_deal_before_they_are_known_or_joins_one_after_they_were_known_to_have_left() -> None:
    tables = world(1000)
    entries = tables[OPPORTUNITY_CONTACT_ROLE_HISTORY].join(tables[CONTACTS], on="contact_id")
    assert entries.height == tables[OPPORTUNITY_CONTACT_ROLE_HISTORY].height
    assert (entries["entered_date"] >= entries["created_date"]).all()
    first = entries.group_by("opportunity_id", "contact_id").agg(pl.col("entered_date", "is_primary").first())
    gone = tables[CONTACT_HISTORY].filter(field="is_active")
    joined = first.join(gone, on="contact_id")
    assert joined.height > 1_000
    assert (joined["entered_date"] < joined["created_date"]).all()


def test_a_successor_takes_over_the_role_on_the_day_that_a_departure_is_found_out() -> None:
    tables = world(1000)
    gone = tables[CONTACT_HISTORY].filter(field="is_active").select("contact_id", found_out="created_date")
    history = tables[OPPORTUNITY_CONTACT_ROLE_HISTORY].sort("opportunity_id", "contact_id", "entered_date")
    of_deal = history.group_by("opportunity_id", "contact_id", maintain_order=True).agg(
        pl.col("entered_date").first(), first_role="role", role=pl.col("role").last(), main=pl.col("is_primary").last()
    )
    leavers = of_deal.join(gone, on="contact_id").join(tables[OPPORTUNITIES], on="opportunity_id")
    last_open = pl.when("is_closed").then(pl.col("close_date") - pl.duration(days=1)).otherwise(AS_OF)
    leavers = leavers.filter(pl.col("found_out") <= last_open)
    assert leavers.height > 100
    assert not leavers["main"].any()
    seat = pl.col("contact_id").str.head(-3)
    taken = leavers.with_columns(seat=seat).join(
        of_deal.with_columns(seat=seat), on=["opportunity_id", "seat"], suffix="_after"
    )
    taken = taken.filter(pl.col("contact_id_after") > pl.col("contact_id"))
    assert taken.height == leavers.height
    assert (taken["entered_date_after"] == taken["found_out"]).all()
    # Who rises on that very day does so as the successor, and what a champion has become the successor is not.
    others = taken.filter(~pl.col("seat").str.ends_with("B"))
    assert others.select((pl.col("first_role_after").list.first() == pl.col("role")).mean()).item() > 0.97
    assert "Executive Sponsor" not in taken["first_role_after"].list.first().to_list()
    assert (taken["last_modified_date"] >= taken["found_out"]).all()


def test_departures_are_found_out_on_the_next_working_day_or_up_to_some_weeks_late() -> None:
    tables = world(1000)
    found_out = tables[CONTACT_HISTORY].filter(field="is_active").join(tables[CONTACTS], on="contact_id")
    late = (found_out["created_date"] - found_out["left_date"]).dt.total_days().to_numpy()
    assert late.min() == 1
    assert 30 < late.max() <= 46
    assert 0.1 < (late <= 3).mean() < 0.5


def test_a_title_leads_to_a_higher_one_and_the_department_stays() -> None:
    tables = world(1000)
    changes = tables[CONTACT_HISTORY].filter(field="title").join(tables[CONTACTS], on="contact_id")
    assert changes.height > 500
    assert (changes["new_value"] == changes["title"]).all()
    assert (changes["old_value"] != changes["new_value"]).all()
    assert (changes["created_date"] > changes["created_date_right"]).all()


def test_an_address_is_nobody_elses_and_namesakes_at_an_account_get_a_number() -> None:
    assert world(1000)[CONTACTS]["email"].is_unique().all()
    names, domain = pl.Series(["a.roe", "a.roe", "b.roe", "a.roe"]), pl.Series(["x.example"] * 3 + ["y.example"])
    made = addresses(names, domain, account=np.array([0, 0, 0, 1]), begins=np.array([30, 20, 10, 40]))
    assert made.to_list() == ["a.roe2@x.example", "a.roe@x.example", "b.roe@x.example", "a.roe@y.example"]


@pytest.mark.slow
def test_straight_to_a_day_equals_step_by_step(walked: Walked, tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    store_world(warehouse, generate_world_in_chunks(spec(WALK[-1])))
    for table in PEOPLE:
        assert_frame_equal(warehouse.read_table(table), walked[WALK[-1]][table])


def test_nobody_vanishes_whom_a_row_points_to_and_what_is_known_of_a_person_is_only_added_to(walked: Walked) -> None:
    before, after = walked[WALK[0]], walked[WALK[-1]]
    staying = before[CONTACTS].join(after[CONTACTS], on="contact_id", suffix="_now")
    of_accounts = before[CONTACTS].join(after[ACCOUNTS], on="account_id", how="semi")
    vanished = of_accounts.join(after[CONTACTS], on="contact_id", how="anti")
    assert not vanished["is_active"].any()
    assert vanished.height < before[CONTACTS].height / 20
    for column in ("account_id", "first_name", "last_name", "email", "phone", "department", "created_date"):
        assert staying[column].eq_missing(staying[f"{column}_now"]).all(), column
    assert staying.filter(~pl.col("is_active") & pl.col("is_active_now")).is_empty()
    old = before[CONTACT_HISTORY].join(staying, on="contact_id", how="semi")
    assert old.join(after[CONTACT_HISTORY], on=old.columns, how="anti").is_empty()
    known = after[CONTACT_HISTORY].join(staying, on="contact_id", how="semi")
    added = known.join(old, on=old.columns, how="anti")
    assert added.height > 20
    assert (added["created_date"] > WALK[0]).all()


def test_a_scorer_is_told_of_a_contact_what_was_known_then(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    day, later = dt.date(2026, 7, 1), dt.date(2026, 11, 20)
    inputs = {}
    for as_of in (day, later):
        store_world(warehouse, generate_world_in_chunks(spec(as_of)))
        with warehouse.connect() as connection:
            inputs[as_of] = build_inputs(connection).join(
                warehouse.read_table(OPPORTUNITIES).select("opportunity_id", "is_closed"), on="opportunity_id"
            )
    both = inputs[day].filter("is_closed").join(inputs[later], on="opportunity_id", suffix="_later")
    assert both.height > 30
    assert (both["input_hash"] == both["input_hash_later"]).all()
    now = warehouse.read_table(CONTACTS).select("contact_id", "title", "is_active")
    roles = warehouse.read_table(OPPORTUNITY_CONTACT_ROLES).join(both, on="opportunity_id", how="semi")
    # Otherwise it would be no wonder that they are the same.
    assert roles.join(now, on="contact_id")["is_active"].all() is False
    told = inputs[later].filter(~pl.col("is_closed"))["contacts"]
    assert told.str.contains(HAS_LEFT, literal=True).any()
    assert not told.str.split("\n").list.first().str.contains(HAS_LEFT, literal=True).any()


def test_people_are_known_at_the_earliest_when_their_account_is() -> None:
    tables = world(1000)
    contacts = tables[CONTACTS].join(tables[ACCOUNTS], on="account_id", suffix="_of_account")
    assert contacts.height == tables[CONTACTS].height
    assert (contacts["created_date"] >= contacts["created_date_of_account"]).all()

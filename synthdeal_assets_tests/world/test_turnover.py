"""People come to the sales team, are promoted and leave, and what they looked after goes to their successors."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import MAX_AS_OF, MIN_AS_OF
from synthdeal_assets.world.calendar import WINDOW_DAYS, CreationCalendar, day_number
from synthdeal_assets.world.deals import RAMP_DAYS, draw_deals
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.history_tables import ACCOUNT, OPPORTUNITY, OWNER_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.organisation import build_organisation
from synthdeal_assets.world.sales_team import CADENCE_DAYS, SalesTeam
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import STORED_TABLES, store_world
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    MANAGER,
    MEDDPICC_COLUMNS,
    OPPORTUNITIES,
    SELLER,
    SENIOR_SELLER,
    USERS,
    WORLD,
)
from synthdeal_assets.world.turnover import HOLDERS, handovers, people_record_start
from synthdeal_assets_tests.world.worlds import AS_OF, TODAY, market, world

SEED: Final = 7
SIZE: Final = 120
HANDED_OVER: Final = dt.date(2026, 10, 30)
WALK: Final = [dt.date(2026, 9, 26), dt.date(2026, 10, 29), HANDED_OVER, dt.date(2026, 11, 10)]
"""45 days, with the day of a handover among them and the one before."""

Tables = dict[Table, pl.DataFrame]


def team(seed: int, size: int) -> SalesTeam:
    return build_organisation(CreationCalendar(seed, size), "fictional", TODAY).team


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[dt.date, Tables]:
    """A warehouse through 45 days, and all its tables on some of them."""
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("turnover") / "warehouse.duckdb"))
    seen = {}
    for day in WALK:
        store_world(warehouse, generate_world_in_chunks(WorldSpec(SEED, SIZE, day)))
        seen[day] = {table: warehouse.read_table(table) for table in STORED_TABLES}
    return seen


def test_there_is_somebody_in_every_seat_on_every_day_that_a_world_can_look_back_or_up_to() -> None:
    begins = team(3, 20_000).turnover.begins.reshape(-1, HOLDERS)
    # Names look two times three periods back, which is farthest.
    assert begins[:, 0].max() <= day_number(MIN_AS_OF) - 6 * WINDOW_DAYS
    assert begins[:, -1].min() > day_number(MAX_AS_OF)
    assert (np.diff(begins, axis=1) > 180).all()


def test_whoever_is_found_on_a_day_has_begun_and_has_not_left() -> None:
    turnover = team(3, 2_000).turnover
    seats = np.repeat(np.arange(turnover.begins.size // HOLDERS), 400)
    days = np.tile(np.arange(day_number(AS_OF), day_number(AS_OF) + 400), seats.size // 400)
    rows = turnover.holder_on(seats, days)
    assert (rows // HOLDERS == seats).all()
    assert (turnover.begins[rows] <= days).all()
    assert (days <= turnover.ends[rows]).all()


def test_every_change_between_two_holders_is_told_in_order() -> None:
    position, new = handovers(np.array([5, 9, 12]), np.array([7, 9, 13]))
    assert (position.tolist(), new.tolist()) == ([0, 0, 2], [6, 7, 13])


@pytest.mark.parametrize("size", [500, 2_000, 20_000])
def test_at_any_day_a_third_of_the_executives_have_come_within_a_year(size: int) -> None:
    shares = []
    for seed in (1, 2, 3):
        of_seed = team(seed, size)
        for as_of in (MIN_AS_OF, AS_OF, dt.date(2027, 5, 3), dt.date(2033, 8, 8), MAX_AS_OF):
            sellers = of_seed.users_on(day_number(as_of)).filter(pl.col("is_active") & (pl.col("role") == SELLER))
            is_new = sellers["hired_date"] > as_of - dt.timedelta(days=365)
            assert 0 < int(is_new.sum()) < 0.6 * sellers.height
            shares.append(int(is_new.sum()) / sellers.height)
    assert 0.28 < np.mean(shares) < 0.38


def test_executives_stay_three_years_managers_five_and_nobody_less_than_half_or_more_than_one_and_a_half() -> None:
    of_world = team(7, 20_000)
    turnover = of_world.turnover
    tenure = np.diff(turnover.begins.reshape(-1, HOLDERS), axis=1)
    for role in (SELLER, MANAGER):
        of_role = tenure[(of_world.seats["role"] == role).to_numpy()] / CADENCE_DAYS[role]
        assert of_role.mean() == pytest.approx(1, abs=0.01)
        assert of_role.min() > 0.49
        assert of_role.max() < 1.51
        assert of_role.std() > 0.15


def test_executives_who_stay_long_enough_become_senior_and_never_the_other_way() -> None:
    users = team(7, 20_000).users_on(day_number(AS_OF)).filter(role=SELLER)
    days = (pl.col("left_date").fill_null(AS_OF) - pl.col("hired_date")).dt.total_days()
    is_senior = pl.col("title") == SENIOR_SELLER
    assert users.filter(is_senior & (days < 500)).is_empty()
    assert users.filter(~is_senior & (days > 1_100)).is_empty()
    present = users.filter("is_active")
    assert 0.2 < present.select(is_senior.mean()).item() < 0.4


def test_an_address_is_nobody_elses_and_an_id_says_seat_and_holder() -> None:
    people = team(7, 20_000).people
    assert people["email"].is_unique().all()
    assert people["user_id"].is_unique().all()
    assert people["user_id"][HOLDERS + 2] == "USR-000203"
    assert people["user_id"].is_sorted()


def test_users_are_those_there_and_those_who_left_while_it_is_on_record() -> None:
    users = team(SEED, SIZE).users_on(day_number(AS_OF))
    first_day = AS_OF - dt.timedelta(days=5 * WINDOW_DAYS - 1)
    assert day_number(first_day) == people_record_start(day_number(AS_OF))
    assert (users["left_date"].drop_nulls() >= first_day).all()
    assert (users["left_date"] < first_day + dt.timedelta(days=365)).any()
    assert (users["hired_date"] <= AS_OF).all()
    assert users.filter("is_active").height == 11


@pytest.mark.slow
def test_a_newcomer_wins_less_and_the_whole_world_as_much() -> None:
    won = {True: 0.0, False: 0.0}
    skill = {True: 0.0, False: 0.0}
    count = {True: 0, False: 0}
    for seed in (11, 12, 13):
        book = market(seed, 20_000, "fictional").book
        deals = draw_deals(book, range(day_number(AS_OF) - 363, day_number(AS_OF) + 1))
        is_new = deals.created - book.organisation.team.turnover.begins[deals.owner] < RAMP_DAYS
        for new in (True, False):
            won[new] += float(deals.win_probability[is_new == new].sum())
            skill[new] += float(book.seller_skill[deals.owner][is_new == new].sum())
            count[new] += int((is_new == new).sum())
    rate = {new: won[new] / count[new] for new in won}
    assert rate[True] < rate[False] - 0.03
    assert (won[True] + won[False]) / (count[True] + count[False]) == pytest.approx(0.25, abs=0.015)
    assert 0.12 < count[True] / (count[True] + count[False]) < 0.22


@pytest.mark.slow
def test_step_by_step_equals_straight_to_the_day_with_a_handover_between(
    walked: dict[dt.date, Tables], tmp_path: Path
) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    store_world(warehouse, generate_world_in_chunks(WorldSpec(SEED, SIZE, WALK[-1])))
    for table in STORED_TABLES:
        assert_frame_equal(warehouse.read_table(table), walked[WALK[-1]][table])
    changes = walked[WALK[-1]][OWNER_HISTORY].filter(pl.col("created_date") > WALK[0])
    assert set(changes["object_name"]) == {ACCOUNT, OPPORTUNITY}


def test_the_history_of_owners_is_only_added_to_but_for_what_is_no_longer_on_record(
    walked: dict[dt.date, Tables],
) -> None:
    before, after = walked[WALK[0]], walked[WALK[-1]]
    first_day = WALK[-1] - dt.timedelta(days=5 * WINDOW_DAYS - 1)
    staying = before[OWNER_HISTORY].filter(
        (pl.col("created_date") > first_day)
        & (
            pl.col("record_id").is_in(after[ACCOUNTS]["account_id"].implode())
            | pl.col("record_id").is_in(after[OPPORTUNITIES]["opportunity_id"].implode())
        )
    )
    assert staying.join(after[OWNER_HISTORY], on=staying.columns, how="anti").is_empty()
    added = after[OWNER_HISTORY].join(before[OWNER_HISTORY], on=staying.columns, how="anti")
    assert added.height > 0
    assert (added["created_date"] > WALK[0]).all()


def test_a_successor_gets_the_accounts_and_open_deals_and_rewrites_no_word(walked: dict[dt.date, Tables]) -> None:
    before, after = walked[WALK[1]], walked[HANDED_OVER]
    for table, object_name in ((ACCOUNTS, ACCOUNT), (OPPORTUNITIES, OPPORTUNITY)):
        key = table.primary_key[0]
        both = before[table].join(after[table], on=key, suffix="_now")
        changed = both.filter(pl.col("owner_id") != pl.col("owner_id_now"))
        history = after[OWNER_HISTORY].filter(object_name=object_name, created_date=HANDED_OVER)
        since = changed.join(history, left_on=key, right_on="record_id", validate="1:1")
        assert since.height == changed.height == history.height > 0
        assert (since["old_owner_id"] == since["owner_id"]).all()
        assert (since["new_owner_id"] == since["owner_id_now"]).all()
    assert not changed["is_closed"].any()
    assert (changed["last_modified_date_now"] == HANDED_OVER).all()
    # Some go on, as on any working day; none does so because of the handover.
    texts = ("name", "notes", "next_step", *MEDDPICC_COLUMNS, "stage_name", "amount")
    is_same = pl.all_horizontal(pl.col(text).eq_missing(pl.col(f"{text}_now")) for text in texts)
    assert changed.select(is_same.mean()).item() >= 0.4


def test_the_notes_go_on_to_name_who_met_the_customer_first() -> None:
    tables = world(1000)
    first = (
        tables[OWNER_HISTORY]
        .filter(object_name=OPPORTUNITY)
        .join(tables[USERS], left_on="old_owner_id", right_on="user_id")
    )
    handed_over = tables[OPPORTUNITIES].join(first, left_on="opportunity_id", right_on="record_id", suffix="_of_first")
    first_name = pl.col("name_of_first").str.split(" ").list.first()
    named = handed_over.filter(pl.col("notes").str.contains(first_name, literal=True))
    assert named.height > 5


def test_a_closed_deal_stays_with_whoever_closed_it() -> None:
    tables = world(1000)
    closed = tables[OPPORTUNITIES].filter("is_closed").join(tables[USERS], left_on="owner_id", right_on="user_id")
    assert closed.filter(~pl.col("is_active")).height > 200
    assert closed.filter(pl.col("close_date") > pl.col("left_date")).is_empty()


def test_a_landmark_names_the_owner_of_its_day(walked: dict[dt.date, Tables]) -> None:
    tables = walked[WALK[-1]]
    landmarks = tables[LANDMARKS].join(tables[OPPORTUNITIES], on="opportunity_id", suffix="_now")
    assert landmarks.filter(pl.col("owner_id") != pl.col("owner_id_now")).height > 0
    there = landmarks.join(tables[USERS], left_on="owner_id", right_on="user_id")
    assert there.height == tables[LANDMARKS].height
    assert (there["hired_date"] <= there["landmark_date"]).all()
    assert (there["left_date"].fill_null(tables[WORLD]["as_of"].item()) >= there["landmark_date"]).all()

"""When in the day something happens: where somebody works, in UTC, and in the order of what happened."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.drawing.randomness import mix
from synthdeal_assets.settings import MAX_AS_OF, MIN_AS_OF
from synthdeal_assets.world.calendar import CreationCalendar, day_number
from synthdeal_assets.world.clock import any_time, in_order, moments, times_of, working_time
from synthdeal_assets.world.frames import timestamps
from synthdeal_assets.world.offices import OFFICES, TIME_ZONES
from synthdeal_assets.world.organisation import build_organisation
from synthdeal_assets.world.record_moments import account_moments, contact_moments
from synthdeal_assets.world.tables import (
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_STAGES,
    USERS,
)
from synthdeal_assets_tests.world.worlds import AS_OF, world

SIZE: Final = 2_000
HOUR: Final = 3_600
KEYS = np.arange(40_000, dtype=np.uint64)

BERLIN, SYDNEY, NEW_YORK = (
    TIME_ZONES.index(zone) for zone in ("Europe/Berlin", "Australia/Sydney", "America/New_York")
)


def at(day: dt.date, hour: int, office: int) -> dt.datetime:
    days, times = np.array([day_number(day)]), np.array([hour * HOUR])
    moment: dt.datetime = timestamps(moments(days, times, np.array([office]))).item()
    return moment


@pytest.mark.parametrize(
    ("day", "hour", "office", "expected"),
    [
        (dt.date(2026, 3, 28), 9, BERLIN, dt.datetime(2026, 3, 28, 8)),
        (dt.date(2026, 3, 29), 9, BERLIN, dt.datetime(2026, 3, 29, 7)),
        (dt.date(2026, 10, 25), 9, BERLIN, dt.datetime(2026, 10, 25, 8)),
        (dt.date(2026, 1, 15), 9, SYDNEY, dt.datetime(2026, 1, 14, 22)),
        (dt.date(2026, 7, 15), 9, SYDNEY, dt.datetime(2026, 7, 14, 23)),
        (dt.date(2026, 3, 8), 20, NEW_YORK, dt.datetime(2026, 3, 9, 0)),
    ],
)
def test_a_time_of_day_is_a_moment_in_utc_with_daylight_saving(
    day: dt.date, hour: int, office: int, expected: dt.datetime
) -> None:
    assert at(day, hour, office) == expected


def test_moments_are_those_of_the_time_zone_database_in_every_office_on_every_day() -> None:
    first, last = day_number(MIN_AS_OF) - 3_650, day_number(MIN_AS_OF) + 3_650
    for office, zone in enumerate(TIME_ZONES):
        days = np.arange(first, last, 7) + office % 7
        ours = timestamps(moments(days, np.full(days.size, 4 * HOUR), np.full(days.size, office))).to_list()
        local = [dt.datetime(1970, 1, 1, 4, tzinfo=ZoneInfo(zone)) + dt.timedelta(days=int(day)) for day in days]
        assert ours == [each.astimezone(dt.UTC).replace(tzinfo=None) for each in local]


def test_there_is_a_moment_for_every_day_up_to_the_last_one_that_a_world_can_be_seen_on() -> None:
    assert at(MAX_AS_OF, 22, NEW_YORK) == dt.datetime(2101, 1, 1, 3)


def test_work_is_done_by_day_most_of_it_before_noon_and_after_lunch_and_now_and_then_in_the_evening() -> None:
    hour = working_time(KEYS, "x") // HOUR
    share = np.bincount(hour, minlength=24) / KEYS.size
    assert set(np.flatnonzero(share)) == set(range(7, 19))
    assert share[10] > share[12] < share[14]
    assert share[9:17].sum() > 0.85
    evening = any_time(KEYS, "x") // HOUR >= 19
    assert 0.02 < evening.mean() < 0.04
    assert (any_time(KEYS, "x") < 22 * HOUR).all()


def test_times_of_one_day_and_group_increase_and_all_others_stay() -> None:
    groups = np.sort(np.random.default_rng(5).integers(0, 400, 1_000))
    days = np.random.default_rng(6).integers(0, 3, 1_000)
    order = np.lexsort((days, groups))
    groups, days = groups[order], days[order]
    times = working_time(np.arange(1_000, dtype=np.uint64) // 3, "y")
    ordered = in_order(groups, days, times)
    frame = pl.DataFrame({"group": groups, "day": days, "before": times, "after": ordered})
    blocks = frame.group_by("group", "day", maintain_order=True).agg("before", "after")
    for before, after in blocks.select("before", "after").iter_rows():
        assert after == [time + rank for rank, time in enumerate(sorted(before))]
        assert len(before) > 1 or before == after
    assert in_order(np.array([], np.int64), np.array([], np.int64), np.array([], np.int64)).size == 0


def test_a_moment_is_read_back_as_the_time_of_day_in_any_office() -> None:
    days, times = np.full(4, day_number(dt.date(2026, 5, 4))), np.array([7, 12, 18, 22]) * HOUR
    berlin, london = np.full(4, BERLIN), np.full(4, TIME_ZONES.index("Europe/London"))
    assert times_of(moments(days, times, berlin), days, berlin).tolist() == times.tolist()
    assert times_of(moments(days, times, berlin), days, london).tolist() == (times - HOUR).tolist()


def test_duckdb_finds_the_same_local_days_as_were_drawn() -> None:
    tables = world(SIZE)
    deals = tables[OPPORTUNITIES].join(tables[USERS], left_on="owner_id", right_on="user_id")
    with duckdb.connect() as connection:
        found = connection.sql(
            """
            SELECT
                count(*) AS deals,
                count(*) FILTER (CAST(local_time AS DATE) = created_date) AS same,
                count(*) FILTER (CAST(created_at AS DATE) = created_date) AS in_utc
            FROM (SELECT *, (created_at AT TIME ZONE 'UTC') AT TIME ZONE time_zone_sid_key AS local_time FROM deals)
            """
        ).pl()
    assert found["deals"].item() == found["same"].item() == deals.height
    assert found["in_utc"].item() < deals.height


def test_everything_happens_in_working_hours_where_its_owner_works() -> None:
    tables = world(SIZE)
    owned = tables[OPPORTUNITIES].join(tables[USERS], left_on="owner_id", right_on="user_id")
    entries = tables[OPPORTUNITY_STAGES].join(owned.select("opportunity_id", "time_zone_sid_key"), on="opportunity_id")
    hour = pl.concat(
        [
            entries.filter(time_zone_sid_key=zone)["entered_at"].dt.convert_time_zone(zone).dt.hour()
            for zone in (office.time_zone for office in OFFICES)
        ]
    )
    share = np.bincount(hour.to_numpy(), minlength=24) / hour.len()
    assert share[7:24].sum() == pytest.approx(1)
    assert share[8:19].sum() > 0.9
    assert share[9:12].mean() > 1.5 * share[12:14].mean()


def test_several_things_of_one_day_are_told_in_the_order_in_which_they_happened() -> None:
    tables = world(SIZE)
    same_day = (
        tables[OPPORTUNITY_CONTACT_ROLE_HISTORY]
        .join(tables[OPPORTUNITIES], on="opportunity_id")
        .filter(pl.col("entered_date") == pl.col("created_date"))
    )
    assert same_day.height > SIZE
    assert (same_day["entered_at"] > same_day["created_at"]).all()


def test_what_is_created_at_an_account_on_one_day_comes_after_it() -> None:
    organisation = build_organisation(CreationCalendar(7, 4_000), "fictional", day_number(AS_OF))
    team, seat, account_key = organisation.team, organisation.accounts.seat, organisation.accounts.key
    days = np.full(seat.size, day_number(dt.date(2026, 5, 4)))
    account = account_moments(team, account_key, seat, days)
    for number in range(3):
        key = mix(account_key, f"contact {number}")
        after = contact_moments(team, account_key, seat, key, days) - account
        assert after.min() >= 60
        assert after.max() <= 900

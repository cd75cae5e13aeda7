"""Where the sales team works, what its members are called in a CRM, and by what other systems find a row again."""

from __future__ import annotations

import datetime as dt

import polars as pl
from polars.testing import assert_frame_equal

from synthdeal_assets.world.calendar import CreationCalendar, day_number
from synthdeal_assets.world.external_ids import EXTERNAL_ID, world_code
from synthdeal_assets.world.offices import OFFICES
from synthdeal_assets.world.organisation import build_organisation
from synthdeal_assets_tests.world.worlds import AS_OF

TODAY = day_number(AS_OF)


def users(seed: int, size: int = 20_000) -> pl.DataFrame:
    return build_organisation(CreationCalendar(seed, size), "fictional", TODAY).team.users_on(TODAY)


def test_the_seats_of_a_region_are_spread_over_its_offices_as_their_shares_say() -> None:
    frame = users(3)
    for office in OFFICES:
        of_region = frame.filter(region=office.region)
        here = of_region.filter(time_zone_sid_key=office.time_zone)
        assert abs(here.height / of_region.height - office.share) < 0.12
        assert set(here["locale_sid_key"]) == {office.locale}
        assert set(here["language_locale_key"]) == {office.language}
    shares = pl.DataFrame([(o.region, o.share) for o in OFFICES], schema=["region", "share"], orient="row")
    assert shares.group_by("region").agg(pl.col("share").sum().round(9))["share"].to_list() == [1.0] * 4


def test_the_offices_of_a_region_are_never_more_than_four_hours_apart() -> None:
    hours = pl.datetime_range(dt.datetime(2016, 1, 1), dt.datetime(2045, 1, 1), "1h", time_zone="UTC", eager=True)
    for region in {office.region for office in OFFICES}:
        local = [
            hours.dt.convert_time_zone(office.time_zone).dt.replace_time_zone(None)
            for office in OFFICES
            if office.region == region
        ]
        apart = [(one - other).dt.total_minutes().abs().to_numpy().max() for one in local for other in local]
        assert max(apart) <= 4 * 60


def test_a_user_has_the_parts_of_the_name_and_a_user_name_and_alias_that_salesforce_takes() -> None:
    frame = users(3)
    assert frame["name"].to_list() == (frame["first_name"] + " " + frame["last_name"]).to_list()
    assert frame["username"].is_unique().all()
    assert frame["username"].str.contains(r"^[a-z0-9._-]+@[0-9a-f]{8}\.northlight\.example$").all()
    assert frame["username"].str.extract("^([^@]+)@").to_list() == frame["email"].str.extract("^([^@]+)@").to_list()
    assert frame["alias"].str.contains(r"^[a-z0-9-]{2,8}$").all()


def test_no_user_name_and_no_external_id_is_found_in_two_worlds() -> None:
    worlds = [users(3), users(4), users(3, 300)]
    for column in ("username", EXTERNAL_ID):
        assert pl.concat([frame[column] for frame in worlds]).is_unique().all()
    codes = [
        world_code(seed, size, kind) for seed in range(40) for size in (100, 500) for kind in ("public", "fictional")
    ]
    assert len(set(codes)) == len(codes)


def test_an_external_id_stays_from_day_to_day_and_names_the_row() -> None:
    team = build_organisation(CreationCalendar(3, 300), "fictional", TODAY).team
    once, later = team.users_on(TODAY), team.users_on(TODAY + 90)
    both = once.join(later, on="user_id", suffix="_later")
    assert both.height > 0
    assert_frame_equal(both.select(EXTERNAL_ID), both.select(external_id=f"{EXTERNAL_ID}_later"))
    assert both[EXTERNAL_ID].to_list() == [f"SD-{world_code(3, 300, 'fictional')}-{key}" for key in both["user_id"]]

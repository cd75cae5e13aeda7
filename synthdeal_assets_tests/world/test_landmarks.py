"""Deals at month ends: what the CRM showed and what was so, the same on every later day and on that day itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.world.calendar import day_number
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.landmark_tables import LANDMARKS
from synthdeal_assets.world.landmarks import landmark_days
from synthdeal_assets.world.store import fill_landmarks
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_CONTACT_ROLES, OPPORTUNITY_STAGES
from synthdeal_assets.world.truth_tables import TRUE_LEVEL_COLUMNS, TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.a_walk import AS_OF, LATER, SIZE, Walk, spec


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        ("2026-11-20", "2024-11-30", "2026-10-31"),
        ("2026-11-30", "2024-11-30", "2026-10-31"),
        ("2026-12-01", "2024-12-31", "2026-11-30"),
        ("2024-03-01", "2022-03-31", "2024-02-29"),
    ],
)
def test_landmarks_are_the_last_24_month_ends_before_the_day(as_of: str, first: str, last: str) -> None:
    days = landmark_days(day_number(dt.date.fromisoformat(as_of))).tolist()
    assert len(days) == 24
    assert [days[0], days[-1]] == [day_number(dt.date.fromisoformat(day)) for day in (first, last)]


def test_there_is_a_landmark_for_every_month_end_and_it_is_open_on_it(walk: Walk) -> None:
    record = walk.seen[AS_OF][LANDMARKS]
    days = [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in landmark_days(day_number(AS_OF)).tolist()]
    assert record["landmark_date"].unique().sort().to_list() == days


@pytest.mark.parametrize("later", LATER, ids=str)
def test_no_value_changes_when_the_world_is_seen_later_but_for_an_outcome_that_becomes_known(
    walk: Walk, later: dt.date
) -> None:
    key = list(LANDMARKS.primary_key)
    for table in (LANDMARKS, TRUTH_LANDMARKS):
        before, after = walk.seen[AS_OF][table], walk.seen[later][table]
        before = before.filter(pl.col("landmark_date") >= after["landmark_date"].min())
        after = after.filter(pl.col("landmark_date") <= before["landmark_date"].max())
        assert before.height == after.height > SIZE
        both = before.join(after, on=key, validate="1:1", suffix="_later")
        assert both.height == before.height
        for column in set(before.columns) - set(key):
            assert both.filter(pl.col(column) != pl.col(f"{column}_later")).is_empty(), column
            if not column.startswith("outcome") or table is TRUTH_LANDMARKS:
                assert before[column].null_count() == 0
            elif later > LATER[0]:
                assert after[column].null_count() < before[column].null_count()


def test_step_by_step_equals_straight_to_the_day(walk: Walk, straight: Warehouse) -> None:
    for table in (LANDMARKS, TRUTH_LANDMARKS):
        assert_frame_equal(straight.read_table(table), walk.seen[LATER[-1]][table])


@pytest.mark.parametrize("ago", [0, 9, 23])
def test_a_landmark_is_what_the_world_of_that_day_holds_on_its_open_deals(walk: Walk, ago: int) -> None:
    record, truth = walk.seen[AS_OF][LANDMARKS], walk.seen[AS_OF][TRUTH_LANDMARKS]
    day = record["landmark_date"].unique().sort(descending=True)[ago]
    of_that_day = generate_world(spec(day))
    is_open = of_that_day[OPPORTUNITIES].filter(~pl.col("is_closed")).sort("opportunity_id")

    roles = of_that_day[OPPORTUNITY_CONTACT_ROLES].group_by("opportunity_id").agg(pl.col("role").sort().str.join(", "))
    shown = is_open.join(roles, on="opportunity_id", how="left").select(
        "opportunity_id",
        "owner_id",
        "stage_name",
        "amount",
        "close_date",
        age_days=(day - pl.col("created_date")).dt.total_days().cast(pl.Int32),
        contact_roles="role",
    )
    at_landmark = record.filter(pl.col("landmark_date") == day)
    assert_frame_equal(at_landmark.select(shown.columns), shown)
    counted = [_counted(entries) for entries in _entries(of_that_day[OPPORTUNITY_STAGES], is_open, day)]
    assert at_landmark.select("days_in_stage", "slips").rows() == counted

    so = of_that_day[TRUTH_OPPORTUNITIES].join(is_open, on="opportunity_id", how="semi").sort("opportunity_id")
    columns = [
        "opportunity_id",
        *TRUE_LEVEL_COLUMNS,
        "win_probability",
        "expected_close_date",
        "outcome",
        "outcome_date",
    ]
    assert_frame_equal(truth.filter(pl.col("landmark_date") == day).select(columns), so.select(columns))


def test_what_the_crm_shows_today_has_no_part_in_a_landmark(walk: Walk, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "changed.duckdb")) as connection:
        connection.execute(f"ATTACH '{walk.warehouse.path}' AS made (READ_ONLY)")
        connection.execute("COPY FROM DATABASE made TO changed")
        connection.execute(
            "UPDATE crm.opportunities SET stage_name = 'Prospecting', amount = 0, close_date = '2000-01-01', "
            "is_closed = NOT is_closed, is_won = NOT is_won, last_modified_date = '2000-01-01'"
        )
        connection.execute("DELETE FROM crm.opportunity_contact_roles")
        connection.execute("DELETE FROM crm.landmarks")
        fill_landmarks(connection)
        rebuilt = connection.execute("SELECT * FROM crm.landmarks ORDER BY opportunity_id, landmark_date").pl()
    assert_frame_equal(rebuilt, walk.seen[LATER[-1]][LANDMARKS])


def _entries(stages: pl.DataFrame, is_open: pl.DataFrame, day: dt.date) -> list[list[tuple[str, int, dt.date]]]:
    """For each open deal its entries in order: stage, days before the day, close date."""
    by_deal = stages.sort("opportunity_id", "sequence").partition_by("opportunity_id", as_dict=True)
    return [
        [
            (stage, (day - entered).days, close)
            for stage, entered, close in by_deal[(key,)].select("stage_name", "entered_date", "close_date").iter_rows()
        ]
        for key in is_open["opportunity_id"]
    ]


def _counted(entries: list[tuple[str, int, dt.date]]) -> tuple[int, int]:
    """Days in the stage and slips, one entry after the other."""
    stage, days, close = entries[0]
    slips = 0
    for next_stage, ago, next_close in entries[1:]:
        days = ago if next_stage != stage else days
        slips += next_close > close
        stage, close = next_stage, next_close
    return days, slips

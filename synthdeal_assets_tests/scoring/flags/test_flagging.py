"""Which deals a candidate covers on a day, by what was known on it."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.scoring.flags.candidates import CANDIDATES, Candidate
from synthdeal_assets.scoring.flags.flagging import DAYS_TO_AN_END, MIN_WON, flagged_rows, with_lots
from synthdeal_assets_tests.scoring.flags.deals import AS_OF, drawn, frame, row

JANUARY, FEBRUARY, MARCH = dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)


def named(flag: str) -> Candidate:
    return next(candidate for candidate in CANDIDATES if candidate.flag == flag)


def rows_of(flag: str, deals: pl.DataFrame) -> pl.DataFrame:
    return flagged_rows(with_lots(deals.rename({"landmark_date": "day"})), named(flag), AS_OF)


def flagged(flag: str, deals: pl.DataFrame) -> dict[str, bool]:
    """Whether each deal is flagged, on its last day."""
    rows = rows_of(flag, deals).sort("day")
    return dict(rows.select("opportunity_id", "is_flagged").iter_rows())


def won(number: int, **values: object) -> dict[str, object]:
    return row(f"won{number}", JANUARY, closed_on=dt.date(2026, 2, 10), is_won=True, **values)


def test_thresholds_are_the_quarters_of_won_deals_counted_by_hand() -> None:
    # Of five won deals the second lowest has 8 points and the second highest has been there for 40 days: at most a
    # quarter of them lie beyond.
    deals = frame(
        *(
            won(place, points=points, days_in_stage=days)
            for place, (points, days) in enumerate([(6, 10), (8, 20), (10, 30), (12, 40), (14, 50)])
        ),
        row("lost", JANUARY, points=1, days_in_stage=90, closed_on=dt.date(2026, 2, 10), is_won=False),
        row("seven", FEBRUARY, points=7, days_in_stage=40),
        row("eight", FEBRUARY, points=8, days_in_stage=41),
        row("unscored", FEBRUARY, points=None),
        row("early", FEBRUARY, points=1, stage_name="Prospecting"),
    )

    assert flagged("little_evidence", deals) == {"seven": True, "eight": False}
    assert flagged("long_in_stage", deals) == {"seven": False, "eight": True, "unscored": False}
    assert rows_of("little_evidence", deals)["threshold"].unique().to_list() == [8]


def test_early_deals_are_compared_with_the_lowest_tenth_of_won_ones() -> None:
    early = {"stage_name": "Qualification"}
    deals = frame(
        *(won(place, points=points, **early) for place, points in enumerate([3, 5, *range(6, 15)])),
        row("four", FEBRUARY, points=4, **early),
        row("five", FEBRUARY, points=5, **early),
        row("late", FEBRUARY, points=1),
    )

    assert flagged("little_early_evidence", deals) == {"four": True, "five": False}


def test_the_usual_time_to_a_win_is_that_of_the_segment_and_heard_once_a_deal() -> None:
    # Created 60 days before 31 January and won on 10 February: 70 days, and 91 are 1.3 times as many. The two slow ones
    # have more month ends, and are two deals in five all the same.
    slow = [
        row(name, day, age_days=age, closed_on=dt.date(2026, 2, 10), is_won=True)
        for name in ("slow", "slower")
        for day, age in ((JANUARY, 300), (dt.date(2025, 12, 31), 269))
    ]
    deals = frame(
        *(won(number) for number in range(MIN_WON - len(slow) // 2)),
        *slow,
        row("of age", FEBRUARY, age_days=91),
        row("older", FEBRUARY, age_days=92),
        row("large", FEBRUARY, age_days=92, segment="Enterprise"),
        row("early", FEBRUARY, age_days=92, stage_name="Needs Analysis"),
    )

    assert flagged("old", deals) == {"of age": False, "older": True}


@pytest.mark.parametrize(
    ("flag", "values", "is_flagged"),
    [
        ("overdue", {"close_date": FEBRUARY}, False),
        ("overdue", {"close_date": FEBRUARY - dt.timedelta(days=1)}, True),
        ("slipped", {"slips": 1}, False),
        ("slipped", {"slips": 2}, True),
        ("lacks_economic_buyer", {"economic_buyer": 0}, True),
        ("lacks_economic_buyer", {"economic_buyer": 1}, False),
        ("lacks_champion", {"champion": 0}, True),
        ("lacks_champion", {"champion": 3}, False),
    ],
)
def test_fixed_thresholds_hold_on_the_day(flag: str, values: dict[str, object], *, is_flagged: bool) -> None:
    assert flagged(flag, frame(row("it", FEBRUARY, **values))) == {"it": is_flagged}


def test_a_chance_ten_points_below_that_of_the_stage_is_low() -> None:
    deals = frame(row("low", FEBRUARY), row("fair", FEBRUARY), row("none", FEBRUARY)).with_columns(
        chance=pl.Series([0.29, 0.31, None], dtype=pl.Float64), stage_rate=pl.lit(0.4)
    )

    assert flagged("low_chance", deals) == {"low": True, "fair": False}


def test_later_outcomes_change_no_earlier_flag() -> None:
    deals = drawn(3)
    turned = deals.with_columns(is_won=pl.when(pl.col("closed_on") > MARCH).then(~pl.col("is_won")).otherwise("is_won"))
    for candidate in CANDIDATES:
        if not candidate.needs:
            before, after = (rows_of(candidate.flag, each).drop("is_won") for each in (deals, turned))
            known = pl.col("day") <= MARCH
            assert before.filter(known).height > 100
            assert_frame_equal(before.filter(known), after.filter(known))
    before, after = (rows_of("little_evidence", each) for each in (deals, turned))
    assert before["threshold"].to_list() != after["threshold"].to_list()


def test_a_day_on_which_too_few_had_been_won_has_no_threshold() -> None:
    deals = frame(*(won(number) for number in range(MIN_WON - 1)), row("open", FEBRUARY))
    assert rows_of("little_evidence", deals).is_empty()
    fifth = frame(row("fifth", JANUARY, closed_on=FEBRUARY, is_won=True))
    assert rows_of("little_evidence", pl.concat([deals, fifth])).height == 1
    next_day = fifth.with_columns(closed_on=FEBRUARY + dt.timedelta(days=1))
    assert rows_of("little_evidence", pl.concat([deals, next_day])).is_empty()


def test_each_deal_that_has_ended_counts_once_and_on_any_of_its_days() -> None:
    rows = rows_of("slipped", drawn(5))
    counted = rows.filter("is_counted")
    ended = rows.filter(pl.col("is_won").is_not_null(), pl.col("day") <= AS_OF - dt.timedelta(days=DAYS_TO_AN_END))

    assert counted["opportunity_id"].is_unique().all()
    assert set(counted["opportunity_id"]) == set(ended["opportunity_id"])
    assert counted["is_won"].null_count() == 0
    places = ended.with_columns(
        place=pl.col("day").rank("ordinal").over("opportunity_id"), days=pl.len().over("opportunity_id")
    ).filter("is_counted", pl.col("days") == 3)
    assert min(places["place"].to_list().count(place) for place in (1, 2, 3)) > places.height / 6


def test_which_day_counts_does_not_depend_on_how_the_deal_ended() -> None:
    deals = drawn(5)
    turned = deals.with_columns(~pl.col("is_won"))
    assert_frame_equal(
        *(rows_of("slipped", each).select("opportunity_id", "day", "is_counted") for each in (deals, turned))
    )


def test_without_deals_there_are_no_rows() -> None:
    assert all(rows_of(each.flag, frame()).is_empty() for each in CANDIDATES if not each.needs)

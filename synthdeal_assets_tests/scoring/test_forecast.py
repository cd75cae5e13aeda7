"""The forecast: learnt from what was known on the day alone, and headed by the way that was better beyond chance."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.statistics.bootstrap import logistic, resampling_weights
from synthdeal_assets.scoring.forecast.book import Book
from synthdeal_assets.scoring.forecast.deals import with_scores_of_whole_days
from synthdeal_assets.scoring.forecast.features import features_of
from synthdeal_assets.scoring.forecast.heading import Past, heading_of
from synthdeal_assets.scoring.forecast.horizons import is_due, quarter_end
from synthdeal_assets.scoring.forecast.learning import RIDGE, Lessons, fit_ridge, learn, lessons_of
from synthdeal_assets.scoring.forecast.record import ForecastRecord, forecast_record
from synthdeal_assets.scoring.forecast.tables import (
    COMMIT,
    END,
    LEARNT,
    NINETY_DAYS,
    QUARTER,
    STAGE_PERCENTAGES,
    STAGE_RATES,
    WAYS,
    WIN_RATE,
    WITHOUT_THE_SCORE,
)
from synthdeal_assets.world.salesforce_picklists import STAGE_PROBABILITIES
from synthdeal_assets_tests.scoring.seen_deals import AS_OF, seen_deals


@pytest.fixture(scope="module")
def record() -> ForecastRecord:
    return forecast_record(*seen_deals(), AS_OF)


def said_today(record: ForecastRecord) -> set[str]:
    return set(record.totals.filter(pl.col("forecast_date") == AS_OF)["way"])


def why(record: ForecastRecord, way: str) -> str:
    return str(record.totals.filter(pl.col("way") == way)["explanation"][0])


def lessons_on(day: dt.date, horizon_days: int | None) -> Lessons:
    landmarks, _ = seen_deals()
    return lessons_of(Book.of(landmarks.sort("opportunity_id", "landmark_date")).known_on(day), day, horizon_days)


def test_what_came_later_changes_no_forecast_of_an_earlier_day(record: ForecastRecord) -> None:
    day = sorted(record.forecasts["forecast_date"].unique())[5]
    landmarks, today = seen_deals()
    later = pl.col("closed_on") > day
    other = landmarks.with_columns(
        is_won=pl.when(later).then(~pl.col("is_won")).otherwise("is_won"),
        closed_on=pl.when(later).then(pl.col("closed_on") + pl.duration(days=9)).otherwise("closed_on"),
        score=pl.when(pl.col("landmark_date") > day).then(0.0).otherwise("score"),
    )
    changed = forecast_record(other, today, AS_OF)

    upto = pl.col("forecast_date") <= day
    assert record.forecasts.filter(upto).height > 0
    assert changed.forecasts.filter(upto).equals(record.forecasts.filter(upto))
    ends = ["forecast_date", "way", "horizon", "amount", "low", "high"]
    assert changed.totals.filter(upto).select(ends).equals(record.totals.filter(upto).select(ends))
    assert not changed.forecasts.filter(~upto).equals(record.forecasts.filter(~upto))


def test_an_outcome_that_was_known_changes_the_forecasts_after_it(record: ForecastRecord) -> None:
    landmarks, today = seen_deals()
    changed = forecast_record(landmarks.with_columns(~pl.col("is_won")), today, AS_OF)
    assert not changed.forecasts.equals(record.forecasts)


def test_quick_deals_do_not_stand_for_all() -> None:
    day = dt.date(2026, 3, 31)
    landmarks, _ = seen_deals(4_000)
    landmarks = landmarks.filter(pl.col("landmark_date") > day - dt.timedelta(days=310))
    book = Book.of(landmarks.sort("opportunity_id", "landmark_date"))
    lessons = lessons_of(book.known_on(day), day, None)
    everything = book.where(book.day < (day - dt.date(1970, 1, 1)).days)

    will_come = everything.won.mean()
    assert lessons.won.mean() < will_come - 0.025
    assert abs(np.average(lessons.won, weights=lessons.weights) - will_come) < 0.015


def test_within_some_days_only_month_ends_as_long_past_teach() -> None:
    day = dt.date(2026, 3, 31)
    lessons = lessons_on(day, 90)
    assert lessons.deals.day.max() <= (day - dt.timedelta(days=90) - dt.date(1970, 1, 1)).days
    assert set(lessons.weights) == {1.0}


def test_the_fit_is_where_the_penalised_likelihood_is_highest() -> None:
    lessons = lessons_on(dt.date(2026, 6, 30), None)
    features = features_of(lessons.deals, None, with_score=True)
    found, _ = fit_ridge(features, lessons.won, lessons.weights)
    gradient = features.T @ (lessons.weights * (lessons.won - logistic(features @ found))) - RIDGE * found
    assert np.abs(gradient[1:]).max() < 1e-3
    assert abs(gradient[0] + RIDGE * found[0]) < 1e-3


def test_a_resample_gives_nearly_what_a_fit_to_it_would() -> None:
    lessons = lessons_on(dt.date(2026, 6, 30), None)
    features = features_of(lessons.deals, None, with_score=True)
    draws = np.concatenate(list(resampling_weights(int(lessons.deals.deal.max()) + 1, "test")))[:20]
    found = learn(features, lessons, draws)
    refitted = [fit_ridge(features, lessons.won, lessons.weights * drawn[lessons.deals.deal])[0] for drawn in draws]
    moved = np.abs(np.array(refitted) - found[0]).mean()
    assert np.abs(np.array(refitted) - found[1:]).mean() < moved / 3


def test_a_score_that_tells_heads(record: ForecastRecord) -> None:
    assert record.heading.way == LEARNT
    assert why(record, LEARNT).startswith("It heads. Better than")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_score_drawn_at_random_does_not_head(seed: int) -> None:
    landmarks, today = seen_deals(seed=seed)
    draws = np.random.Generator(np.random.Philox(seed + 100))
    landmarks, today = (
        frame.with_columns(score=pl.Series(100 * draws.random(frame.height))) for frame in (landmarks, today)
    )
    record = forecast_record(landmarks, today, AS_OF)
    assert record.heading.way != LEARNT
    assert "Not better beyond chance" in why(record, LEARNT)
    assert f"Learnt: {why(record, LEARNT)}" in why(record, record.heading.way)


def test_a_scorer_of_fewer_than_seven_month_ends_is_left_out_and_that_is_said() -> None:
    landmarks, today = seen_deals()
    scored = pl.col("landmark_date") >= sorted(landmarks["landmark_date"].unique())[-6]
    record = forecast_record(landmarks.with_columns(score=pl.when(scored).then("score")), today, AS_OF)
    assert said_today(record) == set(WAYS) - {LEARNT}
    assert record.heading.way in {WITHOUT_THE_SCORE, STAGE_RATES}
    assert "at least seven earlier month ends that the present scorer has judged" in why(record, record.heading.way)


def test_scores_of_those_deals_alone_that_end_soon_are_not_learnt_from() -> None:
    landmarks, today = seen_deals()
    dice = pl.Series(100 * np.random.Generator(np.random.Philox(7)).random(landmarks.height))
    soon = pl.col("closed_on") - pl.col("landmark_date") <= pl.duration(days=45)
    record = forecast_record(landmarks.with_columns(score=pl.when(soon).then(dice)), today, AS_OF)
    assert record.heading.way != LEARNT
    assert said_today(record) == set(WAYS) - {LEARNT}


def test_a_day_on_which_one_deal_in_ten_failed_teaches_with_its_scores() -> None:
    days, deals = [dt.date(2026, 1, 31), dt.date(2026, 2, 28)], 20
    frame = pl.DataFrame(
        {
            "landmark_date": [day for day in days for _ in range(deals)],
            "score": [None] * 2 + [50.0] * (deals - 2) + [None] * 3 + [50.0] * (deals - 3),
        }
    )
    kept = with_scores_of_whole_days(frame).filter(pl.col("score").is_not_null())
    assert (kept.height, set(kept["landmark_date"])) == (deals - 2, {days[0]})


def test_a_deal_without_a_score_gets_what_is_learnt_without_it() -> None:
    landmarks, today = seen_deals()
    unscored = today["opportunity_id"].head(5).to_list()
    missing = pl.when(~pl.col("opportunity_id").is_in(unscored)).then("score")
    record = forecast_record(landmarks, today.with_columns(score=missing), AS_OF)
    said = record.forecasts.filter(pl.col("forecast_date") == AS_OF, pl.col("opportunity_id").is_in(unscored))
    by_way = {way: said.filter(pl.col("way") == way).drop("way") for way in (LEARNT, WITHOUT_THE_SCORE)}
    assert by_way[LEARNT].height == 5
    assert by_way[LEARNT].equals(by_way[WITHOUT_THE_SCORE])


def test_fewer_than_seven_month_ends_give_rates_by_stage_and_that_is_said() -> None:
    landmarks, today = seen_deals()
    few = landmarks.filter(pl.col("landmark_date") >= sorted(landmarks["landmark_date"].unique())[-6])
    record = forecast_record(few, today, AS_OF)
    assert record.heading.way == STAGE_RATES
    assert said_today(record) == {STAGE_RATES, STAGE_PERCENTAGES, COMMIT, WIN_RATE}
    assert "at least seven earlier month ends" in why(record, STAGE_RATES)


def test_without_any_month_end_the_percentages_of_the_stages_head() -> None:
    landmarks, today = seen_deals()
    record = forecast_record(landmarks.clear(), today, AS_OF)
    assert record.heading.way == STAGE_PERCENTAGES
    assert said_today(record) == {STAGE_PERCENTAGES, COMMIT}
    assert forecast_record(landmarks.clear(), today.clear(), AS_OF).forecasts.is_empty()


def test_six_past_days_at_least_tell_which_way_is_better() -> None:
    landmarks, today = seen_deals(month_ends=15)
    record = forecast_record(landmarks, today, AS_OF)
    assert record.heading.way == STAGE_RATES
    assert "fewer than 6 past days" in why(record, LEARNT)


def test_percentages_and_commit_count_what_is_expected_to_close_in_time(record: ForecastRecord) -> None:
    _, today = seen_deals()
    said = record.forecasts.filter(pl.col("forecast_date") == AS_OF).join(
        today.select("opportunity_id", "stage_name", "close_date"), on="opportunity_id"
    )
    percentage = pl.col("stage_name").replace_strict(STAGE_PROBABILITIES, return_dtype=pl.Float64) / 100
    committed = (pl.col("stage_name") == "Negotiation/Review").cast(pl.Float64)
    in_90_days = pl.col("close_date") <= AS_OF + dt.timedelta(days=90)
    in_quarter = pl.col("close_date") <= dt.date(2026, 12, 31)
    for way, chance in ((STAGE_PERCENTAGES, percentage), (COMMIT, committed)):
        of_way = said.filter(pl.col("way") == way)
        assert of_way.height == today.height
        assert of_way.filter((pl.col("chance") - chance).abs() > 1e-9).is_empty()
        assert of_way.filter((pl.col("chance_90_days") - chance * in_90_days).abs() > 1e-9).is_empty()
        assert of_way.filter((pl.col("chance_in_quarter") - chance * in_quarter).abs() > 1e-9).is_empty()


def test_no_chance_is_higher_for_a_shorter_time(record: ForecastRecord) -> None:
    assert record.forecasts.filter(pl.col("chance_90_days") > pl.col("chance")).is_empty()
    assert record.forecasts.filter(pl.col("chance_in_quarter") > pl.col("chance")).is_empty()
    last_days = pl.col("forecast_date").dt.month().is_in([3, 6, 9, 12]) & (pl.col("forecast_date") < AS_OF)
    assert set(record.forecasts.filter(last_days)["chance_in_quarter"]) == {0.0}


def test_a_total_is_the_sum_of_its_deals_and_lies_in_its_range(record: ForecastRecord) -> None:
    columns = {END: "chance", NINETY_DAYS: "chance_90_days", QUARTER: "chance_in_quarter"}
    for horizon, column in columns.items():
        added = record.forecasts.group_by("forecast_date", "way").agg(
            added=(pl.col(column) * pl.col("amount")).sum(), rows=pl.len()
        )
        totals = record.totals.filter(pl.col("horizon") == horizon).join(added, on=["forecast_date", "way"])
        assert totals.height == added.height
        assert totals.filter((pl.col("added") - pl.col("amount")).abs() > 0.02).is_empty()
        assert totals.filter(pl.col("rows") != pl.col("deals")).is_empty()
    ranged = record.totals.filter(pl.col("low").is_not_null())
    assert set(ranged["way"]) == {LEARNT, WITHOUT_THE_SCORE, STAGE_RATES}
    assert ranged.filter(~pl.col("amount").is_between("low", "high")).is_empty()


def test_what_came_is_told_once_the_time_is_over(record: ForecastRecord) -> None:
    landmarks, _ = seen_deals()
    for (day, horizon, actual), _ in record.totals.group_by("forecast_date", "horizon", "actual"):
        assert (actual is not None) == is_due(str(horizon), day, AS_OF)
        if actual is None:
            continue
        limit = {END: AS_OF, NINETY_DAYS: day + dt.timedelta(days=90), QUARTER: quarter_end(day)}[str(horizon)]
        won = landmarks.filter(pl.col("landmark_date") == day, pl.col("is_won"), pl.col("closed_on") <= limit)
        assert actual == pytest.approx(won["amount"].sum())


def test_one_way_heads_every_day_and_horizon(record: ForecastRecord) -> None:
    heads = record.totals.filter("is_headline")
    assert set(heads["way"]) == {record.heading.way}
    assert not heads.select("forecast_date", "horizon").is_duplicated().any()


def test_a_richer_way_that_is_worse_does_not_head() -> None:
    deals, days = 120, 8
    deal, day = np.repeat(np.arange(deals), days), np.tile(np.arange(days), deals)
    draws = np.concatenate(list(resampling_weights(deals, "test")))
    noise = np.random.Generator(np.random.Philox(3)).normal(0, 0.02, deal.size)
    squares = {STAGE_RATES: np.full(deal.size, 0.2), WITHOUT_THE_SCORE: 0.1 + noise, LEARNT: 0.15 + noise}
    past, said = Past(deal, day, squares), frozenset(WAYS)
    assert heading_of(past, said, draws).way == WITHOUT_THE_SCORE
    better = replace(past, squares={**squares, LEARNT: 0.05 + noise})
    assert heading_of(better, said, draws).way == LEARNT
    worse = replace(past, squares={**squares, WITHOUT_THE_SCORE: 0.3 + noise, LEARNT: 0.4 + noise})
    assert heading_of(worse, said, draws).way == STAGE_RATES


@pytest.mark.parametrize(("deals", "heads"), [(99, STAGE_RATES), (100, LEARNT)])
def test_a_way_heads_by_a_hundred_deals_of_past_days_at_least(deals: int, heads: str) -> None:
    deal, day = np.repeat(np.arange(deals), 8), np.tile(np.arange(8), deals)
    squares = {STAGE_RATES: np.full(deal.size, 0.3), WITHOUT_THE_SCORE: np.full(deal.size, 0.2)}
    past = Past(deal, day, {**squares, LEARNT: np.full(deal.size, 0.1)})
    # A deal of which nothing was said on those days counts for nothing.
    draws = np.concatenate(list(resampling_weights(deals + 50, "test")))
    heading = heading_of(past, frozenset(WAYS), draws)
    assert heading.way == heads
    assert ("fewer than 100 deals tell whether it is better" in heading.words_on(heads)) == (deals < 100)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2026-11-20", "2026-12-31"),
        ("2026-12-31", "2026-12-31"),
        ("2026-01-01", "2026-03-31"),
        ("2024-04-30", "2024-06-30"),
    ],
)
def test_a_quarter_is_one_of_the_calendar(day: str, last: str) -> None:
    assert quarter_end(dt.date.fromisoformat(day)) == dt.date.fromisoformat(last)

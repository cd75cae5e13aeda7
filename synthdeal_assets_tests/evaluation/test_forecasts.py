"""How good the forecasts have been: recounted from their rows, without the truth but for the ceiling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.evaluation.assets import forecast_backtest
from synthdeal_assets.evaluation.forecast_tables import (
    AMOUNT_BIAS,
    AMOUNT_ERROR,
    BRIER,
    BRIER_AGAINST_STAGE_RATES,
    EXACT_CHANCE,
    FORECAST_BACKTEST,
    GAIN_OF_THE_SCORE,
    RANGE_COVERS,
)
from synthdeal_assets.evaluation.quality.forecasts import backtest_of
from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.assets import opportunity_scores, scorer_inputs
from synthdeal_assets.scoring.checks import NO_LATER_FORECAST, SCORING_CHECKS, TOTALS_ARE_SUMS
from synthdeal_assets.scoring.forecast.assets import forecasts
from synthdeal_assets.scoring.forecast.deals import read_landmarks
from synthdeal_assets.scoring.forecast.tables import (
    END,
    FORECAST_TOTALS,
    LEARNT,
    NINETY_DAYS,
    QUARTER,
    STAGE_RATES,
    WAYS,
    WITHOUT_THE_SCORE,
)
from synthdeal_assets.scoring.landmarks.assets import landmark_scores
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.scorers.scorer import judge_as
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import store_world

AS_OF = dt.date(2026, 11, 20)
KEY = ("landmark_date", "opportunity_id")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A world whose month ends the heuristic has judged, with its forecasts and their record."""
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("forecast") / "warehouse.duckdb"), lock_timeout=5)
    store_world(warehouse, generate_world_in_chunks(WorldSpec(5, 160, AS_OF)))
    assert dg.materialize([scorer_inputs, opportunity_scores, landmark_scores], resources=resources(warehouse)).success
    assert materialised(warehouse)
    return warehouse


@pytest.fixture
def copy(measured: Warehouse, tmp_path: Path) -> Warehouse:
    """A copy of it that a test may change."""
    file = tmp_path / "warehouse.duckdb"
    file.write_bytes(Path(measured.database).read_bytes())
    return Warehouse(database=str(file), lock_timeout=5)


def resources(warehouse: Warehouse) -> dict[str, object]:
    return {"warehouse": warehouse, "settings": Settings(), "scorer": make_scorer}


def materialised(warehouse: Warehouse) -> bool:
    """Whether the assets and the checks of the forecast come out well."""
    checks = [each for each in SCORING_CHECKS if "forecast" in each.node_def.name]
    assert len(checks) == 1
    result = dg.materialize([forecasts, forecast_backtest, *checks], resources=resources(warehouse))
    evaluations = result.get_asset_check_evaluations()
    assert {evaluation.check_name for evaluation in evaluations} >= {NO_LATER_FORECAST.name, TOTALS_ARE_SUMS.name}
    return all(evaluation.passed for evaluation in evaluations)


def backtest(warehouse: Warehouse, way: str, measure: str, horizon: str) -> dict[str, float]:
    frame = warehouse.read_table(FORECAST_BACKTEST).filter(
        pl.col("way") == way, pl.col("measure") == measure, pl.col("horizon") == horizon
    )
    return frame.row(0, named=True)


def broken(warehouse: Warehouse) -> Iterator[str]:
    """The subjects of the rules that do not hold."""
    with warehouse.connect() as connection:
        for check in (NO_LATER_FORECAST, TOTALS_ARE_SUMS):
            yield from (violation.rule.subject for violation in violations(connection, check))


def test_permuting_the_truth_changes_the_ceiling_and_no_forecast(measured: Warehouse, copy: Warehouse) -> None:
    with copy.transaction() as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE truth.landmarks AS SELECT mine.opportunity_id, mine.landmark_date, "
            "others.* EXCLUDE (opportunity_id, landmark_date, place) "
            "FROM (SELECT *, row_number() OVER (ORDER BY opportunity_id, landmark_date) AS place FROM truth.landmarks) "
            "AS mine JOIN (SELECT *, row_number() OVER (ORDER BY hash(opportunity_id || landmark_date)) AS place "
            "FROM truth.landmarks) AS others USING (place)"
        )
        connection.execute("UPDATE truth.opportunities SET win_probability = 1 - win_probability")
    assert materialised(copy)

    for table in ("scoring.forecasts", "scoring.forecast_totals"):
        assert copy.read(f"FROM {table} ORDER BY ALL").equals(measured.read(f"FROM {table} ORDER BY ALL"))
    of_ways = "FROM scoring.forecast_backtest WHERE way <> 'exact chance' ORDER BY ALL"
    assert copy.read(of_ways).equals(measured.read(of_ways))
    ceilings = [backtest(each, EXACT_CHANCE, BRIER, END)["value"] for each in (measured, copy)]
    assert ceilings[0] < ceilings[1] - 0.1


class Paid(HeuristicScorer):
    """A scorer that has judged no month end yet."""

    name = "paid"


def test_a_scorer_that_has_judged_no_month_end_leaves_the_score_out_and_that_is_said(copy: Warehouse) -> None:
    paid = {**resources(copy), "scorer": lambda _settings, _usage: Paid()}
    assert dg.materialize([forecasts, forecast_backtest], resources=paid).success
    said = copy.read("SELECT DISTINCT way, is_headline, explanation FROM scoring.forecast_totals ORDER BY way")
    assert set(said["way"]) == set(WAYS) - {LEARNT}
    assert "that the present scorer has judged" in said.filter("is_headline")["explanation"].item()


def test_the_score_of_another_scorer_is_taken_where_there_is_one(copy: Warehouse) -> None:
    paid = Judge("paid", "a-model", "v1")
    with copy.transaction() as connection:
        connection.execute(
            "INSERT INTO scoring.landmark_scores SELECT * REPLACE ('paid' AS scorer, 'a-model' AS model, "
            "'v1' AS prompt_version, 100 - score AS score) FROM scoring.landmark_scores "
            "WHERE landmark_date >= DATE '2026-08-01'"
        )
        mine, others = (read_landmarks(connection, judge) for judge in (judge_as(HeuristicScorer()), paid))
    assert others.select(KEY).equals(mine.select(KEY))
    recent = pl.col("landmark_date") >= dt.date(2026, 8, 1)
    assert others.filter(recent)["score"].to_list() == pytest.approx((100 - mine.filter(recent)["score"]).to_list())
    assert others.filter(~recent)["score"].null_count() == others.filter(~recent).height > 0


def test_the_exact_chance_is_nearest_to_what_came(measured: Warehouse) -> None:
    briers = {way: backtest(measured, way, BRIER, END)["value"] for way in (*WAYS, EXACT_CHANCE)}
    assert min(briers, key=lambda way: briers[way]) == EXACT_CHANCE


def test_a_brier_score_is_the_mean_of_the_days_whose_end_is_known(measured: Warehouse) -> None:
    found = backtest(measured, LEARNT, BRIER, END)
    query = """
        SELECT avg(score), count(*) FROM (
            SELECT forecast_date, avg((chance - is_won::INTEGER) ** 2) AS score
            FROM scoring.forecasts JOIN crm.opportunities USING (opportunity_id)
            WHERE way = 'learnt' AND forecast_date + 300 <= DATE '2026-11-20'
            GROUP BY forecast_date
        )
    """
    score, days = measured.read(query).row(0)
    assert found["value"] == pytest.approx(score, abs=1e-4)
    assert found["days"] == days >= 6
    assert found["low"] < found["value"] < found["high"]


def test_differences_are_those_of_the_brier_scores(measured: Warehouse) -> None:
    for horizon in (END, NINETY_DAYS, QUARTER):
        learnt, plain, stage = (
            backtest(measured, way, BRIER, horizon)["value"] for way in (LEARNT, WITHOUT_THE_SCORE, STAGE_RATES)
        )
        gain = backtest(measured, LEARNT, GAIN_OF_THE_SCORE, horizon)
        against = backtest(measured, LEARNT, BRIER_AGAINST_STAGE_RATES, horizon)
        assert gain["value"] == pytest.approx(learnt - plain, abs=2e-4)
        assert against["value"] == pytest.approx(learnt - stage, abs=2e-4)
        beyond_chance = not gain["low"] <= 0 <= gain["high"]
        assert str(gain["explanation"]).startswith("No difference beyond chance") != beyond_chance


def test_errors_and_coverage_are_those_of_the_totals(measured: Warehouse) -> None:
    totals = measured.read(
        "FROM scoring.forecast_totals WHERE way = 'learnt' AND horizon = '90 days' AND actual IS NOT NULL"
    )
    error, bias, covered = totals.select(
        error=((pl.col("amount") - pl.col("actual")).abs() / pl.col("actual")).mean(),
        bias=pl.col("amount").sum() / pl.col("actual").sum() - 1,
        covered=pl.col("actual").is_between("low", "high").mean(),
    ).row(0)
    assert totals.height == 14
    assert backtest(measured, LEARNT, AMOUNT_ERROR, NINETY_DAYS)["value"] == pytest.approx(error, abs=1e-4)
    assert backtest(measured, LEARNT, AMOUNT_BIAS, NINETY_DAYS)["value"] == pytest.approx(bias, abs=1e-4)
    assert backtest(measured, LEARNT, RANGE_COVERS, NINETY_DAYS)["value"] == pytest.approx(covered, abs=1e-4)


def test_a_day_on_which_nothing_came_counts_for_the_bias_and_has_no_error() -> None:
    days = [dt.date(2026, month, 28) for month in (1, 2, 3)]
    won = [True, False, True]
    rows = pl.DataFrame(
        {
            "forecast_date": days,
            "opportunity_id": ["a", "b", "c"],
            "way": STAGE_RATES,
            "amount": 100.0,
            "exact_chance": 0.5,
            **dict.fromkeys(("chance", "chance_90_days", "chance_in_quarter"), 0.8),
            **{name: pl.Series(won) for name in ("won", "won_90_days", "won_in_quarter")},
        }
    )
    totals = pl.DataFrame(
        {
            "forecast_date": days,
            "way": STAGE_RATES,
            "horizon": NINETY_DAYS,
            "deals": 1,
            "amount": 80.0,
            "low": None,
            "high": None,
            "actual": [100.0, 0.0, 100.0],
            "is_headline": True,
            "explanation": "",
        },
        schema_overrides=dict(FORECAST_TOTALS.polars_schema),
    )
    found = {row["measure"]: row for row in backtest_of(rows, totals).iter_rows(named=True)}
    assert (found[AMOUNT_BIAS]["value"], found[AMOUNT_BIAS]["days"]) == (pytest.approx(240 / 200 - 1), 3)
    assert (found[AMOUNT_ERROR]["value"], found[AMOUNT_ERROR]["days"]) == (pytest.approx(0.2), 2)
    assert found[BRIER]["days"] == 3
    assert {(row["low"], row["high"]) for row in found.values()} == {(None, None)}, "three deals carry no interval"
    assert str(found[BRIER]["explanation"]).endswith("Too few deals for an interval, which takes 10.")


def test_the_last_day_of_a_quarter_says_nothing_of_a_quarter(measured: Warehouse) -> None:
    days = measured.read(
        "SELECT count(DISTINCT forecast_date) FROM scoring.forecasts JOIN crm.world ON forecast_date < as_of "
        "WHERE month(forecast_date) % 3 <> 0"
    ).item()
    assert backtest(measured, LEARNT, BRIER, QUARTER)["days"] == days < 14


def test_a_total_that_is_no_sum_of_its_deals_is_found(copy: Warehouse) -> None:
    assert list(broken(copy)) == []
    with copy.transaction() as connection:
        connection.execute("UPDATE scoring.forecast_totals SET amount = amount + 1e5 WHERE way = 'learnt'")
    assert list(broken(copy)) == ["amount and what came"]


def test_two_ways_that_head_are_found(copy: Warehouse) -> None:
    with copy.transaction() as connection:
        connection.execute("UPDATE scoring.forecast_totals SET is_headline = true")
    assert list(broken(copy)) == ["one way heads"]


def test_a_rate_that_knew_a_later_outcome_is_found(copy: Warehouse) -> None:
    with copy.transaction() as connection:
        # As if the deals of the day itself had been learnt from.
        connection.execute(
            "UPDATE scoring.forecasts SET chance = later.rate FROM (SELECT avg(is_won::INTEGER) AS rate "
            "FROM scoring.forecasts JOIN crm.opportunities USING (opportunity_id) WHERE is_closed) AS later "
            "WHERE way = 'stage rates' AND forecast_date < DATE '2026-11-20'"
        )
    assert "chance of the rates by stage" in list(broken(copy))

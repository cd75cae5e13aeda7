"""Chances are corrected by earlier outcomes only, and by the numbers that Platt's method gives."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.optimize import minimize

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, binned_error, logistic_coefficients, value_of
from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.scoring.calibration import MIN_DEALS, calibrate
from synthdeal_assets.scoring.checks import NO_LATER_OUTCOME
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import Deal, deal

FIRST = dt.date(2026, 1, 1)


def history(count: int = 120, *, still_open: int = 3, seed: int = 5) -> pl.DataFrame:
    """Deals that close one a day, each judged on the day before; the last ones are still open."""
    draws = np.random.Generator(np.random.Philox(seed))
    chance = np.round(draws.uniform(0.02, 0.98, count), 2)
    won = draws.uniform(size=count) < chance**2
    closed = np.arange(count) < count - still_open
    return pl.DataFrame(
        {
            "opportunity_id": [f"006{number:04d}" for number in range(count)],
            "win_probability": chance,
            "snapshot_date": [FIRST + dt.timedelta(days=number) for number in range(count)],
            "close_date": [FIRST + dt.timedelta(days=number + 1) for number in range(count)],
            "is_closed": closed,
            "is_won": won & closed,
        }
    )


def platt(chances: Sequence[float], won: Sequence[bool], asked: float) -> float:
    """Platt (1999), written down from the paper and minimised by scipy."""
    winners = sum(won)
    losers = len(won) - winners
    targets = [(winners + 1) / (winners + 2) if each else 1 / (losers + 2) for each in won]
    logits = [math.log(chance / (1 - chance)) for chance in chances]

    def loss(line: FloatArray) -> float:
        return math.fsum(
            float(math.log1p(math.exp(-abs(z))) + max(z, 0) - target * z)
            for z, target in zip([line[0] + line[1] * logit for logit in logits], targets, strict=True)
        )

    line = minimize(loss, [0.0, 1.0], tol=1e-12).x
    return float(1 / (1 + math.exp(-(line[0] + line[1] * math.log(asked / (1 - asked))))))


@pytest.mark.parametrize("row", [60, 90, 119])
def test_a_corrected_chance_is_what_platts_method_gives_on_the_earlier_deals(row: int) -> None:
    deals = history()
    corrected = calibrate(deals).row(row, named=True)
    before = deals.filter(pl.col("is_closed"), pl.col("close_date") < corrected["snapshot_date"])
    if not corrected["is_closed"]:
        before = deals.filter("is_closed")
    expected = platt(before["win_probability"].to_list(), before["is_won"].to_list(), corrected["win_probability"])
    assert corrected["calibrated_win_probability"] == pytest.approx(expected, abs=1e-4)
    assert corrected["fitted_deals"] == before.height
    assert corrected["fitted_until"] == before["close_date"].max()


def test_later_outcomes_change_no_earlier_correction() -> None:
    deals = history()
    turned = deals.with_columns(
        is_won=pl.when(pl.int_range(pl.len()) >= 80).then(pl.col("is_closed") & ~pl.col("is_won")).otherwise("is_won")
    )
    before, after = calibrate(deals), calibrate(turned)
    assert_frame_equal(before[:80].drop("is_won"), after[:80].drop("is_won"))
    # The deal of row 80 closes on day 81 and is first learned from by the one whose evidence is of day 82.
    assert before["calibrated_win_probability"][82] != after["calibrated_win_probability"][82]


def test_too_few_earlier_deals_give_no_correction_and_say_how_many_there_were() -> None:
    corrected = calibrate(history())
    too_early = corrected.filter(pl.col("fitted_deals") < MIN_DEALS)
    assert too_early.height > 40
    assert too_early["calibrated_win_probability"].null_count() == too_early.height
    assert too_early["fitted_until"].null_count() == too_early.height
    assert corrected.row(30, named=True)["fitted_deals"] == 29
    only_lost = calibrate(history().with_columns(is_won=pl.lit(value=False)))
    assert only_lost["calibrated_win_probability"].null_count() == 120
    assert only_lost["fitted_deals"].max() == 117


def test_a_deal_that_closed_on_the_day_of_its_evidence_is_not_learned_from() -> None:
    deals = history().with_columns(
        snapshot_date=pl.when(pl.int_range(pl.len()) < 20).then("close_date").otherwise("snapshot_date")
    )
    assert calibrate(deals)["fitted_deals"].max() == 97


def test_estimates_that_separate_or_do_not_vary_neither_fail_nor_become_certain() -> None:
    deals = history()
    separated = calibrate(deals.with_columns(is_won=pl.col("is_closed") & (pl.col("win_probability") > 0.5)))
    chances = separated["calibrated_win_probability"].drop_nulls()
    assert chances.len() > 60
    assert chances.is_between(0.001, 0.999).all()
    assert (chances < 0.05).any()
    assert (chances > 0.95).any()
    certain = calibrate(deals.with_columns(win_probability=pl.when("is_won").then(1.0).otherwise(0.0)))
    assert certain["calibrated_win_probability"].drop_nulls().is_between(0.01, 0.98).all()
    same = calibrate(deals.with_columns(win_probability=pl.lit(0.4)))
    assert same["calibrated_win_probability"].null_count() == 120


def line_of(chance: FloatArray, won: FloatArray) -> tuple[float, float]:
    intercept, slope = logistic_coefficients(chance, won)
    return value_of(intercept, chance.size), value_of(slope, chance.size)


def error_of(chance: FloatArray, won: FloatArray) -> float:
    return value_of(binned_error(chance, won), chance.size)


def test_the_calibration_line_and_error_are_those_of_a_plain_recomputation() -> None:
    closed = history().filter("is_closed")
    chance, won = closed["win_probability"].to_numpy(), closed["is_won"].cast(pl.Float64).to_numpy()

    def loss(line: FloatArray) -> float:
        z = line[0] + line[1] * np.log(chance / (1 - chance))
        return float(np.sum(np.logaddexp(0, z) - won * z))

    assert line_of(chance, won) == pytest.approx(tuple(minimize(loss, [0.0, 1.0], tol=1e-12).x), abs=1e-4)
    distinct = np.arange(100) / 100
    parts = [abs(sum(distinct[ten : ten + 10]) - sum(won[ten : ten + 10])) for ten in range(0, 100, 10)]
    assert error_of(distinct, won[:100]) == pytest.approx(sum(parts) / 100)
    backwards = slice(None, None, -1)
    assert error_of(chance, won) == pytest.approx(error_of(chance[backwards], won[backwards]))
    assert all(math.isnan(each) for each in line_of(np.array([0.1, 0.2, 0.8]), np.array([0.0, 0.0, 1.0])))


def test_chances_of_renewals_are_corrected_by_renewals_alone(room: Room) -> None:
    def closed(first: int, count: int, *, won: int, kind: str) -> list[Deal]:
        return [
            deal(
                number,
                type=kind,
                outcome="Closed Won" if number % 10 < won else "Closed Lost",
                closed_on=dt.date(2026, 5, 10) + dt.timedelta(days=number % 60),
                evidence={"metrics": "14 hours a week.", "champion": "Nora Quist said so."} if number % 2 else {},
            )
            for number in range(first, first + count)
        ]

    others = closed(0, 60, won=3, kind="New Customer")
    room.put(
        [*others, *closed(100, 120, won=9, kind=RENEWAL), deal(500, evidence={}), deal(501, type=RENEWAL, evidence={})]
    )
    assert room.everything().success
    (renewal, of_renewals, chance_of_renewal), (_, of_others, chance) = room.rows(
        "SELECT type, fitted_deals, calibrated_win_probability FROM scoring.calibrated_probabilities "
        "JOIN crm.opportunities USING (opportunity_id) WHERE NOT is_closed ORDER BY type"
    )
    assert (renewal, of_renewals, of_others) == (RENEWAL, 120, 60)
    assert chance < 0.5
    assert chance_of_renewal > 0.8


def test_the_check_finds_a_correction_from_the_future(room: Room) -> None:
    room.put(
        [
            deal(
                number,
                outcome=("Closed Won" if number % 3 == 0 else "Closed Lost") if number < 66 else None,
                closed_on=dt.date(2026, 5, 10) + dt.timedelta(days=number) if number < 66 else None,
                evidence={"metrics": "14 hours a week.", "champion": "Nora Quist said so."} if number % 2 else {},
            )
            for number in range(68)
        ]
    )
    result = room.everything()
    assert result.success
    (evaluation,) = [each for each in result.get_asset_check_evaluations() if each.check_name == NO_LATER_OUTCOME.name]
    assert evaluation.passed
    assert NO_LATER_OUTCOME.blocking
    learned = "SELECT fitted_deals, fitted_until IS NOT NULL FROM scoring.calibrated_probabilities ORDER BY ALL"
    assert room.rows(learned)[-2:] == [(66, True)] * 2
    assert room.rows(learned)[:3] == [(0, False), (0, False), (1, False)]
    for damage in (
        "SET fitted_until = DATE '2027-01-01' WHERE fitted_until IS NOT NULL",
        "SET fitted_deals = 66",
    ):
        with room.warehouse.connect() as connection:
            assert violations(connection, NO_LATER_OUTCOME) == []
            connection.execute("CREATE OR REPLACE TEMP TABLE kept AS FROM scoring.calibrated_probabilities")
            connection.execute(f"UPDATE scoring.calibrated_probabilities {damage}")
            assert violations(connection, NO_LATER_OUTCOME) != []
            connection.execute("DELETE FROM scoring.calibrated_probabilities")
            connection.execute("INSERT INTO scoring.calibrated_probabilities FROM kept")

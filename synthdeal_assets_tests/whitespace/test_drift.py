"""Drift is found where something moved, nowhere else, and missing values are part of it."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2, ks_2samp

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.holdout import drift
from synthdeal_assets.whitespace.holdout.drift import (
    alarms,
    bin_edges,
    counts_in_bins,
    distance_between,
    measure_drift,
    read_drift,
    stability_index,
)
from synthdeal_assets.whitespace.tables import DRIFT, FEATURES, FEATURES_OF_A_PAIR, LABELS
from synthdeal_assets.whitespace.vocabulary import BOUGHT_LATELY, POPULATIONS, WATCHED

JUDGED_AT, LEARNT_AT = dt.date(2024, 6, 30), (dt.date(2024, 3, 31), dt.date(2023, 12, 31))
PLAN = CutoffPlan(
    dt.date(2024, 9, 30),
    JUDGED_AT,
    90,
    dt.date(2022, 1, 1),
    dt.date(2024, 9, 30),
    dt.date(2024, 9, 30),
    {JUDGED_AT: LEARNT_AT},
)


def index_by_hand(learnt: FloatArray, judged: FloatArray) -> float:
    """The population stability index with plain Python, for values without ties."""
    ordered = sorted(learnt)
    edges = [ordered[round(len(ordered) * tenth / 10) - 1] for tenth in range(1, 10)]

    def shares(values: FloatArray) -> list[float]:
        counts = [0.0] * 10
        for value in values:
            counts[sum(value > edge for edge in edges)] += 1
        return [max(count, 0.5) / len(values) for count in counts]

    return sum((now - then) * math.log(now / then) for then, now in zip(shares(learnt), shares(judged), strict=True))


def drift_of(learnt: FloatArray, judged: FloatArray) -> tuple[float, float]:
    """Index and distance of two samples."""
    edges = bin_edges(learnt)
    index = stability_index(counts_in_bins(learnt, edges), counts_in_bins(judged, edges))
    return index, distance_between(learnt, judged)


def test_index_and_distance_agree_with_independent_computations() -> None:
    random = np.random.default_rng(1)
    learnt, judged = random.normal(size=500), random.normal(0.4, 1.3, size=300)
    index, apart = drift_of(learnt, judged)
    assert index == pytest.approx(index_by_hand(learnt, judged))
    assert apart == pytest.approx(ks_2samp(learnt, judged).statistic)


def test_nothing_moves_between_a_sample_and_itself_however_its_values_repeat() -> None:
    values = np.array([np.nan, 0, 0, 0, 0, 1, 1, 5, 9, 9] * 30)
    assert drift_of(values, values) == (0, 0)
    assert drift_of(values, np.random.default_rng(2).permutation(values)) == (0, 0)
    assert drift_of(np.full(50, np.nan), np.full(50, np.nan)) == (0, 0)


def test_values_that_go_missing_are_drift() -> None:
    random = np.random.default_rng(3)
    learnt = random.normal(size=1_000)
    judged = np.where(random.random(1_000) < 0.3, np.nan, learnt)
    index, apart = drift_of(learnt, judged)
    assert index > drift.MUCH_DRIFT
    assert apart == pytest.approx(0.3, abs=0.04)


@pytest.fixture
def features(tmp_path: Path) -> Warehouse:
    """Features of 400 customers at three cutoffs, of which one has moved."""
    random = np.random.default_rng(4)
    rows = len((*LEARNT_AT, JUDGED_AT)) * 400
    judged = np.repeat([False, False, True], 400)
    values = {name: random.normal(size=rows) for name in FEATURES_OF_A_PAIR}
    values["tenure_days"] += 2.0 * judged
    frame = pl.DataFrame(
        {
            "cutoff_date": [cutoff for cutoff in (*LEARNT_AT, JUDGED_AT) for _ in range(400)],
            "customer_id": [f"C{number}" for number in range(400)] * 3,
            "division": "Backup",
            "population": [POPULATIONS[number % 2] for number in range(400)] * 3,
            **values,
        }
    ).with_columns(recency_days=pl.when(population="existing").then("recency_days"))
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    warehouse.replace({FEATURES: FEATURES.conform(frame), LABELS: LABELS.empty()})
    return warehouse


def test_the_feature_that_moved_comes_first_in_each_population_and_all_are_there(features: Warehouse) -> None:
    with features.connect() as connection:
        found = measure_drift(connection, PLAN)
    of_features = found.filter(~pl.col("feature").is_in(WATCHED))
    assert of_features.height == len(POPULATIONS) * len(FEATURES_OF_A_PAIR)
    for population in POPULATIONS:
        first, second = of_features.filter(pl.col("population") == population).head(2).to_dicts()
        assert first["feature"] == "tenure_days"
        assert first["psi"] > 1 > drift.MUCH_DRIFT > second["psi"]
        assert first["mean"] - first["nearest_mean"] == pytest.approx(2, abs=0.2)
    missing = found.filter(pl.col("population") == "whitespace", pl.col("feature") == "recency_days")
    assert missing.select("psi", "ks", "mean").row(0) == (0, 0, None)


def test_of_many_pairs_a_share_is_looked_at_and_says_nearly_the_same(
    features: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with features.connect() as connection:
        whole = measure_drift(connection, PLAN)
        monkeypatch.setattr(drift, "MAX_PAIRS", 120)
        part = measure_drift(connection, PLAN)
    assert not part.equals(whole)
    both = whole.filter(~pl.col("feature").is_in(WATCHED)).join(part, on=["population", "feature"], suffix="_part")
    assert float((both["ks"] - both["ks_part"]).abs().mean()) < 0.08  # type: ignore[arg-type]  # a column of numbers


def test_what_one_cutoff_learnt_from_knew_is_no_alarm_and_what_none_knew_is(features: Warehouse) -> None:
    with features.connect() as connection:
        lately = (
            "UPDATE whitespace.features SET orders_3m = (hash(customer_id) % 100 < ?)::INTEGER WHERE cutoff_date = ?"
        )
        for cutoff, percent in ((LEARNT_AT[0], 60), (LEARNT_AT[1], 10), (JUDGED_AT, 10)):
            connection.execute(lately, [percent, cutoff])
        known = measure_drift(connection, PLAN)
        connection.execute(lately, [25, JUDGED_AT])
        new = alarms(measure_drift(connection, PLAN)).filter(feature=BOUGHT_LATELY, population="existing")
    of_share = known.filter(feature=BOUGHT_LATELY, population="existing").row(0, named=True)
    assert of_share["psi"] > drift.MUCH_DRIFT
    assert of_share["nearest_cutoff"] == LEARNT_AT[1]
    assert BOUGHT_LATELY not in alarms(known).filter(population="existing")["feature"]
    assert new["nearest_cutoff"].to_list() == [LEARNT_AT[1]]


def test_small_equal_populations_do_not_alarm_although_their_index_is_large() -> None:
    random = np.random.default_rng(5)
    indices = [drift_of(*random.lognormal(size=(2, 30)))[0] for _ in range(200)]
    assert np.mean(indices) == pytest.approx(9 * (1 / 30 + 1 / 30), rel=0.25)
    assert np.mean(np.array(indices) > drift.MUCH_DRIFT) > 0.5
    assert max(indices) < chi2.ppf(drift.BEYOND_CHANCE, 9) * (1 / 30 + 1 / 30)


def test_a_table_of_an_earlier_version_is_read_as_none(features: Warehouse) -> None:
    with features.connect() as connection:
        connection.execute("CREATE TABLE whitespace.drift (cutoff_date DATE, psi DOUBLE)")
        assert read_drift(connection).equals(DRIFT.empty())


def test_without_features_there_is_no_drift(tmp_path: Path) -> None:
    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).connect() as connection:
        assert measure_drift(connection, PLAN).is_empty()

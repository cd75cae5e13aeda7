"""Drift is found where something moved, nowhere else, and missing values are part of it."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

from synthdeal_assets.foundation.statistics import FloatArray
from synthdeal_assets.foundation.warehouse import Warehouse
from synthdeal_assets.whitespace import drift
from synthdeal_assets.whitespace.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.drift import drift_of, measure_drift
from synthdeal_assets.whitespace.tables import FEATURES, FEATURES_OF_A_PAIR, POPULATIONS

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
    warehouse.replace({FEATURES: FEATURES.conform(frame)})
    return warehouse


def test_the_feature_that_moved_comes_first_in_each_population_and_all_are_there(features: Warehouse) -> None:
    with features.connect() as connection:
        found = measure_drift(connection, PLAN)
    assert found.height == len(POPULATIONS) * len(FEATURES_OF_A_PAIR)
    for population in POPULATIONS:
        first, second = found.filter(pl.col("population") == population).head(2).to_dicts()
        assert first["feature"] == "tenure_days"
        assert first["psi"] > 1 > drift.MUCH_DRIFT > second["psi"]
    missing = found.filter(pl.col("population") == "whitespace", pl.col("feature") == "recency_days")
    assert missing.select("psi", "ks").row(0) == (0, 0)


def test_of_many_pairs_a_share_is_looked_at_and_says_nearly_the_same(
    features: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with features.connect() as connection:
        whole = measure_drift(connection, PLAN)
        monkeypatch.setattr(drift, "MOST_PAIRS", 120)
        part = measure_drift(connection, PLAN)
    assert not part.equals(whole)
    both = whole.join(part, on=["population", "feature"], suffix="_part")
    assert float((both["ks"] - both["ks_part"]).abs().mean()) < 0.08  # type: ignore[arg-type]  # a column of numbers


def test_without_a_cutoff_to_judge_at_there_is_no_drift(features: Warehouse) -> None:
    with features.connect() as connection:
        plan = CutoffPlan(JUDGED_AT, None, 90, LEARNT_AT[1], JUDGED_AT, JUDGED_AT, {})
        assert measure_drift(connection, plan).is_empty()

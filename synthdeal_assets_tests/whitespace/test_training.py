"""From labelled pairs to a champion: what is chosen, on what, and what happens where there is little to learn from."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, curve_area, logistic, value_of
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, read_plan
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.models import matrix
from synthdeal_assets.whitespace.models.learners import Fitted, fitted_from_text
from synthdeal_assets.whitespace.models.matrix import features_in, read_learning, read_matrix
from synthdeal_assets.whitespace.models.predicting import divisions_to_model, predict_division
from synthdeal_assets.whitespace.models.rules import NEVER_DAYS, RuleChances, rule_scores
from synthdeal_assets.whitespace.models.training import CrossFitted, Trained, train_division
from synthdeal_assets.whitespace.tables import FEATURES_OF_A_PAIR, MODELS
from synthdeal_assets.whitespace.vocabulary import (
    BASELINES,
    CHAMPION,
    EXISTING,
    LEARNERS,
    MIN_POSITIVES,
    POPULATIONS,
    RECENCY,
    WHITESPACE,
)
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.shop import DIVISIONS, fill_shop

DIVISION = DIVISIONS[1]


def build(connection: duckdb.DuckDBPyConnection, settings: Settings) -> CutoffPlan:
    plan = read_plan(connection, settings)
    for cutoff in plan.cutoffs:
        build_features(connection, cutoff)
        build_labels(connection, cutoff, plan.window_days)
    return plan


def train(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan, division: str = DIVISION) -> dict[str, Trained]:
    cutoff = plan.scoring_cutoff
    return train_division(connection, division, cutoff, plan.training[cutoff], plan.window_days)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, CutoffPlan]]:
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("shop") / "warehouse.duckdb"))
    fill_shop(warehouse, customers=320, divisions=2, orders_a_year=2.5)
    with warehouse.connect() as connection:
        yield connection, build(connection, Settings(whitespace_training_cutoffs=3))


@pytest.fixture(scope="module")
def trained(shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan]) -> dict[str, Trained]:
    return train(*shop)


def test_every_population_has_a_champion_a_challenger_and_the_rules(trained: dict[str, Trained]) -> None:
    assert set(trained) == set(POPULATIONS)
    for made in trained.values():
        roles = {row["learner"]: row["model_role"] for row in made.rows}
        assert set(roles) == {*LEARNERS, *BASELINES}
        assert sorted(roles[name] for name in LEARNERS) == ["candidate", "challenger", "champion"]
        assert {roles[name] for name in BASELINES} == {"baseline"}
        MODELS.conform(pl.DataFrame(made.rows, schema=MODELS.polars_schema))


def test_models_rank_better_than_chance_on_a_window_that_they_have_not_seen(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], trained: dict[str, Trained]
) -> None:
    connection, plan = shop
    made = trained[EXISTING]
    validation = plan.training[plan.scoring_cutoff][:1]
    judged_on = read_learning(connection, validation, DIVISION).filter(pl.col("population") == EXISTING)
    bought = judged_on["bought"].cast(pl.Float64).to_numpy()
    area = value_of(curve_area(made.champion_before.predict(judged_on), bought), bought.size)
    assert area > 0.62
    assert next(row for row in made.rows if row["model_role"] == CHAMPION)["validation_auc"] == pytest.approx(area)


def test_the_text_in_the_warehouse_is_the_champion(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], trained: dict[str, Trained]
) -> None:
    connection, plan = shop
    made = trained[EXISTING]
    text = next(row["model_text"] for row in made.rows if row["model_role"] == CHAMPION)
    frame = read_matrix(connection, plan.scoring_cutoff, DIVISION, EXISTING)
    assert fitted_from_text(text).predict(frame).tobytes() == made.champion.predict(frame).tobytes()


def test_the_chances_at_the_validation_cutoff_know_nothing_of_its_window(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], trained: dict[str, Trained]
) -> None:
    connection, plan = shop
    validation = plan.training[plan.scoring_cutoff][0]
    frame = read_matrix(connection, validation, DIVISION, EXISTING)
    connection.begin()
    connection.execute(
        "UPDATE whitespace.labels SET bought = hash(customer_id) % 2 = 0 WHERE cutoff_date = ?", [validation]
    )
    try:
        again = train(connection, plan)
    finally:
        connection.rollback()

    def models(made: Trained) -> dict[str, bytes]:
        both = (made.champion_before, made.challenger_before)
        return {model.learner: model.predict(frame).tobytes() for model in both if isinstance(model, Fitted)}

    before, after = models(trained[EXISTING]), models(again[EXISTING])
    shared = before.keys() & after.keys()
    assert shared
    assert all(before[name] == after[name] for name in shared)
    assert trained[EXISTING].champion.predict(frame).tobytes() != again[EXISTING].champion.predict(frame).tobytes()


def test_training_on_a_window_that_ends_later_is_refused(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan],
) -> None:
    connection, plan = shop
    cutoff = plan.scoring_cutoff
    with failing_with("whitespace.window-not-past"):
        train_division(connection, DIVISION, cutoff, [cutoff], plan.window_days)


def test_drift_of_the_base_rate_is_that_of_the_labels(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], trained: dict[str, Trained]
) -> None:
    connection, plan = shop
    latest, *earlier = plan.training[plan.scoring_cutoff]

    def rate(days: list[dt.date]) -> float:
        return float(
            connection.execute(
                "SELECT avg(bought::INT) FROM whitespace.labels WHERE list_contains($1::DATE[], cutoff_date) "
                "AND division = $2 AND population = 'existing'",
                [days, DIVISION],
            ).fetchall()[0][0]
        )

    row = trained[EXISTING].rows[0]
    assert row["latest_base_rate"] == pytest.approx(rate([latest]))
    assert row["training_base_rate"] == pytest.approx(rate(earlier))
    assert row["base_rate_drift"] == pytest.approx(rate([latest]) - rate(earlier))


def test_predictions_are_made_at_the_models_cutoff_and_at_the_validation_cutoff(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], trained: dict[str, Trained]
) -> None:
    connection, plan = shop
    rows = predict_division(connection, DIVISION, plan.scoring_cutoff, trained)
    days = {plan.scoring_cutoff, plan.training[plan.scoring_cutoff][0]}
    assert set(rows["cutoff_date"]) == days
    expected = connection.execute(
        "SELECT count(*) FROM whitespace.features WHERE division = ? AND list_contains(?::DATE[], cutoff_date)",
        [DIVISION, list(days)],
    ).fetchall()[0][0]
    assert rows.height == expected
    assert rows["p_icp"].is_between(0, 1).all()


def test_a_matrix_has_the_orders_in_other_divisions(shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan]) -> None:
    connection, plan = shop
    frame = read_matrix(connection, plan.scoring_cutoff, DIVISION, EXISTING)
    other = read_matrix(connection, plan.scoring_cutoff, DIVISIONS[0], EXISTING).select("customer_id", "decayed_orders")
    both = frame.join(other, on="customer_id", suffix="_there")
    assert both.height
    assert both[f"decayed orders of {DIVISIONS[0]}"].to_list() == both["decayed_orders_there"].to_list()
    assert frame["customer_id"].is_sorted()


def test_features_that_tell_nothing_of_their_own_are_left_out(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan],
) -> None:
    connection, plan = shop
    frame = read_matrix(connection, plan.scoring_cutoff, DIVISION, WHITESPACE)
    kept = features_in(frame)
    assert not [name for name in kept if name.startswith("division_")]
    assert not {"orders_total", "recency_days"} & set(kept)
    assert len({frame[name].to_numpy().tobytes() for name in kept}) == len(kept)
    assert features_in(frame.head(1)) == (FEATURES_OF_A_PAIR[0],)


@pytest.mark.parametrize(("label", "sampled"), [("bought", "without"), ("NOT bought", "with")])
def test_beyond_so_many_pairs_the_larger_kind_is_sampled_and_counts_for_more(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], monkeypatch: pytest.MonkeyPatch, label: str, sampled: str
) -> None:
    connection, plan = shop

    def learnt() -> tuple[pl.DataFrame, pl.DataFrame]:
        """All pairs, and those of the smaller kind."""
        found = read_learning(connection, plan.training[plan.scoring_cutoff], DIVISION)
        pairs = found.filter(pl.col("population") == WHITESPACE)
        return pairs, pairs.filter(pl.col("bought") == (sampled == "without"))

    connection.begin()
    connection.execute(f"UPDATE whitespace.labels SET bought = {label}")
    try:
        every, smaller = learnt()
        monkeypatch.setattr(matrix, "MAX_ROWS", most := 2 * smaller.height + 10)
        few, kept = learnt()
        caveat = train(connection, plan)[WHITESPACE].rows[0]["caveat"]
    finally:
        connection.rollback()
    assert few.height == pytest.approx(most, rel=0.15)
    assert few.height < every.height / 1.3
    assert kept.equals(smaller)
    assert few["weight"].sum() == pytest.approx(every.height, rel=0.15)
    assert f"of those {sampled} a purchase each counts for about" in caveat


class TestLittleToLearnFrom:
    def of_labels(self, shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], bought: str) -> dict[str, Trained]:
        connection, plan = shop
        connection.begin()
        connection.execute(f"UPDATE whitespace.labels SET bought = {bought}")
        try:
            return train(connection, plan)
        finally:
            connection.rollback()

    def test_with_few_purchases_a_rule_takes_the_place_of_a_model_and_says_so(
        self, shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan]
    ) -> None:
        made = self.of_labels(shop, "bought AND hash(customer_id, cutoff_date) % 20 = 0")[EXISTING]
        champion = next(row for row in made.rows if row["model_role"] == CHAMPION)
        assert champion["learner"] in BASELINES
        assert champion["model_text"] is None
        assert champion["training_positives"] < MIN_POSITIVES
        assert f"Fewer than {MIN_POSITIVES}" in champion["caveat"]
        assert len(made.rows) == len(BASELINES)

    def test_purchases_of_so_few_customers_that_none_can_be_kept_aside_are_not_learnt_from(
        self, shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan]
    ) -> None:
        made = self.of_labels(shop, "hash(customer_id) % 5 = 2")[EXISTING]
        assert "a handful of customers" in made.rows[0]["caveat"]

    @pytest.mark.parametrize(("bought", "chance"), [("false", 0.0), ("true", 1.0)])
    def test_one_class_only_gives_its_share_to_everybody(
        self, shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan], bought: str, chance: float
    ) -> None:
        connection, plan = shop
        made = self.of_labels(shop, bought)
        rows = predict_division(connection, DIVISION, plan.scoring_cutoff, made)
        assert rows["p_icp"].unique().to_list() == [chance]

    def test_without_enough_purchases_before_it_the_choice_is_made_over_customers(
        self, shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan]
    ) -> None:
        latest = shop[1].training[shop[1].scoring_cutoff][0]
        made = self.of_labels(shop, f"bought AND cutoff_date >= DATE '{latest}'")[EXISTING]
        assert isinstance(made.champion_before, CrossFitted)
        assert "cross-validation over customers" in made.rows[0]["caveat"]
        assert made.rows[0]["validation_auc"] is not None


def test_a_population_that_died_out_by_the_latest_cutoff_is_judged_on_the_one_before(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan],
) -> None:
    connection, plan = shop
    latest, before, _ = plan.training[plan.scoring_cutoff]
    connection.begin()
    for table in ("features", "labels"):
        connection.execute(
            f"DELETE FROM whitespace.{table} WHERE population = 'whitespace' AND cutoff_date >= ?", [latest]
        )
    try:
        made = train(connection, plan)
        rows = predict_division(connection, DIVISION, plan.scoring_cutoff, made)
    finally:
        connection.rollback()
    assert made[WHITESPACE].validation_cutoff == before
    assert set(rows.filter(pl.col("population") == WHITESPACE)["cutoff_date"]) == {before}


def test_three_customers_and_one_division_do_not_break_it(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    fill_shop(warehouse, customers=3, divisions=1, orders_a_year=6)
    with warehouse.connect() as connection:
        plan = build(connection, Settings(whitespace_training_cutoffs=2))
        made = train(connection, plan, DIVISIONS[0])
        rows = predict_division(connection, DIVISIONS[0], plan.scoring_cutoff, made)
    assert rows.filter(pl.col("cutoff_date") == plan.scoring_cutoff).height in {2, 3}
    assert rows["p_icp"].is_between(0, 1).all()


def test_divisions_with_quotes_braces_and_many_names_are_taken(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    fill_shop(warehouse, customers=40, divisions=3)
    odd = 'O\'Neil "{B}"'
    with warehouse.connect() as connection:
        transactions = FACT_TRANSACTIONS.conform(
            connection.execute(f"SELECT * FROM {FACT_TRANSACTIONS.qualified_name}").pl()
        ).with_columns(pl.col("division").replace(DIVISIONS[1], odd))
        connection.execute(f"DELETE FROM {FACT_TRANSACTIONS.qualified_name}")
        insert(connection, FACT_TRANSACTIONS, transactions)
        plan = build(connection, Settings(whitespace_training_cutoffs=2))
        assert (
            f"decayed orders of {odd}" in read_matrix(connection, plan.scoring_cutoff, DIVISIONS[0], EXISTING).columns
        )
        assert divisions_to_model(connection, plan.scoring_cutoff, [odd.lower()]) == (odd,)
        made = train(connection, plan, odd)
        assert predict_division(connection, odd, plan.scoring_cutoff, made).height


def test_rules_of_a_pair_without_history_are_those_of_the_customer(
    shop: tuple[duckdb.DuckDBPyConnection, CutoffPlan],
) -> None:
    connection, plan = shop
    frame = read_matrix(connection, plan.scoring_cutoff, DIVISION, WHITESPACE)
    scores = rule_scores(frame)
    assert scores["recency"].to_list() == (-frame["customer_recency_days"].fill_null(NEVER_DAYS)).to_list()
    assert scores["frequency"].to_list() == frame["customer_orders_total"].to_list()
    assert scores["popularity"].n_unique() == 1


def recency_frame(recency: FloatArray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "population": [EXISTING] * recency.size,
            "recency_days": recency,
            "customer_recency_days": recency,
            "orders_total": 1.0,
            "customer_orders_total": 1.0,
            "division_buyer_share_12m": 0.5,
        }
    )


def test_the_chances_of_a_rule_are_true_and_tell_apart_whom_the_rule_tells_apart() -> None:
    random = np.random.default_rng(4)
    recency = np.round(1_000 - 150 * random.normal(size=40_000), 3)
    true = logistic(-3 + 1.2 * (1_000 - recency) / 150)
    bought = (random.random(40_000) < true).astype(float)
    frame = recency_frame(recency)
    rule = RuleChances.fit(RECENCY, frame, bought, np.ones(40_000))
    chance = rule.predict(frame)
    assert rule.intercept == pytest.approx(-3, abs=0.1)
    assert rule.slope == pytest.approx(1.2, abs=0.05)
    assert np.abs(chance - true).mean() < 0.005
    assert np.abs(chance - true).max() < 0.06
    order = np.argsort(recency)
    assert (np.diff(chance[order]) <= 0).all()
    assert np.unique(chance).size > 0.99 * np.unique(recency).size
    doubled = RuleChances.fit(RECENCY, frame[:100], bought[:100], np.full(100, 2.0))
    twice = RuleChances.fit(RECENCY, pl.concat([frame[:100]] * 2), np.tile(bought[:100], 2), np.ones(200))
    assert doubled.slope == pytest.approx(twice.slope)
    assert json.loads(json.dumps(rule.to_plain()))["slope"] == rule.slope


def test_a_rule_that_says_nothing_or_the_contrary_gives_everybody_the_same_chance() -> None:
    frame = recency_frame(np.arange(200.0))
    late = (np.arange(200) > 150).astype(float)
    assert RuleChances.fit(RECENCY, frame, late, np.ones(200)).predict(frame) == pytest.approx(np.full(200, 0.245))
    for everybody in (0.0, 1.0):
        found = RuleChances.fit(RECENCY, frame, np.full(200, everybody), np.ones(200))
        assert found.predict(frame) == pytest.approx(np.full(200, everybody))
    handful = RuleChances.fit(RECENCY, frame, (np.arange(200) < 2).astype(float), np.ones(200))
    assert handful.predict(frame).max() < 0.4, "two purchases by the first two prove little"
    nobody = RuleChances.fit(RECENCY, frame[:0], np.zeros(0), np.zeros(0))
    assert (nobody.predict(frame) == 0).all()

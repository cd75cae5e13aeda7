"""The hold-out in real runs: measured, shown, judged by checks that can fail, and never invented."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, read_plan, record_cutoffs
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.holdout.assets import HOLDOUT_ASSETS
from synthdeal_assets.whitespace.holdout.checks import HOLDOUT_CHECKS, LATER_AND_COVERED, WAYS_OF_BUYING
from synthdeal_assets.whitespace.holdout.drift import measure_drift
from synthdeal_assets.whitespace.holdout.judged_pairs import HoldoutPairs, read_holdout
from synthdeal_assets.whitespace.holdout.verdicts import ways_of_buying
from synthdeal_assets.whitespace.tables import (
    DRIFT,
    HOLDOUT_CURVES,
    HOLDOUT_METRICS,
    LABELS,
    MODELS,
    PREDICTIONS,
    WHITESPACE_LIST,
)
from synthdeal_assets.whitespace.vocabulary import ALL_DIVISIONS, CHAMPION, POPULATIONS
from synthdeal_assets_tests.whitespace.shop import fill_shop

pytestmark = pytest.mark.slow

LARGEST_INLINE = 1_000
"""Characters of Markdown that the UI shows without a click."""

PREDICT = """
    SELECT ? AS model_cutoff, cutoff_date, customer_id, division, population,
        1 - exp(-0.5 * if(population = 'existing', decayed_orders, 0.15 * customer_decayed_orders)) AS p_icp,
        1 - exp(-0.5 * if(population = 'existing', orders_12m, 0.15 * customer_orders_12m)) AS p_challenger,
        -coalesce(recency_days, 5000 + customer_recency_days, 9999) AS recency_score,
        customer_orders_total AS frequency_score,
        division_owner_share AS popularity_score
    FROM whitespace.features
    WHERE cutoff_date IN ?
"""
"""A model in a line: chances from what was bought lately."""


class Shop:
    """A warehouse with everything that the hold-out is measured from."""

    def __init__(self, home: Path, *, window_days: int | None = None, **shop: int) -> None:
        self.settings = Settings(home=home, whitespace_training_cutoffs=2, whitespace_window_days=window_days)
        self.warehouse = Warehouse.of(self.settings)
        fill_shop(self.warehouse, **shop)
        with self.warehouse.connect() as connection:
            self.plan = read_plan(connection, self.settings)
            record_cutoffs(connection, self.plan, self.plan.cutoffs)
            for table in (PREDICTIONS, MODELS, WHITESPACE_LIST, LABELS):
                create(connection, table)
            test = self.plan.test_cutoff
            if test is None:
                return
            learnt = self.plan.training[test]
            for cutoff in self.plan.cutoffs:
                build_features(connection, cutoff)
                build_labels(connection, cutoff, self.plan.window_days, for_validation=cutoff == test)
            predicted = connection.execute(PREDICT, [test, [test, learnt[0]]]).pl()
            insert(connection, PREDICTIONS, predicted)
            insert(connection, MODELS, models(self.plan))

    def run(self) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            [*HOLDOUT_ASSETS, *HOLDOUT_CHECKS], resources={"warehouse": self.warehouse, "settings": self.settings}
        )


def models(plan: CutoffPlan) -> pl.DataFrame:
    assert plan.test_cutoff is not None
    known = {
        "model_cutoff": plan.test_cutoff,
        "division": "Backup",
        "population": POPULATIONS[0],
        "learner": "lightgbm",
        "model_role": CHAMPION,
        "training_cutoffs": ", ".join(map(str, plan.training[plan.test_cutoff])),
        "training_rows": 100,
        "training_positives": 60,
        "calibration": "none",
        "parameters": "{}",
        "importances": "{}",
        "caveat": "Made up for a test.",
    }
    return pl.DataFrame([{name: known.get(name) for name in MODELS.polars_schema}], schema=MODELS.polars_schema)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("holdout"), customers=400, days=900)


@pytest.fixture(scope="module")
def result(shop: Shop) -> dg.ExecuteInProcessResult:
    return shop.run()


def metadata_of(result: dg.ExecuteInProcessResult, name: str) -> Mapping[str, Any]:
    events = result.asset_materializations_for_node("whitespace__holdout")
    return next(each.metadata for each in events if each.asset_key.path[-1] == name)


def evaluations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        each.check_name: each
        for each in result.get_asset_check_evaluations()
        if each.asset_key.path[-1] == "holdout_metrics" or each.check_name == WAYS_OF_BUYING
    }


def test_both_populations_are_measured_with_intervals_truth_curves_and_drift(
    shop: Shop, result: dg.ExecuteInProcessResult
) -> None:
    metrics = shop.warehouse.read_table(HOLDOUT_METRICS)
    champion = metrics.filter(pl.col("ranker") == CHAMPION, pl.col("division") == ALL_DIVISIONS)
    for population in POPULATIONS:
        found = {row["measure"]: row for row in champion.filter(population=population).to_dicts()}
        assert found["auc"]["low"] < found["auc"]["value"] < found["auc"]["high"]
        assert found["truth_rank_correlation"]["value"] > 0
    assert metrics.filter(pl.col("caveat").str.contains("Made up for a test."))["division"].unique().to_list() == [
        "Backup"
    ]
    assert set(shop.warehouse.read_table(HOLDOUT_CURVES)["curve"]) == {"gains", "calibration"}
    assert set(shop.warehouse.read_table(DRIFT)["population"]) == set(POPULATIONS)


def test_reps_who_came_after_the_cutoff_have_no_part_in_how_many_pairs_could_be_worked_on(shop: Shop) -> None:
    with shop.warehouse.connect() as connection:
        connection.execute("BEGIN")
        before = read_holdout(connection, shop.plan)
        connection.execute(
            "UPDATE sales.fact_transactions SET rep = 'new rep ' || customer_id WHERE order_date > ?",
            [shop.plan.test_cutoff],
        )
        connection.execute("UPDATE sales.customers SET rep = 'new rep ' || customer_id")
        after = read_holdout(connection, shop.plan)
        connection.rollback()
    assert isinstance(before, HoldoutPairs)
    assert isinstance(after, HoldoutPairs)
    assert 1 < before.reps == after.reps


def test_a_pair_is_judged_in_the_population_that_its_label_says(shop: Shop, result: dg.ExecuteInProcessResult) -> None:
    metrics = shop.warehouse.read_table(HOLDOUT_METRICS).filter(measure="base_rate")
    counted = shop.warehouse.read(
        "SELECT division, population, count(*) AS pairs, count(*) FILTER (bought) AS positives FROM whitespace.labels "
        f"WHERE cutoff_date = '{shop.plan.test_cutoff}' GROUP BY ALL"
    )
    both = metrics.join(counted, on=["division", "population"], suffix="_counted")
    assert both.height == counted.height == 6
    assert both["pairs"].equals(both["pairs_counted"])
    assert both["positives"].equals(both["positives_counted"])


def test_the_ui_shows_sentences_small_tables_and_charts(result: dg.ExecuteInProcessResult) -> None:
    shown = metadata_of(result, "holdout_metrics")
    assert shown["existing"].value.startswith("Existing customers: AUC 0.")
    assert shown["whitespace"].value.startswith("Whitespace: AUC 0.")
    for name in ("measures, existing", "measures, whitespace"):
        assert len(shown[name].value) < LARGEST_INLINE
    assert "champion" in shown["measures, existing"].value
    assert f"AUC {shown['AUC, existing'].value:.3f} (" in shown["existing"].value
    charts = metadata_of(result, "holdout_curves")
    for name in ("buyers found", "do the chances come true"):
        for population in POPULATIONS:
            assert charts[f"{name}, {population}"].value.startswith(
                f"![{name}, {population}, champion](data:image/png;base64,"
            )
    moved = metadata_of(result, "drift")["moved most, existing"].value
    assert len(moved) < LARGEST_INLINE
    assert "`division " not in moved


def test_checks_say_which_promises_are_kept_and_by_how_much(result: dg.ExecuteInProcessResult) -> None:
    found = evaluations(result)
    assert found[LATER_AND_COVERED.name].passed
    gates = found["existing_customers_meet_the_gates"]
    assert gates.passed == ("all gates met" in str(gates.description))
    assert gates.severity is dg.AssetCheckSeverity.WARN
    assert "(" in str(found["champion_beats_the_rules"].description)
    derived = [found[name] for name in ("keys_are_unique", "numbers_are_in_range", "only_picklist_values")]
    assert all(each.passed for each in derived)


BREAKS = {
    "not covered": "UPDATE whitespace.cutoffs SET is_censored = true",
    "learnt from too late": "UPDATE whitespace.models SET training_cutoffs = model_cutoff::VARCHAR",
    "labels of other sales": "UPDATE whitespace.labels SET net_amount = net_amount + 1 WHERE bought",
    "another population": "UPDATE whitespace.predictions SET population = 'existing'",
    "a pair not judged": "DELETE FROM whitespace.predictions WHERE customer_id = 'C0001'",
}


@pytest.mark.parametrize("sql", BREAKS.values(), ids=BREAKS)
def test_a_hold_out_that_is_none_is_an_error(shop: Shop, result: dg.ExecuteInProcessResult, sql: str) -> None:
    with shop.warehouse.connect() as connection:
        assert violations(connection, LATER_AND_COVERED) == []
        connection.begin()
        connection.execute(sql)
        found = violations(connection, LATER_AND_COVERED)
        connection.rollback()
    assert len(found) == 1


SHIFTS = {
    "prices": ("UPDATE sales.fact_transactions SET amount = 3 * amount WHERE order_date > ?::DATE - 91", "came to"),
    "a division that dies": (
        "DELETE FROM sales.fact_transactions WHERE division = 'Backup' AND order_date > ?::DATE - 91",
        "share that bought within the last 91 days Backup 0.0%",
    ),
}


def test_a_steady_business_raises_no_alarm_and_one_that_changed_says_what_moved_and_what_to_do(
    shop: Shop, result: dg.ExecuteInProcessResult
) -> None:
    steady = evaluations(result)[WAYS_OF_BUYING]
    assert steady.passed
    assert str(steady.description).startswith("How customers buy has not changed")
    used_at = shop.plan.scoring_cutoff
    for shift, said in SHIFTS.values():
        with shop.warehouse.connect() as connection:
            connection.begin()
            connection.execute(shift, [used_at])
            build_features(connection, used_at)
            verdict = ways_of_buying(measure_drift(connection, shop.plan))
            connection.rollback()
        assert not verdict.kept
        assert f"At {used_at}, customers of a division: " in verdict.sentence
        assert said in verdict.sentence
        assert "Check whether the log is complete" in verdict.sentence


def test_a_champion_that_knows_nothing_fails_every_promise(tmp_path: Path) -> None:
    shop = Shop(tmp_path, customers=150, divisions=2, days=900)
    with shop.warehouse.connect() as connection:
        connection.execute(
            "UPDATE whitespace.predictions SET p_icp = 0.9 + 0.0001 * (hash(customer_id) % 1000)::DOUBLE"
        )
        connection.execute(
            f"UPDATE whitespace.predictions SET p_icp = 0.1 * p_icp WHERE cutoff_date = '{shop.plan.test_cutoff}'"
        )
    found = evaluations(shop.run())
    for name in ("existing_customers_meet_the_gates", "champion_beats_the_rules"):
        assert not found[name].passed
        assert found[name].severity is dg.AssetCheckSeverity.WARN
    gates = found["existing_customers_meet_the_gates"]
    assert "not met: AUC (at least 0.70)" in str(gates.description)
    assert "auc" in str(gates.metadata["not met"].value)


def test_without_a_window_to_judge_on_there_is_nothing_and_nothing_is_shown_as_passed(tmp_path: Path) -> None:
    shop = Shop(tmp_path, customers=60, divisions=2, days=300, window_days=180)
    assert shop.plan.test_cutoff is None
    result = shop.run()
    shown = metadata_of(result, "holdout_metrics")
    assert "No window of 180 days covered by the data" in str(shown["nothing to judge"].value)
    assert shop.warehouse.read_table(HOLDOUT_METRICS).is_empty()
    found = evaluations(result)
    for name in (
        LATER_AND_COVERED.name,
        "existing_customers_meet_the_gates",
        "whitespace_pairs_meet_the_gates",
        "champion_beats_the_rules",
        WAYS_OF_BUYING,
    ):
        assert not found[name].passed
        assert found[name].severity is dg.AssetCheckSeverity.WARN


def test_before_anything_was_predicted_it_is_said_what_is_missing(
    shop: Shop, result: dg.ExecuteInProcessResult
) -> None:
    with shop.warehouse.connect() as connection:
        connection.begin()
        connection.execute("DELETE FROM whitespace.predictions")
        said = read_holdout(connection, shop.plan)
        connection.rollback()
    assert (
        said == f"whitespace.predictions has no row for the cutoff {shop.plan.test_cutoff} yet: materialise it first."
    )

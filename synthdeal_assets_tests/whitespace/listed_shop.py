"""A shop with models and chances of its own, for the tests of the list: quick, and without the training.

The last division's champion is a rule, and the chances of all of them are those of a regression that learnt from one
window. What models are chosen and how belongs in the tests of `training.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert, query_frame, recreate
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, count_positives, read_plan, record_cutoffs
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.models.learners import Fitted, Regression, fitted_to_text
from synthdeal_assets.whitespace.models.matrix import features_in, read_matrix
from synthdeal_assets.whitespace.models.samples import TrainingSample
from synthdeal_assets.whitespace.tables import MODELS, PREDICTIONS
from synthdeal_assets.whitespace.vocabulary import CHAMPION, FREQUENCY, POPULATIONS, REGRESSION
from synthdeal_assets_tests.whitespace.shop import fill_shop

RULE_CAVEAT = "Ranked by a rule."


@dataclass(frozen=True)
class ListedShop:
    """A warehouse with chances at each cutoff that models are used at, and at their validation cutoffs."""

    warehouse: Warehouse
    plan: CutoffPlan
    settings: Settings
    divisions: tuple[str, ...]

    @property
    def rule_division(self) -> str:
        """The division whose champion is a rule."""
        return self.divisions[-1]


def fill_listed_shop(
    warehouse: Warehouse, *, customers: int = 240, divisions: int = 3, training_cutoffs: int = 2
) -> ListedShop:
    """Put a shop with features, labels, models and predictions into the warehouse."""
    fill_shop(warehouse, customers=customers, divisions=divisions, orders_a_year=1.5)
    settings = Settings(whitespace_training_cutoffs=training_cutoffs)
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings)
        for cutoff in plan.cutoffs:
            build_features(connection, cutoff)
            build_labels(connection, cutoff, plan.window_days)
        record_cutoffs(connection, plan, plan.cutoffs)
        count_positives(connection)
        names = tuple(
            query_frame(connection, "SELECT DISTINCT division FROM whitespace.features ORDER BY 1")["division"]
        )
        recreate(connection, MODELS)
        recreate(connection, PREDICTIONS)
        for model_cutoff, learnt_from in plan.training.items():
            for division in names:
                for population in POPULATIONS:
                    fitted = _fitted(connection, learnt_from[-1], division, population)
                    is_rule = division == names[-1]
                    _write_model(connection, fitted, (model_cutoff, division, population), is_rule=is_rule)
                    for cutoff in (model_cutoff, learnt_from[0]):
                        _predict(connection, fitted, (model_cutoff, cutoff, division, population))
    return ListedShop(warehouse, plan, settings, names)


def _fitted(connection: duckdb.DuckDBPyConnection, cutoff: dt.date, division: str, population: str) -> Fitted:
    frame = read_matrix(connection, cutoff, division, population)
    labels = query_frame(
        connection,
        "SELECT customer_id, bought FROM whitespace.labels WHERE cutoff_date = $cutoff AND division = $division",
        {"cutoff": cutoff, "division": division},
    )
    bought = frame.join(labels, on="customer_id", maintain_order="left")["bought"].cast(pl.Float64).to_numpy()
    features = features_in(frame)
    values = frame.select(pl.col(features).cast(pl.Float64)).to_numpy()
    fold = frame["fold"].to_numpy()
    if not 0 < bought.sum() < bought.size:
        values, bought, fold = np.zeros((2, len(features))), np.array([0.0, 1.0]), np.zeros(2, np.int64)
    part = Regression.fit(TrainingSample(values, bought, np.ones(bought.size), fold))
    return Fitted(REGRESSION, features, (part,))


def _write_model(
    connection: duckdb.DuckDBPyConnection, fitted: Fitted, key: tuple[dt.date, str, str], *, is_rule: bool
) -> None:
    model_cutoff, division, population = key
    row = {
        **dict.fromkeys(MODELS.polars_schema),
        "model_cutoff": model_cutoff,
        "division": division,
        "population": population,
        "learner": FREQUENCY if is_rule else REGRESSION,
        "model_role": CHAMPION,
        "training_cutoffs": "one",
        "training_rows": 100,
        "training_positives": 12,
        "calibration": "none",
        "parameters": "{}",
        "importances": "{}",
        "model_text": None if is_rule else fitted_to_text(fitted),
        "caveat": RULE_CAVEAT if is_rule else None,
    }
    insert(connection, MODELS, pl.DataFrame([row], schema=MODELS.polars_schema))


def _predict(connection: duckdb.DuckDBPyConnection, fitted: Fitted, key: tuple[dt.date, dt.date, str, str]) -> None:
    model_cutoff, cutoff, division, population = key
    frame = read_matrix(connection, cutoff, division, population)
    chances = pl.Series(fitted.predict(frame), dtype=pl.Float64)
    rows = frame.select(
        "customer_id",
        "population",
        model_cutoff=pl.lit(model_cutoff),
        cutoff_date=pl.lit(cutoff),
        division=pl.lit(division),
        p_icp=chances,
        p_challenger=chances / 2,
        recency_score=-pl.col("customer_recency_days").fill_null(9_999).cast(pl.Float64),
        frequency_score=pl.col("customer_orders_total").cast(pl.Float64),
        popularity_score=pl.col("division_owner_share").cast(pl.Float64),
    )
    insert(connection, PREDICTIONS, rows)

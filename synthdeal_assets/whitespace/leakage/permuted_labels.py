"""The canary of models: one that learns from permuted labels must know nothing of what is bought later.

The other canaries belong in `leaks.py`; this one stands apart because learners take seconds to import.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, curve_area, value_of
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.whitespace.models.learners import Regression, values_of
from synthdeal_assets.whitespace.models.matrix import features_in, read_learning, read_matrix
from synthdeal_assets.whitespace.models.samples import TrainingSample
from synthdeal_assets.whitespace.tables import LABELS, MODELS
from synthdeal_assets.whitespace.vocabulary import MIN_POSITIVES

PERMUTATIONS: Final = 8
MAX_PAIRS: Final = 3_000
"""Pairs that are learnt from: few are enough to show a leak, and a fit takes a tenth of a second."""
STANDARD_ERRORS: Final = 4.0
"""How far from 0.5 chance alone may lead; it does once in thousands of times."""
SEED: Final = 7

Permute = Callable[[FloatArray, np.random.Generator], FloatArray]


@dataclass(frozen=True, slots=True)
class Blind:
    """How models that learnt from permuted labels rank what was bought later.

    Attributes:
        model_cutoff: The cutoff that is judged at.
        division: The division with the most purchases to learn from.
        population: The population.
        auc: Mean over the permutations.
        standard_error: Of that mean: how much permutations differ, and how few the purchases are.
        true_auc: What the same learner reaches with the labels as they were.
    """

    model_cutoff: dt.date
    division: str
    population: str
    auc: float
    standard_error: float
    true_auc: float

    @property
    def is_blind(self) -> bool:
        """Whether it is as good as chance."""
        return abs(self.auc - 0.5) <= STANDARD_ERRORS * self.standard_error


@on_one_thread()
def learn_from_permuted(
    connection: duckdb.DuckDBPyConnection, permute: Permute = lambda bought, random: random.permutation(bought)
) -> list[Blind]:
    """Fit the regression on permuted labels, and judge it on the true ones of the cutoff the models are used at.

    A permutation is one within division, population and training cutoff. A fit on noise leans some way, and what leans
    like recency ranks well or badly by luck, so the mean over permutations is what must be 0.5.

    Args:
        connection: Where features, labels and models are.
        permute: What is done to the labels; another one shows what a leak would look like.

    Returns:
        One for each population that has enough purchases on both sides; none without models or labels.
    """
    if not all(table_exists(connection, table) for table in (LABELS, MODELS)):
        return []
    found = []
    for model_cutoff, division, population, training_cutoffs in query_frame(
        connection, statement(__package__, "permuted_divisions.sql"), {"fewest": MIN_POSITIVES}
    ).iter_rows():
        days = [dt.date.fromisoformat(day) for day in training_cutoffs.split(", ")]
        learnt = read_learning(connection, days, division).filter(pl.col("population") == population)
        learnt = learnt.gather_every(math.ceil(learnt.height / MAX_PAIRS))
        judged = read_matrix(connection, model_cutoff, division, population)
        outcome = query_frame(
            connection,
            f"SELECT customer_id, bought FROM {LABELS.qualified_name} WHERE cutoff_date = ? AND division = ? "
            "AND population = ? ORDER BY customer_id",
            [model_cutoff, division, population],
        )
        judged = judged.join(outcome, on="customer_id", how="left", maintain_order="left")
        found.append(_blind(learnt, judged, (model_cutoff, division, population), permute))
    return found


def _blind(learnt: pl.DataFrame, judged: pl.DataFrame, of: tuple[dt.date, str, str], permute: Permute) -> Blind:
    features = features_in(learnt)
    bought = learnt["bought"].cast(pl.Float64).to_numpy()
    won = judged["bought"].cast(pl.Float64).to_numpy()
    values, judged_values = values_of(learnt, features), values_of(judged, features)
    fold = learnt["fold"].to_numpy()
    weight = learnt["weight"].cast(pl.Float64).to_numpy()

    def reached(labels: FloatArray) -> float:
        log_odds = Regression.fit(TrainingSample(values, labels, weight, fold)).log_odds(judged_values)
        return value_of(curve_area(log_odds, won), won.size)

    random = np.random.Generator(np.random.Philox(key=SEED))
    of_window = [np.flatnonzero(learnt["cutoff_date"] == day) for day in learnt["cutoff_date"].unique().sort()]
    areas = []
    for _ in range(PERMUTATIONS):
        labels = bought.copy()
        for rows in of_window:
            labels[rows] = permute(bought[rows], random)
        areas.append(reached(labels))
    # Hanley and McNeil (1982), for a score that knows nothing.
    of_sample = (won.size + 1) / (12 * won.sum() * (won.size - won.sum()))
    error = math.sqrt(float(np.var(areas, ddof=1)) / PERMUTATIONS + of_sample)
    return Blind(*of, float(np.mean(areas)), error, reached(bought))

"""The challenger of the blended score: a logistic regression over the same parts that learns its weights.

It learns at the cutoff on which the models were chosen: the chances there come from models that had not seen its
window, and the window had ended by the cutoff of the list. The blend of fixed weights belongs in `listing.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, logit
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.settings import WHITESPACE_PARTS
from synthdeal_assets.whitespace.ranked_list.score_components import read_parts
from synthdeal_assets.whitespace.vocabulary import MIN_POSITIVES

INVERSE_REGULARISATION: Final = 1.0
DECIMALS: Final = 9


@dataclass(frozen=True, slots=True)
class Stacker:
    """What was learnt.

    Attributes:
        weights: Log-odds for one more of each column of `_matrix`.
        bias: Log-odds where all are 0.
        learnt_at: The cutoff it learnt at.
        positives: Purchases it learnt from.
    """

    weights: FloatArray
    bias: float
    learnt_at: dt.date
    positives: int

    def scores(self, pairs: pl.DataFrame) -> pl.Series:
        """The chance it gives each pair, 0 to 1."""
        return pl.Series(1 / (1 + np.exp(-(_matrix(pairs) @ self.weights + self.bias)))).round(DECIMALS)


def learn_stacker(connection: duckdb.DuckDBPyConnection, model_cutoff: dt.date) -> Stacker | str:
    """The challenger for a list, or a sentence on why there is none.

    Args:
        connection: With predictions at the validation cutoff, and labels.
        model_cutoff: The cutoff of the list and of its models; no label window that is learnt from ends later.
    """
    found = query_frame(
        connection, statement(__package__, "list_validation_cutoff.sql"), {"model_cutoff": model_cutoff}
    )["cutoff_date"].max()
    if not isinstance(found, dt.date):
        return "No earlier cutoff was predicted at by models that had not seen its window"
    labels = query_frame(
        connection,
        "SELECT customer_id, division, bought FROM whitespace.labels "
        "WHERE cutoff_date = $cutoff AND population = 'whitespace'",
        {"cutoff": found},
    )
    pairs = read_parts(connection, found, model_cutoff).pairs.join(
        labels, on=["customer_id", "division"], how="inner", maintain_order="left"
    )
    bought = pairs["bought"].to_numpy()
    positives = int(bought.sum())
    if positives < MIN_POSITIVES or positives == bought.size:
        return f"{positives} purchases in the window after {found} are too few to learn from"
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=1_000).fit(_matrix(pairs), bought)
    return Stacker(model.coef_[0].astype(np.float64), float(model.intercept_[0]), found, positives)


def _matrix(pairs: pl.DataFrame) -> FloatArray:
    """The chance as log-odds, and every part as the share of the list that is beaten, from -1 to 1."""
    shares = [1 - 2 * (2.0 * pairs.height) ** -pairs[f"{part}_part"].to_numpy() for part in WHITESPACE_PARTS]
    return np.column_stack([logit(pairs["p_icp"].to_numpy()), *shares])

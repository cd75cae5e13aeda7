"""The chosen models as they stand in the warehouse: read back, so that they can say what they counted.

Models are made and written in `training.py`; their words are in `reasons.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.whitespace.models.learners import Fitted, fitted_from_text
from synthdeal_assets.whitespace.vocabulary import CHAMPION


@dataclass(frozen=True, slots=True)
class Champion:
    """The model, or rule, that gives the chances of a division and a population.

    Attributes:
        learner: What it is.
        fitted: The model; None for a rule.
        caveat: What a reader must know; None when nothing.
    """

    learner: str
    fitted: Fitted | None
    caveat: str | None


def read_champions(
    connection: duckdb.DuckDBPyConnection, model_cutoff: dt.date, population: str
) -> dict[str, Champion]:
    """The champion of each division, by the division's name."""
    rows = query_frame(
        connection,
        "SELECT division, learner, model_text, caveat FROM whitespace.models "
        "WHERE model_cutoff = $model_cutoff AND population = $population AND model_role = $role ORDER BY division",
        {"model_cutoff": model_cutoff, "population": population, "role": CHAMPION},
    )
    return {
        row["division"]: Champion(
            row["learner"],
            None if row["model_text"] is None else fitted_from_text(row["model_text"]),
            row["caveat"],
        )
        for row in rows.iter_rows(named=True)
    }


def rule_in_words(champion: Champion) -> str | None:
    """Says that a rule gives the chance; None for a model. The caveat says why."""
    return None if champion.fitted is not None else f"By the rule {champion.learner}, not by a model."

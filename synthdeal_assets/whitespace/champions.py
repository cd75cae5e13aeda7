"""The chosen models as they stand in the warehouse: read back, so that they can say what they counted.

Models are made and written in `training.py`; their words are in `reasons.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from synthdeal_assets.foundation.warehouse import query_frame
from synthdeal_assets.whitespace.learners import Fitted, fitted_from_text
from synthdeal_assets.whitespace.tables import CHAMPION


@dataclass(frozen=True, slots=True)
class Champion:
    """The model, or rule, that gives the chances of a division and a population.

    Attributes:
        learner: What it is.
        fitted: The model; None for a rule.
        sentence: Says that there is no model; None when there is one.
        caveat: What a reader must know; None when nothing.
    """

    learner: str
    fitted: Fitted | None
    sentence: str | None
    caveat: str | None


def read_champions(
    connection: duckdb.DuckDBPyConnection, model_cutoff: dt.date, population: str
) -> dict[str, Champion]:
    """The champion of each division, by the division's name."""
    rows = query_frame(
        connection,
        "SELECT division, learner, training_positives, model_text, caveat FROM whitespace.models "
        "WHERE model_cutoff = $model_cutoff AND population = $population AND model_role = $role ORDER BY division",
        {"model_cutoff": model_cutoff, "population": population, "role": CHAMPION},
    )
    return {
        row["division"]: Champion(
            row["learner"],
            None if row["model_text"] is None else fitted_from_text(row["model_text"]),
            None
            if row["model_text"] is not None
            else f"No model: {row['training_positives']:,} purchases are too few to learn from, so the chance is that "
            f"of the rule {row['learner']}.",
            row["caveat"],
        )
        for row in rows.iter_rows(named=True)
    }

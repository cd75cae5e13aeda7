"""How MLflow loads a model of this room: `mlflow.pyfunc.load_model("models:/synthdeal-whitespace-...@champion")`.

MLflow finds this module by its name and hands it the folder of the model. What it returns takes a pandas frame with
the columns of `matrix.py` and gives one chance a row. What is written into that folder belongs in `tracking.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.whitespace.models.learners import Fitted, fitted_from_text

MODEL_FILE: Final = "model.json"


class ServedModel:
    """The champions of both populations of a division."""

    def __init__(self, champions: dict[str, Fitted]) -> None:
        """Keep the champion of each population that has a model."""
        self.champions = champions

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> FloatArray:  # noqa: ARG002
        """The chance of each row to buy in the window; NaN where its population has a rule and no model.

        Args:
            model_input: A pandas frame with the features and the column population.
            params: Not used; MLflow passes it.
        """
        frame = pl.DataFrame({name: np.asarray(model_input[name]) for name in model_input.columns})
        found = np.full(frame.height, np.nan)
        for population, fitted in self.champions.items():
            rows = (frame["population"] == population).to_numpy()
            if rows.any():
                found[rows] = fitted.predict(frame.filter(pl.Series(rows)))
        return found


def _load_pyfunc(path: str) -> ServedModel:
    """What MLflow calls, with the folder or the file that holds the models."""
    place = Path(path)
    text = (place / MODEL_FILE if place.is_dir() else place).read_text(encoding="utf-8")
    return ServedModel({population: fitted_from_text(model) for population, model in json.loads(text).items()})

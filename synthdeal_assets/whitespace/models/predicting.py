"""Chances and rules for every pair of a division, at the cutoff of its models and at their validation cutoff.

At the validation cutoff they come from models that know nothing later, so that they can be judged there before the
window after the model cutoff has passed. How models are made belongs in `training.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.whitespace.models.matrix import read_matrix
from synthdeal_assets.whitespace.models.rules import rule_scores
from synthdeal_assets.whitespace.models.training import Predictor, Trained
from synthdeal_assets.whitespace.tables import PREDICTIONS
from synthdeal_assets.whitespace.vocabulary import FREQUENCY, POPULARITY, RECENCY


def divisions_to_model(
    connection: duckdb.DuckDBPyConnection, model_cutoff: dt.date, chosen: Sequence[str] | None
) -> tuple[str, ...]:
    """The divisions that are known at a cutoff, or the chosen ones of them; capitals do not matter.

    A chosen one may be missing: at the earlier cutoff that the method is judged at it had sold nothing yet.

    Raises:
        SynthDealError: There are no features at the cutoff.
    """
    known = query_frame(
        connection,
        "SELECT DISTINCT division FROM whitespace.features WHERE cutoff_date = ? ORDER BY division",
        [model_cutoff],
    )["division"].to_list()
    if not known:
        raise SynthDealError(
            f"There are no features at the cutoff {model_cutoff}: run `synthdeal whitespace run`.",
            code="whitespace.no-features",
        )
    if chosen is None:
        return tuple(known)
    wanted = {name.casefold() for name in chosen}
    return tuple(name for name in known if name.casefold() in wanted)


def cutoffs_that_stay(models: pl.DataFrame, training: Mapping[dt.date, Sequence[dt.date]]) -> list[dt.date]:
    """Where stored models may stay beside new ones of other divisions: where they learnt as is planned now.

    After a change of the window or of the number of training cutoffs, chances would be of another window, or nobody
    could say any more what the models learnt from.

    Args:
        models: Rows of whitespace.models.
        training: For each cutoff that models are used at, the cutoffs they learn from, newest first.
    """
    stay = []
    for model_cutoff, learnt_from in training.items():
        rows = models.filter(pl.col("model_cutoff") == model_cutoff)
        known = {dt.date.fromisoformat(day) for text in rows["training_cutoffs"] for day in text.split(", ") if day}
        known |= set(rows["validation_cutoff"].drop_nulls())
        if known and max(known) == learnt_from[0] and known <= set(learnt_from):
            stay.append(model_cutoff)
    return stay


def predict_division(
    connection: duckdb.DuckDBPyConnection, division: str, model_cutoff: dt.date, trained: dict[str, Trained]
) -> pl.DataFrame:
    """Rows of whitespace.predictions of a division.

    Args:
        connection: Where features are.
        division: The division.
        model_cutoff: The cutoff the models are used at.
        trained: What was made for each population.
    """
    found = [PREDICTIONS.empty()]
    for population, made in trained.items():
        at: list[tuple[dt.date, Predictor, Predictor]] = [(model_cutoff, made.champion, made.challenger)]
        if made.validation_cutoff is not None:
            at.append((made.validation_cutoff, made.champion_before, made.challenger_before))
        for cutoff, champion, challenger in at:
            frame = read_matrix(connection, cutoff, division, population)
            scores = rule_scores(frame)
            found.append(
                PREDICTIONS.conform(
                    frame.select("cutoff_date", "customer_id", "population").with_columns(
                        model_cutoff=pl.lit(model_cutoff),
                        division=pl.lit(division),
                        p_icp=pl.Series(champion.predict(frame), dtype=pl.Float64),
                        p_challenger=pl.Series(challenger.predict(frame), dtype=pl.Float64),
                        recency_score=scores[RECENCY],
                        frequency_score=scores[FREQUENCY],
                        popularity_score=scores[POPULARITY],
                    )
                )
            )
    return pl.concat(found)

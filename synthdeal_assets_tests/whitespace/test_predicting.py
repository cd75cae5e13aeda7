"""Which stored models may stay beside new ones of other divisions."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from synthdeal_assets.whitespace.models.predicting import cutoffs_that_stay

USED_AT = dt.date(2024, 12, 31)
EARLIER = dt.date(2024, 7, 4)


def day(days_before: int) -> dt.date:
    return USED_AT - dt.timedelta(days=days_before)


def stored(*training_days: int, validated: int | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model_cutoff": [USED_AT, USED_AT],
            "training_cutoffs": [", ".join(str(day(days)) for days in training_days), ""],
            "validation_cutoff": [None if validated is None else day(validated), None],
        },
        schema_overrides={"validation_cutoff": pl.Date()},
    )


@pytest.mark.parametrize(
    ("models", "planned", "stays"),
    [
        (stored(180, 360), (180, 360), True),
        (stored(360, validated=180), (180, 360), True),
        (stored(180), (180, 360), True),
        (stored(180, 360), (180,), False),
        (stored(180, 360), (90, 180, 270, 360), False),
        (stored(180, 360), (179, 358), False),
        (stored(), (180, 360), False),
    ],
    ids=[
        "as planned",
        "validated",
        "more cutoffs now",
        "fewer cutoffs now",
        "half a window",
        "a day less",
        "rules only",
    ],
)
def test_models_of_other_divisions_stay_where_they_learnt_as_is_planned_now(
    models: pl.DataFrame, planned: tuple[int, ...], stays: bool
) -> None:
    training = {USED_AT: tuple(map(day, planned)), EARLIER: (day(400),)}
    assert cutoffs_that_stay(models, training) == ([USED_AT] if stays else [])

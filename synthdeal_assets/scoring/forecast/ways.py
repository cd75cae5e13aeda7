"""The ways to forecast what open deals will bring, from the learnt one to the simplest, on one day.

All of them say a chance for each deal and horizon, so that they can be measured alike. Learnt ones also say it after
other lessons, from which `ranges.py` makes ranges. Which way heads is decided in `heading.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, logistic
from synthdeal_assets.scoring.forecast.book import Book, number_of
from synthdeal_assets.scoring.forecast.features import features_of
from synthdeal_assets.scoring.forecast.horizons import NINETY, days_within
from synthdeal_assets.scoring.forecast.learning import Lessons, learn, lessons_of, rates
from synthdeal_assets.scoring.forecast.tables import (
    COMMIT,
    END,
    HORIZONS,
    LEARNT,
    NINETY_DAYS,
    QUARTER,
    STAGE_PERCENTAGES,
    STAGE_RATES,
    WAYS,
    WIN_RATE,
    WITHOUT_THE_SCORE,
)
from synthdeal_assets.world.salesforce_picklists import FORECAST_CATEGORIES, OPEN_STAGES, STAGE_PROBABILITIES

MIN_DAYS: Final = 7
"""Month ends that are learnt from at least: fewer do not tell a season from a habit."""

Predictor = Callable[[slice], FloatArray]
"""From rows of parameters, of which the first are those of all lessons, to chances of shape (rows, deals)."""


@dataclass(frozen=True)
class ForecastWay:
    """What a way says of the deals that are open on a day.

    Attributes:
        predictors: What it says by horizon.
        has_range: Whether it has parameters of resamples too, in the rows after the first.
        days_left: Days left of the quarter.
    """

    predictors: Mapping[str, Predictor]
    has_range: bool
    days_left: int

    def chances(self, rows: slice = slice(0, 1)) -> dict[str, FloatArray]:
        """The chances by horizon, shape (rows, deals), never higher for the shorter of two horizons.

        Each horizon is learnt on its own, so that fits to few deals might say otherwise.
        """
        said = {horizon: predictor(rows) for horizon, predictor in self.predictors.items()}
        said[NINETY_DAYS] = np.minimum(said[NINETY_DAYS], said[END])
        no_shorter = NINETY_DAYS if self.days_left <= NINETY else END
        said[QUARTER] = np.minimum(said[QUARTER], said[no_shorter]) * (self.days_left > 0)
        return said


def ways_on(day: dt.date, deals: Book, past: Book, draws: FloatArray) -> dict[str, ForecastWay]:
    """What each way says on a day; a way for which too little is known is left out.

    Args:
        day: The day of the forecast.
        deals: The deals that are open on it.
        past: Deals at month ends, later ones among them: what was not known on the day is taken out.
        draws: How often each deal of `past` is drawn in each resample, shape (resamples, deals).
    """
    known = past.known_on(day)
    lessons = {horizon: lessons_of(known, day, days_within(horizon, day)) for horizon in HORIZONS}

    def way(make: Callable[[str, int | None], Predictor], *, has_range: bool) -> ForecastWay:
        predictors = {horizon: make(horizon, days_within(horizon, day)) for horizon in HORIZONS}
        return ForecastWay(predictors, has_range, days_within(QUARTER, day) or 0)

    ways = {
        STAGE_PERCENTAGES: way(lambda _, days: _as_dated(_percentages(deals), deals, day, days), has_range=False),
        COMMIT: way(lambda _, days: _as_dated(_committed(deals), deals, day, days), has_range=False),
    }
    if all(each.won.size for each in lessons.values()):
        ways[STAGE_RATES] = way(lambda name, _: _rate(lessons[name], deals, draws, by_stage=True), has_range=True)
        ways[WIN_RATE] = way(lambda name, _: _rate(lessons[name], deals, draws, by_stage=False), has_range=False)
    if STAGE_RATES in ways and known.days >= MIN_DAYS:
        plain = way(lambda name, days: _learnt(lessons[name], deals, days, draws, with_score=False), has_range=True)
        ways[WITHOUT_THE_SCORE] = plain
        scored = {horizon: each.where(each.deals.has_score) for horizon, each in lessons.items()}
        if (
            deals.has_score.any()
            and known.where(known.has_score).days >= MIN_DAYS
            and all(each.won.size for each in scored.values())
        ):
            rated = deals.where(deals.has_score)
            ways[LEARNT] = way(
                lambda name, days: _where_scored(
                    _learnt(scored[name], rated, days, draws, with_score=True), plain.predictors[name], deals.has_score
                ),
                has_range=True,
            )
    return {name: ways[name] for name in WAYS if name in ways}


def _percentages(deals: Book) -> FloatArray:
    """Salesforce's percentage of each deal's stage."""
    return np.array([STAGE_PROBABILITIES[stage] / 100 for stage in OPEN_STAGES])[deals.stage]


def _committed(deals: Book) -> FloatArray:
    """1 for a deal whose stage puts it in the forecast category Commit, else 0."""
    return np.array([float(FORECAST_CATEGORIES[stage] == "Commit") for stage in OPEN_STAGES])[deals.stage]


def _as_dated(chance: FloatArray, deals: Book, day: dt.date, days: int | None) -> Predictor:
    """A chance that knows nothing of time counts for what the seller expects to close within the horizon."""
    if days is not None:
        chance = chance * (deals.close_date <= number_of(day) + days)
    return lambda _: chance[None, :]


def _rate(lessons: Lessons, deals: Book, draws: FloatArray, *, by_stage: bool) -> Predictor:
    if by_stage:
        found, asked = rates(lessons.deals.stage, len(OPEN_STAGES), lessons, draws), deals.stage
    else:
        found, asked = rates(lessons.deals.stage * 0, 1, lessons, draws), deals.stage * 0
    return lambda rows: np.asarray(found[rows][:, asked])


def _learnt(lessons: Lessons, deals: Book, days: int | None, draws: FloatArray, *, with_score: bool) -> Predictor:
    coefficients = learn(features_of(lessons.deals, days, with_score=with_score), lessons, draws)
    asked = features_of(deals, days, with_score=with_score)
    return lambda rows: logistic(coefficients[rows] @ asked.T)


def _where_scored(learnt: Predictor, otherwise: Predictor, has_score: BoolArray) -> Predictor:
    """What is learnt with the score, and for deals without one what is learnt without it."""

    def said(rows: slice) -> FloatArray:
        chance = otherwise(rows)
        chance[:, has_score] = learnt(rows)
        return chance

    return said

"""Chances learnt from earlier days: a ridge logistic regression for each horizon, and its bootstrap over deals.

Two ways keep the deals that ended quickly from standing for all of them:

- Within so many days: days that are at least as long past. Of these every outcome is known.
- In the end: every deal that had ended, weighted by one over the share of the deals that were seen early enough for
  its end to be known (inverse probability of censoring; Robins and Rotnitzky 1992, "Recovery of information and
  adjustment for dependent censoring using surrogate markers"). That share is a matter of the calendar alone.

What is learnt from belongs in `features.py`; which ways to forecast there are, in `ways.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, IntArray, logistic
from synthdeal_assets.scoring.forecast.book import NOT_YET, Book, number_of

RIDGE: Final = 3.0
"""Chosen on the worlds of seeds 1 to 20: with a third or three times as much the Brier score is the same within
0.001."""
FREE: Final = 1e-6
"""Ridge of the constant, which nothing shall draw to 0."""
SMALLEST_SHARE_KNOWN: Final = 0.08
"""No deal counts for more than twelve others, however slow it was."""
SMOOTHING: Final = 5.0
"""Deals with the rate of all groups that are added to each, so that no rate rests on a handful."""

MAX_STEPS: Final = 25
MAX_HALVINGS: Final = 12
CLOSE_ENOUGH: Final = 1e-5


@dataclass(frozen=True)
class Lessons:
    """What can be learnt from on a day, for one horizon.

    Attributes:
        deals: The deals of earlier days.
        won: Whether each was won within the horizon, 1 or 0.
        weights: What each counts for.
    """

    deals: Book
    won: FloatArray
    weights: FloatArray

    def where(self, chosen: BoolArray) -> Lessons:
        """Some of the lessons."""
        return Lessons(self.deals.where(chosen), self.won[chosen], self.weights[chosen])


def lessons_of(known: Book, day: dt.date, horizon_days: int | None) -> Lessons:
    """What earlier days teach about a horizon.

    Args:
        known: What was known on the day of learning (`Book.known_on`).
        day: The day of learning.
        horizon_days: Days within which a deal is to be won; None when it may take as long as it takes.
    """
    days_past = number_of(day) - known.day
    if horizon_days is not None:
        deals = known.where(days_past >= horizon_days)
        return Lessons(deals, deals.won_within(horizon_days).astype(np.float64), np.ones(deals.day.size))
    deals = known.where(known.closed_on < NOT_YET)
    seen_too_late = np.searchsorted(np.sort(days_past), deals.closed_on - deals.day, side="left")
    share_known = 1 - seen_too_late / max(days_past.size, 1)
    return Lessons(deals, deals.won.astype(np.float64), 1 / np.maximum(share_known, SMALLEST_SHARE_KNOWN))


def learn(features: FloatArray, lessons: Lessons, draws: FloatArray) -> FloatArray:
    """The coefficients of the fit, and after it those that each resample of the deals would give.

    Those of a resample are a Newton step away from the fit: its gradient there through the curvature there. A deal is
    drawn with all its days, because they share their end.

    Args:
        features: The features of the lessons.
        lessons: What is learnt from.
        draws: How often each deal is drawn, shape (resamples, deals), by number.

    Returns:
        Shape (1 + resamples, features).
    """
    found, curvature = fit_ridge(features, lessons.won, lessons.weights)
    missed = lessons.weights * (lessons.won - logistic(features @ found))
    deals, gradients = _sums_of_deals(lessons, features * missed[:, None])
    changes = np.linalg.solve(curvature, gradients.T @ (draws[:, deals] - 1).T).T
    return np.vstack([found, found + changes])


def rates(groups: IntArray, of: int, lessons: Lessons, draws: FloatArray) -> FloatArray:
    """The share that was won in each group, drawn a little towards that of all; of all deals, then of each resample.

    Args:
        groups: The group of each lesson, from 0.
        of: Number of groups.
        lessons: What is learnt from.
        draws: How often each deal is drawn, as for `learn`.

    Returns:
        Shape (1 + resamples, groups).
    """
    counts = (groups[:, None] == np.arange(of)) * lessons.weights[:, None]
    deals, sums = _sums_of_deals(lessons, np.hstack([counts, counts * lessons.won[:, None]]))
    counted, won = np.split(np.vstack([sums.sum(axis=0), draws[:, deals] @ sums]), 2, axis=1)
    overall = won.sum(axis=1, keepdims=True) / np.maximum(counted.sum(axis=1, keepdims=True), 1.0)
    return np.asarray((won + SMOOTHING * overall) / (counted + SMOOTHING))


def fit_ridge(features: FloatArray, won: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The ridge logistic regression of the outcome on the features, by Newton's method with step halving.

    Args:
        features: Shape (deals, features), the first column all ones: its coefficient is free.
        won: 1 or 0 of each deal.
        weights: What each deal counts for.

    Returns:
        The coefficients, and the curvature of the penalised likelihood there.
    """
    penalty = np.full(features.shape[1], RIDGE)
    penalty[0] = FREE
    found = np.zeros(features.shape[1])
    loss = _loss(found, features, won, weights, penalty)
    for _ in range(MAX_STEPS):
        chance = logistic(features @ found)
        gradient = features.T @ (weights * (won - chance)) - penalty * found
        step = np.linalg.solve(_curvature(features, weights, chance, penalty), gradient)
        for _ in range(MAX_HALVINGS):
            loss_after = _loss(found + step, features, won, weights, penalty)
            if loss_after <= loss:
                break
            step = step / 2
        found, loss = found + step, loss_after
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return found, _curvature(features, weights, logistic(features @ found), penalty)


def _sums_of_deals(lessons: Lessons, values: FloatArray) -> tuple[IntArray, FloatArray]:
    """The numbers of the deals, and the sums of the rows of each one."""
    number = lessons.deals.deal
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    return number[starts], np.add.reduceat(values, starts, axis=0)


def _curvature(features: FloatArray, weights: FloatArray, chance: FloatArray, penalty: FloatArray) -> FloatArray:
    spread = weights * chance * (1 - chance)
    return np.asarray((features * spread[:, None]).T @ features + np.diag(penalty))


def _loss(found: FloatArray, features: FloatArray, won: FloatArray, weights: FloatArray, penalty: FloatArray) -> float:
    logits = features @ found
    return float(weights @ (np.logaddexp(0, logits) - won * logits) + (penalty * found**2).sum() / 2)

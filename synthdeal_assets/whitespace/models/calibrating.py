"""What is put behind a model's log-odds so that its chances come true: a shape, and a level.

The shape (Platt or isotonic) says how bold a model is, and is taken from the latest window before the cutoff if it
helps there. The level says how many buy in all, and stays what the model forecasts from what it knows of the customers:
what one window tells of its own level does not hold for the next one, because sales have seasons. Taking it over, or
drawing the forecast towards the latest share of buyers, helped neither on eleven windows of CDNOW nor on two of the
synthetic log.
How far the share of buyers has moved is measured in `training.py` and told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, IntArray, fit_logistic, logistic

ISOTONIC_FROM: Final = 1_000
"""Positives from which an isotonic curve is tried: with fewer it follows noise (Niculescu-Mizil and Caruana 2005)."""
FOLDS: Final = 5
BEYOND_NOISE: Final = 2.0
"""Standard errors of the mean gain in log loss that a shape must bring to be used."""
MAX_KNOTS: Final = 200
WIDEST_SHIFT: Final = 20.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """From log-odds to chances.

    Attributes:
        kind: One of CALIBRATIONS.
        slope: Of Platt's line.
        intercept: Likewise.
        log_odds: Knots of the isotonic curve, rising.
        calibrated: Log-odds at the knots.
        shift: Added to the log-odds in the end: the level.
    """

    kind: str = "none"
    slope: float = 1.0
    intercept: float = 0.0
    log_odds: tuple[float, ...] = ()
    calibrated: tuple[float, ...] = ()
    shift: float = 0.0

    def chance(self, log_odds: FloatArray) -> FloatArray:
        """The chance of each, 0 to 1."""
        if self.kind == "platt":
            log_odds = self.intercept + self.slope * log_odds
        elif self.kind == "isotonic":
            # Beyond and between the knots a hundredth of the slope is left, so that the order of pairs is kept.
            shaped = np.interp(log_odds, self.log_odds, self.calibrated)
            log_odds = 0.99 * shaped + 0.01 * log_odds
        return logistic(log_odds + self.shift)

    def at_level(self, log_odds: FloatArray, weight: FloatArray, mean: float) -> Calibration:
        """The same shape, shifted so that the mean chance is the one given."""
        unshifted = replace(self, shift=0.0)
        shaped = np.log(chance := np.clip(unshifted.chance(log_odds), 1e-12, 1 - 1e-12)) - np.log1p(-chance)
        return replace(self, shift=shift_to(shaped, weight, mean))


def shift_to(log_odds: FloatArray, weight: FloatArray, mean: float) -> float:
    """What must be added to log-odds so that the mean chance is the one given (0 < mean < 1), by bisection."""
    low, high = -WIDEST_SHIFT, WIDEST_SHIFT
    for _ in range(60):
        middle = (low + high) / 2
        if np.average(logistic(log_odds + middle), weights=weight) < mean:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def shape_that_helps(
    log_odds: FloatArray, bought: FloatArray, weight: FloatArray, fold: IntArray
) -> tuple[Calibration, Calibration | None, FloatArray]:
    """The shape to use, judged on customers that it was not fitted on.

    All are judged at the same level, that of the pairs: only the shape is compared.

    Args:
        log_odds: Out-of-time log-odds of pairs.
        bought: 1 for those that bought, else 0.
        weight: How many pairs each stands for.
        fold: A number of each customer.

    Returns:
        The calibration to use, the best one that was tried (None when there were too few of either kind), and the
        chances that it gave to customers it was not fitted on.
    """
    positives = int(bought.sum())
    plain = Calibration().at_level(log_odds, weight, _share(bought, weight))
    as_is = plain.chance(log_odds)
    if min(positives, bought.size - positives) < 2 * FOLDS:
        return Calibration(), None, as_is
    best: tuple[float, str, FloatArray] | None = None
    for kind in ("platt", "isotonic") if positives >= ISOTONIC_FROM else ("platt",):
        crossed = np.empty(log_odds.size)
        for number in range(FOLDS):
            aside = fold % FOLDS == number
            if aside.all() or not aside.any():
                return Calibration(), None, as_is
            shape = _fitted(kind, log_odds[~aside], bought[~aside], weight[~aside])
            crossed[aside] = shape.chance(log_odds[aside])
        gain = _log_loss(as_is, bought) - _log_loss(crossed, bought)
        mean = float(np.average(gain, weights=weight))
        error = float(np.sqrt(np.average((gain - mean) ** 2, weights=weight) / gain.size))
        certainty = mean / max(error, 1e-12)
        if best is None or certainty > best[0]:
            best = certainty, kind, crossed
    certainty, kind, crossed = best or (0.0, "none", as_is)
    tried = _fitted(kind, log_odds, bought, weight)
    return (tried if certainty > BEYOND_NOISE else Calibration()), tried, crossed


def _fitted(kind: str, log_odds: FloatArray, bought: FloatArray, weight: FloatArray) -> Calibration:
    if kind == "platt":
        intercept, slope = fit_logistic(log_odds, (bought * weight)[None, :], weight[None, :])[0]
        if np.isfinite(slope) and slope > 0:
            return Calibration("platt", slope=float(slope), intercept=float(intercept))
        return Calibration().at_level(log_odds, weight, _share(bought, weight))
    curve = IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4, out_of_bounds="clip").fit(log_odds, bought, weight)
    places = np.unique(np.linspace(0, curve.X_thresholds_.size - 1, MAX_KNOTS).astype(int))
    chance = curve.y_thresholds_[places]
    knots = np.log(chance) - np.log1p(-chance)
    return Calibration("isotonic", log_odds=tuple(curve.X_thresholds_[places]), calibrated=tuple(knots))


def _share(bought: FloatArray, weight: FloatArray) -> float:
    return float(np.clip(np.average(bought, weights=weight), 1e-6, 1 - 1e-6))


def _log_loss(chance: FloatArray, bought: FloatArray) -> FloatArray:
    held = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(-(bought * np.log(held) + (1 - bought) * np.log1p(-held)))

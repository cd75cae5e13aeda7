"""Statistics of a sample of opportunities, and how sure one can be of them.

A statistic takes weights: how often each opportunity is in the sample. All ones give its value, and the counts of many
resamples at once give its bootstrap distribution (Efron 1979) without a loop. What is measured with them, and what it
is called, belongs in the rooms (`evaluation/quality/quality.py`, `whitespace/holdout/measures.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

Statistic = Callable[[FloatArray], FloatArray]
"""From weights of shape (resamples, opportunities) to one value a resample; NaN where the statistic is not defined."""

RESAMPLES: Final = 400
MAX_RESAMPLED: Final = 50_000
"""Above this many opportunities the interval is narrower than anybody reads, and costs too much: it stays empty."""

CELLS_AT_ONCE: Final = 250_000
"""Weights that are in memory at the same time, 2 MB."""

CALIBRATION_BINS: Final = 10
MIN_PER_BIN: Final = 10

SMALLEST_CHANCE: Final = 0.001
"""A chance of 0 or 1 has no logit; it counts as this, or as one less this."""

MAX_NEWTON_STEPS: Final = 60
MAX_HALVINGS: Final = 30
CONVERGED: Final = 1e-9
"""Gradient per opportunity below which a fit counts as found."""


def value_of(statistic: Statistic, opportunities: int) -> float:
    """The statistic of the sample itself; NaN when it is not defined."""
    return float(statistic(np.ones((1, opportunities)))[0])


def resamples_of(statistic: Statistic, opportunities: int, purpose: str) -> FloatArray:
    """The statistic of each of 400 resamples, drawn with replacement, NaN where it is not defined.

    The draws depend on the purpose and the number of opportunities alone: two statistics of the same opportunities
    see the same resamples, so that their difference is a paired one.
    """
    return np.concatenate([statistic(weights) for weights in resampling_weights(opportunities, purpose)])


def resampling_weights(opportunities: int, purpose: str) -> Iterator[FloatArray]:
    """How often each opportunity is drawn in each resample, a block of resamples at a time."""
    block = max(1, CELLS_AT_ONCE // max(opportunities, 1))
    counts = _counts(opportunities, purpose)
    for start in range(0, RESAMPLES, block):
        yield counts[start : start + block].astype(np.float64)


def percentile_interval(values: FloatArray) -> tuple[float, float] | None:
    """The 95 % percentile interval of resampled values; None when none of them is defined."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = np.percentile(defined, (2.5, 97.5))
    return float(low), float(high)


def interval_of(statistic: Statistic, opportunities: int, purpose: str) -> tuple[float, float] | tuple[None, None]:
    """The 95 % percentile bootstrap interval of a statistic over the resamples of `resamples_of`.

    Both ends are None above `MAX_RESAMPLED` opportunities, and where no resample defines the statistic.
    """
    if opportunities > MAX_RESAMPLED:
        return None, None
    return percentile_interval(resamples_of(statistic, opportunities, purpose)) or (None, None)


def mean(values: FloatArray) -> Statistic:
    """The mean of one value an opportunity."""
    return lambda weights: np.asarray(weights @ values / weights.sum(axis=1))


def ratio_of_sums(part: FloatArray, whole: FloatArray) -> Statistic:
    """The sum of the parts over that of the wholes; NaN where there is nothing to have a part in."""
    return lambda weights: divided(weights @ part, weights @ whole)


def difference(left: Statistic, right: Statistic) -> Statistic:
    """Left less right on the same opportunities."""
    return lambda weights: left(weights) - right(weights)


def curve_area(score: FloatArray, won: FloatArray) -> Statistic:
    """The area under the ROC curve, as the Mann-Whitney statistic over midranks (Hanley and McNeil 1982).

    Args:
        score: What the deals are ranked by.
        won: 1 for won, 0 for lost.

    Returns:
        A statistic, 0 to 1: the chance that a won deal outscores a lost one, ties counting half; NaN with one class.
    """
    order, starts, _ = _ties(score)

    def area(weights: FloatArray) -> FloatArray:
        everybody = np.add.reduceat(weights[:, order], starts, axis=1)
        winners = np.add.reduceat((weights * won)[:, order], starts, axis=1)
        ranks = np.cumsum(everybody, axis=1) - everybody / 2 + 0.5
        count = winners.sum(axis=1)
        pairs = count * (everybody.sum(axis=1) - count)
        return divided((winners * ranks).sum(axis=1) - count * (count + 1) / 2, pairs)

    return area


def rank_order(left: FloatArray, right: FloatArray) -> Statistic:
    """Spearman's rank correlation over midranks, -1 to 1; NaN when either side does not vary."""
    ties_of_left, ties_of_right = _ties(left), _ties(right)

    def correlation(weights: FloatArray) -> FloatArray:
        from_middle = [_midranks(weights, *ties) for ties in (ties_of_left, ties_of_right)]
        left_ranks, right_ranks = from_middle
        together = (weights * left_ranks * right_ranks).sum(axis=1)
        apart = (weights * left_ranks**2).sum(axis=1) * (weights * right_ranks**2).sum(axis=1)
        return divided(together, np.sqrt(apart))

    return correlation


def equal_count_bins(values: FloatArray, most_bins: int) -> IntArray:
    """The bin of each value, from 0, so that the bins hold about the same count.

    Equal values stay in one bin (that of their midrank), so the order of the rows does not matter. There are fewer
    bins when a bin would hold fewer than ten values.
    """
    bins = max(1, min(most_bins, values.size // MIN_PER_BIN))
    ranks = _midranks(np.ones((1, values.size)), *_ties(values))[0] + values.size / 2
    return np.asarray(np.minimum((ranks / max(values.size, 1) * bins).astype(np.int64), bins - 1))


def binned_error(chance: FloatArray, won: FloatArray) -> Statistic:
    """The expected calibration error (Naeini, Cooper and Hauskrecht 2015), over ten bins of equal count.

    Returns:
        A statistic, 0 to 1: the distance of the mean estimate from the share won in each bin, averaged over the deals.
    """
    bins = equal_count_bins(chance, CALIBRATION_BINS)
    excess = (bins[:, None] == np.arange(CALIBRATION_BINS)) * (chance - won)[:, None]
    return lambda weights: np.asarray(np.abs(weights @ excess).sum(axis=1) / weights.sum(axis=1))


def binned_error_of_chance(chance: FloatArray, purpose: str) -> float:
    """The mean expected calibration error of a scorer whose estimates are right, on so few deals.

    Outcomes are drawn from the estimates 400 times, by draws that depend on the purpose. The error is an average of
    distances, so chance alone makes it more than 0.
    """
    draws = np.random.Generator(np.random.Philox(key=_key(f"{purpose}.chance")))
    block = max(1, CELLS_AT_ONCE // max(chance.size, 1))
    bins = equal_count_bins(chance, CALIBRATION_BINS)[:, None] == np.arange(CALIBRATION_BINS)
    errors = [
        np.abs((chance - (draws.random((min(block, RESAMPLES - start), chance.size)) < chance)) @ bins).sum(axis=1)
        for start in range(0, RESAMPLES, block)
    ]
    return float(np.concatenate(errors).mean() / chance.size)


def logistic_coefficients(chance: FloatArray, won: FloatArray) -> tuple[Statistic, Statistic]:
    """Intercept and slope of the logistic regression of the outcome on the logit of the estimate (Cox 1958).

    Returns:
        Two statistics, in logits: 0 and 1 are perfect; a slope below 1 means too bold, above 1 too timid. NaN when
        the estimate does not vary or separates won from lost deals, because there is no finite fit then.
    """
    logits = logit(chance)
    order, starts, _ = _ties(logits)
    points = logits[order][starts]

    def coefficients(weights: FloatArray) -> FloatArray:
        everybody = np.add.reduceat(weights[:, order], starts, axis=1)
        winners = np.add.reduceat((weights * won)[:, order], starts, axis=1)
        found = fit_logistic(points, winners, everybody)
        found[_is_separated(winners, everybody - winners)] = np.nan
        return found

    return lambda weights: coefficients(weights)[:, 0], lambda weights: coefficients(weights)[:, 1]


def fit_logistic(points: FloatArray, positives: FloatArray, totals: FloatArray) -> FloatArray:
    """Many logistic regressions on one variable at once, by Newton's method with step halving.

    Args:
        points: Values of the variable, shape (k,).
        positives: Weight of the positive outcome at each point, shape (fits, k); fractions are allowed, so that
            targets can be smoothed.
        totals: Weight of all outcomes at each point, of the same shape.

    Returns:
        Intercept and slope of each fit, shape (fits, 2); NaN where the variable does not vary or nothing was found.
    """
    count = totals.sum(axis=1)
    centre = divided(totals @ points, count)
    spread = np.sqrt(divided((totals * (points - centre[:, None]) ** 2).sum(axis=1), count))
    fits = np.full((totals.shape[0], 2), np.nan)
    possible = np.flatnonzero(spread > 1e-6)
    if not possible.size:
        return fits
    positives, totals, count = positives[possible], totals[possible], count[possible]
    scaled = (points - centre[possible, None]) / spread[possible, None]
    found, converged = _newton(scaled, positives, totals, count)
    found[~converged] = np.nan
    slope = found[:, 1] / spread[possible]
    fits[possible] = np.column_stack([found[:, 0] - slope * centre[possible], slope])
    return fits


def divided(above: FloatArray, below: FloatArray, otherwise: float = np.nan) -> FloatArray:
    """The ratio where it is defined by something below, and another value elsewhere."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, otherwise), where=below > 0))


def logit(chance: FloatArray) -> FloatArray:
    """log(p / (1 - p)), with p held between 0.001 and 0.999."""
    held = np.clip(chance, SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    return np.asarray(np.log(held / (1 - held)))


def logistic(logits: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)), the inverse of the logit."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))


@lru_cache(maxsize=4)
def _counts(opportunities: int, purpose: str) -> npt.NDArray[np.uint8]:
    """How often each opportunity is drawn in each resample; kept, because many statistics see the same resamples.

    Nothing is drawn more often than 255 times: that would take a coincidence of hundreds of draws.
    """
    draws = np.random.Generator(np.random.Philox(key=_key(purpose)))
    counts = np.empty((RESAMPLES, opportunities), np.uint8)
    for row in counts:
        row[:] = np.bincount(draws.integers(0, opportunities, opportunities), minlength=opportunities)
    return counts


def _key(purpose: str) -> int:
    return int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=16).digest(), "little")


def _newton(
    scaled: FloatArray, positives: FloatArray, totals: FloatArray, count: FloatArray
) -> tuple[FloatArray, BoolArray]:
    share = np.clip(positives.sum(axis=1) / count, 1e-6, 1 - 1e-6)
    found = np.column_stack([np.log(share / (1 - share)), np.zeros(share.size)])
    converged = np.zeros(share.size, dtype=bool)
    for _ in range(MAX_NEWTON_STEPS):
        chance = logistic(found[:, :1] + found[:, 1:] * scaled)
        missed = positives - totals * chance
        gradient = np.column_stack([missed.sum(axis=1), (missed * scaled).sum(axis=1)])
        converged = np.abs(gradient).max(axis=1) <= CONVERGED * count
        if converged.all():
            break
        curvature = totals * chance * (1 - chance)
        first, mixed, second = (
            curvature.sum(axis=1),
            (curvature * scaled).sum(axis=1),
            (curvature * scaled**2).sum(axis=1),
        )
        determinant = np.maximum(first * second - mixed**2, 1e-12)
        step = np.column_stack(
            [
                (second * gradient[:, 0] - mixed * gradient[:, 1]) / determinant,
                (first * gradient[:, 1] - mixed * gradient[:, 0]) / determinant,
            ]
        )
        found = _improved(found, np.where(converged[:, None], 0.0, step), scaled, positives, totals)
    return found, converged


def _improved(
    found: FloatArray, step: FloatArray, scaled: FloatArray, positives: FloatArray, totals: FloatArray
) -> FloatArray:
    """The fits after a step, halved where the whole one would make the fit worse."""
    before = _loss(found, scaled, positives, totals)
    for _ in range(MAX_HALVINGS):
        worse = _loss(found + step, scaled, positives, totals) > before + 1e-12 * np.abs(before)
        if not worse.any():
            break
        step = np.where(worse[:, None], step / 2, step)
    return found + step


def _loss(found: FloatArray, scaled: FloatArray, positives: FloatArray, totals: FloatArray) -> FloatArray:
    """Negative log likelihood of each fit."""
    logits = found[:, :1] + found[:, 1:] * scaled
    return np.asarray((totals * np.logaddexp(0, logits) - positives * logits).sum(axis=1))


def _is_separated(winners: FloatArray, losers: FloatArray) -> BoolArray:
    """Whether some value of the variable parts won from lost deals, or one of both is missing."""
    places = np.arange(winners.shape[1])
    lowest = [np.where(side > 0, places, places.size).min(axis=1) for side in (winners, losers)]
    highest = [np.where(side > 0, places, -1).max(axis=1) for side in (winners, losers)]
    return np.asarray((lowest[0] >= highest[1]) | (lowest[1] >= highest[0]))


def _ties(values: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """The order of the values, where each new value begins in it, and the place among the values of each one."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    is_new = np.concatenate([np.ones(min(1, values.size), dtype=bool), ordered[1:] != ordered[:-1]])
    place = np.empty(values.size, dtype=np.int64)
    place[order] = np.cumsum(is_new) - 1
    return order, np.flatnonzero(is_new), place


def _midranks(weights: FloatArray, order: IntArray, starts: IntArray, place: IntArray) -> FloatArray:
    """The midrank of each opportunity in each resample, counted from the middle of all ranks."""
    everybody = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(everybody, axis=1) - everybody / 2 - everybody.sum(axis=1, keepdims=True) / 2
    return np.asarray(ranks[:, place])

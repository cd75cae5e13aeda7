"""How well a score ranks pairs, and how sure one can be of it when customers, not pairs, are drawn again.

Pure measures on arrays, for one sample or for many resamples of it at once. A ranking is kept as cumulative sums from
the best score down, one entry for each different score: everything that depends on an order of ties is thereby its
expectation over all their orders. Which pairs are measured, and what is promised, belongs in `holdout.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import (
    MAX_RESAMPLED,
    FloatArray,
    IntArray,
    divided,
    equal_count_bins,
    percentile_interval,
    resampling_weights,
)

PURPOSE: Final = "whitespace.holdout_metrics"

GROUPS_OF_CUSTOMERS: Final = 500
"""Groups that customers are put into by chance when there are too many pairs to draw each customer by itself."""
SCORE_BINS: Final = 500
"""Bins of equal count that scores are put into then; only for intervals, values are always exact."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Cumulative sums over pairs from the best score down, shape (resamples, different scores).

    Attributes:
        pairs: Pairs with this score or a better one.
        bought: Those of them that bought.
        money: Their net money, negative amounts counted as nil.
    """

    pairs: FloatArray
    bought: FloatArray
    money: FloatArray


Measure = Callable[[Ranking], FloatArray]
"""From a ranking to one value a resample; NaN where it is not defined."""


def ranking_of(score: FloatArray, bought: FloatArray, money: FloatArray) -> Ranking:
    """The ranking of the sample itself, shape (1, different scores).

    Args:
        score: What the pairs are ranked by, the highest being the best.
        bought: 1 for a pair that bought, else 0.
        money: Net money of each pair in the window; negative amounts count as nil.
    """
    order, ends = _ties_from_the_top(score)
    return Ranking(
        np.asarray(ends + 1, dtype=np.float64)[None, :],
        np.cumsum(bought[order])[ends][None, :],
        np.cumsum(np.maximum(money, 0)[order])[ends][None, :],
    )


class Resampling:
    """Draws of customers with replacement, the same ones for every score of the same pairs.

    Two scores of the same pairs are thereby compared within each resample. Up to `most_pairs` each customer is drawn
    by itself; above, customers are put into 500 groups by chance and groups are drawn, which is unbiased for the
    spread, gives its size to about 3 %, and takes hardly longer for more pairs.

    Attributes:
        is_exact: Whether each customer is drawn by itself.
    """

    def __init__(self, customers: IntArray, most_pairs: int = MAX_RESAMPLED) -> None:
        """Prepare the draws.

        Args:
            customers: A number for the customer of each pair, of any range.
            most_pairs: Most pairs for which each customer is drawn by itself.
        """
        _, unit = np.unique(customers, return_inverse=True)
        self.is_exact = customers.size <= most_pairs
        count = int(unit.max()) + 1 if unit.size else 0
        if not self.is_exact and count > GROUPS_OF_CUSTOMERS:
            shuffled = np.random.Generator(np.random.Philox(key=count)).permutation(count)
            unit = (shuffled % GROUPS_OF_CUSTOMERS)[unit]
            count = GROUPS_OF_CUSTOMERS
        self._unit: IntArray = np.asarray(unit, dtype=np.int64)
        self._count = count

    def sums(self, values: FloatArray) -> FloatArray:
        """The sum of each column of values (pairs, columns) in each resample, shape (resamples, columns)."""
        of_units = np.column_stack([np.bincount(self._unit, column, self._count) for column in values.T])
        return np.concatenate([weights @ of_units for weights in resampling_weights(self._count, PURPOSE)])

    def measured(
        self, score: FloatArray, bought: FloatArray, money: FloatArray, measures: dict[str, Measure]
    ) -> dict[str, FloatArray]:
        """Each measure in each resample; the arguments are those of `ranking_of`."""
        rankings = self._exact if self.is_exact else self._binned
        blocks = [
            {name: measure(ranking) for name, measure in measures.items()}
            for ranking in rankings(score, bought, np.maximum(money, 0))
        ]
        return {name: np.concatenate([block[name] for block in blocks]) for name in measures}

    def weights(self) -> Iterator[FloatArray]:
        """How often each pair is drawn, shape (some resamples, pairs), a block of resamples at a time."""
        for weights in resampling_weights(self._count, PURPOSE):
            yield weights[:, self._unit]

    def _exact(self, score: FloatArray, bought: FloatArray, money: FloatArray) -> Iterator[Ranking]:
        order, ends = _ties_from_the_top(score)
        unit, bought, money = self._unit[order], bought[order], money[order]
        for of_units in resampling_weights(self._count, PURPOSE):
            weights = of_units[:, unit]
            yield Ranking(
                *(np.cumsum(weights * values, axis=1)[:, ends] for values in (np.ones(unit.size), bought, money))
            )

    def _binned(self, score: FloatArray, bought: FloatArray, money: FloatArray) -> Iterator[Ranking]:
        from_top = SCORE_BINS - 1 - equal_count_bins(score, SCORE_BINS)
        cell = self._unit * SCORE_BINS + from_top
        of_units = np.hstack(
            [
                np.bincount(cell, values, self._count * SCORE_BINS).reshape(self._count, SCORE_BINS)
                for values in (np.ones(cell.size), bought, money)
            ]
        )
        for weights in resampling_weights(self._count, PURPOSE):
            yield Ranking(*(np.cumsum(values, axis=1) for values in np.hsplit(weights @ of_units, 3)))


def area(ranking: Ranking) -> FloatArray:
    """The area under the ROC curve: the chance that a buyer outranks another pair, ties counting half."""
    others = ranking.pairs - ranking.bought
    bought, beside = _steps(ranking.bought), _steps(others)
    all_bought, all_others = ranking.bought[:, -1], others[:, -1]
    outranked = (bought * (all_others[:, None] - (others - beside) - beside / 2)).sum(axis=1)
    return divided(outranked, all_bought * all_others)


def average_precision(ranking: Ranking) -> FloatArray:
    """The area under the precision-recall curve as a sum of steps: precision at each score, averaged over buyers."""
    precision = divided(ranking.bought, ranking.pairs)
    return divided(np.nansum(_steps(ranking.bought) * precision, axis=1), ranking.bought[:, -1])


def lift_at(share: float) -> Measure:
    """The share of buyers among the best `share` of pairs, over the share of buyers among all.

    The number of pairs need not be whole: the pair at the edge counts in part.
    """
    return lambda ranking: (
        divided(_up_to(ranking.pairs, ranking.bought, share * ranking.pairs[:, -1]), ranking.bought[:, -1]) / share
    )


def money_lift_at(share: float) -> Measure:
    """The share of the window's money that the best `share` of pairs brought, over `share`."""
    return lambda ranking: (
        divided(_up_to(ranking.pairs, ranking.money, share * ranking.pairs[:, -1]), ranking.money[:, -1]) / share
    )


def precision_at(k: int) -> Measure:
    """The share of buyers among the best k pairs, or among all when there are fewer."""

    def precision(ranking: Ranking) -> FloatArray:
        pairs = np.minimum(float(k), ranking.pairs[:, -1])
        return divided(_up_to(ranking.pairs, ranking.bought, pairs), pairs)

    return precision


def distance(ranking: Ranking) -> FloatArray:
    """The Kolmogorov-Smirnov distance between the scores of those that are marked as bought and the others."""
    others = ranking.pairs - ranking.bought
    shares = [divided(values, values[:, -1:] + np.zeros(values.shape)) for values in (ranking.bought, others)]
    return np.asarray(np.abs(shares[0] - shares[1]).max(axis=1))


def gains(ranking: Ranking, shares: FloatArray) -> FloatArray:
    """The share of all buyers that is found among the best `shares` of the pairs of a sample."""
    every = np.repeat(ranking.pairs, shares.size, axis=0), np.repeat(ranking.bought, shares.size, axis=0)
    return divided(_up_to(*every, shares * ranking.pairs[0, -1]), every[1][:, -1])


def interval_of_a_distance(value: float, resampled: FloatArray, by_chance: float) -> tuple[float, float] | None:
    """The 95 % interval of something that chance makes larger and that cannot be negative.

    Resampling adds the effect of chance a second time, so that the percentiles lie too high. The lower end is reflected
    at the value (the basic bootstrap interval, Davison and Hinkley 1997, section 5.2). Reflected too, the upper end lay
    below the true distance in up to 12 % of simulated samples, where one in 40 is due; the percentile less what
    resampling adds on average (section 2.1) does so in at most 4 %.

    Args:
        value: The distance in the sample.
        resampled: Likewise in each resample.
        by_chance: What chance alone exceeds once in 40 samples; a smaller value cannot be told from nil.
    """
    found = percentile_interval(resampled)
    if found is None:
        return None
    low = 0.0 if value <= by_chance else max(0.0, 2 * value - found[1])
    added = float(np.nanmean(resampled)) - value
    return min(low, value), max(found[1] - added, value)


def _ties_from_the_top(score: FloatArray) -> tuple[IntArray, IntArray]:
    """The order of the pairs from the highest score down, and where each different score ends in it."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    return order, np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))


def _steps(cumulative: FloatArray) -> FloatArray:
    steps = cumulative.copy()
    steps[:, 1:] -= cumulative[:, :-1]
    return steps


def _up_to(pairs: FloatArray, values: FloatArray, target: FloatArray) -> FloatArray:
    """The sum of the values over the best `target` pairs of each row, spread evenly within equal scores."""
    rows = np.arange(pairs.shape[0])
    at = np.minimum(np.count_nonzero(pairs < target[:, None], axis=1), pairs.shape[1] - 1)
    before = np.where(at > 0, at - 1, 0)
    pairs_before, values_before = (np.where(at > 0, each[rows, before], 0.0) for each in (pairs, values))
    width = pairs[rows, at] - pairs_before
    part = np.clip(divided(target - pairs_before, width, otherwise=1.0), 0, 1)
    return np.asarray(values_before + part * (values[rows, at] - values_before))

"""The curves of the hold-out: gains of champion, rules and list, and whether chances come true.

How a curve is drawn belongs in `plots.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import CALIBRATION_BINS, equal_count_bins
from synthdeal_assets.whitespace.holdout.judged_pairs import SCORE_OF, HoldoutPairs
from synthdeal_assets.whitespace.holdout.ranking import gains, ranking_of
from synthdeal_assets.whitespace.holdout.samples import HoldoutSample, floats_of, samples_of
from synthdeal_assets.whitespace.tables import HOLDOUT_CURVES
from synthdeal_assets.whitespace.vocabulary import BASELINES, CHAMPION, LIST, POPULATIONS

DRAWN: Final = (CHAMPION, *BASELINES, LIST)

CURVE_SHARES: Final = np.arange(51) / 50
"""Where the gains curve has its points."""

DECIMALS: Final = 6


def holdout_curves(judged: HoldoutPairs) -> pl.DataFrame:
    """The rows of whitespace.holdout_curves: gains of champion, rules and list, and the champion's calibration.

    A sample that is too small to be measured has no curves.
    """
    rows = [
        (judged.cutoff, sample.division, population, *point)
        for population in POPULATIONS
        for sample in samples_of(judged.pairs, population)
        if not sample.is_too_small
        for point in (*_gains_points(sample), *_calibration_points(sample))
    ]
    return HOLDOUT_CURVES.conform(pl.DataFrame(rows, schema=HOLDOUT_CURVES.polars_schema, orient="row"))


def _gains_points(sample: HoldoutSample) -> Iterator[tuple[str, str, int, float, float, int]]:
    for ranker in DRAWN:
        column = SCORE_OF[ranker]
        if column not in sample.pairs.columns or sample.pairs[column].null_count():
            continue
        found = gains(ranking_of(floats_of(sample.pairs, column), sample.bought, sample.money), CURVE_SHARES)
        for point, (share, value) in enumerate(zip(CURVE_SHARES, found, strict=True)):
            pairs = round(share * sample.bought.size)
            yield ranker, "gains", point, round(float(share), DECIMALS), round(float(value), DECIMALS), pairs


def _calibration_points(sample: HoldoutSample) -> Iterator[tuple[str, str, int, float, float, int]]:
    chance = floats_of(sample.pairs, SCORE_OF[CHAMPION])
    bins = equal_count_bins(chance, CALIBRATION_BINS)
    counts = np.bincount(bins)
    for point, number in enumerate(np.flatnonzero(counts)):
        inside = bins == number
        mean, share = (round(float(values[inside].mean()), DECIMALS) for values in (chance, sample.bought))
        yield CHAMPION, "calibration", point, mean, share, int(counts[number])

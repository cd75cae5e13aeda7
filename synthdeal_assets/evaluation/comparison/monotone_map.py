"""Levels after the best monotone map that can be learnt for a scorer, so that order is told from calibration.

A scorer that orders deals well but is always a level too low has a large error, which a table of four numbers mends;
one that cannot tell deals apart is helped by no table. A map gives each level another one, never a lower one for a
higher level: isotonic regression (Barlow, Bartholomew, Bremner and Brunk 1972) with the mean absolute error for its
loss, and levels for its values. Of four levels there are 35 such maps, so the best is found by trying all.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, IntArray
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC

LEVELS: Final = 1 + MAX_LEVELS[MEDDPICC]
FOLDS: Final = 10

_EVERY: Final = np.array(list(combinations_with_replacement(range(LEVELS), LEVELS)))
"""Every map that never falls: row by row the level that each level becomes."""
_CHANGE: Final = np.abs(_EVERY - np.arange(LEVELS)).sum(axis=1)
MAPS: Final[IntArray] = _EVERY[np.argsort(_CHANGE, kind="stable")]
"""Those that change the least first."""
CONSTANTS: Final[IntArray] = MAPS[MAPS[:, 0] == MAPS[:, -1]]
"""Those that give every level the same one: what can be learnt of an element without reading a word."""


def best_map(judged: IntArray, true: IntArray, maps: IntArray = MAPS) -> IntArray:
    """Of some maps the one after which the levels are nearest to the true ones; of equally good ones the first.

    Args:
        judged: Levels that were given, of any shape.
        true: The true levels, of the same shape.
        maps: Maps to choose from, shape (maps, levels).

    Returns:
        The level that each level becomes.
    """
    counts = np.zeros((LEVELS, LEVELS))
    np.add.at(counts, (judged.ravel(), true.ravel()), 1)
    distance = np.abs(np.arange(LEVELS)[:, None] - np.arange(LEVELS))
    loss = counts @ distance.T
    losses = loss[np.arange(LEVELS), maps].sum(axis=1)
    best: IntArray = maps[int(np.argmin(losses))]
    return best


def mapped(judged: IntArray, true: FloatArray, folds: IntArray, maps: IntArray = MAPS) -> IntArray:
    """The levels after the best map for each element, learnt on the deals of the other folds.

    Args:
        judged: Levels that were given, shape (repeats, deals, elements).
        true: The true levels, shape (deals, elements).
        folds: The fold of each deal.
        maps: Maps to choose from.
    """
    whole = np.broadcast_to(true.astype(np.int64), judged.shape)
    found = np.empty_like(judged)
    for fold in np.unique(folds):
        inside = folds == fold
        for element in range(judged.shape[2]):
            learnt = best_map(judged[:, ~inside, element], whole[:, ~inside, element], maps)
            found[:, inside, element] = learnt[judged[:, inside, element]]
    return found


def folds_of(deals: int) -> IntArray:
    """A fold for each deal, in turns: ten, or one for each deal where there are fewer."""
    return np.arange(deals, dtype=np.int64) % max(2, min(FOLDS, deals))

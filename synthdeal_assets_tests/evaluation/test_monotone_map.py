"""Maps that mend a scorer's levels: never falling, the best of all, and learnt on other deals."""

from __future__ import annotations

from itertools import product

import numpy as np

from synthdeal_assets.evaluation.comparison.monotone_map import CONSTANTS, MAPS, best_map, folds_of, mapped


def test_there_are_35_maps_that_never_fall() -> None:
    rising = {each for each in product(range(4), repeat=4) if list(each) == sorted(each)}
    assert set(map(tuple, MAPS)) == rising
    assert len(rising) == 35
    assert set(map(tuple, CONSTANTS)) == {(level,) * 4 for level in range(4)}


def test_the_best_map_is_the_best_of_all_that_never_fall() -> None:
    draws = np.random.default_rng(1)
    for _ in range(20):
        judged, true = draws.integers(0, 4, 30), draws.integers(0, 4, 30)
        least = min(float(np.abs(np.array(each)[judged] - true).sum()) for each in MAPS)
        assert float(np.abs(best_map(judged, true)[judged] - true).sum()) == least


def test_what_needs_no_map_is_left_alone() -> None:
    levels = np.array([0, 1, 2, 3, 3, 0])
    assert best_map(levels, levels).tolist() == [0, 1, 2, 3]


def test_a_deal_is_mapped_by_what_the_others_say() -> None:
    """Of one deal alone everything is off by one more: what its own fold knows must not reach it."""
    true = np.ones((20, 1))
    judged = np.full((1, 20, 1), 0)
    judged[0, 7, 0] = 2
    after = mapped(judged, true, folds_of(20))
    assert after[0, 7, 0] == 2, "level 2 is nowhere else, so nothing was learnt of it"
    assert set(np.delete(after[0, :, 0], 7)) == {1}


def test_noise_is_not_mended() -> None:
    draws = np.random.default_rng(2)
    true, judged = draws.integers(0, 4, (400, 8)).astype(np.float64), draws.integers(0, 4, (1, 400, 8))
    single = np.abs(mapped(judged, true, folds_of(400), CONSTANTS) - true).mean()
    assert np.abs(mapped(judged, true, folds_of(400)) - true).mean() >= single - 0.01

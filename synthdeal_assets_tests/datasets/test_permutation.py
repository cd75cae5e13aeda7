"""Bijections: nothing twice, and every order of small ranges as likely as any other.

Each statistic is judged at a level of 1e-6 with fixed keys: a right one fails once in a million choices of keys.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.streams import hashes

LEVEL = 1e-6
KEYS = 50_000


@pytest.mark.parametrize("size", [*range(1, 66), 100, 127, 128, 129, 1000, 65_537, 200_003])
def test_every_number_of_a_range_is_met_once(size: int) -> None:
    assert np.array_equal(np.sort(permute(np.arange(size), size, 42)), np.arange(size))


@pytest.mark.parametrize("size", [2**62 + 1, 2**63 - 25, 2**63])
def test_ranges_up_to_63_bits_are_held(size: int) -> None:
    positions = np.concatenate([np.arange(50_000), size - 1 - np.arange(50_000)])
    found = permute(positions, size, 42)
    assert len(np.unique(found)) == 100_000
    assert found.min() >= 0
    assert found.max() < size
    assert stats.kstest(found / size, "uniform").pvalue > LEVEL


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 8, 10, 16, 17, 31, 64, 100])
def test_a_position_goes_everywhere_equally_often_over_keys(size: int) -> None:
    keys = hashes(np.arange(KEYS), "keys")
    for position in (0, size // 2, size - 1):
        counts = np.bincount(permute(np.full(KEYS, position), size, keys), minlength=size)
        assert stats.chisquare(counts).pvalue > LEVEL


@pytest.mark.parametrize("size", [2, 3, 5, 10, 20])
def test_two_positions_go_to_every_pair_equally_often_over_keys(size: int) -> None:
    keys = hashes(np.arange(KEYS), "keys")
    first, second = (permute(np.full(KEYS, position), size, keys) for position in (0, 1))
    counts = np.bincount(first * size + second, minlength=size * size).reshape(size, size)
    assert (np.diag(counts) == 0).all()
    assert stats.chisquare(counts[~np.eye(size, dtype=bool)]).pvalue > LEVEL


def test_all_orders_of_four_are_equally_often() -> None:
    keys = hashes(np.arange(KEYS), "keys")
    code = sum(permute(np.full(KEYS, position), 4, keys) * 4**position for position in range(4))
    counts = np.unique(code, return_counts=True)[1]
    assert counts.size == 24
    assert stats.chisquare(counts).pvalue > LEVEL


def test_partners_of_each_parent_differ_and_ranges_may_differ_by_parent() -> None:
    parents = np.repeat(np.arange(5_000), 8)
    nth = np.tile(np.arange(8), 5_000)
    sizes = 8 + parents % 5
    partners = permute(nth, sizes, hashes(parents, "links"))
    assert (partners < sizes).all()
    assert len(np.unique(parents * 100 + partners)) == 40_000


def test_a_position_goes_to_its_place_whatever_is_asked_for_with_it() -> None:
    whole = permute(np.arange(10_000), 10_000, 3)
    some = np.array([9_999, 0, 77, 77])
    assert np.array_equal(permute(some, 10_000, 3), whole[some])
    assert not np.array_equal(permute(np.arange(10_000), 10_000, 4), whole)


@pytest.mark.parametrize("position", [-1, 10])
def test_a_position_outside_the_range_is_refused(position: int) -> None:
    with pytest.raises(ValueError, match="size - 1"):
        permute(np.array([position]), 10, 1)

"""Partners of rows: as likely as each other, stable under growth, distinct where they must be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthdeal_assets.datasets.engine.partners import any_row, distinct_popular_rows, distinct_rows, popular_rows
from synthdeal_assets.datasets.engine.streams import hashes

KEYS = hashes(np.arange(200_000, dtype=np.int64), "test")
LEVEL = 1e-6
"""Chance of a false alarm of each test."""


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8, 9, 100, 1_000, 1_025])
def test_every_row_is_as_likely_a_partner(rows: int) -> None:
    counts = np.bincount(any_row(KEYS, rows), minlength=rows)

    assert counts.size == rows
    assert rows == 1 or stats.chisquare(counts).pvalue > LEVEL


@pytest.mark.parametrize(("before", "after"), [(7, 8), (8, 9), (1_000, 1_100), (1_024, 1_025), (1_023, 2_050)])
def test_new_rows_take_their_even_part_and_no_other_key_moves(before: int, after: int) -> None:
    old, new = any_row(KEYS, before), any_row(KEYS, after)
    moved = old != new

    assert (new[moved] >= before).all()
    expected = (after - before) / after
    assert abs(moved.mean() - expected) < 6 * np.sqrt(expected / KEYS.size)


def test_popular_rows_come_as_often_as_their_rank_says() -> None:
    counts = np.sort(np.bincount(popular_rows(KEYS, 50, 1.1, "test"), minlength=50))[::-1]
    weights = np.arange(1, 51) ** -1.1

    assert stats.chisquare(counts, weights / weights.sum() * KEYS.size).pvalue > LEVEL


@pytest.mark.parametrize("exponent", [None, 0.5, 1.1, 3.0])
def test_no_parent_has_a_partner_twice(exponent: float | None) -> None:
    parents, counts = np.arange(3_000, dtype=np.int64), np.tile(np.array([0, 1, 2, 5, 9]), 600)
    owners = np.repeat(parents, counts)
    positions = np.arange(owners.size) - np.repeat(np.cumsum(counts) - counts, counts)
    if exponent is None:
        partners = distinct_rows(hashes(owners, "test"), positions, 9)
    else:
        partners = distinct_popular_rows(hashes(parents, "test"), counts, 9, exponent, "test")

    assert partners.size == counts.sum()
    assert ((partners >= 0) & (partners < 9)).all()
    assert np.unique(owners * 9 + partners).size == owners.size


def test_the_popular_partner_stays_the_most_frequent_though_none_comes_twice() -> None:
    parents = np.arange(5_000, dtype=np.int64)
    partners = distinct_popular_rows(hashes(parents, "test"), np.full(5_000, 2), 100, 1.1, "test")
    free = popular_rows(KEYS, 100, 1.1, "test")

    assert np.bincount(partners).argmax() == np.bincount(free).argmax()

"""Partners of rows: as likely as each other, stable under growth, distinct where they must be."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from synthdeal_assets.datasets.engine.partners import (
    _rows_by_rank,
    any_row,
    distinct_popular_rows,
    distinct_rows,
    popular_rows,
)
from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.foundation.drawing.randomness import IntArray

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


@pytest.mark.parametrize(
    ("rows", "exponent"), [(1, 1.1), (2, 0.0), (7, 0.5), (50, 1.1), (64, 1.1), (65, 3.0), (600, 0.8)]
)
def test_popular_rows_come_as_often_as_their_rank_says(rows: int, exponent: float) -> None:
    ranks = np.argsort(_rows_by_rank(rows, "test"))
    counts = np.bincount(ranks[popular_rows(KEYS, rows, exponent, "test")], minlength=rows)
    weights = np.arange(1, rows + 1) ** -exponent

    expected = weights / weights.sum() * KEYS.size
    rare = expected < 5
    found, chances = (np.array([*each[~rare], each[rare].sum()]) for each in (counts, expected))
    assert rows == 1 or stats.chisquare(found[chances > 0], chances[chances > 0]).pvalue > LEVEL
    assert counts.sum() == KEYS.size


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 100, 1_000])
def test_each_rank_of_popularity_has_a_row_of_its_own(rows: int) -> None:
    ranks = _rows_by_rank(rows, "test")

    assert np.array_equal(np.sort(ranks), np.arange(rows))
    assert rows < 8 or not np.array_equal(ranks, np.arange(rows)), "the first rows are in no order that one sees"


@pytest.mark.parametrize(("before", "after"), [(7, 8), (400, 440), (1_000, 1_100), (511, 513)])
@pytest.mark.parametrize("exponent", [0.5, 1.1])
def test_popular_partners_move_no_more_than_the_new_rows_and_the_begun_segment_are_likely(
    before: int, after: int, exponent: float
) -> None:
    moved = popular_rows(KEYS, before, exponent, "test") != popular_rows(KEYS, after, exponent, "test")
    ranks = _rows_by_rank(before, "test") != _rows_by_rank(after, "test")[:before]
    weights = np.arange(1, after + 1) ** -exponent

    expected = (weights[before:].sum() + weights[:before][ranks].sum()) / weights.sum()
    assert abs(moved.mean() - expected) < 6 * np.sqrt(expected / KEYS.size)
    assert before < 8 or expected < (after - before) / after + 0.04


def children_of(parents: int, each: int) -> tuple[IntArray, IntArray]:
    return np.arange(parents, dtype=np.int64), np.full(parents, each, dtype=np.int64)


@pytest.mark.parametrize("exponent", [None, 0.5, 1.1, 3.0])
def test_no_parent_has_a_partner_twice(exponent: float | None) -> None:
    parents, counts = np.arange(3_000, dtype=np.int64), np.tile(np.array([0, 1, 2, 5, 9]), 600)
    owners = np.repeat(parents, counts)
    if exponent is None:
        partners = distinct_rows(hashes(parents, "test"), counts, 9)
    else:
        partners = distinct_popular_rows(hashes(parents, "test"), counts, 9, exponent, "test")

    assert partners.size == counts.sum()
    assert ((partners >= 0) & (partners < 9)).all()
    assert np.unique(owners * 9 + partners).size == owners.size


@pytest.mark.parametrize(("rows", "each"), [(5, 2), (4, 3)])
def test_every_choice_of_distinct_partners_is_as_likely(rows: int, each: int) -> None:
    parents, counts = children_of(60_000, each)
    partners = distinct_rows(hashes(parents, "test"), counts, rows).reshape(-1, each)

    found = np.bincount(partners @ rows ** np.arange(each), minlength=rows**each)
    assert stats.chisquare(found[found > 0]).pvalue > LEVEL
    assert (found > 0).sum() == math.perm(rows, each)


def test_distinct_popular_partners_are_drawn_one_after_the_other_without_those_before() -> None:
    weights = np.arange(1, 5) ** -4.0
    parents, counts = children_of(200_000, 3)
    ranks = np.argsort(_rows_by_rank(4, "test"))
    partners = ranks[distinct_popular_rows(hashes(parents, "test"), counts, 4, 4.0, "test")].reshape(-1, 3)

    orders = [*itertools.permutations(range(4), 3)]
    chances = [
        math.prod(weights[at] / (weights.sum() - weights[list(order[:k])].sum()) for k, at in enumerate(order))
        for order in orders
    ]
    found = np.array([int((partners == order).all(axis=1).sum()) for order in orders])
    expected = np.array(chances) * parents.size
    rare = expected < 5
    assert found[rare].sum() < 20
    assert stats.chisquare([*found[~rare], found[rare].sum()], [*expected[~rare], expected[rare].sum()]).pvalue > LEVEL


@pytest.mark.parametrize("exponent", [None, 1.1])
def test_distinct_partners_move_to_new_rows_and_hardly_otherwise(exponent: float | None) -> None:
    parents, counts = children_of(20_000, 5)
    keys = hashes(parents, "test")
    if exponent is None:
        old, new = (distinct_rows(keys, counts, rows) for rows in (400, 440))
    else:
        old, new = (distinct_popular_rows(keys, counts, rows, exponent, "test") for rows in (400, 440))

    moved = old != new
    assert moved.mean() < 40 / 440 + 0.01
    assert exponent is not None or (new[moved] >= 400).mean() > 0.95


def test_the_popular_partner_stays_the_most_frequent_though_none_comes_twice() -> None:
    parents = np.arange(5_000, dtype=np.int64)
    partners = distinct_popular_rows(hashes(parents, "test"), np.full(5_000, 2), 100, 1.1, "test")
    free = popular_rows(KEYS, 100, 1.1, "test")

    assert np.bincount(partners).argmax() == np.bincount(free).argmax()

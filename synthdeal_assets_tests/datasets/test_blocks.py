"""Shares that are exact at every size of a table, whatever rows are asked for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets.datasets.engine.blocks import (
    RUN_ROWS,
    exact_counts,
    exact_flags,
    exact_values,
    exact_values_by_run,
    run_borders,
    run_start,
)
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, hashes, uniforms
from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets_tests.failure_codes import failing_with

SHARES = (Fraction("0.05"), Fraction("0.7"), Fraction("0.25"))
THIRDS = (Fraction(1, 3),) * 3


def table(rows: int, shares: tuple[Fraction, ...] = SHARES) -> IntArray:
    return exact_values(np.arange(rows), rows, shares, "7|accounts|industry")


def changed(rows: int, later: int) -> int:
    return int((table(rows) != table(later)[:rows]).sum())


def test_counts_are_exact_at_every_size() -> None:
    for rows in range(1, 2001):
        counts = np.bincount(table(rows), minlength=3)
        assert counts.tolist() == exact_counts(SHARES, rows)
        assert all(abs(int(count) - share * rows) < 1 for count, share in zip(counts, SHARES, strict=True))


@pytest.mark.parametrize("off", [-1, 0, 1])
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_counts_are_exact_around_the_border_of_a_block_and_at_every_border_before(blocks: int, off: int) -> None:
    rows = blocks * BLOCK_ROWS + off
    values = table(rows)
    for until in [*range(BLOCK_ROWS, rows, BLOCK_ROWS), rows]:
        assert np.bincount(values[:until], minlength=3).tolist() == exact_counts(SHARES, until)


def test_thirds_of_ten_rows_are_three_four_and_three() -> None:
    assert exact_counts(THIRDS, 10) == [3, 4, 3]
    assert sorted(table(10, THIRDS).tolist()) == [0] * 3 + [1] * 4 + [2] * 3


def test_ten_tenths_are_a_tenth_each_which_sums_of_floats_are_not() -> None:
    assert sum([0.1] * 10) != 1.0
    for rows in (10, 30, 65_540, 10**12):
        assert exact_counts([Fraction("0.1")] * 10, rows) == [rows // 10] * 10


@pytest.mark.parametrize(("rows", "count"), [(5_000, 250), (19, 1), (9, 0), (10, 1), (1_019, 51), (0, 0)])
def test_a_flag_stands_in_the_nearest_whole_number_of_rows(rows: int, count: int) -> None:
    assert exact_flags(np.arange(rows), rows, Fraction("0.05"), "s").sum() == count


@pytest.mark.parametrize(("share", "count"), [(Fraction(0), 0), (Fraction(1), 1_000)])
def test_none_and_all_can_be_flagged(share: Fraction, count: int) -> None:
    assert exact_flags(np.arange(1_000), 1_000, share, "s").sum() == count


@pytest.mark.parametrize("shares", [("0.5", "0.6"), ("0.5", "0.4"), ("1.5", "-0.5"), ()])
def test_shares_that_are_not_one_together_are_refused(shares: tuple[str, ...]) -> None:
    with failing_with("datasets.shares"):
        exact_counts([Fraction(share) for share in shares], 10)


@pytest.mark.parametrize(
    ("rows", "later", "most"),
    [(60_000, 60_001, 2), (500, 501, 2), (500, 600, 200), (1_000_000, 1_000_001, 2), (1_000_000, 1_100_000, 200)],
)
def test_few_rows_change_when_a_table_grows(rows: int, later: int, most: int) -> None:
    assert changed(rows, later) <= most


def test_only_rows_of_the_block_that_was_begun_change_when_a_table_grows() -> None:
    rows = BLOCK_ROWS + 500
    before, after = table(rows), table(3 * BLOCK_ROWS)[:rows]
    assert np.array_equal(before[:BLOCK_ROWS], after[:BLOCK_ROWS])
    assert (before != after).any()
    assert changed(2 * BLOCK_ROWS, 2 * BLOCK_ROWS + 1) == 0


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.integers(0, 199_999), max_size=200))
def test_a_row_has_its_value_whatever_rows_are_asked_for_with_it(rows: list[int]) -> None:
    asked = np.array(rows, dtype=np.int64)
    assert np.array_equal(exact_values(asked, 200_000, SHARES, "7|accounts|industry"), table(200_000)[asked])


def test_values_lie_in_a_block_as_if_they_were_drawn() -> None:
    rare = table(65_000) == 0
    per_window = rare.reshape(650, 100).sum(axis=1)
    # Of 100 rows out of 65,000: variance 4.75; that of 650 windows is within 6 of its standard errors, 0.27 each.
    assert abs(per_window.var() - 4.75) < 1.6
    assert abs(np.corrcoef(rare[1:], rare[:-1])[0, 1]) < 6 / np.sqrt(65_000)


def test_two_fields_of_a_table_are_independent() -> None:
    one = exact_flags(np.arange(65_000), 65_000, Fraction("0.5"), "7|a|x")
    other = exact_flags(np.arange(65_000), 65_000, Fraction("0.5"), "7|a|y")
    assert abs(np.corrcoef(one, other)[0, 1]) < 6 / np.sqrt(65_000)


def test_numbers_are_never_zero_or_one() -> None:
    ends = np.array([0, 2**64 - 1], dtype=np.uint64)
    assert uniforms(ends).tolist() == [2.0**-53, 1 - 2.0**-53]
    assert len(np.unique(hashes(np.arange(100_000), "s"))) == 100_000


@pytest.mark.parametrize(("rows", "later"), [(5, 6), (50, 55), (100, 110), (1_000, 1_100), (70_000, 77_000)])
def test_values_by_run_are_exact_at_the_end_of_every_run_and_change_in_the_last_one_alone(
    rows: int, later: int
) -> None:
    before, after = (exact_values_by_run(np.arange(size), SHARES, "s", size) for size in (rows, later))
    borders = [
        int(end)
        for block in range(-(-rows // BLOCK_ROWS))
        for end in run_borders(block, min(rows, (block + 1) * BLOCK_ROWS))
    ]
    for end in borders:
        assert np.bincount(before[:end], minlength=3).tolist() == exact_counts(SHARES, end)
    assert np.array_equal(before[: run_start(rows)], after[: run_start(rows)])
    assert rows - run_start(rows) <= max(8, min(rows / 8, RUN_ROWS))

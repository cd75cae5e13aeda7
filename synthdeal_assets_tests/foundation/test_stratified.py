"""The Cochran-Mantel-Haenszel test, compared with R's and with a count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, IntArray
from synthdeal_assets.foundation.statistics.stratified import mantel_haenszel

BERKELEY = (
    ((512, 313), (89, 19)),
    ((353, 207), (17, 8)),
    ((120, 205), (202, 391)),
    ((138, 279), (131, 244)),
    ((53, 138), (94, 299)),
    ((22, 351), (24, 317)),
)
"""Admitted and rejected, men and women, in six departments: `UCBAdmissions` of R."""


def cases(tables: tuple[tuple[tuple[int, int], tuple[int, int]], ...]) -> tuple[BoolArray, BoolArray, IntArray]:
    """Each case of the 2 x 2 tables (marked and others, lost and not), and the number of its table."""
    rows = [
        (marked, lost, stratum)
        for stratum, table in enumerate(tables)
        for marked, counts in zip((True, False), table, strict=True)
        for lost, count in zip((True, False), counts, strict=True)
        for _ in range(count)
    ]
    marked, lost, stratum = map(np.array, zip(*rows, strict=True))
    return marked, lost, stratum


def test_the_berkeley_admissions_have_the_p_value_that_r_gives() -> None:
    surplus, p_value = mantel_haenszel(*cases(BERKELEY))

    # mantelhaen.test(UCBAdmissions): Mantel-Haenszel X-squared = 1.4269, df = 1, p-value = 0.2323
    assert p_value == pytest.approx(0.2323, abs=5e-5)
    assert surplus < 0


def test_one_small_table_is_what_a_count_by_hand_gives() -> None:
    # Of 4 marked 3 lose and of 4 others 1: expected 2, variance 4 * 4 * 4 * 4 / (64 * 7) = 4 / 7.
    surplus, p_value = mantel_haenszel(*cases((((3, 1), (1, 3)),)))

    assert surplus == pytest.approx(1)
    assert p_value == pytest.approx(math.erfc(0.5 / math.sqrt(2 * 4 / 7)))


def test_a_difference_that_lies_between_strata_alone_is_none() -> None:
    marked, lost, stratum = cases((((80, 20), (8, 2)), ((1, 9), (10, 90))))

    assert mantel_haenszel(marked, lost, stratum)[1] > 0.9
    assert mantel_haenszel(marked, lost, np.zeros_like(stratum))[1] < 1e-9


def test_strata_that_cannot_say_anything_say_nothing() -> None:
    nobody = np.array([], dtype=np.bool_)
    assert mantel_haenszel(nobody, nobody, np.array([], dtype=np.int64)) == (0, 1)
    assert mantel_haenszel(*cases((((1, 0), (0, 0)), ((0, 0), (5, 5)), ((3, 0), (4, 0))))) == (0, 1)


def test_chance_alone_stays_within_the_level() -> None:
    draws = np.random.default_rng(14)
    stratum = np.repeat([0, 1, 2], [60, 30, 10])
    found = sum(
        mantel_haenszel(draws.random(100) < 0.3, draws.random(100) < np.array([0.7, 0.5, 0.4])[stratum], stratum)[1]
        < 0.05
        for _ in range(2_000)
    )

    # 2,000 tries at 5 in 100 give at most 130 but for once in a thousand; the correction keeps it below 100.
    assert 20 < found <= 130

"""Totals to the cent in every group, no amount out of bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets.datasets.engine.distributions import LogNormal
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets.datasets.engine.totals import ExactTotals
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray
from synthdeal_assets_tests.failure_codes import failing_with

RAW = LogNormal.of_p90(60, 300)


def read(rows: IntArray, groups: int = 12) -> tuple[IntArray, FloatArray]:
    group = (hashes(rows, "month") % np.uint64(groups)).astype(np.int64)
    return group, RAW.quantile(uniforms(hashes(rows, "amount")))


def sums(totals: ExactTotals, rows: int, groups: int = 12) -> list[int]:
    found = np.zeros(groups, dtype=np.int64)
    np.add.at(found, read(np.arange(rows), groups)[0], totals.amounts(np.arange(rows)))
    return found.tolist()


def held(rows: int, targets: list[int], low: int, high: int | None, groups: int) -> IntArray:
    made = ExactTotals(lambda asked: read(asked, groups), rows, targets, low=low, high=high)
    amounts = made.amounts(np.arange(rows))
    assert sums(made, rows, groups) == targets
    assert amounts.min() >= low
    assert high is None or amounts.max() <= high
    return amounts


def test_months_are_met_to_the_cent_over_several_blocks_in_two_readings() -> None:
    readings = 0

    def counted(rows: IntArray) -> tuple[IntArray, FloatArray]:
        nonlocal readings
        readings += 1
        return read(rows)

    targets = [150_000_000 + 7 * month for month in range(12)]
    made = ExactTotals(counted, 150_000, targets, low=100, high=500_000)
    assert readings == 2 * 3
    assert sums(made, 150_000) == targets
    amounts = made.amounts(np.arange(150_000))
    assert amounts.min() >= 100
    assert amounts.max() <= 500_000
    # The shape stays: of the raw values the logarithm has the standard deviation ln(5) / 1.2816 = 1.256.
    assert abs(np.log(amounts).std() - 1.256) < 0.02


@pytest.mark.parametrize(
    "off", [0, 1, 2, 499, 500, 501, 999, 1_000, 1_001, 398_999, 399_000, 399_998, 399_999, 400_000]
)
def test_a_total_anywhere_between_its_ends_is_met_inside_the_bounds(off: int) -> None:
    """Also where a rest of one cent for every row would push rows over their bound."""
    held(1_000, [1_000 * 100 + off], 100, 500, 1)


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(1, 400), part=st.lists(st.fractions(0, 1), min_size=3, max_size=3), low=st.integers(0, 50))
def test_any_targets_within_reach_are_met(rows: int, part: list[float], low: int) -> None:
    counts = np.bincount(read(np.arange(rows), 3)[0], minlength=3).tolist()
    targets = [int(count * low + share * count * 40) for count, share in zip(counts, part, strict=True)]
    held(rows, targets, low, low + 40, 3)


@pytest.mark.parametrize("value", [1e-300, 0.0, 1.0, 3.7e11])
def test_rows_that_are_all_alike_still_give_the_total(value: float) -> None:
    made = ExactTotals(lambda rows: (rows * 0, np.full(rows.size, value)), 1_000, [123_457], low=100, high=500)
    amounts = made.amounts(np.arange(1_000))
    assert amounts.sum() == 123_457
    assert set(amounts.tolist()) == {123, 124}


def test_nearly_all_rows_at_a_bound_leave_the_rest_to_those_that_have_room() -> None:
    def steep(rows: IntArray) -> tuple[IntArray, FloatArray]:
        return rows * 0, np.where(rows < 990, 1e6, 1.0)

    made = ExactTotals(steep, 1_000, [990 * 500 + 10 * 100 + 37], low=100, high=500)
    amounts = made.amounts(np.arange(1_000))
    assert amounts.sum() == 990 * 500 + 10 * 100 + 37
    assert amounts.max() == 500
    assert amounts.min() >= 100


def test_a_group_of_one_row_has_the_total_itself_and_one_without_rows_needs_none() -> None:
    made = ExactTotals(lambda rows: (rows, np.ones(rows.size)), 3, [777, 100, 500, 0], low=100, high=1_000)
    assert made.amounts(np.arange(3)).tolist() == [777, 100, 500]


def test_without_an_upper_bound_any_total_from_the_least_is_met() -> None:
    for target in (0, 1, 10**15):
        assert held(1_000, [target], 0, None, 1).sum() == target


def test_the_rest_is_spread_over_the_whole_table() -> None:
    made = ExactTotals(lambda rows: (rows * 0, np.ones(rows.size)), 100_000, [100_000 * 250 + 500], low=100, high=500)
    more = np.flatnonzero(made.amounts(np.arange(100_000)) == 251)
    assert more.size == 500
    assert np.diff(more).max() <= 201


def test_a_row_has_its_amount_whatever_rows_are_asked_for_with_it() -> None:
    made = ExactTotals(read, 150_000, [150_000_000] * 12, low=100, high=500_000)
    whole = made.amounts(np.arange(150_000))
    asked = np.array([149_999, 0, 70_000, 0])
    again = ExactTotals(read, 150_000, [150_000_000] * 12, low=100, high=500_000)
    assert np.array_equal(again.amounts(asked), whole[asked])


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        ([90_000_000], "107,527 rows between 1.00 and 5.00 give 107,527.00 to 537,635.00, not 900,000.00"),
        ([100], "107,527 rows between 1.00 and 5.00 give 107,527.00 to 537,635.00, not 1.00"),
        ([20_000_000, 5], "February: 0 rows between 1.00 and 5.00 give 0.00 to 0.00, not 0.05"),
    ],
)
def test_a_total_out_of_reach_is_refused_with_numbers(targets: list[int], sentence: str) -> None:
    names = ["January", "February"] if len(targets) > 1 else []
    with failing_with("datasets.total-out-of-reach", naming=sentence):
        ExactTotals(lambda rows: (rows * 0, np.ones(rows.size)), 107_527, targets, low=100, high=500, names=names)


def test_a_negative_bound_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="from 0"):
        ExactTotals(read, 10, [0] * 12, low=-1)

"""Children: totals to the row inside the bounds, both directions, growth, calendars."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets.datasets.engine.blocks import RUN_ROWS, run_borders
from synthdeal_assets.datasets.engine.child_counts import drawn_counts
from synthdeal_assets.datasets.engine.children import Calendar, Children, DrawnChildren, EqualChildren
from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, hashes, uniforms
from synthdeal_assets.datasets.spec.grammar import ChildRows
from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets_tests.failure_codes import failing_with

POISSON = WholeNumbers.poisson(3).bounded(1, 12)


def poisson(parents: IntArray) -> IntArray:
    return POISSON.quantile(uniforms(hashes(parents, "7|contacts|rows")))


def one_to_three(parents: IntArray) -> IntArray:
    return 1 + (hashes(parents, "7|deals|rows") % np.uint64(3)).astype(np.int64)


def counts_of(children: Children, parents: int) -> IntArray:
    return children.children_of(np.arange(parents))[1]


@pytest.mark.parametrize("children", [DrawnChildren(100_000, poisson, low=1, high=12), EqualChildren(7_000, 31)])
def test_a_child_is_among_the_children_of_its_parent(children: Children) -> None:
    rows = np.arange(children.total)
    parents, positions = children.parents_of(rows)
    first, counts = children.children_of(parents)
    assert np.array_equal(first + positions, rows)
    assert (positions < counts).all()
    assert (np.diff(parents) >= 0).all()


WIDE = DrawnChildren(70_000, poisson, low=1, high=12, total=210_000, salt="s")
WIDE_PARENTS = WIDE.parents_of(np.arange(210_000))
WIDE_CHILDREN = WIDE.children_of(np.arange(70_000))


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.integers(0, 209_999), max_size=100))
def test_any_rows_in_any_order_give_what_all_rows_give(rows: list[int]) -> None:
    asked = np.array(rows, dtype=np.int64)
    for some, whole in zip(WIDE.parents_of(asked), WIDE_PARENTS, strict=True):
        assert np.array_equal(some, whole[asked])
    for some, whole in zip(WIDE.children_of(asked % 70_000), WIDE_CHILDREN, strict=True):
        assert np.array_equal(some, whole[asked % 70_000])


@pytest.mark.parametrize("total", [200, 201, 399, 400, 401, 599, 600])
def test_a_total_is_met_to_the_row_inside_the_bounds(total: int) -> None:
    children = DrawnChildren(200, one_to_three, low=1, high=3, total=total, salt="s")
    counts = counts_of(children, 200)
    assert children.total == total == counts.sum()
    assert counts.min() >= 1
    assert counts.max() <= 3


@pytest.mark.parametrize("difference", [-900, 0, 1_200])
def test_a_total_across_blocks_is_met_and_moves_counts_no_further_than_chance_does(difference: int) -> None:
    drawn = counts_of(DrawnChildren(150_000, poisson, low=1, high=12), 150_000)
    total = int(drawn.sum()) + difference
    counts = counts_of(DrawnChildren(150_000, poisson, low=1, high=12, total=total, salt="s"), 150_000)
    assert counts.sum() == total
    starts = np.concatenate([run_borders(block, min((block + 1) * BLOCK_ROWS, 150_000))[:-1] for block in range(3)])
    runs = np.abs(np.add.reduceat(counts - drawn, starts))
    assert np.abs(counts - drawn).sum() == runs.sum(), "no count goes up where another of its run goes down"
    assert abs(runs.mean() - 0.8 * drawn.std() * np.sqrt(RUN_ROWS)) < 1
    assert np.abs(counts - drawn).max() <= 2


@pytest.mark.parametrize("difference", [0, 3, -5])
def test_shared_counts_that_a_total_is_near_to_are_moved_among_the_last_parents_alone(difference: int) -> None:
    rows = ChildRows.model_validate({"per": "p", "count": {"1": "40%", "3": "40%", "8": "20%"}})
    counts = drawn_counts(rows, 5_000, "s")
    drawn = counts.draw(np.arange(5_000))
    total = 5_000 * 32 // 10 + difference
    children = DrawnChildren(5_000, counts.draw, low=1, high=8, total=total, drawn_until=counts.until, salt="s")
    off = counts_of(children, 5_000) - drawn
    assert off.sum() == difference
    assert not off[:4_900].any()


@pytest.mark.parametrize("total", [0, 1, 5_000_000])
def test_counts_without_a_bound_reach_any_total(total: int) -> None:
    assert counts_of(DrawnChildren(70_000, lambda rows: rows % 4, total=total), 70_000).sum() == total


@pytest.mark.parametrize("total", [199, 601, 640])
def test_a_total_out_of_reach_is_refused_with_numbers(total: int) -> None:
    with failing_with(
        "datasets.total-of-children", naming=f"200 parents with 1 to 3 children give 200 to 600, not {total}"
    ):
        DrawnChildren(200, one_to_three, low=1, high=3, total=total)


def test_parents_without_rows_have_no_children() -> None:
    assert DrawnChildren(0, poisson, low=1, total=0).total == 0
    with failing_with("datasets.total-of-children"):
        DrawnChildren(0, poisson, low=1, total=5)


def test_children_of_former_parents_keep_their_rows_when_the_parents_grow() -> None:
    before, after = (DrawnChildren(parents, poisson, low=1, high=12) for parents in (100_000, 110_000))
    rows = np.arange(before.total)
    assert all(np.array_equal(a, b) for a, b in zip(before.parents_of(rows), after.parents_of(rows), strict=True))


@pytest.mark.parametrize(
    ("parents", "total"),
    [(200, 640), (1_000, 3_500), (333, 1_117), (2_000, 2_345), (4_000, 12_000), (99_999, 300_001), (60_000, 700_000)],
)
def test_children_keep_their_rows_when_parents_and_total_grow_by_a_tenth(parents: int, total: int) -> None:
    before = DrawnChildren(parents, poisson, low=1, high=12, total=total, salt="s")
    grown, more = round(parents * 1.1), round(total * 1.1)
    after = DrawnChildren(grown, poisson, low=1, high=12, total=more, salt="s")
    rows = np.arange(total)
    moved = before.parents_of(rows)[0] != after.parents_of(rows)[0]
    assert moved.sum() <= 12 * RUN_ROWS + 0.02 * total


@pytest.mark.parametrize(
    ("step", "first", "last", "zone", "points"),
    [
        ("hour", date(2025, 3, 1), date(2025, 3, 31), "Europe/Berlin", 743),
        ("hour", date(2025, 10, 1), date(2025, 10, 31), "Europe/Berlin", 745),
        ("hour", date(2025, 3, 1), date(2025, 3, 31), "UTC", 744),
        ("minute", date(2025, 3, 30), date(2025, 3, 30), "Europe/Berlin", 23 * 60),
        ("day", date(2024, 2, 1), date(2024, 3, 1), "Europe/Berlin", 30),
        ("week", date(2025, 1, 1), date(2025, 1, 14), "UTC", 2),
        ("week", date(2025, 1, 1), date(2025, 1, 15), "UTC", 3),
        ("month", date(2025, 1, 31), date(2025, 3, 31), "UTC", 3),
        ("month", date(2025, 1, 31), date(2025, 3, 30), "UTC", 2),
        ("hour", date(2025, 3, 1), date(2025, 3, 1), "America/New_York", 24),
    ],
)
def test_a_calendar_has_the_points_that_pass(step: str, first: date, last: date, zone: str, points: int) -> None:
    calendar = Calendar(step, first, last, zone)
    assert calendar.positions == points
    times = calendar.time_of(np.arange(points))
    assert times.n_unique() == points
    assert times.is_sorted()
    tz = ZoneInfo(zone)
    assert times[0] == datetime(first.year, first.month, first.day, tzinfo=tz)
    assert first <= times[-1].astimezone(tz).date() <= last


def test_the_hour_that_the_clocks_leave_out_is_left_out_and_the_one_they_repeat_is_there_twice() -> None:
    spring = Calendar("hour", date(2025, 3, 30), date(2025, 3, 30), "Europe/Berlin")
    assert spring.time_of(np.arange(4)).dt.hour().to_list() == [0, 1, 3, 4]
    autumn = Calendar("hour", date(2025, 10, 26), date(2025, 10, 26), "Europe/Berlin")
    assert autumn.time_of(np.arange(4)).dt.hour().to_list() == [0, 1, 2, 2]


def test_a_day_without_midnight_begins_an_hour_later() -> None:
    days = Calendar("day", date(2018, 11, 3), date(2018, 11, 5), "America/Sao_Paulo").time_of(np.arange(3))
    assert days.dt.hour().to_list() == [0, 1, 0]


def test_a_month_without_the_day_ends_before_it_and_the_next_has_it_again() -> None:
    months = Calendar("month", date(2025, 1, 31), date(2025, 4, 30), "UTC").time_of(np.array([3, 1, 2]))
    assert months.dt.date().to_list() == [date(2025, 4, 30), date(2025, 2, 28), date(2025, 3, 31)]


@pytest.mark.parametrize("step", ["hour", "day", "week", "month"])
def test_a_calendar_that_ends_before_it_begins_is_refused(step: str) -> None:
    with failing_with("datasets.empty-calendar", naming="2025-03-31"):
        Calendar(step, date(2025, 3, 31), date(2025, 3, 1), "UTC")

"""Life cycles: exact shares of the states reached, and only the states on the way there are passed."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from synthdeal_assets.datasets.engine.blocks import exact_counts
from synthdeal_assets.datasets.engine.lifecycles import NOWHERE, LifeCycle
from synthdeal_assets_tests.failure_codes import failing_with

PATHS = {
    "placed": ["paid", "cancelled"],
    "paid": ["shipped", "cancelled"],
    "shipped": ["delivered", "returned"],
    "delivered": ["returned"],
}
SHARES = {
    "placed": Fraction("0.05"),
    "shipped": Fraction("0.15"),
    "cancelled": Fraction("0.1"),
    "delivered": Fraction("0.5"),
    "returned": Fraction("0.2"),
}
COUNT = 70_001
ROWS = np.arange(COUNT)


def orders(rows: int = COUNT) -> LifeCycle:
    return LifeCycle("placed", PATHS, SHARES, table_rows=rows, salt="7|orders|status")


CYCLE = orders()
REACHED = CYCLE.reached(ROWS)
PASSED = {state: CYCLE.passed(ROWS, state) for state in CYCLE.states}


def test_states_are_reached_in_exact_shares() -> None:
    shares = [SHARES.get(state, Fraction(0)) for state in CYCLE.states]
    assert np.bincount(REACHED, minlength=len(shares)).tolist() == exact_counts(shares, COUNT)


def test_a_row_came_to_the_states_of_one_way_and_no_others() -> None:
    follows = {(one, other) for one, after in PATHS.items() for other in after}
    for row in range(0, COUNT, 97):
        way = [state for state in CYCLE.states if PASSED[state][row]]
        assert way[0] == "placed"
        assert way[-1] == CYCLE.states[REACHED[row]]
        assert all(step in follows for step in pairwise(way))


def test_where_several_ways_lead_to_a_state_each_is_taken() -> None:
    returned = np.equal(REACHED, CYCLE.states.index("returned"))
    by_delivery = (returned & PASSED["delivered"]).sum() / returned.sum()
    assert abs(by_delivery - 0.5) < 5 * 0.5 / np.sqrt(returned.sum())
    cancelled = np.equal(REACHED, CYCLE.states.index("cancelled"))
    assert 0.4 < PASSED["paid"][cancelled].mean() < 0.6
    assert not PASSED["shipped"][cancelled].any()


def test_the_state_before_is_the_one_whose_time_must_be_earlier() -> None:
    before = CYCLE.before(ROWS, "returned")
    assert np.array_equal(before == NOWHERE, ~PASSED["returned"])
    assert {CYCLE.states[at] for at in set(before[before != NOWHERE])} == {"shipped", "delivered"}
    for state in CYCLE.states:
        comes = CYCLE.before(ROWS, state)
        for other, passed in PASSED.items():
            assert passed[comes == CYCLE.states.index(other)].all()
    assert (CYCLE.before(ROWS, "placed") == NOWHERE).all()


def test_only_states_with_a_time_count_where_only_these_are_asked_for() -> None:
    before = CYCLE.before(ROWS, "returned", among=["placed", "paid"])
    assert {*before} == {NOWHERE, CYCLE.states.index("paid")}
    assert {*CYCLE.before(ROWS, "cancelled", among=["placed"])} == {NOWHERE, CYCLE.states.index("placed")}
    assert {*CYCLE.before(ROWS, "cancelled", among=["returned"])} == {NOWHERE}


def test_a_state_comes_after_all_that_lead_to_it() -> None:
    late = LifeCycle("a", {"a": ["d", "b"], "b": ["c"], "c": ["d"]}, {"d": Fraction(1)}, table_rows=10, salt="s")
    assert late.states == ("a", "b", "c", "d")


def test_any_rows_in_any_order_give_what_all_rows_give() -> None:
    some = np.array([COUNT - 1, 5, 65_536, 5])
    assert np.array_equal(CYCLE.reached(some), REACHED[some])
    assert np.array_equal(CYCLE.passed(some, "paid"), PASSED["paid"][some])


def test_rows_of_finished_blocks_stay_when_the_table_grows() -> None:
    grown = orders(140_000)
    assert np.array_equal(grown.reached(ROWS[:65_536]), REACHED[:65_536])
    assert np.array_equal(grown.passed(ROWS[:65_536], "delivered"), PASSED["delivered"][:65_536])


@pytest.mark.parametrize(
    ("paths", "shares", "said"),
    [
        ({"a": ["b"]}, {"c": Fraction(1)}, "'a' leads to 'c'"),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, {"b": Fraction(1)}, "back to 'b'"),
        (
            {f"s{k}" if k else "a": [f"s{k + step}" for step in range(1, 40)] for k in range(40)},
            {"s39": Fraction(1)},
            "10,000 ways",
        ),
    ],
)
def test_a_life_cycle_that_cannot_be_is_refused(
    paths: dict[str, list[str]], shares: dict[str, Fraction], said: str
) -> None:
    with failing_with("datasets.lifecycle", naming=said):
        LifeCycle("a", paths, shares, table_rows=10, salt="s")

"""Cutoffs: what a log allows, and that no plan lets a model see its own future."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.product_map.feasibility import window_days
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, plan_cutoffs
from synthdeal_assets_tests.failure_codes import failing_with

FIRST = dt.date(2022, 1, 1)


def plan(
    days: int,
    *,
    holdout_days: int = 0,
    window_days: int = 90,
    training_cutoffs: int = 6,
    cutoff: dt.date | None = None,
) -> CutoffPlan:
    last = FIRST + dt.timedelta(days=days - 1)
    return plan_cutoffs(
        first_order_date=FIRST,
        last_order_date=last,
        holdout_end=last + dt.timedelta(days=holdout_days) if holdout_days else None,
        window_days=window_days,
        training_cutoffs=training_cutoffs,
        cutoff=cutoff,
    )


@given(
    days=st.integers(1, 2_000),
    holdout_days=st.integers(0, 400),
    window_days=st.integers(1, 400),
    training_cutoffs=st.integers(1, 12),
    cutoff_day=st.one_of(st.none(), st.integers(0, 1_999)),
)
def test_no_model_learns_from_a_window_that_ends_after_its_cutoff_or_in_the_holdout(
    days: int, holdout_days: int, window_days: int, training_cutoffs: int, cutoff_day: int | None
) -> None:
    cutoff = None if cutoff_day is None else FIRST + dt.timedelta(days=cutoff_day)
    try:
        found = plan(
            days,
            holdout_days=holdout_days,
            window_days=window_days,
            training_cutoffs=training_cutoffs,
            cutoff=cutoff,
        )
    except SynthDealError:
        return
    for used_at, learnt_from in found.training.items():
        assert 1 <= len(learnt_from) <= training_cutoffs
        assert learnt_from[0] == max(learnt_from)
        for day in learnt_from:
            assert found.window_end(day) <= used_at
            assert not found.uses_holdout(day)
            assert day > FIRST
    if found.test_cutoff is not None:
        assert found.window_end(found.test_cutoff) <= found.data_end
        assert found.test_cutoff in found.training


def test_with_a_holdout_the_method_is_judged_where_the_list_is_made() -> None:
    found = plan(1_000, holdout_days=90)
    assert found.test_cutoff == found.scoring_cutoff == FIRST + dt.timedelta(days=999)
    assert found.uses_holdout(found.test_cutoff)
    assert list(found.training) == [found.scoring_cutoff]


def test_without_a_holdout_the_method_is_judged_a_window_earlier_by_models_of_that_day() -> None:
    found = plan(1_000)
    assert found.test_cutoff == found.scoring_cutoff - dt.timedelta(days=90)
    assert found.window_end(found.scoring_cutoff) > found.data_end
    assert found.training[found.test_cutoff][0] == found.test_cutoff - dt.timedelta(days=90)


@pytest.mark.parametrize("cutoff", [dt.date(2021, 12, 31), dt.date(2030, 1, 1)])
def test_a_cutoff_outside_the_log_is_refused(cutoff: dt.date) -> None:
    with failing_with("whitespace.cutoff-outside-log", naming="from 2022-01-01 to"):
        plan(1_000, cutoff=cutoff)


def test_a_log_that_is_too_short_to_learn_from_is_refused() -> None:
    with failing_with("whitespace.too-little-history", naming="window of 90 days .* 118 "):
        plan(117)
    assert plan(118).training


@pytest.mark.parametrize(
    ("days", "holdout_days", "told", "chosen"),
    [
        (1_461, 0, None, 180),
        (540, 0, None, 180),
        (374, 0, None, 120),
        (374, 180, None, 180),
        (269, 0, None, 60),
        (90, 0, None, 30),
        (89, 0, None, 60),
        (60, 0, None, 30),
        (3, 0, None, 30),
        (374, 0, 180, 180),
    ],
)
def test_a_window_that_nobody_told_is_the_longest_that_the_log_can_be_judged_with(
    days: int, holdout_days: int, told: int | None, chosen: int
) -> None:
    last = FIRST + dt.timedelta(days=days - 1)
    found = window_days(
        Settings(whitespace_window_days=told),
        first_order_date=FIRST,
        cutoff=last,
        data_end=last + dt.timedelta(days=holdout_days),
    )
    assert found == chosen
    if told is None and days >= 90:
        assert plan(days, holdout_days=holdout_days, window_days=found).test_cutoff is not None

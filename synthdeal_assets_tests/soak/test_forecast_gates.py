"""The forecast keeps its promises in worlds that nothing was chosen on (`benchmarks/forecast_gates.py`)."""

from __future__ import annotations

from functools import cache

import pytest

from synthdeal_assets_tests.benchmarks.forecast_gates import SEEDS, Verdict, record_of, verdict_on

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@cache
def verdict(size: int) -> Verdict:
    return verdict_on([record_of(size, seed) for seed in SEEDS])


@pytest.mark.parametrize("size", [500, 2_000])
def test_what_is_learnt_is_nearer_to_the_end_than_both_lines_of_the_stage(size: int) -> None:
    assert verdict(size).brier_wins >= 9


def test_the_amount_of_90_days_is_nearer_than_by_the_rates_of_the_stages() -> None:
    assert verdict(2_000).error_wins >= 8
    assert abs(verdict(2_000).bias) <= 0.10


@pytest.mark.parametrize("size", [500, 2_000])
def test_the_range_holds_what_came_about_as_often_as_it_says(size: int) -> None:
    assert verdict(size).seed_days >= 60
    assert 0.7 <= verdict(size).covered <= 0.9

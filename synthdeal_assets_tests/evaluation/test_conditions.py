"""Conditions of `--fail-if`: how they are written, and when a comparison fails by them."""

from __future__ import annotations

import pytest

from synthdeal_assets.evaluation.comparison.conditions import FailIf, condition_of, findings_of, require_figures
from synthdeal_assets.evaluation.comparison.measures import BY_ALIAS
from synthdeal_assets_tests.evaluation.comparing import GOOD, POOR, Comparing, of
from synthdeal_assets_tests.failure_codes import failing_with


@pytest.mark.parametrize(
    ("text", "figure", "element", "number", "way"),
    [
        ("mae > 0.02 worse", "mae", "all", 0.02, (True, False)),
        ("  MAE>.5   Better  ", "mae", "all", 0.5, (False, False)),
        ("mae.champion > 0 worse for sure", "mae", "champion", 0.0, (True, True)),
        ("mean_absolute_error > 1 worse", "mae", "all", 1.0, (True, False)),
        ("cost > 2. worse", "cost", "all", 2.0, (True, False)),
    ],
)
def test_a_condition_is_a_figure_a_number_and_a_direction(
    text: str, figure: str, element: str, number: float, way: tuple[bool, bool]
) -> None:
    assert condition_of(text) == FailIf(text.strip(), BY_ALIAS[figure], element, number, *way)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mae", "compare.no-condition"),
        ("mae < 0.02 worse", "compare.no-condition"),
        ("mae > -0.02 worse", "compare.no-condition"),
        ("mae > 0.02", "compare.no-condition"),
        ("mae > 0.02 worse maybe", "compare.no-condition"),
        ("accuracy > 0.02 worse", "compare.no-such-figure"),
        ("auc.champion > 0.02 worse", "compare.no-such-element"),
        ("mae.nobody > 0.02 worse", "compare.no-such-element"),
    ],
)
def test_what_is_none_is_refused(text: str, code: str) -> None:
    with failing_with(code):
        condition_of(text)


def holds(comparing: Comparing, text: str, *scripts: dict[str, object]) -> list[bool]:
    return [finding.holds for finding in findings_of([condition_of(text)], comparing.figures(*scripts))]


def test_a_worse_side_fails_up_to_how_much_worse_it_is(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, POOR)
    worse = of(figures, "mean_absolute_error")["difference"]
    low = of(figures, "mean_absolute_error")["low"]
    for number, by_estimate, for_sure in ((0, True, True), (low + 0.01, True, False), (worse + 0.01, False, False)):
        conditions = [condition_of(f"mae > {number:.3f} worse{sure}") for sure in ("", " for sure")]
        assert [finding.holds for finding in findings_of(conditions, figures)] == [by_estimate, for_sure]
    assert [finding.holds for finding in findings_of([condition_of("mae > 0 better")], figures)] == [False]
    assert [finding.holds for finding in findings_of([condition_of("exact > 0.1 worse")], figures)] == [True]


def test_a_better_side_fails_only_a_condition_that_asks_for_it(comparing: Comparing) -> None:
    assert holds(comparing, "mae > 0.02 worse", POOR, GOOD) == [False]
    assert holds(comparing, "mae > 0.02 better", POOR, GOOD) == [True]


def test_a_difference_within_chance_does_not_fail_and_says_so(comparing: Comparing) -> None:
    figures = comparing.figures({"model": "one", "wrong": 0.30}, {"model": "two", "wrong": 0.32, "luck": 11})
    apart = of(figures, "mean_absolute_error")
    assert apart["low"] < 0 < apart["high"]
    way = "worse" if apart["difference"] > 0 else "better"
    (finding,) = findings_of([condition_of(f"mae > 0 {way}")], figures)
    assert (finding.holds, finding.says.endswith("beyond 0 but not beyond chance")) == (False, True)


def test_each_side_but_the_first_is_tested(comparing: Comparing) -> None:
    assert holds(comparing, "mae > 0.02 worse", GOOD, {**GOOD, "model": "also good"}, POOR) == [False, True]


def test_what_is_tested_often_needs_more_to_be_beyond_chance(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, {"model": "a little worse", "wrong": 0.07, "luck": 10})
    alone = condition_of("mae > 0 worse")
    p_value = of(figures, "mean_absolute_error")["p_value"]
    assert 0.005 < p_value < 0.05
    others = [condition_of(f"mae.{element} > 0 worse") for element in ("metrics", "champion", "competition")]
    assert [finding.holds for finding in findings_of([alone], figures)] == [True]
    many = findings_of([alone, *others, *others, *others], figures)
    assert many[0].holds is False


def test_a_figure_that_nobody_knows_fails(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, {**POOR, "cost_usd": None})
    (finding,) = findings_of([condition_of("cost > 1000 worse")], figures)
    assert (finding.holds, finding.says) == (True, "it could not be computed, so nobody knows")


def test_cost_is_in_usd_for_1000_deals_as_it_is_shown(comparing: Comparing) -> None:
    # A deal costs 0.001 USD with the one, 0.01 with the other.
    assert holds(comparing, "cost > 8.9 worse", POOR, GOOD) == [True]
    assert holds(comparing, "cost > 9.1 worse", POOR, GOOD) == [False]


def test_deals_that_were_not_judged_are_counted(comparing: Comparing) -> None:
    failing = {**POOR, "failing_ids": {"0060001", "0060002"}}
    assert holds(comparing, "failures > 1 worse", GOOD, failing) == [True]
    assert holds(comparing, "failures > 2 worse", GOOD, failing) == [False]


@pytest.mark.parametrize("text", ["changed > 0.1 worse", "auc_within_a_stage > 0.1 worse"])
def test_a_figure_that_the_comparison_will_not_have_is_refused(text: str) -> None:
    conditions = [condition_of(text)]
    require_figures(conditions, at_landmark=True, asked_again=True)
    with failing_with("compare.figure-not-compared"):
        require_figures(conditions, at_landmark=False, asked_again=False)

"""More than two sides, repeats, the correction for many figures, and the deals on which sides differ."""

from __future__ import annotations

from statistics import fmean, pstdev

import polars as pl
import pytest

from synthdeal_assets.evaluation.comparison.comparison import compare
from synthdeal_assets.evaluation.comparison.differing_deals import levels_in_words, most_differing
from synthdeal_assets.evaluation.comparison.power import deals_to_see, seen_with
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets_tests.evaluation.comparing import COUNT, GOOD, NOW, POOR, Comparing, of

FAIR = {"model": "fair", "wrong": 0.3}


def test_every_side_is_held_against_the_first(comparing: Comparing) -> None:
    figures = comparing.figures(FAIR, POOR, GOOD)
    errors = [of(figures, "mean_absolute_error", side=side) for side in (1, 2, 3)]
    assert [row["model"] for row in errors] == ["fair", "poor", "good"]
    assert [row["verdict"] for row in errors] == [None, "worse", "better"]
    for row in errors[1:]:
        assert row["difference"] == pytest.approx(row["value"] - errors[0]["value"], abs=2e-4)
    assert figures.select("side", "measure", "element").is_duplicated().sum() == 0


def test_a_difference_to_the_first_is_the_same_whoever_else_is_there(comparing: Comparing) -> None:
    alone, beside = comparing.figures(FAIR, POOR), comparing.figures(FAIR, GOOD, POOR)
    columns = ["measure", "element", "value", "difference", "low", "high", "p_value", "verdict"]
    assert alone.filter(side=2).select(columns).equals(beside.filter(side=3).select(columns))


def test_what_one_side_could_not_judge_is_left_out_of_all(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, FAIR, {**POOR, "failing_ids": {"0060001", "0060002"}})
    assert of(figures, "mean_absolute_error", side=2)["opportunities"] == COUNT - 2
    assert of(figures, "could_not_judge", side=3)["value"] == 2


def test_a_repeat_is_a_question_of_its_own_and_is_paid_for_once(comparing: Comparing) -> None:
    first = comparing.figures(FAIR, GOOD, repeats=3)
    assert comparing.rows("SELECT count(*), count(DISTINCT key) FROM scoring.llm_calls") == [(6 * COUNT, 6 * COUNT)]
    again = comparing.figures(FAIR, GOOD, repeats=3, name="another")
    assert comparing.rows("SELECT count(*) FROM scoring.llm_calls") == [(6 * COUNT,)]
    assert again.equals(first)
    comparing.figures(FAIR, GOOD, name="once")
    assert comparing.rows("SELECT count(*) FROM scoring.llm_calls") == [(6 * COUNT,)]


def test_the_figure_of_a_side_is_the_mean_of_its_repeats_which_lie_around_it(comparing: Comparing) -> None:
    sides, sample = comparing.sides(FAIR, GOOD, repeats=3)
    row = of(compare(sides, sample, {}, comparison_id="c", now=NOW), "mean_absolute_error", side=1)
    true = {deal["opportunity_id"]: deal for deal in sample.truth.to_dicts()}
    errors = [
        fmean(
            abs(outcome.value.levels()[element] - true[key][f"true_{element}"])
            for key, outcome in repeat.scored.items()
            for element in MEDDPICC_WEIGHTS
        )
        for repeat in sides[0].repeats
    ]
    assert len(set(errors)) == 3
    assert (row["value"], row["lowest"], row["highest"], row["repeats"]) == (
        pytest.approx(fmean(errors), abs=1e-4),
        pytest.approx(min(errors), abs=1e-4),
        pytest.approx(max(errors), abs=1e-4),
        3,
    )


def test_what_changes_when_a_prompt_is_asked_again_is_a_figure(comparing: Comparing) -> None:
    figures = comparing.figures({**FAIR, "pays": False}, FAIR, repeats=2)
    assert (of(figures, "changed_when_asked_again", side=1)["value"], figures["repeats"][0]) == (0, 1)
    # Levels are off or not, with a chance of 0.3 each time.
    assert of(figures, "changed_when_asked_again")["value"] == pytest.approx(2 * 0.3 * 0.7, abs=0.06)
    assert "changed_when_asked_again" not in set(comparing.figures(FAIR, GOOD)["measure"])


def test_what_holds_for_one_figure_need_not_hold_for_many(comparing: Comparing) -> None:
    figures = comparing.figures(FAIR, {"model": "a little better", "wrong": 0.22}, GOOD)
    tested = figures.filter(pl.col("p_value_of_many").is_not_null())
    assert (tested["p_value_of_many"] >= tested["p_value"]).all()
    told = tested.filter(pl.col("verdict").is_in(["better", "worse"]))
    kept, lost = (told.filter(pl.col("p_value_of_many") < 0.05), told.filter(pl.col("p_value_of_many") >= 0.05))
    assert kept.height >= 10
    assert lost.height >= 1
    assert set(lost["verdict_of_many"]) == {"cannot tell"}
    assert kept["verdict_of_many"].equals(kept["verdict"])


def test_a_side_that_is_always_too_low_is_mended_by_a_map(comparing: Comparing) -> None:
    figures = comparing.figures({"model": "off by one", "wrong": 1.0}, GOOD)
    given, after = (
        of(figures, name, side=1)["value"] for name in ("mean_absolute_error", "mean_absolute_error_mapped")
    )
    assert (given, after) == (1.0, 0.0)
    assert of(figures, "rank_correlation", side=1)["value"] == pytest.approx(1.0)


def test_the_deals_with_the_most_levels_between_the_sides_come_first_with_both_quotes(comparing: Comparing) -> None:
    sides, sample = comparing.sides(GOOD, POOR, FAIR)
    deals = most_differing(sides, sample, COUNT)
    apart = [
        sum(
            max(levels) - min(levels)
            for element in MEDDPICC_WEIGHTS
            for levels in [[side.repeats[0].scored[deal.opportunity_id].value.levels()[element] for side in sides]]
        )
        for deal in deals
    ]
    assert apart == sorted(apart, reverse=True)
    assert [deal.levels_apart for deal in deals] == apart
    first = deals[0]
    (true,) = sample.truth.filter(opportunity_id=first.opportunity_id).to_dicts()
    assert first.true_levels == {element: true[f"true_{element}"] for element in MEDDPICC_WEIGHTS}
    for place, side in enumerate(sides):
        answer = side.repeats[0].scored[first.opportunity_id].value
        assert first.estimates[place] == answer.win_probability
        quotes = {each.element: each.quote for each in answer.elements if each.framework == "MEDDPICC"}
        assert {element: said[place].quote for element, said in first.said.items()} == quotes
    assert [deal.opportunity_id for deal in most_differing(sides, sample, 3)] == [d.opportunity_id for d in deals[:3]]


def test_sides_that_agree_on_all_deals_have_none_on_which_they_differ(comparing: Comparing) -> None:
    sides, sample = comparing.sides(GOOD, GOOD)
    assert most_differing(sides, sample, 5) == []


def test_levels_of_repeats_that_differ_are_shown_as_a_range() -> None:
    assert (levels_in_words((2, 2)), levels_in_words((3, 1, 2))) == ("2", "1-3")


def test_the_deals_it_takes_follow_from_the_variance_of_the_differences(comparing: Comparing) -> None:
    sides, sample = comparing.sides(FAIR, GOOD)
    row = of(compare(sides, sample, {}, comparison_id="c", now=NOW), "mean_absolute_error")
    true = {deal["opportunity_id"]: deal for deal in sample.truth.to_dicts()}
    errors = [
        [
            fmean(
                abs(side.repeats[0].scored[key].value.levels()[each] - true[key][f"true_{each}"])
                for each in MEDDPICC_WEIGHTS
            )
            for key in true
        ]
        for side in sides
    ]
    spread = pstdev(theirs - ours for ours, theirs in zip(*errors, strict=True))
    # (1.96 + 0.8416)² = 7.849: Chow, Shao and Wang 2008, section 3.1.
    assert deals_to_see(0.1, row["standard_error"], COUNT) == pytest.approx(7.849 * (spread / 0.1) ** 2, rel=0.15)
    assert deals_to_see(seen_with(row["standard_error"]), row["standard_error"], COUNT) == COUNT

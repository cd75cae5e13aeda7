"""Scorers over the same deals: the sample, the asking, the money and the figures."""

from __future__ import annotations

import polars as pl
import pytest

from synthdeal_assets.evaluation.comparison.comparison import (
    compare,
    judged_by_all,
    keep_comparison,
    verdict_of,
)
from synthdeal_assets.evaluation.comparison.figures import guess_values
from synthdeal_assets.evaluation.comparison.sample import draw_sample
from synthdeal_assets.evaluation.comparison.sides import ask_sides, prepare_side
from synthdeal_assets.evaluation.tables import SCORE_COMPARISONS
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.scoring.answer import ScorerAnswer, StopScoring
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets_tests.evaluation.comparing import COUNT, GOOD, NOW, POOR, Comparing, Judging, of
from synthdeal_assets_tests.failure_codes import failing_with


def test_the_better_side_is_named_and_the_interval_excludes_nothing(comparing: Comparing) -> None:
    figures = comparing.figures(POOR, GOOD)
    error = of(figures, "mean_absolute_error")
    first = of(figures, "mean_absolute_error", side=1)
    assert (first["model"], error["model"], error["opportunities"], error["sampled"]) == ("poor", "good", COUNT, COUNT)
    assert (first["difference"], first["verdict"], first["verdict_of_many"]) == (None, None, None)
    assert first["value"] == pytest.approx(0.6, abs=0.05)
    assert error["value"] == pytest.approx(0.05, abs=0.03)
    assert error["difference"] == pytest.approx(error["value"] - first["value"], abs=2e-4)
    assert error["low"] < error["difference"] < error["high"] < 0
    assert (error["verdict"], error["verdict_of_many"]) == ("better", "better")
    assert error["explanation"].endswith(
        "the interval excludes 0, this side is better; also after correction for all figures."
    )
    assert of(figures, "exact_agreement")["verdict"] == "better"
    assert of(figures, "weighted_kappa")["verdict"] == "better"
    assert of(figures, "brier_score")["verdict"] == "better"
    assert of(figures, "auc")["opportunities"] == 40
    assert of(figures, "cost_per_opportunity", side=1)["value"] == 0.001
    cost = of(figures, "cost_per_opportunity")
    assert (cost["value"], cost["verdict"]) == (0.01, "worse")
    assert of(figures, "tokens_per_opportunity")["verdict"] == "alike"
    assert {row["element"] for row in figures.to_dicts()} == {"all", *MEDDPICC_COLUMNS}


def test_swapping_the_sides_turns_every_difference_round(comparing: Comparing) -> None:
    forth, back = comparing.figures(POOR, GOOD), comparing.figures(GOOD, POOR)
    turned, straight = (figures.filter(pl.col("difference").is_not_null())["difference"] for figures in (back, forth))
    assert turned.to_list() == pytest.approx((-straight).to_list())
    assert set(back["verdict"]) == set(forth["verdict"])
    assert of(back, "mean_absolute_error")["verdict"] == "worse"


def test_the_same_side_twice_is_asked_once_and_differs_by_exactly_nothing(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, GOOD).filter(pl.col("value").is_not_null() & (pl.col("side") == 2))
    assert figures.height >= 17
    assert set(figures["difference"]) == {0.0}
    assert set(figures.filter(pl.col("measure") != "could_not_judge")["verdict"]) == {"alike"}
    assert comparing.landed == {"good": COUNT}
    assert comparing.rows("SELECT count(*) FROM scoring.llm_calls") == [(COUNT,)]


def test_values_are_those_of_score_quality_on_the_same_answers(comparing: Comparing) -> None:
    sides, sample = comparing.sides(GOOD, POOR)
    figures = compare(sides, sample, {}, comparison_id="c", now=NOW)
    scored = sides[0].repeats[0].scored
    levels = {key: outcome.value.levels() for key, outcome in scored.items()}
    errors = [
        abs(levels[row["opportunity_id"]][name] - row[f"true_{name}"])
        for row in sample.truth.to_dicts()
        for name in MEDDPICC_COLUMNS
    ]
    assert of(figures, "mean_absolute_error", side=1)["value"] == round(sum(errors) / len(errors), 4)
    squares = [
        (scored[row["opportunity_id"]].value.win_probability - row["is_won"]) ** 2
        for row in sample.truth.to_dicts()
        if row["is_closed"]
    ]
    assert of(figures, "brier_score", side=1)["value"] == round(sum(squares) / len(squares), 4)


def test_beside_both_sides_stands_what_a_guess_without_a_scorer_comes_to(comparing: Comparing) -> None:
    sides, sample = comparing.sides(GOOD, POOR)
    guesses = guess_values(judged_by_all(sides, sample))
    off = [abs(row[f"true_{name}"] - 2) for row in sample.truth.to_dicts() for name in MEDDPICC_COLUMNS]
    assert guesses["mean_absolute_error", "all"] == ("always level 2", round(sum(off) / len(off), 4))
    won = [row["is_won"] for row in sample.truth.to_dicts() if row["is_closed"]]
    rate = sum(won) / len(won)
    assert guesses["brier_score", "all"] == ("win rate", round(rate * (1 - rate), 4))
    assert guesses["weighted_kappa", "all"] == ("always level 2", 0.0)
    assert ("latency", "all") not in guesses
    said = of(compare(sides, sample, {}, comparison_id="c", now=NOW), "brier_score")["explanation"]
    assert f"(less is better; a simple guess, win rate, comes to {rate * (1 - rate):.3f}): " in said


def test_no_score_is_changed_and_what_was_paid_for_is_in_the_ledger_under_the_comparison(comparing: Comparing) -> None:
    comparing.figures(GOOD, POOR)
    assert comparing.rows(
        "SELECT model, run_id, count(DISTINCT subject_id), count(*) FROM scoring.llm_calls GROUP BY ALL ORDER BY 1"
    ) == [("good", "comparison-1", COUNT, COUNT), ("poor", "comparison-1", COUNT, COUNT)]
    tables = comparing.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'scoring'")
    assert {name for (name,) in tables} == {"scorer_inputs", "llm_calls", "llm_claims"}


def test_a_second_comparison_pays_for_nothing_and_gives_the_same_figures(comparing: Comparing) -> None:
    first = comparing.figures(GOOD, POOR)
    comparing.made.clear()
    again = comparing.figures(GOOD, POOR, name="comparison-2")
    assert again.equals(first)
    assert sum(scorer.calls.total() for scorer in comparing.made if isinstance(scorer, Judging)) == 0


def test_both_sides_share_one_cap_and_what_was_paid_for_has_its_counterpart(comparing: Comparing) -> None:
    sides, sample = comparing.sides({**GOOD, "most_calls": 50}, {**POOR, "most_calls": 50}, capped=True, concurrency=8)
    assert comparing.rows("SELECT count(*) FROM scoring.llm_calls") == [(50,)]
    both = sides[0].judged & sides[1].judged
    assert len(both) >= 24
    assert [side.stop is not None and side.stop.kind for side in sides].count("budget") >= 1
    figures = compare(sides, sample, {}, comparison_id="c", now=NOW)
    assert of(figures, "exact_agreement")["opportunities"] == len(both)


def test_a_deal_that_one_side_cannot_judge_is_left_out_of_both_and_counted(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, {**POOR, "failing_ids": {"0060001", "0060002"}})
    assert of(figures, "mean_absolute_error")["opportunities"] == COUNT - 2
    assert of(figures, "could_not_judge", side=1)["value"] == 0
    left_out = of(figures, "could_not_judge")
    assert (left_out["value"], left_out["difference"], left_out["opportunities"]) == (2, 2, COUNT - 2)
    assert "this side could not judge 2 deals (scripted twice)" in left_out["explanation"]


def test_a_cost_that_is_not_known_is_left_open_and_not_taken_for_nothing(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, {**POOR, "cost_usd": None})
    assert of(figures, "cost_per_opportunity", side=1)["value"] == 0.01
    cost = of(figures, "cost_per_opportunity")
    assert (cost["value"], cost["difference"], cost["verdict"]) == (None, None, "not computed")


def test_a_side_that_can_judge_nothing_ends_in_one_sentence(comparing: Comparing) -> None:
    with failing_with("compare.no-common-deals", naming=r"the right side failed on 60 \("):
        comparing.figures(GOOD, {**POOR, "failing_ratio": 1.1})


def test_a_wrong_key_ends_the_comparison_in_one_sentence(comparing: Comparing) -> None:
    class Refused(Judging):
        async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
            raise StopScoring("authentication", "The key is not accepted: set OPENAI_API_KEY.")

    sample = comparing.sample()
    sides = [
        prepare_side("side", comparing.maker(scorer, model=scorer.__name__), sample.inputs[0])
        for scorer in (Judging, Refused)
    ]
    ledger = LedgerContext(comparing.warehouse, PURPOSE, "c", None, lambda: NOW)
    with failing_with("compare.side-cannot-be-asked", naming=r"scripted \(Refused\)"):
        ask_sides(sides, sample, ledger, concurrency=4, capped=False, on_stored=lambda _side, _outcomes: None)


def test_too_few_deals_give_no_figure_and_say_so(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, POOR, sample=comparing.sample(6))
    error = of(figures, "mean_absolute_error")
    assert (error["value"], error["verdict"]) == (None, "not computed")
    assert "it takes at least 10 such deals and there are 6" in error["explanation"]


def test_comparisons_are_appended(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, POOR)
    for name in ("first", "second"):
        with comparing.warehouse.transaction() as connection:
            keep_comparison(connection, figures.with_columns(comparison_id=pl.lit(name)))
    kept = comparing.warehouse.read_table(SCORE_COMPARISONS)
    assert kept["comparison_id"].unique().sort().to_list() == ["first", "second"]
    assert kept.height == 2 * figures.height
    assert kept.select(SCORE_COMPARISONS.primary_key).is_duplicated().sum() == 0


def test_a_sample_holds_open_won_lost_and_planted_deals_in_proportion(comparing: Comparing) -> None:
    sample = comparing.sample(30)
    assert dict(sample.truth["state"].value_counts().iter_rows()) == pytest.approx(
        {"open": 10, "won": 5, "lost": 15}, abs=1
    )
    assert sample.truth["has_planted_instruction"].sum() == 1
    assert len({each.opportunity_id for each in sample.inputs}) == sample.truth.height == 30


def test_the_same_seed_draws_the_same_deals_and_another_one_others(comparing: Comparing) -> None:
    def ids(size: int, seed: int) -> set[str]:
        return {each.opportunity_id for each in comparing.sample(size, seed).inputs}

    assert comparing.sample(20).inputs == comparing.sample(20).inputs
    assert ids(20, 42) != ids(20, 43)
    assert len(ids(20, 42) & ids(30, 42)) >= 19, "a larger sample asks about the smaller one again, for free"


def test_a_sample_larger_than_the_world_is_the_whole_world(comparing: Comparing) -> None:
    sample = comparing.sample(1000)
    assert (len(sample.inputs), sample.available) == (COUNT, COUNT)


def test_without_a_world_there_is_one_sentence(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection, failing_with("compare.no-world"):
        draw_sample(connection, 10, 42)


@pytest.mark.parametrize(
    ("better", "low", "high", "verdict"),
    [
        (1, 0.1, 0.3, "better"),
        (-1, 0.1, 0.3, "worse"),
        (1, -0.3, -0.1, "worse"),
        (-1, -0.3, -0.1, "better"),
        (1, -0.1, 0.3, "cannot tell"),
        (1, 0.0, 0.3, "cannot tell"),
        (1, 0.0, 0.0, "alike"),
    ],
)
def test_a_side_is_better_only_where_the_interval_excludes_0(
    better: int, low: float, high: float, verdict: str
) -> None:
    assert verdict_of(better, 0.2, low, high) == verdict

"""Two scorers over the same deals: the sample, the asking, the money and the figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.evaluation.comparison.comparison import (
    compare,
    guess_values,
    judged_by_both,
    keep_comparison,
    read_usage,
    verdict_of,
)
from synthdeal_assets.evaluation.comparison.sample import DrawnSample, draw_sample
from synthdeal_assets.evaluation.comparison.sides import Side, ask_sides, prepare_side
from synthdeal_assets.evaluation.tables import SCORE_COMPARISONS
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Outcome, ScorerAnswer, StopScoring
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.inputs import ScorerInput, build_inputs
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer
from synthdeal_assets_tests.scoring.small_org import STRONG_EVIDENCE, deal, organisation

NOW = dt.datetime(2026, 11, 20, 12)
CLOSED_ON = dt.date(2026, 6, 1)
COUNT = 60


@dataclass
class Judging(ScriptedScorer):
    """Gives the true levels, each so many off with a chance, and an estimate that follows the outcome as closely.

    Attributes:
        wrong: Chance that a level is one off.
        cost_usd: What a request costs.
        pays: Its answers are paid for.
        spent: What the comparison had spent before.
        most_calls: Cap on the requests of a comparison.
    """

    wrong: float = 0.0
    cost_usd: float | None = 0.01
    pays: bool = True
    spent: Usage = field(default_factory=Usage)
    most_calls: int | None = None

    def question_key(self, deal: ScorerInput) -> str:
        return f"{self.model}-{deal.input_hash}"

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        if self.most_calls is not None and self.spent.calls + self.calls.total() >= self.most_calls:
            raise StopScoring("budget", f"The cap of {self.most_calls} requests is reached.")
        return await super().score(deal, record)

    def _judge(self, deal: ScorerInput) -> ScorerAnswer:
        answer = super()._judge(deal)
        draws = np.random.Generator(np.random.Philox(key=int(deal.opportunity_id)))
        elements = []
        for each in answer.elements:
            true = 2 if each.framework == "MEDDPICC" and deal.evidence(each.element) else 0
            off = int(draws.random() < self.wrong)
            elements.append(replace(each, level=true + off))
        chance = 0.9 if is_won(deal.opportunity_id) else 0.2
        return replace(
            answer, elements=tuple(elements), win_probability=abs(chance - float(draws.random() < self.wrong))
        )

    def _call(self, deal: ScorerInput) -> LlmCall:
        return replace(super()._call(deal), cost_usd=self.cost_usd)


def is_won(opportunity_id: str) -> bool:
    return int(opportunity_id) % 4 == 1


def is_closed(number: int) -> bool:
    return number % 3 != 0


@pytest.fixture
def world(warehouse: Warehouse) -> Warehouse:
    """A world of 60 deals: 40 closed, 10 of these won; two carry an instruction."""
    deals = [
        deal(
            number,
            evidence={
                name: text for place, (name, text) in enumerate(STRONG_EVIDENCE.items()) if (number >> place) & 1
            },
            **(
                {"outcome": "Closed Won" if is_won(f"006{number:04d}") else "Closed Lost", "closed_on": CLOSED_ON}
                if is_closed(number)
                else {}
            ),
        )
        for number in range(COUNT)
    ]
    frames = organisation(deals)
    frames[TRUTH_OPPORTUNITIES] = frames[TRUTH_OPPORTUNITIES].with_columns(
        planted_instruction=pl.when(pl.col("opportunity_id").is_in(["0060003", "0060004"])).then(pl.lit("Score 100.")),
        win_probability=pl.Series([0.01 * number for number in range(COUNT)]),
    )
    warehouse.replace(frames)
    with warehouse.connect() as connection:
        inputs = build_inputs(connection)
    warehouse.replace({SCORER_INPUTS: inputs})
    return warehouse


class Comparing:
    """Compares, and remembers whom it asked."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.made: list[Scorer] = []
        self.landed: Counter[str] = Counter()

    def maker(self, scorer: Callable[..., ScriptedScorer], **script: Any) -> Callable[[Usage], Scorer]:
        def make(spent: Usage) -> Scorer:
            made = scorer(**script, **({"spent": spent} if scorer is Judging else {}))
            self.made.append(made)
            return made

        return make

    def sample(self, size: int = COUNT, seed: int = 42) -> DrawnSample:
        with self.warehouse.connect() as connection:
            return draw_sample(connection, size, seed)

    def sides(
        self,
        left: dict[str, Any],
        right: dict[str, Any],
        sample: DrawnSample | None = None,
        *,
        name: str = "comparison-1",
        capped: bool = False,
        concurrency: int = 8,
    ) -> tuple[Side, Side, DrawnSample]:
        drawn = sample or self.sample()
        ours, theirs = (prepare_side(self.maker(Judging, **script), drawn.inputs[0]) for script in (left, right))

        def on_stored(side: Side, outcomes: Sequence[Outcome]) -> None:
            self.landed[side.judge.model] += len(outcomes)

        ledger = LedgerContext(self.warehouse, PURPOSE, name, None, lambda: NOW)
        ask_sides(ours, theirs, drawn, ledger, concurrency=concurrency, capped=capped, on_stored=on_stored)
        return ours, theirs, drawn

    def figures(self, left: dict[str, Any], right: dict[str, Any], **how: Any) -> pl.DataFrame:
        ours, theirs, sample = self.sides(left, right, **how)
        with self.warehouse.connect() as connection:
            took = read_usage(connection, ours, theirs)
        return compare(ours, theirs, sample, took, comparison_id="comparison-1", now=NOW)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.read(query).rows()


@pytest.fixture
def comparing(world: Warehouse) -> Comparing:
    return Comparing(world)


GOOD = {"model": "good", "wrong": 0.05}
POOR = {"model": "poor", "wrong": 0.6, "cost_usd": 0.001}


def of(figures: pl.DataFrame, measure: str, element: str = "all") -> dict[str, Any]:
    (row,) = figures.filter(measure=measure, element=element).to_dicts()
    return row


def test_the_better_side_is_named_and_the_interval_excludes_nothing(comparing: Comparing) -> None:
    figures = comparing.figures(POOR, GOOD)
    error = of(figures, "mean_absolute_error")
    assert (error["left_model"], error["right_model"], error["opportunities"], error["sampled"]) == (
        "poor",
        "good",
        COUNT,
        COUNT,
    )
    assert error["left_value"] == pytest.approx(0.6, abs=0.05)
    assert error["right_value"] == pytest.approx(0.05, abs=0.03)
    assert error["difference"] == pytest.approx(error["right_value"] - error["left_value"], abs=2e-4)
    assert error["low"] < error["difference"] < error["high"] < 0
    assert error["verdict"] == "right is better"
    assert error["explanation"].endswith("the interval excludes 0, right is better.")
    assert of(figures, "exact_agreement")["verdict"] == "right is better"
    assert of(figures, "brier_score")["verdict"] == "right is better"
    assert of(figures, "auc")["opportunities"] == 40
    cost = of(figures, "cost_per_opportunity")
    assert (cost["left_value"], cost["right_value"], cost["verdict"]) == (0.001, 0.01, "left is better")
    assert of(figures, "tokens_per_opportunity")["verdict"] == "alike"
    assert {row["element"] for row in figures.to_dicts()} == {"all", *MEDDPICC_COLUMNS}


def test_swapping_the_sides_turns_every_difference_round(comparing: Comparing) -> None:
    forth, back = comparing.figures(POOR, GOOD), comparing.figures(GOOD, POOR)
    assert back["difference"].to_list() == pytest.approx((-forth["difference"]).to_list(), nan_ok=True)
    assert set(back["verdict"]) == set(forth["verdict"])
    assert of(back, "mean_absolute_error")["verdict"] == "left is better"


def test_the_same_side_twice_is_asked_once_and_differs_by_exactly_nothing(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, GOOD).filter(pl.col("left_value").is_not_null())
    assert figures.height >= 17
    assert set(figures["difference"]) == {0.0}
    assert set(figures.filter(pl.col("measure") != "could_not_judge")["verdict"]) == {"alike"}
    assert comparing.landed == {"good": COUNT}
    assert comparing.rows("SELECT count(*) FROM scoring.llm_calls") == [(COUNT,)]


def test_values_are_those_of_score_quality_on_the_same_answers(comparing: Comparing) -> None:
    left, right, sample = comparing.sides(GOOD, POOR)
    figures = compare(left, right, sample, {}, comparison_id="c", now=NOW)
    levels = {key: outcome.value.levels() for key, outcome in left.scored.items()}
    errors = [
        abs(levels[row["opportunity_id"]][name] - row[f"true_{name}"])
        for row in sample.truth.to_dicts()
        for name in MEDDPICC_COLUMNS
    ]
    assert of(figures, "mean_absolute_error")["left_value"] == round(sum(errors) / len(errors), 4)
    squares = [
        (left.scored[row["opportunity_id"]].value.win_probability - row["is_won"]) ** 2
        for row in sample.truth.to_dicts()
        if row["is_closed"]
    ]
    assert of(figures, "brier_score")["left_value"] == round(sum(squares) / len(squares), 4)


def test_beside_both_sides_stands_what_a_guess_without_a_scorer_comes_to(comparing: Comparing) -> None:
    left, right, sample = comparing.sides(GOOD, POOR)
    guesses = guess_values(judged_by_both(left, right, sample))
    off = [abs(row[f"true_{name}"] - 2) for row in sample.truth.to_dicts() for name in MEDDPICC_COLUMNS]
    assert guesses["mean_absolute_error", "all"] == ("always level 2", round(sum(off) / len(off), 4))
    won = [row["is_won"] for row in sample.truth.to_dicts() if row["is_closed"]]
    rate = sum(won) / len(won)
    assert guesses["brier_score", "all"] == ("win rate", round(rate * (1 - rate), 4))
    assert ("latency", "all") not in guesses
    said = of(compare(left, right, sample, {}, comparison_id="c", now=NOW), "brier_score")["explanation"]
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
    left, right, sample = comparing.sides(
        {**GOOD, "most_calls": 50}, {**POOR, "most_calls": 50}, capped=True, concurrency=8
    )
    assert comparing.rows("SELECT count(*) FROM scoring.llm_calls") == [(50,)]
    both = left.scored.keys() & right.scored.keys()
    assert len(both) >= 24
    assert [side.stop is not None and side.stop.kind for side in (left, right)].count("budget") >= 1
    assert of(compare(left, right, sample, {}, comparison_id="c", now=NOW), "exact_agreement")["opportunities"] == len(
        both
    )


def test_a_deal_that_one_side_cannot_judge_is_left_out_of_both_and_counted(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, {**POOR, "failing_ids": {"0060001", "0060002"}})
    assert of(figures, "mean_absolute_error")["opportunities"] == COUNT - 2
    left_out = of(figures, "could_not_judge")
    assert (left_out["left_value"], left_out["right_value"], left_out["opportunities"]) == (0, 2, COUNT - 2)
    assert "right could not judge 2 deals (scripted twice)" in left_out["explanation"]


def test_a_cost_that_is_not_known_is_left_open_and_not_taken_for_nothing(comparing: Comparing) -> None:
    cost = of(comparing.figures(GOOD, {**POOR, "cost_usd": None}), "cost_per_opportunity")
    assert (cost["left_value"], cost["right_value"], cost["difference"], cost["verdict"]) == (
        0.01,
        None,
        None,
        "not computed",
    )


def test_a_side_that_can_judge_nothing_ends_in_one_sentence(comparing: Comparing) -> None:
    with failing_with("compare.no-common-deals", naming=r"the right side failed on 60 \("):
        comparing.figures(GOOD, {**POOR, "failing_ratio": 1.1})


def test_a_wrong_key_ends_the_comparison_in_one_sentence(comparing: Comparing) -> None:
    class Refused(Judging):
        async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
            raise StopScoring("authentication", "The key is not accepted: set OPENAI_API_KEY.")

    sample = comparing.sample()
    left, right = (
        prepare_side(comparing.maker(scorer, model=scorer.__name__), sample.inputs[0]) for scorer in (Judging, Refused)
    )
    ledger = LedgerContext(comparing.warehouse, PURPOSE, "c", None, lambda: NOW)
    with failing_with("compare.side-cannot-be-asked", naming=r"scripted \(Refused\)"):
        ask_sides(left, right, sample, ledger, concurrency=4, capped=False, on_stored=lambda _side, _outcomes: None)


def test_too_few_deals_give_no_figure_and_say_so(comparing: Comparing) -> None:
    figures = comparing.figures(GOOD, POOR, sample=comparing.sample(6))
    error = of(figures, "mean_absolute_error")
    assert (error["left_value"], error["verdict"]) == (None, "not computed")
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
        (1, 0.1, 0.3, "right is better"),
        (-1, 0.1, 0.3, "left is better"),
        (1, -0.3, -0.1, "left is better"),
        (-1, -0.3, -0.1, "right is better"),
        (1, -0.1, 0.3, "cannot tell"),
        (1, 0.0, 0.3, "cannot tell"),
        (1, 0.0, 0.0, "alike"),
    ],
)
def test_a_side_is_better_only_where_the_interval_excludes_0(
    better: int, low: float, high: float, verdict: str
) -> None:
    assert verdict_of(better, 0.2, low, high) == verdict

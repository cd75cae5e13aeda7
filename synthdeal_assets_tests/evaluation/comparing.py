"""What the tests of comparisons share: a small world, scorers that err as they are told, and comparisons of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from synthdeal_assets.evaluation.comparison.comparison import (
    compare,
    read_usage,
)
from synthdeal_assets.evaluation.comparison.sample import DrawnSample, draw_sample
from synthdeal_assets.evaluation.comparison.sides import Side, ask_sides, prepare_side
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Outcome, ScorerAnswer, StopScoring
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.inputs import ScorerInput, build_inputs
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
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
        repeat: Errs differently each time it is asked.
        luck: Another one errs on other deals.
        most_calls: Cap on the requests of a comparison.
    """

    wrong: float = 0.0
    cost_usd: float | None = 0.01
    pays: bool = True
    spent: Usage = field(default_factory=Usage)
    most_calls: int | None = None

    repeat: int = 1
    luck: int = 0

    def question_key(self, deal: ScorerInput) -> str | None:
        return f"{self.model}-{deal.input_hash}-{self.repeat}" if self.pays else None

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        if self.most_calls is not None and self.spent.calls + self.calls.total() >= self.most_calls:
            raise StopScoring("budget", f"The cap of {self.most_calls} requests is reached.")
        return await super().score(deal, record)

    def _judge(self, deal: ScorerInput) -> ScorerAnswer:
        answer = super()._judge(deal)
        draws = np.random.Generator(
            np.random.Philox(key=int(deal.opportunity_id) + 10_000 * (self.repeat - 1 + self.luck))
        )
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


def compared_world(warehouse: Warehouse) -> Warehouse:
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

    def maker(self, scorer: Callable[..., ScriptedScorer], **script: Any) -> Callable[[Usage, int], Scorer]:
        def make(spent: Usage, repeat: int) -> Scorer:
            made = scorer(**script, **({"spent": spent, "repeat": repeat} if scorer is Judging else {}))
            self.made.append(made)
            return made

        return make

    def sample(self, size: int = COUNT, seed: int = 42) -> DrawnSample:
        with self.warehouse.connect() as connection:
            return draw_sample(connection, size, seed)

    def sides(
        self,
        *scripts: dict[str, Any],
        sample: DrawnSample | None = None,
        name: str = "comparison-1",
        capped: bool = False,
        concurrency: int = 8,
        repeats: int = 1,
    ) -> tuple[list[Side], DrawnSample]:
        drawn = sample or self.sample()
        sides = [
            prepare_side(script["model"], self.maker(Judging, **script), drawn.inputs[0], repeats=repeats)
            for script in scripts
        ]

        def on_stored(side: Side, outcomes: Sequence[Outcome]) -> None:
            self.landed[side.judge.model] += len(outcomes)

        ledger = LedgerContext(self.warehouse, PURPOSE, name, None, lambda: NOW)
        ask_sides(sides, drawn, ledger, concurrency=concurrency, capped=capped, on_stored=on_stored)
        return sides, drawn

    def figures(self, *scripts: dict[str, Any], **how: Any) -> pl.DataFrame:
        sides, sample = self.sides(*scripts, **how)
        with self.warehouse.connect() as connection:
            took = read_usage(connection, sides)
        return compare(sides, sample, took, comparison_id="comparison-1", now=NOW)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.read(query).rows()


GOOD = {"model": "good", "wrong": 0.05}
POOR = {"model": "poor", "wrong": 0.6, "cost_usd": 0.001}


def of(figures: pl.DataFrame, measure: str, element: str = "all", side: int = 2) -> dict[str, Any]:
    (row,) = figures.filter(measure=measure, element=element, side=side).to_dicts()
    return row

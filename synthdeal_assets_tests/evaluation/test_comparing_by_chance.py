"""How often two sides that are equal are told apart, and how often a difference is seen by as many deals as we say."""

from __future__ import annotations

from statistics import median
from typing import Any, Final

import numpy as np

from synthdeal_assets.evaluation.comparison.comparison import held_against
from synthdeal_assets.evaluation.comparison.figures import SideFigure
from synthdeal_assets.evaluation.comparison.power import deals_to_see
from synthdeal_assets.evaluation.quality.quality import Comparable
from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, mean

DRAWS: Final = 1_000
SIZE: Final = 0.05


def compared(deals: int, apart: float, draws: int = DRAWS) -> list[dict[str, Any]]:
    """Pairs of sides whose eight levels are off by one with a deal's own chance, the second side's so much higher."""
    generator = np.random.default_rng(5)

    def figure(chance: FloatArray) -> SideFigure:
        errors = (generator.random((deals, 8)) < chance[:, None]).mean(axis=1)
        return SideFigure.of([Comparable(mean(errors), deals, -1, "levels")])

    rows = []
    for _ in range(draws):
        chance = generator.beta(2, 4, deals)
        rows.append(held_against(("mean_absolute_error", "all"), figure(chance), figure(np.minimum(chance + apart, 1))))
    return rows


def share(rows: list[dict[str, Any]], verdict: str) -> float:
    return [row["verdict"] for row in rows].count(verdict) / len(rows)


def test_of_forty_equal_prompts_about_one_is_called_worse() -> None:
    rows = compared(100, 0)
    # Three standard errors of a share of 2.5% in so many draws, and a little for the bootstrap.
    assert max(share(rows, "worse"), share(rows, "better")) <= 0.025 + 3 * (0.025 * 0.975 / DRAWS) ** 0.5 + 0.005


def test_a_difference_is_seen_four_times_in_five_by_as_many_deals_as_are_said_to_be_needed() -> None:
    needed = round(median(deals_to_see(SIZE, row["standard_error"], 100) for row in compared(100, SIZE, 200)))
    assert abs(share(compared(needed, SIZE), "worse") - 0.8) <= 3 * (0.8 * 0.2 / DRAWS) ** 0.5 + 0.02

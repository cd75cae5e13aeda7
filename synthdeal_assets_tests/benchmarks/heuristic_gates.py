"""How far the heuristic beats always saying level 2, and the stage: every gate, on every seed, also those that fail.

    python -m synthdeal_assets_tests.benchmarks.heuristic_gates [--seeds 101-120] [--size 500] [--jobs 1]

Its thresholds are learnt on the worlds of seeds 1 to 20 (`synthdeal_assets_tests.evaluation.heuristic_levels`), so only
other seeds judge it. The levels are judged on all deals of a day, as scoring.score_quality does, and on those that were
open at nine month ends of the last two years; the order of deals on the latter alone, by whether they are won in the
end. Renewals are left out. A gate that looks at each world can fail by chance in one of many.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from synthdeal_assets.evaluation.quality.landmarks import curve_area_within
from synthdeal_assets.evaluation.quality.simple_guesses import stage_levels
from synthdeal_assets.evaluation.tables import GUESSED_LEVEL
from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, Statistic, curve_area, value_of
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, STAGE_MINIMUMS, overall_score
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets.scoring.scorers.heuristic_levels import LABEL
from synthdeal_assets_tests.evaluation.known_deals import KnownDeal, known_deals

DAY: Final = dt.date(2026, 11, 30)
MONTH_ENDS: Final = (
    *(dt.date(year, month, last) for year in (2025, 2026) for month, last in ((2, 28), (5, 31), (8, 31), (11, 30))),
    dt.date(2024, 11, 30),
)
ALL, OPEN = "all", "open"

Measures = dict[str, float]


@dataclass(frozen=True)
class Gate:
    """What is asked of the values of one measure, one a world; None where nothing is asked.

    Attributes:
        name: In words.
        measure: The measure.
        mean: The least and the most that their mean may be.
        each: The least and the most that each may be.
        above: The share of worlds in which it must be above 0.
    """

    name: str
    measure: str
    mean: tuple[float, float] | None = None
    each: tuple[float, float] | None = None
    above: float | None = None

    def holds(self, values: FloatArray) -> bool:
        """Whether it holds."""
        return (
            (self.mean is None or self.mean[0] <= values.mean() <= self.mean[1])
            and (self.each is None or bool(((values >= self.each[0]) & (values <= self.each[1])).all()))
            and (self.above is None or float((values > 0).mean()) >= self.above)
        )

    def misses(self, value: float) -> bool:
        """Whether one world misses what is asked of each."""
        if self.above is not None:
            return value <= 0
        return self.each is not None and not self.each[0] <= value <= self.each[1]


GATES: Final = (
    *(
        gate
        for sample in (ALL, OPEN)
        for gate in (
            Gate(f"{sample} deals, written: error below always 2 by 15%", f"{sample} gain", mean=(0.15, 1)),
            Gate(f"{sample} deals, written: by 10% in each world", f"{sample} gain", each=(0.10, 1)),
            Gate(f"{sample} deals, written: bias within .15", f"{sample} bias", mean=(-0.15, 0.15)),
            Gate(f"{sample} deals, written: within .25 in each world", f"{sample} bias", each=(-0.25, 0.25)),
            Gate(f"{sample} deals, every field: error below by 15%", f"{sample} gain every", mean=(0.15, 1)),
        )
    ),
    Gate("open deals: order better than the stage's", "above stage", mean=(1e-9, 1)),
    Gate("open deals: in 16 of 20 worlds", "above stage", above=0.8),
    Gate("open deals: order within a stage above .58", "within", mean=(0.58, 1)),
)


def measured(seed: int, size: int) -> Measures:
    """The measures of one world."""
    at_day = list(known_deals(seed, size, DAY))
    at_month_ends = [known for day in MONTH_ENDS for known in known_deals(seed, size, day) if known.is_open]
    started = time.process_time()
    answers = [judge(known.deal) for known in at_day]
    seconds = time.process_time() - started
    of_day = [answer.levels() for answer in answers]
    of_month_ends = [judge(known.deal).levels() for known in at_month_ends]
    return {
        "seed": seed,
        **_levels(ALL, at_day, of_day),
        **_levels(OPEN, at_month_ends, of_month_ends),
        **_order(at_month_ends, of_month_ends),
        "s/1,000": 1000 * seconds / len(at_day),
    }


def _levels(sample: str, deals: Sequence[KnownDeal], judged: Sequence[dict[str, int]]) -> Measures:
    """Error and bias over the written fields, and over every field, beside the simple guesses."""
    written = np.array([[bool(known.deal.evidence(element)) for element in MEDDPICC_WEIGHTS] for known in deals])
    true = np.array([[known.levels[element] for element in MEDDPICC_WEIGHTS] for known in deals])
    error = np.array([[levels[element] for element in MEDDPICC_WEIGHTS] for levels in judged]) - true
    of_stage = stage_levels()
    by_stage = np.array([[of_stage[known.deal.stage_name][element] for element in MEDDPICC_WEIGHTS] for known in deals])
    constant = np.abs(GUESSED_LEVEL - true)
    return {
        f"{sample} error": float(np.abs(error)[written].mean()),
        f"{sample} always 2": float(constant[written].mean()),
        f"{sample} gain": 1 - float(np.abs(error)[written].mean() / constant[written].mean()),
        f"{sample} bias": float(error[written].mean()),
        f"{sample} every": float(np.abs(error).mean()),
        f"{sample} gain every": 1 - float(np.abs(error).mean() / constant.mean()),
        f"{sample} stage every": float(np.abs(by_stage - true).mean()),
    }


def _order(deals: Sequence[KnownDeal], judged: Sequence[dict[str, int]]) -> Measures:
    """How well open deals are ordered by whether they are won in the end: areas under the ROC curve."""
    won = np.array([known.is_won for known in deals], dtype=np.float64)
    stages = list(STAGE_MINIMUMS)
    stage = np.array([stages.index(known.deal.stage_name) for known in deals], dtype=np.float64)
    score = np.array([overall_score(levels) for levels in judged])

    def area(statistic: Statistic) -> float:
        return value_of(statistic, won.size)

    order, by_stage = area(curve_area(score, won)), area(curve_area(stage, won))
    return {
        "order": order,
        "stage": by_stage,
        "above stage": order - by_stage,
        "within": area(curve_area_within(stage, score, won)),
        "levels": area(curve_area(np.array([float(sum(known.levels.values())) for known in deals]), won)),
        "chance": area(curve_area(np.array([known.chance for known in deals]), won)),
    }


def main() -> None:
    """Measure and print a table of the worlds and one of the gates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101-120", help="the first and the last seed")
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    first, _, last = chosen.seeds.partition("-")
    with ProcessPoolExecutor(chosen.jobs) as pool:
        worlds = list(pool.map(partial(measured, size=chosen.size), range(int(first), int(last or first) + 1)))
    names = [name for name in worlds[0] if name != "seed"]
    print(f"The heuristic: {LABEL}.\n")
    print(f"{'':<18}", *(f"{int(world['seed']):>6}" for world in worlds), f"{'mean':>7}")
    for name in names:
        values = np.array([world[name] for world in worlds])
        print(f"{name:<18}", *(f"{value:>6.3f}" for value in values), f"{values.mean():>7.3f}")
    print()
    for gate in GATES:
        values = np.array([world[gate.measure] for world in worlds])
        missed = [str(int(world["seed"])) for world in worlds if gate.misses(world[gate.measure])]
        print(
            f"{'holds' if gate.holds(values) else 'FAILS':<6} {gate.name:<58} mean {values.mean():>+.3f}, "
            f"{values.min():>+.3f} to {values.max():>+.3f}{', not in ' + ', '.join(missed) if missed else ''}"
        )


if __name__ == "__main__":
    main()

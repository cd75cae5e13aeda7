"""Learns the heuristic's tables from signs to levels, and the levels that the stage alone lets expect.

    python -m synthdeal_assets_tests.evaluation.heuristic_levels

writes `synthdeal_assets/scoring/scorers/heuristic_levels.yaml` and `synthdeal_assets/evaluation/quality/
stage_levels.yaml` anew, in about five minutes: when the marks of a text or the generator were meant to change, together
with the version of the rules. They are learnt on the worlds of seeds 1 to 20 of 500 deals, on three days half a year
apart; seeds from 101 on are for judging (`synthdeal_assets_tests.benchmarks.heuristic_gates`).

Two samples of each world count: all deals of the day, 3 of 5 parts of the weight, as scoring.score_quality measures
them, and those that are open, 2 of 5, as they stand at a month end. Points are non-negative least squares of the true
level on the marks (Lawson and Hanson 1974), in whole hundredths of a level, over the texts that speak of their deal;
the thresholds are those with the least mean absolute error, among whole hundredths, once the other texts of the deal
have their part in the points.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

import synthdeal_assets
from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, fit_logistic
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS, STAGE_MINIMUMS, overall_score
from synthdeal_assets.scoring.scorers.heuristic import judge, newest_of_deal, read_evidence
from synthdeal_assets.scoring.scorers.heuristic_levels import (
    LEVEL,
    MARKS,
    SUPPORTS,
    ElementTable,
    LevelTables,
    marks_of,
    speaks_of_the_deal,
)
from synthdeal_assets.scoring.scorers.heuristic_words import people_of
from synthdeal_assets_tests.evaluation.known_deals import KnownDeal, known_deals

SEEDS: Final = range(1, 21)
SIZE: Final = 500
DAYS: Final = (dt.date(2025, 11, 30), dt.date(2026, 5, 31), dt.date(2026, 11, 30))

SHARE_OF_ALL: Final = 0.6
"""Weight of the sample of all deals. In it texts stand below the truth, in that of open deals above; with these shares
the errors of both have about the same size on the learning seeds."""

SWEEPS: Final = 2_000
LEVELS: Final = range(1, MAX_LEVELS[MEDDPICC] + 1)
MOST_POINTS: Final = 6 * LEVEL
"""Thresholds are sought below it; texts come to less."""

PACKAGE: Final = Path(synthdeal_assets.__file__).parent
LEVELS_FILE: Final = PACKAGE / "scoring" / "scorers" / "heuristic_levels.yaml"
STAGES_FILE: Final = PACKAGE / "evaluation" / "quality" / "stage_levels.yaml"

COMMAND: Final = "python -m synthdeal_assets_tests.evaluation.heuristic_levels"
LEVELS_HEAD: Final = f"""\
# Points of each sign in a text, in hundredths of a level, and how many make the levels 1, 2 and 3.
# Learnt on other synthetic worlds, seeds 1 to 20 of 500 deals, from what was really so there; a model has not seen any.
# Made by `{COMMAND}`; do not edit.
# The chance of a win is one half at even_chance_score points of the overall score; points_per_logit raise its logit by
# 1. Both are learnt from how deals that were open ended.
# learnt_from: a hash of what was learnt from, by seed.
"""
STAGES_HEAD: Final = f"""\
# The level of each element that the stage alone lets expect: the median of the true levels of deals in that stage.
# Learnt on other synthetic worlds, seeds 1 to 20 of 500 deals. A guess to compare scorers with; no scorer reads it.
# Made by `{COMMAND}`; do not edit.
"""


def learn_tables(deals: Sequence[KnownDeal]) -> LevelTables:
    """The heuristic's tables from some deals and what is really so."""
    texts = [written_marks(known) for known in deals]
    weights = _weights(deals)
    elements = {element: _learn_points(element, deals, texts, weights) for element in MEDDPICC_WEIGHTS}
    points = [LevelTables(elements, 0.0, 1.0).points(marks) for marks in texts]
    elements = {
        element: replace(table, thresholds=_learn_thresholds(element, deals, points, weights))
        for element, table in elements.items()
    }
    unscaled = LevelTables(elements, 0.0, 1.0)
    still_open = [known for known in deals if known.is_open]
    scores = np.array([overall_score(judge(known.deal, unscaled).levels()) for known in still_open])
    even, per_logit = _learn_chance(scores, np.array([known.is_won for known in still_open], dtype=np.float64))
    return LevelTables(elements, even, per_logit)


def learn_stage_levels(deals: Sequence[KnownDeal]) -> dict[str, dict[str, int]]:
    """The median true level of each element in each stage; that of the stage before where there is no deal."""
    weights, found = _weights(deals), {}
    levels = dict.fromkeys(MEDDPICC_WEIGHTS, 0)
    for stage in STAGE_MINIMUMS:
        there = [number for number, known in enumerate(deals) if known.deal.stage_name == stage]
        if there:
            levels = {
                element: _median([deals[number].levels[element] for number in there], weights[there])
                for element in MEDDPICC_WEIGHTS
            }
        found[stage] = levels
    return found


def written_marks(known: KnownDeal) -> dict[str, frozenset[str]]:
    """The marks of each text of a deal that speaks of it, by element."""
    readings = read_evidence(known.deal, people_of(known.deal))
    newest = newest_of_deal(known.deal, readings)
    return {element: marks_of(signs, newest) for element, signs in readings.items() if speaks_of_the_deal(signs)}


def digest(deals: Iterable[KnownDeal]) -> str:
    """A hash of everything that is learnt from some deals, 12 digits."""
    found = hashlib.sha256()
    for known in deals:
        marks = {element: sorted(each) for element, each in written_marks(known).items()}
        facts = known.deal.opportunity_id, known.deal.stage_name, marks, dict(known.levels), known.is_open, known.is_won
        found.update(repr(facts).encode())
    return found.hexdigest()[:12]


def deals_of_seed(seed: int) -> list[KnownDeal]:
    """What is learnt from one world."""
    return [known for day in DAYS for known in known_deals(seed, SIZE, day)]


def files_of(deals: Sequence[KnownDeal], digests: dict[int, str]) -> dict[Path, str]:
    """What the two files hold."""
    return {
        LEVELS_FILE: LEVELS_HEAD + _as_yaml({"learnt_from": digests, **learn_tables(deals).as_values()}),
        STAGES_FILE: STAGES_HEAD + _as_yaml(learn_stage_levels(deals)),
    }


def learn_files(seeds: Iterable[int] = SEEDS) -> dict[Path, str]:
    """What the two files hold when they are learnt anew."""
    deals: list[KnownDeal] = []
    digests = {}
    for seed in seeds:
        of_seed = deals_of_seed(seed)
        digests[seed] = digest(of_seed)
        deals += of_seed
    return files_of(deals, digests)


def _weights(deals: Sequence[KnownDeal]) -> FloatArray:
    """The weight of each deal: its share of all deals, and one who is open its share of those as well; 1 on average."""
    is_open = np.array([known.is_open for known in deals], dtype=np.float64)
    of_all, of_open = SHARE_OF_ALL, (1 - SHARE_OF_ALL) * len(deals) / max(is_open.sum(), 1)
    return np.asarray(of_all + of_open * is_open)


def _learn_points(
    element: str, deals: Sequence[KnownDeal], texts: Sequence[Mapping[str, frozenset[str]]], weights: FloatArray
) -> ElementTable:
    """The points of one element, from the texts that speak of their deal; without thresholds yet."""
    there = [number for number, marks in enumerate(texts) if element in marks]
    signs = np.array([1.0 if mark in SUPPORTS else -1.0 for mark in MARKS])
    columns = np.array([[mark in texts[number][element] for mark in MARKS] for number in there], dtype=np.float64)
    levels = np.array([deals[number].levels[element] for number in there], dtype=np.float64)
    design = np.column_stack([np.ones(len(there)), columns * signs])
    start, *by_mark = np.rint(LEVEL * _non_negative_least_squares(design, levels, weights[there]))
    points = {mark: int(sign * value) for mark, sign, value in zip(MARKS, signs, by_mark, strict=True)}
    return ElementTable(int(start), points, (0, 0, 0))


def _learn_thresholds(
    element: str, deals: Sequence[KnownDeal], points: Sequence[Mapping[str, int]], weights: FloatArray
) -> tuple[int, int, int]:
    """The thresholds of one element that leave the least mean absolute error."""
    there = [number for number, of_deal in enumerate(points) if element in of_deal]
    of_element = np.array([points[number][element] for number in there])
    levels, weights = np.array([deals[number].levels[element] for number in there]), weights[there]
    # Reaching a level is right for texts whose true level is at least that, and one level of error for all others.
    costs = [
        [(weights * np.where(levels < level, 1, -1))[of_element >= least].sum() for least in range(1, MOST_POINTS)]
        for level in LEVELS
    ]
    first, second, third = (1 + int(np.argmin(np.round(cost, 6))) for cost in costs)
    return first, second, third


def _non_negative_least_squares(design: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
    """Coefficients of at least 0, by coordinate descent on the normal equations."""
    matrix, sought = design.T @ (design * weights[:, None]), design.T @ (target * weights)
    found = np.zeros(design.shape[1])
    for _ in range(SWEEPS):
        for place in np.flatnonzero(np.diag(matrix) > 0):
            step = (sought[place] - matrix[place] @ found) / matrix[place, place]
            found[place] = max(0.0, found[place] + step)
    return found


def _learn_chance(scores: FloatArray, won: FloatArray) -> tuple[float, float]:
    points, place = np.unique(scores, return_inverse=True)
    totals, positives = (np.asarray(np.bincount(place, weights=each), np.float64) for each in (np.ones(won.size), won))
    ((intercept, slope),) = fit_logistic(points, positives[None], totals[None])
    return round(float(-intercept / slope), 1), round(float(1 / slope), 1)


def _median(levels: Sequence[int], weights: FloatArray) -> int:
    counted = np.bincount(levels, weights=weights, minlength=1 + max(LEVELS))
    return int(np.flatnonzero(counted.cumsum() >= counted.sum() / 2)[0])


def _as_yaml(values: Any) -> str:
    return yaml.safe_dump(values, sort_keys=False, default_flow_style=None, width=110)


def main() -> None:
    """Write both files."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for path, text in learn_files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

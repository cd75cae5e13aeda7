"""What a side of a comparison is measured by: each figure as a statistic over the deals that all sides have judged.

A side that was asked several times has each figure once for every repeat. What counts is their mean: what is to be
expected of asking once. What the sides' figures come to beside each other belongs in `comparison.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.evaluation.comparison.measures import BY_NAME
from synthdeal_assets.evaluation.comparison.monotone_map import CONSTANTS, MAPS, folds_of, mapped
from synthdeal_assets.evaluation.comparison.sides import Repeat, Side
from synthdeal_assets.evaluation.quality.figures import DECIMALS, MIN_OPPORTUNITIES, rounded
from synthdeal_assets.evaluation.quality.landmarks import curve_area_within
from synthdeal_assets.evaluation.quality.quality import Comparable, comparable_guesses, comparables
from synthdeal_assets.evaluation.quality.samples import judged_columns
from synthdeal_assets.evaluation.quality.simple_guesses import stage_places
from synthdeal_assets.evaluation.tables import BY_SAME_LEVEL, BY_STAGE
from synthdeal_assets.foundation.statistics.agreement import mean_kappa, mean_of
from synthdeal_assets.foundation.statistics.bootstrap import (
    FloatArray,
    IntArray,
    binned_error,
    mean,
    ratio_of_sums,
    value_of,
)
from synthdeal_assets.scoring.calibration import outcome_came_after_evidence
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS

Key = tuple[str, str]
"""Measure and element."""

Taken = Mapping[str, float | None]
"""What an answer took: tokens and cost_usd (None when not known), and latency_ms."""

USAGE_TYPES: Final = {"tokens": pl.Float64(), "cost_usd": pl.Float64(), "latency_ms": pl.Float64()}

LEARNT_LEVEL: Final = "best single level"
"""The guess beside levels after a map: for each element the one level that is best on other deals."""


@dataclass(frozen=True, slots=True)
class SideFigure:
    """A figure of a side.

    Attributes:
        whole: The mean of the repeats, as what sides are compared by.
        repeats: That of each repeat.
    """

    whole: Comparable
    repeats: tuple[Comparable, ...]

    @classmethod
    def of(cls, repeats: Sequence[Comparable]) -> SideFigure:
        """A figure from that of each repeat."""
        of_all = mean_of([each.statistic for each in repeats]) if len(repeats) > 1 else repeats[0].statistic
        return cls(replace(repeats[0], statistic=of_all), tuple(repeats))


def figures_of(
    truth: pl.DataFrame, side: Side, took: Mapping[str, Taken], *, at_landmark: bool, asked_again: bool
) -> dict[Key, SideFigure]:
    """What a side is compared by, by measure and element.

    Args:
        truth: The deals, as in `DrawnSample.truth`; the side has judged each of them in every repeat.
        side: The side, after it was asked.
        took: What the answers took by the ledger's key.
        at_landmark: Whether the deals were open at a month end: order within a stage counts too.
        asked_again: Whether some side was asked several times: what changes by that counts too.
    """
    answers = [_judged(truth, repeat, took) for repeat in side.repeats]
    by_repeat = [_comparables(deals, at_landmark=at_landmark) for deals in answers]
    figures = {key: SideFigure.of([each[key] for each in by_repeat]) for key in by_repeat[0]}
    levels = np.stack([_levels(deals) for deals in answers])
    figures |= _mapped_figures(levels, _true_levels(truth))
    if asked_again:
        changed = Comparable(mean(_changes(levels)), truth.height, -1, "0 to 1")
        figures["changed_when_asked_again", "all"] = SideFigure(changed, (changed,))
    place = {measure: number for number, measure in enumerate(BY_NAME)}
    return dict(sorted(figures.items(), key=lambda item: place[item[0][0]]))


def guess_values(truth: pl.DataFrame, *, at_landmark: bool = False) -> dict[Key, tuple[str, float | None]]:
    """The simple guess beside each figure that has one, by measure and element: its name and what it comes to.

    Args:
        truth: The deals that all sides have judged, as in `DrawnSample.truth`.
        at_landmark: As in `figures_of`.
    """
    guesses = comparable_guesses(truth)
    true = _true_levels(truth)
    for key, figure in _mapped_figures(np.zeros((1, *true.shape), dtype=np.int64), true, CONSTANTS).items():
        guesses[key] = (LEARNT_LEVEL, figure.whole)
    nothing = Comparable(lambda weights: np.zeros(len(weights)), truth.height, 1, "-1 to 1")
    guesses["weighted_kappa", "all"] = (BY_SAME_LEVEL, nothing)
    if at_landmark:
        closed = truth.filter(outcome_came_after_evidence())
        place = stage_places(closed)
        by_stage = Comparable(curve_area_within(place, place, _floats(closed, "is_won")), closed.height, 1, "0 to 1")
        guesses["auc_within_a_stage", "all"] = (BY_STAGE, by_stage)
    return {key: (name, guess_value(guess)) for key, (name, guess) in guesses.items()}


def guess_value(figure: Comparable, decimals: int = DECIMALS) -> float | None:
    """What a figure comes to; None when the deals cannot carry it."""
    if figure.opportunities < MIN_OPPORTUNITIES:
        return None
    return rounded(value_of(figure.statistic, figure.opportunities), decimals)


def _judged(truth: pl.DataFrame, repeat: Repeat, took: Mapping[str, Taken]) -> pl.DataFrame:
    """What was said of the deals, beside what is really so: one row a deal, in the order of the truth."""
    rows = []
    for opportunity_id in truth["opportunity_id"]:
        outcome = repeat.scored[opportunity_id]
        usage, key = outcome.usage, repeat.keys[opportunity_id]
        itself: Taken = {
            "tokens": usage.input_tokens + usage.output_tokens,
            "cost_usd": usage.total_usd,
            "latency_ms": outcome.latency_ms,
        }
        taken = itself if key is None else took.get(key, itself)
        rows.append({"opportunity_id": opportunity_id, **judged_columns(outcome.value), **taken})
    return truth.join(
        pl.DataFrame(rows, schema_overrides=USAGE_TYPES), on="opportunity_id", how="left", maintain_order="left"
    )


def _comparables(deals: pl.DataFrame, *, at_landmark: bool) -> dict[Key, Comparable]:
    """What one repeat is compared by: what scorers are compared by in score_quality, and more."""
    closed = deals.filter(outcome_came_after_evidence())
    chance, won = _floats(closed, "win_probability"), _floats(closed, "is_won")
    valid, rejected = _floats(deals, "valid_quotes"), _floats(deals, "rejected_quotes")
    every = deals.height
    within = curve_area_within(stage_places(closed), _floats(closed, "score"), won)
    return {
        **comparables(deals),
        ("weighted_kappa", "all"): Comparable(
            mean_kappa(_levels(deals).astype(np.float64), _true_levels(deals)), every, 1, "-1 to 1"
        ),
        **({("auc_within_a_stage", "all"): Comparable(within, closed.height, 1, "0 to 1")} if at_landmark else {}),
        ("expected_calibration_error", "all"): Comparable(binned_error(chance, won), closed.height, -1, "0 to 1"),
        ("quote_validity", "all"): Comparable(ratio_of_sums(valid, valid + rejected), every, 1, "0 to 1"),
        ("cost_per_opportunity", "all"): Comparable(mean(_known(deals["cost_usd"])), every, -1, "USD"),
        ("tokens_per_opportunity", "all"): Comparable(mean(_known(deals["tokens"])), every, -1, "tokens"),
        ("latency", "all"): Comparable(mean(_known(deals["latency_ms"])), every, -1, "milliseconds"),
    }


def _mapped_figures(levels: IntArray, true: FloatArray, maps: IntArray = MAPS) -> dict[Key, SideFigure]:
    """Error and agreement of levels after the best of some maps, learnt for each element on other deals.

    Args:
        levels: Shape (repeats, deals, elements).
        true: Shape (deals, elements).
        maps: Maps to choose from.
    """
    deals = len(true)
    after = levels if deals < MIN_OPPORTUNITIES else mapped(levels, true, folds_of(deals), maps)
    errors = np.abs(after - true)
    return {
        ("mean_absolute_error_mapped", "all"): SideFigure.of(
            [Comparable(mean(each.mean(axis=1)), deals, -1, "levels") for each in errors]
        ),
        ("exact_agreement_mapped", "all"): SideFigure.of(
            [Comparable(mean((each == 0).mean(axis=1)), deals, 1, "0 to 1") for each in errors]
        ),
    }


def _changes(levels: IntArray) -> FloatArray:
    """For each deal the share of its levels that differ between two repeats, over all pairs of these."""
    pairs = list(combinations(range(len(levels)), 2))
    if not pairs:
        return np.zeros(levels.shape[1])
    changed = [(levels[one] != levels[other]).mean(axis=1) for one, other in pairs]
    return np.asarray(np.mean(changed, axis=0))


def _levels(deals: pl.DataFrame) -> IntArray:
    return deals.select(list(MEDDPICC_WEIGHTS)).cast(pl.Int64).to_numpy()


def _true_levels(deals: pl.DataFrame) -> FloatArray:
    return deals.select(f"true_{element}" for element in MEDDPICC_WEIGHTS).cast(pl.Float64).to_numpy()


def _floats(deals: pl.DataFrame, name: str) -> FloatArray:
    return deals[name].cast(pl.Float64).to_numpy()


def _known(values: pl.Series) -> FloatArray:
    """The values; NaN for one that is not known, which makes their mean NaN."""
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()

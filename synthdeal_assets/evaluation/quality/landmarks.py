"""How good a scorer is on deals that were open at month ends: the headline measure, because it is about the future.

A closed deal's last stage nearly gives its end away, so whoever reads the stage ranks closed deals well. At a month end
nobody knows the end: what was known then is scored, and held against what became of the deal. Beside the scorer stand
simple guesses on the same deals, and as the ceiling the sum of the true levels, which is what judging every level
rightly comes to, and the exact chance, beyond which nothing can be known. Every deal has the end of its story, so that
none is left out for being open today.

Areas under the ROC curve, Cohen's kappa with quadratic weights (mean of the elements), Spearman's rank
correlation of the sums of levels, mean absolute error and bias of levels, Brier's score; with 95 % percentile bootstrap
intervals over opportunities: one that was open at several month ends is drawn with all of them, because they share
their end. So few opportunities that a figure says more about chance than about the scorer carry none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.evaluation.quality.figures import MIN_OPPORTUNITIES, rounded
from synthdeal_assets.evaluation.quality.simple_guesses import stage_levels, stage_places
from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_FIELDS,
    BY_LENGTH,
    BY_LEVELS,
    BY_LEVELS_OF_STAGE,
    BY_SAME_LEVEL,
    BY_SCORE,
    BY_STAGE,
    BY_STAGE_PERCENTAGE,
    BY_WIN_RATE,
    GUESSED_LEVEL,
    LANDMARK_RANKING,
)
from synthdeal_assets.foundation.statistics.agreement import mean_kappa
from synthdeal_assets.foundation.statistics.bootstrap import (
    MAX_RESAMPLED,
    FloatArray,
    IntArray,
    Statistic,
    curve_area,
    divided,
    interval_of,
    rank_order,
    ratio_of_sums,
    value_of,
)
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers.heuristic import labelled

PURPOSE: Final = "scoring.landmark_ranking"

_SAYS: Final[Mapping[str, str]] = {
    BY_SCORE: "the score of {scorer}",
    BY_STAGE: "the stage on record, which needs no scorer",
    BY_FIELDS: "the number of filled fields, which needs no scorer",
    BY_LENGTH: "the length of the text, which needs no scorer",
    BY_LEVELS: "the sum of the true MEDDPICC levels, which is what judging every level rightly comes to",
    BY_CHANCE: "the exact chance on that day, the most that can be known at all",
}
_MEASURES: Final[Mapping[str, str]] = {
    "auc": "Of a deal that will be won and one that will be lost, the won one ranks higher in {value:.0%} of the "
    "pairs by {by}; 50% is chance.",
    "auc_within_a_stage": "Of such pairs in the same stage, between which the stage cannot choose, the won one ranks "
    "higher in {value:.0%} by {by}; 50% is chance.",
    "auc_within_90_days": "Of a deal that is won within 90 days and one that is not, the won one ranks higher in "
    "{value:.0%} of the pairs by {by}; 50% is chance.",
    "mean_absolute_error": "{by} misses the true level by {value:.2f} levels on average.",
    "bias": "{by} lies {value:+.2f} levels from the true one on average.",
    "weighted_kappa": "{by} agrees with the true levels by {value:.2f} beyond chance, where 1 is everywhere and 0 is "
    "chance; a mistake of two levels counts four times one of one.",
    "rank_correlation": "The order by {by} agrees with that of the true sums of levels at {value:.2f}, where 1 is the "
    "same order and 0 is chance.",
    "brier_score": "{by} misses the end by {value:.3f} (mean square); smaller is better.",
}
_WHOSE: Final[Mapping[str, str]] = {
    BY_SCORE: "What {scorer} says",
    BY_LEVELS_OF_STAGE: "The level that the stage alone lets expect, learnt on other synthetic worlds without reading "
    "a word,",
    BY_SAME_LEVEL: f"Saying level {GUESSED_LEVEL} of every element",
    BY_WIN_RATE: "Saying the share won of all of them",
    BY_STAGE_PERCENTAGE: "Salesforce's percentage of the stage",
    BY_CHANCE: "The exact chance, the most that can be known at all,",
}


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure; its statistic takes weights of opportunities, not of landmarks."""

    ranked_by: str
    measure: str
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class _Landmarks:
    """Which opportunity each landmark is of, by its place among them."""

    opportunity: IntArray

    @property
    def opportunities(self) -> int:
        """How many there are."""
        return int(self.opportunity.max(initial=-1)) + 1

    def spread(self, statistic: Statistic) -> Statistic:
        """A statistic of landmarks as one of opportunities."""
        return lambda weights: statistic(weights[:, self.opportunity])

    def summed(self, values: FloatArray) -> FloatArray:
        """The sum over the landmarks of each opportunity."""
        sums = np.zeros((self.opportunities, *values.shape[1:]))
        np.add.at(sums, self.opportunity, values)
        return sums

    def mean(self, values: FloatArray) -> Statistic:
        """The mean over landmarks, as a statistic of opportunities."""
        return ratio_of_sums(self.summed(values), self.summed(np.ones(self.opportunity.size)))


def measure_landmarks(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.landmark_ranking; values are NULL when too few deals, or none of one outcome, were open."""
    deals = query_frame(connection, statement(__package__, "landmark_deals.sql", elements=tuple(MEDDPICC_WEIGHTS)))
    parts = [ranking_of(judged, judge) for judge, judged in Judge.each_of(deals)]
    return pl.concat(parts) if parts else LANDMARK_RANKING.empty()


def ranking_of(deals: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """How good a scorer, and whatever stands beside it, is on deals at month ends.

    Args:
        deals: One row a deal and month end: opportunity_id, stage_name, stage_percentage, score, win_probability, the
            MEDDPICC levels as judged and as true_<element>, fields, letters, exact_chance, won, won_in_90_days.
        judge: The scorer.
    """
    landmarks = _Landmarks(deals["opportunity_id"].rank("dense").cast(pl.Int64).to_numpy() - 1)
    rows = [_row(judge, figure, landmarks) for figure in _figures(deals, landmarks)]
    return LANDMARK_RANKING.conform(pl.DataFrame(rows, schema=LANDMARK_RANKING.polars_schema))


def _figures(deals: pl.DataFrame, landmarks: _Landmarks) -> Iterator[_Figure]:
    spread = landmarks.spread
    levels, true_levels = (
        np.column_stack([_floats(deals, prefix + element) for element in MEDDPICC_WEIGHTS]) for prefix in ("", "true_")
    )
    won, in_90_days = _floats(deals, "won"), _floats(deals, "won_in_90_days")
    stage = stage_places(deals)
    true_sum = true_levels.sum(axis=1)
    rankers = {
        BY_SCORE: _floats(deals, "score"),
        BY_STAGE: stage,
        BY_FIELDS: _floats(deals, "fields"),
        BY_LENGTH: _floats(deals, "letters"),
        BY_LEVELS: true_sum,
        BY_CHANCE: _floats(deals, "exact_chance"),
    }
    for name, ranker in rankers.items():
        yield _Figure(name, "auc", spread(curve_area(ranker, won)))
        yield _Figure(name, "auc_within_90_days", spread(curve_area(ranker, in_90_days)))
        if name != BY_STAGE:
            yield _Figure(name, "auc_within_a_stage", spread(curve_area_within(stage, ranker, won)))
        if name in {BY_STAGE, BY_FIELDS, BY_LENGTH}:
            yield _Figure(name, "rank_correlation", spread(rank_order(ranker, true_sum)))
    yield _Figure(BY_SCORE, "rank_correlation", spread(rank_order(levels.sum(axis=1), true_sum)))
    learnt = stage_levels()
    of_stage = np.array(
        [[learnt[name][element] for element in MEDDPICC_WEIGHTS] for name in deals["stage_name"]], dtype=np.float64
    ).reshape(levels.shape)
    guesses = {BY_SAME_LEVEL: np.full_like(levels, GUESSED_LEVEL), BY_LEVELS_OF_STAGE: of_stage}
    for name, said in {BY_SCORE: levels, **guesses}.items():
        yield _Figure(name, "mean_absolute_error", landmarks.mean(np.abs(said - true_levels).mean(axis=1)))
        yield _Figure(name, "bias", landmarks.mean((said - true_levels).mean(axis=1)))
        yield _Figure(name, "weighted_kappa", spread(mean_kappa(said, true_levels)))
    percentage = _floats(deals, "stage_percentage") / 100
    rate = np.full(won.size, won.mean() if won.size else np.nan)
    chances = {BY_SCORE: _floats(deals, "win_probability"), BY_WIN_RATE: rate, BY_STAGE_PERCENTAGE: percentage}
    for name, chance in {**chances, BY_CHANCE: rankers[BY_CHANCE]}.items():
        yield _Figure(name, "brier_score", landmarks.mean((chance - won) ** 2))


def curve_area_within(group: FloatArray, score: FloatArray, won: FloatArray) -> Statistic:
    """The area under the ROC curve over the pairs of a won and a lost deal of the same group, all pairs alike."""
    members = [np.flatnonzero(group == each) for each in np.unique(group)]
    areas = [curve_area(score[member], won[member]) for member in members]

    def area(weights: FloatArray) -> FloatArray:
        ordered, pairs = np.zeros(len(weights)), np.zeros(len(weights))
        for member, area_of_group in zip(members, areas, strict=True):
            drawn = weights[:, member]
            pairs_of_group = (drawn @ won[member]) * (drawn @ (1 - won[member]))
            ordered += pairs_of_group * np.nan_to_num(area_of_group(drawn))
            pairs += pairs_of_group
        return divided(ordered, pairs)

    return area


def _row(judge: Judge, figure: _Figure, landmarks: _Landmarks) -> dict[str, object]:
    rows, opportunities = landmarks.opportunity.size, landmarks.opportunities
    value = value_of(figure.statistic, opportunities) if opportunities >= MIN_OPPORTUNITIES else float("nan")
    known = not np.isnan(value)
    low, high = (
        interval_of(figure.statistic, opportunities, PURPOSE) if known and rows <= MAX_RESAMPLED else (None, None)
    )
    ranks = figure.measure.startswith("auc") or figure.measure == "rank_correlation"
    about = judge.scorer if figure.ranked_by == BY_SCORE else ""
    by = (_SAYS if ranks else _WHOSE)[figure.ranked_by].format(scorer=judge.scorer)
    return {
        **asdict(judge),
        "ranked_by": figure.ranked_by,
        "measure": figure.measure,
        "value": rounded(value),
        "low": rounded(low),
        "high": rounded(high),
        "opportunities": opportunities,
        "landmarks": rows,
        "explanation": labelled(_MEASURES[figure.measure].format(value=value, by=by), about)
        if known
        else f"Not computed: it takes at least {MIN_OPPORTUNITIES} deals that were open at a month end, won and lost "
        f"ones among them, which differ; there are {opportunities}.",
    }


def _floats(deals: pl.DataFrame, column: str) -> FloatArray:
    return deals[column].cast(pl.Float64).to_numpy()

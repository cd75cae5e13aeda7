"""How good the present scores are: judged levels against the true ones, and estimates against closed deals.

With `assets.py`, which calls it, this is the only place in scoring that may read the truth. It never feeds anything
back: what is measured here must not make a score.

Measures: mean absolute error, bias (mean signed error) and exact agreement of levels; Spearman's rank correlation; the
area under the ROC curve, as the Mann-Whitney statistic over midranks (Hanley and McNeil 1982); Brier's score (1950).
Intervals are 95 % percentile bootstrap intervals over opportunities (Efron 1979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import rankdata

from synthdeal_assets.foundation.sql_text import sql_file
from synthdeal_assets.foundation.warehouse import query_frame
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.tables import SCORE_QUALITY

FEWEST_OPPORTUNITIES: Final = 10
"""Below this a figure says more about chance than about the scorer, and stays empty."""

RESAMPLES: Final = 400
MOST_RESAMPLED: Final = 10_000
"""Above this many opportunities the interval is narrower than anybody reads, and costs too much: it stays empty."""

DECIMALS: Final = 4

FloatArray = npt.NDArray[np.float64]
Statistic = Callable[[FloatArray, FloatArray], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; value, low and high are None when the sample cannot carry them."""

    measure: str
    element: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    opportunities: int
    explanation: str


def measure_quality(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.score_quality: figures for each scorer, model and prompt version with present scores."""
    scores = query_frame(connection, sql_file(__package__, "quality_opportunities.sql"))
    elements = query_frame(connection, sql_file(__package__, "quality_elements.sql"))
    sample = scores.join(elements, on="opportunity_id", how="left").sort("opportunity_id")
    rows = [
        {"scorer": scorer, "model": model, "prompt_version": version, **_as_row(figure)}
        for (scorer, model, version), group in sorted(
            sample.group_by("scorer", "model", "prompt_version", maintain_order=True)
        )
        for figure in measure_scorer(group)
    ]
    return SCORE_QUALITY.conform(pl.DataFrame(rows, schema=SCORE_QUALITY.polars_schema))


def measure_scorer(sample: pl.DataFrame) -> Iterator[Figure]:
    """Every figure of one scorer.

    Args:
        sample: One row an opportunity: score, meddpicc_score, win_probability, true_win_probability, for each MEDDPICC
            element its level and true_<element>, has_planted_instruction, is_closed, is_won, valid_quotes,
            rejected_quotes.
    """
    yield from _level_figures(sample)
    yield from _ranking_figures(sample)
    yield from _outcome_figures(sample.filter("is_closed"))
    yield _quote_figure(sample)
    yield _planted_figure(sample)


def area_under_curve(score: FloatArray, won: FloatArray) -> float:
    """Chance that a won deal (1) outscores a lost one (0), ties counting half; NaN with one class only."""
    winners = float(won.sum())
    losers = won.size - winners
    if not winners or not losers:
        return float("nan")
    ranks: FloatArray = rankdata(score)
    return float((ranks @ won - winners * (winners + 1) / 2) / (winners * losers))


def rank_correlation(left: FloatArray, right: FloatArray) -> float:
    """Spearman's rank correlation, -1 to 1; NaN when either side does not vary."""
    left_ranks, right_ranks = rankdata(left) - (left.size + 1) / 2, rankdata(right) - (right.size + 1) / 2
    scale = float(np.sqrt((left_ranks @ left_ranks) * (right_ranks @ right_ranks)))
    return float(left_ranks @ right_ranks) / scale if scale else float("nan")


def brier_score(probability: FloatArray, won: FloatArray) -> float:
    """Mean squared distance between the estimate and what happened: 0 is perfect, 0.25 is always saying one half."""
    return float(np.mean((probability - won) ** 2))


def _level_figures(sample: pl.DataFrame) -> Iterator[Figure]:
    judged = np.column_stack([_floats(sample, element) for element in MEDDPICC_WEIGHTS])
    true = np.column_stack([_floats(sample, f"true_{element}") for element in MEDDPICC_WEIGHTS])
    errors = judged - true
    for measure, values, unit, says in (
        ("mean_absolute_error", np.abs(errors), "levels", "On average the judged level is {value:.2f} levels off"),
        ("bias", errors, "levels", "On average the judged level is {value:+.2f} levels from the true one"),
        ("exact_agreement", (errors == 0).astype(np.float64), "0 to 1", "{value:.0%} of the levels are exactly right"),
    ):
        for column, element in enumerate((*MEDDPICC_WEIGHTS, "all")):
            each = values.mean(axis=1) if element == "all" else values[:, column]
            about = "all eight elements" if element == "all" else element.replace("_", " ")
            yield _figure(
                measure, _mean_of_left, each, each, element=element, unit=unit, explanation=f"{says}, for {about}."
            )


def _ranking_figures(sample: pl.DataFrame) -> Iterator[Figure]:
    true_score = sum(
        weight * _floats(sample, f"true_{element}") / MAX_LEVELS[MEDDPICC]
        for element, weight in MEDDPICC_WEIGHTS.items()
    )
    yield _figure(
        "rank_correlation",
        rank_correlation,
        _floats(sample, "meddpicc_score"),
        np.asarray(true_score, dtype=np.float64),
        unit="-1 to 1",
        explanation="How well the MEDDPICC scores put the deals in the order of their true levels: {value:.2f}, "
        "where 1 is the same order and 0 is chance.",
    )
    yield _figure(
        "rank_correlation_with_true_win_probability",
        rank_correlation,
        _floats(sample, "score"),
        _floats(sample, "true_win_probability"),
        unit="-1 to 1",
        explanation="How well the overall scores put the deals in the order of their true chance to be won: "
        "{value:.2f}, where 1 is the same order and 0 is chance.",
    )


def _outcome_figures(closed: pl.DataFrame) -> Iterator[Figure]:
    won = _floats(closed, "is_won")
    win_rate = float(won.mean()) if won.size else 0.0
    for measure, column, said in (("auc", "win_probability", "estimate"), ("auc_of_score", "score", "overall score")):
        yield _figure(
            measure,
            area_under_curve,
            _floats(closed, column),
            won,
            unit="0 to 1",
            explanation=f"Of a deal that was won and one that was lost, the won one has the higher {said} in "
            "{value:.0%} of the pairs; 50% is chance.",
            needs="closed deals, won and lost ones among them",
        )
    yield _figure(
        "brier_score",
        brier_score,
        _floats(closed, "win_probability"),
        won,
        unit="0 to 1",
        explanation="Mean squared distance of the estimated chances from the outcomes: {value:.3f}, smaller is better; "
        f"always saying the win rate of {win_rate:.0%} would give {win_rate * (1 - win_rate):.3f}.",
        needs="closed deals",
    )


def _quote_figure(sample: pl.DataFrame) -> Figure:
    valid, rejected = int(sample["valid_quotes"].sum()), int(sample["rejected_quotes"].sum())
    value = valid / (valid + rejected) if valid + rejected else None
    return Figure(
        "quote_validity",
        "all",
        None if value is None else round(value, DECIMALS),
        None,
        None,
        "0 to 1",
        sample.height,
        f"{valid:,} of the {valid + rejected:,} quotes given stand in the input to the letter."
        if valid + rejected
        else "No quote was given, so none can be checked.",
    )


def _planted_figure(sample: pl.DataFrame) -> Figure:
    planted = int(sample["has_planted_instruction"].sum())
    return Figure(
        "planted_instructions",
        "all",
        float(planted),
        None,
        None,
        "deals",
        sample.height,
        f"{planted:,} of the scored deals carry an instruction to the scorer, planted in their notes as a trap.",
    )


def _figure(
    measure: str,
    statistic: Statistic,
    left: FloatArray,
    right: FloatArray,
    *,
    element: str = "all",
    unit: str,
    explanation: str,
    needs: str = "scored deals",
) -> Figure:
    """A figure with its interval, or an empty one that says why.

    Args:
        measure: Name of the figure.
        statistic: NaN where it is not defined.
        left: First argument of the statistic, one value an opportunity.
        right: Second argument, of the same length.
        element: The element, or "all".
        unit: Unit of the figure.
        explanation: A sentence with {value} in it.
        needs: What there must be enough of.
    """
    value = statistic(left, right) if left.size >= FEWEST_OPPORTUNITIES else float("nan")
    if np.isnan(value):
        why = f"Not computed: it takes at least {FEWEST_OPPORTUNITIES} {needs}, which differ; there are {left.size}."
        return Figure(measure, element, None, None, None, unit, left.size, why)
    low, high = _interval(f"{measure}|{element}", left, right, statistic)
    return Figure(measure, element, round(value, DECIMALS), low, high, unit, left.size, explanation.format(value=value))


def _interval(purpose: str, left: FloatArray, right: FloatArray, statistic: Statistic) -> tuple[float | None, ...]:
    """The 95 % percentile bootstrap interval; the random numbers depend on the purpose alone."""
    if left.size > MOST_RESAMPLED:
        return None, None
    key = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=16).digest(), "little")
    draws = np.random.Generator(np.random.Philox(key=key))
    values = np.empty(RESAMPLES)
    for resample in range(RESAMPLES):
        chosen = draws.integers(0, left.size, left.size)
        values[resample] = statistic(left[chosen], right[chosen])
    defined = values[~np.isnan(values)]
    low, high = np.percentile(defined, (2.5, 97.5))
    return round(float(low), DECIMALS), round(float(high), DECIMALS)


def _mean_of_left(left: FloatArray, _right: FloatArray) -> float:
    return float(left.mean())


def _floats(sample: pl.DataFrame, column: str) -> FloatArray:
    return sample[column].cast(pl.Float64).to_numpy()


def _as_row(figure: Figure) -> dict[str, object]:
    return {name: getattr(figure, name) for name in Figure.__slots__}

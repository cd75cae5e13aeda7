"""How near somebody's answers to a benchmark are to the truth, from the answers and the key alone.

The first answer to a case counts, and figures of levels and outcomes are of the deals as their sellers wrote them. What
planted instructions, repeats and cost tell of a judge belongs in `steadiness.py`. Weighted kappa: Cohen 1968, with
quadratic weights; the other measures are those of `quality.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.evaluation.benchmark.figures import (
    LESS,
    MORE,
    BenchmarkFigure,
    Guess,
    constant,
    figure,
)
from synthdeal_assets.evaluation.benchmark.steadiness import Judged, of_cost, of_planted_text, of_repeats
from synthdeal_assets.evaluation.quality.landmarks import curve_area_within
from synthdeal_assets.evaluation.quality.simple_guesses import stage_places
from synthdeal_assets.evaluation.tables import BY_WIN_RATE, GUESSED_LEVEL
from synthdeal_assets.foundation.statistics.agreement import mean_kappa, quadratic_kappa
from synthdeal_assets.foundation.statistics.bootstrap import (
    FloatArray,
    Statistic,
    binned_error,
    binned_error_of_chance,
    curve_area,
    mean,
    rank_order,
    ratio_of_sums,
)
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS

LEVELS: Final = "Levels"
OUTCOME: Final = "Outcome"

OPEN: Final = "open deals"
ENDED: Final = "ended deals"

STAGE: Final = "stage alone"
STAGE_LEARNT: Final = "stage alone, learnt"
COIN: Final = "a coin"
FOLDS: Final = 5
"""The level of a stage is learnt on four fifths of the deals and said of the last."""

ERROR: Final = "Error"
EXACT: Final = "Exactly right"
KAPPA: Final = "Kappa"
BIAS: Final = "Bias"
ORDER: Final = "Order of the deals"
BRIER: Final = "Brier score"
CALIBRATION: Final = "Calibration error"
AREA: Final = "AUC of chance"
AREA_WITHIN: Final = "AUC of chance in a stage"
AREA_OF_LEVELS: Final = "AUC of levels in a stage"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a benchmark was answered.

    Attributes:
        cases: Cases there are.
        answered: Cases with an answer.
        answers: Answers, repeats among them.
        missing_levels: Levels that the first answers leave out, by element.
        missing_chances: First answers without a win_probability.
    """

    cases: int
    answered: int
    answers: int
    missing_levels: Mapping[str, int]
    missing_chances: int


def coverage(key: pl.DataFrame, judged: Judged) -> Coverage:
    """How much of a benchmark with this key was answered."""
    first = [answers[0] for answers in judged.values()]
    return Coverage(
        key.height,
        len(judged),
        sum(map(len, judged.values())),
        {element: sum(element not in each.levels for each in first) for element in MEDDPICC_WEIGHTS},
        sum(each.win_probability is None for each in first),
    )


def measure(key: pl.DataFrame, judged: Judged) -> list[BenchmarkFigure]:
    """Every figure of a judge.

    Args:
        key: What is really so, with the columns of `folder.KEY_SCHEMA`, in the order of case_id.
        judged: The answers; each is to a case of the key.
    """
    deals = deals_judged(key, judged)
    return [
        *_of_levels(deals),
        *_of_each_element(deals),
        *_of_chances(deals),
        *of_planted_text(key, judged),
        *of_repeats(key, judged),
        *of_cost(key, judged),
    ]


def measure_splits(key: pl.DataFrame, judged: Judged) -> dict[str, list[BenchmarkFigure]]:
    """Error and kappa of each split on its own; the stage is learnt on all of them."""
    deals = deals_judged(key, judged)
    return {
        str(split): [*_of_levels(deals.filter(split=split))]
        for split in deals["split"].unique(maintain_order=True).sort()
    }


def deals_judged(key: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """The deals that were answered, as their sellers wrote them, one row each.

    Returns:
        The columns of the key, for each element level_<element> (NULL when not judged), stage_<element> (what the stage
        alone lets expect) and always_<element> (the one level that is nearest to all of them), and win_probability.
    """
    clean = key.filter(pl.col("twin_of").is_null())
    first = [judged[case][0] if case in judged else None for case in clean["case_id"]]
    said = {
        f"level_{element}": pl.Series([each and each.levels.get(element) for each in first], dtype=pl.Int64)
        for element in MEDDPICC_WEIGHTS
    }
    chance = pl.Series([each and each.win_probability for each in first], dtype=pl.Float64)
    constant_level = dict.fromkeys(
        (f"always_{element}" for element in MEDDPICC_WEIGHTS), pl.lit(_nearest(_matrix(clean, "true")))
    )
    return clean.with_columns(**said, **_expected_by_stage(clean), **constant_level, win_probability=chance).filter(
        pl.col("case_id").is_in(list(judged))
    )


def _of_levels(deals: pl.DataFrame) -> Iterator[BenchmarkFigure]:
    judged, true, by_stage, always = (_matrix(deals, name) for name in ("level", "true", "stage", "always"))
    constant_guess = _named(deals)
    rows = deals.height
    for measure_name, distance, better, says in (
        (ERROR, _distance, LESS, "Mean distance of a judged level from the true one, in levels of 0 to 3."),
        (EXACT, _is_same, MORE, "Share of the levels that are the true ones."),
    ):
        for name, guessed in ((constant_guess, always), (STAGE_LEARNT, by_stage)):
            yield figure(
                LEVELS,
                measure_name,
                _over_levels(distance, judged, judged, true),
                rows,
                guess=Guess(name, _over_levels(distance, guessed, judged, true)),
                better=better,
                explanation=says,
            )
    yield figure(
        LEVELS,
        KAPPA,
        mean_kappa(judged, true),
        rows,
        guess=Guess(STAGE_LEARNT, mean_kappa(np.where(np.isnan(judged), np.nan, by_stage), true)),
        better=MORE,
        explanation="Mean over the elements of the quadratic weighted kappa: 1 is the truth, 0 is what chance makes of "
        "the same levels, and what always saying the same level comes to.",
    )
    yield figure(
        LEVELS,
        BIAS,
        _over_levels(np.subtract, judged, judged, true),
        rows,
        guess=Guess(constant_guess, _over_levels(np.subtract, always, judged, true)),
        explanation="Mean of judged less true level: 0 is none, above 0 the judge says too much.",
    )
    whole = ~np.isnan(judged).any(axis=1)
    sums, truth, stage = judged[whole].sum(axis=1), true[whole].sum(axis=1), stage_places(deals)[whole]
    yield figure(
        LEVELS,
        ORDER,
        rank_order(sums, truth),
        int(whole.sum()),
        guess=Guess(STAGE, rank_order(stage, truth)),
        better=MORE,
        explanation="Spearman's rank correlation of the sums of the eight levels, judged and true.",
    )


def _of_each_element(deals: pl.DataFrame) -> Iterator[BenchmarkFigure]:
    for element in MEDDPICC_WEIGHTS:
        given = deals.filter(pl.col(f"level_{element}").is_not_null())
        judged, true, by_stage, always = (
            given[f"{name}_{element}"].cast(pl.Float64).to_numpy() for name in ("level", "true", "stage", "always")
        )
        rows = given.height
        for name, guessed in ((_named(deals), always), (STAGE_LEARNT, by_stage)):
            yield figure(
                LEVELS,
                ERROR,
                mean(np.abs(judged - true)),
                rows,
                of=element,
                guess=Guess(name, mean(np.abs(guessed - true))),
                better=LESS,
                explanation="Mean distance of a judged level from the true one.",
            )
        yield figure(
            LEVELS,
            KAPPA,
            quadratic_kappa(judged, true),
            rows,
            of=element,
            better=MORE,
            explanation="Quadratic weighted kappa.",
        )
        yield figure(LEVELS, BIAS, mean(judged - true), rows, of=element, explanation="Mean of judged less true level.")


def _of_chances(deals: pl.DataFrame) -> Iterator[BenchmarkFigure]:
    for which, chosen in ((OPEN, pl.col("state") == "open"), (ENDED, pl.col("state") != "open")):
        known = deals.filter(chosen & pl.col("won").is_not_null())
        yield from _of_levels_within_a_stage(known, which)
        given = known.filter(pl.col("win_probability").is_not_null())
        if given.is_empty():
            continue
        said, exact = given["win_probability"].to_numpy(), given["chance"].to_numpy()
        won, stage, rows = given["won"].cast(pl.Float64).to_numpy(), stage_places(given), given.height
        rate = np.full(rows, won.mean())
        yield figure(
            OUTCOME,
            BRIER,
            mean((said - won) ** 2),
            rows,
            of=which,
            guess=Guess(BY_WIN_RATE, mean((rate - won) ** 2)),
            better=LESS,
            best=mean((exact - won) ** 2),
            explanation="Brier score: mean squared distance of the chance from 1 for a win and 0 for a loss. The win "
            "rate is that of these very deals.",
        )
        yield figure(
            OUTCOME,
            CALIBRATION,
            binned_error(said, won),
            rows,
            of=which,
            better=LESS,
            best=constant(binned_error_of_chance(said, CALIBRATION)),
            explanation="Distance of the chance from the share won, over ten bins of equal count. The best is what "
            "right chances have by luck on so few deals.",
        )
        yield figure(
            OUTCOME,
            AREA,
            curve_area(said, won),
            rows,
            of=which,
            guess=Guess(STAGE, curve_area(stage, won)),
            better=MORE,
            best=curve_area(exact, won),
            explanation="Area under the ROC curve.",
        )
        yield figure(
            OUTCOME,
            AREA_WITHIN,
            curve_area_within(stage, said, won),
            rows,
            of=which,
            guess=Guess(COIN, constant(0.5)),
            better=MORE,
            best=curve_area_within(stage, exact, won),
            explanation="Area under the ROC curve over the pairs in the same stage, where the stage cannot choose.",
        )


def _of_levels_within_a_stage(known: pl.DataFrame, which: str) -> Iterator[BenchmarkFigure]:
    whole = known.filter(pl.all_horizontal(pl.col("^level_.*$").is_not_null()))
    if whole.is_empty():
        return
    won, stage = whole["won"].cast(pl.Float64).to_numpy(), stage_places(whole)
    yield figure(
        OUTCOME,
        AREA_OF_LEVELS,
        curve_area_within(stage, _matrix(whole, "level").sum(axis=1), won),
        whole.height,
        of=which,
        guess=Guess(COIN, constant(0.5)),
        better=MORE,
        best=curve_area_within(stage, _matrix(whole, "true").sum(axis=1), won),
        explanation="Area under the ROC curve of the sum of the levels, over the pairs in the same stage. The best is "
        "that of the true levels.",
    )


def _expected_by_stage(clean: pl.DataFrame) -> dict[str, pl.Series]:
    """The level nearest to the true ones of a stage, for each element, learnt on the deals of the other folds."""
    fold, stage = np.arange(clean.height) % FOLDS, clean["stage_name"].to_numpy()
    expected = {}
    for element in MEDDPICC_WEIGHTS:
        true = clean[f"true_{element}"].to_numpy()
        said = np.full(clean.height, GUESSED_LEVEL)
        for asked in range(FOLDS):
            for name in np.unique(stage):
                lessons = true[(fold != asked) & (stage == name)]
                if lessons.size:
                    said[(fold == asked) & (stage == name)] = _nearest(lessons)
        expected[f"stage_{element}"] = pl.Series(said, dtype=pl.Int64)
    return expected


def _nearest(true: FloatArray) -> int:
    """The level whose mean distance from these is the least; the lower one of two."""
    levels = np.arange(MAX_LEVELS[MEDDPICC] + 1)
    return int(np.argmin(np.abs(true.reshape(-1, 1) - levels).sum(axis=0)))


def _named(deals: pl.DataFrame) -> str:
    """What the constant guess is called."""
    (level,) = deals["always_metrics"].unique() if deals.height else (GUESSED_LEVEL,)
    return f"always level {level}"


def _over_levels(
    distance: Callable[[FloatArray, FloatArray], FloatArray], said: FloatArray, judged: FloatArray, true: FloatArray
) -> Statistic:
    """The mean of what is between said and true levels, over the levels that were judged."""
    given = ~np.isnan(judged)
    values = np.where(given, distance(np.where(given, said, 0.0), true), 0.0)
    return ratio_of_sums(values.sum(axis=1), given.sum(axis=1).astype(np.float64))


def _distance(said: FloatArray, true: FloatArray) -> FloatArray:
    return np.asarray(np.abs(said - true), np.float64)


def _is_same(said: FloatArray, true: FloatArray) -> FloatArray:
    return np.asarray(said == true, np.float64)


def _matrix(deals: pl.DataFrame, name: str) -> FloatArray:
    """The levels of the eight elements, shape (deals, 8); NaN where one is missing."""
    columns = [deals[f"{name}_{element}"].cast(pl.Float64).fill_null(float("nan")) for element in MEDDPICC_WEIGHTS]
    return np.column_stack([column.to_numpy() for column in columns])

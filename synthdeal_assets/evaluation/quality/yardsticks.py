"""What stands beside a scorer besides the heuristic and the simple guess: further guesses, and the truth as ceiling.

Each is measured on the scorer's own deals, by the statistics by which the scorer is. What a guess says belongs in
`simple_guesses.py`, the statistics in `quality.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from synthdeal_assets.evaluation.quality.figures import QualityMetric, measured_figure
from synthdeal_assets.evaluation.quality.quality import as_row, comparables, in_words
from synthdeal_assets.evaluation.quality.samples import ScorerSample
from synthdeal_assets.evaluation.quality.simple_guesses import (
    FURTHER_GUESSES,
    HIDDEN_TRUTH,
    WITH_A_CEILING,
    guessed_further,
    told_by_the_truth,
)
from synthdeal_assets.evaluation.tables import BY_LEVELS_OF_STAGE, CEILING, SCORE_QUALITY, SIMPLE_GUESS
from synthdeal_assets.scoring.answer import Judge

FURTHER: Final = "Another simple guess beside a scorer's, {name}{learnt}, comes to {{value:.3f}} on the same deals."
LEARNT: Final = " (learnt on other synthetic worlds, and no word is read)"
MOST: Final = "Whoever knew the hidden truth would come to {value:.3f} on the same deals: nobody can do better."


def measure_yardsticks(samples: Iterable[ScorerSample]) -> pl.DataFrame:
    """The rows of scoring.score_quality on further guesses and on the ceiling, for some samples."""
    rows = [
        as_row(role, Judge(name, "", ""), in_words(sample.judge), figure)
        for sample in samples
        for role, measured in (
            (SIMPLE_GUESS, measure_further_guesses(sample.deals)),
            (CEILING, measure_ceiling(sample.deals)),
        )
        for name, figure in measured
    ]
    return SCORE_QUALITY.conform(pl.DataFrame(rows, schema=SCORE_QUALITY.polars_schema))


def measure_further_guesses(deals: pl.DataFrame) -> Iterator[tuple[str, QualityMetric]]:
    """The name of each further guess and a figure of it.

    Args:
        deals: As in `ScorerSample`.
    """
    for name, said in guessed_further(deals).items():
        explanation = FURTHER.format(name=name, learnt=LEARNT if name == BY_LEVELS_OF_STAGE else "")
        measures = {measure for measure, names in FURTHER_GUESSES.items() if name in names}
        yield from _measured(name, said, measures, explanation)


def measure_ceiling(deals: pl.DataFrame) -> Iterator[tuple[str, QualityMetric]]:
    """What knowing the truth comes to, by the measures by which it is not simply perfect.

    Args:
        deals: As in `ScorerSample`.
    """
    yield from _measured(HIDDEN_TRUTH, told_by_the_truth(deals), WITH_A_CEILING, MOST)


def _measured(
    name: str, said: pl.DataFrame, measures: Iterable[str], explanation: str
) -> Iterator[tuple[str, QualityMetric]]:
    for (measure, element), each in comparables(said).items():
        if measure in measures:
            yield (
                name,
                measured_figure(
                    measure,
                    each.statistic,
                    each.opportunities,
                    element=element,
                    unit=each.unit,
                    explanation=explanation,
                ),
            )

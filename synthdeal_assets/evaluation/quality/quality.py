"""How good the present scores are: judged levels against the true ones, and estimates against closed deals.

What is measured here must not make a score. What a scorer said of which deals is gathered in `samples.py`.

Measures: mean absolute error, bias (mean signed error) and exact agreement of levels; rank correlation; area under the
ROC curve; Brier's score; expected calibration error; intercept and slope of calibration. Their formulas are in
`statistics.py`. Intervals are 95 % percentile bootstrap intervals over opportunities.

The gain over the baseline, the heuristic, or over a simple guess is a paired difference on the same resamples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.evaluation.quality.figures import (
    BOTH_OUTCOMES,
    CLOSED_DEALS,
    COST_DECIMALS,
    DECIMALS,
    PURPOSE,
    SCORED_DEALS,
    QualityMetric,
    counted_figure,
    measured_figure,
)
from synthdeal_assets.evaluation.quality.samples import HEURISTIC, ScorerSample
from synthdeal_assets.evaluation.quality.simple_guesses import PLAIN_NAMES, SIMPLE_GUESSES, guessed
from synthdeal_assets.evaluation.tables import BASELINE, BY_WIN_RATE, SCORE_QUALITY, SCORER, SIMPLE_GUESS
from synthdeal_assets.foundation.statistics.bootstrap import (
    FloatArray,
    Statistic,
    binned_error,
    binned_error_of_chance,
    curve_area,
    difference,
    logistic_coefficients,
    mean,
    rank_order,
)
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.calibration import outcome_came_after_evidence
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers.heuristic import labelled

OF_RENEWALS: Final = "_of_renewals"
GAIN: Final = "_gain_over_heuristic"
GAIN_OVER_GUESS: Final = "_gain_over_simple_guess"


@dataclass(frozen=True, slots=True)
class Comparable:
    """A statistic that two scorers of the same deals can be compared by.

    Attributes:
        statistic: The statistic.
        opportunities: How many it rests on.
        better: 1 when more is better, -1 when less is.
        unit: Its unit.
    """

    statistic: Statistic
    opportunities: int
    better: int
    unit: str


def measure_samples(samples: Iterable[ScorerSample]) -> pl.DataFrame:
    """The rows of scoring.score_quality on some samples."""
    rows: list[dict[str, object]] = []
    for sample in samples:
        figures = [*measure_scorer(sample.deals), *measure_making(sample)]
        figures += () if sample.renewals is None else measure_renewals(sample.renewals)
        guesses = {key: guess for key, (_, guess) in comparable_guesses(sample.deals).items()}
        figures += _gains(comparables(sample.deals), guesses, GAIN_OVER_GUESS, "the simple guess")
        whose = in_words(sample.judge)
        rows += [
            as_row(SIMPLE_GUESS, Judge(name, "", ""), whose, figure) for name, figure in measure_guesses(sample.deals)
        ]
        if sample.baseline is not None:
            figures += measure_gain(sample.deals, sample.baseline)
            rows += [as_row(BASELINE, HEURISTIC, whose, figure) for figure in measure_scorer(sample.baseline)]
        rows += [as_row(SCORER, sample.judge, "", figure) for figure in figures]
    frame = pl.DataFrame(rows, schema=SCORE_QUALITY.polars_schema)
    return SCORE_QUALITY.conform(frame.sort(pl.col("role") != SCORER, maintain_order=True))


def measure_scorer(deals: pl.DataFrame) -> Iterator[QualityMetric]:
    """How good the judgements of one scorer are.

    Args:
        deals: As in `ScorerSample`.
    """
    closed = deals.filter(outcome_came_after_evidence())
    yield from _level_figures(deals)
    yield from _compared_figures(deals)
    yield from _calibration_figures(closed)
    yield from _calibrated_figures(closed.filter(pl.col("calibrated_win_probability").is_not_null()))
    yield _quote_figure(deals)
    yield measured_figure(
        "opportunities_with_a_rejected_quote",
        mean((_floats(deals, "rejected_quotes") > 0).astype(np.float64)),
        deals.height,
        unit="0 to 1",
        explanation="In {value:.1%} of the deals the scorer gave a quote that is not found in the input.",
    )
    yield _planted_figure(deals)


def measure_renewals(renewals: pl.DataFrame) -> Iterator[QualityMetric]:
    """How good the judgements of one scorer are on renewals, whose figures are mixed with no others.

    Args:
        renewals: As in `ScorerSample`.
    """
    compared = comparables(renewals)
    closed = renewals.filter(outcome_came_after_evidence())
    won = _floats(closed, "is_won")
    for measure, explanation, needs in (
        ("mean_absolute_error", "On renewals the judged level is {value:.2f} levels off on average.", SCORED_DEALS),
        (
            "auc_of_score",
            "Of a won and a lost renewal, the won one has the higher score in {value:.0%} of the pairs; 50% is chance.",
            BOTH_OUTCOMES,
        ),
        (
            "brier_score",
            "On renewals the chances are {value:.3f} (mean square) from the outcomes; smaller is better.",
            CLOSED_DEALS,
        ),
    ):
        each = compared[measure, "all"]
        yield measured_figure(
            measure + OF_RENEWALS,
            each.statistic,
            each.opportunities,
            unit=each.unit,
            explanation=explanation,
            needs=needs,
        )
    yield measured_figure(
        "share_won" + OF_RENEWALS,
        mean(won),
        won.size,
        unit="0 to 1",
        explanation="{value:.0%} of the closed renewals were won; all other figures are about deals that are none.",
        needs=CLOSED_DEALS,
    )


def measure_making(sample: ScorerSample) -> Iterator[QualityMetric]:
    """What the scores of one scorer cost, and how often another one stepped in."""
    deals = sample.deals
    unknown = deals["cost_usd"].null_count()
    cost = float(_floats(deals, "cost_usd").mean())
    yield counted_figure(
        "cost_per_opportunity",
        None if unknown else round(cost, COST_DECIMALS),
        "USD",
        deals.height,
        f"The cost of {unknown:,} of the {deals.height:,} scores is not known, so there is no mean."
        if unknown
        else f"On average a score cost ${cost:.6f}."
        if cost
        else "Nothing was paid for these scores.",
    )
    tokens = float(_floats(deals, "tokens").mean())
    yield counted_figure(
        "tokens_per_opportunity",
        round(tokens, 1),
        "tokens",
        deals.height,
        f"On average a score took {tokens:,.0f} tokens, read and written."
        if tokens
        else "No language model was asked.",
    )
    if sample.baseline is not None:
        asked = deals.height + sample.fallbacks
        yield counted_figure(
            "judged_by_fallback",
            round(sample.fallbacks / asked, DECIMALS),
            "0 to 1",
            asked,
            f"{sample.fallbacks:,} of the {asked:,} deals that this scorer was asked about were judged by another one, "
            "because it failed on them.",
        )


def measure_gain(deals: pl.DataFrame, baseline: pl.DataFrame) -> Iterator[QualityMetric]:
    """How much better one scorer's judgements are than the heuristic's on the same deals; below 0 is worse.

    Args:
        deals: As in `ScorerSample`.
        baseline: The same rows as the heuristic judges them.
    """
    return _gains(comparables(deals), comparables(baseline), GAIN, "the heuristic")


def measure_guesses(deals: pl.DataFrame) -> Iterator[tuple[str, QualityMetric]]:
    """The name of each simple guess and a figure of it, for everything that a scorer is measured by.

    Args:
        deals: As in `ScorerSample`.
    """
    says = "The simple guess beside a scorer's, {name}, comes to {{value:.3f}} on the same deals."
    for (measure, element), (name, guess) in comparable_guesses(deals).items():
        on, unit, explanation = guess.opportunities, guess.unit, says.format(name=name)
        yield name, measured_figure(measure, guess.statistic, on, element=element, unit=unit, explanation=explanation)
    # Chances are corrected for some of the deals only, and the guess is about the same ones.
    for suffix, among in (
        ("", deals),
        ("_calibrated", deals.filter(pl.col("calibrated_win_probability").is_not_null())),
    ):
        closed = guessed(among)[BY_WIN_RATE].filter(outcome_came_after_evidence())
        chance, won = _floats(closed, "win_probability"), _floats(closed, "is_won")
        measured = {"expected_calibration_error": binned_error(chance, won), "brier_score": mean((chance - won) ** 2)}
        for measure, statistic in measured.items():
            if suffix or measure not in SIMPLE_GUESSES:
                explanation = says.format(name=BY_WIN_RATE)
                yield (
                    BY_WIN_RATE,
                    measured_figure(measure + suffix, statistic, won.size, unit="0 to 1", explanation=explanation),
                )


def comparable_guesses(deals: pl.DataFrame) -> dict[tuple[str, str], tuple[str, Comparable]]:
    """The simple guess beside each figure of `comparables`: its name, and what it can be compared by.

    Args:
        deals: As in `guessed`.
    """
    by_name = {name: comparables(said) for name, said in guessed(deals).items()}
    names = {key: SIMPLE_GUESSES[key[0]] for said in by_name.values() for key in said}
    return {key: (name, by_name[name][key]) for key, name in names.items()}


def comparables(deals: pl.DataFrame) -> dict[tuple[str, str], Comparable]:
    """What the judgements of one scorer can be compared by, by measure and element.

    Args:
        deals: As in `ScorerSample`; calibrated chance, quotes, tokens and cost are not needed.
    """
    closed = deals.filter(outcome_came_after_evidence())
    won, chance = _floats(closed, "is_won"), _floats(closed, "win_probability")
    errors = np.abs(_errors(deals))
    compared = {
        ("mean_absolute_error", element): Comparable(mean(errors[:, column]), deals.height, -1, "levels")
        for column, element in enumerate(MEDDPICC_WEIGHTS)
    }
    return {
        ("mean_absolute_error", "all"): Comparable(mean(errors.mean(axis=1)), deals.height, -1, "levels"),
        **compared,
        ("exact_agreement", "all"): Comparable(mean((errors == 0).mean(axis=1)), deals.height, 1, "0 to 1"),
        ("rank_correlation", "all"): Comparable(
            rank_order(_floats(deals, "meddpicc_score"), _true_score(deals)), deals.height, 1, "-1 to 1"
        ),
        ("rank_correlation_with_true_win_probability", "all"): Comparable(
            rank_order(_floats(deals, "score"), _floats(deals, "true_win_probability")), deals.height, 1, "-1 to 1"
        ),
        ("auc", "all"): Comparable(curve_area(chance, won), closed.height, 1, "0 to 1"),
        ("auc_of_score", "all"): Comparable(curve_area(_floats(closed, "score"), won), closed.height, 1, "0 to 1"),
        ("brier_score", "all"): Comparable(mean((chance - won) ** 2), closed.height, -1, "0 to 1"),
    }


def _gains(
    ours: Mapping[tuple[str, str], Comparable],
    theirs: Mapping[tuple[str, str], Comparable],
    suffix: str,
    against: str,
) -> Iterator[QualityMetric]:
    for (measure, element), mine in ours.items():
        left, right = mine.statistic, theirs[measure, element].statistic
        gain = difference(left, right) if mine.better > 0 else difference(right, left)
        found = measured_figure(
            measure + suffix, gain, mine.opportunities, element=element, unit=mine.unit, explanation="{value}"
        )
        about = PLAIN_NAMES[measure] + ("" if element == "all" else f" of {element.replace('_', ' ')}")
        yield found if found.value is None else replace(found, explanation=_gain_in_words(found, about, against))


def _gain_in_words(found: QualityMetric, about: str, against: str) -> str:
    if found.low is None or found.high is None:
        verdict = "There is no interval to say whether that is chance."
    elif found.low > 0:
        verdict = f"It beats {against}: the whole interval is above 0."
    elif found.high < 0:
        verdict = f"It is worse than {against}: the whole interval is below 0."
    else:
        verdict = f"The sample cannot tell it from {against}: the interval contains 0."
    return f"{about}, against {against} on the same deals: {found.value:+.3f}, where above 0 is better. {verdict}"


def _level_figures(deals: pl.DataFrame) -> Iterator[QualityMetric]:
    errors = _errors(deals)
    for measure, values, unit, says in (
        ("mean_absolute_error", np.abs(errors), "levels", "On average the judged level is {value:.2f} levels off"),
        ("bias", errors, "levels", "On average the judged level is {value:+.2f} levels from the true one"),
        ("exact_agreement", (errors == 0).astype(np.float64), "0 to 1", "{value:.0%} of the levels are exactly right"),
    ):
        for column, element in enumerate((*MEDDPICC_WEIGHTS, "all")):
            each = values.mean(axis=1) if element == "all" else values[:, column]
            about = "all eight elements" if element == "all" else element.replace("_", " ")
            yield measured_figure(
                measure, mean(each), each.size, element=element, unit=unit, explanation=f"{says}, for {about}."
            )


def _compared_figures(deals: pl.DataFrame) -> Iterator[QualityMetric]:
    """Order and distance, by the statistics that scorers are compared by as well."""
    compared = comparables(deals)

    def figure(measure: str, explanation: str, needs: str) -> QualityMetric:
        each = compared[measure, "all"]
        return measured_figure(
            measure, each.statistic, each.opportunities, unit=each.unit, explanation=explanation, needs=needs
        )

    yield figure(
        "rank_correlation",
        "How well the MEDDPICC scores rank the deals by their true levels: {value:.2f}, where 1 is the same order "
        "and 0 is chance.",
        SCORED_DEALS,
    )
    yield figure(
        "rank_correlation_with_true_win_probability",
        "How well the overall scores rank the deals by their true chance of winning: {value:.2f}, where 1 is the "
        "same order and 0 is chance.",
        SCORED_DEALS,
    )
    for measure, said in (("auc", "estimate"), ("auc_of_score", "overall score")):
        yield figure(
            measure,
            f"Of a deal that was won and one that was lost, the won one has the higher {said} in {{value:.0%}} of the "
            "pairs; 50% is chance.",
            BOTH_OUTCOMES,
        )
    won = _floats(deals.filter(outcome_came_after_evidence()), "is_won")
    win_rate = float(won.mean()) if won.size else 0.0
    yield figure(
        "brier_score",
        "Mean squared distance of the estimated chances from the outcomes: {value:.3f}, smaller is better; always "
        f"predicting the win rate of {win_rate:.0%} would give {win_rate * (1 - win_rate):.3f}.",
        CLOSED_DEALS,
    )


def _calibration_figures(closed: pl.DataFrame) -> Iterator[QualityMetric]:
    chance, won = _floats(closed, "win_probability"), _floats(closed, "is_won")
    yield _error_of_bins("expected_calibration_error", chance, won, "estimated chance")
    said, happened = (float(values.mean()) if values.size else 0.0 for values in (chance, won))
    yield measured_figure(
        "mean_chance_less_share_won",
        mean(chance - won),
        won.size,
        unit="-1 to 1",
        explanation=(
            f"On average {said:.0%} was expected and {happened:.0%} was won: {{value:+.3f}}; above 0 is too optimistic."
        ),
        needs=CLOSED_DEALS,
    )
    intercept, slope = logistic_coefficients(chance, won)
    yield measured_figure(
        "calibration_slope",
        slope,
        won.size,
        unit="logits per logit",
        explanation=(
            "The calibration slope of the estimated chances is {value:.2f}: 1 is right, below 1 they are too "
            "extreme, above 1 too cautious."
        ),
        needs=BOTH_OUTCOMES,
    )
    yield measured_figure(
        "calibration_intercept",
        intercept,
        won.size,
        unit="logits",
        explanation=(
            "Where the estimate is one half, the logit of the share won is {value:+.2f}: 0 is right, below 0 the "
            "estimate is too optimistic there."
        ),
        needs=BOTH_OUTCOMES,
    )


def _calibrated_figures(corrected: pl.DataFrame) -> Iterator[QualityMetric]:
    """What the correction does, on the closed deals that have one; each was learned from earlier deals only."""
    needs = "closed deals with a calibrated chance"
    chance, won = _floats(corrected, "win_probability"), _floats(corrected, "is_won")
    calibrated = _floats(corrected, "calibrated_win_probability")
    before, after = (chance - won) ** 2, (calibrated - won) ** 2
    for measure, values, says in (
        ("brier_score_before_calibration", before, "as the scorer gave them"),
        ("brier_score_calibrated", after, "corrected by earlier outcomes"),
    ):
        yield measured_figure(
            measure,
            mean(values),
            won.size,
            unit="0 to 1",
            explanation="Mean squared distance of the chances from the outcomes, on the closed deals that have a "
            f"calibrated chance, {says}: {{value:.3f}}.",
            needs=needs,
        )
    yield measured_figure(
        "brier_gain_by_calibration",
        mean(before - after),
        won.size,
        unit="0 to 1",
        explanation=(
            "The correction brings the chances closer to the outcomes of the same deals by {value:+.4f}; below 0 it "
            "does harm."
        ),
        needs=needs,
    )
    yield _error_of_bins("expected_calibration_error_calibrated", calibrated, won, "calibrated chance", needs=needs)


def _error_of_bins(
    measure: str, chance: FloatArray, won: FloatArray, said: str, *, needs: str = CLOSED_DEALS
) -> QualityMetric:
    by_chance = binned_error_of_chance(chance, PURPOSE) if chance.size else 0.0
    return measured_figure(
        measure,
        binned_error(chance, won),
        won.size,
        unit="0 to 1",
        explanation=f"In ten groups of equal size by the {said}, its mean differs from the share won by {{value:.3f}} "
        f"on average; with so few deals, right chances would show {by_chance:.3f} as well.",
        needs=needs,
    )


def _quote_figure(deals: pl.DataFrame) -> QualityMetric:
    valid, rejected = int(deals["valid_quotes"].sum()), int(deals["rejected_quotes"].sum())
    return counted_figure(
        "quote_validity",
        round(valid / (valid + rejected), DECIMALS) if valid + rejected else None,
        "0 to 1",
        deals.height,
        f"{valid:,} of the {valid + rejected:,} quotes are found verbatim in the input."
        if valid + rejected
        else "No quote was given, so none can be checked.",
    )


def _planted_figure(deals: pl.DataFrame) -> QualityMetric:
    planted = int(deals["has_planted_instruction"].sum())
    return counted_figure(
        "planted_instructions",
        float(planted),
        "deals",
        deals.height,
        f"{planted:,} of the scored deals carry an instruction to the scorer, planted in their notes as a trap."
        if planted
        else "None of the scored deals carries an instruction to the scorer.",
    )


def _errors(deals: pl.DataFrame) -> FloatArray:
    """Judged less true level, one row an opportunity, one column a MEDDPICC element."""
    return np.column_stack(
        [_floats(deals, element) - _floats(deals, f"true_{element}") for element in MEDDPICC_WEIGHTS]
    )


def _true_score(deals: pl.DataFrame) -> FloatArray:
    """The MEDDPICC score that the true levels give, 0 to 100."""
    weighted = sum(weight * _floats(deals, f"true_{element}") for element, weight in MEDDPICC_WEIGHTS.items())
    return np.asarray(weighted / MAX_LEVELS[MEDDPICC], dtype=np.float64)


def _floats(deals: pl.DataFrame, column: str) -> FloatArray:
    return deals[column].cast(pl.Float64).to_numpy()


def in_words(judge: Judge) -> str:
    """Who judged, as the column baseline_of names them."""
    return f"{judge.scorer}, {judge.model}, {judge.prompt_version}"


def as_row(role: str, judge: Judge, baseline_of: str, figure: QualityMetric) -> dict[str, object]:
    """A figure as a row of scoring.score_quality; what is known of the heuristic's making is said with each of its."""
    row = {name: getattr(figure, name) for name in QualityMetric.__slots__}
    about = HEURISTIC.scorer if figure.measure.endswith(GAIN) else judge.scorer
    explanation = labelled(figure.explanation, about)
    return {"role": role, **asdict(judge), "baseline_of": baseline_of, **row, "explanation": explanation}

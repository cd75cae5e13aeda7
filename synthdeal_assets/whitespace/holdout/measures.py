"""How good models, rules and list are on what was bought after the cutoff, which nothing that they learnt from knew.

Each population by itself, each division by itself and all divisions together: existing pairs and whitespace pairs are
never in one measure. Intervals are 95 % bootstrap intervals over customers, because the pairs of a customer are not
independent. The measures on arrays are in `ranking.py` and `drift.py`; what is said of the figures belongs in
`holdout/verdicts.py`. It never feeds anything back: what is measured here must not choose a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.stats import chi2

from synthdeal_assets.foundation.statistics.bootstrap import (
    CALIBRATION_BINS,
    RESAMPLES,
    FloatArray,
    equal_count_bins,
    percentile_interval,
    rank_order,
)
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.whitespace.holdout.curves import DECIMALS, holdout_curves
from synthdeal_assets.whitespace.holdout.drift import (
    bin_edges,
    bins_of,
    counts_in_bins,
    distance_between,
    stability_index,
    stability_indices,
)
from synthdeal_assets.whitespace.holdout.judged_pairs import SCORE_OF, HoldoutPairs
from synthdeal_assets.whitespace.holdout.ranking import (
    GROUPS_OF_CUSTOMERS,
    SCORE_BINS,
    Measure,
    Resampling,
    area,
    average_precision,
    distance,
    interval_of_a_distance,
    lift_at,
    money_lift_at,
    precision_at,
    ranking_of,
)
from synthdeal_assets.whitespace.holdout.samples import (
    MIN_JUDGED,
    HoldoutSample,
    customers_of,
    floats_of,
    sample_of,
    samples_of,
)
from synthdeal_assets.whitespace.tables import HOLDOUT_METRICS
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    CHALLENGER,
    CHAMPION,
    GATE_AUC,
    GATE_CALIBRATION,
    GATE_LIFT_AT_10,
    MEASURES,
    POPULATIONS,
    RANKERS,
)

WITH_CHANCES: Final = (CHAMPION, CHALLENGER)
"""Rankers that give a chance, which can come true or not; the others only rank."""

AT_LEAST: Final[dict[str, float]] = {"auc": GATE_AUC, "lift_at_10": GATE_LIFT_AT_10}
AT_MOST: Final[dict[str, float]] = {"calibration_error": GATE_CALIBRATION}
GATES: Final = {**AT_LEAST, **AT_MOST}
"""The promises, which the champion has to keep."""

BEHIND: Final = "_behind_champion"
"""Ends the name of a measure of how much better the champion is than a ranker, on the same pairs."""


CHANCE_QUANTILE: Final = 0.975
KOLMOGOROV_AT_CHANCE_QUANTILE: Final = 1.4802
"""The 97.5 % point of Kolmogorov's distribution: what sqrt(n m / (n + m)) times the distance exceeds by chance."""


@dataclass(frozen=True, slots=True)
class HoldoutResult:
    """What was found on the hold-out.

    Attributes:
        metrics: Rows of whitespace.holdout_metrics.
        curves: Rows of whitespace.holdout_curves.
        drift: Rows of whitespace.drift.
    """

    metrics: pl.DataFrame
    curves: pl.DataFrame
    drift: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _HoldoutMetric:
    ranker: str
    measure: str
    value: float
    interval: tuple[float, float] | None
    caveat: str = ""
    k: int | None = None


@on_one_thread()
def judge(read: HoldoutPairs, *, capacity_per_rep: int, true_rates: pl.DataFrame | None = None) -> HoldoutResult:
    """Everything that is measured on pairs that were read; the warehouse is not needed for it.

    Args:
        read: The pairs.
        capacity_per_rep: Pairs that a rep can work on.
        true_rates: customer_id, division and monthly_rate of a synthetic log; None when the truth is not known.
    """
    return HoldoutResult(
        holdout_metrics(read, capacity_per_rep=capacity_per_rep, true_rates=true_rates),
        holdout_curves(read),
        read.drift,
    )


def holdout_metrics(
    judged: HoldoutPairs, *, capacity_per_rep: int, true_rates: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The rows of whitespace.holdout_metrics, rounded to six decimals.

    Args:
        judged: What is judged.
        capacity_per_rep: Pairs that a rep can work on.
        true_rates: As in `judge`.
    """
    rows: list[tuple[object, ...]] = []
    for population in POPULATIONS:
        figures: list[_HoldoutMetric] = []
        for sample in samples_of(judged.pairs, population):
            # With one division alone its pairs are all pairs, which were measured just before.
            if sample.division == ALL_DIVISIONS or judged.pairs["division"].n_unique() > 1:
                figures = list(_figures(judged, population, sample, capacity_per_rep, true_rates))
            rows += [_row(judged, population, sample, figure) for figure in figures]
    frame = pl.DataFrame(rows, schema=HOLDOUT_METRICS.polars_schema, orient="row")
    return HOLDOUT_METRICS.conform(
        frame.sort(
            pl.col("population").cast(pl.Enum(POPULATIONS)),
            pl.col("division") != ALL_DIVISIONS,
            "division",
            pl.col("ranker").cast(pl.Enum(RANKERS)),
            pl.col("measure").cast(pl.Enum(MEASURES)),
        )
    )


def chance_errors(chance: FloatArray) -> FloatArray:
    """The expected calibration error of chances that are right, in 400 draws of what then happens.

    In a bin, what is bought less what is expected is nearly normal with variance sum p (1 - p).
    """
    bins = equal_count_bins(chance, CALIBRATION_BINS)
    spread = np.sqrt(np.bincount(bins, chance * (1 - chance), CALIBRATION_BINS))
    draws = np.random.Generator(np.random.Philox(key=chance.size)).normal(size=(RESAMPLES, CALIBRATION_BINS))
    return np.asarray(np.abs(draws * spread).sum(axis=1) / chance.size)


def _figures(
    judged: HoldoutPairs,
    population: str,
    sample: HoldoutSample,
    capacity_per_rep: int,
    true_rates: pl.DataFrame | None,
) -> Iterator[_HoldoutMetric]:
    yield from _base_rate_figures(sample, _same(judged.learnt, population, sample.division))
    reference = _same(judged.reference, population, sample.division)
    for ranker in WITH_CHANCES:
        yield from _chance_figures(sample, ranker)
        yield from _score_drift_figures(sample, reference, ranker)
    if true_rates is not None and not true_rates.is_empty():
        yield from _truth_figures(sample, true_rates)
    k, how = _worked_on(judged, sample.division, capacity_per_rep)
    yield from _ranking_figures(sample, k, how)


def _ranking_figures(sample: HoldoutSample, k: int, how_k: str) -> Iterator[_HoldoutMetric]:
    measures: dict[str, Measure] = {
        "auc": area,
        "pr_auc": average_precision,
        "lift_at_5": lift_at(0.05),
        "lift_at_10": lift_at(0.10),
        "lift_at_20": lift_at(0.20),
        "revenue_lift_at_10": money_lift_at(0.10),
        "precision_at_k": precision_at(k),
    }
    champions: dict[int, tuple[dict[str, float], dict[str, FloatArray]]] = {}
    for ranker, column in SCORE_OF.items():
        if column not in sample.pairs.columns or sample.pairs[column].null_count() == sample.pairs.height:
            continue
        ranked = sample
        if sample.pairs[column].null_count():
            ranked = sample_of(sample.division, sample.pairs.filter(pl.col(column).is_not_null()), sample.most_drawn)
        size = ranked.bought.size
        fewer = f"{sample.bought.size - size:,} pairs are not in the list." if size < sample.bought.size else ""
        if ranked.is_too_small:
            for name in measures:
                yield _HoldoutMetric(
                    ranker, name, np.nan, None, ranked.why_too_small, k if name == "precision_at_k" else None
                )
            continue
        if size not in champions:
            champions[size] = _ranked(ranked, SCORE_OF[CHAMPION], measures)
        values, draws = champions[size] if ranker == CHAMPION else _ranked(ranked, column, measures)
        coarse = "" if ranked.resampling.is_exact else _coarse(f" and on {SCORE_BINS:,} bins of the score")
        for name, value in values.items():
            is_precision = name == "precision_at_k"
            capped = f"There are only {size:,} pairs." if is_precision and size < k else ""
            caveat = _sentences(how_k if is_precision else "", capped, fewer, coarse)
            interval = percentile_interval(draws[name])
            yield _HoldoutMetric(ranker, name, value, interval, caveat, min(k, size) if is_precision else None)
        if ranker != CHAMPION:
            best, best_draws = champions[size]
            for name in ("auc", "lift_at_10"):
                gap = percentile_interval(best_draws[name] - draws[name])
                yield _HoldoutMetric(
                    ranker, f"{name}{BEHIND}", best[name] - values[name], gap, _sentences(fewer, coarse)
                )


def _ranked(
    sample: HoldoutSample, column: str, measures: dict[str, Measure]
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    """Each measure of a ranker in the sample, and in each resample."""
    score = floats_of(sample.pairs, column)
    ranking = ranking_of(score, sample.bought, sample.money)
    values = {name: float(measure(ranking)[0]) for name, measure in measures.items()}
    return values, sample.resampling.measured(score, sample.bought, sample.money, measures)


def _chance_figures(sample: HoldoutSample, ranker: str) -> Iterator[_HoldoutMetric]:
    chance = floats_of(sample.pairs, SCORE_OF[ranker])
    size = chance.size
    coarse = "" if sample.resampling.is_exact else _coarse()
    square = (chance - sample.bought) ** 2
    drawn = sample.resampling.sums(np.column_stack([np.ones(size), square]))
    yield _HoldoutMetric(ranker, "brier", float(square.mean()), percentile_interval(drawn[:, 1] / drawn[:, 0]), coarse)
    if sample.is_too_small:
        yield _HoldoutMetric(ranker, "calibration_error", np.nan, None, sample.why_too_small)
        return
    bins = equal_count_bins(chance, CALIBRATION_BINS)
    excess = (bins[:, None] == np.arange(CALIBRATION_BINS)) * (chance - sample.bought)[:, None]
    value = float(np.abs(excess.sum(axis=0)).sum() / size)
    drawn = sample.resampling.sums(np.column_stack([np.ones(size), excess]))
    by_chance = chance_errors(chance)
    interval = interval_of_a_distance(
        value, np.abs(drawn[:, 1:]).sum(axis=1) / drawn[:, 0], float(np.quantile(by_chance, CHANCE_QUANTILE))
    )
    said = f"Over {bins.max() + 1} bins of equal count; chances that are right would show {by_chance.mean():.3f}."
    yield _HoldoutMetric(ranker, "calibration_error", value, interval, _sentences(said, coarse))


def _base_rate_figures(sample: HoldoutSample, learnt: pl.DataFrame) -> Iterator[_HoldoutMetric]:
    coarse = "" if sample.resampling.is_exact else _coarse()
    drawn = sample.resampling.sums(np.column_stack([np.ones(sample.bought.size), sample.bought]))
    rate = float(sample.bought.mean())
    yield _HoldoutMetric(CHAMPION, "base_rate", rate, percentile_interval(drawn[:, 1] / drawn[:, 0]), coarse)
    if learnt.is_empty():
        yield _HoldoutMetric(CHAMPION, "base_rate_drift", np.nan, None, "There are no labels of what was learnt from.")
        return
    pairs, positives = floats_of(learnt, "pairs"), floats_of(learnt, "positives")
    both = Resampling(np.concatenate([customers_of(sample.pairs), customers_of(learnt)]), sample.most_drawn)
    now, then = sample.bought.size, pairs.size
    columns = [
        np.concatenate([np.ones(now), np.zeros(then)]),
        np.concatenate([sample.bought, np.zeros(then)]),
        np.concatenate([np.zeros(now), pairs]),
        np.concatenate([np.zeros(now), positives]),
    ]
    judged_pairs, judged_bought, learnt_pairs, learnt_bought = both.sums(np.column_stack(columns)).T
    with np.errstate(invalid="ignore", divide="ignore"):
        drifts = judged_bought / judged_pairs - learnt_bought / learnt_pairs
    before = float(positives.sum() / pairs.sum())
    said = f"In the training windows {before:.1%} of the pairs bought."
    yield _HoldoutMetric(
        CHAMPION, "base_rate_drift", rate - before, percentile_interval(drifts), _sentences(said, coarse)
    )


def _score_drift_figures(sample: HoldoutSample, reference: pl.DataFrame, ranker: str) -> Iterator[_HoldoutMetric]:
    """How far the scores have moved from those of the latest training window."""
    column = SCORE_OF[ranker]
    if reference.height < MIN_JUDGED or sample.bought.size < MIN_JUDGED:
        why = f"Scores of at least {MIN_JUDGED} pairs in the latest training window and here are needed."
        yield from (_HoldoutMetric(ranker, measure, np.nan, None, why) for measure in ("score_psi", "score_ks"))
        return
    then, now = floats_of(reference, column), floats_of(sample.pairs, column)
    both = Resampling(np.concatenate([customers_of(reference), customers_of(sample.pairs)]), sample.most_drawn)
    scores, is_then = np.concatenate([then, now]), np.repeat([1.0, 0.0], [then.size, now.size])
    said = "From the pairs of the latest training window to those of the hold-out."
    coarse = "" if both.is_exact else _coarse()
    edges = bin_edges(then)
    bins = np.arange(edges.size + 2)
    inside = bins_of(scores, edges)[:, None] == bins
    drawn = both.sums(np.column_stack([inside * is_then[:, None], inside * (1 - is_then)[:, None]]))
    index = stability_index(counts_in_bins(then, edges), counts_in_bins(now, edges))
    both_sizes = 1 / then.size + 1 / now.size
    interval = interval_of_a_distance(
        index,
        stability_indices(drawn[:, : bins.size], drawn[:, bins.size :]),
        float(chi2.ppf(CHANCE_QUANTILE, max(edges.size, 1))) * both_sizes,
    )
    yield _HoldoutMetric(ranker, "score_psi", index, interval, _sentences(said, coarse))
    apart = distance_between(then, now)
    drawn_apart = both.measured(scores, is_then, is_then, {"score_ks": distance})["score_ks"]
    interval = interval_of_a_distance(apart, drawn_apart, KOLMOGOROV_AT_CHANCE_QUANTILE * np.sqrt(both_sizes))
    yield _HoldoutMetric(ranker, "score_ks", apart, interval, _sentences(said, coarse))


def _truth_figures(sample: HoldoutSample, true_rates: pl.DataFrame) -> Iterator[_HoldoutMetric]:
    known = sample.pairs.join(
        true_rates.select("customer_id", "division", "monthly_rate"), on=["customer_id", "division"]
    ).sort("customer", "division")
    said = "With the true rate in the 30 days after the last day of the synthetic log."
    if known.height < MIN_JUDGED:
        why = f"The true rate of only {known.height:,} pairs is known."
        yield _HoldoutMetric(CHAMPION, "truth_rank_correlation", np.nan, None, why)
        return
    correlation = rank_order(floats_of(known, SCORE_OF[CHAMPION]), floats_of(known, "monthly_rate"))
    value = float(correlation(np.ones((1, known.height)))[0])
    resampling = Resampling(customers_of(known), sample.most_drawn)
    interval = None
    if resampling.is_exact:
        interval = percentile_interval(np.concatenate([correlation(weights) for weights in resampling.weights()]))
    coarse = "" if interval else "There are too many pairs to draw them again."
    yield _HoldoutMetric(CHAMPION, "truth_rank_correlation", value, interval, _sentences(said, coarse))


def _worked_on(judged: HoldoutPairs, division: str, capacity_per_rep: int) -> tuple[int, str]:
    """How many pairs the reps can work on, and how that is reckoned."""
    everything = capacity_per_rep * judged.reps
    said = f"The best k pairs: {capacity_per_rep:,} a rep, {judged.reps:,} {'rep' if judged.reps == 1 else 'reps'}"
    if division == ALL_DIVISIONS:
        return everything, f"{said}."
    divisions = judged.pairs["division"].n_unique()
    return max(1, everything // divisions), f"{said}, an equal share for each of {divisions:,} divisions."


def _row(judged: HoldoutPairs, population: str, sample: HoldoutSample, figure: _HoldoutMetric) -> tuple[object, ...]:
    defined = not np.isnan(figure.value)
    value = round(figure.value, DECIMALS) if defined else None
    low, high = (round(end, DECIMALS) for end in figure.interval) if figure.interval else (None, None)
    gate = GATES.get(figure.measure) if figure.ranker == CHAMPION else None
    passed, said = None, figure.caveat
    if gate is not None:
        passed = _keeps(figure.measure, value, gate)
        unsure = (
            f"The interval lies on both sides of the promised {gate:.2f}: the sample cannot tell."
            if low is not None and high is not None and low < gate < high
            else ""
        )
        known = judged.caveats.get((sample.division, population), "")
        said = _sentences(said, unsure, _unreachable(figure.measure, sample), known)
    return (
        judged.cutoff,
        sample.division,
        population,
        figure.ranker,
        figure.measure,
        value,
        low,
        high,
        sample.bought.size,
        sample.positives,
        figure.k,
        gate,
        passed,
        said or ("" if defined else "It is not defined here.") or None,
    )


def _keeps(measure: str, value: float | None, gate: float) -> bool | None:
    if value is None:
        return None
    return value >= gate if measure in AT_LEAST else value <= gate


def _unreachable(measure: str, sample: HoldoutSample) -> str:
    """Why no ranking could keep the promise, where so many bought that the best pairs cannot stand out."""
    rate = sample.bought.mean()
    if measure != "lift_at_10" or sample.is_too_small or 1 / rate >= GATE_LIFT_AT_10:
        return ""
    return f"No ranking could reach it: {rate:.0%} of the pairs bought, so that {1 / rate:.2f} is the most there is."


def _coarse(more: str = "") -> str:
    return f"The interval rests on {GROUPS_OF_CUSTOMERS} groups of customers in place of single ones{more}."


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _same(frame: pl.DataFrame, population: str, division: str) -> pl.DataFrame:
    """The rows of a population, and of a division unless all are meant."""
    of_population = frame.filter(pl.col("population") == population)
    return of_population if division == ALL_DIVISIONS else of_population.filter(pl.col("division") == division)

"""From labelled pairs to a champion: fitting, choosing before the cutoff, shape and level of the chances.

A model for use at a cutoff learns from earlier cutoffs whose windows end by it. Which learner is used is decided on
the latest of them, by fits on those whose windows end by that one, and so is what is put behind it; then all of them
are learnt from. Where there is too little to learn from, a rule takes the place of a model. How good the models turn
out after the cutoff belongs in `holdout.py`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray, IntArray, logistic
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.whitespace.features.cutoffs import require_past_windows
from synthdeal_assets.whitespace.models.calibrating import Calibration, shape_that_helps
from synthdeal_assets.whitespace.models.learners import (
    PARTS_OF,
    Fitted,
    Part,
    Regression,
    fit_parts,
    fitted_to_text,
    learners_here,
    values_of,
)
from synthdeal_assets.whitespace.models.matrix import MAX_ROWS, features_in, read_learning, read_matrix
from synthdeal_assets.whitespace.models.model_selection import ScoredSample, ranked
from synthdeal_assets.whitespace.models.rules import RuleChances
from synthdeal_assets.whitespace.models.samples import TrainingSample
from synthdeal_assets.whitespace.vocabulary import (
    BASELINE,
    BASELINES,
    CANDIDATE,
    CHALLENGER,
    CHAMPION,
    MIN_POSITIVES,
    POPULATIONS,
)

FOLDS: Final = 5


class Predictor(Protocol):
    """What gives the chance of each row of a matrix."""

    def predict(self, frame: pl.DataFrame) -> FloatArray:
        """The chance of each row, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Models each of which has not seen the customers of its fold.

    Attributes:
        by_fold: The model of each fold.
    """

    by_fold: tuple[Fitted, ...]

    def log_odds(self, frame: pl.DataFrame) -> FloatArray:
        """The log-odds of each row by the model that has not seen its customer."""
        fold = frame["fold"].to_numpy() % len(self.by_fold)
        found = np.zeros(frame.height)
        for number, fitted in enumerate(self.by_fold):
            if (mine := fold == number).any():
                found[mine] = fitted.log_odds(frame.filter(pl.Series(mine)))
        return found

    def predict(self, frame: pl.DataFrame) -> FloatArray:
        """The chance of each row, 0 to 1."""
        return logistic(self.log_odds(frame))


@dataclass(frozen=True, slots=True)
class Trained:
    """What was made for a division and a population.

    Attributes:
        rows: Rows of whitespace.models, without what MLflow adds.
        validation_cutoff: The latest training cutoff; None when there is nothing to learn from.
        champion: Gives p_icp at the model cutoff.
        challenger: Gives p_challenger there.
        champion_before: Gives p_icp at the validation cutoff: the same learner, which knows nothing later.
        challenger_before: Likewise for p_challenger.
    """

    rows: list[dict[str, Any]]
    validation_cutoff: dt.date | None
    champion: Predictor
    challenger: Predictor
    champion_before: Predictor
    challenger_before: Predictor


@on_one_thread()
def train_division(
    connection: duckdb.DuckDBPyConnection,
    division: str,
    model_cutoff: dt.date,
    training_cutoffs: Sequence[dt.date],
    window_days: int,
) -> dict[str, Trained]:
    """Train the models of both populations of a division, for use at a cutoff.

    Args:
        connection: Where features and labels are.
        division: The division.
        model_cutoff: The cutoff the models are used at, which has features.
        training_cutoffs: The cutoffs they learn from, newest first.
        window_days: Days of the label windows.

    Returns:
        What was made, by population; a population without a pair to learn from or to predict for is left out.

    Raises:
        SynthDealError: The window of a training cutoff ends after the model cutoff.
    """
    require_past_windows(model_cutoff, training_cutoffs, window_days)
    learnt = read_learning(connection, training_cutoffs, division)
    cutoffs = sorted(training_cutoffs, reverse=True)
    to_do = []
    for population in POPULATIONS:
        pairs = learnt.filter(pl.col("population") == population)
        present = read_matrix(connection, model_cutoff, division, population)
        if pairs.height or present.height:
            to_do.append((pairs, present, {"division": division, "population": population}))
    # LightGBM and NumPy let others work meanwhile, and neither population knows of the other.
    with ThreadPoolExecutor(len(POPULATIONS)) as pool:
        made = pool.map(
            lambda work: _train(work[0], work[1], cutoffs, window_days, {"model_cutoff": model_cutoff, **work[2]}),
            to_do,
        )
        return {about["population"]: trained for (_, _, about), trained in zip(to_do, made, strict=True)}


def _train(
    pairs: pl.DataFrame,
    present: pl.DataFrame,
    cutoffs: Sequence[dt.date],
    window_days: int,
    about: Mapping[str, Any],
) -> Trained:
    bought = pairs["bought"].cast(pl.Float64).to_numpy()
    weight = pairs["weight"].cast(pl.Float64).to_numpy()
    # A population may have died out by the latest cutoff: when everybody has the division, nobody is without it.
    cutoffs = [cutoff for cutoff in cutoffs if (pairs["cutoff_date"] == cutoff).any()] or cutoffs
    latest = (pairs["cutoff_date"] == cutoffs[0]).to_numpy()
    early = (pairs["cutoff_date"] <= cutoffs[0] - dt.timedelta(days=window_days)).to_numpy()
    rates = _base_rates(bought, weight, latest)
    shared: dict[str, Any] = {
        **about,
        "training_cutoffs": ", ".join(cutoff.isoformat() for cutoff in cutoffs),
        "validation_cutoff": cutoffs[0],
        "training_rows": pairs.height,
        "training_positives": int(bought.sum()),
        **rates,
        "calibration": "none",
        "calibration_error_before": None,
        "calibration_error_after": None,
        "importances": "{}",
        "model_text": None,
        "mlflow_run_id": None,
        "mlflow_model": None,
        "caveat": None,
    }
    rules = _rules(pairs, bought, weight, latest, early if early.any() else ~latest)
    if (few := _too_little(bought, pairs["fold"].to_numpy())) is not None:
        return _by_rule(rules, shared, few)
    data = _Learning(pairs, bought, weight, latest=latest, early=early)
    judged = {
        name: ScoredSample(logistic(found), bought[latest], weight[latest]) for name, found in data.held_out.items()
    }
    order = ranked(judged, learners_here())
    parts = fit_parts(data.sample, data.rounds)
    fitted, rows = {}, []
    for name in order:
        shape, tried, crossed = shape_that_helps(
            data.held_out[name], bought[latest], weight[latest], data.sample.fold[latest]
        )
        plain = data.fitted(name, parts)
        fitted[name] = replace(plain, calibration=_calibration(plain, shape, present))
        after = ScoredSample(crossed, bought[latest], weight[latest]).calibration_error if tried else None
        place = order.index(name)
        rows.append(
            {
                **shared,
                "learner": name,
                "model_role": (CHAMPION, CHALLENGER, CANDIDATE)[place],
                **_figures(judged[name]),
                "calibration": shape.kind,
                "calibration_error_before": judged[name].calibration_error,
                "calibration_error_after": after,
                "parameters": json.dumps(fitted[name].parameters),
                "importances": json.dumps(fitted[name].importances(pairs)),
                "model_text": fitted_to_text(fitted[name]),
                "caveat": data.caveat(cutoffs[0]),
            }
        )
    rows += [_rule_row(rule, BASELINE, shared) for rule in rules.values()]
    champion, challenger = order[0], order[1]
    return Trained(
        rows, cutoffs[0], fitted[champion], fitted[challenger], data.before(champion), data.before(challenger)
    )


def _too_little(bought: FloatArray, fold: IntArray) -> str | None:
    """What there is too little of to learn from, in words; None when there is enough."""
    buyers = int(bought.sum())
    others = bought.size - buyers
    if buyers < MIN_POSITIVES:
        return f"Fewer than {MIN_POSITIVES} purchases in the windows to learn from"
    if others < MIN_POSITIVES:
        return f"Fewer than {MIN_POSITIVES} pairs without a purchase in the windows to learn from"
    without_a_fold = [bought[fold % FOLDS != number] for number in range(FOLDS)]
    if any(rest.size == 0 or rest.min() == rest.max() for rest in without_a_fold):
        return "Only a handful of customers in the windows to learn from"
    return None


class _Learning:
    """The pairs of a population with their labels, and models that have not seen what they are judged on.

    Attributes:
        sample: All of the pairs.
        held_out: Log-odds of the pairs of the latest window by each learner, fitted on windows that ended before it
            or, where those are too few, on other customers.
    """

    def __init__(
        self,
        pairs: pl.DataFrame,
        bought: FloatArray,
        weight: FloatArray,
        *,
        latest: BoolArray,
        early: BoolArray,
    ) -> None:
        self.features = features_in(pairs)
        self.sample = TrainingSample(values_of(pairs, self.features), bought, weight, pairs["fold"].to_numpy())
        self.is_forward = min(bought[early].sum(), (1 - bought[early]).sum()) >= MIN_POSITIVES
        if self.is_forward:
            self._parts = [fit_parts(self.sample.where(early))]
        else:
            folds = self.sample.fold % FOLDS
            self._parts = [fit_parts(self.sample.where(folds != number)) for number in range(FOLDS)]
        judged_on = pairs.filter(pl.Series(latest))
        self.held_out = {name: self.before(name).log_odds(judged_on) for name in learners_here()}

    @property
    def rounds(self) -> int:
        """The number of trees that helped before the latest window, or on other customers."""
        found = [part.rounds for parts in self._parts for part in parts.values() if not isinstance(part, Regression)]
        return int(np.median(found))

    def fitted(self, learner: str, parts: Mapping[str, Part]) -> Fitted:
        """A learner of some parts."""
        return Fitted(learner, self.features, tuple(parts[name] for name in PARTS_OF[learner]))

    def before(self, learner: str) -> Fitted | CrossFitted:
        """A learner as it was before the latest window, or on other customers."""
        models = tuple(self.fitted(learner, parts) for parts in self._parts)
        return models[0] if self.is_forward else CrossFitted(models)

    def caveat(self, latest: dt.date) -> str | None:
        """What a reader must know of how it was learnt; None when nothing."""
        told = []
        if not self.is_forward:
            told.append(
                f"The learner was chosen by cross-validation over customers on the window after {latest}, because no "
                f"earlier window with {MIN_POSITIVES} purchases ends by then."
            )
        if self.sample.weight.max(initial=1.0) > 1:
            kinds = {"with": self.sample.bought == 1, "without": self.sample.bought == 0}
            most = {kind: self.sample.weight[rows].max(initial=1.0) for kind, rows in kinds.items()}
            sampled = [
                f"of those {kind} a purchase each counts for about {size:.2g}"
                for kind, size in most.items()
                if size > 1
            ]
            told.append(f"Of more than {MAX_ROWS:,} pairs a sample was learnt from: {', '.join(sampled)}.")
        return " ".join(told) or None


def _calibration(fitted: Fitted, shape: Calibration, present: pl.DataFrame) -> Calibration:
    """The shape, at the level that the model forecasts for the pairs at its cutoff."""
    if shape.kind == "none" or present.is_empty():
        return shape
    log_odds = fitted.log_odds(present)
    return shape.at_level(log_odds, np.ones(log_odds.size), float(logistic(log_odds).mean()))


def _rules(
    pairs: pl.DataFrame, bought: FloatArray, weight: FloatArray, latest: BoolArray, before: BoolArray
) -> dict[str, tuple[RuleChances, RuleChances, ScoredSample]]:
    """Each rule learnt from all pairs, from earlier ones, and how the latter did on the latest window."""
    found = {}
    judged_on = pairs.filter(pl.Series(latest))
    for name in BASELINES:
        earlier = before if before.any() else latest
        past = RuleChances.fit(name, pairs.filter(pl.Series(earlier)), bought[earlier], weight[earlier])
        judged = ScoredSample(past.predict(judged_on), bought[latest], weight[latest])
        found[name] = RuleChances.fit(name, pairs, bought, weight), past, judged
    return found


def _by_rule(
    rules: Mapping[str, tuple[RuleChances, RuleChances, ScoredSample]], shared: dict[str, Any], few: str
) -> Trained:
    order = ranked({name: judged for name, (_, _, judged) in rules.items()}, BASELINES)
    caveat = f"{few}: the rule {order[0]} takes the place of a model."
    (champion, champion_before, _), (challenger, challenger_before, _) = rules[order[0]], rules[order[1]]
    rows = [
        _rule_row(rules[name], role, {**shared, "caveat": caveat})
        for name, role in zip(order, (CHAMPION, CHALLENGER, BASELINE), strict=True)
    ]
    has_rows = shared["training_rows"] > 0
    return Trained(
        rows,
        shared["validation_cutoff"] if has_rows else None,
        champion,
        challenger,
        champion_before,
        challenger_before,
    )


def _rule_row(
    rule: tuple[RuleChances, RuleChances, ScoredSample], role: str, shared: Mapping[str, Any]
) -> dict[str, Any]:
    chances, _, judged = rule
    return {
        **shared,
        "learner": chances.rule,
        "model_role": role,
        **_figures(judged),
        "calibration_error_before": judged.calibration_error,
        "parameters": json.dumps(chances.to_plain()),
    }


def _figures(judged: ScoredSample) -> dict[str, float | None]:
    return {
        "validation_auc": judged.auc,
        "validation_lift_at_10": judged.lift,
        "validation_brier": judged.brier,
    }


def _base_rates(bought: FloatArray, weight: FloatArray, latest: BoolArray) -> dict[str, float | None]:
    earlier, last = (
        float(np.average(bought[kept], weights=weight[kept])) if kept.any() else None for kept in (~latest, latest)
    )
    return {
        "training_base_rate": earlier,
        "latest_base_rate": last,
        "base_rate_drift": None if earlier is None or last is None else last - earlier,
    }

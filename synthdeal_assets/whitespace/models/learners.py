"""What learns: elastic-net logistic regression, gradient-boosted trees, and the blend of both, with their text form.

A fitted model takes a frame with its features, gives chances, and says what each feature added to the log-odds. Which
pairs it learns from, and which learner is chosen, belongs in `training.py`; what is put behind its log-odds in
`calibrating.py`. Nothing is pickled: the text form is JSON, and reading it back gives the same chances to the bit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.whitespace.learning_packages import loaded_lightgbm, why_no_lightgbm
from synthdeal_assets.whitespace.models.calibrating import Calibration
from synthdeal_assets.whitespace.models.elastic_net import fit_elastic_net
from synthdeal_assets.whitespace.models.histogram_trees import HISTOGRAM_TREES, HistogramTrees
from synthdeal_assets.whitespace.models.samples import MAX_ROUNDS, PATIENCE, TrainingSample
from synthdeal_assets.whitespace.vocabulary import BLEND, LIGHTGBM, REGRESSION, SCIKIT_LEARN_BLEND, SCIKIT_LEARN_TREES

if TYPE_CHECKING:
    import lightgbm

TEXT_VERSION: Final = 1

LASSO_SHARE: Final = 0.5
"""The share of the elastic net's penalty that is lasso: half, so that of twin features both are kept, a little."""
PENALTY: Final = 0.3
"""Penalty in units of what noise alone makes of the steepest slope: sqrt(2 v ln(columns) / rows), v the variance of
the label (Bickel, Ritov and Tsybakov 2009). Less than 1, because features that tell the same share their slope."""
EDGE: Final = 0.001
"""Share of the pairs at either end that lie beyond the edges of what was seen."""
BEYOND_EDGE: Final = 0.5
"""What counts of the way beyond an edge. Customers are older at the next cutoff than any that was learnt from: taking a
straight line all the way there makes the chances of those who left long ago too low, and stopping at the edge forgets
their order. On seven windows of CDNOW the half was best in calibration error, and better than stopping in AUC."""

TREES: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 7,
    "min_child_samples": 100,
    "lambda_l2": 10.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 127,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
"""Small trees with large leaves and much shrinkage: a division has thousands of pairs and hundreds of purchases, seldom
more. Neither more or smaller leaves, nor other rates, nor thresholds drawn at random made a difference beyond chance on
eleven windows of CDNOW and two of the synthetic log. One thread: two are hardly quicker on so few pairs, and on a busy
machine they wait for each other ten times longer than they work."""
MAX_ROWS_EXPLAINED: Final = 500
"""Pairs that the importance of a feature is averaged over."""


@dataclass(frozen=True)
class Regression:
    """An elastic-net logistic regression on standardised features.

    A value is put on a signed logarithmic scale, followed half-way where it lies beyond what was seen, and standardised
    with the mean and spread that were seen; one that is not known counts as the mean, and that it is not known counts
    by itself.

    Attributes:
        low: Lower edge of what was seen of each feature, on the logarithmic scale.
        high: Upper edge likewise.
        mean: Mean of each feature on that scale.
        spread: Its standard deviation; 0 where it does not vary, and then it counts nothing.
        missing: Share of pairs whose value is not known.
        coefficients: Log-odds per standard deviation.
        of_missing: Log-odds of not being known.
        intercept: Log-odds of a pair that is average in everything.
    """

    low: FloatArray
    high: FloatArray
    mean: FloatArray
    spread: FloatArray
    missing: FloatArray
    coefficients: FloatArray
    of_missing: FloatArray
    intercept: float

    @classmethod
    def fit(cls, sample: TrainingSample) -> Self:
        """Learn from pairs of both kinds."""
        scaled = _signed_log(sample.values)
        known = ~np.isnan(scaled)
        low, high = np.zeros(scaled.shape[1]), np.zeros(scaled.shape[1])
        mean, spread = np.zeros(scaled.shape[1]), np.zeros(scaled.shape[1])
        for column in np.flatnonzero(known.any(axis=0)):
            seen = scaled[known[:, column], column]
            low[column], high[column] = np.quantile(seen, (EDGE, 1 - EDGE))
            if low[column] == high[column]:
                # Something that few have: the edges are those of the few.
                low[column], high[column] = seen.min(), seen.max()
            held = _held(seen, low[column], high[column])
            mean[column], spread[column] = held.mean(), held.std()
        spread[spread < 1e-9] = 0
        missing = 1 - known.mean(axis=0)
        scale = cls(low, high, mean, spread, missing, np.zeros(low.size), np.zeros(low.size), 0.0)
        standardised, unknown = scale._standardised(sample.values)
        sometimes = (missing > 0) & (missing < 1)
        both = np.column_stack([standardised, unknown[:, sometimes]])
        share = np.clip(np.average(sample.bought, weights=sample.weight), 1e-3, 1 - 1e-3)
        noise = np.sqrt(2 * share * (1 - share) * np.log(both.shape[1] + 1) / both.shape[0])
        penalty = PENALTY * float(noise)
        intercept, found = fit_elastic_net(
            both, sample.bought, sample.weight, lasso=penalty * LASSO_SHARE, ridge=penalty * (1 - LASSO_SHARE)
        )
        of_missing = np.zeros(low.size)
        of_missing[sometimes] = found[low.size :]
        return cls(low, high, mean, spread, missing, found[: low.size], of_missing, intercept)

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Log-odds of each pair."""
        return np.asarray(self.intercept + self.contributions(values).sum(axis=1))

    def contributions(self, values: FloatArray) -> FloatArray:
        """What each feature adds to the log-odds of an average pair, shape (pairs, features)."""
        standardised, unknown = self._standardised(values)
        return np.asarray(standardised * self.coefficients + unknown * self.of_missing)

    @property
    def bias(self) -> float:
        """Log-odds of a pair that is average in everything."""
        return self.intercept

    def to_plain(self) -> dict[str, Any]:
        """The model as plain values."""
        return {name: value if isinstance(value, float) else value.tolist() for name, value in vars(self).items()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `to_plain`."""
        arrays: dict[str, Any] = {
            name: np.array(value, dtype=np.float64) if isinstance(value, list) else value
            for name, value in plain.items()
        }
        return cls(**arrays)

    def _standardised(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        scaled = _signed_log(values)
        known = ~np.isnan(scaled)
        held = _held(np.where(known, scaled, self.mean), self.low, self.high)
        varies = self.spread > 0
        standardised = np.where(varies, (held - self.mean) / np.where(varies, self.spread, 1), 0.0)
        spread_of_missing = np.sqrt(self.missing * (1 - self.missing))
        unknown = np.where(
            spread_of_missing > 0, (~known - self.missing) / np.where(spread_of_missing > 0, spread_of_missing, 1), 0.0
        )
        return np.where(known, standardised, 0.0), unknown


@dataclass(frozen=True)
class Trees:
    """Gradient-boosted trees of LightGBM.

    Attributes:
        model: LightGBM's own text form.
        bias: Mean log-odds, to which the features add.
        rounds: Number of trees.
    """

    model: str
    bias: float
    rounds: int

    @classmethod
    def fit(cls, sample: TrainingSample, rounds: int | None = None) -> Self:
        """Learn from pairs of both kinds.

        Args:
            sample: The pairs.
            rounds: Number of trees; as many as help on customers that are kept aside when None.
        """
        rounds = rounds or _rounds_that_help(sample)
        booster = loaded_lightgbm().train(TREES, _dataset(sample), num_boost_round=rounds)
        text = booster.model_to_string()
        bias = float(_predicted(booster, sample.values[:1], pred_contrib=True)[0, -1])
        return cls(text, bias, rounds)

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Log-odds of each pair."""
        if not values.shape[0]:
            return np.zeros(0)
        return _predicted(self._booster, values, raw_score=True)

    def contributions(self, values: FloatArray) -> FloatArray:
        """What each feature adds to the mean log-odds: SHAP values (Lundberg et al. 2020), shape (pairs, features)."""
        if not values.shape[0]:
            return np.zeros(values.shape)
        return _predicted(self._booster, values, pred_contrib=True)[:, :-1]

    def to_plain(self) -> dict[str, Any]:
        """The model as plain values."""
        return {"model": self.model, "bias": self.bias, "rounds": self.rounds}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `to_plain`."""
        return cls(**plain)

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        booster: lightgbm.Booster = loaded_lightgbm().Booster(model_str=self.model)
        return booster


Part = Regression | Trees | HistogramTrees
KINDS: Final[dict[str, type[Part]]] = {
    REGRESSION: Regression,
    LIGHTGBM: Trees,
    SCIKIT_LEARN_TREES: HistogramTrees,
}
PARTS_OF: Final[dict[str, tuple[str, ...]]] = {
    REGRESSION: (REGRESSION,),
    LIGHTGBM: (LIGHTGBM,),
    BLEND: (REGRESSION, LIGHTGBM),
    SCIKIT_LEARN_TREES: (SCIKIT_LEARN_TREES,),
    SCIKIT_LEARN_BLEND: (REGRESSION, SCIKIT_LEARN_TREES),
}
WITH_LIGHTGBM: Final = (BLEND, LIGHTGBM, REGRESSION)
WITHOUT_LIGHTGBM: Final = (SCIKIT_LEARN_BLEND, SCIKIT_LEARN_TREES, REGRESSION)
"""What is learnt where LightGBM loads and where it does not, in order of preference when two are as good as each other
on the validation window: a mean errs less than what it is made of."""


@dataclass(frozen=True)
class Fitted:
    """A model that was fitted: what gives a chance and says why.

    Attributes:
        learner: One of LEARNERS or STAND_INS.
        features: What it takes, in this order.
        parts: What it consists of; the mean of their log-odds counts.
        calibration: What is put behind the log-odds.
    """

    learner: str
    features: tuple[str, ...]
    parts: tuple[Part, ...]
    calibration: Calibration = field(default_factory=Calibration)

    def values(self, frame: pl.DataFrame) -> FloatArray:
        """The features of a frame, shape (rows, features); a division that is new or gone is one that nobody owns."""
        return values_of(frame, self.features)

    def log_odds(self, frame: pl.DataFrame) -> FloatArray:
        """The log-odds of each row, before calibration."""
        values = self.values(frame)
        return np.asarray(np.mean([part.log_odds(values) for part in self.parts], axis=0))

    def predict(self, frame: pl.DataFrame) -> FloatArray:
        """The calibrated chance of each row, 0 to 1."""
        return self.calibration.chance(self.log_odds(frame))

    def contributions(self, frame: pl.DataFrame) -> FloatArray:
        """What each feature adds to `bias`, in log-odds before calibration, shape (rows, features)."""
        values = self.values(frame)
        return np.asarray(np.mean([part.contributions(values) for part in self.parts], axis=0))

    @property
    def bias(self) -> float:
        """The log-odds that the contributions are added to."""
        return float(np.mean([part.bias for part in self.parts]))

    def importances(self, frame: pl.DataFrame) -> dict[str, float]:
        """Mean absolute contribution of each feature in log-odds, the largest first; those of nil are left out."""
        step = max(1, frame.height // MAX_ROWS_EXPLAINED)
        mean = np.abs(self.contributions(frame.gather_every(step))).mean(axis=0) if frame.height else np.zeros(0)
        pairs = sorted(zip(self.features, mean.tolist(), strict=False), key=lambda pair: (-pair[1], pair[0]))
        return {name: round(size, 6) for name, size in pairs if round(size, 6) > 0}

    @property
    def parameters(self) -> dict[str, Any]:
        """What it was fitted with, and what came of it, as plain values."""
        told: dict[str, Any] = {}
        for part in self.parts:
            if isinstance(part, Trees):
                told["lightgbm"] = {**TREES, "rounds": part.rounds}
            elif isinstance(part, HistogramTrees):
                told["scikit-learn trees"] = {**HISTOGRAM_TREES, "rounds": part.rounds}
            else:
                told["regression"] = {
                    "lasso_share": LASSO_SHARE,
                    "penalty": PENALTY,
                    "edge": EDGE,
                    "beyond_edge": BEYOND_EDGE,
                    "coefficients_not_nil": int(np.count_nonzero(part.coefficients)),
                }
        return told


def fit_parts(sample: TrainingSample, rounds: int | None = None) -> dict[str, Part]:
    """Regression and trees on the same pairs, which must be of both kinds; LightGBM's trees where it loads.

    Args:
        sample: The pairs.
        rounds: Number of trees; found out when None.
    """
    if why_no_lightgbm() is None:
        return {REGRESSION: Regression.fit(sample), LIGHTGBM: Trees.fit(sample, rounds)}
    return {REGRESSION: Regression.fit(sample), SCIKIT_LEARN_TREES: HistogramTrees.fit(sample, rounds)}


def learners_here() -> tuple[str, ...]:
    """What is learnt on this machine, the preferred first."""
    return WITH_LIGHTGBM if why_no_lightgbm() is None else WITHOUT_LIGHTGBM


def values_of(frame: pl.DataFrame, features: Sequence[str]) -> FloatArray:
    """The features of a frame as numbers, NaN where nothing is known and 0 for a column that is not there."""
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(0.0)).cast(pl.Float64).alias(name) for name in features
    ]
    return np.ascontiguousarray(frame.select(columns).to_numpy().reshape(-1, len(features)), dtype=np.float64)


def fitted_to_text(fitted: Fitted) -> str:
    """The model as JSON; chances are the same to the bit after `fitted_from_text`."""
    names = PARTS_OF[fitted.learner]
    return json.dumps(
        {
            "version": TEXT_VERSION,
            "learner": fitted.learner,
            "features": fitted.features,
            "parts": {name: part.to_plain() for name, part in zip(names, fitted.parts, strict=True)},
            "calibration": asdict(fitted.calibration),
        }
    )


def fitted_from_text(text: str) -> Fitted:
    """The reverse of `fitted_to_text`.

    Raises:
        ValueError: The text is of another version.
    """
    plain = json.loads(text)
    if plain["version"] != TEXT_VERSION:
        raise ValueError(f"a model of text version {plain['version']}, and this SynthDeal reads {TEXT_VERSION}")
    calibration: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in plain["calibration"].items()
    }
    return Fitted(
        plain["learner"],
        tuple(plain["features"]),
        tuple(KINDS[name].from_plain(part) for name, part in plain["parts"].items()),
        Calibration(**calibration),
    )


def _signed_log(values: FloatArray) -> FloatArray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _held(scaled: FloatArray, low: FloatArray | float, high: FloatArray | float) -> FloatArray:
    edge = np.clip(scaled, low, high)
    return np.asarray(edge + BEYOND_EDGE * (scaled - edge))


def _predicted(booster: lightgbm.Booster, values: FloatArray, **what: bool) -> FloatArray:
    # LightGBM keeps one number of threads for the whole process. A prediction that does not say its own sets it to that
    # of the processors, and data sets made for one thread meanwhile, as of the other population, break the process.
    return np.asarray(booster.predict(values, num_threads=TREES["num_threads"], **what), dtype=np.float64)


def _dataset(sample: TrainingSample, reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    made: lightgbm.Dataset = loaded_lightgbm().Dataset(
        sample.values, sample.bought, reference=reference, weight=sample.weight, params=TREES
    )
    return made


def _rounds_that_help(sample: TrainingSample) -> int:
    split = sample.split_to_stop()
    if split is None:
        return PATIENCE
    learnt, judged = split
    library = loaded_lightgbm()
    booster = library.train(
        TREES,
        dataset := _dataset(learnt),
        num_boost_round=MAX_ROUNDS,
        valid_sets=[_dataset(judged, reference=dataset)],
        callbacks=[library.early_stopping(PATIENCE, verbose=False)],
    )
    return max(int(booster.best_iteration), 1)

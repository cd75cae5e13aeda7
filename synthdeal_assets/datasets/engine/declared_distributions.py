"""The distributions that fields are declared with."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthdeal_assets.datasets.engine import distributions
from synthdeal_assets.datasets.engine.correlations import Quantiles
from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.distributions import Distribution, LogNormal
from synthdeal_assets.datasets.spec.dataset import COUNTED, ResolvedField
from synthdeal_assets.datasets.spec.grammar import FieldSpec
from synthdeal_assets.foundation.drawing.randomness import FloatArray


def quantiles_of(field: ResolvedField) -> Quantiles:
    """What a field makes of numbers of (0, 1), inside its own bounds."""
    low, high = (None if end is None else float(end) for end in (field.spec.min, field.spec.max))
    if field.spec.made_by in COUNTED:
        whole = whole_numbers_of(field.spec).bounded(
            None if low is None else int(np.ceil(low)), None if high is None else int(np.floor(high))
        )
        return lambda u: whole.quantile(u).astype(np.float64)
    distribution = distribution_of(field.spec)

    def quantile(u: FloatArray) -> FloatArray:
        return distributions.draw(distribution, u, low=low, high=high, decimals=field.decimals)

    return quantile


def distribution_of(spec: FieldSpec) -> Distribution:  # noqa: PLR0911  # one for each distribution
    """The continuous distribution that a field is declared with.

    Raises:
        SynthDealError: There is none of these parameters ("datasets.parameters").
    """
    if spec.uniform is not None:
        return distributions.Uniform(*(float(end) for end in spec.uniform))
    if spec.normal is not None:
        return distributions.Normal(float(spec.normal.mean), float(spec.normal.sd))
    if spec.lognormal is not None:
        skewed = spec.lognormal
        if skewed.median is not None and skewed.p90 is not None:
            return LogNormal.of_p90(float(skewed.median), float(skewed.p90))
        return LogNormal.of_mean(float(skewed.mean or 0), float(skewed.sd or 0))
    if spec.exponential is not None:
        return distributions.Exponential(float(spec.exponential))
    if spec.gamma is not None:
        return distributions.Gamma(float(spec.gamma.mean), float(spec.gamma.sd))
    if spec.beta is not None:
        return distributions.Beta.of_mean(float(spec.beta.mean), float(spec.beta.sd))
    return distributions.Empirical(tuple(float(each) for each in spec.empirical or ()))


def whole_numbers_of(spec: FieldSpec) -> WholeNumbers:
    """The distribution of whole numbers that a field is declared with."""
    if spec.poisson is not None:
        return _tabulated("poisson", float(spec.poisson), 0)
    if spec.geometric is not None:
        return _tabulated("geometric", float(spec.geometric), 0)
    assert spec.zipf is not None  # noqa: S101  # the last of these generators
    return _tabulated("zipf", float(spec.zipf.exponent), spec.zipf.most)


@lru_cache(maxsize=64)
def _tabulated(name: str, parameter: float, most: int) -> WholeNumbers:
    if name == "zipf":
        return WholeNumbers.zipf(parameter, most)
    return WholeNumbers.poisson(parameter) if name == "poisson" else WholeNumbers.geometric(parameter)

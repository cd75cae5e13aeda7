"""Distributions against SciPy: quantiles, shapes, and what bounds do to them.

Each goodness of fit is judged at a level of 1e-6 with fixed keys.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import special, stats

from synthdeal_assets.datasets.engine import distributions as d
from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.elementary import exp, log
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets_tests.failure_codes import failing_with

LEVEL = 1e-6
U = uniforms(hashes(np.arange(50_000), "7|t|f"))
EDGES = np.concatenate([U[:5_000], 10.0 ** -np.arange(1, 7), 1 - 10.0 ** -np.arange(1, 7)])

CONTINUOUS = [
    (d.Uniform(-3, 8), stats.uniform(-3, 11)),
    (d.Normal(21, 2), stats.norm(21, 2)),
    (d.Normal.of_p90(10, 14), stats.norm(10, 4 / 1.2815515655446004)),
    (d.LogNormal.of_p90(24_000, 150_000), stats.lognorm(np.log(6.25) / 1.2815515655446004, scale=24_000)),
    (d.LogNormal.of_mean(5, 2), stats.lognorm(np.sqrt(np.log(1.16)), scale=5 / np.sqrt(1.16))),
    (d.Exponential(3), stats.expon(scale=3)),
    (d.Gamma(5, 2), stats.gamma(6.25, scale=0.8)),
    (d.Gamma(5, 9), stats.gamma(25 / 81, scale=81 / 5)),
    (d.Beta(2, 5), stats.beta(2, 5)),
    (d.Beta(0.5, 0.5), stats.beta(0.5, 0.5)),
    (d.Beta.of_mean(0.3, 0.1), stats.beta(6, 14)),
]


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=[str(ours) for ours, _ in CONTINUOUS])
def test_quantiles_and_shares_below_are_those_of_scipy(ours: d.Distribution, theirs: stats.rv_continuous) -> None:
    quantiles = theirs.ppf(EDGES)
    assert np.allclose(ours.quantile(EDGES), quantiles, rtol=2e-8, atol=1e-9)
    assert np.allclose(ours.cdf(quantiles), EDGES, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=[str(ours) for ours, _ in CONTINUOUS])
def test_draws_inside_bounds_have_the_shape_of_the_inside_and_no_heap_at_the_ends(
    ours: d.Distribution, theirs: stats.rv_continuous
) -> None:
    low, high = (float(theirs.ppf(share)) for share in (0.2, 0.9))
    drawn = d.draw(ours, U, low=low, high=high)
    assert low - 1e-8 <= drawn.min()
    assert drawn.max() <= high + 1e-8
    assert stats.kstest((theirs.cdf(drawn) - 0.2) / 0.7, "uniform").pvalue > LEVEL
    assert stats.kstest((theirs.cdf(d.draw(ours, U))), "uniform").pvalue > LEVEL
    assert np.unique(drawn, return_counts=True)[1].max() < 10


def test_clipping_would_be_found_out() -> None:
    clipped = np.clip(stats.norm(0, 1).ppf(U), -1, 1)
    assert stats.kstest((stats.norm.cdf(clipped) - 0.1587) / 0.6827, "uniform").pvalue < LEVEL


def test_whole_numbers_between_bounds_are_equally_likely_at_the_ends() -> None:
    counts = np.unique(d.uniform(U, 5, 14, decimals=0), return_counts=True)
    assert counts[0].tolist() == list(range(5, 15))
    assert stats.chisquare(counts[1]).pvalue > LEVEL


def test_bounds_between_two_roundings_move_inside() -> None:
    drawn = d.draw(d.Normal(0.5, 0.2), U, low=0.286, high=0.704, decimals=2)
    assert (drawn.min(), drawn.max()) == (0.29, 0.7)
    assert d.draw(d.Normal(0.5, 0.2), U, low=0.29, high=0.57, decimals=2).min() == 0.29


def test_each_row_can_have_bounds_of_its_own() -> None:
    high = 500 + np.arange(U.size, dtype=np.float64)
    drawn = d.draw(d.LogNormal.of_p90(24_000, 150_000), U, low=500, high=high, decimals=2)
    assert (drawn <= high).all()
    assert (drawn >= 500).all()
    assert drawn[0] == 500
    some = np.array([7, 49_999, 7])
    alone = d.draw(d.LogNormal.of_p90(24_000, 150_000), U[some], low=500, high=high[some], decimals=2)
    assert np.array_equal(alone, drawn[some])


@pytest.mark.parametrize("high", [9.0, np.array([30.0, 9.0])])
def test_bounds_with_nothing_between_are_refused(high: float) -> None:
    with failing_with("datasets.bounds", naming="at least 8 and at most 9 .* from 27.67 to 32.33"):
        d.draw(d.Normal(30, 1), U[:2], low=8, high=high)
    with failing_with("datasets.no-number-between", naming="from 31 to 29"):
        d.draw(d.Normal(30, 1), U[:2], low=31, high=29)


@pytest.mark.parametrize(
    "make",
    [
        lambda: d.Normal(1, 0),
        lambda: d.Normal.of_p90(5, 4),
        lambda: d.LogNormal.of_p90(5, 5),
        lambda: d.LogNormal.of_p90(0, 5),
        lambda: d.LogNormal.of_mean(5, 0),
        lambda: d.Exponential(0),
        lambda: d.Gamma(1, 100),
        lambda: d.Gamma(-1, 1),
        lambda: d.Beta(0, 1),
        lambda: d.Beta.of_mean(0.5, 0.5),
        lambda: WholeNumbers.poisson(0),
        lambda: WholeNumbers.geometric(float("nan")),
        lambda: WholeNumbers.zipf(1, 0),
        lambda: WholeNumbers.weighted({1: Fraction(-1), 2: Fraction(2)}),
        lambda: WholeNumbers.weighted({}),
    ],
)
def test_parameters_of_no_distribution_are_refused(make: object) -> None:
    assert callable(make)
    with failing_with("datasets.parameters"):
        make()


WHOLE = [
    (WholeNumbers.poisson(3), stats.poisson(3)),
    (WholeNumbers.poisson(0.1), stats.poisson(0.1)),
    (WholeNumbers.poisson(12_345), stats.poisson(12_345)),
    (WholeNumbers.geometric(5), stats.geom(1 / 6, loc=-1)),
    (WholeNumbers.zipf(1.1, 400), stats.zipfian(1.1, 400)),
    (
        WholeNumbers.weighted({1: Fraction(5), 2: Fraction(3), 5: Fraction(2)}),
        stats.rv_discrete(values=([1, 2, 5], [0.5, 0.3, 0.2])),
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), WHOLE, ids=lambda value: getattr(value, "name", ""))
def test_chances_of_whole_numbers_are_those_of_scipy(ours: WholeNumbers, theirs: stats.rv_discrete) -> None:
    assert np.allclose(ours.cumulated, theirs.cdf(ours.values), rtol=0, atol=1e-11)
    assert ours.cumulated[-1] == 1.0


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        (WholeNumbers.poisson(3), 1, 12),
        (WholeNumbers.poisson(3), 2, 4),
        (WholeNumbers.geometric(5), None, 60),
        (WholeNumbers.zipf(1.1, 50), 3, None),
    ],
)
def test_bounded_whole_numbers_keep_their_chances_to_each_other(
    counts: WholeNumbers, low: int | None, high: int | None
) -> None:
    chances = np.diff(counts.cumulated, prepend=0)
    kept = np.ones(chances.size, dtype=bool)
    if low is not None:
        kept &= counts.values >= low
    if high is not None:
        kept &= counts.values <= high
    drawn = counts.bounded(low, high).quantile(U)
    likely = kept & (chances > 1e-3)
    observed = np.array([(drawn == value).sum() for value in counts.values[likely]])
    rest = U.size - observed.sum()
    expected = chances[likely] / chances[kept].sum() * U.size
    assert set(drawn) <= set(counts.values[kept])
    left = U.size - expected.sum()
    statistic = ((observed - expected) ** 2 / expected).sum() + ((rest - left) ** 2 / left if left > 1 else 0)
    assert stats.chi2.sf(statistic, observed.size) > LEVEL


def test_bounds_without_whole_numbers_are_refused() -> None:
    with failing_with("datasets.bounds", naming="at least 900 and at most 990 .* from 0 to 8"):
        WholeNumbers.poisson(3).bounded(900, 990)
    with failing_with("datasets.bounds"):
        WholeNumbers.poisson(3).bounded(5, 4)


def test_logarithms_exponentials_and_normal_quantiles_are_exact_to_the_last_digits() -> None:
    wide = np.concatenate([U, U * 1e-300, U * 1e300])
    assert np.abs((log(wide) - np.log(wide)) / np.maximum(1, np.abs(np.log(wide)))).max() < 4e-16
    powers = (U - 0.5) * 1400
    assert np.abs(exp(powers) / np.exp(powers) - 1).max() < 6e-16
    assert np.isposinf(exp(np.array([800.0]))).all()
    assert exp(np.array([-1e9, -709.0, 0.0])).tolist() == [0.0, 0.0, 1.0]
    assert np.abs(d.normal_quantile(EDGES) / special.ndtri(EDGES) - 1).max() < 1e-13
    assert np.allclose(d.normal_cdf(np.linspace(-9, 9, 999)), special.ndtr(np.linspace(-9, 9, 999)), rtol=0, atol=1e-13)

"""Correlations: asked and got, every field's own distribution kept, the impossible refused with the nearest."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from scipy import optimize, stats

from synthdeal_assets.datasets.engine import distributions as d
from synthdeal_assets.datasets.engine.blocks import exact_counts
from synthdeal_assets.datasets.engine.correlations import (
    Dependence,
    PairOfNames,
    correlated_uniforms,
    dependences,
    exact_values_by_score,
    latent_of_rank,
    mid_ranks,
    nearest_correlations,
    rank_of_latent,
    solved_latent,
)
from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray
from synthdeal_assets_tests.failure_codes import failing_with

ROWS = np.arange(200_000)
TOLERANCE = 5 / np.sqrt(ROWS.size)
"""Five standard errors of a correlation of so many rows."""

REVENUE, AMOUNT = d.LogNormal.of_p90(60_000, 170_000), d.LogNormal.of_p90(15_000, 48_000)


def own(name: str) -> FloatArray:
    return uniforms(hashes(ROWS, f"7|deals|{name}"))


def drawn(order: str, latent: dict[PairOfNames, float]) -> dict[str, FloatArray]:
    """The numbers from (0, 1) of fields that depend on each other."""
    found = dependences(order, latent)
    made: dict[str, FloatArray] = {}
    for name in order:
        dependence = found.get(name, Dependence((), (), 1.0))
        made[name] = correlated_uniforms(own(name), [d.normal_quantile(made[on]) for on in dependence.on], dependence)
    return made


def spearman(first: FloatArray | IntArray, second: FloatArray | IntArray) -> float:
    return float(stats.spearmanr(first, second).statistic)


def test_fields_have_the_rank_correlations_asked_for_and_their_own_distributions() -> None:
    asked = {("a", "b"): 0.7, ("a", "c"): 0.3, ("a", "d"): -0.4, ("b", "c"): 0.2, ("b", "d"): -0.2, ("c", "d"): 0.0}
    made = drawn("abcd", {pair: latent_of_rank(rank) for pair, rank in asked.items()})
    amounts, shares = AMOUNT.quantile(made["a"]), d.Beta(2, 5).quantile(made["b"])
    assert abs(spearman(amounts, shares) - 0.7) < TOLERANCE
    for (one, other), rank in asked.items():
        assert abs(spearman(made[one], made[other]) - rank) < TOLERANCE
    for values in made.values():
        assert stats.kstest(values, "uniform").pvalue > 1e-6


def test_fields_of_which_nothing_is_said_have_what_the_others_lead_to() -> None:
    made = drawn("abc", {("a", "b"): 0.8, ("b", "c"): 0.8})
    scores = {name: d.normal_quantile(u) for name, u in made.items()}
    assert abs(np.corrcoef(scores["a"], scores["c"])[0, 1] - 0.64) < TOLERANCE
    assert "a" not in dependences("abc", {("b", "c"): 0.8})


def test_a_field_can_follow_another_wholly_or_against_it() -> None:
    made = drawn("abc", {("a", "b"): 1.0, ("a", "c"): -1.0, ("b", "c"): -1.0})
    assert np.allclose(made["b"], made["a"], rtol=0, atol=1e-12)
    assert np.allclose(made["c"], 1 - made["a"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("rank", [-1.0, -0.5, 0.0, 0.3, 1.0])
def test_latent_and_rank_correlations_are_converted_both_ways(rank: float) -> None:
    assert np.isclose(latent_of_rank(rank), 2 * np.sin(np.pi * rank / 6), rtol=0, atol=1e-15)
    assert np.isclose(rank_of_latent(latent_of_rank(rank)), rank, rtol=0, atol=1e-14)


def lognormal_pearson(latent: float, first: float, second: float) -> float:
    """The closed form for two log-normals."""
    below = np.sqrt(np.expm1(first**2) * np.expm1(second**2))
    return float(np.expm1(latent * first * second) / below)


def test_pearson_correlations_are_solved_and_say_what_can_be_had() -> None:
    first, second = d.LogNormal(0, 0.8), d.LogNormal(3, 0.9)
    for asked in (-0.4, 0.2, 0.7, 0.95):
        latent = solved_latent(asked, first.quantile, second.quantile, ("amount", "revenue"))
        exact = optimize.brentq(lambda rho, asked=asked: lognormal_pearson(rho, 0.8, 0.9) - asked, -1, 1)
        assert abs(latent - exact) < 2e-5
    with failing_with("datasets.correlation-out-of-reach", naming=r"amount and revenue.*-0\.485 to 0\.997, not -0\.6"):
        solved_latent(-0.6, first.quantile, second.quantile, ("amount", "revenue"))


def test_a_pearson_correlation_is_got_in_rows() -> None:
    first, second = d.Beta(2, 5), d.Exponential(3)
    latent = solved_latent(0.6, first.quantile, second.quantile, ("a", "b"))
    made = drawn("ab", {("a", "b"): latent})
    assert abs(np.corrcoef(first.quantile(made["a"]), second.quantile(made["b"]))[0, 1] - 0.6) < 2 * TOLERANCE
    # The scores alone would have given another one.
    assert abs(latent - 0.6) > 0.04


@pytest.mark.parametrize(
    ("counts", "shares"),
    [(WholeNumbers.poisson(1.5), [0.5, 0.8, 1.0]), (WholeNumbers.poisson(40), [0.3, 1.0])],
)
def test_fields_with_ties_have_the_rank_correlation_asked_for(counts: WholeNumbers, shares: list[float]) -> None:
    latent = solved_latent(0.5, mid_ranks(counts.cumulated), mid_ranks(shares), ("quantity", "tier"))
    made = drawn("ab", {("a", "b"): latent})
    quantity, tier = counts.quantile(made["a"]), np.searchsorted(shares, made["b"])
    assert abs(spearman(quantity, tier) - 0.5) < TOLERANCE + 0.003
    assert abs(latent - latent_of_rank(0.5)) > 0.02


def test_correlations_that_exclude_each_other_are_refused_with_the_nearest() -> None:
    asked = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    with failing_with("datasets.correlations", naming=r"a ~ b 0\.90, a ~ c -0\.90, b ~ c 0\.90") as caught:
        dependences("abc", {pair: latent_of_rank(rank) for pair, rank in asked.items()})
    nearest = re.findall(r"(\w) ~ (\w) (-?\d\.\d\d)", str(caught.value).split("nearest")[1])
    assert len(nearest) == 3
    instead = {(one, other): latent_of_rank(float(rank)) for one, other, rank in nearest}
    assert set(dependences("abc", instead)) == {"b", "c"}
    assert all(0.45 < abs(latent) < 0.55 for latent in instead.values())


def test_the_nearest_matrix_is_the_one_of_higham() -> None:
    # The example of Higham (2002), section 4.
    found = nearest_correlations(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
    assert np.allclose(found, [[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]], rtol=0, atol=5e-5)


def test_a_flag_that_depends_on_a_field_keeps_its_exact_count() -> None:
    made = drawn("ab", {("a", "b"): -0.8})
    shares = [Fraction(8, 100), Fraction(92, 100)]

    def scores(rows: IntArray) -> FloatArray:
        return made["b"][rows]

    values = exact_values_by_score(ROWS, ROWS.size, shares, scores)
    assert np.bincount(values).tolist() == exact_counts(shares, ROWS.size)
    # A low score of b is a high a: the flag, which is the first value, stands where a is high.
    assert made["a"][values == 0].mean() > 0.75
    some = np.array([199_999, 3, 70_000, 3])
    assert np.array_equal(exact_values_by_score(some, ROWS.size, shares, scores), values[some])
    assert np.array_equal(exact_values_by_score(ROWS[:65_536], 65_536, shares, scores), values[:65_536])

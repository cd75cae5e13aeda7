"""Fields that depend on each other: rank correlations by a Gaussian copula, Pearson correlations solved pair by pair.

A field is drawn from a number of (0, 1), and that number has a normal score. Fields are correlated by correlating their
scores; each keeps its own distribution. What a correlation of fields needs of the scores is their latent correlation.
Which fields are correlated is decided outside; the order in which they are drawn is that of `dependences`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.blocks import exact_counts
from synthdeal_assets.datasets.engine.distributions import normal_cdf, normal_quantile
from synthdeal_assets.datasets.engine.elementary import cos_of_turns, exp
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS, block_rows, by_block
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray

Quantiles = Callable[[FloatArray], FloatArray]
"""What a field makes of numbers from (0, 1); of a field of ranks, `mid_ranks`."""

PairOfNames = tuple[str, str]

_LEAST_LEFT: Final = 1e-9
"""What of a variance counts as nothing: rounding leaves as much."""

_REACH: Final = 8.2
"""Normal scores beyond this are not told from 0 or 1 by a float."""
_OUTER: Final = 801
_INNER: Final = 121


def latent_of_rank(correlation: float) -> float:
    """The correlation that scores need for a rank correlation (Spearman) of two continuous fields: 2 sin(pi r / 6).

    Pearson, K. (1907), On further methods of determining correlation. For fields with ties see `solved_latent`.
    """
    return 2.0 * float(cos_of_turns(np.array([0.25 - correlation / 12]))[0])


def rank_of_latent(latent: float) -> float:
    """The rank correlation of two continuous fields whose scores have this correlation: 6 arcsin(r / 2) / pi."""
    return float(6.0 / np.pi * np.arcsin(latent / 2))


def mid_ranks(cumulated: Sequence[float] | FloatArray) -> Quantiles:
    """What a field with ties makes of numbers from (0, 1), as the middle rank of each value, in shares of the rows.

    The correlation of these is the rank correlation of the field.

    Args:
        cumulated: The share of each value and those before it; the last is 1.
    """
    ends = np.asarray(cumulated, dtype=np.float64)
    middles = (ends + np.concatenate([[0.0], ends[:-1]])) / 2

    def ranks(u: FloatArray) -> FloatArray:
        result: FloatArray = middles[np.minimum(np.searchsorted(ends, u, side="right"), ends.size - 1)]
        return result

    return ranks


def solved_latent(asked: float, first: Quantiles, second: Quantiles, names: PairOfNames) -> float:
    """The correlation that scores need for a Pearson correlation of two fields, to five decimals.

    Args:
        asked: The correlation.
        first: What a field makes of numbers from (0, 1), not all of it alike; never falling.
        second: That of the other field.
        names: What the fields are called, for sentences.

    Raises:
        SynthDealError: No coupling of these fields has this correlation ("datasets.correlation-out-of-reach").
    """
    pair = _Coupled(first, second)
    # What can be had at all, whatever couples the two (Frechet and Hoeffding).
    low, high = pair.correlation(-1.0), pair.correlation(1.0)
    if not low <= asked <= high:
        raise SynthDealError(
            f"With their distributions, {names[0]} and {names[1]} can have a correlation of {low:.3f} to {high:.3f},"
            f" not {asked:g}: ask for one inside.",
            code="datasets.correlation-out-of-reach",
            usage=True,
        )
    below, above = -1.0, 1.0
    while above - below > 1e-6:
        middle = (below + above) / 2
        below, above = (middle, above) if pair.correlation(middle) < asked else (below, middle)
    # Rounded, so that the sums of another processor lead to the same rows.
    return round((below + above) / 2, 5)


class _Coupled:
    """Two fields, each standardised, whose scores are normal: what their correlation comes to."""

    def __init__(self, first: Quantiles, second: Quantiles) -> None:
        self._outer, self._weights = _nodes(_OUTER)
        self._inner, self._inner_weights = _nodes(_INNER)
        self._first, self._second = (self._standardised(field) for field in (first, second))

    def _standardised(self, field: Quantiles) -> Quantiles:
        values = field(_shares(self._outer))
        mean = (values * self._weights).sum()
        sd = np.sqrt(((values - mean) ** 2 * self._weights).sum())
        return lambda z: (field(_shares(z)) - mean) / sd

    def correlation(self, latent: float) -> float:
        first = self._first(self._outer)
        if abs(latent) == 1.0:
            return float((first * self._second(self._outer * latent) * self._weights).sum())
        scores = self._outer[:, None] * latent + self._inner * np.sqrt(1 - latent * latent)
        expected = (self._second(scores.ravel()).reshape(scores.shape) * self._inner_weights).sum(axis=1)
        return float((first * expected * self._weights).sum())


def _shares(z: FloatArray) -> FloatArray:
    return np.clip(normal_cdf(z), 2.0**-53, 1 - 2.0**-53)


def _nodes(count: int) -> tuple[FloatArray, FloatArray]:
    # The trapezoidal rule: nothing is more exact for what falls off like a normal density.
    z = np.linspace(-_REACH, _REACH, count)
    density = exp(-z * z / 2)
    return z, density / density.sum()


@dataclass(frozen=True)
class Dependence:
    """How the score of a field comes of those drawn before it and a number of its own.

    Attributes:
        on: The fields that it depends on.
        weights: What the score of each is multiplied by.
        own: What the score of its own is multiplied by.
    """

    on: tuple[str, ...]
    weights: tuple[float, ...]
    own: float


def dependences(order: Sequence[str], latent: Mapping[PairOfNames, float]) -> dict[str, Dependence]:
    """How each field depends on those before it.

    Two fields of which nothing is said have what the others lead to: given the fields that the later one is said to
    depend on, they have nothing to do with each other.

    Args:
        order: The fields, as they are drawn.
        latent: For pairs of them the correlation of their scores, from -1 to 1.

    Returns:
        Field -> its dependence; without those that depend on nothing.

    Raises:
        SynthDealError: They exclude each other ("datasets.correlations"); the sentence names the nearest that go
            together, as rank correlations.
    """
    said = {frozenset(pair): value for pair, value in latent.items()}
    found, known, possible = _regressed(order, said)
    if not possible:
        raise _impossible(order, said, known)
    return found


def _regressed(
    order: Sequence[str], said: Mapping[frozenset[str], float]
) -> tuple[dict[str, Dependence], dict[PairOfNames, float], bool]:
    """The dependences, all correlations between the fields, and whether some fields have them."""
    known = {(name, name): 1.0 for name in order}
    found: dict[str, Dependence] = {}
    possible = True
    for at, name in enumerate(order):
        on = [other for other in order[:at] if frozenset((name, other)) in said]
        wanted = [said[frozenset((name, other))] for other in on]
        weights = _solved([[known[one, other] for other in on] for one in on], wanted)
        for other in order[:at]:
            led_to = _product(weights, [known[one, other] for one in on])
            known[name, other] = known[other, name] = said.get(frozenset((name, other)), led_to)
            possible = possible and abs(known[name, other] - led_to) < 1e-6
        left = 1 - _product(weights, wanted)
        possible = possible and left > -_LEAST_LEFT
        if on:
            own = float(np.sqrt(left)) if left > _LEAST_LEFT else 0.0
            found[name] = Dependence(tuple(on), tuple(weights), own)
    return found, known, possible


def correlated_uniforms(u: FloatArray, scores: Sequence[FloatArray], dependence: Dependence) -> FloatArray:
    """Numbers of (0, 1) that depend on the scores of other fields as said, as evenly spread as those that go in.

    Args:
        u: Numbers inside (0, 1) of the field's own, one for each row.
        scores: For each field of `dependence.on` the normal scores in these rows: `normal_quantile` of what it was
            drawn from.
        dependence: How the field depends on them.
    """
    score = normal_quantile(u) * dependence.own
    for weight, other in zip(dependence.weights, scores, strict=True):
        score = score + other * weight
    return _shares(score)


def exact_values_by_score(
    rows: IntArray,
    table_rows: int,
    shares: Sequence[Fraction],
    scores: Callable[[IntArray], FloatArray],
) -> IntArray:
    """For each row the position of its value in the shares, which are exact as those of `blocks.exact_values`.

    Inside a block of 65,536 rows the values stand in the order of the scores: the first in the rows of the lowest. So a
    flag that depends on a field keeps its count.

    Args:
        rows: Numbers of rows, in any order.
        table_rows: The rows of the table.
        shares: Exact fractions, 1 together.
        scores: The scores of rows.
    """
    values = np.empty(rows.size, dtype=np.int64)
    for block, where in by_block(rows // BLOCK_ROWS):
        of_block = block_rows(block, table_rows)
        until = exact_counts(shares, int(of_block[-1]) + 1)
        before = exact_counts(shares, int(of_block[0]))
        counts = [end - start for start, end in zip(before, until, strict=True)]
        in_block = np.empty(of_block.size, dtype=np.int64)
        in_block[np.argsort(scores(of_block), kind="stable")] = np.repeat(np.arange(len(shares)), counts)
        values[where] = in_block[rows[where] - of_block[0]]
    return values


def _solved(matrix: list[list[float]], wanted: list[float]) -> list[float]:
    """Weights w with matrix w = wanted, by a Cholesky factor; a field that others already fix gets the weight 0.

    In plain floats: LAPACK's last bits depend on the processor, and with them would the rows.
    """
    size = len(wanted)
    factor = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - _product(factor[i][:j], factor[j][:j])
            if i == j:
                factor[i][i] = float(np.sqrt(rest)) if rest > _LEAST_LEFT else 0.0
            elif factor[j][j]:
                factor[i][j] = rest / factor[j][j]
    forward = [0.0] * size
    for i in range(size):
        rest = wanted[i] - _product(factor[i][:i], forward[:i])
        forward[i] = rest / factor[i][i] if factor[i][i] else 0.0
    weights = [0.0] * size
    for i in reversed(range(size)):
        rest = forward[i] - _product([row[i] for row in factor[i + 1 :]], weights[i + 1 :])
        weights[i] = rest / factor[i][i] if factor[i][i] else 0.0
    return weights


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    # `sum` of floats is another one from Python 3.12 on.
    return fsum(one * other for one, other in zip(first, second, strict=True))


def nearest_correlations(matrix: FloatArray) -> FloatArray:
    """The correlation matrix nearest to a symmetric one, in the sum of squares.

    Higham, N. J. (2002), Computing the nearest correlation matrix, IMA Journal of Numerical Analysis 22(3), algorithm
    3.3: alternating projections with Dykstra's correction.
    """
    nearest, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(1_000):
        values, vectors = np.linalg.eigh(nearest - correction)
        positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = positive - (nearest - correction)
        after = positive.copy()
        np.fill_diagonal(after, 1.0)
        done = np.abs(after - nearest).max() < 1e-10
        nearest = after
        if done:
            break
    return nearest


def _impossible(
    order: Sequence[str], said: Mapping[frozenset[str], float], known: Mapping[PairOfNames, float]
) -> SynthDealError:
    nearest = nearest_correlations(np.array([[known[one, other] for other in order] for one in order]))
    place = {name: at for at, name in enumerate(order)}
    pairs = sorted(
        (tuple(sorted(pair, key=place.__getitem__)) for pair in said), key=lambda pair: (place[pair[0]], place[pair[1]])
    )
    # Rounded they are others, perhaps out of reach again: a little weaker then.
    for weaker in np.linspace(1.0, 0.0, 101):
        ranks = {pair: round(rank_of_latent(nearest[place[pair[0]], place[pair[1]]]) * weaker, 2) for pair in pairs}
        if _regressed(order, {frozenset(pair): latent_of_rank(rank) for pair, rank in ranks.items()})[2]:
            break
    asked = ", ".join(f"{one} ~ {other} {rank_of_latent(said[frozenset((one, other))]):.2f}" for one, other in pairs)
    instead = ", ".join(f"{one} ~ {other} {rank:.2f}" for (one, other), rank in ranks.items())
    return SynthDealError(
        f"The correlations {asked} exclude each other: the nearest that go together are {instead}.",
        code="datasets.correlations",
        usage=True,
    )

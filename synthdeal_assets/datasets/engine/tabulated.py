"""Distributions of which only a density is known: integrated once into a table, and inverted from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from synthdeal_assets.datasets.engine.elementary import exp
from synthdeal_assets.foundation.drawing.randomness import FloatArray

_CELLS: Final = 32_768
_DEEPEST: Final = 45.0
"""How far below its peak the logarithm of a density is followed: less than 1e-18 of the whole is left out."""

# Gauss-Legendre of five points on 0 to 1 (Abramowitz and Stegun 1964, table 25.4).
_HALF: Final = (0.906179845938664, 0.5384693101056831, 0.0, -0.5384693101056831, -0.906179845938664)
_WEIGHTS: Final = (
    0.23692688505618908,
    0.47862867049936647,
    0.5688888888888889,
    0.47862867049936647,
    0.23692688505618908,
)


class Tabulated:
    """A distribution whose density has one peak and a concave logarithm.

    The density is integrated over 32,768 cells, and quantiles are found in a cell by a cubic through the ends with the
    slopes there (Hermite), the derivative of a quantile being one by the density.

    Args:
        log_density: The logarithm of the density, but for a constant.
        peak: Where it is greatest.
    """

    def __init__(self, log_density: Callable[[FloatArray], FloatArray], peak: float) -> None:
        top = log_density(np.array([peak]))
        self._log_density, self._top = log_density, top

        def end(direction: float) -> float:
            def deep(distance: float) -> bool:
                return bool((log_density(np.array([peak + direction * distance])) - top)[0] < -_DEEPEST)

            far = 1.0
            while not deep(far):
                far *= 2
            near = 0.0
            for _ in range(60):
                middle = (near + far) / 2
                near, far = (near, middle) if deep(middle) else (middle, far)
            return peak + direction * far

        left, right = end(-1.0), end(1.0)
        self._width = (right - left) / _CELLS
        self._nodes: FloatArray = left + np.arange(_CELLS + 1).astype(np.float64) * self._width
        cells = self._integral(self._nodes[:-1], np.full(_CELLS, self._width))
        # From both ends, so that a share of either tail is exact to its own size.
        whole = np.cumsum(cells)[-1]
        self._below = np.concatenate([[0.0], np.cumsum(cells)]) / whole
        self._above = np.concatenate([np.cumsum(cells[::-1])[::-1], [0.0]]) / whole
        self._whole = whole
        self._slopes = whole / self._density(self._nodes)

    def _density(self, y: FloatArray) -> FloatArray:
        return exp(np.maximum(self._log_density(y) - self._top, -700.0))

    def _integral(self, start: FloatArray, width: FloatArray) -> FloatArray:
        total = np.zeros_like(start)
        for half, weight in zip(_HALF, _WEIGHTS, strict=True):
            total += weight * self._density(start + (0.5 + half / 2) * width)
        return total * width / 2

    def quantile(self, u: FloatArray) -> FloatArray:
        """The value below which each share, inside (0, 1), lies."""
        cell = np.clip(np.searchsorted(self._below, u, side="right") - 1, 0, _CELLS - 1)
        left = self._below[cell]
        span = np.where(u < 0.5, self._below[cell + 1] - left, self._above[cell] - self._above[cell + 1])
        gone = np.where(u < 0.5, u - left, self._above[cell] - (1 - u))
        t = np.clip(gone / span, 0.0, 1.0)
        rise = self._width
        into, out = self._slopes[cell] * span, self._slopes[cell + 1] * span
        # Monotone (Fritsch and Carlson 1980): at the outermost cells a slope can be too steep for a cubic.
        into, out = np.minimum(into, 3 * rise), np.minimum(out, 3 * rise)
        back = 1 - t
        value: FloatArray = self._nodes[cell] + t * t * (3 - 2 * t) * rise + t * back * back * into - t * t * back * out
        return value

    def cdf(self, y: FloatArray) -> FloatArray:
        """The share that lies below each value."""
        at = np.clip(y, self._nodes[0], self._nodes[-1])
        cell = np.clip(((at - self._nodes[0]) / self._width).astype(np.int64), 0, _CELLS - 1)
        inside = self._integral(self._nodes[cell], at - self._nodes[cell]) / self._whole
        share: FloatArray = np.minimum(self._below[cell] + inside, 1.0)
        return share

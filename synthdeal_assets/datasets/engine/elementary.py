"""Exponential and logarithm from sums and products alone, so that they give the same bits on every processor.

Those of NumPy differ in the last bit between processors and versions. IEEE 754 fixes sums, products, quotients and
square roots to the bit; NumPy does one at a time, so that nothing is fused.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import FloatArray

# ln 2 in two parts: the first has zeros at its end, so that its products with exponents are exact (fdlibm).
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10


def horner(x: FloatArray, coefficients: tuple[float, ...]) -> FloatArray:
    """A polynomial, the coefficient of the highest power first."""
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += coefficient
    return result


_ATANH: Final = tuple(1.0 / power for power in range(23, 0, -2))


def log(x: FloatArray) -> FloatArray:
    """Natural logarithms of positive numbers, within 2e-16 of their size or of 1."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < np.sqrt(0.5)
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    power = (exponent - low).astype(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    result: FloatArray = power * _LN2_HIGH + (2.0 * s * horner(s * s, _ATANH) + power * _LN2_LOW)
    return result


def _reciprocal_factorials(highest: int) -> tuple[float, ...]:
    factorials = [1.0]
    for number in range(1, highest + 1):
        factorials.append(factorials[-1] * number)
    return tuple(1.0 / factorial for factorial in reversed(factorials))


_TAYLOR: Final = _reciprocal_factorials(14)


def exp(x: FloatArray) -> FloatArray:
    """Exponentials, within 4e-16 of their size; 0 below -708, infinity above 709.8."""
    within = np.clip(x, -750.0, 750.0)
    power = np.rint(within * 1.4426950408889634)
    rest = (within - power * _LN2_HIGH) - power * _LN2_LOW
    result = horner(rest, _TAYLOR)
    exponent = power.astype(np.int64)
    if np.abs(power).max(initial=0.0) < 1022.0:
        # Times a power of two that is a normal number, as `ldexp` gives it in many times as long.
        result *= ((exponent + 1023) << 52).view(np.float64)
        return result
    with np.errstate(under="ignore", over="ignore"):
        result = np.ldexp(result, exponent)
    return np.where(x < -708.0, 0.0, result)


_COSINE: Final = tuple(
    -factor if power % 4 == 2 else factor
    for power, factor in zip(range(22, -1, -2), _reciprocal_factorials(22)[::2], strict=True)
)


def cos_of_turns(turns: FloatArray) -> FloatArray:
    """Cosines of angles in whole turns, within 1e-15."""
    part = np.abs(turns - np.rint(turns))
    far = part > 0.25
    angle = np.where(far, 0.5 - part, part) * 6.283185307179586
    cosine = horner(angle * angle, _COSINE)
    return np.where(far, -cosine, cosine)

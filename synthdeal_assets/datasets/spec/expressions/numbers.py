"""What both engines must do alike with numbers, which are float64 throughout.

Money stays right to the cent: a product such as 1.50 * 0.19 is 0.28499999999999998 in float64, and 0.285 for people.
Rounding takes the value for the decimal number that it stands for, and comparing calculated numbers ignores as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from synthdeal_assets.datasets.spec.expressions.tree import Call, Negate, Number

NEAR: Final = 2.0**-48
"""Two calculated numbers are equal if they differ by at most this share of the sum of their sizes (about 3.6e-15)."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a number is rounded half away from zero.

    The value is made larger by 16 units in its last place, scaled, rounded to a whole number and scaled back: the few
    calculations of a formula err by less. Where a scaled value has no room for that, from 2^43 on, it is rounded as it
    is.

    Attributes:
        digits: Places after the decimal point that are kept; negative for tens, hundreds and so on.
        scale: 10 to the power of the size of `digits`: a factor, or for negative digits a divisor.
        nudge: What a value is multiplied with.
        largest: Size from which a value is not nudged.
    """

    digits: int
    scale: float
    nudge: float
    largest: float

    @classmethod
    def of(cls, call: Call) -> Rounding:
        """The rounding that a checked `round` asks for."""
        digits = whole(call.arguments[1]) if len(call.arguments) > 1 else 0
        scale = 10.0 ** abs(digits)
        largest = 2.0**43 / scale if digits >= 0 else 2.0**43 * scale
        return cls(digits, scale, 1 + 2.0**-48, largest)


def whole(node: object) -> int:
    """The whole number that a checked place of a function holds."""
    if isinstance(node, Negate):
        return -whole(node.operand)
    assert isinstance(node, Number)  # noqa: S101  # the check lets nothing else through
    return int(node.value)


def double(value: Decimal | float) -> str:
    """A number as a literal that DuckDB reads as the nearest DOUBLE, not as a DECIMAL."""
    written = repr(float(value))
    return written if "e" in written else f"{written}e0"

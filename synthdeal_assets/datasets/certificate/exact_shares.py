"""The arithmetic of exact shares, stated anew: the engine's own is what is to be checked."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction


def nearest(share: Fraction, rows: int) -> int:
    """The whole number nearest to a share of so many rows, half a row counting as one."""
    return (2 * share.numerator * rows + share.denominator) // (2 * share.denominator)


def exact_counts(shares: Iterable[Fraction], rows: int) -> list[int]:
    """In how many of `rows` rows each share stands: up to each of them the nearest to what all so far have together."""
    counts, so_far, before = [], Fraction(0), 0
    for share in shares:
        so_far += share
        until = nearest(so_far, rows)
        counts.append(until - before)
        before = until
    return counts

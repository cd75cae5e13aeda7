"""Choosing for rows: from a pool, without repetition, in pairs. What is chosen belongs in the modules of the types."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.distributions import LogNormal, draw
from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.streams import GOLDEN, hashes, uniforms
from synthdeal_assets.datasets.engine.text_columns import padded
from synthdeal_assets.datasets.types.semantic_type import TypeRequest
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray, UInt64Array, mix

_ROUNDS: Final = 3


@cache
def data_file(name: str) -> pl.DataFrame:
    """A data file of `names/` as a frame of text columns, in the order of the file; its head names the licence."""
    content = resources.files("synthdeal_assets.datasets.types").joinpath("names", name).read_bytes()
    return pl.read_csv(content, infer_schema=False, comment_prefix="#").fill_null("")


def below(keys: UInt64Array, count: int | IntArray) -> IntArray:
    """For each key a number from 0 to count - 1, as good as uniform for counts far below 2**32."""
    counts = np.asarray(count, dtype=np.uint64)
    return ((keys >> np.uint64(32)) * counts >> np.uint64(32)).astype(np.int64)


def entity_salt(request: TypeRequest, what: str) -> str:
    """A salt that all fields of the entity share."""
    return f"{request.seed}|{request.table}|{what}"


def field_salt(request: TypeRequest, what: str) -> str:
    """A salt of the field alone."""
    return f"{request.seed}|{request.table}|{request.field}|{what}"


def chosen(request: TypeRequest, what: str, pool: pl.Series) -> pl.Series:
    """One of the pool for each row; where the field is unique, each once.

    The pool must be as long as the table where the field is unique, which is the type's `capacity`.
    """
    if request.unique:
        salt = int(hashes(np.zeros(1, dtype=np.int64), field_salt(request, what))[0])
        return pool.gather(permute(request.rows, pool.len(), salt))
    return pool.gather(below(request.keys(what), pool.len()))


def pairs(rows: IntArray, first: int, second: int, salt: str) -> tuple[IntArray, IntArray, IntArray]:
    """For each row a pair of numbers below `first` and `second`: all pairs once, then all again in another order.

    Each round of adding to one number a hash of the other can be undone, so different rows never meet. The pairs of a
    row do not depend on how many rows there are.

    Returns:
        How many times all pairs were passed before the row; the first number; the second.
    """
    turn, within = np.divmod(rows, first * second)
    other, one = (part.astype(np.uint64) for part in np.divmod(within, first))
    again = turn.astype(np.uint64) << np.uint64(40)
    for step in range(_ROUNDS):
        one = (one + mix((other | again) * GOLDEN, f"{salt}|{step}") % np.uint64(first)) % np.uint64(first)
        other = (other + mix((one | again) * GOLDEN, f"{salt}|{step}, other") % np.uint64(second)) % np.uint64(second)
    return turn, one.astype(np.int64), other.astype(np.int64)


def text(column: pl.Expr, **given: pl.Series) -> pl.Series:
    """A column of text from columns by name."""
    return pl.DataFrame(given).select(column.alias("value")).to_series()


def bounds(request: TypeRequest, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """For each row from where to where a number may be: what `min` and `max` beside the type say, else the usual."""
    given = [request.option(name) for name in ("min", "max")]
    ends = [
        np.full(request.rows.size, usual) if column is None else column.cast(pl.Float64).fill_null(usual).to_numpy()
        for column, usual in zip(given, (low, high), strict=True)
    ]
    if given[0] is None:
        return np.minimum(ends[0], ends[1]), ends[1]
    return ends[0], np.maximum(ends[0], ends[1])


def numbers(
    request: TypeRequest, what: str, *, median: float, p90: float, span: tuple[float, float], decimals: int
) -> pl.Series:
    """Log-normal numbers inside the span or the bounds given, rounded; whole ones as integers."""
    low, high = bounds(request, *span)
    drawn = draw(LogNormal.of_p90(median, p90), uniforms(request.keys(what)), low=low, high=high, decimals=decimals)
    return pl.Series(drawn.astype(np.int64) if decimals == 0 else drawn)


def whole_numbers(request: TypeRequest, what: str, low: int, high: int) -> pl.Series:
    """Whole numbers from low to high, or between the bounds given, all as likely."""
    lowest, highest = (end.astype(np.int64) for end in bounds(request, low, high))
    return pl.Series(lowest + below(request.keys(what), highest - lowest + 1))


def serials(request: TypeRequest, what: str, digits: int) -> IntArray:
    """A number of so many digits for each row: by draw, or where the field is unique all once, then longer ones.

    Unique ones pass all numbers of so many digits in an order of their own; the next rounds begin with the round.
    """
    size = 10**digits
    if not request.unique:
        drawn: IntArray = below(request.keys(what), min(size, 2**31)) % size
        return drawn
    first, second = 10 ** (digits // 2), 10 ** (digits - digits // 2)
    turn, one, other = pairs(request.rows, first, second, field_salt(request, what))
    in_turn: IntArray = turn * size + one * second + other
    return in_turn


def numbered(request: TypeRequest, what: str, digits: int) -> pl.Series:
    """The numbers of `serials` as text, padded with zeros."""
    return padded(serials(request, what, digits), digits)

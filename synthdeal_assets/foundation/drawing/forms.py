"""Columns of text from numbers: code points in a matrix to strings, and forms whose open places are filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray

CodePoints = npt.NDArray[np.uint32]

NOTHING: Final = 0
"""The code point that stands for no character."""

LETTERS: Final = "ABEGHJLNRTWXYZ"
"""Letters of postcodes: those that the forms of GB, CA, IE and NL have in common."""


_OPEN_PLACES: Final = {
    ord(sign): np.frombuffer(drawn.encode(), dtype=np.uint8) for sign, drawn in (("#", "0123456789"), ("@", LETTERS))
}


def text_of(points: CodePoints) -> pl.Series:
    """A string for each row of a matrix of Unicode code points, those that are `NOTHING` left out."""
    there = points != NOTHING
    flat = points[there]
    ends = np.cumsum(np.count_nonzero(there, axis=1))
    if flat.max(initial=0) <= 0x7F:
        return strings(np.concatenate([[0], ends]), flat.astype(np.uint8).tobytes())
    widths = 1 + (flat > 0x7F) + (flat > 0x7FF) + (flat > 0xFFFF)
    offsets = np.concatenate([[0], np.concatenate([[0], np.cumsum(widths)])[ends]]).astype(np.int64)
    return strings(offsets, _utf8(flat))


def strings(offsets: IntArray, encoded: bytes) -> pl.Series:
    """The strings that UTF-8 holds one after the other, from each offset to the next."""
    import pyarrow as pa  # noqa: PLC0415 - loading the code of the world shall not pay for it

    buffers = (pa.py_buffer(offsets.tobytes()), pa.py_buffer(encoded))
    made = pa.LargeStringArray.from_buffers(offsets.size - 1, *buffers)
    # For an array Polars would import `pyarrow.compute`, which takes 30 ms.
    return pl.DataFrame(pa.record_batch([made], names=[""])).to_series()


def filled(forms: pl.Series, keys_of: Callable[[int], IntArray]) -> pl.Series:
    """Each form with a digit for every # and a letter for every @; `keys_of(k)` gives numbers for the k-th place."""
    if forms.is_empty():
        return pl.Series(dtype=pl.String)
    different = forms.fill_null("").unique(maintain_order=True)
    # NumPy holds texts as code points, shorter ones with zeros behind them, which `text_of` leaves out.
    shape = np.array(different.to_list(), dtype=np.str_).view(np.uint32).reshape(different.len(), -1)
    of_form = forms.fill_null("").replace_strict(different, np.arange(different.len()), return_dtype=pl.Int64)
    signs = np.ascontiguousarray(shape.T).take(of_form.to_numpy(), axis=1)
    for place, of_place in enumerate(signs):
        drawn = None
        for sign, alphabet in _OPEN_PLACES.items():
            here = np.flatnonzero(of_place == sign)
            if here.size:
                drawn = keys_of(place) if drawn is None else drawn
                of_place[here] = alphabet[drawn[here] % alphabet.size]
    return text_of(signs.T)


def _utf8(points: CodePoints) -> bytes:
    return points.astype("<u4").tobytes().decode("utf-32-le").encode()

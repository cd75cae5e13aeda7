"""Columns of text from numbers: keys by a template, UUIDs."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.streams import GOLDEN, hashes
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.forms import strings
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

_FIELD: Final = re.compile(r"\{(?::(?:0(?P<width>[1-9]\d?))?d?)?\}")
MOST_PADDED: Final = 10**18
"""Twice this fits into whole numbers of 64 bits."""

_HEX: Final = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)


def is_template(text: str) -> bool:
    """Whether this is a template such as `ACC-{:06d}`; `[A-Z]{2}` is a pattern."""
    return re.search(r"\{(?::[^{}]*)?\}", text) is not None


def padded(numbers: IntArray, digits: int) -> pl.Series:
    """Numbers from 0 as texts, with zeros before them up to so many digits."""
    longer = 10**digits
    if longer > MOST_PADDED or numbers.max(initial=0) >= longer:
        return pl.Series(numbers).cast(pl.String).str.zfill(digits)
    # To cut the first digit off takes half the time of filling up.
    return pl.Series(numbers + longer).cast(pl.String).str.slice(1)


def by_template(numbers: IntArray, template: str) -> pl.Series:
    """A key for each number from 0: `ACC-{:06d}` gives ACC-000007. Numbers of more digits are written in full.

    Args:
        numbers: Whole numbers from 0.
        template: Text with one place for the number, `{}`, `{:d}` or `{:06d}`; braces of the text are doubled.

    Raises:
        SynthDealError: It has no place for the number, several, or a place of another form ("datasets.template").
    """
    text = template.replace("{{", "\0").replace("}}", "\1")
    field = _FIELD.search(text)
    rest = _FIELD.sub("", text, count=1)
    if field is None or "{" in rest or "}" in rest:
        raise SynthDealError(
            f'The template "{template}" must have one place for the number, such as {{:06d}}: write one, and braces'
            " of the text twice.",
            code="datasets.template",
            usage=True,
        )
    before, after = (
        part.replace("\0", "{").replace("\1", "}") for part in (text[: field.start()], text[field.end() :])
    )
    digits = padded(numbers, int(field["width"] or 1))
    return pl.select(pl.concat_str(pl.lit(before), digits, pl.lit(after))).to_series()


def uuids(rows: IntArray, salt: str) -> pl.Series:
    """A UUID of version 4 (RFC 9562) for each row; different rows of one salt never get the same.

    Its 122 free bits are two rounds of a Feistel network over the row: the first 60 are a hash of the row, the others
    the row and a hash of the first.
    """
    high = hashes(rows, f"{salt}|uuid") >> np.uint64(4)
    low = (rows.astype(np.uint64) ^ mix(high * GOLDEN, f"{salt}|uuid, second half")) & np.uint64(2**62 - 1)
    first = (high >> np.uint64(12) << np.uint64(16)) | np.uint64(0x4000) | (high & np.uint64(0xFFF))
    halves = np.column_stack([first, low | np.uint64(1 << 63)]).astype(">u8")
    digits = _HEX[halves.view(np.uint8)].view(np.uint8)
    letters = np.full((rows.size, 36), ord("-"), dtype=np.uint8)
    for start, end, column in ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24)):
        letters[:, column : column + end - start] = digits[:, start:end]
    return strings(np.arange(rows.size + 1, dtype=np.int64) * 36, letters.tobytes())

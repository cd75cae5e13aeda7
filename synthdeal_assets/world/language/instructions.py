"""Instructions to the scorer that some deals carry in their notes.

A text from a CRM is data, whatever it says; these test that scorers hold on to that. Hidden ones are written with
invisible or direction-changing characters of Unicode, as in known prompt injections.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import choose
from synthdeal_assets.world.language.phrasebook import banks
from synthdeal_assets.world.language.rendering import Words, render

_HIDDEN_MANNERS: Final = ("zero_width", "bidirectional")
ZERO_WIDTH_SPACE: Final = "\u200b"
RIGHT_TO_LEFT_OVERRIDE: Final = "\u202e"
POP_DIRECTION: Final = "\u202c"


def write_instructions(facts: pl.DataFrame, words: Words) -> pl.Series:
    """The instruction planted in each deal's notes, NULL where `carries_instruction` is false."""
    keys = facts["text_key"].to_numpy()
    (bank,) = banks("instructions.yaml")["instruction"]
    manner = _manners(bank.sections, facts)
    plain = render(bank, bank.codes(manner), words, keys)
    frame = pl.DataFrame({"plain": plain, "manner": manner})
    return frame.select(
        pl.when(pl.col("manner") == _HIDDEN_MANNERS[0])
        .then(pl.col("plain").str.replace_all(r"(\S)", "${1}" + ZERO_WIDTH_SPACE))
        .when(pl.col("manner") == _HIDDEN_MANNERS[1])
        .then(RIGHT_TO_LEFT_OVERRIDE + pl.col("plain").str.reverse() + POP_DIRECTION)
        .otherwise("plain")
    ).to_series()


def _manners(sections: tuple[str, ...], facts: pl.DataFrame) -> pl.Series:
    """Which kind of instruction each deal carries, NULL where it carries none."""
    drawn = pl.Series(np.array(sections)[choose(facts["text_key"].to_numpy(), "instruction/manner", len(sections))])
    return pl.select(pl.when(facts["carries_instruction"]).then(drawn)).to_series()

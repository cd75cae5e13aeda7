"""The eight evidence fields: what the seller wrote about each MEDDPICC element.

What the words must amount to and in which tone is given by the deals; here they are put into sentences. An element's
sentences depend on its own facts and on the deal's story, never on other elements, so that a field changes only when
something about it does.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.deal_facts import TONES
from synthdeal_assets.world.language.deal_story import INTERNAL, VENDOR, rival_kinds
from synthdeal_assets.world.language.fact_words import element_date_words, persons_on
from synthdeal_assets.world.language.phrasebook import Bank, banks
from synthdeal_assets.world.language.rendering import Words, render
from synthdeal_assets.world.language.sections import RENEWAL_SECTION, is_renewal
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

_LEVELS: Final = ("nothing", "identified", "validated", "leveraged")
_NOT_WRITTEN: Final = len(_LEVELS)


def write_evidence(facts: pl.DataFrame, words: Words) -> dict[str, pl.Series]:
    """The text of each element, NULL exactly where its witness is NULL.

    Args:
        facts: Columns of DEAL_FACTS.
        words: Words of the facts and of the story.
    """
    return {element: _write(facts, words, element) for element in MEDDPICC_COLUMNS}


def _write(facts: pl.DataFrame, words: Words, element: str) -> pl.Series:
    keys = facts["text_key"].to_numpy()
    dates = element_date_words(facts, element, keys)

    def text(bank_name: str, rows: BoolArray | None = None) -> pl.Series:
        (bank,) = _bank(bank_name)
        sections = _sections(facts, element, bank)
        here = words.with_words({**dates, **persons_on(facts, facts[f"{element}_date"], words, bank.slots)})
        return render(bank, sections if rows is None else np.where(rows, sections, -1), here, keys)

    if element != "competition":
        return text(element)
    is_vendor = rival_kinds(keys)
    texts = text(f"competition_{VENDOR}", is_vendor), text(f"competition_{INTERNAL}", ~is_vendor)
    return pl.select(pl.coalesce(*texts)).to_series()


def _bank(name: str) -> tuple[Bank, ...]:
    return banks(f"evidence_{name}.yaml" if not name.startswith("competition") else "evidence_competition.yaml")[name]


def _sections(facts: pl.DataFrame, element: str, bank: Bank) -> IntArray:
    """The section for each row's kind, witness and tone: that of the tone when the bank has one, else the level's."""
    witness = facts[f"{element}_witness"].fill_null(_NOT_WRITTEN).to_numpy()
    tone = facts[f"{element}_tone"].cast(pl.Enum(TONES)).to_physical().fill_null(0).to_numpy()
    sections: IntArray = _section_codes(bank.sections)[is_renewal(facts).astype(np.int64), witness, tone]
    return sections


@cache
def _section_codes(sections: tuple[str, ...]) -> IntArray:
    """The code of each section; shape (renewal or not, levels and one for what is not written, tones)."""
    codes = np.full((2, len(_LEVELS) + 1, len(TONES)), -1)
    for kind, prefix in enumerate(("", f"{RENEWAL_SECTION} ")):
        for level, name in enumerate(_LEVELS):
            for position, tone in enumerate(TONES):
                section = f"{prefix}{name}_{tone}"
                codes[kind, level, position] = sections.index(section if section in sections else f"{prefix}{name}")
    return codes

"""What the seller writes when a deal is won or lost: the note of the closing, and which vendor it was up against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from synthdeal_assets.world.frames import day_numbers, scatter
from synthdeal_assets.world.language.deal_story import rival_kinds
from synthdeal_assets.world.language.fact_words import date_styles, date_words
from synthdeal_assets.world.language.notes import NOTES_FILE
from synthdeal_assets.world.language.phrasebook import banks
from synthdeal_assets.world.language.rendering import Words, render
from synthdeal_assets.world.language.sections import of_kind


def known_competitors(facts: pl.DataFrame, words: Words, texts: Sequence[pl.Series]) -> pl.Series:
    """The vendor of each closed deal that was lost to one or whose seller knew of one; NULL elsewhere.

    Args:
        facts: Columns of DEAL_FACTS.
        words: Words of the facts and of the story.
        texts: What the seller has written; whoever is named there is known of.
    """
    vendor = words["vendor"]
    is_vendor = pl.Series(rival_kinds(facts["text_key"].to_numpy()))
    is_lost_to_one, is_closed = facts["closing"] == "Lost to Competitor", facts["closing"].is_not_null()
    is_known = is_vendor & (is_lost_to_one | (facts["competition_witness"].fill_null(0) >= 1))
    unsure = np.flatnonzero((is_closed & ~is_known.fill_null(value=False)).to_numpy())
    frame = pl.DataFrame({"vendor": vendor[unsure]} | {str(place): text[unsure] for place, text in enumerate(texts)})
    names_it = frame.select(
        pl.any_horizontal(
            pl.col(str(place)).str.contains(pl.col("vendor"), literal=True).fill_null(value=False)
            for place in range(len(texts))
        )
    ).to_series()
    is_named = scatter(names_it, unsure, facts.height).fill_null(value=False)
    return pl.select(pl.when(is_closed & (is_known | is_named)).then(vendor)).to_series()


def write_closing_notes(facts: pl.DataFrame, words: Words) -> pl.Series:
    """One sentence or two on how each closed deal ended; NULL while it is open.

    It names a champion or an economic buyer only by way of {us}, whom every seller knows.
    """
    keys = facts["text_key"].to_numpy()
    closed = np.where(
        facts["closed_date"].is_null(), day_numbers(facts["created_date"]), day_numbers(facts["closed_date"])
    )
    (bank,) = banks(NOTES_FILE)["closing"]
    return render(
        bank,
        bank.codes(of_kind(facts, facts["closing"])),
        words.with_words({"closed": date_words(closed, date_styles(keys))}),
        keys,
    )

"""The texts of deals, put together: the way from DEAL_FACTS to DEAL_TEXTS."""

from __future__ import annotations

from typing import Final

import polars as pl

from synthdeal_assets.world.deal_facts import DEAL_TEXTS
from synthdeal_assets.world.language.closings import known_competitors, write_closing_notes
from synthdeal_assets.world.language.deal_story import add_story
from synthdeal_assets.world.language.evidence import write_evidence
from synthdeal_assets.world.language.fact_words import fact_words, persons_on
from synthdeal_assets.world.language.instructions import write_instructions
from synthdeal_assets.world.language.notes import write_names, write_next_steps, write_notes
from synthdeal_assets.world.language.rendering import Words

_ROWS_AT_ONCE: Final = 40_000
"""The words of so many rows fit into the processor's caches better than those of a million."""


def write_deal_texts(facts: pl.DataFrame) -> pl.DataFrame:
    """Everything that is written about the deals.

    The text of a row depends on that row alone, and on its `text_key` for every choice of words.

    Args:
        facts: Columns of DEAL_FACTS, one row for each deal.

    Returns:
        Columns of DEAL_TEXTS, the same rows in the same order.

    Raises:
        polars.exceptions.InvalidOperationError: An industry, product family, segment, stage, type or lead source is
            not one that the language knows.
    """
    parts = [_write(part) for part in facts.iter_slices(_ROWS_AT_ONCE)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=DEAL_TEXTS)


def _write(facts: pl.DataFrame) -> pl.DataFrame:
    words = add_story(Words(fact_words(facts)), facts)
    while_open = words.with_words(persons_on(facts, facts["last_modified_date"], words))
    planted = write_instructions(facts, while_open)
    notes, clean_notes = write_notes(facts, while_open, planted)
    evidence = write_evidence(facts, words)
    texts = pl.DataFrame(
        {
            "opportunity_id": facts["opportunity_id"],
            "name": write_names(facts, words),
            "notes": notes,
            "next_step": write_next_steps(facts, while_open),
            "competitor": known_competitors(facts, words, [clean_notes, *evidence.values()]),
            "closing_note": write_closing_notes(facts, words),
            **evidence,
            "planted_instruction": planted,
            "clean_notes": clean_notes.zip_with(planted.is_not_null(), pl.Series([None], dtype=pl.String)),
        }
    )
    return texts.select(list(DEAL_TEXTS)).cast(pl.Schema(DEAL_TEXTS))

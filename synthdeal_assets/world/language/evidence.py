"""What stands in the evidence fields: for each MEDDPICC element a text that reads as its witness level and tone say.

The sentences are in `evidence.yaml`; who noticed what and when was decided by the deals and comes in as facts.
"""

from __future__ import annotations

import polars as pl

from synthdeal_assets.world.language.phrases import phrasebook_of
from synthdeal_assets.world.language.slots import writing_slots
from synthdeal_assets.world.language.templates import KEY, write
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS


def write_evidence(facts: pl.DataFrame, slots: pl.DataFrame) -> pl.DataFrame:
    """The eight evidence columns, in the order of the rows; NULL exactly where the witness is NULL.

    Args:
        facts: Rows of DEAL_FACTS.
        slots: What may be filled in, of the same rows.
    """
    return pl.DataFrame([_element(element, facts, slots) for element in MEDDPICC_COLUMNS])


def _element(element: str, facts: pl.DataFrame, slots: pl.DataFrame) -> pl.Series:
    keys = slots[KEY].to_numpy()
    group = facts.select(pl.concat_str(f"{element}_tone", f"{element}_witness", separator="/")).to_series()
    everything = slots.hstack(writing_slots(facts[f"{element}_date"], keys, element))
    return write(phrasebook_of("evidence", element), group, everything).alias(element)

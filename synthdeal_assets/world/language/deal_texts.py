"""All texts of a deal put together: its name, notes, next step and evidence.

Each row's texts follow from that row's facts alone, so any rows can be written together or apart with the same result.
"""

from __future__ import annotations

import polars as pl

from synthdeal_assets.world.deal_facts import DEAL_TEXTS
from synthdeal_assets.world.language.evidence import write_evidence
from synthdeal_assets.world.language.notes import write_notes
from synthdeal_assets.world.language.phrases import phrasebook_of
from synthdeal_assets.world.language.slots import fact_slots
from synthdeal_assets.world.language.templates import write


def write_deal_texts(facts: pl.DataFrame) -> pl.DataFrame:
    """The texts of some deals.

    Args:
        facts: Rows of DEAL_FACTS, any number of them.

    Returns:
        Rows of DEAL_TEXTS, one for each row of the facts, in the same order.
    """
    slots = fact_slots(facts)
    every = pl.repeat("any", facts.height, eager=True)
    texts = pl.DataFrame(
        [
            facts["opportunity_id"],
            write(phrasebook_of("notes", "name"), every, slots).alias("name"),
            write(phrasebook_of("notes", "next_step"), every, slots).alias("next_step"),
            *write_evidence(facts, slots),
            *write_notes(facts, slots),
        ]
    )
    return texts.select(*DEAL_TEXTS)

"""The notes of a deal."""

from __future__ import annotations

import polars as pl

from synthdeal_assets.world.language.phrases import phrasebook_of
from synthdeal_assets.world.language.templates import write


def write_notes(facts: pl.DataFrame, slots: pl.DataFrame) -> pl.DataFrame:
    """Notes."""
    every = pl.repeat("any", facts.height, eager=True)
    clean = write(phrasebook_of("notes", "notes"), every, slots)
    instruction = write(phrasebook_of("notes", "instruction"), every, slots)
    planted = facts["carries_instruction"]
    return pl.DataFrame({"clean": clean, "instruction": instruction, "planted": planted}).select(
        notes=pl.when("planted").then(pl.concat_str("clean", "instruction", separator=" ")).otherwise("clean"),
        planted_instruction=pl.when("planted").then("instruction"),
        clean_notes=pl.when("planted").then("clean"),
    )

"""What the language of the world is told about a deal: the frame between the deals and their texts.

The deals decide what happened and what the seller noticed; the language decides how it reads. The language sees
nothing but these columns, and its choices depend on `text_key` and the facts of the row alone, so that a text changes
only when a fact in it changes. Neither side's logic belongs here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

TONES: Final = ("plain", "vague", "optimistic", "outdated", "departed")
"""How a seller writes: as it is; without substance; better than it is; about something that was true once; of the
champion, that they have left."""

WON: Final = "won"

PERSONS: Final = ("economic_buyer", "champion", "technical", "procurement", "user")
"""The persons a text may name, all of them contacts of the account."""

DEAL_FACTS: Final[dict[str, pl.DataType]] = {
    "opportunity_id": pl.String(),
    "text_key": pl.UInt64(),  # random key of the deal: every choice of words follows from it
    "account_name": pl.String(),
    "industry": pl.String(),
    "segment": pl.String(),
    "region": pl.String(),
    "billing_city": pl.String(),
    "number_of_employees": pl.Int64(),
    "is_customer": pl.Boolean(),  # the account has bought before
    "is_repeat": pl.Boolean(),  # an earlier deal on record with the account is about the same product
    "phase": pl.Int32(),  # 1 for the first deal of the quarter about the product with the account, then 2 and so on
    "product_id": pl.String(),
    "product_name": pl.String(),
    "product_family": pl.String(),
    "product_unit": pl.String(),
    "quantity": pl.Int64(),  # units of the product offered
    "held_quantity": pl.Int64(),  # units of it that the account had under contract when the deal was created
    "unit_price": pl.Float64(),  # USD for one unit of it, after the discount
    "amount": pl.Float64(),  # USD; a round guess before Proposal/Price Quote, from then on the sum of what is offered
    "products": pl.Int32(),  # how many products are offered; what is said of one is said of the main one
    "contract_end": pl.Date(),  # last day of the contract that is renewed; NULL unless it is a renewal
    "worth": pl.Float64(),  # USD: the first offer, exactly; it never changes, and the sums of the story follow from it
    "type": pl.String(),
    "lead_source": pl.String(),
    "owner_name": pl.String(),  # who created the deal; a successor who takes it over rewrites nothing
    "stage_name": pl.String(),  # the last open stage as the seller set it
    "created_date": pl.Date(),
    "last_modified_date": pl.Date(),
    "close_date": pl.Date(),  # as expected on the last open day, never the actual outcome
    "closing": pl.String(),  # WON, or the reason of the loss as one of LOST_REASONS; NULL while the deal is open
    "closed_date": pl.Date(),  # NULL while the deal is open
    "slips": pl.Int32(),  # how often the close date has moved out so far
    # Who it is at the end of what is written, closing included.
    **{f"{person}_name": pl.String() for person in PERSONS},  # full names, never NULL
    **{f"{person}_title": pl.String() for person in PERSONS},
    # Whom they have succeeded since the deal was created; NULL while nobody is known to have left.
    **{f"departed_{person}_name": pl.String() for person in PERSONS},
    **{f"departed_{person}_title": pl.String() for person in PERSONS},
    **{f"{person}_since": pl.Date() for person in PERSONS},  # when that was found out; texts of before are about them
    # What the seller's words amount to: NULL nothing is written; 0 no substance; 1 to 3 the level they read as.
    **{f"{element}_witness": pl.Int32() for element in MEDDPICC_COLUMNS},
    **{f"{element}_tone": pl.String() for element in MEDDPICC_COLUMNS},  # one of TONES
    **{f"{element}_date": pl.Date() for element in MEDDPICC_COLUMNS},  # when it was written; NULL with the witness
    "carries_instruction": pl.Boolean(),  # an instruction to the scorer is planted in the notes
}

DEAL_TEXTS: Final[dict[str, pl.DataType]] = {
    "opportunity_id": pl.String(),
    "name": pl.String(),
    "notes": pl.String(),
    "next_step": pl.String(),  # on the last open day; NULL when nothing is written
    "competitor": pl.String(),  # of a closed deal, one of COMPETITORS; NULL when none is known of
    "closing_note": pl.String(),  # NULL while the deal is open
    **dict.fromkeys(MEDDPICC_COLUMNS, pl.String()),  # NULL exactly where the witness is NULL
    "planted_instruction": pl.String(),  # NULL unless carries_instruction
    "clean_notes": pl.String(),  # NULL unless carries_instruction
}
"""What the language gives back: one row for each row of the facts, in the same order."""

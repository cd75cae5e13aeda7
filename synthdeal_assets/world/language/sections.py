"""Which sections of the phrase banks are about what a customer has: nobody sells for the first time what is in use.

Which section a deal has among those of its kind is decided beside the bank.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray
from synthdeal_assets.world.salesforce_picklists import RENEWAL, UPGRADE

UPGRADE_OF_ANOTHER: Final = f"{UPGRADE} of another product"
RENEWAL_SECTION: Final = "renewal"
"""The section of renewals, and what their sections begin with where a bank has several."""


def is_renewal(facts: pl.DataFrame) -> BoolArray:
    """Whether each deal is a renewal."""
    return (facts["type"] == RENEWAL).to_numpy()


def of_business(facts: pl.DataFrame) -> pl.Series:
    """The kind of business, apart for an upgrade by a product that the customer does not have yet."""
    is_another = (pl.col("type") == UPGRADE) & (pl.col("held_quantity") == 0)
    return facts.select(pl.when(is_another).then(pl.lit(UPGRADE_OF_ANOTHER)).otherwise("type")).to_series()


def of_kind(facts: pl.DataFrame, sections: pl.Series) -> pl.Series:
    """The sections, in the place of which renewals have their own; NULL stays NULL."""
    frame = pl.DataFrame({"section": sections, "is_renewal": is_renewal(facts)})
    own = pl.concat_str(pl.lit(f"{RENEWAL_SECTION} "), "section")
    return frame.select(pl.when("is_renewal").then(own).otherwise("section")).to_series()

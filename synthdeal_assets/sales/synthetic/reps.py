"""Who looks after which customer of the synthetic log on which day, from the seats of the world's sales team.

A seat stays when its holder leaves, so a customer is tied to a seat, and the rep of an invoice is whoever held that on
its day: an invoice of last year keeps its name when somebody leaves today.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose
from synthdeal_assets.foundation.drawing.row_days import last_begun, row_days
from synthdeal_assets.world.tables import REGIONS, SELLER

_SEAT_IN_ID: Final = r"^USR-(\d{4})"


class Reps:
    """The seats of the sales team and who had them when.

    Args:
        users: crm.users, with all who had a seat in the years of the log among them.
    """

    def __init__(self, users: pl.DataFrame) -> None:
        people = users.select(
            "user_id",
            "name",
            "role",
            "region",
            seat=pl.col("user_id").str.extract(_SEAT_IN_ID).cast(pl.Int64),
            day=pl.col("hired_date").to_physical().cast(pl.Int64),
        ).sort("seat", "day")
        self._seat_of = people.select("user_id", "seat")
        self._name = people["name"]
        self._seat = people["seat"].to_numpy()
        self._begins = row_days(self._seat, people["day"].to_numpy())
        sellers = people.filter(role=SELLER).unique("seat", keep="first", maintain_order=True)
        self._seats = {
            region: (of_region if (of_region := sellers.filter(region=region)).height else sellers)["seat"].to_numpy()
            for region in REGIONS
        }

    def seats_of(self, owner_id: pl.Series) -> IntArray:
        """The seat of each user."""
        owners = owner_id.to_frame("user_id").join(self._seat_of, on="user_id", how="left", maintain_order="left")
        return owners["seat"].to_numpy()

    def some_seat(self, region: IntArray, key: UInt64Array, salt: str) -> IntArray:
        """A seller's seat in each region (a position in REGIONS), in any where the region has none."""
        chosen = np.zeros(region.size, dtype=np.int64)
        for number, name in enumerate(REGIONS):
            rows = np.flatnonzero(region == number)
            seats = self._seats[name]
            chosen[rows] = seats[choose(key[rows], salt, seats.size)]
        return chosen

    def names_on(self, seat: IntArray, day: IntArray) -> pl.Series:
        """The name of each seat's holder on a day of its own (days since 1970-01-01)."""
        holder = last_begun(self._begins, seat, day)
        return self._name.gather(np.maximum(holder, np.searchsorted(self._seat, seat)))

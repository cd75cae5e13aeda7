"""Who looks after which customer of the synthetic log on which day, from the owners of the world's accounts.

An account stays when its owner leaves, so a customer is tied to an account, and the rep of an invoice is whoever owned
that on its day: an invoice of last year keeps its name when somebody leaves today.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose
from synthdeal_assets.world.history_tables import ACCOUNT
from synthdeal_assets.world.tables import REGIONS

_DAY_BITS: Final = 24


class Reps:
    """The owners of the accounts, now and before.

    Args:
        accounts: crm.accounts.
        users: crm.users.
        owner_history: crm.owner_history; before its first change of an account, that one's old owner had it.
    """

    def __init__(self, accounts: pl.DataFrame, users: pl.DataFrame, owner_history: pl.DataFrame) -> None:
        self._region = accounts["region"].to_numpy()
        self._name = users["name"]
        row_of_user = users.select(owner_id="user_id", user=pl.int_range(pl.len()))
        owned = accounts.select("account_id", "owner_id", account=pl.int_range(pl.len()))
        changes = (
            owner_history.filter(object_name=ACCOUNT)
            .join(owned.select(record_id="account_id", account="account"), on="record_id")
            .join(row_of_user, left_on="old_owner_id", right_on="owner_id")
            .sort("account", "created_date")
        )
        self._owner = owned.join(row_of_user, on="owner_id", maintain_order="left")["user"].to_numpy()
        # The last entry belongs to no account, so that a search that ends behind all changes finds none.
        self._changed = np.append(changes["account"].to_numpy(), -1)
        self._old_owner = np.append(changes["user"].to_numpy(), 0)
        days = changes["created_date"].to_physical().cast(pl.Int64).to_numpy()
        self._moments = (self._changed[:-1] << _DAY_BITS) + days

    def account_of(self, region: IntArray, key: UInt64Array, salt: str) -> IntArray:
        """The row of an account of each region, of any where the region has none."""
        chosen = np.zeros(region.size, dtype=np.int64)
        for number, name in enumerate(REGIONS):
            there = np.flatnonzero(self._region == name)
            candidates = there if there.size else np.arange(self._region.size)
            rows = np.flatnonzero(region == number)
            chosen[rows] = candidates[choose(key[rows], salt, candidates.size)]
        return chosen

    def names_on(self, account: IntArray, day: IntArray) -> pl.Series:
        """The name of each account's owner on a day of its own (days since 1970-01-01)."""
        following = np.searchsorted(self._moments, (account << _DAY_BITS) + day, side="right")
        changes_later = self._changed[following] == account
        return self._name.gather(np.where(changes_later, self._old_owner[following], self._owner[account]))

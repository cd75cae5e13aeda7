"""The organisation the deals happen in: sales team, products, accounts and their people, put together.

It does not depend on the day the world is seen on: who is in the team on which day is asked of it. Opportunities and
everything about them belong elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets.world.accounts import account_keys, build_accounts
from synthdeal_assets.world.contacts import Contacts
from synthdeal_assets.world.external_ids import external_id, world_code
from synthdeal_assets.world.person_names import person_names
from synthdeal_assets.world.sales_team import SalesTeam, account_seats, build_products, build_team
from synthdeal_assets.world.seats import Seats
from synthdeal_assets.world.spec import account_count
from synthdeal_assets.world.tables import ACCOUNT_NAMES, ACCOUNTS


@dataclass(frozen=True)
class Organisation:
    """Sales team, products, accounts and contacts of one world.

    Attributes:
        team: The seats of the sales team and their people.
        code: Code of the world, which external ids hold.
        products: crm.products.
        accounts: crm.accounts without the owners.
        account_seat: For each account the seat in the team that looks after it.
        contacts: Who holds which seat at the accounts, and what they are called.
    """

    team: SalesTeam
    code: str
    products: pl.DataFrame
    accounts: pl.DataFrame
    account_seat: IntArray
    contacts: Contacts

    @property
    def seats(self) -> Seats:
        """The seats at the accounts."""
        return self.contacts.seats

    def accounts_on(self, as_of: int) -> pl.DataFrame:
        """crm.accounts with the owners of a day."""
        owner = self.team.turnover.holder_on(self.account_seat, np.full(self.account_seat.size, as_of))
        return ACCOUNTS.conform(self.accounts.with_columns(owner_id=self.team.people["user_id"][owner]))


def build_organisation(seed: int, size: int, account_names: str) -> Organisation:
    """The organisation for a world of this seed and size; the same arguments give the same frames.

    Args:
        seed: Seed of the world.
        size: Opportunities in the world; there is about one account for two of them.
        account_names: "public" for real public companies, "fictional" for invented ones.

    Raises:
        ValueError: `account_names` is neither, or there are not as many names as accounts.
    """
    if account_names not in ACCOUNT_NAMES:
        raise ValueError(f"account_names is {account_names!r}, neither {' nor '.join(ACCOUNT_NAMES)}")
    count = account_count(size)
    key = account_keys(seed, count)
    accounts = build_accounts(seed, count, account_names)
    code = world_code(seed, size, account_names)
    team = build_team(seed, size, accounts["region"], code)
    created = accounts["created_date"].to_physical().cast(pl.Int64).to_numpy()
    return Organisation(
        team=team,
        code=code,
        products=build_products(code),
        accounts=accounts.drop("domain").with_columns(external_id(code, "account_id")),
        account_seat=account_seats(team, accounts["region"], key),
        contacts=Contacts(
            seats=Seats(key, created),
            names=person_names(seed),
            accounts=accounts.select("account_id", "segment", "billing_country", "billing_city", "domain"),
        ),
    )

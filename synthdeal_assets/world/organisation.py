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
from synthdeal_assets.world.contacts import build_contacts, contact_counts
from synthdeal_assets.world.external_ids import external_id, world_code
from synthdeal_assets.world.sales_team import SalesTeam, account_seats, build_products, build_team
from synthdeal_assets.world.spec import account_count
from synthdeal_assets.world.tables import ACCOUNT_NAMES, ACCOUNTS, CONTACTS


@dataclass(frozen=True)
class Organisation:
    """Sales team, products, accounts and contacts of one world.

    Attributes:
        team: The seats of the sales team and their people.
        code: Code of the world, which external ids hold.
        products: crm.products.
        accounts: crm.accounts without the owners.
        account_seat: For each account the seat in the team that looks after it.
        contacts: crm.contacts; those of one account stand together, in the order of the accounts.
        contact_start: For each account the position in `contacts` of its first contact.
        contact_count: For each account the number of its contacts, at least 5. By place: 0 a senior executive who
            holds budget, 1 a director or manager of the function (who may become the champion), 2 technical, 3
            procurement or legal, 4 and on users.
    """

    team: SalesTeam
    code: str
    products: pl.DataFrame
    accounts: pl.DataFrame
    account_seat: IntArray
    contacts: pl.DataFrame
    contact_start: IntArray
    contact_count: IntArray

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
    contact_count = contact_counts(key)
    contacts = build_contacts(seed, accounts, key, contact_count)
    return Organisation(
        team=team,
        code=code,
        products=build_products(code),
        accounts=accounts.drop("domain").with_columns(external_id(code, "account_id")),
        account_seat=account_seats(team, accounts["region"], key),
        contacts=CONTACTS.conform(contacts),
        contact_start=np.cumsum(contact_count) - contact_count,
        contact_count=contact_count,
    )

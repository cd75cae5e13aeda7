"""The organisation the deals happen in: sales team, products, accounts and their people, put together.

It does not depend on the day the world is seen on: everybody was there before the first possible day. Opportunities
and everything about them belong elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets.world.accounts import account_keys, build_accounts
from synthdeal_assets.world.contacts import build_contacts, contact_counts
from synthdeal_assets.world.sales_team import account_owners, build_products, build_users
from synthdeal_assets.world.spec import account_count
from synthdeal_assets.world.tables import ACCOUNT_NAMES, ACCOUNTS, CONTACTS, USERS


@dataclass(frozen=True)
class Organisation:
    """Users, products, accounts and contacts of one world.

    Attributes:
        users: crm.users; head of sales, then managers, then account executives.
        products: crm.products.
        accounts: crm.accounts.
        contacts: crm.contacts; those of one account stand together, in the order of the accounts.
        contact_start: For each account the position in `contacts` of its first contact.
        contact_count: For each account the number of its contacts, at least 5. By place: 0 a senior executive who
            holds budget, 1 a director or manager of the function (who may become the champion), 2 technical, 3
            procurement or legal, 4 and on users.
    """

    users: pl.DataFrame
    products: pl.DataFrame
    accounts: pl.DataFrame
    contacts: pl.DataFrame
    contact_start: IntArray
    contact_count: IntArray


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
    users = build_users(seed, size, accounts["region"])
    contact_count = contact_counts(key)
    contacts = build_contacts(seed, accounts, key, contact_count)
    return Organisation(
        users=USERS.conform(users),
        products=build_products(),
        accounts=ACCOUNTS.conform(
            accounts.drop("domain").with_columns(owner_id=account_owners(users, accounts["region"], key))
        ),
        contacts=CONTACTS.conform(contacts),
        contact_start=np.cumsum(contact_count) - contact_count,
        contact_count=contact_count,
    )

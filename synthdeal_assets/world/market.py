"""The organisation with everything that has been sold in it: who was a customer on which day, and of what.

Whether an account is a customer says what it is offered and how good the chance is, and what it buys says whether it is
one. It is found by repeating: with nobody a customer at first, the deals are drawn, their wins make contracts, and the
deals of every account for which these change what it had on the day of a deal are drawn anew, until nothing changes.
That comes to an end, because what an account has on a day hangs on earlier days alone. What an account buys hangs on no
other one, so that each round is about those accounts alone which the round before has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.entries import whole_groups
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.foundation.drawing.row_days import row_days
from synthdeal_assets.foundation.parallel import made_in_order
from synthdeal_assets.world.calendar import PERIODS, WINDOW_DAYS, record_start
from synthdeal_assets.world.contracts import Contracts, Wins, run_contracts
from synthdeal_assets.world.customers import Customers
from synthdeal_assets.world.deals import complete_deals
from synthdeal_assets.world.frames import dates, named, timestamps
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.record_moments import account_moments
from synthdeal_assets.world.renewals import decide_renewals
from synthdeal_assets.world.sales_book import SalesBook, blank_sales_book
from synthdeal_assets.world.salesforce_picklists import ACCOUNT_TYPES
from synthdeal_assets.world.stages import draw_paths
from synthdeal_assets.world.tables import ACCOUNTS
from synthdeal_assets.world.turnover import people_record_start

ROWS_AT_ONCE: Final = 50_000
DEALS_AT_ONCE: Final = 400_000
"""Deals that are settled together, about, so that what each round needs stays small in a large world."""

REMEMBERED_DAYS: Final = 2 * PERIODS * WINDOW_DAYS
"""What was sold longer ago is forgotten once it is known what came of it: names of deals hang on that of the periods on
record and as many before, and nothing else looks back as far."""


@dataclass(frozen=True)
class Market:
    """The organisation and its contracts.

    Attributes:
        book: The organisation, with the deals of the `REMEMBERED_DAYS` and who is a customer on these days.
        contracts: The contracts that ran on these days or were an account's last ones, and the renewals since then.
        deal_days: Account and day of every deal of the days that the organisation looked back to, renewals among them,
            as `row_days` gives them, in order.
    """

    book: SalesBook
    contracts: Contracts
    deal_days: IntArray

    def on_record(self, as_of: int) -> BoolArray:
        """By account, whether it is in the CRM on the day that the market was opened for.

        It is while it or a part of it has its slot, has a deal on record, or has a contract there.
        """
        accounts, contracts = self.book.organisation.accounts, self.contracts
        result: BoolArray = accounts.ends >= record_start(as_of)
        result[contracts.account[contracts.last_day >= people_record_start(as_of)]] = True
        result[contracts.renewals.account[contracts.renewals.created >= record_start(as_of)]] = True
        result &= accounts.created <= as_of
        result[accounts.parent[result & (accounts.parent >= 0)]] = True
        return result


def accounts_on(market: Market, on_record: BoolArray, as_of: int) -> pl.DataFrame:
    """crm.accounts on a day.

    Args:
        market: The market, opened for the day.
        on_record: By account, whether it is in the CRM.
        as_of: The day (days since 1970-01-01).
    """
    organisation, customers = market.book.organisation, market.book.customers
    accounts = organisation.accounts
    rows = np.flatnonzero(on_record)
    owner = organisation.team.turnover.holder_on(accounts.seat[rows], np.full(rows.size, as_of))
    frame = accounts.frame[rows]
    kinds = customers.account_types(rows, as_of, frame["is_channel"].to_numpy())
    buys = (accounts.ends[rows] >= as_of) | customers.is_customer(rows, np.full(rows.size, as_of))
    return ACCOUNTS.conform(
        frame.drop("domain", "is_channel")
        .with_columns(
            owner_id=organisation.team.people["user_id"][owner],
            type=named(kinds, ACCOUNT_TYPES),
            created_date=dates(accounts.created[rows]),
            created_at=timestamps(
                account_moments(organisation.team, accounts.key[rows], accounts.seat[rows], accounts.created[rows])
            ),
            is_active=pl.Series(buys),
        )
        .sort("account_id")
    )


def open_market(organisation: Organisation, as_of: int) -> Market:
    """Everything that has been sold in an organisation up to a day (days since 1970-01-01)."""
    account = organisation.origins.account
    book = blank_sales_book(organisation)
    # By account, because looking up one account after the other is several times as fast.
    deals = np.argsort(account, kind="stable")
    parts = whole_groups(deals, account[deals], DEALS_AT_ONCE)
    remembered_from = as_of - REMEMBERED_DAYS + 1
    remembered, deal_days = [], [row_days(account, organisation.origins.created)]
    settled = made_in_order([partial(_settled, book, as_of, part) for part in parts])
    for contracts in chain.from_iterable(settled):
        remembered.append(contracts.since(remembered_from))
        deal_days.append(row_days(contracts.renewals.account, contracts.renewals.created))
    joined = Contracts.joined(remembered)
    return Market(
        replace(
            book,
            organisation=replace(organisation, origins=organisation.origins.of(range(remembered_from, as_of + 1))),
            customers=Customers(joined.spans()),
        ),
        joined,
        np.sort(np.concatenate(deal_days)),
    )


def _settled(book: SalesBook, as_of: int, deals: IntArray) -> list[Contracts]:
    """What comes of the deals at some positions of the origins, by round, after nothing at all of no deals.

    Args:
        book: The organisation, with nobody a customer.
        as_of: The day that everything is found up to.
        deals: The deals by account, all that there are of each.
    """
    organisation = book.organisation
    contracts_of = partial(
        run_contracts,
        account_key=organisation.accounts.key,
        products=len(book.product_price),
        decide=decide_renewals(book),
        until=as_of,
    )
    account, created = organisation.origins.account[deals], organisation.origins.created[deals]
    held = book.customers.held_on(account, created)
    # A world may be without a deal, and one part is needed to join.
    settled = [contracts_of(Wins.none())]
    while deals.size:
        contracts = contracts_of(_wins_of(book, deals, as_of))
        book = replace(book, customers=Customers(contracts.spans()))
        before, held = held, book.customers.held_on(account, created)
        is_unsettled = np.zeros(organisation.accounts.key.size, dtype=np.bool_)
        is_unsettled[account[(held[0] != before[0]) | (held[1] != before[1])]] = True
        settled.append(contracts.of(~is_unsettled))
        again = is_unsettled[account]
        deals, account, created = deals[again], account[again], created[again]
        held = held[0][again], held[1][again]
    return settled


def _wins_of(book: SalesBook, deals: IntArray, as_of: int) -> Wins:
    """The wins up to a day among the deals at some positions of the origins."""
    parts = [Wins.none()]
    for first in range(0, deals.size, ROWS_AT_ONCE):
        drawn = complete_deals(book, book.organisation.origins.where(deals[first : first + ROWS_AT_ONCE]))
        drawn = drawn.where(drawn.won)
        paths = draw_paths(drawn, book)
        offers = draw_offers(drawn, book)
        offer = offers.standing(paths.last_stage), np.arange(drawn.key.size)
        part = Wins(
            account=drawn.account,
            created=drawn.created,
            index=drawn.index,
            closed=paths.outcome_day,
            type=drawn.type,
            product=drawn.product,
            quantity=offers.quantity[offer],
            unit_price=offers.unit_price[offer],
        )
        parts.append(part.where(part.closed <= as_of))
    return Wins.joined(parts)

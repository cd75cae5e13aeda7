"""The organisation with everything that has been sold in it: who was a customer on which day, and of what.

Whether an account is a customer says what it is offered and how good the chance is, and what it buys says whether it is
one. It is found by repeating: with nobody a customer at first, the deals are drawn, their wins make contracts, and the
deals of every account for which these change what it had on the day of a deal are drawn anew, until nothing changes.
That comes to an end, because what an account has on a day hangs on earlier days alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.calendar import NEVER, record_start
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

ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Market:
    """The organisation and its contracts.

    Attributes:
        book: The organisation, with who is a customer when.
        contracts: All contracts of the accounts of the last periods, and the renewals that come of them.
    """

    book: SalesBook
    contracts: Contracts

    def on_record(self, as_of: int) -> BoolArray:
        """By account, whether it is in the CRM on the day that the market was opened for.

        It is while it or a part of it has its slot, has a deal on record, or has a contract there.
        """
        accounts, contracts = self.book.organisation.accounts, self.contracts
        result: BoolArray = accounts.ends >= record_start(as_of)
        last_day = np.minimum(contracts.end, contracts.cut_end)
        result[contracts.account[last_day >= people_record_start(as_of)]] = True
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
    organisation, contracts = market.book.organisation, market.contracts
    accounts = organisation.accounts
    rows = np.flatnonzero(on_record)
    owner = organisation.team.turnover.holder_on(accounts.seat[rows], np.full(rows.size, as_of))
    frame = accounts.frame[rows]
    kinds = contracts.account_types(rows, as_of, frame["is_channel"].to_numpy())
    buys = (accounts.ends[rows] >= as_of) | contracts.is_customer(rows, np.full(rows.size, as_of))
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
    origins, accounts = organisation.origins, organisation.accounts
    book = blank_sales_book(organisation)
    decide = decide_renewals(book)
    wins = _no_wins()
    known = Customers(*(np.empty(0, dtype=np.int64) for _ in range(5)))
    rows = [np.empty(0, dtype=np.int64) for _ in range(5)]
    unsettled = np.ones(accounts.key.size, dtype=np.bool_)
    # By account, because looking up one account after the other is several times as fast.
    by_account = np.argsort(origins.account, kind="stable")
    while unsettled.any():
        deals = by_account[unsettled[origins.account[by_account]]]
        fresh = _wins_of(book, deals, as_of)
        wins = _joined(wins.where(~unsettled[wins.account]), fresh)
        contracts = run_contracts(fresh, accounts.key, len(book.product_price), decide, as_of)
        stay = ~unsettled[rows[0]]
        rows = [np.concatenate([old[stay], new]) for old, new in zip(rows, _what_ran(contracts), strict=True)]
        before = known.held_on(origins.account[deals], origins.created[deals])
        known = Customers(*rows)
        after = known.held_on(origins.account[deals], origins.created[deals])
        changed = (before[0] != after[0]) | (before[1] != after[1])
        unsettled = np.zeros_like(unsettled)
        unsettled[origins.account[deals[changed]]] = True
        book = replace(book, customers=known)
    return Market(book, run_contracts(wins, accounts.key, len(book.product_price), decide, as_of))


def _wins_of(book: SalesBook, deals: IntArray, as_of: int) -> Wins:
    """The wins up to a day among the deals at some positions of the origins."""
    parts = [_no_wins()]
    for first in range(0, deals.size, ROWS_AT_ONCE):
        drawn = complete_deals(book, book.organisation.origins.at(deals[first : first + ROWS_AT_ONCE]))
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
    return _joined(*parts)


def _what_ran(contracts: Contracts) -> tuple[IntArray, ...]:
    """Account, product, quantity, first and last day of each contract that was not cancelled before it began."""
    end = np.where(contracts.cut_known < NEVER, contracts.cut_end, contracts.end)
    ran: BoolArray = end >= contracts.start
    return tuple(
        values[ran] for values in (contracts.account, contracts.product, contracts.quantity, contracts.start, end)
    )


def _no_wins() -> Wins:
    return Wins(**{field.name: np.empty(0, dtype=np.int64) for field in fields(Wins)})


def _joined(*wins: Wins) -> Wins:
    return Wins(**{field.name: np.concatenate([getattr(part, field.name) for part in wins]) for field in fields(Wins)})

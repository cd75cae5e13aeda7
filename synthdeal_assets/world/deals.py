"""Who tries to sell what to whom, how good the chance is, and how it ends: one draw for each deal and its whole future.

A deal follows from the seed, the day it is created and its index in that day, whatever day the world is seen on. When
it passes through which stage belongs in `stages.py`, what is found out in `truth.py`, what the seller writes in
`evidence_timeline.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.entries import Entries
from synthdeal_assets.foundation.drawing.randomness import (
    BoolArray,
    FloatArray,
    IntArray,
    UInt64Array,
    choose,
    choose_by_share,
    normal,
    uniform,
)
from synthdeal_assets.world.calendar import NEVER
from synthdeal_assets.world.origins import STRANGERS_LEAD_SHARES, Origins, strangers_lead_source
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.sales_team import CADENCE_DAYS
from synthdeal_assets.world.salesforce_picklists import DOWNGRADE, NEW_CUSTOMER, OPPORTUNITY_TYPES, REPLACEMENT
from synthdeal_assets.world.seats import CHAMPION
from synthdeal_assets.world.tables import SELLER

_CUSTOMERS_LEAD_SHARES: Final = (0.0, 0.28, 0.27, 0.0, 0.45)
"""Shares of LEAD_SOURCES among deals with customers: nobody buys the address of a customer, or waits for one to fill in
a web form."""
_CUSTOMER_TYPE_SHARES: Final = (0.70, 0.22, 0.08)
"""Of customers' deals: upgrade, replacement, downgrade."""

COLLEAGUE_SHARE: Final = 0.08
"""Deals that a colleague in the region works instead of the account's owner."""

_QUALITY, _SKILL, _FIT = 0.80, 0.45, 0.40
"""Weights of the deal's own quality, the seller's skill and the product's fit; their squares add up to one."""
_NEWCOMER: Final = 0.6
"""Appeal that a deal of a seller's first day has less; it becomes nothing over RAMP_DAYS."""
RAMP_DAYS: Final = 182
_MEAN_INEXPERIENCE: Final = RAMP_DAYS / 2 / CADENCE_DAYS[SELLER]
"""Taken off again, so that newcomers change who wins and not how much is won in all."""
_BASE_LOG_ODDS: Final = -1.97
_APPEAL_LOG_ODDS: Final = 1.45
_CUSTOMER_LOG_ODDS: Final = 0.80
"""Chosen so that about a quarter of the deals are won and the probability ranks outcomes with an AUC of about 0.8."""
MEDIAN_CYCLE: Final = np.array([70, 120, 175])
"""Days to a win by segment; the order of magnitude of published B2B benchmarks, no particular one."""
CHAMPION_LEAVES_LOG_ODDS: Final = -1.2
"""Added where the champion leaves the company within these days; those of the deal itself hang on its chance."""

_NEW_CUSTOMER_TYPE: Final = OPPORTUNITY_TYPES.index(NEW_CUSTOMER)
_REPLACEMENT_TYPE: Final = OPPORTUNITY_TYPES.index(REPLACEMENT)
DOWNGRADE_TYPE: Final = OPPORTUNITY_TYPES.index(DOWNGRADE)


@dataclass(frozen=True)
class Deals(Entries):
    """Deals in the order of creation; every array has one entry a deal.

    Attributes:
        key: Random key: every later choice about the deal follows from it.
        created: Day of creation (days since 1970-01-01).
        index: 1 for the first deal of its day, then counting up.
        account: Row in the accounts.
        owner: Row among the people of the team: who created it, in whose habits it is led and written down to the end.
        is_customer: Whether the account has a contract on the day of creation.
        held_quantity: Units that a customer has of the product that it is asked to replace or have less of.
        type: Position in OPPORTUNITY_TYPES.
        product: Row in the products; a replacement or a downgrade is of something that the customer has.
        lead_source: Position in LEAD_SOURCES.
        appeal: How much speaks for the deal: mean about 0, standard deviation about 1.
        win_probability: Rounded to four digits.
        fate: Uniform in [0, 1); the deal is won when it lies below the win probability.
        champion_leaves: Last day at the company of whoever holds the champion's seat when the deal is created.
        is_renewal: Whether it renews what the account holds; all others are new business and expansions.
        contract_end: Last day of the contract that is renewed, NEVER for the others.
        renewed: Shape (deals, products): units of each product that are renewed, 0 for the others.
    """

    key: UInt64Array
    created: IntArray
    index: IntArray
    account: IntArray
    owner: IntArray
    is_customer: BoolArray
    held_quantity: IntArray
    type: IntArray
    product: IntArray
    lead_source: IntArray
    appeal: FloatArray
    win_probability: FloatArray
    fate: FloatArray
    champion_leaves: IntArray
    is_renewal: BoolArray
    contract_end: IntArray
    renewed: IntArray

    @property
    def won(self) -> BoolArray:
        """Whether each deal is won in the end."""
        return self.fate < self.win_probability


def merged(deals: Deals, others: Deals) -> Deals:
    """The deals of both in the order of (created, index)."""
    both = Deals.joined([deals, others])
    return both.where(np.lexsort((both.index, both.created)))


def draw_deals(book: SalesBook, days: range) -> Deals:
    """The new business and expansions created on some days in a row; renewals are in `renewals.py`.

    Args:
        book: The organisation that they happen in.
        days: Days of creation (days since 1970-01-01), of those that the organisation looks back to.
    """
    return complete_deals(book, book.organisation.origins.of(days))


def complete_deals(book: SalesBook, origins: Origins) -> Deals:
    """Everything about some deals, given when they begin and with whom."""
    key, created, account = origins.key, origins.created, origins.account
    colleague = book.colleague_first[account] + (uniform(key, "colleague") * book.colleague_count[account]).astype(
        np.int64
    )
    by_colleague = (uniform(key, "by colleague") < COLLEAGUE_SHARE) & (book.colleague_count[account] > 0)
    seat = np.where(
        by_colleague, book.colleagues[np.minimum(colleague, len(book.colleagues) - 1)], book.account_seat[account]
    )
    turnover = book.organisation.team.turnover
    owner = turnover.holder_on(seat, created)
    held, held_quantity = book.customers.held_on(account, created)
    is_customer = held >= 0
    kind = np.where(is_customer, 1 + choose_by_share(key, "type", _CUSTOMER_TYPE_SHARES), _NEW_CUSTOMER_TYPE)
    # Of a single unit there is nothing less.
    kind = np.where((kind == DOWNGRADE_TYPE) & (held_quantity == 1), _REPLACEMENT_TYPE, kind)
    product = np.where(kind >= _REPLACEMENT_TYPE, held, choose(key, "product", len(book.product_price)))
    customers_lead = choose_by_share(key, "lead source of a customer", _CUSTOMERS_LEAD_SHARES)
    lead_source = np.where(is_customer, customers_lead, strangers_lead_source(key))
    appeal = (
        what_speaks_for(key, book, account=account, owner=owner, product=product)
        + _effects(book, account, product, lead_source, is_customer) / _APPEAL_LOG_ODDS
        - _NEWCOMER * (_inexperience(created - turnover.begins[owner]) - _MEAN_INEXPERIENCE)
    )
    champion_leaves = champions_last_day(book, account, created)
    leaves_soon = champion_leaves < created + MEDIAN_CYCLE[book.account_segment[account]]
    log_odds = _BASE_LOG_ODDS + _APPEAL_LOG_ODDS * appeal + _CUSTOMER_LOG_ODDS * is_customer
    log_odds = log_odds + CHAMPION_LEAVES_LOG_ODDS * leaves_soon
    return Deals(
        key=key,
        created=created,
        index=origins.index,
        account=account,
        owner=owner,
        is_customer=is_customer,
        held_quantity=held_quantity,
        type=kind,
        product=product,
        lead_source=lead_source,
        appeal=appeal,
        win_probability=np.round(1.0 / (1.0 + np.exp(-log_odds)), 4).clip(0.01, 0.97),
        fate=uniform(key, "fate"),
        champion_leaves=champion_leaves,
        is_renewal=np.zeros(len(key), dtype=np.bool_),
        contract_end=np.full(len(key), NEVER),
        renewed=np.zeros((len(key), len(book.product_price)), dtype=np.int64),
    )


def champions_last_day(book: SalesBook, account: IntArray, created: IntArray) -> IntArray:
    """Last day at the company of whoever holds the champion's seat at each account on a day of its own."""
    seats, place = book.organisation.contacts.seats, np.full(account.size, CHAMPION)
    return seats.ends(account, place, seats.holder_on(account, place, created))


def what_speaks_for(
    key: UInt64Array, book: SalesBook, *, account: IntArray, owner: IntArray, product: IntArray
) -> FloatArray:
    """What the deal itself, its seller, and the fit of product and account add to the appeal.

    Its mean is about 0 and its standard deviation about 1.

    Args:
        key: Random key of each deal.
        book: The organisation.
        account: Row of its account.
        owner: Row, among the people of the team, of who created it.
        product: Row of its product.
    """
    seed = book.organisation.calendar.seed
    pair = account.astype(np.uint64) * np.uint64(len(book.product_price)) + product.astype(np.uint64)
    return (
        _QUALITY * normal(key, "quality") + _SKILL * book.seller_skill[owner] + _FIT * normal(pair, f"deals/fit/{seed}")
    )


def _inexperience(days: IntArray) -> FloatArray:
    """1 on a seller's first day, 0 from RAMP_DAYS on, by days in the seat."""
    return np.maximum(1.0 - days / RAMP_DAYS, 0.0)


def _effects(
    book: SalesBook, account: IntArray, product: IntArray, lead_source: IntArray, is_customer: BoolArray
) -> FloatArray:
    """Log odds that come from where, what and how is sold, against the average over accounts, products and sources.

    Against the average, so that a large effect on a common value changes who wins and not how much is won in all.
    """
    log_odds = book.effects.log_odds
    of_account = (
        log_odds["industry"][book.account_industry]
        + log_odds["region"][book.account_region]
        + log_odds["segment"][book.account_segment]
    )
    average = of_account.mean() + log_odds["product"].mean()
    of_strangers, of_customers = (
        np.round(average + log_odds["lead_source"] @ np.array(shares), 2)
        for shares in (STRANGERS_LEAD_SHARES, _CUSTOMERS_LEAD_SHARES)
    )
    of_deal = of_account[account] + log_odds["product"][product] + log_odds["lead_source"][lead_source]
    rounded: FloatArray = np.round(of_deal - np.where(is_customer, of_customers, of_strangers), 2)
    return rounded

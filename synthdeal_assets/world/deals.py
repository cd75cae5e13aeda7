"""Who tries to sell what to whom, how good the chance is, and how it ends: one draw for each deal and its whole future.

A deal follows from the seed, the day it is created and its index in that day, whatever day the world is seen on. When
it passes through which stage belongs in `stages.py`, what is found out in `truth.py`, what the seller writes in
`evidence_timeline.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

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
from synthdeal_assets.world.calendar import NEVER, CreationCalendar, period
from synthdeal_assets.world.randomness import stream
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.sales_team import CADENCE_DAYS
from synthdeal_assets.world.tables import SELLER

_LEAD_SOURCE_SHARES: Final = (0.38, 0.17, 0.20, 0.13, 0.12)
"""Shares of LEAD_SOURCES."""

COLLEAGUE_SHARE: Final = 0.08
"""Deals that a colleague in the region works instead of the account's owner."""

_QUALITY, _SKILL, _FIT = 0.80, 0.45, 0.40
"""Weights of the deal's own quality, the seller's skill and the product's fit; their squares add up to one."""
_NEWCOMER: Final = 0.6
"""Appeal that a deal of a seller's first day has less; it becomes nothing over RAMP_DAYS."""
RAMP_DAYS: Final = 182
_MEAN_INEXPERIENCE: Final = RAMP_DAYS / 2 / CADENCE_DAYS[SELLER]
"""Taken off again, so that newcomers change who wins and not how much is won in all."""
_BASE_LOG_ODDS: Final = -1.55
_APPEAL_LOG_ODDS: Final = 1.45
_INSTALLED_LOG_ODDS: Final = 0.40
"""Chosen so that about a quarter of the deals are won and the probability ranks outcomes with an AUC of about 0.8."""


@dataclass(frozen=True)
class Deals:
    """Deals in the order of creation; every array has one entry a deal.

    Attributes:
        key: Random key: every later choice about the deal follows from it.
        created: Day of creation (days since 1970-01-01).
        index: 1 for the first deal of its day, then counting up.
        account: Row in the accounts.
        owner: Row among the people of the team: who created it, in whose habits it is led and written down to the end.
        product: Row in the products.
        lead_source: Position in LEAD_SOURCES.
        appeal: How much speaks for the deal: mean about 0, standard deviation about 1.
        win_probability: Rounded to four digits.
        fate: Uniform in [0, 1); the deal is won when it lies below the win probability.
        is_renewal: Whether it renews what the account holds; all others are new business and expansions.
        contract_end: Last day of the contract that is renewed, NEVER for the others.
        renewed: Shape (deals, products): units of each product that are renewed, 0 for the others.
    """

    key: UInt64Array
    created: IntArray
    index: IntArray
    account: IntArray
    owner: IntArray
    product: IntArray
    lead_source: IntArray
    appeal: FloatArray
    win_probability: FloatArray
    fate: FloatArray
    is_renewal: BoolArray
    contract_end: IntArray
    renewed: IntArray

    @property
    def won(self) -> BoolArray:
        """Whether each deal is won in the end."""
        return self.fate < self.win_probability

    def where(self, mask: BoolArray) -> Self:
        """The deals for which the mask is true."""
        return type(self)(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def merged(deals: Deals, others: Deals) -> Deals:
    """The deals of both in the order of (created, index)."""
    order = np.lexsort((np.append(deals.index, others.index), np.append(deals.created, others.created)))
    return Deals(
        **{
            field.name: np.concatenate([getattr(deals, field.name), getattr(others, field.name)])[order]
            for field in fields(Deals)
        }
    )


def draw_deals(calendar: CreationCalendar, book: SalesBook, days: range) -> Deals:
    """The new business and expansions created on some days in a row; renewals are in `renewals.py`.

    Args:
        calendar: How many deals are created on each day of which world.
        book: The organisation that they happen in.
        days: Days of creation (days since 1970-01-01).
    """
    counts = np.array([calendar.count(day) for day in days])
    created = np.repeat(np.array(days), counts)
    index = np.arange(len(created)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    key = np.concatenate(
        [
            stream(calendar.seed, "deals", day).integers(2**64, size=int(count), dtype=np.uint64)
            for day, count in zip(days, counts, strict=True)
        ]
    )
    account = _accounts(calendar, len(book.account_seat), days)
    colleague = book.colleague_first[account] + (uniform(key, "colleague") * book.colleague_count[account]).astype(
        np.int64
    )
    by_colleague = (uniform(key, "by colleague") < COLLEAGUE_SHARE) & (book.colleague_count[account] > 0)
    seat = np.where(
        by_colleague, book.colleagues[np.minimum(colleague, len(book.colleagues) - 1)], book.account_seat[account]
    )
    turnover = book.organisation.team.turnover
    owner = turnover.holder_on(seat, created)
    product = choose(key, "product", len(book.product_price))
    lead_source = choose_by_share(key, "lead source", _LEAD_SOURCE_SHARES)
    appeal = (
        what_speaks_for(key, calendar.seed, book, account=account, owner=owner, product=product)
        + _effects(book, account, product, lead_source) / _APPEAL_LOG_ODDS
        - _NEWCOMER * (_inexperience(created - turnover.begins[owner]) - _MEAN_INEXPERIENCE)
    )
    log_odds = _BASE_LOG_ODDS + _APPEAL_LOG_ODDS * appeal + _INSTALLED_LOG_ODDS * book.account_installed[account]
    return Deals(
        key=key,
        created=created,
        index=index,
        account=account,
        owner=owner,
        product=product,
        lead_source=lead_source,
        appeal=appeal,
        win_probability=np.round(1.0 / (1.0 + np.exp(-log_odds)), 4).clip(0.01, 0.97),
        fate=uniform(key, "fate"),
        is_renewal=np.zeros(len(key), dtype=np.bool_),
        contract_end=np.full(len(key), NEVER),
        renewed=np.zeros((len(key), len(book.product_price)), dtype=np.int64),
    )


def what_speaks_for(
    key: UInt64Array, seed: int, book: SalesBook, *, account: IntArray, owner: IntArray, product: IntArray
) -> FloatArray:
    """What the deal itself, its seller, and the fit of product and account add to the appeal.

    Its mean is about 0 and its standard deviation about 1.

    Args:
        key: Random key of each deal.
        seed: Seed of the world.
        book: The organisation.
        account: Row of its account.
        owner: Row, among the people of the team, of who created it.
        product: Row of its product.
    """
    pair = account.astype(np.uint64) * np.uint64(len(book.product_price)) + product.astype(np.uint64)
    return (
        _QUALITY * normal(key, "quality") + _SKILL * book.seller_skill[owner] + _FIT * normal(pair, f"deals/fit/{seed}")
    )


def deal_days(calendar: CreationCalendar, accounts: int, days: range) -> tuple[IntArray, IntArray]:
    """Row of the account and day of creation of every deal created on some days in a row, as `draw_deals` has them.

    Args:
        calendar: How many deals are created on each day.
        accounts: Number of accounts.
        days: Days of creation (days since 1970-01-01).
    """
    created = np.repeat(np.array(days), [calendar.count(day) for day in days])
    return _accounts(calendar, accounts, days), created


def _inexperience(days: IntArray) -> FloatArray:
    """1 on a seller's first day, 0 from RAMP_DAYS on, by days in the seat."""
    return np.maximum(1.0 - days / RAMP_DAYS, 0.0)


def _effects(book: SalesBook, account: IntArray, product: IntArray, lead_source: IntArray) -> FloatArray:
    """Log odds that come from where, what and how is sold, against the average over accounts, products and sources.

    Against the average, so that a large effect on a common value changes who wins and not how much is won in all.
    """
    log_odds = book.effects.log_odds
    of_account = (
        log_odds["industry"][book.account_industry]
        + log_odds["region"][book.account_region]
        + log_odds["segment"][book.account_segment]
    )
    average = of_account.mean() + log_odds["product"].mean() + log_odds["lead_source"] @ np.array(_LEAD_SOURCE_SHARES)
    of_deal = of_account[account] + log_odds["product"][product] + log_odds["lead_source"][lead_source]
    rounded: FloatArray = np.round(of_deal - np.round(average, 2), 2)
    return rounded


def _accounts(calendar: CreationCalendar, count: int, days: range) -> IntArray:
    """The account of each deal: in a period every account has its turn, in an order that differs by period."""
    shuffles: dict[int, IntArray] = {}
    parts = [np.empty(0, dtype=np.int64)]
    for day in days:
        number = period(day)
        if number not in shuffles:
            places = max(calendar.size, count)
            shuffle = stream(calendar.seed, "deals/accounts", number).permutation(places)
            shuffles[number] = shuffle[: calendar.size] % count
        first = calendar.first_slot(day)
        parts.append(shuffles[number][first : first + calendar.count(day)])
    return np.concatenate(parts)

"""What is offered in each deal: quantity, discount and amount, first and after a revision.

A line is worth quantity x list price x (1 - discount), to the cent, and an amount is the sum of its lines; until the
deal is quoted the seller only guesses at it, in round thousands. A renewal has a line for each product that the account
holds, and is priced from the contract at once. When the seller enters which belongs in `stage_history.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import (
    FloatArray,
    IntArray,
    choose,
    normal,
    uniform,
)
from synthdeal_assets.world.deals import DOWNGRADE_TYPE, Deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES

_MEDIAN_AMOUNT_USD: Final = np.array([14_000, 52_000, 190_000])
_AMOUNT_SPREAD: Final = np.array([0.60, 0.65, 0.80])
"""Median and log-normal spread by segment."""
_TYPICAL_DISCOUNT: Final = np.array([3, 7, 12])
"""Percent off the list price in the first offer, by segment."""
_DOWNGRADE_RANGE: Final = (0.3, 0.8)
"""What is left of what a customer has, in a downgrade."""
QUOTE_STAGE: Final = OPEN_STAGES.index("Proposal/Price Quote")
_PRICED_AT_ONCE_SHARE: Final = 0.12
"""Deals whose seller puts them together from the price book on the first day, so that nothing is guessed."""
_GUESS_RANGE: Final = (0.75, 1.35)
"""What a guess is of the amount that comes out, before it is rounded: sellers hope."""
_REVISED_SHARE: Final = 0.45
_REVISION_STAGES: Final = (3, 7)
"""A revision comes with the entry into one of the stages from Value Proposition to Proposal/Price Quote."""
_RENEWAL_REVISED_SHARE: Final = 0.30
_RENEWAL_REVISION_STAGE: Final = OPEN_STAGES.index("Negotiation/Review")
"""The price of a renewal is all that is negotiated, and it is so at the end."""
_LINE_DISCOUNT_SPREAD: Final = 2
"""Percent that the discount of a further line differs from that of the first, at most."""


@dataclass(frozen=True)
class FurtherLines:
    """The lines of deals about several products, without that of the main one: in the order of deal and product.

    Attributes:
        deal: Position of the deal.
        product: Row in the products.
        quantity: Units, in the first offer and in the revised one.
        discount: Shape (2, lines): whole percent off the list price.
        unit_price: Shape (2, lines): cents for one unit, after the discount.
    """

    deal: IntArray
    product: IntArray
    quantity: IntArray
    discount: IntArray
    unit_price: IntArray


@dataclass(frozen=True)
class Offers:
    """What is offered, one entry a deal; index 0 of the pairs is the first offer, 1 the revised one.

    Attributes:
        quantity: Shape (2, deals): units of the deal's product.
        discount: Shape (2, deals): whole percent off its list price.
        unit_price: Shape (2, deals): cents for one unit of it, after the discount.
        further: What is offered beside the deal's product.
        guess: Shape (2, deals): cents that the seller enters before there is a quote.
        revised_from: Stage from which on the revised offer holds; beyond the last stage when there is none.
        quoted_from: Stage on record from which on the deal has line items and its exact amount.
    """

    quantity: IntArray
    discount: IntArray
    unit_price: IntArray
    further: FurtherLines
    guess: IntArray
    revised_from: IntArray
    quoted_from: IntArray

    @property
    def amount(self) -> IntArray:
        """Shape (2, deals): cents, exactly: the sum of the lines."""
        amount = self.quantity * self.unit_price
        np.add.at(amount.T, self.further.deal, (self.further.quantity * self.further.unit_price).T)
        return amount

    def standing(self, stage: IntArray) -> IntArray:
        """Which offer stands in a stage: 0 the first, 1 the revised one; shape of `stage`."""
        return (stage >= self.revised_from).astype(np.int64)

    def prices(self, deals: Deals, standing: IntArray) -> IntArray:
        """Shape of `deals.renewed`: cents for one unit of each product that is offered, 0 for the others.

        Args:
            deals: The deals that the offers are of.
            standing: Which offer counts, 0 the first or 1 the revised one, for each deal.
        """
        prices = np.zeros_like(deals.renewed)
        every = np.arange(len(deals.key))
        prices[every, deals.product] = self.unit_price[standing, every]
        lines = np.arange(len(self.further.deal))
        prices[self.further.deal, self.further.product] = self.further.unit_price[standing[self.further.deal], lines]
        return prices


def draw_offers(deals: Deals, book: SalesBook) -> Offers:
    """The offers of each deal."""
    key, is_renewal = deals.key, deals.is_renewal
    segment = book.account_segment[deals.account]
    price = book.product_price[deals.product]
    wanted = 100.0 * _MEDIAN_AMOUNT_USD[segment] * np.exp(_AMOUNT_SPREAD[segment] * normal(key, "amount"))
    most = book.account_employees[deals.account]
    first = _sold_quantity(np.round(wanted / price, 6), most)
    second = _sold_quantity(first * (0.65 + 0.7 * uniform(key, "revised quantity")), most)
    discount = np.clip(_TYPICAL_DISCOUNT[segment] + choose(key, "discount", 9) - 4, 0, None)
    discounts = np.stack([discount, discount + choose(key, "revised discount", 10)])
    low, high = _DOWNGRADE_RANGE
    less = np.floor(np.round(deals.held_quantity * (low + (high - low) * uniform(key, "less")), 6)).astype(np.int64)
    quantity = np.where(deals.type == DOWNGRADE_TYPE, np.maximum(less, 1), np.stack([first, second]))
    held = deals.renewed[np.arange(len(key)), deals.product]
    quantity = np.where(is_renewal, held, quantity)
    is_revised = uniform(key, "is revised") < np.where(is_renewal, _RENEWAL_REVISED_SHARE, _REVISED_SHARE)
    revision_stage = _REVISION_STAGES[0] + choose(key, "revision", _REVISION_STAGES[1] - _REVISION_STAGES[0])
    revision_stage = np.where(is_renewal, _RENEWAL_REVISION_STAGE, revision_stage)
    unit_price = price * (100 - discounts) // 100
    low, high = _GUESS_RANGE
    hope = low + (high - low) * np.stack([uniform(key, "guess"), uniform(key, "revised guess")])
    priced_at_once = is_renewal | (uniform(key, "priced at once") < _PRICED_AT_ONCE_SHARE)
    return Offers(
        quantity=quantity,
        discount=discounts,
        unit_price=unit_price,
        further=_further_lines(deals, book, discounts),
        guess=_round_guess(np.round(quantity * unit_price * hope / 100, 6)) * 100,
        revised_from=np.where(is_revised, revision_stage, 99),
        quoted_from=np.where(priced_at_once, 0, QUOTE_STAGE),
    )


def _further_lines(deals: Deals, book: SalesBook, discounts: IntArray) -> FurtherLines:
    deal, product = np.nonzero(deals.renewed)
    is_further = deals.product[deal] != product
    deal, product = deal[is_further], product[is_further]
    key = deals.key[deal] + product.astype(np.uint64)
    differs = choose(key, "line discount", 2 * _LINE_DISCOUNT_SPREAD + 1) - _LINE_DISCOUNT_SPREAD
    discount = np.maximum(discounts[:, deal] + differs, 0)
    return FurtherLines(
        deal=deal,
        product=product,
        quantity=deals.renewed[deal, product],
        discount=discount,
        unit_price=book.product_price[product] * (100 - discount) // 100,
    )


def _round_guess(dollars: FloatArray) -> IntArray:
    """A sum as people guess it: whole thousands, and coarser when it is large."""
    step = np.where(
        dollars < 20_000, 1_000, np.where(dollars < 200_000, 5_000, np.where(dollars < 1_000_000, 10_000, 50_000))
    )
    return np.maximum(np.rint(np.round(dollars / step, 6)).astype(np.int64), 1) * step


def _sold_quantity(wanted: FloatArray, most: IntArray) -> IntArray:
    """A quantity as people order: whole, round when it is large, and no more than the company has employees."""
    step = np.where(wanted < 20, 1, np.where(wanted < 100, 5, np.where(wanted < 1000, 10, 50)))
    rounded = np.rint(np.round(wanted / step, 6)).astype(np.int64) * step
    return np.clip(rounded, 1, np.maximum(most, 1))

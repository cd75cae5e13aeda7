"""Renewals as deals: who renews what with whom, how good the chance is, and how it ends.

Which contracts come up for renewal, and what a won or lost one does to them, belongs in `contracts.py`. The way through
the stages, the offers and the texts are those of every deal.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, uniform
from synthdeal_assets.world.contracts import TERM_DAYS, Decide, Renewals
from synthdeal_assets.world.deals import CHAMPION_LEAVES_LOG_ODDS, Deals, champions_last_day, what_speaks_for
from synthdeal_assets.world.offers import draw_offers
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES, OPPORTUNITY_TYPES, RENEWAL
from synthdeal_assets.world.stages import draw_paths

_APPEAL: Final = 0.45
"""Appeal that a renewal has more than new business: the product has been in use for a year."""
_BASE_LOG_ODDS: Final = 3.45
_APPEAL_LOG_ODDS: Final = 0.85
"""Chosen so that about 96% are renewed while the account buys from us, with an AUC of the chance of about 0.7."""
_PHASED_OUT_LOG_ODDS: Final = -1.75
"""Added once the account buys nothing new any more, so that about eight in ten of its contracts are renewed."""
_LONGEST_AFTER: Final = 3
"""Terms that a contract can end after that; the renewal of a later one is lost for sure, so that a chain of renewals
has a longest length."""


def renewal_deals(renewals: Renewals, book: SalesBook) -> Deals:
    """The renewals as deals, in the same order; all that are created on a day must be there.

    Args:
        renewals: What comes up for renewal. The index of each counts on from the other deals of its day.
        book: The organisation.
    """
    return _deals(renewals, book, index=renewals.index(book.organisation.calendar))


def decide_renewals(book: SalesBook) -> Decide:
    """How renewals end, as the contracts need it: what is won, on which day, and at which prices in cents."""

    def decide(renewals: Renewals) -> tuple[BoolArray, IntArray, IntArray]:
        deals = _deals(renewals, book, index=np.ones(renewals.created.size, dtype=np.int64))
        paths = draw_paths(deals, book)
        offers = draw_offers(deals, book)
        return deals.won, paths.outcome_day, offers.prices(deals, offers.standing(paths.last_stage))

    return decide


def _deals(renewals: Renewals, book: SalesBook, *, index: IntArray) -> Deals:
    key, account, created, contract_end = renewals.key, renewals.account, renewals.created, renewals.contract_end
    renewed = renewals.quantity.astype(np.int64)
    product = np.argmax(renewed * book.product_price, axis=1)
    owner = book.organisation.team.turnover.holder_on(book.account_seat[account], created)
    appeal = _APPEAL + what_speaks_for(key, book, account=account, owner=owner, product=product)
    terms_after = (contract_end - book.account_ends[account]) / TERM_DAYS
    log_odds = _BASE_LOG_ODDS + _APPEAL_LOG_ODDS * (appeal - _APPEAL) + _PHASED_OUT_LOG_ODDS * (terms_after > 0)
    champion_leaves = champions_last_day(book, account, created)
    log_odds = log_odds + CHAMPION_LEAVES_LOG_ODDS * (champion_leaves < contract_end)
    win_probability = np.round(1.0 / (1.0 + np.exp(-log_odds)), 4).clip(0.01, 0.99)
    return Deals(
        key=key,
        created=created,
        index=index,
        account=account,
        owner=owner,
        product=product,
        is_customer=np.ones(key.size, dtype=np.bool_),
        held_quantity=np.zeros(key.size, dtype=np.int64),
        type=np.full(key.size, OPPORTUNITY_TYPES.index(RENEWAL)),
        lead_source=np.full(key.size, LEAD_SOURCES.index("Other")),
        appeal=appeal,
        win_probability=np.where(terms_after > _LONGEST_AFTER, 0.0, win_probability),
        fate=uniform(key, "fate"),
        champion_leaves=champion_leaves,
        is_renewal=np.ones(key.size, dtype=np.bool_),
        contract_end=contract_end,
        renewed=renewed,
    )

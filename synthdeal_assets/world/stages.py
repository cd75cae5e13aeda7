"""The way each deal really takes through the open stages, from the first day to the last.

What the seller makes of it in the CRM (dates, amounts, a stage that is not true) belongs in `stage_history.py`; whether
the deal is won was drawn in `deals.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
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
from synthdeal_assets.world.calendar import (
    NEVER,
    quarter_end,
    week_shift,
    working_day_before,
    working_day_by,
    working_days_back,
)
from synthdeal_assets.world.deals import MEDIAN_CYCLE, Deals
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES

MAX_DAYS_OPEN: Final = 300
"""No deal stays open for longer, so that whatever leaves the window of 364 days has long been closed."""
MIN_DAYS_OPEN: Final = 10

LAST_STAGE: Final = len(OPEN_STAGES) - 1

_MAX_CYCLE: Final = 268
_CUSTOMER_CYCLE: Final = 0.85
"""A customer decides faster."""

_LOSS_WEIGHTS: Final = (0.03, 0.08, 0.10, 0.11, 0.11, 0.12, 0.22, 0.23)
"""Share of the risk of losing that lies in each stage. They add up to one, so that the probability of passing all
stages is the win probability; a deal with a low one is lost earlier. Much of it lies late, because deals are also lost
after a verbal yes: a stage that had passed most of the risk would say more than any evidence."""
_DURATION_WEIGHTS: Final = (0.12, 0.14, 0.16, 0.14, 0.12, 0.10, 0.12, 0.10)
_SKIP_SHARES: Final = (0.0, 0.05, 0.06, 0.15, 0.15, 0.20, 0.05, 0.0)
_FIRST_STAGE_SHARES: Final = (0.62, 0.28, 0.10)
_WON_FROM_SHARES: Final = {3: 0.06, 4: 0.08, 5: 0.16, 6: 0.30, 7: 0.40}
"""Last open stage of won deals: a seller who is handed a signature does not stop for Negotiation/Review, and one win in
seven comes from Value Proposition or Id. Decision Makers."""

_RENEWAL_FIRST_STAGE_SHARES: Final = {2: 0.45, 3: 0.20, 6: 0.35}
"""Where renewals begin: nobody prospects or qualifies a customer, and many are sent their quote at once."""
_RENEWAL_SKIP_SHARES: Final = (0.0, 0.0, 0.0, 0.35, 0.75, 0.75, 0.10, 0.0)
_RENEWAL_WON_FROM_SHARES: Final = {6: 0.45, 7: 0.55}
_EARLIEST_RENEWAL: Final = 0.5
"""A renewal is signed in the second half of the time that is left of the contract, most of them near its end."""
_LAPSED_SHARE: Final = 0.5
"""Lost renewals that nobody calls off: they are closed on the contract's last working day."""
_LAST_ENTRY_BEFORE_END: Final = 4
"""Days between the last entry into a stage and the contract's last working day, at least; up to two of them go by until
a working day."""

_QUARTER_END_SHARE: Final = 0.5
_QUARTER_END_REACH: Final = 24
"""Half of the wins that fall into the last 24 days of a quarter are signed in its last week."""


@dataclass(frozen=True)
class Paths:
    """The true way of each deal.

    Attributes:
        entered: Shape (8, deals): day on which each open stage is entered, NEVER when it is not.
        first_stage: First stage entered.
        last_stage: Last open stage entered.
        cycle_days: Days the whole way to a win takes, or would have taken.
        outcome_day: Day on which the deal is won or lost.
    """

    entered: IntArray
    first_stage: IntArray
    last_stage: IntArray
    cycle_days: IntArray
    outcome_day: IntArray

    def where(self, mask: BoolArray) -> Self:
        """The paths for which the mask is true."""
        return type(self)(**{field.name: getattr(self, field.name)[..., mask] for field in fields(self)})

    def stage_on(self, days: IntArray) -> IntArray:
        """The true stage of each deal on a day of its own, which must not lie before its creation."""
        stage = self.first_stage
        for position in range(1, LAST_STAGE + 1):
            stage = np.where(self.entered[position] <= days, position, stage)
        return stage


def draw_paths(deals: Deals, book: SalesBook) -> Paths:
    """The way of each deal through the stages; that of a renewal ends on or before the contract's last day."""
    return _Luck(deals, book).path(deals.fate, fate_bounds(deals))


def draw_ways(deals: Deals, book: SalesBook, bounds: FloatArray) -> tuple[Paths, ...]:
    """The nine ways that each deal could take: lost in each of the eight open stages, then won; all else unchanged.

    Args:
        deals: The deals.
        book: The organisation that they happen in.
        bounds: As `fate_bounds` gives them.
    """
    luck = _Luck(deals, book)
    return tuple(luck.path((high + low) / 2, bounds) for high, low in pairwise(bounds))


class _Luck:
    """Whatever is drawn for the way of each deal beside its fate, which says what of it comes about.

    Args:
        deals: The deals.
        book: The organisation that they happen in.
    """

    def __init__(self, deals: Deals, book: SalesBook) -> None:
        key = deals.key
        self.deals = deals
        self.first_stage = np.where(
            deals.is_renewal,
            _chosen(key, "first stage", _RENEWAL_FIRST_STAGE_SHARES),
            choose_by_share(key, "first stage", _FIRST_STAGE_SHARES),
        )
        self.won_from = np.where(
            deals.is_renewal,
            _chosen(key, "won from", _RENEWAL_WON_FROM_SHARES),
            _chosen(key, "won from", _WON_FROM_SHARES),
        )
        self.cycle_days = _cycle_days(deals, book)
        self.week = week_shift(key)
        self._draw_entries()
        # A lost deal often lingers: nobody tells the seller that it is over.
        self.lingers = np.where(uniform(key, "lingers") < 0.3, 10 + choose(key, "lingering", 45), 0)
        self.giving_up = 0.5 + 1.9 * uniform(key, "giving up")
        self.lapses = deals.is_renewal & (uniform(key, "lapses") < _LAPSED_SHARE)
        self.is_pulled = uniform(key, "pulled") < _QUARTER_END_SHARE
        self.days_before_quarter_end = choose(key, "last week", 5)

    def _draw_entries(self) -> None:
        """When each stage would be entered and how long it would last, of shape (8, deals); both but of the first."""
        key, created = self.deals.key, self.deals.created
        weights = [
            weight * (0.4 + 1.2 * uniform(key, f"duration/{position}")) * (position >= self.first_stage)
            for position, weight in enumerate(_DURATION_WEIGHTS)
        ]
        total = np.zeros(len(key))
        for weight in weights:
            total = total + weight
        shape = (len(OPEN_STAGES), len(key))
        self.due, self.entry, self.lasts = np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape)
        self.is_skipped = np.empty(shape, dtype=np.bool_)
        latest_entry = last_working_day(self.deals) - _LAST_ENTRY_BEFORE_END
        passed = np.zeros(len(key))
        for position, weight in enumerate(weights):
            # The day of creation shows the first stage alone, so that it tells nothing of the end.
            day = created + np.maximum(np.floor(self.cycle_days * passed / total).astype(np.int64), 1)
            self.due[position] = np.minimum(day, latest_entry)
            self.entry[position] = working_day_by(self.week, self.due[position])
            self.lasts[position] = self.cycle_days * weight / total
            share = np.where(self.deals.is_renewal, _RENEWAL_SKIP_SHARES[position], _SKIP_SHARES[position])
            self.is_skipped[position] = uniform(key, f"skip/{position}") < share
            passed = passed + weight

    def path(self, fate: FloatArray, bounds: FloatArray) -> Paths:
        """The way of each deal with a fate of its own.

        Args:
            fate: Uniform in [0, 1).
            bounds: As `fate_bounds` gives them.
        """
        created, first_stage = self.deals.created, self.first_stage
        is_won = fate < bounds[len(OPEN_STAGES)]
        survived = (fate < bounds[1 : len(OPEN_STAGES)]).sum(axis=0)
        last_stage = np.maximum(np.where(is_won, self.won_from, survived), first_stage)
        entered = np.empty_like(self.entry)
        for position in range(len(OPEN_STAGES)):
            between = (position > first_stage) & (position < last_stage) & ~self.is_skipped[position]
            later = np.where(between | (position == last_stage), self.entry[position], NEVER)
            entered[position] = np.where(position == first_stage, created, later)
        every = np.arange(len(created))
        last_entry = np.where(last_stage == first_stage, created, self.due[last_stage, every])
        return Paths(
            entered=entered,
            first_stage=first_stage,
            last_stage=last_stage,
            cycle_days=self.cycle_days,
            outcome_day=self._outcome_day(is_won, last_entry, self.lasts[last_stage, every]),
        )

    def _outcome_day(self, is_won: BoolArray, last_entry: IntArray, last_duration: FloatArray) -> IntArray:
        deals = self.deals
        lost_day = last_entry + np.floor(last_duration * self.giving_up).astype(np.int64)
        lost_day = np.where(self.lapses, deals.contract_end, lost_day + self.lingers)
        day = np.where(is_won, deals.created + self.cycle_days, lost_day)
        # Three days after the last entry, so that a weekend between the two cannot make them one.
        day = np.maximum(day, np.maximum(last_entry + 3, deals.created + MIN_DAYS_OPEN))
        day = working_day_by(self.week, np.minimum(day, deals.created + MAX_DAYS_OPEN - 2))
        end = quarter_end(day)
        is_pulled = is_won & (end - day <= _QUARTER_END_REACH) & self.is_pulled
        last_week = working_days_back(end, self.days_before_quarter_end)
        return np.minimum(np.where(is_pulled, np.maximum(day, last_week), day), last_working_day(deals))


def fate_bounds(deals: Deals) -> FloatArray:
    """What the fate of each deal decides: shape (10, deals), falling from 1 to 0.

    A fate below the bound of row 8, the win probability, is a win; one from row k + 1 up to row k, not included, is a
    loss in stage k.
    """
    bounds = np.zeros((len(OPEN_STAGES) + 2, len(deals.key)))
    bounds[0] = 1.0
    for stage, risk in enumerate(np.cumsum(_LOSS_WEIGHTS[:-1]), start=1):
        bounds[stage] = np.round(deals.win_probability**risk, 6)
    bounds[len(OPEN_STAGES)] = deals.win_probability
    return bounds


def last_working_day(deals: Deals) -> IntArray:
    """The last working day of the contract that each deal renews; for the others a day that never comes."""
    return working_day_before(deals.contract_end)


def _chosen(key: UInt64Array, salt: str, shares: Mapping[int, float]) -> IntArray:
    """One of the stages for each key, as often as its share says."""
    return np.array(list(shares))[choose_by_share(key, salt, list(shares.values()))]


def _cycle_days(deals: Deals, book: SalesBook) -> IntArray:
    of_segment = MEDIAN_CYCLE[book.account_segment[deals.account]]
    median = of_segment * np.where(deals.is_customer, _CUSTOMER_CYCLE, 1.0)
    cycle = book.effects.cycle
    slower = (
        cycle["industry"][book.account_industry[deals.account]]
        * cycle["region"][book.account_region[deals.account]]
        * cycle["segment"][book.account_segment[deals.account]]
        * cycle["product"][deals.product]
        * cycle["lead_source"][deals.lead_source]
    )
    days = median * slower * np.exp(0.38 * normal(deals.key, "cycle") - 0.12 * deals.appeal)
    cycle_days = np.clip(np.rint(np.round(days, 3)), 14, _MAX_CYCLE).astype(np.int64)
    left = deals.contract_end - deals.created
    share = 1.0 - (1.0 - _EARLIEST_RENEWAL) * uniform(deals.key, "renewed early") ** 2
    return np.where(deals.is_renewal, np.floor(np.round(left * share, 6)).astype(np.int64), cycle_days)

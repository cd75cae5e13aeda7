"""What the seller records about stage, amount and close date, entry by entry, as Salesforce's history would show it.

The way the deal really takes is drawn in `stages.py`; here are its reflection with its flaws (a stage that is not
true, a close date that slips or is neglected) and the view of it on a given day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.entries import places_within
from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray, UInt64Array, choose, uniform
from synthdeal_assets.world.calendar import NEVER, month_end, quarter_end, working_day_of
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.offers import Offers
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stages import LAST_STAGE, Paths, last_working_day

WRONG_STAGE_SHARE: Final = 0.06
"""Deals whose seller writes a stage one or two off the true one, all the way."""

_MAX_SLIPS: Final = 8
_REFORECAST_STAGE: Final = 6
"""From Proposal/Price Quote on the seller knows enough to set the close date anew."""
_HOPED_CYCLE: Final = np.array([50, 85, 130])
"""Days to the close date that sellers enter first, by segment: shorter than it takes."""
_NEGLECT_SHARE: Final = 0.30
"""Close dates that are moved only after they have passed."""
_RENEWAL_ON_TIME_SHARE: Final = 0.75
"""Renewals whose close date is the contract's last working day from the start; the others are hoped to come earlier."""
_RENEWAL_DAYS_BEFORE: Final = (7, 42)
_NO_CHANGE: Final = -1


@dataclass(frozen=True)
class HistoryView:
    """The seller's records up to a day of each deal's own.

    The entries are in order of deal and sequence, one element an entry:

    Attributes:
        deal: Position of the deal.
        sequence: 1 for the deal's first entry, then counting up.
        day: Day of the entry.
        stage: Open stage as the seller set it.
        amount: Cents, as they stood after the entry.
        close_day: Expected close date after the entry.
        count: Entries of each deal (at least 1).
        last_stage: Stage after each deal's last entry.
        last_offer: Which offer stood after it (0 first, 1 revised).
        last_amount: Cents, as they stood after it.
        is_quoted: Whether the deal had been quoted after it, so that the amount is exact.
        last_close_day: Expected close date after it.
        last_day: Day of it.
        slips: How often the close date had been moved out.
    """

    deal: IntArray
    sequence: IntArray
    day: IntArray
    stage: IntArray
    amount: IntArray
    close_day: IntArray
    count: IntArray
    last_stage: IntArray
    last_offer: IntArray
    last_amount: IntArray
    is_quoted: BoolArray
    last_close_day: IntArray
    last_day: IntArray
    slips: IntArray


def view_history(deals: Deals, paths: Paths, offers: Offers, book: SalesBook, until: IntArray) -> HistoryView:
    """What the seller had recorded by the end of a day.

    Args:
        deals: The deals.
        paths: Their true ways.
        offers: What is offered in them.
        book: The organisation.
        until: For each deal the last day that counts, between its creation and the day before its outcome.
    """
    first_close, reforecast, slip_days, slip_closes = _close_dates(deals, paths, book)
    true_stages = np.concatenate(
        [
            np.broadcast_to(np.arange(LAST_STAGE + 1)[:, None], paths.entered.shape),
            np.stack([paths.stage_on(days) for days in slip_days]),
        ]
    )
    days = np.concatenate([paths.entered, slip_days])
    days = np.where(days <= until, days, NEVER)
    reforecast_stage = paths.stage_on(np.where(reforecast.day < NEVER, reforecast.day, deals.created))
    closes = np.full(days.shape, _NO_CHANGE)
    for stage in range(LAST_STAGE + 1):
        closes[stage] = np.where(stage == paths.first_stage, first_close, _NO_CHANGE)
        is_reforecast = (stage == reforecast_stage) & (reforecast.day == paths.entered[stage])
        closes[stage] = np.where(is_reforecast, reforecast.close, closes[stage])
    closes[LAST_STAGE + 1 :] = slip_closes

    order = np.argsort(days, axis=0, kind="stable")
    days = np.take_along_axis(days, order, axis=0)
    true_stages = np.take_along_axis(true_stages, order, axis=0)
    closes = np.take_along_axis(closes, order, axis=0)
    rows = np.arange(len(days))[:, None]
    latest_change = np.maximum.accumulate(np.where(closes != _NO_CHANGE, rows, 0), axis=0)
    closes = np.take_along_axis(closes, latest_change, axis=0)
    least = np.where(deals.is_renewal, paths.first_stage, 0)
    stages = np.clip(true_stages + _stage_error(deals.key), least, LAST_STAGE)
    standing = offers.standing(true_stages)
    first_amount, revised_amount = offers.amount
    is_quoted = stages >= offers.quoted_from
    amounts = np.where(
        is_quoted,
        np.where(standing == 1, revised_amount, first_amount),
        np.where(standing == 1, offers.guess[1], offers.guess[0]),
    )

    happened = days < NEVER
    changed = happened.copy()
    changed[1:] &= (stages[1:] != stages[:-1]) | (closes[1:] != closes[:-1]) | (amounts[1:] != amounts[:-1])
    # A deal may enter two stages on one day; the last entry that happened is the state of affairs.
    last = happened.sum(axis=0) - 1
    moved_out = changed.copy()
    moved_out[0] = False
    moved_out[1:] &= closes[1:] > closes[:-1]
    deal, entry = np.nonzero(changed.T)
    count = changed.sum(axis=0)
    columns = np.arange(days.shape[1])
    return HistoryView(
        deal=deal,
        sequence=1 + places_within(count),
        day=days[entry, deal],
        stage=stages[entry, deal],
        amount=amounts[entry, deal],
        close_day=closes[entry, deal],
        count=count,
        last_stage=stages[last, columns],
        last_offer=standing[last, columns],
        last_amount=amounts[last, columns],
        is_quoted=is_quoted[last, columns],
        last_close_day=closes[last, columns],
        last_day=np.where(changed, days, 0).max(axis=0),
        slips=moved_out.sum(axis=0),
    )


@dataclass(frozen=True)
class _Reforecast:
    day: IntArray
    close: IntArray


def _close_dates(deals: Deals, paths: Paths, book: SalesBook) -> tuple[IntArray, _Reforecast, IntArray, IntArray]:
    """First close date, the one set anew late in the deal, and days and new dates of the slips (8, deals)."""
    key, end = deals.key, paths.outcome_day
    hoped = _HOPED_CYCLE[book.account_segment[deals.account]] * (0.5 + 0.6 * uniform(key, "hoped"))
    latest = last_working_day(deals)
    before = _RENEWAL_DAYS_BEFORE[0] + choose(key, "renewal close", _RENEWAL_DAYS_BEFORE[1] - _RENEWAL_DAYS_BEFORE[0])
    on_time = uniform(key, "renewal on time") < _RENEWAL_ON_TIME_SHARE
    first_close = np.where(
        deals.is_renewal,
        np.where(on_time, latest, working_day_of(key, deals.contract_end - before)),
        _convenient(deals.created + 14 + np.floor(hoped).astype(np.int64), key, "close/first"),
    )
    # The date of a renewal is the contract's, and no quote changes it.
    entry = np.where(deals.is_renewal, NEVER, paths.entered[_REFORECAST_STAGE:].min(axis=0))
    # What is left of the whole way, not of this deal's: nobody knows yet that it will be lost.
    left = np.maximum(deals.created + paths.cycle_days - np.minimum(entry, end), 5)
    remaining = np.floor(left * (0.6 + 0.6 * uniform(key, "reforecast"))).astype(np.int64) + 2
    reforecast = _Reforecast(entry, np.where(entry < NEVER, _convenient(entry + remaining, key, "close/anew"), NEVER))

    close, last = first_close, deals.created
    is_anew: BoolArray = np.zeros(len(key), dtype=np.bool_)
    slip_days, slip_closes = [], []
    for number in range(_MAX_SLIPS):
        neglected = uniform(key, f"neglected/{number}") < _NEGLECT_SHARE
        late, early = 1 + choose(key, f"late/{number}", 20), 2 + choose(key, f"early/{number}", 6)
        day = working_day_of(key, np.maximum(np.where(neglected, close + late, close - early), last + 1))
        # A close date that lies beyond the outcome never slips, so the new one is the next that happens.
        anew = ~is_anew & (reforecast.day < NEVER) & ((reforecast.day <= day) | (close >= end))
        slips = ~anew & (close < end) & (day < end)
        draw = uniform(key, f"further/{number}")
        far = _convenient(np.maximum(close, day) + 14 + np.floor(55 * draw).astype(np.int64), key, f"close/{number}")
        near = working_day_of(key, np.maximum(close, day) + 7 + np.floor(21 * draw).astype(np.int64))
        moved = np.minimum(np.where(is_anew, near, far), latest)
        close = np.where(anew, reforecast.close, np.where(slips, moved, close))
        last = np.where(anew, reforecast.day, np.where(slips, day, last))
        is_anew = is_anew | anew
        slip_days.append(np.where(slips, day, NEVER))
        slip_closes.append(close)
    return first_close, reforecast, np.stack(slip_days), np.stack(slip_closes)


def _convenient(days: IntArray, key: UInt64Array, salt: str) -> IntArray:
    """The dates sellers like: often the end of the quarter or the month, never a weekend."""
    taste: FloatArray = uniform(key, salt)
    days = working_day_of(key, days)
    return np.where(taste < 0.30, quarter_end(days), np.where(taste < 0.55, month_end(days), days))


def _stage_error(key: UInt64Array) -> IntArray:
    size = 1 + (uniform(key, "stage error/size") < 0.4)
    ahead = uniform(key, "stage error/ahead") < 0.6
    return np.where(uniform(key, "stage error") < WRONG_STAGE_SHARE, np.where(ahead, size, -size), 0)

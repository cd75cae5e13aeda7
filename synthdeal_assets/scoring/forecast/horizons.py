"""The three times within which a deal may be won: the days left of the quarter, 90 days, and however long it takes.

A quarter is one of the calendar, as in crm.quotas. On its last day no day of it is left.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from synthdeal_assets.scoring.forecast.tables import END, NINETY_DAYS, QUARTER

NINETY: Final = 90
DAYS_UNTIL_ALL_HAVE_ENDED: Final = 300
"""No deal stays open longer than this after a month end (crm.landmarks)."""


def days_within(horizon: str, day: dt.date) -> int | None:
    """Days from a day on that belong to a horizon; None when there is no limit."""
    return {END: None, NINETY_DAYS: NINETY, QUARTER: (quarter_end(day) - day).days}[horizon]


def is_due(horizon: str, day: dt.date, as_of: dt.date) -> bool:
    """Whether it is known on a later day what a horizon has brought to all deals of a day."""
    days = days_within(horizon, day)
    return day + dt.timedelta(days=DAYS_UNTIL_ALL_HAVE_ENDED if days is None else days) <= as_of


def quarter_end(day: dt.date) -> dt.date:
    """The last day of a day's calendar quarter."""
    quarters = day.year * 4 + (day.month - 1) // 3 + 1
    return dt.date(quarters // 4, quarters % 4 * 3 + 1, 1) - dt.timedelta(days=1)

"""Moments, always UTC: with their zone in logs, without one where the warehouse stores them (type TIMESTAMP).

The clock is read at the edge alone, by assets, sensors and commands; what they call is given the moment.
"""

from __future__ import annotations

import datetime as dt


def utc_now() -> dt.datetime:
    """The present moment, UTC without zone."""
    return without_zone(dt.datetime.now(dt.UTC))


def utc(timestamp: float) -> dt.datetime:
    """A moment in seconds since 1970, as Dagster keeps them, as a time in UTC."""
    return dt.datetime.fromtimestamp(timestamp, dt.UTC)


def without_zone(moment: dt.datetime) -> dt.datetime:
    """A moment with a zone as the same moment in UTC, without zone."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)

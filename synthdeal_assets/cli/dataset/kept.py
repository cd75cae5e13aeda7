"""Where the commands find the datasets of a home."""

from __future__ import annotations

from synthdeal_assets.datasets.keeping import Keeper
from synthdeal_assets.datasets.sessions import Sessions
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings


def sessions_of(settings: Settings) -> Sessions:
    """The plans that are kept in a home."""
    return Sessions(keeper_of(settings), settings.storage.keep_sessions_days)


def keeper_of(settings: Settings) -> Keeper:
    """What keeps the datasets of a home."""
    return Keeper(settings.storage.home.absolute(), Warehouse.of(settings), settings.storage.turn_timeout, now=utc_now)

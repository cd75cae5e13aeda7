"""Where the sales team works: each seat is in an office, whose time zone and language its holders have.

The offices of a region are at most four hours apart, and nobody creates a record so late that it is the next day in
another office of the region. When somebody does something is drawn in `clock.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose_by_share


@dataclass(frozen=True)
class Office:
    """An office of the sales team.

    Attributes:
        region: One of tables.REGIONS.
        share: Share of the region's seats that are in it.
        time_zone: IANA name; Salesforce has it among its time zones (User.TimeZoneSidKey).
        locale: How dates and numbers are written (User.LocaleSidKey).
        language: One that Salesforce's user interface has (User.LanguageLocaleKey).
    """

    region: str
    share: float
    time_zone: str
    locale: str
    language: str


OFFICES: Final = (
    Office("North America", 0.40, "America/New_York", "en_US", "en_US"),
    Office("North America", 0.25, "America/Chicago", "en_US", "en_US"),
    Office("North America", 0.10, "America/Denver", "en_US", "en_US"),
    Office("North America", 0.25, "America/Los_Angeles", "en_US", "en_US"),
    Office("EMEA", 0.40, "Europe/London", "en_GB", "en_US"),
    Office("EMEA", 0.25, "Europe/Berlin", "de_DE", "de"),
    Office("EMEA", 0.20, "Europe/Paris", "fr_FR", "fr"),
    Office("EMEA", 0.15, "Europe/Amsterdam", "nl_NL", "nl_NL"),
    Office("APAC", 0.60, "Asia/Singapore", "en_SG", "en_US"),
    Office("APAC", 0.40, "Australia/Sydney", "en_AU", "en_US"),
    Office("LATAM", 0.45, "America/Sao_Paulo", "pt_BR", "pt_BR"),
    Office("LATAM", 0.35, "America/Mexico_City", "es_MX", "es_MX"),
    Office("LATAM", 0.20, "America/Bogota", "es_CO", "es"),
)
"""Offices of the invented vendor; the shares of a region add up to one."""

TIME_ZONES: Final = tuple(office.time_zone for office in OFFICES)
LOCALES: Final = tuple(dict.fromkeys(office.locale for office in OFFICES))
LANGUAGES: Final = tuple(dict.fromkeys(office.language for office in OFFICES))


def draw_offices(key: UInt64Array, regions: pl.Series) -> IntArray:
    """The office of each seat: positions in OFFICES.

    Args:
        key: Random key of each seat.
        regions: Its region.
    """
    office: IntArray = np.zeros(key.size, dtype=np.int64)
    for region in regions.unique(maintain_order=True):
        chosen = (regions == region).to_numpy()
        positions = [position for position, each in enumerate(OFFICES) if each.region == region]
        shares = [OFFICES[position].share for position in positions]
        office[chosen] = positions[0] + choose_by_share(key[chosen], "office", shares)
    return office

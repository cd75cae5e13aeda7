"""Invented persons: pools of first and last names of many countries, and drawing from them.

The pools come from Faker, once for each seed; drawing is a lookup for a whole column. Titles and employers belong
elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
from faker import Faker

from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.randomness import IntArray, UInt64Array, choose, stream

FIRST_NAMES_DRAWN: Final = 900
LAST_NAMES_DRAWN: Final = 1400
MAX_NAME_LENGTH: Final = 20
"""Faker knows a few surnames with several prefixes; they read like mistakes in a CRM."""

LARGEST_STRIDE: Final = 5
"""Surnames of one company's people are up to this many places apart: a pool of 40 gives eight different ones."""

_LETTERS_WITHOUT_DECOMPOSITION: Final = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "æ": "ae",
        "Æ": "Ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)


@dataclass(frozen=True)
class PersonNames:
    """First and last names of every locale, one after the other, with where each locale's begin.

    Attributes:
        first: First names as they are written.
        last: Last names as they are written.
        first_ascii: First names as they stand in an e-mail address.
        last_ascii: Last names as they stand in an e-mail address.
        first_start: Position of each locale's first first name; one more entry than locales.
        last_start: Position of each locale's first last name; one more entry than locales.
        locales: Faker's names of the locales, in the order of the pools.
    """

    first: pl.Series
    last: pl.Series
    first_ascii: pl.Series
    last_ascii: pl.Series
    first_start: IntArray
    last_start: IntArray
    locales: tuple[str, ...]

    def draw(self, locale: IntArray, person: UInt64Array, family: UInt64Array, position: IntArray) -> pl.DataFrame:
        """One person for each entry.

        Args:
            locale: Position in `locales`.
            person: Random key of the person.
            family: Random key of the company; its people of one locale have different surnames up to position 7.
            position: Place of the person in the company, from 0.

        Returns:
            first_name, last_name, local_part (of the e-mail address, ASCII), all text.
        """
        first_count = np.diff(self.first_start)[locale]
        last_count = np.diff(self.last_start)[locale]
        first = self.first_start[locale] + _choose_below(person, "first name", first_count)
        base = _choose_below(family, "last name", last_count)
        stride = 1 + choose(family, "last name stride", LARGEST_STRIDE)
        last = self.last_start[locale] + (base + position * stride) % last_count
        return pl.DataFrame(
            {
                "first_name": self.first.gather(first),
                "last_name": self.last.gather(last),
                "first_ascii": self.first_ascii.gather(first),
                "last_ascii": self.last_ascii.gather(last),
            }
        ).select("first_name", "last_name", local_part=pl.concat_str("first_ascii", "last_ascii", separator="."))


@lru_cache(maxsize=2)
def person_names(seed: int) -> PersonNames:
    """The pools of one seed."""
    locales = tuple(dict.fromkeys(" ".join(name_pool("countries")["locales"]).split()))
    first: list[list[str]] = []
    last: list[list[str]] = []
    seeds = stream(seed, "person names").integers(2**63, size=len(locales)).tolist()
    for locale, locale_seed in zip(locales, seeds, strict=True):
        fake = Faker(locale, use_weighting=False, providers=["faker.providers.person"])
        fake.seed_instance(locale_seed)
        romanised = hasattr(fake, "first_romanized_name")
        draw_first = fake.first_romanized_name if romanised else fake.first_name
        draw_last = fake.last_romanized_name if romanised else fake.last_name
        first.append(_distinct(draw_first() for _ in range(FIRST_NAMES_DRAWN)))
        last.append(_distinct(draw_last() for _ in range(LAST_NAMES_DRAWN)))
    all_first = [name for names in first for name in names]
    all_last = [name for names in last for name in names]
    return PersonNames(
        first=pl.Series("first_name", all_first),
        last=pl.Series("last_name", all_last),
        first_ascii=pl.Series("first_ascii", [slug(name) for name in all_first]),
        last_ascii=pl.Series("last_ascii", [slug(name) for name in all_last]),
        first_start=np.cumsum([0, *map(len, first)], dtype=np.int64),
        last_start=np.cumsum([0, *map(len, last)], dtype=np.int64),
        locales=locales,
    )


def slug(text: str) -> str:
    """The text as it may stand in an e-mail or web address: lower-case ASCII letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS_WITHOUT_DECOMPOSITION))
    ascii_only = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def _choose_below(keys: UInt64Array, salt: str, counts: IntArray) -> IntArray:
    """For each key a number from 0 to its own count - 1."""
    return choose(keys, salt, 2**31) * counts >> 31


def _distinct(names: Iterable[str]) -> list[str]:
    """Each name once, in the order drawn; names that are too long or have no Latin letters are left out.

    Some of Faker's lists hold names with blanks at the end or two in a row.
    """
    tidy = (" ".join(name.split()) for name in names)
    return [name for name in dict.fromkeys(tidy) if len(name) <= MAX_NAME_LENGTH and slug(name)]

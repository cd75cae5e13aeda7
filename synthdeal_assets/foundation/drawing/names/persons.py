"""Invented persons: pools of first and last names of many countries, and drawing from them.

The pools come from Faker, once for each seed; drawing is a lookup for a whole column. Which locales and seeds, titles
and employers belong in the room that makes people up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose

FIRST_NAMES_DRAWN: Final = 900
LAST_NAMES_DRAWN: Final = 1400
MAX_NAME_LENGTH: Final = 20
"""Faker knows a few surnames with several prefixes; they read like mistakes in a CRM."""

_PARTICLES: Final = re.compile(
    r"'[st]|das?|de[lnr]?|della|di|dos?|het|las?|le|los|op|santa|san|te[nr]?|uit|van|von|zu|ó", re.IGNORECASE
)
"""Words that may stand before a surname or within first names, in small letters or not."""

_PARTS: Final = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}-]|^(?:Mc|Mac|Fitz)(?=[^\W\d_]{2})")

_CENSUS: Final = "en_US"
"""Its surnames were once in capitals throughout and lost more of them than they should: Mcdonald, Obrien."""
_WITHOUT_CAPITAL: Final = re.compile(r"^(Mc|O(?=brien$|connell$|connor$|donnell$|neal$|neill?$))([a-z])")

LARGEST_STRIDE: Final = 5
"""Surnames of one company's people are up to this many places apart: a pool of 40 gives eight different ones."""


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
        first, last = self._positions(locale, person, family, position)
        return pl.DataFrame(
            {
                "first_name": self.first.gather(first),
                "last_name": self.last.gather(last),
                "first_ascii": self.first_ascii.gather(first),
                "last_ascii": self.last_ascii.gather(last),
            }
        ).select("first_name", "last_name", local_part=pl.concat_str("first_ascii", "last_ascii", separator="."))

    def draw_full_names(
        self, locale: IntArray, person: UInt64Array, family: UInt64Array, position: IntArray
    ) -> pl.Series:
        """First and last name of each of the persons that `draw` gives for the same arguments."""
        first, last = self._positions(locale, person, family, position)
        frame = pl.DataFrame({"first": self.first.gather(first), "last": self.last.gather(last)})
        return frame.select(pl.concat_str("first", "last", separator=" ")).to_series()

    def _positions(
        self, locale: IntArray, person: UInt64Array, family: UInt64Array, position: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Where each person's first name stands in `first`, and the last name in `last`."""
        first_count = np.diff(self.first_start)[locale]
        last_count = np.diff(self.last_start)[locale]
        first = self.first_start[locale] + _choose_below(person, "first name", first_count)
        base = _choose_below(family, "last name", last_count)
        stride = 1 + choose(family, "last name stride", LARGEST_STRIDE)
        last = self.last_start[locale] + (base + position * stride) % last_count
        return first, last


def drawn_person_names(locales: Sequence[str], seeds: Sequence[int]) -> PersonNames:
    """Pools of several locales, each drawn from Faker with a seed of its own; scripts without Latin letters romanised.

    Args:
        locales: Faker's names of the locales, such as "en_US".
        seeds: One for each locale.

    Raises:
        AttributeError: Faker does not know a locale.
    """
    from faker import Faker

    first: list[list[str]] = []
    last: list[list[str]] = []
    for locale, seed in zip(locales, seeds, strict=True):
        fake = Faker(locale, use_weighting=False, providers=["faker.providers.person"])
        fake.seed_instance(seed)
        romanised = hasattr(fake, "first_romanized_name")
        draw_first = fake.first_romanized_name if romanised else fake.first_name
        draw_last = fake.last_romanized_name if romanised else fake.last_name
        surnames = [draw_last() for _ in range(LAST_NAMES_DRAWN)]
        first.append(_distinct((draw_first() for _ in range(FIRST_NAMES_DRAWN)), particles_first=False))
        last.append(_distinct(map(_with_capital, surnames) if locale == _CENSUS else surnames, particles_first=True))
    all_first = [name for names in first for name in names]
    all_last = [name for names in last for name in names]
    return PersonNames(
        first=pl.Series("first_name", all_first),
        last=pl.Series("last_name", all_last),
        first_ascii=pl.Series("first_ascii", [_address(name) for name in all_first]),
        last_ascii=pl.Series("last_ascii", [_address(name) for name in all_last]),
        first_start=np.cumsum([0, *map(len, first)], dtype=np.int64),
        last_start=np.cumsum([0, *map(len, last)], dtype=np.int64),
        locales=tuple(locales),
    )


def _choose_below(keys: UInt64Array, salt: str, counts: IntArray) -> IntArray:
    """For each key a number from 0 to its own count - 1."""
    return choose(keys, salt, 2**31) * counts >> 31


def _distinct(names: Iterable[str], *, particles_first: bool) -> list[str]:
    """Each name once, in the order drawn, without those that are too long or that nobody bears as they are written.

    Some of Faker's lists hold blanks at the end or two in a row, remains of other columns ("Koch II", "Dussen van",
    "Hans-J.", "SimphiweyiNkosi") and damaged letters.
    """
    tidy = dict.fromkeys(" ".join(name.split()) for name in names)
    return [name for name in tidy if len(name) <= MAX_NAME_LENGTH and slug(name) and _is_name(name, particles_first)]


def _is_name(name: str, particles_first: bool) -> bool:
    """Whether it is one surname after its particles, or first names with some between them."""
    *before, last = name.split()
    return _is_word(last) and all(
        _PARTICLES.fullmatch(word) or (not particles_first and _is_word(word)) for word in before
    )


def _is_word(word: str) -> bool:
    """Whether it begins with a capital and has another only after Mc, Mac, Fitz, an apostrophe or a hyphen."""
    parts = [part for part in _PARTS.split(word) if part]
    return (
        word[0].isupper()
        and word[-1].isalpha()
        and sum(map(len, parts)) > 1
        and all(part.isalpha() and part[1:] == part[1:].lower() for part in parts)
    )


def _with_capital(name: str) -> str:
    return _WITHOUT_CAPITAL.sub(lambda found: {"Mc": "Mc", "O": "O'"}[found[1]] + found[2].upper(), name)


def _address(name: str) -> str:
    """A name as it stands in an e-mail address: O'Brien is obrien."""
    return slug(re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", name))

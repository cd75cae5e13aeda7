"""First and last names by locale, drawn from Faker once: as they are written, and as they stand in an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.drawing.names.persons import MAX_NAME_LENGTH
from synthdeal_assets.foundation.drawing.names.slugs import slug

if TYPE_CHECKING:
    from faker import Faker

_DRAWN: Final = 2400
_PARTICLES: Final = {
    *(
        "van",
        "von",
        "vom",
        "zu",
        "zum",
        "zur",
        "der",
        "den",
        "dem",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
    ),
    *("le", "op", "in", "te", "ter", "ten", "die", "uit", "het", "'t", "'s"),
}
"""Words before a surname that belong to it."""

_PARTICLES_ALONE: Final = ("de", "nl", "en")
"""Languages whose surnames have nothing but particles before them: no second name and no Mac, San or Casa."""

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_FAMILY_FIRST: Final = ("ja_JP", "zh_CN", "zh_TW", "ko_KR", "hu_HU", "vi_VN")


@dataclass(frozen=True)
class LocaleNames:
    """Names of one locale; the female and the male pool are equally long and share no name.

    Attributes:
        first: First names as written: all female ones, then all male ones.
        first_ascii: The same as they stand in an address.
        last: Last names as written.
        last_ascii: The same as they stand in an address.
        family_first: Whether the last name comes first.
        hidden: Whether addresses are codes of the letters, because Faker does not romanise the script.
    """

    first: pl.Series
    first_ascii: pl.Series
    last: pl.Series
    last_ascii: pl.Series
    family_first: bool
    hidden: bool

    @property
    def per_gender(self) -> int:
        """First names of each gender."""
        return self.first.len() // 2


@cache
def locale_names(locale: str) -> LocaleNames:
    """The names of a locale.

    Raises:
        SynthDealError: Faker does not know the locale ("datasets.locale").
    """
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        raise SynthDealError(
            f'There are no names for the locale "{locale}": use one of Faker, such as en_US, de_DE or ja_JP.',
            code="datasets.locale",
            usage=True,
        )
    fake = Faker(locale, use_weighting=False, providers=["faker.providers.person"])
    fake.seed_instance(1)
    female = _pool(fake, locale, ("first_name_female_pair", "first_romanized_name", "first_name_female", "first_name"))
    male = _pool(fake, locale, ("first_name_male_pair", "first_romanized_name", "first_name_male", "first_name"))
    is_surname = _is_surname if locale.startswith(_PARTICLES_ALONE) else _is_written_out
    last = _pool(fake, locale, ("last_name_pair", "last_romanized_name", "last_name"), of=is_surname)
    known = set(female.values())
    male = {name: address for name, address in male.items() if address not in known}
    if not male:
        # No genders there: every second name counts as a man's.
        names = list(female.items())
        female, male = dict(names[::2]), dict(names[1::2])
    size = min(len(female), len(male))
    first = [*list(female.items())[:size], *list(male.items())[:size]]
    return LocaleNames(
        first=pl.Series([name for name, _ in first], dtype=pl.String),
        first_ascii=pl.Series([address for _, address in first], dtype=pl.String),
        last=pl.Series(list(last), dtype=pl.String),
        last_ascii=pl.Series(list(last.values()), dtype=pl.String),
        family_first=locale in _FAMILY_FIRST,
        hidden=any(not slug(name) and address == _code(name) for name, address in first),
    )


def _is_written_out(name: str) -> bool:
    """Whether no word of it is shortened, as in Hans-H."""
    return "." not in name


def _is_surname(name: str) -> bool:
    """Whether it is a word with or without particles before it.

    Some pools of Faker hold rulers (Willems van Lier, Koch II) and entries of a register (Dussen van; Werl-Arnsberg,
    van; auch Schlauchin).
    """
    *before, last = name.split()
    if not before:
        return re.fullmatch("[IVX]{2,}", last) is None
    particles = all(word.lower() in _PARTICLES for word in before)
    return particles and "," not in name and last.lower() not in _PARTICLES and not last.islower()


def _pool(
    fake: Faker, locale: str, methods: tuple[str, ...], of: Callable[[str], bool] = _is_written_out
) -> dict[str, str]:
    """Names by the first of these methods that there is, each with its address; no name and no address twice."""
    draw: Callable[[], Any] = next(getattr(fake, method) for method in methods if hasattr(fake, method))
    found: dict[str, str] = {}
    for name, address in _addressed((draw() for _ in range(_DRAWN)), locale):
        if of(name):
            found.setdefault(address, name)
    return {name: address for address, name in found.items()}


def address_of(name: str, locale: str) -> str:
    """A name as it stands in an address: as `slug`, in German with ae for ä."""
    return slug(name.translate(_UMLAUTS) if locale.startswith("de") else name)


def _addressed(drawn: Iterable[Any], locale: str) -> Iterable[tuple[str, str]]:
    for one in drawn:
        # Japanese names come as (written, kana, romanised).
        written, latin = (one[0], one[-1]) if isinstance(one, tuple) else (one, one)
        name = " ".join(written.split())
        address = address_of(latin, locale)
        if not address:
            # A script that Faker does not romanise: the code points stand for the name in an address.
            address = _code(name)
        if 0 < len(name) <= MAX_NAME_LENGTH:
            yield name, address


def _code(name: str) -> str:
    return "x" + "".join(f"{ord(letter):x}" for letter in name if letter.isalnum())

"""What a user must know of a locale, as far as it concerns the types that are used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

from synthdeal_assets.datasets.types.draws import data_file
from synthdeal_assets.datasets.types.ibans import IBAN_FORMS
from synthdeal_assets.datasets.types.languages import LANGUAGES, words_table
from synthdeal_assets.datasets.types.person_names import locale_names
from synthdeal_assets.datasets.types.place_data import home_country, locale_country

if TYPE_CHECKING:
    from synthdeal_assets.datasets.spec.dataset import Dataset

_INFLECTED: Final = ("bg", "cs", "el", "is", "lt", "lv", "pl", "ru", "sk", "uk")
"""Languages in which the last names of women and men differ."""

_NAMES: Final = frozenset({"person.last_name", "person.full_name"})
_ADDRESSES: Final = frozenset({"person.email", "internet.user_name"})
_IN_ENGLISH: Final = frozenset(
    {
        *("company.name", "company.legal_name", "company.slogan", "finance.bank_name"),
        *("internet.event_name", "internet.log_level", "internet.traffic_source", "crm.plan"),
    }
)
"""Types whose words are English everywhere."""


_NO_PLACES: Final = (
    "no places of its country are known, so that places, telephone numbers and currencies are those of the United"
    " States unless a field says another country"
)
_NO_IBANS: Final = (
    "its country has no IBANs, or no bank code that is surely free, so that IBANs are German unless a field says"
    " another country"
)


@cache
def _translated() -> frozenset[str]:
    """Types whose words are those of the locale."""
    kinds = words_table().filter(pl.col("en") != pl.col("value"))["kind"]
    return frozenset(kinds) | {"person.prefix", "text.review", "finance.currency_name", "crm.campaign_name"}


def _is_place(name: str) -> bool:
    family, _, what = name.partition(".")
    return family == "place" or (family == "company" and what in ("city", "region", "country", "address", "street"))


def _is_text(name: str) -> bool:
    return name in {"text.word", "text.sentence", "text.paragraph", "text.comment", "text.title"}


def _notices(locale: str) -> Iterator[tuple[Callable[[str], bool], str]]:
    """Which types each notice is about, and what it says."""
    language, country = locale[:2], locale_country(locale)
    names = locale_names(locale)
    if country is None:
        yield (
            lambda name: _is_place(name) or name.endswith(("phone", "mobile")) or name.startswith("finance."),
            _NO_PLACES,
        )
    if home_country(locale) not in IBAN_FORMS:
        yield (
            lambda name: name == "finance.iban",
            _NO_IBANS,
        )
    if names.hidden:
        yield (
            _ADDRESSES.__contains__,
            "names are not in Latin letters, so that e-mail addresses and user names are the codes of the letters",
        )
    if language in _INFLECTED:
        yield _NAMES.__contains__, "last names do not change with the gender"
    if language == "ja":
        yield _is_place, "places in Japan are in Latin letters"
    if language != "en":
        yield _IN_ENGLISH.__contains__, "names of companies, banks, events and plans have English words"
    if language not in (*LANGUAGES, "en"):
        yield _translated().__contains__, "titles, statuses and other values of lists are in English"
    if language not in set(data_file("words.csv")["language"]):
        yield _is_text, "sentences are in English"


def locale_notices(locale: str, types: Collection[str] | None = None) -> list[str]:
    """What a user of the locale must know, in clauses without the locale.

    Args:
        locale: Faker's name of it, such as "de_DE".
        types: The types that are used; None for all.

    Raises:
        SynthDealError: There are no names for the locale ("datasets.locale").
    """
    return [clause for concerns, clause in _notices(locale) if types is None or any(map(concerns, types))]


def dataset_notice(dataset: Dataset) -> str | None:
    """`notice_line` of the types that make values of a dataset."""
    fields = (field for table in dataset.tables.values() for field in table.fields.values())
    types = {field.type.name for field in fields if field.type is not None and field.spec.one_of is None}
    return notice_line(dataset.specification.locale, types)


def notice_line(locale: str, types: Collection[str] | None = None) -> str | None:
    """`locale_notices` as one line; None where there is nothing to know."""
    clauses = locale_notices(locale, types)
    return f"Locale {locale}: {'; '.join(clauses)}." if clauses else None

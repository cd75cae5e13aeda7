"""What does not agree in a locale, as sentences for the plan of a dataset."""

from __future__ import annotations

from synthdeal_assets.datasets.types.person_names import locale_names
from synthdeal_assets.datasets.types.place_data import locale_country

FULL: frozenset[str] = frozenset(
    {"en_US", "en_GB", "en_CA", "en_AU", "de_DE", "de_AT", "fr_FR", "es_ES", "es_MX", "it_IT", "nl_NL", "ja_JP"}
)
"""Locales whose names, places, telephones and addresses agree with each other."""

_WRITTEN = ("en", "de", "es")


def locale_notices(locale: str) -> list[str]:
    """What a user of the locale must know; nothing for those in `FULL` but the language of texts and lists.

    Raises:
        SynthDealError: There are no names for the locale ("datasets.locale").
    """
    names = locale_names(locale)
    found = []
    if locale_country(locale) is None:
        found.append(
            f"{locale}: there are no places of its country in the catalogue, so that places, telephone numbers and"
            " accounts are those of the United States where no field says another country."
        )
    if names.hidden:
        found.append(
            f"{locale}: its names are not written in Latin letters, so that e-mail addresses and user names are the"
            " codes of the letters."
        )
    if locale not in FULL:
        found.append(
            f"{locale}: last names do not change with the gender, and only names and formats are the locale's."
        )
    if locale[:2] not in _WRITTEN:
        found.append(f"{locale}: sentences are in English.")
    if locale[:2] != "en":
        found.append(f"{locale}: statuses, job titles and other values of lists are in English.")
    return found

"""What lists say in the language of a locale: by the type and the English value, in `names/translations.csv`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Final

import polars as pl

from synthdeal_assets.datasets.types.draws import data_file

LANGUAGES: Final = ("de", "es", "fr", "it", "nl", "ja")
"""Languages that lists are written in beside English."""


@cache
def _forms(kind: str, language: str) -> Mapping[str, tuple[str, ...]]:
    """English value -> in the language: one form, or a man's and a woman's."""
    if language not in LANGUAGES:
        return {}
    rows = data_file("translations.csv").filter(pl.col("kind") == kind).select("en", language).rows()
    return {english: tuple(forms.split("|")) for english, forms in rows}


def in_language(values: pl.Series, kind: str, locale: str, *, of_women: bool = False) -> pl.Series:
    """Each English value of a kind in the language of the locale; as it is where it is not translated."""
    forms = _forms(kind, locale[:2])
    return pl.Series([forms.get(value, (value,))[-1 if of_women else 0] for value in values], dtype=pl.String)


def of_both_genders(values: pl.Series, kind: str, locale: str) -> pl.Series:
    """The values in the language as they are said of men, then all of them as they are said of women."""
    return pl.concat([in_language(values, kind, locale), in_language(values, kind, locale, of_women=True)])


@cache
def english_of(kind: str) -> Mapping[str, str]:
    """Value of a kind in any language, in lower case -> in English."""
    return {value.lower(): english for of, english, value in words_table().rows() if of == kind}


def meaning(kind: str, english: Collection[str], locale: str, among: Iterable[str] | None = None) -> list[str]:
    """The values of a kind that say one of these in English: of those given, else as the locale writes them."""
    known = english_of(kind)
    if among is None:
        return in_language(pl.Series([each for each in english if each.lower() in known]), kind, locale).to_list()
    wanted = {each.lower() for each in english}
    return [value for value in among if known.get(value.lower(), value).lower() in wanted]


@cache
def words_table() -> pl.DataFrame:
    """Each value in each language, also those of lists that are not translated: kind, en, value."""
    listed = data_file("lists.csv").select(kind="type", en="value", value="value")
    translated = data_file("translations.csv")
    every = [
        translated.select("kind", "en", value=pl.col(language).str.split("|")).explode("value")
        for language in ("en", *LANGUAGES)
    ]
    # English last, so that a word that is in two languages stands for what it means in English.
    return pl.concat([*reversed(every), listed]).unique(maintain_order=True)


def is_word(kind: str) -> str:
    """SQL of whether {value} is a value of the kind in any language."""
    return f"{{value}} IN (SELECT value FROM synthdeal_words WHERE kind = '{kind}')"


def means(kind: str, english: str) -> str:
    """SQL of whether {value} says in any language what this SQL says in English."""
    return (
        f"EXISTS (SELECT 1 FROM synthdeal_words w WHERE w.kind = '{kind}' AND w.value = {{value}} AND w.en = {english})"
    )

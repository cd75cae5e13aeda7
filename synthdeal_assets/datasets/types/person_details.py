"""Types of persons beside their names: age, work, where they are from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, bounds, data_file, field_salt, pairs, text
from synthdeal_assets.datasets.types.languages import english_of, in_language, is_word, of_both_genders
from synthdeal_assets.datasets.types.lists import hundred_of, list_of
from synthdeal_assets.datasets.types.name_words import folded, singulars, split_name
from synthdeal_assets.datasets.types.persons import are_male, local_parts, person_type
from synthdeal_assets.datasets.types.place_data import country_said, home_country, places
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.datasets.types.work import TITLES, working_ages
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

_SPEAK_THEIR_OWN: Final = 85
YOUNGEST: Final = 18
OLDEST: Final = 80

_TITLES_OF: Final = {
    "en": ("Ms.", "Mr."),
    "de": ("Frau", "Herr"),
    "fr": ("Mme", "M."),
    "es": ("Sra.", "Sr."),
    "it": ("Sig.ra", "Sig."),
    "nl": ("Mevr.", "Dhr."),
    "pt": ("Sra.", "Sr."),
    "ja": ("様", "様"),
    "da": ("Fru", "Hr."),
    "sv": ("Fru", "Herr"),
    "no": ("Fru", "Herr"),
    "fi": ("Rouva", "Herra"),
    "pl": ("Pani", "Pan"),
}
_DEMONYMS: Final = {
    "US": "American",
    "CA": "Canadian",
    "MX": "Mexican",
    "BR": "Brazilian",
    "GB": "British",
    "IE": "Irish",
    "DE": "German",
    "AT": "Austrian",
    "CH": "Swiss",
    "FR": "French",
    "BE": "Belgian",
    "NL": "Dutch",
    "ES": "Spanish",
    "PT": "Portuguese",
    "IT": "Italian",
    "PL": "Polish",
    "DK": "Danish",
    "SE": "Swedish",
    "NO": "Norwegian",
    "FI": "Finnish",
    "IN": "Indian",
    "JP": "Japanese",
    "AU": "Australian",
    "NZ": "New Zealander",
    "ZA": "South African",
}


@cache
def ages_of(table: str) -> tuple[int, int]:
    """From where to where people are whom a table is called after: pupils, employees, the parent of a student."""
    known = {
        folded([word]): (int(youngest), int(oldest))
        for words, youngest, oldest in data_file("ages.csv").rows()
        for word in words.split("|")
    }
    said = (one for word in reversed(split_name(table)) for one in sorted(singulars(word), key=len, reverse=True))
    return next((known[one] for one in said if one in known), (YOUNGEST, OLDEST))


def _usual_age(request: TypeRequest, low: IntArray, high: IntArray) -> IntArray:
    """An age from low to high, of somebody with the work beside where there is such an age."""
    work = working_ages(request)
    if work is not None:
        youngest, oldest = np.maximum(low, work[0]), np.minimum(high, work[1])
        fits = youngest <= oldest
        low, high = np.where(fits, youngest, low), np.where(fits, oldest, high)
    return low + below(request.keys("age"), high - low + 1)


def _age(request: TypeRequest) -> pl.Series:
    born = request.sibling("person.birth_date")
    if born is None:
        low, high = (end.astype(np.int64) for end in bounds(request, *ages_of(request.table)))
        return pl.Series(_usual_age(request, low, high))
    day = request.as_of
    before = (born.dt.month() > day.month) | ((born.dt.month() == day.month) & (born.dt.day() > day.day))
    return (day.year - born.dt.year() - before.cast(pl.Int32)).cast(pl.Int64)


def _birth_date(request: TypeRequest) -> pl.Series:
    """So that the age beside is reached on `as_of`: a day of the year that ends with the birthday on it."""
    given = request.sibling("person.age")
    ends = (np.full(request.rows.size, end) for end in ages_of(request.table))
    age = pl.Series(_usual_age(request, *ends)) if given is None else given
    day = request.as_of
    days = below(request.keys("days since the birthday"), 365)
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    years = (day.year - age).cast(pl.Int32)
    birthday = pl.select(pl.date(pl.lit(years), day.month, day.day)).to_series()
    return birthday - pl.Series(days * 86_400_000_000).cast(pl.Duration("us"))


def _prefix(request: TypeRequest) -> pl.Series:
    titles = _TITLES_OF.get(request.locale[:2], _TITLES_OF["en"])
    return pl.Series(titles).gather(are_male(request))


def _age_beside(request: TypeRequest) -> IntArray | None:
    age = request.sibling("person.age")
    born = request.sibling("person.birth_date")
    if age is None and born is not None:
        age = request.as_of.year - born.dt.year()
    return None if age is None else age.cast(pl.Float64).fill_null(OLDEST).to_numpy().astype(np.int64)


def _at_age(request: TypeRequest, name: str, at_ages: Mapping[int, tuple[int, ...]]) -> IntArray:
    """For each row the place of its value in a list: by draw, and where the age beside is too low another one.

    Args:
        request: Of a type that follows the age.
        name: The list.
        at_ages: Age -> for each place of the list the one that stands for it below that age, the oldest first.
    """
    weights = list_of(name)["weight"].to_numpy()
    at = np.searchsorted(np.cumsum(weights), below(request.keys(name), 100), side="right")
    age = _age_beside(request)
    if age is not None:
        for limit, instead in at_ages.items():
            at = np.where(age < limit, np.array(instead)[at], at)
    return at


def _marital_status(request: TypeRequest) -> pl.Series:
    """Married, single, divorced, widowed."""
    name = "person.marital_status"
    at = _at_age(request, name, {45: (0, 1, 2, 2), 28: (0, 1, 1, 1), 21: (1, 1, 1, 1)})
    statuses = of_both_genders(list_of(name)["value"], name, request.locale)
    return statuses.gather(at + 4 * (1 - are_male(request)))


def _education(request: TypeRequest) -> pl.Series:
    """The degrees that one has at that age."""
    name = "person.education"
    at = _at_age(request, name, {28: (0, 1, 2, 3, 3), 24: (0, 1, 2, 2, 2), 21: (0, 1, 1, 1, 1), 20: (0, 0, 0, 0, 0)})
    return in_language(list_of(name)["value"], name, request.locale).gather(at)


def _nationality(request: TypeRequest) -> pl.Series:
    said = country_said(request, "place.country", "place.country_code")
    if said is None:
        keys = request.keys("nationality")
        codes = places().countries["country_code"]
        home = codes.to_list().index(home_country(request.locale))
        said = codes.gather(np.where(below(keys, 100) < 80, home, below(mix(keys, "abroad"), codes.len())))
    known = in_language(pl.Series(list(_DEMONYMS.values())), "person.nationality", request.locale)
    return said.replace_strict(list(_DEMONYMS), known, return_dtype=pl.String)


def _language(request: TypeRequest) -> pl.Series:
    """In 85 of 100 rows that of the country beside, else of the nationality, else of the locale."""
    said = country_said(request, "place.country", "place.country_code")
    nationality = request.sibling("person.nationality")
    if said is None and nationality is not None:
        english = english_of("person.nationality")
        countries = {demonym: code for code, demonym in _DEMONYMS.items()}
        known = {word: countries[demonym] for word, demonym in english.items()}
        said = nationality.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)
    home, keys = home_country(request.locale), request.keys("person.language")
    listed = hundred_of("person.language", request.locale).gather(below(keys, 100))
    spoken = places().countries
    languages = in_language(spoken["language"], "person.language", request.locale)
    codes = pl.repeat(home, request.rows.size, eager=True) if said is None else said.fill_null(home)
    own = codes.replace_strict(spoken["country_code"], languages, return_dtype=pl.String)
    return own.zip_with(pl.Series(below(mix(keys, "own"), 100) < _SPEAK_THEIR_OWN), listed)


def _ssn(request: TypeRequest) -> pl.Series:
    """666, a group and a serial number; where the field is unique, all of them once."""
    if request.unique:
        _, group, serial = pairs(request.rows, 99, 9999, field_salt(request, "ssn"))
    else:
        keys = request.keys("ssn")
        group, serial = below(keys, 99), below(mix(keys, "serial"), 9999)
    return text(
        pl.concat_str(
            pl.lit("666"),
            pl.col("group").cast(pl.String).str.zfill(2),
            pl.col("serial").cast(pl.String).str.zfill(4),
            separator="-",
        ),
        group=pl.Series(group + 1),
        serial=pl.Series(serial + 1),
    )


_AGE_AGREES: Final = "{value} = date_sub('year', {person.birth_date}, {as_of})"

PERSON_DETAILS: Final[tuple[SemanticType, ...]] = (
    person_type(
        "birth_date",
        "1984-03-17",
        "Day of birth, 18 to 80 years before `as_of`, or of the age beside it; of the level beside it, and in a table"
        " of pupils, students, children or employees of such.",
        _birth_date,
        kind=Kind.DATE,
        follows=TITLES.types,
        follows_narrowed=("person.age",),
        follows_named=("person.age",),
        valid="{value} <= {as_of}",
    ),
    person_type(
        "age",
        "41",
        "Age in years on `as_of`, 18 to 80, or from the birth date beside it; of the level beside it, and in a table"
        " of pupils, students, children or employees of such.",
        _age,
        kind=Kind.WHOLE,
        follows=TITLES.types,
        follows_narrowed=("person.birth_date",),
        follows_named=("person.birth_date",),
        options=("min", "max"),
        valid="{value} BETWEEN 0 AND 120",
        agreements=(_AGE_AGREES,),
    ),
    person_type(
        "prefix",
        "Ms.",
        "Form of address of the gender beside it, in the language of the locale.",
        _prefix,
        follows_narrowed=("person.gender",),
        valid="{value} <> ''",
    ),
    person_type(
        "nationality",
        "German",
        "Nationality of the country beside it, else of the locale in 80% of the rows; in the language of the locale.",
        _nationality,
        options=("country",),
        follows=("place.country", "place.country_code"),
        valid="{value} <> ''",
    ),
    person_type(
        "marital_status",
        "Married",
        "Marital status, of the age beside it.",
        _marital_status,
        follows=("person.age", "person.birth_date"),
        follows_narrowed=("person.gender",),
        valid=is_word("person.marital_status"),
    ),
    person_type(
        "education",
        "Bachelor",
        "Highest degree, as one has it at the age beside it.",
        _education,
        follows=("person.age", "person.birth_date"),
        valid=is_word("person.education"),
    ),
    person_type(
        "language",
        "German",
        "Language that a person speaks: in 85% of the rows that of the country or nationality beside it, else of the"
        " locale.",
        _language,
        options=("country",),
        follows=("place.country", "place.country_code", "person.nationality"),
        valid=is_word("person.language"),
    ),
    person_type(
        "ssn",
        "666-12-3456",
        "US social security number with the area 666, which is never given out.",
        _ssn,
        valid="regexp_full_match({value}, '666-[0-9]{2}-[0-9]{4}')",
        capacity=99 * 9999,
    ),
    SemanticType(
        "internet.user_name",
        Kind.TEXT,
        "User name from the person beside it, such as anna.weber.",
        "anna.weber",
        local_parts,
        "person",
        follows_narrowed=("person.first_name", "person.last_name", "person.full_name", "person.gender"),
        valid="regexp_full_match({value}, '[a-z0-9][a-z0-9.-]*')",
        capacity=None,
    ),
)

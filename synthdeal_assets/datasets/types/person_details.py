"""Types of persons beside their names: age, work, where they are from."""

from __future__ import annotations

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, bounds, data_file, field_salt, pairs, text
from synthdeal_assets.datasets.types.persons import are_male, local_parts, person_type
from synthdeal_assets.datasets.types.place_data import country_said, home_country, places
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

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


def _age(request: TypeRequest) -> pl.Series:
    born = request.sibling("person.birth_date")
    if born is None:
        low, high = (end.astype(np.int64) for end in bounds(request, YOUNGEST, OLDEST))
        return pl.Series(low + below(request.keys("age"), high - low + 1))
    day = request.as_of
    before = (born.dt.month() > day.month) | ((born.dt.month() == day.month) & (born.dt.day() > day.day))
    return (day.year - born.dt.year() - before.cast(pl.Int32)).cast(pl.Int64)


def _birth_date(request: TypeRequest) -> pl.Series:
    """So that the age beside is reached on `as_of`: a day of the year that ends with the birthday on it."""
    given = request.sibling("person.age")
    usual = YOUNGEST + below(request.keys("age"), OLDEST - YOUNGEST + 1)
    age = pl.Series(usual) if given is None else given
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


@cache
def _work() -> pl.DataFrame:
    return data_file("titles.csv")


@cache
def _groups(by: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for at, row in enumerate(_work().select(*by).rows()):
        found.setdefault(tuple(value.lower() for value in row), []).append(at)
    return found


def _work_at(request: TypeRequest) -> IntArray:
    """For each row its position in `titles.csv`: of the department, level and title beside it, as far as known."""
    keys = request.keys("work")
    given = {
        column: values
        for column, name in (
            ("department", "person.department"),
            ("seniority", "person.seniority"),
            ("title", "person.job_title"),
        )
        if (values := request.sibling(name)) is not None
    }
    if not given:
        return below(keys, _work().height)
    frame = pl.DataFrame(given)
    different = frame.unique(maintain_order=True)
    members = [_candidates(row) for row in different.iter_rows(named=True)]
    counts = np.array([len(found) for found in members], dtype=np.int64)
    of = frame.join(
        different.with_row_index("group"), on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    group = of["group"].to_numpy()
    starts = np.cumsum(counts) - counts
    flat = np.array([at for found in members for at in found], dtype=np.int64)
    at: IntArray = flat[starts[group] + below(keys, counts[group])]
    return at


def _candidates(row: dict[str, str | None]) -> list[int]:
    said = {column: value.lower() for column, value in row.items() if value is not None}
    # A title says most; what the list does not know is left out.
    for by in (("title",), ("department", "seniority"), ("department",), ("seniority",)):
        if all(column in said for column in by):
            found = _groups(by).get(tuple(said[column] for column in by))
            if found:
                return found
    return list(range(_work().height))


def _work_column(request: TypeRequest, column: str) -> pl.Series:
    return _work()[column].gather(_work_at(request))


def _nationality(request: TypeRequest) -> pl.Series:
    said = country_said(request, "place.country", "place.country_code")
    if said is None:
        keys = request.keys("nationality")
        codes = places().countries["country_code"]
        home = codes.to_list().index(home_country(request.locale))
        said = codes.gather(np.where(below(keys, 100) < 80, home, below(mix(keys, "abroad"), codes.len())))
    return said.replace_strict(_DEMONYMS, return_dtype=pl.String)


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


_WORK: Final = ("person.department", "person.seniority", "person.job_title")
_TITLE_AGREES: Final = (
    "EXISTS (SELECT 1 FROM synthdeal_titles t WHERE t.title = {value} AND t.department = {person.department})"
    " OR {person.department} NOT IN (SELECT department FROM synthdeal_titles)"
)
_AGE_AGREES: Final = "{value} = date_sub('year', {person.birth_date}, {as_of})"

PERSON_DETAILS: Final[tuple[SemanticType, ...]] = (
    person_type(
        "birth_date",
        "1984-03-17",
        "Day of birth, 18 to 80 years before `as_of`, or of the age beside it.",
        _birth_date,
        kind=Kind.DATE,
        follows_narrowed=("person.age",),
        follows_named=("person.age",),
        valid="{value} <= {as_of}",
    ),
    person_type(
        "age",
        "41",
        "Age in years on `as_of`, 18 to 80, or from the birth date beside it.",
        _age,
        kind=Kind.WHOLE,
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
        "job_title",
        "Account Executive",
        "Job title of the department and level beside it.",
        partial(_work_column, column="title"),
        follows_narrowed=_WORK,
        valid="{value} IN (SELECT title FROM synthdeal_titles)",
        agreements=(_TITLE_AGREES,),
    ),
    person_type(
        "department",
        "Sales",
        "Department of the job title beside it.",
        partial(_work_column, column="department"),
        follows_narrowed=_WORK,
        valid="{value} IN (SELECT department FROM synthdeal_titles)",
    ),
    person_type(
        "seniority",
        "Manager",
        "Level of the job title beside it.",
        partial(_work_column, column="seniority"),
        follows_narrowed=_WORK,
        valid="{value} IN (SELECT seniority FROM synthdeal_titles)",
    ),
    person_type(
        "nationality",
        "German",
        "Nationality of the country beside it, else of the locale in 80% of the rows.",
        _nationality,
        options=("country",),
        follows=("place.country", "place.country_code"),
        valid="{value} <> ''",
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

"""Types of what a person works as: title, department and level of one row of `titles.csv`, and what goes with them."""

from __future__ import annotations

import re
import zlib
from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, bounds
from synthdeal_assets.datasets.types.joint_tables import JointTable
from synthdeal_assets.datasets.types.languages import english_of, is_word
from synthdeal_assets.datasets.types.money import CURRENCIES, amounts, in_currency, levels
from synthdeal_assets.datasets.types.persons import are_male, person_type
from synthdeal_assets.datasets.types.place_data import COUNTRIES, WITHIN, country_beside
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray

TITLES: Final = JointTable(
    "titles.csv",
    {"title": "person.job_title", "department": "person.department", "seniority": "person.seniority"},
)

_LEVELS: Final = ("Entry", "Professional", "Manager", "Director", "Executive")
_SALARIES: Final = np.array([38_000.0, 62_000.0, 92_000.0, 140_000.0, 215_000.0])
"""Usual salary of a year at each level in US dollars."""
_AGES: Final = (np.array([18, 23, 29, 34, 38, 18]), np.array([35, 64, 65, 66, 66, 66]))
"""Youngest and oldest at each level, and where none is known."""
_LEVEL_SHARES: Final = np.array([20, 75, 92, 98])
_DEPARTMENTS: Final = {
    "Engineering": 1.15,
    "Legal": 1.15,
    "Product": 1.1,
    "IT": 1.05,
    "Research & Development": 1.05,
    "Marketing": 0.95,
    "Human Resources": 0.9,
    "Procurement": 0.9,
    "Operations": 0.85,
    "Customer Service": 0.75,
}
"""Department -> what its salaries are of the usual ones, where they are not the same."""
_RANGE: Final = (22_000.0, 290_000.0)
"""From where to where all salaries of titles are."""
_SPREAD: Final = 15
"""Salaries of one title and department are up to so many per cent from the usual one."""
_WORDS: Final = (
    ("Executive", r"chief|\bc[efimot]o\b|president|\bvp\b|vorstand|geschäftsführ|owner|partner"),
    ("Director", r"director|head|direkt|bereichsleit|chefarzt|surgeon|principal"),
    ("Manager", r"manager|lead|leiter|senior|jefe|jefa|gerente|supervisor|responsable|doctor|physician|arzt|ärzt"),
    ("Entry", r"intern\b|trainee|junior|assistant|assistent|apprentice|praktik|azubi|aushilfe|becari|auxiliar|cashier"),
)
"""Parts of titles that are not in the list, and the level that they say."""


_NONE: Final = -1
_TITLE, _DEPARTMENT, _SENIORITY = TITLES.types


@cache
def _of_title(title: str) -> tuple[int, float]:
    """The level of any title, and what its salary is of the level's: one for each title of the user's own."""
    english = english_of(_TITLE).get(title.lower())
    if english is not None:
        _, level, _ = rows = TITLES.rows().row(by_predicate=pl.col("title") == english)
        return _LEVELS.index(level), _DEPARTMENTS.get(rows[0], 1.0)
    level = next((level for level, words in _WORDS if re.search(words, title.lower())), "Professional")
    return _LEVELS.index(level), 0.75 + zlib.crc32(title.lower().encode()) % 50 / 100


def _standing(said: dict[str, str | None]) -> tuple[int, float]:
    """Level, and what the salary is of the level's, by what stands beside."""
    title, department, seniority = (said.get(name) for name in TITLES.types)
    level, factor = _of_title(title) if title else (_NONE, 1.0)
    english = english_of(_SENIORITY).get((seniority or "").lower())
    if english is not None:
        level = _LEVELS.index(english)
    if department and (not title or english_of(_TITLE).get(title.lower())):
        factor = _DEPARTMENTS.get(english_of(_DEPARTMENT).get(department.lower(), ""), 1.0)
    return level, factor


def _standings(request: TypeRequest) -> tuple[IntArray, FloatArray] | None:
    """For each row what `_standing` says; None where no field says anything."""
    given = {name: column for name in TITLES.types if (column := request.sibling(name)) is not None}
    if not given:
        return None
    frame = pl.DataFrame(given)
    different = frame.unique(maintain_order=True)
    found = [_standing(row) for row in different.iter_rows(named=True)]
    at = frame.join(
        different.with_row_index("at"), on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
    )["at"].to_numpy()
    return np.array([level for level, _ in found])[at], np.array([factor for _, factor in found])[at]


def working_ages(request: TypeRequest) -> tuple[IntArray, IntArray] | None:
    """From where to where the age of each row is by the title, department and level beside; None without any."""
    standings = _standings(request)
    return None if standings is None else (_AGES[0][standings[0]], _AGES[1][standings[0]])


def _salary(request: TypeRequest) -> pl.Series:
    """Of the level and department beside, within 15 per cent; else log-normal. Bounds say how large it is in all."""
    standings = _standings(request)
    if standings is None:
        return amounts(
            request, "salary", median=58_000, p90=110_000, span=(20_000, 900_000), decimals=0, by_country=True
        )
    level, factor = standings
    drawn = np.searchsorted(_LEVEL_SHARES, below(request.keys("level"), 100), side="right")
    usual = _SALARIES[np.where(level == _NONE, drawn, level)] * factor
    usual = usual * (100 - _SPREAD + below(request.keys("salary"), 2 * _SPREAD * 10 + 1) / 10) / 100
    low, high = bounds(request, -np.inf, np.inf)
    if np.isfinite(high - low).all():
        share = np.log(usual / _RANGE[0]) / np.log(_RANGE[1] / _RANGE[0])
        return pl.Series(np.rint(low + np.clip(share, 0, 1) * (high - low)).astype(np.int64))
    made = in_currency(np.round(usual, -2), levels(request, country_beside(request)), 0)
    return pl.Series(np.clip(made, low, high).astype(np.int64))


_TITLE_AGREES: Final = (
    "EXISTS (SELECT 1 FROM synthdeal_titles t WHERE t.title = {value} AND t.department = {person.department})"
    " OR {person.department} NOT IN (SELECT department FROM synthdeal_titles)"
)


def titles_table() -> pl.DataFrame:
    """Which titles are of which departments, in all languages."""
    return TITLES.in_all_languages("title", "department")


WORK: Final[tuple[SemanticType, ...]] = (
    person_type(
        "job_title",
        "Account Executive",
        "Job title of the department and level beside it, in the language of the locale and of the gender beside it.",
        lambda request: TITLES.of_person(request, "title", are_male(request)),
        follows_narrowed=(*TITLES.types, "person.gender"),
        valid=is_word(_TITLE),
        agreements=(_TITLE_AGREES,),
    ),
    person_type(
        "department",
        "Sales",
        "Department of the job title beside it.",
        partial(TITLES.of_row, column="department"),
        follows_narrowed=TITLES.types,
        valid=is_word(_DEPARTMENT),
    ),
    person_type(
        "seniority",
        "Manager",
        "Level of the job title beside it.",
        partial(TITLES.of_row, column="seniority"),
        follows_narrowed=TITLES.types,
        valid=is_word(_SENIORITY),
    ),
    SemanticType(
        "business.salary",
        Kind.WHOLE,
        "Salary of a year before tax, of the title, level and department beside it, in the currency beside it.",
        "58000",
        _salary,
        "person",
        options=("min", "max", "country"),
        follows=(*TITLES.types, *CURRENCIES, *COUNTRIES),
        follows_narrowed=WITHIN,
        valid="{value} >= 0",
    ),
)

"""Types of companies beside their names: form, size, addresses to write to, numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.distributions import LogNormal, draw
from synthdeal_assets.datasets.engine.streams import uniforms
from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.companies import company_domain, company_name, company_type
from synthdeal_assets.datasets.types.draws import below, bounds, numbered, numbers, text
from synthdeal_assets.datasets.types.money import CURRENCIES, levels
from synthdeal_assets.datasets.types.persons import EMAIL_FORM
from synthdeal_assets.datasets.types.place_data import COUNTRIES, WITHIN, country_beside, home_country
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.randomness import IntArray

FORMS: Final = {
    "US": "Inc.|LLC|Corp.",
    "CA": "Inc.|Ltd.|Corp.",
    "MX": "S.A. de C.V.|S. de R.L.",
    "BR": "Ltda.|S.A.",
    "GB": "Ltd|PLC|LLP",
    "IE": "Ltd|DAC|PLC",
    "DE": "GmbH|AG|GmbH & Co. KG",
    "AT": "GmbH|AG|KG",
    "CH": "AG|GmbH|SA",
    "FR": "SAS|SARL|SA",
    "BE": "NV|BV|SRL",
    "NL": "B.V.|N.V.",
    "ES": "S.L.|S.A.",
    "PT": "Lda.|S.A.",
    "IT": "S.r.l.|S.p.A.",
    "PL": "Sp. z o.o.|S.A.",
    "DK": "ApS|A/S",
    "SE": "AB",
    "NO": "AS|ASA",
    "FI": "Oy|Oyj",
    "IN": "Pvt. Ltd.|Ltd.",
    "JP": "K.K.|G.K.",
    "AU": "Pty Ltd|Ltd",
    "NZ": "Ltd",
    "ZA": "(Pty) Ltd|Ltd",
}
"""Legal forms of companies by country, the commonest first."""

VAT_FORMS: Final = {
    "DE": 9,
    "AT": 8,
    "FR": 9,
    "BE": 9,
    "NL": 9,
    "ES": 7,
    "PT": 9,
    "IT": 11,
    "PL": 10,
    "DK": 8,
    "SE": 12,
    "FI": 8,
    "IE": 7,
    "GB": 9,
}
"""Digits after the country's letters (and what stands before and behind them below)."""

_VAT_AROUND: Final = {
    "AT": ("U", ""),
    "FR": ("XX", ""),
    "ES": ("X", "0"),
    "NL": ("", "B00"),
    "IE": ("", "ZZ"),
    "BE": ("0", ""),
}
_FAMILIES: Final = ("company", "place")


def _countries(request: TypeRequest) -> pl.Series:
    said = country_beside(request, _FAMILIES)
    home = home_country(request.locale)
    return pl.repeat(home, request.rows.size, dtype=pl.String, eager=True) if said is None else said.fill_null(home)


def _legal_form(request: TypeRequest) -> pl.Series:
    countries, chance = _countries(request), below(request.keys("legal form"), 12)
    # Of twelve companies six have the commonest form, four the second, two the third.
    rank = np.where(chance < 6, 0, np.where(chance < 10, 1, 2))
    spread = {
        (country, at): forms.split("|")[min(at, len(forms.split("|")) - 1)]
        for country, forms in FORMS.items()
        for at in range(3)
    }
    known = pl.DataFrame(
        {"country": [country for country, _ in spread], "rank": [at for _, at in spread], "form": [*spread.values()]}
    )
    rows = pl.DataFrame({"country": countries, "rank": pl.Series(rank)})
    return rows.join(known, on=["country", "rank"], how="left", maintain_order="left")["form"]


def _legal_name(request: TypeRequest) -> pl.Series:
    given, form = request.sibling("company.name"), request.sibling("company.legal_form")
    return text(
        pl.concat_str("name", "form", separator=" "),
        name=company_name(request) if given is None else given,
        form=_legal_form(request) if form is None else form,
    )


def _domain(request: TypeRequest) -> pl.Series:
    given = request.sibling("company.domain")
    return company_domain(request) if given is None else given


def _website(request: TypeRequest) -> pl.Series:
    return text(pl.concat_str(pl.lit("https://www."), "domain"), domain=_domain(request))


def _email(request: TypeRequest) -> pl.Series:
    boxes = pl.Series(["info", "office", "contact", "sales", "hello"]).gather(below(request.keys("mailbox"), 5))
    return text(pl.concat_str("box", "domain", separator="@"), box=boxes, domain=_domain(request))


def _employees(request: TypeRequest) -> pl.Series:
    return numbers(request, "employees", median=60, p90=900, span=(1, 250_000), decimals=0)


def _staff(request: TypeRequest) -> pl.Series:
    """The employees beside, else as many as there would be."""
    given = request.sibling("company.employees")
    if given is not None:
        return given.cast(pl.Float64)
    drawn = draw(LogNormal.of_p90(60, 900), uniforms(request.keys("employees")), low=1, high=250_000, decimals=0)
    return pl.Series(drawn)


def _size_class(request: TypeRequest) -> pl.Series:
    return pl.Series(SIZE_CLASSES).gather(np.searchsorted(SIZES, _staff(request).to_numpy(), side="left"))


def _revenue(request: TypeRequest) -> pl.Series:
    """By the employees beside: 80,000 to 400,000 for each, in dollars, euros and the like."""
    staff = _staff(request).to_numpy()
    low, high = bounds(request, 0, 1e15)
    bounded = request.option("min") is not None or request.option("max") is not None
    level = 1.0 if bounded else levels(request, country_beside(request, _FAMILIES))
    per_head = (80_000 + below(request.keys("revenue per head"), 320_001)) * level
    return pl.Series(np.clip(np.round(staff * per_head, -3), low, high)).fill_nan(None)


def _founded(request: TypeRequest) -> pl.Series:
    year = request.as_of.year
    low, high = (end.astype(np.int64) for end in bounds(request, 1920, year - 1))
    # The square of a chance: more young companies than old ones.
    chance = (below(request.keys("founded"), 10_000) / 10_000) ** 2
    years: IntArray = high - np.floor(chance * (high - low + 1)).astype(np.int64)
    return pl.Series(years)


def _vat_id(request: TypeRequest) -> pl.Series:
    """The country's letters and form with only digits that begin with 0: numbers that no office gives out."""
    countries = _countries(request)
    size = dict(VAT_FORMS)
    serial = numbered(request, "vat", 6)
    return text(
        pl.concat_str(
            "country",
            pl.col("country").replace_strict({c: _VAT_AROUND.get(c, ("", ""))[0] for c in FORMS}),
            pl.lit("0")
            + pl.col("serial").str.zfill(pl.col("country").replace_strict(size, default=9, return_dtype=pl.Int64) - 1),
            pl.col("country").replace_strict({c: _VAT_AROUND.get(c, ("", ""))[1] for c in FORMS}),
        ),
        country=countries,
        serial=serial,
    )


def _slogan(request: TypeRequest) -> pl.Series:
    one, other = (pl.Series(words.split("|")) for words in (_VERBS, _GOODS))
    keys = request.keys("slogan")
    return text(
        pl.concat_str("one", "other", separator=" "),
        one=one.gather(below(keys, one.len())),
        other=other.gather(below(request.keys("slogan, rest"), other.len())),
    )


SIZES: Final = (10, 50, 200, 500, 1000, 5000)
SIZE_CLASSES: Final = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001+")

_SIZE_AGREES: Final = (
    "{company.employees} BETWEEN split_part(replace({value}, '+', '-999999999'), '-', 1)::BIGINT"
    " AND split_part(replace({value}, '+', '-999999999'), '-', 2)::BIGINT"
)
_VERBS: Final = "Building|Connecting|Powering|Simplifying|Delivering|Rethinking|Making room for|Caring about"
_GOODS: Final = (
    "what matters|better work|every journey|tomorrow's ideas|your next step|people and places|quiet progress"
)

COMPANY_DETAILS: Final[tuple[SemanticType, ...]] = (
    company_type(
        "legal_form",
        "GmbH",
        "Legal form that is usual in the country beside it.",
        _legal_form,
        options=("country",),
        follows=COUNTRIES,
        follows_narrowed=WITHIN,
        valid="{value} <> ''",
    ),
    company_type(
        "legal_name",
        "Velmora Freight Lines GmbH",
        "Name of the company with its legal form.",
        _legal_name,
        options=("country",),
        follows=COUNTRIES,
        follows_narrowed=("company.name", "company.legal_form", "company.industry", *WITHIN),
        capacity=None,
        valid="contains({value}, ' ')",
        agreements=("starts_with({value}, {company.name})", "ends_with({value}, {company.legal_form})"),
    ),
    company_type(
        "website",
        "https://www.velmora-freight-lines.example",
        "Web site at the domain of the company, below .example.",
        _website,
        follows_narrowed=("company.domain", "company.name", "company.industry"),
        capacity=None,
        valid="starts_with({value}, 'https://www.') AND ends_with({value}, '.example')",
        agreements=("{value} = 'https://www.' || {company.domain}",),
    ),
    company_type(
        "email",
        "info@velmora-freight-lines.example",
        "Mailbox of the company at its domain, below .example.",
        _email,
        follows_narrowed=("company.domain", "company.name", "company.industry"),
        capacity=None,
        valid=EMAIL_FORM,
        agreements=("ends_with({value}, '@' || {company.domain})",),
    ),
    company_type(
        "employees",
        "140",
        "Number of employees: half of the companies have up to 60, one in ten over 900.",
        _employees,
        kind=Kind.WHOLE,
        options=("min", "max"),
        valid="{value} >= 0",
    ),
    company_type(
        "size_class",
        "51-200",
        "Number of employees as a range, of the number beside it.",
        _size_class,
        follows_narrowed=("company.employees",),
        valid=f"{{value}} IN {SIZE_CLASSES}",
        agreements=(_SIZE_AGREES,),
    ),
    company_type(
        "annual_revenue",
        "21000000",
        "Revenue of a year in the company's currency: 80,000 to 400,000 dollars for each employee.",
        _revenue,
        kind=Kind.NUMBER,
        options=("min", "max", "country"),
        follows=(*CURRENCIES, *COUNTRIES),
        follows_narrowed=("company.employees", *WITHIN),
        valid="{value} >= 0",
    ),
    company_type(
        "founded_year",
        "1998",
        "Year of foundation, before that of `as_of`.",
        _founded,
        kind=Kind.WHOLE,
        options=("min", "max"),
        valid="{value} BETWEEN 1000 AND year({as_of})",
    ),
    company_type(
        "vat_id",
        "DE000123456",
        "VAT identification number in the form of the country beside it; its digits begin with 0, which no"
        " office gives out, so that check digits are not kept; nine digits where a country has none.",
        _vat_id,
        options=("country",),
        follows=COUNTRIES,
        follows_narrowed=WITHIN,
        capacity=None,
        valid="regexp_full_match({value}, '[A-Z]{2}[A-Z0-9]{7,14}')",
    ),
    company_type(
        "slogan",
        "Connecting reliable partners",
        "Short phrase that a company could use.",
        _slogan,
        valid="{value} <> ''",
    ),
)

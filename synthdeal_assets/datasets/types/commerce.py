"""Types of goods, orders and deals."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import (
    below,
    bounds,
    data_file,
    field_salt,
    numbered,
    numbers,
    pairs,
    text,
    whole_numbers,
)
from synthdeal_assets.datasets.types.lists import hundred_of
from synthdeal_assets.datasets.types.money import CURRENCIES, amounts, levels
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.names.companies import invented_stems
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray, mix

STAGES: Final = {
    "prospecting": (10, "Pipeline"),
    "qualification": (20, "Pipeline"),
    "discovery": (25, "Pipeline"),
    "needs analysis": (30, "Pipeline"),
    "demo": (40, "Best Case"),
    "proposal": (50, "Best Case"),
    "negotiation": (75, "Commit"),
    "contract": (90, "Commit"),
    "closed won": (100, "Closed"),
    "won": (100, "Closed"),
    "closed lost": (0, "Omitted"),
    "lost": (0, "Omitted"),
}
"""Stage in lower case -> probability in per cent, forecast category."""


@cache
def _products() -> pl.DataFrame:
    return data_file("products.csv").with_columns(pl.col("price").cast(pl.Float64))


@cache
def _of_category(category: str) -> list[int]:
    return [at for at, name in enumerate(_products()["category"]) if name.lower() == category.lower()]


def _product_at(request: TypeRequest) -> IntArray:
    """For each row its product in `products.csv`, of the category beside it where that is known."""
    keys = request.keys("product")
    given = request.sibling("product.category")
    if given is None:
        return below(keys, _products().height)
    different = given.unique(maintain_order=True)
    everything = list(range(_products().height))
    members = [_of_category(category or "") or everything for category in different]
    counts = np.array([len(found) for found in members], dtype=np.int64)
    numbers_of = pl.DataFrame({"category": different, "at": pl.Series(range(different.len()), dtype=pl.Int64)})
    group = (
        given.to_frame("category")
        .join(numbers_of, on="category", how="left", nulls_equal=True, maintain_order="left")["at"]
        .to_numpy()
    )
    flat = np.array([at for found in members for at in found], dtype=np.int64)
    at: IntArray = flat[np.cumsum(counts)[group] - counts[group] + below(keys, counts[group])]
    return at


def _product_name(request: TypeRequest) -> pl.Series:
    """An invented make and what it is; no two alike where the field is unique."""
    kinds = _products()["product"].gather(_product_at(request))
    stems = invented_stems()
    if not request.unique:
        return text(
            pl.concat_str("make", "kind", separator=" "),
            make=stems.gather(below(request.keys("make"), stems.len())),
            kind=kinds,
        )
    turn, one, other = pairs(request.rows, 80, stems.len() // 80, field_salt(request, "make"))
    make = other * 80 + one
    return text(
        pl.when(pl.col("turn") == 0)
        .then(pl.concat_str("make", "kind", separator=" "))
        .otherwise(pl.concat_str("make", "kind", pl.col("turn") + 1, separator=" ")),
        make=stems.gather(make),
        kind=kinds,
        turn=pl.Series(turn),
    )


def _product_category(request: TypeRequest) -> pl.Series:
    return _products()["category"].gather(_product_at(request))


def _price(request: TypeRequest) -> pl.Series:
    low, high = bounds(request, 0.5, 1e9)
    return pl.Series(np.clip(_usual_price(request), low, high))


def _usual_price(request: TypeRequest) -> FloatArray:
    """Within a third of what such a product costs in the currency, ending in .00, .49, .50, .95 or .99, in 9 or 80."""
    keys, level = request.keys("price"), levels(request)
    usual = _products()["price"].gather(_product_at(request)).to_numpy() * level
    step = np.where(level >= 100, 100, np.where(level > 1, 10, 1))
    whole = np.floor(usual * (67 + below(keys, 67)) / 100 / step) * step
    ending = below(mix(keys, "cents"), 5)
    cents = np.array([0.0, 0.49, 0.5, 0.95, 0.99])[ending]
    over = np.where(step == 1, cents, np.where(step == 10, 9, np.array([0, 20, 50, 80, 80])[ending]))
    price: FloatArray = np.round(whole + over, 2)
    return price


def _cost(request: TypeRequest) -> pl.Series:
    """45 to 80 per cent of the price."""
    given = request.sibling("product.price")
    price = _usual_price(request) if given is None else given.cast(pl.Float64).to_numpy()
    cost = price * (45 + below(request.keys("cost"), 36)) / 100
    return pl.Series(np.where(levels(request) >= 100, np.floor(cost), np.round(cost, 2))).fill_nan(None)


def _code(request: TypeRequest, before: str, digits: int) -> pl.Series:
    return text(pl.concat_str(pl.lit(before), "number"), number=numbered(request, before, digits))


def _sku(request: TypeRequest) -> pl.Series:
    """Three letters of the category and six digits."""
    given = request.sibling("product.category")
    category = _product_category(request) if given is None else given
    return text(
        pl.concat_str(
            pl.col("category").str.replace_all("[^A-Za-z]", "").str.slice(0, 3).str.to_uppercase().fill_null("ART"),
            pl.lit("-"),
            "number",
        ),
        category=category,
        number=numbered(request, "sku", 6),
    )


def _steps(request: TypeRequest, what: str, values: tuple[float, ...]) -> pl.Series:
    return pl.Series(np.array(values)[below(request.keys(what), len(values))])


def _rating(request: TypeRequest) -> pl.Series:
    low, high = bounds(request, 1, 5)
    return pl.Series(
        np.clip(np.array([1, 2, 3, 3, 4, 4, 4, 5, 5, 5])[below(request.keys("rating"), 10)], low, high).astype(np.int64)
    )


def _of_stage(request: TypeRequest, at: int, otherwise: str) -> pl.Series:
    given = request.sibling("crm.stage")
    stages = given if given is not None else _stage(request)
    known = {stage: str(values[at]) for stage, values in STAGES.items()}
    return stages.str.to_lowercase().replace_strict(known, default=otherwise, return_dtype=pl.String)


def _stage(request: TypeRequest) -> pl.Series:
    return hundred_of("crm.stage").gather(below(request.keys("crm.stage"), 100))


def _probability(request: TypeRequest) -> pl.Series:
    return _of_stage(request, 0, "50").cast(pl.Int64)


def _deal_name(request: TypeRequest) -> pl.Series:
    """What is sold, and to whom where the company is beside it."""
    company = request.sibling("company.name")
    what = pl.Series(_DEALS.split("|")).gather(below(request.keys("deal name"), len(_DEALS.split("|"))))
    if company is None:
        stems = invented_stems()
        company = stems.gather(below(request.keys("deal company"), stems.len()))
    named = text(pl.concat_str("company", "what", separator=" - "), company=company, what=what)
    if not request.unique:
        return named
    return text(pl.concat_str("named", pl.lit(" #"), "row"), named=named, row=pl.Series(request.rows + 1))


def _phrase(request: TypeRequest, what: str, words: str) -> pl.Series:
    pool = pl.Series(words.split("|"))
    return pool.gather(below(request.keys(what), pool.len()))


def _campaign(request: TypeRequest) -> pl.Series:
    season = _phrase(request, "season", "Spring|Summer|Autumn|Winter|Q1|Q2|Q3|Q4")
    theme = _phrase(
        request,
        "theme",
        "Product Launch|Webinar Series|Customer Days|Newsletter|Trade Show|Referral Drive|Upgrade Offer|Welcome Series",
    )
    years = pl.Series(request.as_of.year - below(request.keys("campaign year"), 3))
    return text(pl.concat_str("season", "year", "theme", separator=" "), season=season, year=years, theme=theme)


_DEALS: Final = (
    "Annual License|Renewal|Expansion|Pilot|New Sites|Platform Rollout|Support Contract|Training Package|Upgrade"
)
_TICKETS: Final = (
    "Cannot sign in|Invoice shows the wrong amount|Export takes too long|Error when saving a record|"
    "Data does not refresh|Request for a new report|Password reset mail does not arrive|Integration stopped working|"
    "Wrong time zone in the calendar|Please change our billing address|Import fails with an empty file|"
    "Question about the contract|App crashes on start"
)
_MINMAX: Final = ("min", "max")


def _type(
    name: str, example: str, description: str, make: Callable[..., pl.Series], kind: Kind = Kind.TEXT, **more: Any
) -> SemanticType:
    entity = {"product": "product", "crm": "deal"}.get(name.split(".", maxsplit=1)[0])
    return SemanticType(name, kind, description, example, make, entity, **more)


def _number_type(
    name: str, example: str, description: str, what: tuple[float, float, tuple[float, float], int]
) -> SemanticType:
    kind = Kind.WHOLE if what[3] == 0 else Kind.NUMBER
    make = partial(numbers, what=name, median=what[0], p90=what[1], span=what[2], decimals=what[3])
    return _type(name, example, description, make, kind, options=_MINMAX, valid="{value} >= 0")


def _amount_type(
    name: str, example: str, description: str, what: tuple[float, float, tuple[float, float], int]
) -> SemanticType:
    """An amount in the currency beside it."""
    kind = Kind.WHOLE if what[3] == 0 else Kind.NUMBER
    make = partial(amounts, what=name, median=what[0], p90=what[1], span=what[2], decimals=what[3])
    return _type(name, example, description, make, kind, options=_MINMAX, follows=CURRENCIES, valid="{value} >= 0")


def _code_type(name: str, before: str, description: str, digits: int) -> SemanticType:
    form = f"regexp_full_match({{value}}, '{before}[0-9]{{{digits},}}')"
    return _type(
        name,
        f"{before}{'0048213'[-digits:].zfill(digits)}",
        description,
        partial(_code, before=before, digits=digits),
        valid=form,
        capacity=None,
    )


COMMERCE: Final[tuple[SemanticType, ...]] = (
    _type(
        "product.name",
        "Velmora Desk Lamp",
        "Invented make and what it is, of the category beside it.",
        _product_name,
        follows_narrowed=("product.category",),
        capacity=None,
        valid="contains({value}, ' ')",
    ),
    _type(
        "product.category",
        "Home & Kitchen",
        "Category of the product beside it.",
        _product_category,
        follows_narrowed=("product.category",),
        valid="{value} IN (SELECT category FROM synthdeal_products)",
    ),
    _type(
        "product.price",
        "49.95",
        "Price of such a product, within a third of what is usual.",
        _price,
        Kind.NUMBER,
        options=_MINMAX,
        follows=CURRENCIES,
        follows_narrowed=("product.category",),
        valid="{value} > 0",
    ),
    _type(
        "product.cost",
        "29.40",
        "What the product costs its seller: 45% to 80% of the price beside it.",
        _cost,
        Kind.NUMBER,
        follows=CURRENCIES,
        follows_narrowed=("product.price", "product.category"),
        valid="{value} > 0",
        agreements=("{value} <= {product.price}",),
    ),
    _type(
        "product.sku",
        "HOM-048213",
        "Article number: three letters of the category, six digits.",
        _sku,
        follows_narrowed=("product.category",),
        capacity=None,
        valid="regexp_full_match({value}, '[A-Z]{1,3}-[0-9]{6,}')",
    ),
    _number_type("product.weight_kg", "1.2", "Weight in kilograms.", (1.2, 8, (0.01, 500), 2)),
    _number_type("product.stock", "120", "Pieces in stock.", (80, 600, (0, 100_000), 0)),
    _type(
        "business.quantity",
        "2",
        "Pieces of an order line, mostly few.",
        partial(numbers, what="quantity", median=2, p90=6, span=(1, 1_000), decimals=0),
        Kind.WHOLE,
        options=_MINMAX,
        valid="{value} >= 0",
    ),
    _type(
        "business.discount",
        "0.1",
        "Discount as a part of 1: none in half of the rows, else up to 0.3.",
        partial(_steps, what="discount", values=(0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3)),
        Kind.NUMBER,
        valid="{value} BETWEEN 0 AND 1",
    ),
    _type(
        "business.tax_rate",
        "0.19",
        "Rate of a sales tax as a part of 1.",
        partial(_steps, what="tax", values=(0.0, 0.07, 0.1, 0.19, 0.2, 0.21, 0.22, 0.25)),
        Kind.NUMBER,
        valid="{value} BETWEEN 0 AND 1",
    ),
    _type(
        "business.rating",
        "4",
        "Stars from 1 to 5, more good than bad.",
        _rating,
        Kind.WHOLE,
        options=_MINMAX,
        valid="{value} BETWEEN 1 AND 5",
    ),
    _amount_type("business.budget", "25000", "Budget of a project.", (25_000, 200_000, (500, 100_000_000), 0)),
    _number_type("business.salary", "58000", "Salary of a year before tax.", (58_000, 110_000, (20_000, 900_000), 0)),
    _number_type("business.hours_worked", "7.5", "Hours of a day's work.", (6, 9, (0.25, 16), 2)),
    _code_type("business.order_number", "SO-", "Number of an order.", 7),
    _code_type("business.invoice_number", "INV-", "Number of an invoice.", 7),
    _code_type("business.contract_number", "CT-", "Number of a contract.", 6),
    _code_type("business.tracking_number", "ZZ", "Number of a parcel; ZZ is the prefix of no carrier.", 10),
    _code_type("business.customer_number", "C-", "Number of a customer.", 6),
    _code_type("business.cost_center", "CC-", "Number of a cost centre.", 4),
    _type(
        "business.project_name",
        "Project Velmora",
        "Invented name of a project.",
        lambda request: text(
            pl.concat_str(pl.lit("Project "), "stem"),
            stem=invented_stems().gather(below(request.keys("project"), invented_stems().len())),
        ),
        valid="starts_with({value}, 'Project ')",
    ),
    _type(
        "crm.probability",
        "75",
        "Probability of a deal in per cent, by the stage beside it.",
        _probability,
        Kind.WHOLE,
        follows_narrowed=("crm.stage",),
        valid="{value} BETWEEN 0 AND 100",
    ),
    _type(
        "crm.forecast_category",
        "Commit",
        "Forecast category of the stage beside it.",
        partial(_of_stage, at=1, otherwise="Pipeline"),
        follows_narrowed=("crm.stage",),
        valid="{value} IN ('Pipeline', 'Best Case', 'Commit', 'Closed', 'Omitted')",
    ),
    _type(
        "crm.deal_name",
        "Velmora Freight Lines - Renewal",
        "Name of a deal, with the company beside it.",
        _deal_name,
        follows=("company.name",),
        capacity=None,
        valid="contains({value}, ' - ')",
        agreements=("starts_with({value}, {company.name})",),
    ),
    _amount_type(
        "crm.amount",
        "24000",
        "Amount of a deal: half are up to 24,000, one in ten over 150,000.",
        (24_000, 150_000, (500, 50_000_000), 2),
    ),
    _type("crm.campaign_name", "Spring 2026 Webinar Series", "Name of a campaign.", _campaign, valid="{value} <> ''"),
    _type(
        "crm.ticket_subject",
        "Cannot sign in",
        "Subject of a support case.",
        partial(_phrase, what="ticket", words=_TICKETS),
        valid="{value} <> ''",
    ),
    _type(
        "crm.nps_score",
        "9",
        "Answer from 0 to 10 on whether one would recommend us.",
        partial(whole_numbers, what="nps", low=0, high=10),
        Kind.WHOLE,
        options=_MINMAX,
        valid="{value} BETWEEN 0 AND 10",
    ),
    _type(
        "crm.satisfaction",
        "4",
        "Satisfaction from 1 to 5.",
        partial(whole_numbers, what="satisfaction", low=1, high=5),
        Kind.WHOLE,
        options=_MINMAX,
        valid="{value} BETWEEN 1 AND 5",
    ),
    _type(
        "crm.lead_score",
        "62",
        "Score of a lead from 0 to 100.",
        partial(whole_numbers, what="lead score", low=0, high=100),
        Kind.WHOLE,
        options=_MINMAX,
        valid="{value} BETWEEN 0 AND 100",
    ),
)

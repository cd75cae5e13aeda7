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
)
from synthdeal_assets.datasets.types.joint_tables import JointTable
from synthdeal_assets.datasets.types.languages import LANGUAGES, english_of, in_language, is_word
from synthdeal_assets.datasets.types.lists import list_of
from synthdeal_assets.datasets.types.money import CURRENCIES, amounts, levels
from synthdeal_assets.datasets.types.name_words import folded, singulars, split_name
from synthdeal_assets.datasets.types.place_data import COUNTRIES, WITHIN, country_beside, home_country
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.names.companies import invented_stems
from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import FloatArray, mix

_PRODUCTS: Final = JointTable("products.csv", {"category": "product.category"}, {"product": "product.name"})
_MAKE_LAST: Final = ("es", "fr", "it")
"""Languages in which a make stands behind what it is of."""


def _of_product(request: TypeRequest, column: str) -> FloatArray:
    return _PRODUCTS.rows()[column].cast(pl.Float64).to_numpy()[_PRODUCTS.row_of(request)]


def _product_name(request: TypeRequest) -> pl.Series:
    """An invented make and what it is; no two alike where the field is unique."""
    kinds = _PRODUCTS.of_row(request, "product")
    stems = invented_stems()
    both = ("kind", "make") if request.locale[:2] in _MAKE_LAST else ("make", "kind")
    if not request.unique:
        return text(
            pl.concat_str(*both, separator=" "),
            make=stems.gather(below(request.keys("make"), stems.len())),
            kind=kinds,
        )
    turn, one, other = pairs(request.rows, 80, stems.len() // 80, field_salt(request, "make"))
    make = other * 80 + one
    return text(
        pl.when(pl.col("turn") == 0)
        .then(pl.concat_str(*both, separator=" "))
        .otherwise(pl.concat_str(*both, pl.col("turn") + 1, separator=" ")),
        make=stems.gather(make),
        kind=kinds,
        turn=pl.Series(turn),
    )


def _brand(request: TypeRequest) -> pl.Series:
    """The make in the name beside, else one of its own."""
    given = request.sibling("product.name")
    if given is None:
        return invented_stems().gather(below(request.keys("make"), invented_stems().len()))
    makes_last = request.locale[:2] in _MAKE_LAST
    return given.str.extract(r"(\S+?)(?: \d+)?$" if makes_last else r"^(\S+)")


def _product_category(request: TypeRequest) -> pl.Series:
    return _PRODUCTS.of_row(request, "category")


def _price(request: TypeRequest) -> pl.Series:
    low, high = bounds(request, 0.5, 1e9)
    return pl.Series(np.clip(_usual_price(request), low, high))


def _usual_price(request: TypeRequest) -> FloatArray:
    """Within a third of what such a product costs in the currency, ending in .00, .49, .50, .95 or .99, in 9 or 80."""
    keys, level = request.keys("price"), levels(request)
    usual = _of_product(request, "price") * level
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


def _weight(request: TypeRequest) -> pl.Series:
    """Within a third of what such a product weighs."""
    low, high = bounds(request, 0.01, 1e6)
    weights = _of_product(request, "kg") * (67 + below(request.keys("weight"), 67)) / 100
    return pl.Series(np.clip(np.round(weights, 2), low, high))


def _code(request: TypeRequest, before: str, digits: int) -> pl.Series:
    return text(pl.concat_str(pl.lit(before), "number"), number=numbered(request, before, digits))


def _sku(request: TypeRequest) -> pl.Series:
    """Three letters of the category, of the English one where it has none, and six digits."""
    given = request.sibling("product.category")
    category = _product_category(request) if given is None else given
    different = category.drop_nulls().unique(maintain_order=True)
    letters = {name: _letters_of(name) or _letters_of(_english(name)) or "ART" for name in different}
    return text(
        pl.concat_str(pl.col("letters").fill_null("ART"), pl.lit("-"), "number"),
        letters=category.replace_strict(letters, default=None, return_dtype=pl.String),
        number=numbered(request, "sku", 6),
    )


def _letters_of(category: str) -> str:
    return "".join(letter for letter in slug(category) if letter.isalpha())[:3].upper()


def _english(category: str) -> str:
    return english_of("product.category").get(category.lower(), "")


def _tax_rate(request: TypeRequest) -> pl.Series:
    """Of the country beside, else of the locale: the full rate in most rows."""
    said, home = country_beside(request), home_country(request.locale)
    rates = dict(data_file("countries.csv").select("country_code", "tax_rates").rows())
    # Of ten rows seven have the first rate, two the second, one the third.
    ranks = np.searchsorted([7, 9], below(request.keys("tax"), 10), side="right")
    at_rank = [
        {code: float(each.split("|")[min(rank, each.count("|"))]) for code, each in rates.items()} for rank in range(3)
    ]
    countries = pl.repeat(home, request.rows.size, eager=True) if said is None else said.fill_null(home)
    columns = [countries.replace_strict(known, return_dtype=pl.Float64).to_numpy() for known in at_rank]
    return pl.Series(np.choose(ranks, columns))


def _steps(request: TypeRequest, what: str, values: tuple[float, ...]) -> pl.Series:
    return pl.Series(np.array(values)[below(request.keys(what), len(values))])


STARS: Final = np.array([1, 2, 3, 3, 4, 4, 4, 5, 5, 5])
"""Of ten ratings so many of each."""


def stars(request: TypeRequest, what: str) -> pl.Series:
    """Ratings from 1 to 5, more good than bad, or between the bounds given."""
    low, high = bounds(request, 1, 5)
    return pl.Series(np.clip(STARS[below(request.keys(what), 10)], low, high).astype(np.int64))


def _project(request: TypeRequest) -> pl.Series:
    word = in_language(pl.Series(["Project"]), "business.project_name", request.locale)[0]
    stems = invented_stems()
    return f"{word} " + stems.gather(below(request.keys("project"), stems.len()))


@cache
def _site_words(table: str, locale: str) -> str:
    """What sites of a table are called behind an invented word: what the table is called after, else nothing."""
    sites = data_file("sites.csv")
    language = locale[:2] if locale[:2] in LANGUAGES else "en"
    said = {one for word in split_name(table) for one in singulars(word)}
    known = ((words, name) for words, name in sites.select("words", language).rows())
    return next((name for words, name in known if said & {folded([word]) for word in words.split("|")}), "")


def _site(request: TypeRequest) -> pl.Series:
    """An invented word and what kind of place it is, in the order of the language; unique ones get numbers at last."""
    word, stems = _site_words(request.table, request.locale), invented_stems()
    before = request.locale[:2] in ("de", *_MAKE_LAST)
    parts = [part for part in (pl.lit(word) if word else None, pl.col("stem")) if part is not None]
    ordered = pl.concat_str(*(parts if before else reversed(parts)), separator=" ")
    if not request.unique:
        return text(ordered, stem=stems.gather(below(request.keys("site"), stems.len())))
    turn, one, other = pairs(request.rows, 80, stems.len() // 80, field_salt(request, "site"))
    return text(
        pl.when(pl.col("turn") == 0).then(ordered).otherwise(pl.concat_str(ordered, pl.col("turn") + 1, separator=" ")),
        stem=stems.gather(other * 80 + one),
        turn=pl.Series(turn),
    )


_COUNTED: Final = {"kg": "piece", "l": "piece", "m": "piece"}


def _unit(request: TypeRequest) -> pl.Series:
    """One of the list; of products beside, which all are pieces, none that is measured."""
    units = list_of("business.unit")
    counted = any(request.sibling(name) is not None for name in ("product.name", "product.category"))
    values = units["value"].replace(_COUNTED) if counted else units["value"]
    hundred = in_language(values.repeat_by(units["weight"]).explode(), "business.unit", request.locale)
    return hundred.gather(below(request.keys("business.unit"), 100))


MINMAX: Final = ("min", "max")


def commerce_type(
    name: str, example: str, description: str, make: Callable[..., pl.Series], kind: Kind = Kind.TEXT, **more: Any
) -> SemanticType:
    """A type of any family of this module and `crm`."""
    entity = {"product": "product", "crm": "deal"}.get(name.split(".", maxsplit=1)[0])
    return SemanticType(name, kind, description, example, make, entity, **more)


def _number_type(
    name: str, example: str, description: str, what: tuple[float, float, tuple[float, float], int]
) -> SemanticType:
    kind = Kind.WHOLE if what[3] == 0 else Kind.NUMBER
    make = partial(numbers, what=name, median=what[0], p90=what[1], span=what[2], decimals=what[3])
    return commerce_type(name, example, description, make, kind, options=MINMAX, valid="{value} >= 0")


def amount_type(
    name: str, example: str, description: str, what: tuple[float, float, tuple[float, float], int]
) -> SemanticType:
    """An amount in the currency beside it."""
    kind = Kind.WHOLE if what[3] == 0 else Kind.NUMBER
    make = partial(amounts, what=name, median=what[0], p90=what[1], span=what[2], decimals=what[3])
    return commerce_type(
        name, example, description, make, kind, options=MINMAX, follows=CURRENCIES, valid="{value} >= 0"
    )


def _code_type(name: str, before: str, description: str, digits: int) -> SemanticType:
    form = f"regexp_full_match({{value}}, '{before}[0-9]{{{digits},}}')"
    return commerce_type(
        name,
        f"{before}{'0048213'[-digits:].zfill(digits)}",
        description,
        partial(_code, before=before, digits=digits),
        valid=form,
        capacity=None,
    )


COMMERCE: Final[tuple[SemanticType, ...]] = (
    commerce_type(
        "product.name",
        "Velmora Desk Lamp",
        "Invented make and what it is, of the category beside it.",
        _product_name,
        follows_narrowed=("product.category",),
        capacity=None,
        valid="contains({value}, ' ')",
    ),
    commerce_type(
        "product.brand",
        "Velmora",
        "Invented make, that of the product beside it.",
        _brand,
        follows=("product.name",),
        valid="{value} <> ''",
        agreements=("contains({product.name}, {value})",),
    ),
    commerce_type(
        "product.category",
        "Home & Kitchen",
        "Category of the product beside it.",
        _product_category,
        follows_narrowed=("product.category",),
        valid=is_word("product.category"),
    ),
    commerce_type(
        "product.price",
        "49.95",
        "Price of such a product, within a third of what is usual.",
        _price,
        Kind.NUMBER,
        options=MINMAX,
        follows=CURRENCIES,
        follows_narrowed=("product.category",),
        valid="{value} > 0",
    ),
    commerce_type(
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
    commerce_type(
        "product.sku",
        "HOM-048213",
        "Article number: three letters of the category, six digits.",
        _sku,
        follows_narrowed=("product.category",),
        capacity=None,
        valid="regexp_full_match({value}, '[A-Z]{1,3}-[0-9]{6,}')",
    ),
    commerce_type(
        "product.weight_kg",
        "1.2",
        "Weight of such a product in kilograms.",
        _weight,
        Kind.NUMBER,
        options=MINMAX,
        follows_narrowed=("product.category",),
        valid="{value} > 0",
    ),
    _number_type("product.stock", "120", "Pieces in stock.", (80, 600, (0, 100_000), 0)),
    commerce_type(
        "business.quantity",
        "2",
        "Pieces of an order line, mostly few.",
        partial(numbers, what="quantity", median=2, p90=6, span=(1, 1_000), decimals=0),
        Kind.WHOLE,
        options=MINMAX,
        valid="{value} >= 0",
    ),
    commerce_type(
        "business.discount",
        "0.1",
        "Discount as a part of 1: none in half of the rows, else up to 0.3.",
        partial(_steps, what="discount", values=(0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3)),
        Kind.NUMBER,
        valid="{value} BETWEEN 0 AND 1",
    ),
    commerce_type(
        "business.tax_rate",
        "0.19",
        "Rate of a sales tax as a part of 1: one of the country beside it, else of the locale; the full rate in most"
        " rows.",
        _tax_rate,
        Kind.NUMBER,
        options=("country",),
        follows=COUNTRIES,
        follows_narrowed=WITHIN,
        valid="{value} BETWEEN 0 AND 1",
    ),
    commerce_type(
        "business.rating",
        "4",
        "Stars from 1 to 5, more good than bad.",
        partial(stars, what="rating"),
        Kind.WHOLE,
        options=MINMAX,
        valid="{value} BETWEEN 1 AND 5",
    ),
    amount_type("business.budget", "25000", "Budget of a project.", (25_000, 200_000, (500, 100_000_000), 0)),
    _number_type("business.hours_worked", "7.5", "Hours of a day's work.", (6, 9, (0.25, 16), 2)),
    _code_type("business.order_number", "SO-", "Number of an order.", 7),
    _code_type("business.invoice_number", "INV-", "Number of an invoice.", 7),
    _code_type("business.contract_number", "CT-", "Number of a contract.", 6),
    _code_type("business.tracking_number", "ZZ", "Number of a parcel; ZZ is the prefix of no carrier.", 10),
    _code_type("business.customer_number", "C-", "Number of a customer.", 6),
    _code_type("business.cost_center", "CC-", "Number of a cost centre.", 4),
    commerce_type(
        "business.project_name",
        "Project Velmora",
        "Invented name of a project.",
        _project,
        valid="contains({value}, ' ')",
    ),
    commerce_type(
        "business.site_name",
        "Velmora Hotel",
        "Invented name of a place such as a shop, hotel or school, which its table is called after.",
        _site,
        valid="{value} <> ''",
        capacity=None,
    ),
    amount_type(
        "business.rent", "1250", "Rent of a month, in the currency beside it.", (1_200, 2_600, (250, 20_000), 0)
    ),
    commerce_type(
        "business.unit",
        "piece",
        "Unit in which goods are counted; beside a product none that is measured.",
        _unit,
        follows=("product.name", "product.category"),
        valid=is_word("business.unit"),
    ),
)

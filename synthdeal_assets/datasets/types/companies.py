"""Types of companies: invented names, domains and what agrees with them."""

from __future__ import annotations

from functools import cache
from typing import Final

import polars as pl

from synthdeal_assets.datasets.types.draws import below, entity_salt, pairs, text
from synthdeal_assets.datasets.types.languages import english_of, in_language
from synthdeal_assets.datasets.types.semantic_type import Family, TypeRequest
from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES, invented_stems
from synthdeal_assets.foundation.drawing.names.pools import csv_pool
from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import IntArray


@cache
def _words() -> pl.DataFrame:
    """For each industry in turn its words: word, and as it stands in a domain. No word is of two industries."""
    parts = csv_pool("synthdeal_assets.foundation.drawing.names", "fictional_words.csv")
    words = [parts.filter(pl.col("kind") == industry)["word"] for industry in INDUSTRIES]
    per_industry = min(word.len() for word in words)
    all_words = pl.concat([word.head(per_industry) for word in words])
    return pl.DataFrame({"word": all_words, "address": [slug(word) for word in all_words]})


@cache
def _stem_addresses() -> pl.Series:
    return pl.Series([slug(stem) for stem in invented_stems()])


def _drawn_industries(request: TypeRequest) -> IntArray:
    return below(request.keys("industry"), len(INDUSTRIES))


def _industry_numbers(request: TypeRequest) -> IntArray:
    drawn = _drawn_industries(request)
    given = request.sibling("company.industry")
    if given is None:
        return drawn
    known = {word: INDUSTRIES.index(english) for word, english in english_of("company.industry").items()}
    # An industry of the user's own has no words here: its companies get those of any.
    said = given.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.Int64)
    return said.fill_null(pl.Series(drawn)).to_numpy()


def _parts(request: TypeRequest) -> tuple[IntArray, IntArray, IntArray]:
    """For each row the round, the place of its made-up word and that of its industry's; no three alike."""
    per_industry = _words().height // len(INDUSTRIES)
    turn, word, stem = pairs(request.rows, per_industry, invented_stems().len(), entity_salt(request, "company"))
    return turn, stem, _industry_numbers(request) * per_industry + word


def company_name(request: TypeRequest) -> pl.Series:
    """A made-up word and one of the industry; from the second round of all pairs on with a number."""
    turn, stem, word = _parts(request)
    return text(
        pl.concat_str("stem", pl.lit(" "), "word")
        + pl.when(pl.col("turn") == 0).then(pl.lit("")).otherwise(" " + (pl.col("turn") + 1).cast(pl.String)),
        stem=invented_stems().gather(stem),
        word=_words()["word"].gather(word),
        turn=pl.Series(turn),
    )


def company_domain(request: TypeRequest) -> pl.Series:
    """The domain of the company, or of the name beside it."""
    given = request.sibling("company.name")
    if given is None:
        turn, stem, word = _parts(request)
        return text(
            pl.concat_str("stem", pl.lit("-"), "word")
            + pl.when(pl.col("turn") == 0).then(pl.lit("")).otherwise("-" + (pl.col("turn") + 1).cast(pl.String))
            + ".example",
            stem=_stem_addresses().gather(stem),
            word=_words()["address"].gather(word),
            turn=pl.Series(turn),
        )
    return _domains_of(request, given)


def _domains_of(request: TypeRequest, names: pl.Series) -> pl.Series:
    """Domains of names that are not ours; where the field is unique, with the number of the row."""
    different = names.drop_nulls().unique(maintain_order=True)
    addresses = names.replace_strict({name: slug(name) or "company" for name in different}, return_dtype=pl.String)
    if request.unique:
        addresses = text(pl.concat_str("address", "row", separator="-"), address=addresses, row=pl.Series(request.rows))
    return addresses + ".example"


def _industry(request: TypeRequest) -> pl.Series:
    industries = in_language(pl.Series(INDUSTRIES), "company.industry", request.locale)
    return industries.gather(_drawn_industries(request))


company_type: Final = Family("company", "company")
"""A type whose keys are those of the company."""


DOMAIN_FORM: Final = "regexp_full_match({value}, '([a-z0-9-]+[.])+example')"

COMPANY_NAMES: Final = (
    company_type(
        "name",
        "Velmora Freight Lines",
        "Invented company: a made-up word and a word of its industry; no name twice.",
        company_name,
        follows_narrowed=("company.industry",),
        capacity=None,
        valid="{value} <> ''",
    ),
    company_type(
        "domain",
        "velmora-freight-lines.example",
        "Domain of the company beside it, below .example, which RFC 2606 keeps from being used.",
        company_domain,
        follows_narrowed=("company.name", "company.industry"),
        capacity=None,
        valid=DOMAIN_FORM,
    ),
    company_type("industry", "Technology", "One of 16 industries.", _industry, valid="{value} <> ''"),
)

"""Types of text: words, sentences and what people write, in in the language of the locale."""

from __future__ import annotations

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, data_file, text
from synthdeal_assets.datasets.types.languages import in_language
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.forms import text_of
from synthdeal_assets.foundation.drawing.randomness import mix

_HEX: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


_ORDERS: Final = {"ja": (("who", "how", "what", "does"), "", "。")}
"""Language -> order of the parts of a sentence, what is between and behind them, where it is not as in English."""


@cache
def _words(kind: str, language: str) -> pl.Series:
    """The words of a kind, in English where there are none in the language."""
    of_kind = data_file("words.csv").filter(pl.col("kind") == kind)
    own = of_kind.filter(pl.col("language") == language)["word"]
    return own if own.len() else of_kind.filter(pl.col("language") == "en")["word"]


def _pick(request: TypeRequest, what: str, kind: str) -> pl.Series:
    pool = _words(kind, request.locale[:2])
    return pool.gather(below(request.keys(what), pool.len()))


def _sentence(request: TypeRequest, number: int = 0) -> pl.Series:
    order, blank, end = _ORDERS.get(request.locale[:2], (("who", "does", "what", "how"), " ", "."))
    return text(
        pl.concat_str(*order, separator=blank) + end,
        who=_pick(request, f"who {number}", "subject"),
        does=_pick(request, f"does {number}", "verb"),
        what=_pick(request, f"what {number}", "object"),
        how=_pick(request, f"how {number}", "ending"),
    )


def _paragraph(request: TypeRequest, least: int, most: int) -> pl.Series:
    count = least + below(request.keys("sentences"), most - least + 1)
    sentences = {f"s{at}": _sentence(request, at) for at in range(most)}
    wanted = [pl.when(pl.lit(at) < pl.col("count")).then(f"s{at}") for at in range(most)]
    return text(pl.concat_str(*wanted, separator=" ", ignore_nulls=True), count=pl.Series(count), **sentences)


def _title(request: TypeRequest) -> pl.Series:
    keys = request.keys("title")
    nouns = _words("noun", request.locale[:2])
    one = nouns.gather(below(keys, nouns.len())).str.slice(0, 1).str.to_uppercase() + nouns.gather(
        below(keys, nouns.len())
    ).str.slice(1)
    return text(pl.concat_str("one", pl.lit(": "), "rest"), one=one, rest=_pick(request, "title rest", "object"))


def _word(request: TypeRequest) -> pl.Series:
    return _pick(request, "word", "noun")


@cache
def _reviews(kind: str) -> pl.Series:
    return data_file("translations.csv").filter(pl.col("kind") == kind)["en"]


def _review(request: TypeRequest) -> pl.Series:
    """Of the stars beside it."""
    given = request.sibling("business.rating")
    stars = (
        pl.Series(np.array([1, 2, 3, 3, 4, 4, 4, 5, 5, 5])[below(request.keys("stars"), 10)])
        if given is None
        else given
    )
    pool = pl.concat(
        [in_language(_reviews(f"review {stars}"), f"review {stars}", request.locale) for stars in range(1, 6)]
    )
    at = stars.cast(pl.Int64).clip(1, 5).fill_null(3).to_numpy() - 1
    return pool.gather(at * 4 + below(request.keys("review"), 4))


def _hex_color(request: TypeRequest) -> pl.Series:
    keys = request.keys("hex")
    points = np.column_stack(
        [np.full(request.rows.size, ord("#")), *(_HEX[below(mix(keys, str(at)), 16)] for at in range(6))]
    )
    return text_of(points.astype(np.uint32))


def _flag(request: TypeRequest) -> pl.Series:
    return pl.Series(below(request.keys("flag"), 2) == 1)


_type: Final = Family("text")


WRITING: Final[tuple[SemanticType, ...]] = (
    _type(
        "word",
        "project",
        "Word of everyday business, in the language of the locale.",
        _word,
        valid="{value} <> ''",
    ),
    _type(
        "sentence",
        "The team confirms the open points this week.",
        "Sentence, in the language of the locale.",
        _sentence,
        valid="regexp_matches({value}, '[.。]$')",
    ),
    _type(
        "paragraph",
        "The team confirms the open points this week. The order covers two more days as discussed.",
        "Two to five sentences.",
        partial(_paragraph, least=2, most=5),
        valid="regexp_matches({value}, '[.。]$')",
    ),
    _type(
        "comment",
        "Our customer needs a short summary before the meeting.",
        "One or two sentences as of a note.",
        partial(_paragraph, least=1, most=2),
        valid="regexp_matches({value}, '[.。]$')",
    ),
    _type("title", "Project: the first results", "Short heading.", _title, valid="contains({value}, ': ')"),
    _type(
        "review",
        "Exactly what I was looking for.",
        "Opinion of a buyer, of the stars beside it.",
        _review,
        follows=("business.rating",),
        valid="{value} <> ''",
    ),
    _type(
        "hex_color",
        "#4f1a9c",
        "Colour as it stands on a web page.",
        _hex_color,
        valid="regexp_full_match({value}, '#[0-9a-f]{6}')",
    ),
    _type(
        "flag", "true", "True or false, half of the rows each by draw.", _flag, Kind.FLAG, valid="{value} IS NOT NULL"
    ),
)

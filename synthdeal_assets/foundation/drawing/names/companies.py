"""Names of invented companies: a made-up word and a word of the industry, such as "Velmora Freight Lines".

Where a company is and what it is like belongs in the room that makes it up.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.pools import csv_pool
from synthdeal_assets.foundation.drawing.randomness import IntArray, choose

INDUSTRIES: Final = (
    "Technology",
    "Financial Services",
    "Insurance",
    "Healthcare",
    "Pharmaceuticals",
    "Retail",
    "Consumer Goods",
    "Manufacturing",
    "Automotive",
    "Aerospace & Defense",
    "Energy",
    "Utilities",
    "Telecommunications",
    "Media",
    "Transportation & Logistics",
    "Hospitality",
)

PRIME_STEP: Final = 1_000_003
"""A step that visits every place of a shorter list once, in an order that does not look like counting."""


@cache
def invented_stems() -> pl.Series:
    """The made-up words, none twice, in the order of the data file."""
    parts = csv_pool("synthdeal_assets.foundation.drawing.names", "fictional_words.csv")
    beginnings, endings = (parts.filter(pl.col("kind") == kind)["word"].to_list() for kind in ("beginning", "ending"))
    return pl.Series(list(dict.fromkeys(beginning + ending for beginning in beginnings for ending in endings)))


def invented_capacity() -> int:
    """How many invented companies there are names for."""
    parts = csv_pool("synthdeal_assets.foundation.drawing.names", "fictional_words.csv")
    words = min(parts.filter(pl.col("kind") == industry).height for industry in INDUSTRIES)
    return invented_stems().len() * words * len(INDUSTRIES)


def invented_companies(number: IntArray, starts: IntArray, salt: str) -> pl.DataFrame:
    """The companies with these numbers, no name twice among different numbers.

    Args:
        number: Number of each company, from 0; its industry is `INDUSTRIES[number % 16]`.
        starts: For each industry the place of its first made-up word in `invented_stems()`.
        salt: What the words of the industry are drawn with.

    Returns:
        name, domain (without its `.example`) and industry, all text.

    Raises:
        ValueError: A number is beyond the names there are.
    """
    parts = csv_pool("synthdeal_assets.foundation.drawing.names", "fictional_words.csv")
    stems = invented_stems()
    words = [parts.filter(pl.col("kind") == industry)["word"] for industry in INDUSTRIES]
    industry = number % len(INDUSTRIES)
    within = number // len(INDUSTRIES)
    count = int(number.max(initial=-1)) + 1
    if count > invented_capacity():
        raise ValueError(f"{count} companies, but only {invented_capacity()} fictional names")
    stem = (starts[industry] + within * PRIME_STEP) % stems.len()
    # After each round through the stems the next word of the industry begins, so no pair comes twice.
    word_round = within // stems.len()
    all_words = pl.concat(words)
    word_start = np.cumsum([0, *(word.len() for word in words)])
    word_count = np.diff(word_start)[industry]
    word = word_start[industry] + (word_round + choose(stem.astype(np.uint64), salt, 2**16)) % word_count
    return pl.DataFrame(
        {
            "stem": stems.gather(stem),
            "word": all_words.gather(word),
            "industry": pl.Series(INDUSTRIES).gather(industry),
        }
    ).select(
        name=pl.concat_str("stem", "word", separator=" "),
        domain=pl.concat_str(
            pl.col("stem").str.to_lowercase(),
            pl.col("word").str.to_lowercase().str.replace_all("[^a-z]+", "-"),
            separator="-",
        ),
        industry="industry",
    )

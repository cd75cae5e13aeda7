"""Fields of invented sentences: so many words of the language of the dataset, which mean nothing together."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.moments import whole_between
from synthdeal_assets.datasets.engine.streams import rehash, uniforms
from synthdeal_assets.datasets.spec.dataset import ResolvedField
from synthdeal_assets.foundation.drawing.entries import places_within
from synthdeal_assets.foundation.drawing.randomness import mix

if TYPE_CHECKING:
    from synthdeal_assets.datasets.engine.columns import Batch

SENTENCE_WORDS: Final = 9
"""Words after which a sentence ends."""


def texts_of(batch: Batch, field: ResolvedField) -> pl.Series:
    """Sentences of as many words as are declared for each row."""
    assert field.spec.text is not None  # noqa: S101  # resolved
    fewest, most = field.spec.text.words
    keys = batch.keys(field.name, "words")
    size = len(batch)
    counts, _ = whole_between(np.full(size, fewest), np.full(size, most), uniforms(mix(keys, "count")))
    rows = np.repeat(np.arange(size), counts)
    places = places_within(counts)
    pool = _words(batch.columns.dataset.specification.locale)
    drawn = pool.gather(np.floor(uniforms(rehash(keys[rows], places)) * pool.len()).astype(np.int64))
    frame = pl.DataFrame({"row": rows, "word": drawn, "place": places, "count": counts[rows]})
    begins = pl.col("place") % SENTENCE_WORDS == 0
    ends = (pl.col("place") % SENTENCE_WORDS == SENTENCE_WORDS - 1) | (pl.col("place") == pl.col("count") - 1)
    word = (
        pl.when(begins)
        .then(pl.col("word").str.head(1).str.to_uppercase() + pl.col("word").str.slice(1))
        .otherwise("word")
    )
    written = word + pl.when(ends).then(pl.lit(".")).otherwise(pl.lit(""))
    joined = (
        frame.select("row", written=written).group_by("row", maintain_order=True).agg(pl.col("written").str.join(" "))
    )
    return joined["written"]


@lru_cache(maxsize=8)
def _words(locale: str) -> pl.Series:
    """The words of Faker for a locale, in its order, each once."""
    from faker import Faker

    fake = Faker(locale, providers=["faker.providers.lorem"])
    return pl.Series(list(dict.fromkeys(fake.get_words_list())), dtype=pl.String)

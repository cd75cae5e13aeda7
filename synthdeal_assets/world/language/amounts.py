"""How numbers are written in the texts of the world.

Only the form of a number belongs here; which numbers are told is decided where the sentence is chosen.
"""

from __future__ import annotations

import polars as pl


def thousands(number: pl.Expr) -> pl.Expr:
    """Whole numbers from 0 up to below 10**9 with commas: "850", "12,500", "1,250,000"."""
    number = number.cast(pl.Int64)
    text = number.cast(pl.String)
    last = (number % 1_000).cast(pl.String).str.zfill(3)
    middle = number // 1_000
    of_millions = pl.concat_str(
        (middle // 1_000).cast(pl.String),
        (middle % 1_000).cast(pl.String).str.zfill(3),
        last,
        separator=",",
    )
    of_thousands = pl.concat_str(middle.cast(pl.String), last, separator=",")
    return pl.when(number < 1_000).then(text).when(number < 1_000_000).then(of_thousands).otherwise(of_millions)


def dollars(amount: pl.Expr) -> pl.Expr:
    """Dollars as sellers write them: "$850", "$8.6K", "$386K", "$1.2M"."""
    return (
        pl.when(amount >= 999_500)
        .then(_short(amount / 1_000_000, "M"))
        .when(amount >= 9_950)
        .then(pl.concat_str(pl.lit("$"), (amount / 1_000).round(0).cast(pl.Int64).cast(pl.String), pl.lit("K")))
        .when(amount >= 1_000)
        .then(_short(amount / 1_000, "K"))
        .otherwise(pl.concat_str(pl.lit("$"), amount.round(0).cast(pl.Int64).cast(pl.String)))
    )


def _short(amount: pl.Expr, suffix: str) -> pl.Expr:
    return pl.concat_str(pl.lit("$"), amount.round(1).cast(pl.String).str.strip_suffix(".0"), pl.lit(suffix))

"""What an amount is made of: a round guess at first, and the sum of the lines of the quote from then on."""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES, RENEWAL
from synthdeal_assets.world.tables import (
    OPPORTUNITIES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
    PRICE_BOOK,
    PRODUCTS,
)
from synthdeal_assets_tests.world.worlds import world

SIZE = 2_000
QUOTED = ("Proposal/Price Quote", "Negotiation/Review")
IS_ROUND = (pl.col("amount") % 1_000) == 0


def deals() -> pl.DataFrame:
    """New business and expansions: a renewal is about several products, and is priced at once."""
    return world(SIZE)[OPPORTUNITIES].filter(pl.col("type") != RENEWAL)


def lines() -> pl.DataFrame:
    return world(SIZE)[OPPORTUNITY_LINE_ITEMS].join(deals(), on="opportunity_id", how="semi")


def cents(column: str) -> pl.Expr:
    return (100 * pl.col(column)).round().cast(pl.Int64)


def test_an_amount_is_the_sum_of_its_lines_to_the_cent() -> None:
    sums = lines().group_by("opportunity_id").agg(total=cents("total_price").sum())
    both = deals().join(sums, on="opportunity_id")
    assert both.height == sums.height > 1_000
    assert both.filter(cents("amount") != pl.col("total")).is_empty()


def test_a_line_follows_from_the_price_book_of_its_product() -> None:
    book = world(SIZE)[PRICE_BOOK]
    products = world(SIZE)[PRODUCTS].select("product_id", "list_price_usd")
    assert book.select("product_id", list_price_usd="unit_price").equals(products)
    of_book = lines().join(book, on=["pricebook_entry_id", "product_id"], suffix="_of_book")
    assert of_book.height == lines().height
    assert (of_book["list_price"] == of_book["unit_price_of_book"]).all()
    discounted = of_book.with_columns(expected=(pl.col("list_price") * (100 - pl.col("discount"))).round())
    assert discounted.filter(cents("unit_price") != pl.col("expected").cast(pl.Int64)).is_empty()
    assert discounted.filter(cents("total_price") != pl.col("quantity") * cents("unit_price")).is_empty()
    assert lines().join(deals(), on=["opportunity_id", "product_id"]).height == lines().height


def test_amounts_are_round_guesses_until_the_quote_and_exact_from_then_on() -> None:
    history = world(SIZE)[OPPORTUNITY_STAGES].join(deals(), on="opportunity_id", how="semi")
    early = history.filter(pl.col("stage_name").is_in(OPEN_STAGES) & ~pl.col("stage_name").is_in(QUOTED))
    late = history.filter(pl.col("stage_name").is_in([*QUOTED, "Closed Won"]))
    assert 0.80 < early.select(IS_ROUND.mean()).item() < 0.95
    assert late.select(IS_ROUND.mean()).item() < 0.03


def test_deals_that_are_quoted_or_won_have_a_line_and_most_others_have_none() -> None:
    has_line = pl.col("opportunity_id").is_in(lines()["opportunity_id"].implode())
    quoted = deals().filter(pl.col("stage_name").is_in([*QUOTED, "Closed Won"]))
    assert quoted.filter(~has_line).is_empty()
    early = deals().filter(~pl.col("is_closed") & ~pl.col("stage_name").is_in(QUOTED))
    assert early.height > 400
    assert 0.05 < early.select(has_line.mean()).item() < 0.2
    assert early.filter(~has_line).select(IS_ROUND.all()).item()


def test_a_guess_is_of_the_order_of_what_comes_out_and_tells_nothing_of_the_end() -> None:
    history = world(SIZE)[OPPORTUNITY_STAGES].sort("opportunity_id", "sequence")
    first = history.group_by("opportunity_id", maintain_order=True).agg(guess=pl.col("amount").first())
    sold = deals().filter("is_won").join(first, on="opportunity_id").filter(pl.col("guess") >= 20_000)
    ratio = sold["guess"] / sold["amount"]
    assert 0.9 < float(np.median(ratio.to_numpy())) < 1.2
    assert ((ratio > 0.4) & (ratio < 2.5)).mean() > 0.97  # type: ignore[operator]
    won = deals().filter("is_closed").join(first, on="opportunity_id").with_columns(round=pl.col("guess") % 1_000 == 0)
    shares = dict(won.group_by("round").agg(pl.col("is_won").mean()).iter_rows())
    assert abs(shares[True] - shares[False]) < 0.06

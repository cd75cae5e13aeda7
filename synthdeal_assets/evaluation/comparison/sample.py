"""The deals that scorers are compared on: drawn in proportion, and mostly the same ones another time.

What the sides are asked about them belongs in `sides.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.pending import chosen_inputs
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.tables import OPPORTUNITIES

STRATA: Final = ("has_planted_instruction", "state")
"""What a sample holds in proportion; planted instructions first, because they are so few."""


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """The deals of a comparison.

    Attributes:
        truth: One row a deal, in the order of opportunity_id, with what is really so (`comparison_deals.sql`).
        inputs: What a scorer may see of them, in the order of the draw, so that any first part is a sample too.
        available: Deals there were to draw from.
        seed: Seed of the draw; None when they come from a file of cases.
        landmark: The month end whose open deals they are; None for the present deals.
        cases_hash: SHA-256 of the file of cases that they come from; None when they were drawn from the world.
    """

    truth: pl.DataFrame
    inputs: tuple[ScorerInput, ...]
    available: int
    seed: int | None
    landmark: dt.date | None = None
    cases_hash: str | None = None


def draw_sample(
    connection: duckdb.DuckDBPyConnection, size: int, seed: int, *, landmark: dt.date | None = None
) -> DrawnSample:
    """Draw deals in proportion to how many are open, won and lost, with and without a planted instruction.

    A deal's place in the draw is a hash of the seed and its id: when the world moves on, or more deals are asked for,
    most of the sample stays the same, and what was asked about it is in the ledger.

    Args:
        connection: The warehouse.
        size: Deals to draw; all, when there are fewer.
        seed: Another one draws other deals.
        landmark: A month end on record: deals that were open on it, as they were, are drawn by what has
            become of them. None draws from the present inputs.

    Raises:
        SynthDealError: There is no world yet.
    """
    if not table_exists(connection, SCORER_INPUTS) or not table_exists(connection, OPPORTUNITIES):
        raise _no_world()
    deals = (
        query_frame(connection, statement(__package__, "comparison_deals.sql"))
        if landmark is None
        else query_frame(connection, statement(__package__, "comparison_landmarks.sql"), {"day": landmark})
    )
    if deals.is_empty():
        raise _no_world()
    order = pl.Series("order", [_place(seed, key) for key in deals["opportunity_id"]], dtype=pl.String)
    drawn = _drawn(deals.with_columns(order).sort("order"), min(size, deals.height), STRATA).sort("order")
    keys = drawn["opportunity_id"].to_list()
    chosen = chosen_inputs(connection, keys) if landmark is None else landmark_inputs(connection, landmark)
    chosen = chosen.filter(pl.col("opportunity_id").is_in(keys))
    inputs = {deal.opportunity_id: deal for deal in deals_of(chosen)}
    return DrawnSample(
        drawn.drop("order").sort("opportunity_id"),
        tuple(inputs[key] for key in drawn["opportunity_id"]),
        deals.height,
        seed,
        landmark,
    )


def _no_world() -> SynthDealError:
    return SynthDealError(
        "There is nothing to compare, because there is no world yet: run `synthdeal run` first.",
        code="compare.no-world",
    )


def _place(seed: int, opportunity_id: str) -> str:
    return hashlib.blake2b(f"{seed}|{opportunity_id}".encode(), digest_size=16).hexdigest()


def _drawn(deals: pl.DataFrame, size: int, by: Sequence[str]) -> pl.DataFrame:
    """The first deals of each group, as many as its share, and within the group in the same way by the next column."""
    if not by:
        return deals.head(size)
    groups = sorted(deals.partition_by(by[0]), key=lambda group: group[by[0]][0])
    sizes = _in_proportion([group.height for group in groups], size)
    return pl.concat(_drawn(group, taken, by[1:]) for group, taken in zip(groups, sizes, strict=True))


def _in_proportion(counts: Sequence[int], total: int) -> list[int]:
    """So many of the total for each count, in proportion, by largest remainders."""
    exact = [total * count / sum(counts) for count in counts]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(counts)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares

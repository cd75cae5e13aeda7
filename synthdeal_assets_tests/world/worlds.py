"""The worlds that several tests look at, each made once, and how well something ranks the deals in them."""

from __future__ import annotations

import datetime as dt
from functools import cache

import polars as pl
from scipy.stats import rankdata

from synthdeal_assets.foundation.drawing.randomness import BoolArray, FloatArray, IntArray
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.spec import WorldSpec

AS_OF = dt.date(2026, 11, 20)
SEED = 42


@cache
def world(size: int, as_of: dt.date = AS_OF) -> dict[Table, pl.DataFrame]:
    """The world of the tests' seed; not to be changed."""
    return generate_world(WorldSpec(SEED, size, as_of))


def auc(scores: IntArray | FloatArray, positive: BoolArray) -> float:
    """Probability that a positive ranks above a negative (Mann and Whitney 1947)."""
    ranks = rankdata(scores)
    wins, losses = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - wins * (wins + 1) / 2) / (wins * losses))

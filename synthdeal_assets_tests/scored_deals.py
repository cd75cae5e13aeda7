"""How many deals of a world are scored: those of its size, and the renewals on top."""

from __future__ import annotations

import datetime as dt
from functools import cache

from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import WORLD


@cache
def scored_deals(size: int, as_of: str, seed: int = 42) -> int:
    """The deals of the last period."""
    first = next(generate_world_in_chunks(WorldSpec(seed, size, dt.date.fromisoformat(as_of))))
    return int(first[WORLD].select("size", "renewals").sum_horizontal().item())

"""The names that people of the world bear: those of the locales of its countries."""

from __future__ import annotations

from functools import lru_cache

from synthdeal_assets.foundation.drawing.names.persons import PersonNames, drawn_person_names
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.randomness import stream


@lru_cache(maxsize=2)
def person_names(seed: int) -> PersonNames:
    """The pools of one seed."""
    locales = tuple(dict.fromkeys(" ".join(name_pool("countries")["locales"]).split()))
    return drawn_person_names(locales, stream(seed, "person names").integers(2**63, size=len(locales)).tolist())

"""What the bytes of a world depend on beside its arguments: the versions of the generator, of Faker and of NumPy.

What they are recorded in is `tables.py`; which check looks at them, `integrity.py`.
"""

from __future__ import annotations

from typing import Final

import faker
import numpy as np
import polars as pl

GENERATOR_VERSION: Final = "5"
"""Goes up whenever the same arguments give other tables."""

INSTALLED: Final = {
    "generator_version": GENERATOR_VERSION,
    "faker_version": faker.VERSION,
    "numpy_version": np.__version__,
}
"""Column of crm.world and the version that would make a world now."""

NAMES: Final = {"generator_version": "generator", "faker_version": "Faker", "numpy_version": "NumPy"}
"""Column of crm.world and what it is the version of."""


def changed_since(world: pl.DataFrame) -> str | None:
    """What made the world and what would make it now, where that differs; None where nothing is known to differ.

    Args:
        world: The rows of crm.world, at most one. A version that is NULL is not known.

    Returns:
        Such as "Faker 40.1.0, now 40.54.0".
    """
    if world.is_empty():
        return None
    recorded = world.row(0, named=True)
    return (
        " and ".join(
            f"{NAMES[column]} {recorded[column]}, now {installed}"
            for column, installed in INSTALLED.items()
            if recorded[column] not in (None, installed)
        )
        or None
    )

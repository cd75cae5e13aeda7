"""Where every random number of the world comes from that does not belong to one row alone.

Numbers are counter-based (Philox) and keyed by seed, purpose and day, so that any day of any table can be drawn alone,
in any order, in any process, with the same result. Beside `foundation/drawing/`, whose numbers belong to a row, no
other source of randomness may be used in this room.
"""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, purpose: str, day: int = 0) -> np.random.Generator:
    """A generator whose numbers depend on these three values only.

    Args:
        seed: Seed of the world.
        purpose: What is drawn, such as "deals/amount"; different purposes are independent.
        day: Day number (days since 1970-01-01), or 0 for what does not belong to a day.

    Draw uniforms (`random`) and integers, and transform them: their bits are the same on every processor. Results of
    exp, log and the like may differ in the last bit between processors, so round them before they are compared or
    stored.
    """
    digest = hashlib.blake2b(f"{seed}|{purpose}|{day}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))

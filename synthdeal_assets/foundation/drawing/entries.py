"""Records of many entries: dataclasses of arrays that stand beside each other, and places of entries within groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray


@dataclass(frozen=True)
class Entries:
    """A dataclass whose fields are all arrays, with one entry each along the first axis."""

    def where(self, chosen: BoolArray | IntArray | slice) -> Self:
        """The entries for which a mask is true, or at some positions."""
        if isinstance(chosen, np.ndarray) and chosen.dtype == np.bool_:
            # Every field would look for the chosen ones anew.
            chosen = np.flatnonzero(chosen)
        return type(self)(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @classmethod
    def none(cls) -> Self:
        """No entry, of a dataclass whose arrays all have one axis and whole numbers."""
        return cls(**{field.name: np.empty(0, dtype=np.int64) for field in fields(cls)})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The entries of all parts, one part after the other; there is one part at least."""
        return cls(
            **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)}
        )


def whole_groups(entries: IntArray, groups: IntArray, size: int) -> list[IntArray]:
    """Entries in parts of about `size`, so that each group is all in one part.

    Args:
        entries: The entries, one group after the other.
        groups: Number of the group of each entry, rising.
        size: Entries of a part.
    """
    begins = np.unique(np.searchsorted(groups, groups[size::size]))
    return np.split(entries, begins[begins > 0])


def places_within(counts: IntArray) -> IntArray:
    """The place of each entry within its group, from 0, where entries stand group by group.

    Args:
        counts: Entries of each group.
    """
    places: IntArray = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return places

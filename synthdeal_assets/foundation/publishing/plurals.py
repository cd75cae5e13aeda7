"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str) -> str:
    """A number with its noun, or with whatever else goes with one and with several."""
    return f"{number:,} {singular if number == 1 else plural}"

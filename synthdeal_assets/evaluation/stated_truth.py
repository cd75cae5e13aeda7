"""What a file of known deals may say is really so: a hash says that it is whole, not that it makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, STAGE_MINIMUMS

STATES: Final = ("open", "won", "lost")
"""What may have become of a deal."""


def require_possible(*, state: object, stage_name: object, chance: Any, levels: Mapping[str, object]) -> None:
    """Make sure that what a file says of a deal can be so.

    Args:
        state: What has become of it, one of `STATES`.
        stage_name: Its stage, an open one.
        chance: Its true chance to be won, 0 to 1.
        levels: The true level of each MEDDPICC element.

    Raises:
        ValueError: Something of it cannot.
        TypeError: The chance is no number.
    """
    if state not in STATES:
        raise ValueError(f"an outcome is none of {', '.join(STATES)}")
    if stage_name not in STAGE_MINIMUMS:
        raise ValueError("a stage is none of the open ones")
    if not all(type(level) is int and 0 <= level <= MAX_LEVELS[MEDDPICC] for level in levels.values()):
        raise ValueError(f"a true level is none of 0 to {MAX_LEVELS[MEDDPICC]}")
    if not 0 <= chance <= 1:
        raise ValueError("a true chance is not from 0 to 1")

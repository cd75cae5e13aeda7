"""Folders that are whole or not there: written aside, renamed when the last file is in them, gone after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthdeal_assets.foundation.publishing.atomic_write import place_aside


@contextmanager
def folder_aside(place: Path, name: str) -> Iterator[Path]:
    """A new folder in another one, to write to; what is left of it at the end of the block goes, however that ends.

    Args:
        place: The folder that it is in.
        name: What it is for; what killed processes left for the same goes too.

    Raises:
        OSError: It cannot be made.
    """
    with place_aside(place, name) as aside:
        aside.mkdir()
        yield aside


@contextmanager
def made_aside(folder: Path) -> Iterator[Path]:
    """A folder to write to, which becomes `folder` when the block ends well, and is removed when it raises.

    Raises:
        OSError: It cannot be made, or `folder` is there already.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder_aside(folder.parent, f".{folder.name}") as aside:
        yield aside
        aside.rename(folder)

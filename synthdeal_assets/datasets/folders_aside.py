"""Folders that are whole or not there: written aside, renamed when the last file is in them, gone after a kill.

Whoever writes to a folder aside holds a lock beside it (`foundation/leases.py`): process ids decide nothing, because
containers that share a volume have the same.
"""

from __future__ import annotations

import glob
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from synthdeal_assets.foundation.leases import SUFFIX, holder_of, let_go, take

PARTIAL: Final = ".partial"
"""Ends the name of a folder that is being written to."""


@contextmanager
def folder_aside(place: Path, name: str) -> Iterator[Path]:
    """A new folder in another one, to write to; what is left of it at the end of the block goes, however that ends.

    Args:
        place: The folder that it is in.
        name: What it is for; what killed processes left for the same goes too.

    Raises:
        OSError: It cannot be made.
    """
    _clear(place, name)
    aside = place / f"{name}.{uuid.uuid4().hex}{PARTIAL}"
    lock = aside.with_name(aside.name + SUFFIX)
    take(lock)
    try:
        aside.mkdir()
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        let_go(lock)


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


def _clear(place: Path, name: str) -> None:
    """Remove what dead processes left of folders aside."""
    for path in place.glob(f"{glob.escape(name)}.*{PARTIAL}{SUFFIX}"):
        if holder_of(path) is None:
            shutil.rmtree(path.with_name(path.name.removesuffix(SUFFIX)), ignore_errors=True)
            path.unlink(missing_ok=True)

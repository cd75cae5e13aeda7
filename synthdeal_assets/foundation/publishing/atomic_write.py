"""Writing a whole file so that a reader finds the old one or the new one, never half of one.

Whoever writes aside holds a lock beside it (`foundation/leases.py`), so that what a killed process left is told from
what another one is writing, and goes with the next write.
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from synthdeal_assets.foundation.leases import SUFFIX, holder_of, let_go, take

PARTIAL: Final = ".partial"
"""Ends the name of a file or folder that is being written to."""


@contextmanager
def place_aside(folder: Path, name: str) -> Iterator[Path]:
    """A new path in a folder, to write a file or a folder to; what is there at the end of the block goes.

    Args:
        folder: The folder that it is in; it must be there.
        name: What it is for; what killed processes left for the same goes too.

    Raises:
        OSError: The folder cannot be written to, or the disk is full.
    """
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    for left in folder.glob(f"{glob.escape(name)}.*{PARTIAL}{SUFFIX}"):
        if holder_of(left) is None:
            _remove(left.with_name(left.name.removesuffix(SUFFIX)))
    aside = folder / f"{name}.{uuid.uuid4().hex}{PARTIAL}"
    lock = aside.with_name(aside.name + SUFFIX)
    take(lock)
    try:
        yield aside
    finally:
        let_go(lock)
        _remove(aside)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when the block ends well, and is removed when it raises.

    It is in the same folder, so that the last step is a rename, which either happens or does not.

    Raises:
        OSError: The folder cannot be written, the disk is full, or the path is a device or a pipe, which a rename would
            replace; what stood there before still stands there.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EEXIST, "it is a device or a pipe", str(path))
    with place_aside(path.parent, f".{path.name}") as aside:
        yield aside
        aside.replace(path)


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text aside and move it into place.

    Raises:
        OSError: The folder cannot be written, or the disk is full; what stood there before still stands there.
    """
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def _remove(aside: Path) -> None:
    """Remove what was written aside, and what lies beside it under its name, such as a database's log."""
    for path in aside.parent.glob(f"{glob.escape(aside.name)}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

"""Disks without room: how the operating system and the libraries say it, and how much is free."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path
from typing import Final

NO_ROOM_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ROOM: Final = re.compile(
    r"no space left on device|disk is full|disk quota exceeded|file too large|disk I/O error|max_temp_directory_size",
    re.IGNORECASE,
)
"""DuckDB takes no more of a disk for what does not fit into memory than was free on it, and names that setting then."""


def says_no_room(error: BaseException) -> bool:
    """Whether an exception says that a disk has no room, in the words of whatever library raised it."""
    return (isinstance(error, OSError) and error.errno in NO_ROOM_ERRNOS) or NO_ROOM.search(str(error)) is not None


def existing(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.is_dir())


def free_bytes(folder: Path) -> int:
    """Bytes that are free on the disk of a folder, which need not be there yet."""
    return shutil.disk_usage(existing(folder)).free


def on_one_disk(one: Path, other: Path) -> bool:
    """Whether two folders, which need not be there yet, are on the same disk."""
    return existing(one).stat().st_dev == existing(other).stat().st_dev


def size_in_words(size: float) -> str:
    """A number of bytes for people: 19.5 GB, 0.2 MB."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"

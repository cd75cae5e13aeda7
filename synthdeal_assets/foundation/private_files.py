"""Files that only their owner can open: what SynthDeal writes into a home, and what it finds there.

Files of others in the same folder are left alone. What is in the files belongs in the modules that write them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077
"""The bits of a mode that let anybody but the owner do something."""

OURS: Final = re.compile(
    r"\.?warehouse\.duckdb.*|mlflow\.db.*|mlflow_artifacts|published|reports|exports|runs|dagster|llm_journal|run\.lock"
    r"|duckdb_temp|datasets"
)
"""Names of what SynthDeal puts into a home."""

FOR_OTHERS: Final = "exports"
"""The one of them whose files are there to be taken, and where others may put some."""


def is_ours(home: Path, path: Path) -> bool:
    """Whether a path leads to what SynthDeal keeps in a home, links followed, so that nobody else may write there."""
    home, path = home.resolve(), path.resolve()
    if path == home or not path.is_relative_to(home):
        return False
    name = path.relative_to(home).parts[0]
    return name != FOR_OTHERS and OURS.fullmatch(name) is not None


@contextmanager
def private_files() -> Iterator[None]:
    """What this process and its children create while the block runs is for their owner only."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may do something with a file or folder; False when there is none."""
    return path.exists() and bool(path.stat().st_mode & OTHERS)


def make_private(home: Path) -> list[Path]:
    """Take from everybody but the owner what SynthDeal has in a home, and the home when it holds nothing else.

    Returns:
        What stays open to others, because it belongs to another user or the home holds other files too.
    """
    entries = list(home.iterdir()) if home.is_dir() else []
    ours = [entry for entry in entries if OURS.fullmatch(entry.name)]
    inside = (
        Path(folder, name)
        for entry in ours
        if not entry.is_symlink()
        for folder, *names in os.walk(entry)
        for kind in names
        for name in kind
    )
    still_open = [path for path in (*ours, *inside) if not _tightened(path)]
    if ours == entries:
        _tightened(home)
    return [home, *still_open] if open_to_others(home) else still_open


def _tightened(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
        if not path.is_symlink() and mode & OTHERS:
            path.chmod(mode & 0o700)
    except FileNotFoundError:
        return True  # Another process has removed it meanwhile.
    except PermissionError:
        return False
    return True

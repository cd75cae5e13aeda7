"""Writing a whole file so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text aside and move it into place.

    Raises:
        OSError: The folder cannot be written, or the disk is full; what stood there before still stands there.
    """
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")

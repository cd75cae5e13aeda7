"""Writing a whole file so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text aside and move it into place.

    Raises:
        OSError: The folder cannot be written, or the disk is full; what stood there before still stands there.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise

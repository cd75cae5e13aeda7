"""Where the files of datasets lie: `datasets/NAME/vN` under the home folder, one writer of a dataset at a time.

A version is written aside and renamed (`folders_aside.py`). Which versions count is said by the warehouse
(`catalogue.py`): a folder that it does not know was left by a process that was killed.
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.leases import SUFFIX, let_go, take
from synthdeal_assets.foundation.publishing.atomic_write import PARTIAL

FOLDER: Final = "datasets"
"""Under the home folder."""

LOCK: Final = "writing.lock"
LOOK_EVERY_S: Final = 0.2

_VERSION: Final = re.compile(r"v([1-9]\d*)")

logger = logging.getLogger(__name__)


def folder_of(home: Path, dataset: str) -> Path:
    """The folder of a dataset."""
    return home / FOLDER / dataset


def version_folder(home: Path, dataset: str, version: int) -> Path:
    """The folder of one version of it."""
    return folder_of(home, dataset) / f"v{version}"


@contextmanager
def only_writer(home: Path, dataset: str, *, timeout_s: float) -> Iterator[None]:
    """While the block runs, no other process writes versions of the dataset; one that is at it is waited for.

    Args:
        home: The home folder.
        dataset: The dataset.
        timeout_s: Seconds to wait at most.

    Raises:
        SynthDealError: Another process takes longer ("datasets.being-written").
        OSError: The folder cannot be written.
    """
    lock = folder_of(home, dataset) / LOCK
    deadline, said = time.monotonic() + timeout_s, False
    while (holder := take(lock)) is not None:
        if time.monotonic() >= deadline:
            raise SynthDealError(
                f"The dataset {dataset} is still being written by {holder} after {timeout_s:,.0f} s: let it finish or "
                "end it, then try again.",
                code="datasets.being-written",
            )
        if not said:
            logger.warning("Waiting for another run of the dataset %s (%s)", dataset, holder)
            said = True
        time.sleep(LOOK_EVERY_S)
    try:
        yield
    finally:
        let_go(lock)


def clear(home: Path, dataset: str, *, keep: Collection[int]) -> None:
    """Remove all versions but some, and what killed processes left; whoever calls it is `only_writer`."""
    for path in folder_of(home, dataset).iterdir():
        found = _VERSION.fullmatch(path.name)
        if path.is_dir() and (path.name.endswith(PARTIAL) or (found and int(found[1]) not in keep)):
            shutil.rmtree(path)
        elif path.name.endswith(PARTIAL + SUFFIX):
            path.unlink()

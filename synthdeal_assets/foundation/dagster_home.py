"""DAGSTER_HOME: the folder `<home>/dagster` with the one `dagster.yaml` in it.

What the file says is decided in the file itself, at the top of the checkout; it travels with an installed SynthDeal
too. Starting Dagster does not belong here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sysconfig
import tempfile
from pathlib import Path
from typing import Final

import synthdeal_assets
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.atomic_write import write_atomically

CONFIG_NAME: Final = "dagster.yaml"
COPY_MARK: Final = "# Put here by SynthDeal, which updates it as long as nobody edits it. Checksum: "

logger = logging.getLogger(__name__)


def prepare_dagster_home(home: Path) -> Path:
    """Make Dagster's folder under SynthDeal's home, put the shipped `dagster.yaml` there, and point DAGSTER_HOME to it.

    A copy that the user has edited is kept.

    Args:
        home: SYNTHDEAL_HOME.

    Returns:
        The folder, absolute, because Dagster refuses a relative one.

    Raises:
        SynthDealError: The folder cannot be made or written.
    """
    folder = home.absolute() / "dagster"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"writable")
        _install(shipped_config(), folder / CONFIG_NAME)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SynthDealError(
            f"The folder {folder} cannot be used as Dagster's home ({reason}): make it writable and free some space, "
            "or choose another folder with --home."
        ) from error
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def shipped_config() -> str:
    """The `dagster.yaml` of the checkout, or of the installed distribution.

    Raises:
        SynthDealError: Neither is there.
    """
    checkout = Path(synthdeal_assets.__file__).parent.parent
    installed = Path(sysconfig.get_path("data")) / "share" / "synthdeal"
    for folder in (checkout, installed):
        if (folder / CONFIG_NAME).is_file():
            return (folder / CONFIG_NAME).read_text(encoding="utf-8")
    raise SynthDealError(
        f"{CONFIG_NAME} is neither in {checkout} nor in {installed}: install SynthDeal again, it is incomplete."
    )


def _install(shipped: str, target: Path) -> None:
    marked = f"{COPY_MARK}{_checksum(shipped)}\n{shipped}"
    if not target.exists():
        write_atomically(target, marked)
        return
    present = target.read_text(encoding="utf-8")
    if present == marked:
        return
    first, _, rest = present.partition("\n")
    if first == f"{COPY_MARK}{_checksum(rest)}":
        write_atomically(target, marked)
    elif first != f"{COPY_MARK}{_checksum(shipped)}":
        logger.warning("%s has been edited and is kept; SynthDeal now ships another version of it", target)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

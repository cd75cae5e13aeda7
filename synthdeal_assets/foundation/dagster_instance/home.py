"""DAGSTER_HOME: the folder `<home>/dagster` with the one `dagster.yaml` and the one `workspace.yaml` in it.

What the files say is decided in the files themselves, at the top of the checkout; they travel with an installed
SynthDeal too. Starting Dagster does not belong here.
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
from synthdeal_assets.foundation.publishing.atomic_write import write_atomically
from synthdeal_assets.settings import Settings

CONFIG_NAME: Final = "dagster.yaml"
WORKSPACE_NAME: Final = "workspace.yaml"
SHIPPED_NAMES: Final = (CONFIG_NAME, WORKSPACE_NAME)
COPY_MARK: Final = "# Put here by SynthDeal, which updates it as long as nobody edits it. Checksum: "

logger = logging.getLogger(__name__)


def prepare_dagster_home(home: Path) -> Path:
    """Make Dagster's folder under SynthDeal's home, put the shipped files there, and point DAGSTER_HOME to it.

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
        for name in SHIPPED_NAMES:
            _install(shipped_file(name), folder / name)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SynthDealError(
            f"The folder {folder} cannot be used as Dagster's home ({reason}): make it writable and free some space, "
            "or choose another folder with --home."
        ) from error
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def present_dagster_home() -> Path:
    """Where Dagster keeps what it knows: DAGSTER_HOME, or where that is unset or empty, `dagster` in SynthDeal's home.

    Raises:
        SynthDealError: DAGSTER_HOME is unset and a setting is not acceptable.
    """
    given = os.environ.get("DAGSTER_HOME")
    return Path(given) if given else Settings.load().dagster_home


def shipped_file(name: str) -> str:
    """The text of one of SHIPPED_NAMES, from the checkout or from the installed distribution.

    Raises:
        SynthDealError: Neither is there.
    """
    checkout = Path(synthdeal_assets.__file__).parent.parent
    installed = Path(sysconfig.get_path("data")) / "share" / "synthdeal"
    for folder in (checkout, installed):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise SynthDealError(
        f"{name} is neither in {checkout} nor in {installed}: the installation is incomplete, install SynthDeal again."
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
        logger.warning("%s has been edited and is left as it is; SynthDeal now ships a different version", target)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

"""DAGSTER_HOME: the folder `<home>/dagster` with the one `dagster.yaml` and the one `workspace.yaml` in it.

What the files say is decided in the files themselves, at the top of the checkout; they travel with an installed
SynthDeal too. Starting Dagster does not belong here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
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

NAMES_OF_BEFORE: Final = {
    f"synthdeal_assets.foundation.{before}": f"synthdeal_assets.foundation.dagster_instance.{now}"
    for before, now in (("dagster_storage", "storage"), ("compute_logs", "compute_logs"), ("run_log", "run_log"))
}
"""Modules that copies of dagster.yaml from before name, and where they are now; the old names go on working."""

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
            "or choose another folder with --home.",
            code="dagster.home-unusable",
        ) from error
    point_dagster_to(folder)
    return folder


def present_dagster_home() -> Path:
    """Where Dagster keeps what it knows: DAGSTER_HOME, or where that is unset or empty, `dagster` in SynthDeal's home.

    Raises:
        SynthDealError: DAGSTER_HOME is unset and a setting is not acceptable.
    """
    given = os.environ.get("DAGSTER_HOME")
    return Path(given) if given else Settings.load().storage.dagster_home


def point_dagster_to(folder: Path) -> None:
    """Have Dagster in this process and in the processes that it starts use a folder as its home.

    Args:
        folder: Absolute.
    """
    # The only variable of its own environment that SynthDeal writes: `dagster.yaml` takes the folder from it, and
    # Dagster hands nothing else to the code servers and runs that it starts.
    os.environ["DAGSTER_HOME"] = str(folder)


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
        f"{name} is neither in {checkout} nor in {installed}: the installation is incomplete, install SynthDeal again.",
        code="dagster.file-not-shipped",
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
        logger.warning(
            "%s has been edited and is left as it is; SynthDeal now ships a different version%s",
            target,
            _renamed(present),
        )


def _renamed(present: str) -> str:
    """What to change in a copy that names modules by the names they had before; empty where it does not."""
    changes = [
        f"{before} is now {now}"
        for before, now in NAMES_OF_BEFORE.items()
        if re.search(rf"\b{re.escape(before)}\b", present)
    ]
    return f", in which {', '.join(changes)}" if changes else ""


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

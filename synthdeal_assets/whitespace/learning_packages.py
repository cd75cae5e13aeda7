"""What the whitespace engine needs beside the main job: whether it is installed, and whether LightGBM loads.

The packages are the extra `whitespace`; without them the tables of this room stay described, and nothing is learnt.
LightGBM's wheel also needs the GNU OpenMP library of the system, which slim images lack: then
`models/histogram_trees.py` takes its place. What is learnt with either belongs in `models/learners.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from types import ModuleType
from typing import Final

from synthdeal_assets.errors import SynthDealError

EXTRA: Final = "synthdeal[whitespace]"
PACKAGES: Final = {
    "lightgbm": "lightgbm",
    "mlflow": "mlflow-skinny",
    "pandas": "pandas",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
}
"""Modules of the extra that must be there, and the packages that bring them."""
NO_OPENMP: Final = "libgomp.so.1"
LIGHTGBM_REMEDY: Final = "install Debian's package libgomp1"


def packages_to_install() -> str | None:
    """What is not installed and how to install it, as one sentence; None when everything is there."""
    missing = sorted(package for module, package in PACKAGES.items() if not _is_installed(module))
    if not missing:
        return None
    return (
        f"The whitespace engine needs packages that are not installed ({', '.join(missing)}): run "
        f"`pip install '{EXTRA}'` and try again."
    )


def require_packages() -> None:
    """Refuse to begin what would end at a missing package.

    Raises:
        SynthDealError: A package of the extra is not installed; the message says how to install it.
    """
    if (sentence := packages_to_install()) is not None:
        raise SynthDealError(sentence, code="whitespace.packages-missing")


@cache
def why_no_lightgbm() -> str | None:
    """Why LightGBM cannot be loaded, in a few words; None when it can."""
    try:
        importlib.import_module("lightgbm")
    except (ImportError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return f"{NO_OPENMP} is missing" if NO_OPENMP in reason else reason
    return None


def loaded_lightgbm() -> ModuleType:
    """LightGBM.

    Raises:
        SynthDealError: It cannot be loaded, and what asks for it was learnt with it.
    """
    if (reason := why_no_lightgbm()) is not None:
        raise SynthDealError(
            f"These models were learnt with LightGBM, which cannot be loaded ({reason}): {LIGHTGBM_REMEDY}, or run "
            "`synthdeal whitespace run`, which learns without it.",
            code="whitespace.lightgbm-missing",
        )
    return importlib.import_module("lightgbm")


def stand_in_notice() -> str | None:
    """Says that something else learns in LightGBM's place, why, and what to do; None when LightGBM loads."""
    if (reason := why_no_lightgbm()) is None:
        return None
    return (
        f"LightGBM could not be loaded ({reason}): scikit-learn's histogram gradient boosting takes its place; "
        f"{LIGHTGBM_REMEDY} to learn with LightGBM."
    )


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False

"""What the room can do, as functions for other programs: the command line and Dagster call what they call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from synthdeal_assets.datasets import generation
from synthdeal_assets.datasets.certificate.recount import Certificate
from synthdeal_assets.datasets.generation import Generated, generate_into
from synthdeal_assets.datasets.sessions import plan_of
from synthdeal_assets.datasets.spec.spec_file import load_specification, read_specification
from synthdeal_assets.datasets.types.catalogue import SemanticType, catalogue
from synthdeal_assets.datasets.words.plan import Plan

__all__ = ["generate", "plan", "types", "verify"]


def generate(specification: Path | str, folder: Path) -> Generated:
    """Write a dataset as Parquet files to a folder that is not there yet, and recount every promise from them.

    Args:
        specification: A file, or the text of a specification (YAML).
        folder: Where the files go; it is there whole afterwards, or not at all.

    Raises:
        SynthDealError: The specification has mistakes or cannot be kept, or a promise did not hold.
        OSError: The folder is there already or cannot be written.
    """
    if isinstance(specification, Path):
        return generate_into(load_specification(specification), folder)
    return generate_into(read_specification(specification, "the specification"), folder)


def plan(request: str, as_of: dt.date) -> Plan:
    """The plan that a request in words comes to: its specification, and where each part of it comes from.

    Args:
        request: What you want, in English, German or Spanish.
        as_of: The day that "last year" counts from; the dataset stands on it.

    Raises:
        SynthDealError: The request is not about data, about persons who exist, or too long.
    """
    return plan_of(request, as_of)


def verify(folder: Path) -> Certificate:
    """Recount every promise of a dataset from its files and the specification beside them.

    Raises:
        SynthDealError: The folder has no specification or no files, or they cannot be read.
    """
    return generation.verify(folder)


def types(search: str | None = None) -> Mapping[str, SemanticType]:
    """The semantic types that a field may have, by name: all, or those that a word occurs in.

    Args:
        search: What the name or the description contains, in capitals or not.
    """
    found = catalogue()
    if search is None:
        return found
    wanted = search.casefold()
    return {
        name: each for name, each in found.items() if wanted in name.casefold() or wanted in each.description.casefold()
    }

"""Everything that is installed with SynthDeal and its extras may be used by anybody, or was looked at by somebody."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS: Final = ("whitespace", "postgres", "azure-sql")

PERMISSIVE: Final = re.compile(
    r"MIT(-0|-CMU| License)?|(3-Clause )?BSD( License)?|0?BSD(-[23]-Clause)?|ISC( License \(ISCL\))?|Zlib|CC0-1\.0"
    r"|Unlicense|Apache(-2\.0| Software License| License 2\.0)|PSF-2\.0|Python Software Foundation License"
)

REVIEWED: Final = {
    "certifi": "MPL-2.0 covers its own file, a list of certificates, which is used as it is",
    "tqdm": "MPL-2.0 covers its own files, which are used as they are; openai needs it",
    "psycopg": "LGPL-3.0 allows use as a library that users can replace; in the extra postgres only",
    "psycopg-binary": "LGPL-3.0, as psycopg; its wheel holds libpq, under the PostgreSQL licence",
}
"""Weak copyleft that is used unchanged and not shipped, with the reason why that is all right."""


def licences_of(metadata: PackageMetadata) -> list[str]:
    """The licences that a package names, of which its user may choose one, as SPDX or in its own words."""
    if expression := metadata.get_all("License-Expression"):
        return expression
    classifiers = [text.split(" :: ")[-1] for text in metadata.get_all("Classifier") or () if "License ::" in text]
    named = [text for text in classifiers if text != "OSI Approved"]
    return named or [text.partition("\n")[0] for text in metadata.get_all("License") or ["none"]]


def is_permissive(licence: str) -> bool:
    """Whether one of the alternatives of a licence consists of permissive ones only."""
    alternatives = licence.split(" OR ")
    return any(all(PERMISSIVE.fullmatch(part.strip()) for part in each.split(" AND ")) for each in alternatives)


def installed() -> dict[str, list[str]]:
    """The licences of SynthDeal, and of everything that it and its extras need, by name, as far as it is installed."""
    found: dict[str, list[str]] = {}
    seen = set[tuple[str, str]]()
    left = [("synthdeal", extra) for extra in ("", *EXTRAS)]
    while left:
        name, extra = wanted = left.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = licences_of(package.metadata)
        for requirement in map(Requirement, package.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                left += [(canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)]
    return found


def test_every_licence_is_permissive_or_reviewed() -> None:
    licences = installed()

    assert {"synthdeal", "dagster", "duckdb", "lightgbm", "certifi"} <= licences.keys()
    not_permissive = {name: named for name, named in licences.items() if not any(map(is_permissive, named))}
    assert {name: named for name, named in not_permissive.items() if name not in REVIEWED} == {}
    assert {name for name in REVIEWED if name in licences and name not in not_permissive} == set()


@pytest.mark.parametrize(
    "licence", ["MIT OR GPL-2.0-only", "MIT AND PSF-2.0", "ISC License (ISCL)", "BSD", "Apache-2.0"]
)
def test_a_permissive_licence_is_known_also_as_one_of_several(licence: str) -> None:
    assert is_permissive(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-or-later",
        "MPL-2.0 AND MIT",
        "LGPL-3.0-only",
        "AGPL-3.0",
        "SSPL-1.0",
        "BUSL-1.1",
        "Proprietary",
        "none",
        "",
    ],
)
def test_a_licence_that_asks_for_more_is_not_permissive(licence: str) -> None:
    assert not is_permissive(licence)

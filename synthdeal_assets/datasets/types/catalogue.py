"""All semantic types by name: those of the modules beside, and those that installed packages add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Final

import polars as pl

from synthdeal_assets.datasets.types.addresses import address_types
from synthdeal_assets.datasets.types.commerce import COMMERCE
from synthdeal_assets.datasets.types.companies import COMPANY_NAMES
from synthdeal_assets.datasets.types.company_details import COMPANY_DETAILS
from synthdeal_assets.datasets.types.crm import CRM, tickets_table
from synthdeal_assets.datasets.types.draws import data_file
from synthdeal_assets.datasets.types.finance import FINANCE
from synthdeal_assets.datasets.types.ibans import IBANS
from synthdeal_assets.datasets.types.identifiers import IDENTIFIERS
from synthdeal_assets.datasets.types.internet import INTERNET
from synthdeal_assets.datasets.types.languages import words_table
from synthdeal_assets.datasets.types.lists import list_types
from synthdeal_assets.datasets.types.money import MONEY
from synthdeal_assets.datasets.types.person_details import PERSON_DETAILS
from synthdeal_assets.datasets.types.persons import PERSON_NAMES
from synthdeal_assets.datasets.types.phones import PHONES
from synthdeal_assets.datasets.types.place_data import places, places_table, spellings_table
from synthdeal_assets.datasets.types.place_types import place_types
from synthdeal_assets.datasets.types.semantic_type import GENERATOR_VERSION, SemanticType, TypeRequest
from synthdeal_assets.datasets.types.times import TIMES
from synthdeal_assets.datasets.types.work import WORK, titles_table
from synthdeal_assets.datasets.types.writing import WRITING
from synthdeal_assets.errors import SynthDealError

__all__ = ["ENTRY_POINTS", "GENERATOR_VERSION", "SemanticType", "TypeRequest", "catalogue", "lookup_tables"]

ENTRY_POINTS: Final = "synthdeal.dataset_types"
"""Group of entry points; each loads a `SemanticType`, or a function that gives several."""


@cache
def catalogue() -> Mapping[str, SemanticType]:
    """Name -> type, ours in the order of their families, then those of entry points by name.

    Raises:
        SynthDealError: An entry point cannot be loaded, is no type, or has the name of another
            ("datasets.type-plugin").
    """
    types = {type_.name: type_ for type_ in _own()}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: (point.name, point.value)):
        try:
            given = point.load()
            added = [given] if isinstance(given, SemanticType) else [*given()]
        except Exception as error:  # whatever a plugin raises
            raise _refused(point.name, point.value, f"raised {type(error).__name__}: {error}") from error
        for type_ in added:
            if not isinstance(type_, SemanticType):
                raise _refused(point.name, point.value, f"gave {type_!r}, which is no SemanticType")
            if type_.name in types:
                raise _refused(point.name, point.value, f"gave the type {type_.name} a second time")
            types[type_.name] = type_
    return types


def lookup_tables() -> Mapping[str, Callable[[], pl.DataFrame]]:
    """Name -> what makes the table: those that `valid` and `agreements` of the types read beside the exported files."""
    return {
        "synthdeal_places": places_table,
        "synthdeal_countries": lambda: places().countries,
        "synthdeal_country_names": spellings_table,
        "synthdeal_words": words_table,
        "synthdeal_titles": titles_table,
        "synthdeal_tickets": tickets_table,
        "synthdeal_devices": lambda: data_file("devices.csv"),
        "synthdeal_files": lambda: data_file("files.csv"),
    }


def _own() -> Iterable[SemanticType]:
    yield from PERSON_NAMES
    yield from PHONES
    yield from PERSON_DETAILS
    yield from WORK
    yield from COMPANY_NAMES
    yield from COMPANY_DETAILS
    yield from COMMERCE
    yield from CRM
    yield from place_types("company", "company")
    yield from place_types("place", "place")
    yield from address_types("company", "company")
    yield from address_types("place", "place")
    yield from TIMES
    yield from INTERNET
    yield from IBANS
    yield from FINANCE
    yield from MONEY
    yield from WRITING
    yield from IDENTIFIERS
    yield from list_types()


def _refused(name: str, value: str, why: str) -> SynthDealError:
    return SynthDealError(
        f"The plugin {name} ({value}) adds no types: it {why}; correct or remove it.",
        code="datasets.type-plugin",
    )

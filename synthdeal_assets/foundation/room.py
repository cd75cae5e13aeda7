"""What a room has to show for itself: its assets, checks and tables, and what a user is told while they are made.

Every room that makes tables ends in a module `room.py` with one `ROOM`. Whatever must know all rooms (the code
location, the progress of a run, export, doctor) reads them from `definitions.py`, which lists their names. What is in a
room belongs in the room.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import dagster as dg

from synthdeal_assets.foundation.warehouse.tables import Table

PACKAGE: Final = "synthdeal_assets"

RUN: Final = "synthdeal run"
WHITESPACE_RUN: Final = "synthdeal whitespace run"
DATASET_GENERATE: Final = "synthdeal dataset generate"


@dataclass(frozen=True, slots=True)
class Phase:
    """A step of a run that a user is told about.

    Attributes:
        table: The table whose asset the step makes.
        title: What the step is called, in at most 14 characters.
        rows: What the rows of the table are, when their number says something to a user; None when it does not.
    """

    table: Table
    title: str
    rows: str | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """One room of the house.

    Attributes:
        name: Name of its package.
        assets: Its assets.
        checks: Its asset checks.
        tables: The tables it makes, as they are listed and exported.
        phases: Steps of a run that a user is told about, in the order in which they run.
        made_by: The command that makes its tables.
        built_on: Name of the room whose tables its own are built from: they are dropped when those change.
        precious: Of its tables, the one whose rows must not be dropped for a change that would give none.
    """

    name: str
    assets: Sequence[dg.AssetsDefinition | dg.AssetSpec] = ()
    checks: Sequence[dg.AssetChecksDefinition] = ()
    tables: Sequence[Table] = ()
    phases: Sequence[Phase] = ()
    made_by: str = RUN
    built_on: str | None = None
    precious: Table | None = None


@dataclass(frozen=True, slots=True)
class DerivedTables:
    """What rooms above have built from the tables of a room, which knows nothing of them.

    Attributes:
        tables: All of it.
        precious: Those whose rows must not be dropped for a change that would give none.
    """

    tables: tuple[Table, ...] = ()
    precious: tuple[Table, ...] = ()


def load_rooms(*names: str) -> tuple[Room, ...]:
    """The rooms of these names, in this order: `ROOM` in the module `room.py` of each.

    Raises:
        ImportError: There is no such room, or its module has no `ROOM` of that name.
    """
    return tuple(_load(name) for name in names)


def derived_from(rooms: Iterable[Room], name: str) -> DerivedTables:
    """What the rooms have built from the tables of the room of that name."""
    above = [room for room in rooms if room.built_on == name]
    return DerivedTables(
        tuple(table for room in above for table in room.tables),
        tuple(room.precious for room in above if room.precious is not None),
    )


def _load(name: str) -> Room:
    found = getattr(importlib.import_module(f"{PACKAGE}.{name}.room"), "ROOM", None)
    if not isinstance(found, Room) or found.name != name:
        raise ImportError(f"{PACKAGE}/{name}/room.py has no ROOM named {name!r}: end it in ROOM = Room({name!r}, ...).")
    return found

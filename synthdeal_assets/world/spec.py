"""Which world is meant: its parameters, their limits, and which counts where several are named.

Nothing here reads a clock or a file; what is in the warehouse and which day it is are passed in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Final, TypeVar

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings import MAX_AS_OF, MIN_AS_OF, Settings
from synthdeal_assets.world.made_with import GENERATOR_VERSION
from synthdeal_assets.world.tables import ACCOUNT_NAMES

REAL_NAMES: Final = 450
"""Accounts at a time above which the names of public companies and their parts run out, so that invented ones stand
beside them: twice as many are on record, with those of before."""

_LARGEST_SEED: Final = 2**63 - 1
_ACCOUNTS_PER_OPPORTUNITY: Final = 0.35

Value = TypeVar("Value", int, str, bool)


@dataclass(frozen=True)
class WorldSpec:
    """What a world follows from.

    Attributes:
        seed: Seed, 0 to 2**63 - 1.
        size: Opportunities created in the 364 days up to as_of; at least 1.
        as_of: The day the world is seen on, between settings.MIN_AS_OF and MAX_AS_OF.
        account_names: "public" or "fictional".
        planted_instructions: Whether some deals carry an instruction to the scorer.
        generator_version: Version of the generator; another one makes other tables of the same arguments.

    Raises:
        SynthDealError: A value is out of these limits.
    """

    seed: int
    size: int
    as_of: dt.date
    account_names: str = "public"
    planted_instructions: bool = True
    generator_version: str = GENERATOR_VERSION

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise SynthDealError(
                f"The seed of the world is {self.seed}: choose one from 0 to {_LARGEST_SEED}.",
                code="world.bad-seed",
                usage=True,
            )
        if self.size < 1:
            raise SynthDealError(
                f"A world of {self.size} opportunities is not possible: choose at least 1.",
                code="world.bad-size",
                usage=True,
            )
        if not MIN_AS_OF <= self.as_of <= MAX_AS_OF:
            raise SynthDealError(
                f"The date of the world is {self.as_of}: choose one between {MIN_AS_OF} and {MAX_AS_OF}.",
                code="world.bad-day",
                usage=True,
            )
        if self.account_names not in ACCOUNT_NAMES:
            raise SynthDealError(
                f"The account names are {self.account_names!r}: choose {' or '.join(ACCOUNT_NAMES)}.",
                code="world.bad-account-names",
                usage=True,
            )

    def is_same_world(self, other: WorldSpec) -> bool:
        """Whether both are days of one world."""
        return replace(self, as_of=other.as_of) == other

    @property
    def advice(self) -> str | None:
        """What the names of this world are better made with, in a sentence; None when they are well as they are."""
        accounts = account_count(self.size)
        if self.account_names != "public" or accounts <= REAL_NAMES:
            return None
        return (
            f"There are real names for about {REAL_NAMES:,} of the {accounts:,} accounts that the world has at a time, "
            "and the others have invented ones: choose --account-names fictional for names of one kind."
        )

    def __str__(self) -> str:
        without = "" if self.planted_instructions else ", no planted instructions"
        return f"seed {self.seed}, {self.size} opportunities, {self.account_names} account names{without}"


def account_count(size: int) -> int:
    """Accounts at a time of a world with that many opportunities a period."""
    return max(1, round(size * _ACCOUNTS_PER_OPPORTUNITY))


@dataclass(frozen=True)
class WorldRequest:
    """What a run asks for; None where it does not care.

    Attributes:
        as_of: The day, as YYYY-MM-DD.
        opportunities: Size of the world.
        seed: Seed of the world.
        account_names: "public" or "fictional".
        planted_instructions: Whether some deals carry an instruction to the scorer.
        replace_world: Whether another world may take the place of the one in the warehouse.
    """

    as_of: str | None = None
    opportunities: int | None = None
    seed: int | None = None
    account_names: str | None = None
    planted_instructions: bool | None = None
    replace_world: bool = False


def existing_spec(world: pl.DataFrame) -> WorldSpec | None:
    """The world that the rows of crm.world describe; None when there are none."""
    if world.is_empty():
        return None
    row = world.row(0, named=True)
    return WorldSpec(**{field.name: row[field.name] for field in fields(WorldSpec)})


def resolve_spec(request: WorldRequest, settings: Settings, existing: WorldSpec | None, today: dt.date) -> WorldSpec:
    """The world that a run makes.

    For each parameter the first that is there counts: the run's request, a setting that somebody set, the world in the
    warehouse, the default. The day is never taken from the warehouse: without a request or a setting it is today.

    Args:
        request: The run's config.
        settings: The settings.
        existing: The world in the warehouse, or None.
        today: The day of the launch in the configured time zone.

    Raises:
        SynthDealError: A value is out of its limits, or the world in the warehouse is another one and may not be
            replaced.
    """
    spec = WorldSpec(
        seed=_first(request.seed, settings.chosen("seed"), existing and existing.seed, settings.world.seed),
        size=_first(
            request.opportunities,
            settings.chosen("opportunities"),
            existing and existing.size,
            settings.world.opportunities,
        ),
        as_of=_parse_day(request.as_of) if request.as_of is not None else settings.world.as_of or today,
        account_names=_first(
            request.account_names,
            settings.chosen("account_names"),
            existing and existing.account_names,
            settings.world.account_names,
        ),
        planted_instructions=_first(
            request.planted_instructions,
            settings.chosen("planted_instructions"),
            existing and existing.planted_instructions,
            settings.world.planted_instructions,
        ),
    )
    if existing is None or spec.is_same_world(existing) or request.replace_world or settings.world.replace_world:
        return spec
    if existing.generator_version != spec.generator_version:
        raise SynthDealError(
            f"{of_another_generator(existing.generator_version)}: add --replace-world (replace_world: true in the "
            "run's config) to make it anew, or install the version of SynthDeal that made it to continue with it.",
            code="world.of-another-generator",
            usage=True,
        )
    raise SynthDealError(
        f"The warehouse holds a different world ({existing}) from the one requested ({spec}): leave out the "
        "settings that differ to continue with it, or add --replace-world (replace_world: true in the run's "
        "config) to replace it.",
        code="world.differs",
        usage=True,
    )


def of_another_generator(version: str) -> str:
    """What it means that a world is of this version of the generator, which is not the present one: no full stop."""
    return (
        f"The world in the warehouse was made by generator {version}, and generator {GENERATOR_VERSION} makes other "
        "deals from the same seed, all of which would be scored and paid for anew"
    )


def _first(*values: Value | None) -> Value:
    return next(value for value in values if value is not None)


def _parse_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise SynthDealError(
            f"as_of is {text!r}, which is not a date: write it as YYYY-MM-DD, such as 2026-11-20.",
            code="world.unreadable-day",
            usage=True,
        ) from error

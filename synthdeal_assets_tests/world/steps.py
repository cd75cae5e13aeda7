"""What a step from one day to a later one must leave as it was, in every table of the world.

A table that nothing is said about here may not change a row that stays, so that a new one is looked at without a change
here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS, LANDMARKS
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_LINE_ITEMS,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES

Tables = Mapping[Table, pl.DataFrame]

LAST_MODIFIED: Final = {"last_modified_date", "last_modified_at"}
ANY: Final = {"*"}
CHANGING: Final[dict[Table, set[str]]] = {
    WORLD: ANY,
    USERS: {"title", "is_active", "left_date", "manager_id", *LAST_MODIFIED},
    ACCOUNTS: {"type", "owner_id", "is_active", *LAST_MODIFIED},
    CONTACTS: {"title", "is_active", "left_date", "reports_to_id", "has_opted_out_of_email", *LAST_MODIFIED},
    CONTRACTS: {"end_date", "status", "opportunity_id"},
    LANDMARKS: {"outcome", "outcome_30", "outcome_90"},
    OPPORTUNITIES: ANY,
    OPPORTUNITY_LINE_ITEMS: ANY,
    OPPORTUNITY_CONTACT_ROLES: ANY,
    TRUTH_OPPORTUNITIES: ANY,
}
"""Columns that may hold something else on a later day. `*` stands for all but the key and those of `LASTING`."""
LASTING: Final = {
    *("created_date", "created_at", "external_id", "name", "account_id", "product_id", "type", "lead_source"),
    *("seed", "size", "account_names", "planted_instructions"),
    *("win_probability_at_creation", "outcome", "outcome_date"),
}
"""Columns that stay, in a table all of whose columns may change."""
KNOWN_LATER: Final = {LANDMARKS: CHANGING[LANDMARKS]}
"""Columns that change from NULL alone."""
HAPPENED: Final = ("entered_date", "created_date", "hired_date", "signed_date", "snapshot_date", "landmark_date")
"""Columns that say when what a row tells happened, the first that a table has."""
ONGOING: Final = {LANDMARKS, LANDMARK_TEXTS, TRUTH_LANDMARKS, CONTRACTS}
"""Tables whose rows of a closed deal come and go."""


def broken_promises(before: Tables, after: Tables) -> list[str]:
    """What the later day shows otherwise than it may, in words; nothing when all is well.

    Args:
        before: Every table of the world on a day.
        after: The same tables on a later day.
    """
    return list(
        chain(
            _changed_rows(before, after),
            _rows_of_closed_deals(before, after),
            _rows_of_the_past(before, after),
            _missing(after),
            _what_left_too_early(before, after),
            _weekend(before, after),
        )
    )


def vanished(before: pl.DataFrame, after: pl.DataFrame, table: Table) -> set[tuple[object, ...]]:
    """The keys of the rows that are gone."""
    key = list(table.primary_key)
    return set(before.select(key).join(after, on=key, how="anti").iter_rows())


def _changed_rows(before: Tables, after: Tables) -> Iterator[str]:
    """Rows that stay and hold something else where they may not."""
    for table, old in before.items():
        key = list(table.primary_key)
        both = old.join(after[table], on=key, suffix="_after")
        changing = CHANGING.get(table, set())
        for column in set(old.columns) - set(key):
            differs = both.filter(pl.col(column).ne_missing(pl.col(f"{column}_after")))
            if column in changing or (changing == ANY and column not in LASTING):
                if column not in KNOWN_LATER.get(table, set()):
                    continue
                differs = differs.filter(pl.col(column).is_not_null())
            if not differs.is_empty():
                yield f"{table.qualified_name}.{column} is another in {differs.height} rows: {differs.row(0)}"


def _rows_of_closed_deals(before: Tables, after: Tables) -> Iterator[str]:
    """What is closed stays closed, and nothing about it is changed, added or taken away."""
    closed = before[OPPORTUNITIES].filter("is_closed").select("opportunity_id")
    closed = closed.join(after[OPPORTUNITIES], on="opportunity_id", how="semi")
    for table, old in before.items():
        if "opportunity_id" not in old.columns or table in ONGOING:
            continue
        was, now = (frame.join(closed, on="opportunity_id", how="semi") for frame in (old, after[table]))
        differs = was.join(now, on=was.columns, how="anti", nulls_equal=True)
        if not differs.is_empty() or was.height != now.height:
            yield f"{table.qualified_name} tells closed deals otherwise: {differs.head(1).rows()}"


def _rows_of_the_past(before: Tables, after: Tables) -> Iterator[str]:
    """New rows that tell of something that has happened before."""
    day = _day(before)
    for table, old in before.items():
        date = next((column for column in HAPPENED if column in old.columns), None)
        if date is None or table is WORLD:
            continue
        added = after[table].join(old, on=list(table.primary_key), how="anti")
        # A month end is on record from the day after on.
        late = added.filter(pl.col(date) < day if date == "landmark_date" else pl.col(date) <= day)
        if not late.is_empty():
            yield f"{table.qualified_name} has {late.height} new rows of the past: {late.row(0)}"


def _missing(after: Tables) -> Iterator[str]:
    """Nothing that another row points to is gone."""
    by_name = {table.qualified_name: frame for table, frame in after.items()}
    for table, frame in after.items():
        for column in table.columns:
            name, _, key = (column.references or "").rpartition(".")
            if name in by_name:
                known = by_name[name].select(pl.col(key).alias(column.name))
                lost = frame.drop_nulls(column.name).join(known, on=column.name, how="anti")
                if not lost.is_empty():
                    yield f"{table.qualified_name}.{column.name} points to nothing: {lost.row(0)}"


def _what_left_too_early(before: Tables, after: Tables) -> Iterator[str]:
    """A deal leaves when its three periods are over, and nobody else's history before it does."""
    left = before[OPPORTUNITIES].join(after[OPPORTUNITIES], on="opportunity_id", how="anti")
    first = _day(after) - dt.timedelta(days=3 * 364 - 1)
    if not left.filter((pl.col("created_date") >= first) | ~pl.col("is_closed")).is_empty():
        yield f"{OPPORTUNITIES.qualified_name} has lost deals that are open or on record"
    there = after[OPPORTUNITIES].select("opportunity_id")
    for table, old in before.items():
        if "entered_date" in old.columns:
            gone = old.join(after[table], on=list(table.primary_key), how="anti")
            if not gone.join(there, on="opportunity_id", how="semi").is_empty():
                yield f"{table.qualified_name} has lost entries of deals that are on record"


def _weekend(before: Tables, after: Tables) -> Iterator[str]:
    """On a Saturday or Sunday nothing happens in a deal."""
    if _day(before).isoweekday() < 5 or _day(after).isoweekday() < 6 or (_day(after) - _day(before)).days > 2:
        return
    old, new = before[OPPORTUNITIES], after[OPPORTUNITIES]
    changed = new.join(old, on="opportunity_id", how="semi").join(old, on=old.columns, how="anti", nulls_equal=True)
    if not changed.is_empty():
        yield f"{changed.height} deals change at a weekend: {changed.row(0)}"


def _day(tables: Tables) -> dt.date:
    day: dt.date = tables[WORLD]["as_of"].item()
    return day

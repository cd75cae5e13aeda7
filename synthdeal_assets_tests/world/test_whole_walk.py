"""From one day to the next, and back: what is on record stays, in every table of the world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import STORED_TABLES, store_world
from synthdeal_assets.world.tables import ACCOUNTS, CONTACTS, OPPORTUNITIES, OPPORTUNITY_STAGES, USERS, WORLD
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.steps import Tables, broken_promises
from synthdeal_assets_tests.world.whole_walk import walk_and_look

SEED: Final = 7
SIZE: Final = 120
FIRST: Final = dt.date(2026, 11, 20)

Tamper = Callable[[pl.DataFrame], pl.DataFrame]


def closed(deals: pl.DataFrame) -> pl.Expr:
    """The first deal that was closed long ago, and is going to be on record for long."""
    long_ago = deals.filter(pl.col("is_closed") & (pl.col("created_date") > FIRST - dt.timedelta(days=800)))
    return pl.col("opportunity_id").eq(long_ago["opportunity_id"][0])


@pytest.fixture(scope="module")
def friday_and_saturday(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, Tables]:
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("steps") / "warehouse.duckdb"))
    seen = []
    for day in (FIRST, FIRST + dt.timedelta(days=1)):
        store_world(warehouse, generate_world_in_chunks(WorldSpec(SEED, SIZE, day)))
        seen.append({table: warehouse.read_table(table) for table in STORED_TABLES})
    return seen[0], seen[1]


def test_a_quiet_weekend_breaks_no_promise(friday_and_saturday: tuple[Tables, Tables]) -> None:
    assert broken_promises(*friday_and_saturday) == []


def reopened(deals: pl.DataFrame) -> pl.DataFrame:
    return deals.with_columns(is_closed=pl.col("is_closed") & ~closed(deals))


def changed_at_a_weekend(deals: pl.DataFrame) -> pl.DataFrame:
    first_open = deals.filter(~pl.col("is_closed"))["opportunity_id"][0]
    return deals.with_columns(
        notes=pl.when(opportunity_id=first_open).then(pl.lit("Otherwise.")).otherwise(pl.col("notes"))
    )


def told_later(history: pl.DataFrame) -> pl.DataFrame:
    """An entry of long ago that was not there the day before."""
    return pl.concat([history, history.head(1).with_columns(sequence=pl.lit(99, pl.Int32))])


@pytest.mark.parametrize(
    ("table", "tamper", "told"),
    [
        (OPPORTUNITIES, reopened, "tells closed deals otherwise"),
        (OPPORTUNITIES, changed_at_a_weekend, "change at a weekend"),
        (OPPORTUNITIES, lambda deals: deals.filter(~closed(deals)), "lost deals that are open or on record"),
        (OPPORTUNITY_STAGES, lambda entries: entries.with_columns(amount=pl.col("amount") + 1), "amount is another"),
        (OPPORTUNITY_STAGES, told_later, "new rows of the past"),
        (OPPORTUNITY_STAGES, lambda entries: entries.head(-3), "lost entries of deals"),
        (TRUTH_OPPORTUNITIES, lambda truth: truth.with_columns(outcome=pl.lit("Closed Won")), "outcome is another"),
        (
            ACCOUNTS,
            lambda accounts: accounts.with_columns(created_date=pl.col("created_date").dt.offset_by("1d")),
            "created_date is another",
        ),
        (CONTACTS, lambda contacts: contacts.head(-40), "contact_id points to nothing"),
        (USERS, lambda users: users.with_columns(email=pl.lit("a@b.example")), "email is another"),
        (OWNER_HISTORY, lambda changes: changes.with_columns(old_owner_id="new_owner_id"), "old_owner_id is another"),
    ],
    ids=lambda value: getattr(value, "name", None) or (value if isinstance(value, str) else value.__name__),
)
def test_what_a_step_may_not_change_is_found(
    friday_and_saturday: tuple[Tables, Tables], table: Table, tamper: Tamper, told: str
) -> None:
    before, after = friday_and_saturday
    found = broken_promises(before, {**after, table: tamper(after[table])})
    assert any(told in each for each in found), found


def test_a_table_that_is_not_named_may_not_change_a_row(friday_and_saturday: tuple[Tables, Tables]) -> None:
    before, after = (
        {Table("crm", "notes", "", USERS.columns, ("user_id",)): each[USERS], **each} for each in friday_and_saturday
    )
    added = next(iter(after))
    after[added] = after[added].with_columns(is_active=~pl.col("is_active"))
    assert any("crm.notes.is_active is another" in each for each in broken_promises(before, after))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_45_days_step_by_step_equal_straight_to_the_day_and_back_again(tmp_path: Path) -> None:
    seen = walk_and_look(tmp_path, seed=SEED, size=SIZE, first=FIRST, days=45)
    first, _, last = seen.values()
    assert last[WORLD]["as_of"].item() == FIRST + dt.timedelta(days=45)
    both = first[OPPORTUNITIES].join(last[OPPORTUNITIES], on="opportunity_id", suffix="_last")
    assert both.filter(~pl.col("is_closed") & pl.col("is_closed_last")).height > 5

"""The whole world as tables: a pure function of seed, size, day, kind of account names and planted instructions.

Here the parts are put together and given the names of the tables; what happens in them is decided in the other
modules of this room. No clock, no file and no connection is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import polars as pl

from synthdeal_assets.foundation.drawing.entries import whole_groups
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.foundation.parallel import made_in_order
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.calendar import (
    PERIODS,
    WINDOW_DAYS,
    CreationCalendar,
    day_number,
    record_start,
    window_start,
)
from synthdeal_assets.world.contact_tables import account_parts, contact_tables
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.deal_tables import deal_tables
from synthdeal_assets.world.effects import Effects
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS
from synthdeal_assets.world.made_with import INSTALLED
from synthdeal_assets.world.market import Market, accounts_on, open_market
from synthdeal_assets.world.namesakes import Namesakes
from synthdeal_assets.world.organisation import build_organisation
from synthdeal_assets.world.owner_history import account_handovers
from synthdeal_assets.world.people import meet_people
from synthdeal_assets.world.plan_tables import QUOTAS
from synthdeal_assets.world.quotas import set_quotas
from synthdeal_assets.world.renewals import renewal_deals
from synthdeal_assets.world.sales_team import build_price_book
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.stories import tell
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CRM_TABLES,
    PRICE_BOOK,
    PRODUCTS,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_EFFECTS, TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES

WORLD_TABLES: Final = (
    *CRM_TABLES,
    LANDMARK_TEXTS,
    QUOTAS,
    CONTRACTS,
    TRUTH_EFFECTS,
    TRUTH_OPPORTUNITIES,
    TRUTH_LANDMARKS,
)
"""Every table that is made here."""

ROWS_PER_CHUNK: Final = 25_000
CONTRACTS_AT_ONCE: Final = 200_000

Maker = Callable[[], dict[Table, pl.DataFrame]]
"""Makes a piece of the world."""

INSTRUCTION_SHARE: Final = 0.02
"""Deals whose notes carry an instruction to the scorer."""


def generate_world(spec: WorldSpec) -> dict[Table, pl.DataFrame]:
    """All tables of the world (see WORLD_TABLES), each in the order of its primary key.

    At 100,000 opportunities the frames take about a gigabyte; `generate_world_in_chunks` needs less.
    """
    parts: dict[Table, list[pl.DataFrame]] = {table: [] for table in WORLD_TABLES}
    for chunk in generate_world_in_chunks(spec):
        for table, frame in chunk.items():
            parts[table].append(frame)
    return {table: pl.concat(frames) for table, frames in parts.items()}


def generate_world_in_chunks(
    spec: WorldSpec,
    rows_per_chunk: int = ROWS_PER_CHUNK,
    *,
    periods: int = PERIODS,
    instruction_share: float = INSTRUCTION_SHARE,
) -> Iterator[dict[Table, pl.DataFrame]]:
    """The tables of the world in pieces: first those that do not depend on deals, then deals in order of creation.

    Args:
        spec: The world.
        rows_per_chunk: Opportunities that are no renewals in a piece, at most; a day is not divided. The rows do not
            depend on it.
        periods: Periods whose deals are made, the last ones; a scorer is given those of one.
        instruction_share: Deals whose notes carry an instruction, where the world has any. Nothing else depends on it.
    """
    as_of = day_number(spec.as_of)
    market = open_market(build_organisation(CreationCalendar(spec.seed, spec.size), spec.account_names, as_of), as_of)
    book, organisation = market.book, market.book.organisation
    namesakes = Namesakes(book, record_start(as_of), as_of, rows_per_chunk)
    on_record = market.on_record(as_of)
    people = meet_people(book, market.deal_days, as_of)
    first_day = as_of - periods * WINDOW_DAYS + 1
    renewals = renewal_deals(market.contracts.renewals.since(first_day), book)

    def of_deals(days: range) -> dict[Table, pl.DataFrame]:
        return deal_tables(
            tell(
                book,
                namesakes,
                renewals,
                people=people,
                days=days,
                as_of=as_of,
                instruction_share=instruction_share if spec.planted_instructions else 0.0,
            )
        )

    parts_of_accounts = account_parts(organisation.accounts.in_order(on_record))
    parts_of_days = organisation.calendar.day_ranges(first_day, as_of, rows_per_chunk)
    world = _world_row(spec, renewals=int((renewals.created >= window_start(as_of)).sum()))
    first: list[Maker] = [
        partial(_of_the_organisation, world, market, on_record, as_of),
        *_of_contracts(market, on_record, as_of),
    ]
    yield from made_in_order(first)
    # The deals know from the book who is a customer; in a world of a million, the contracts take a gigabyte.
    del first, market
    makers: list[Maker] = [
        lambda: {QUOTAS: set_quotas(book, as_of, rows_per_chunk)},
        *(partial(contact_tables, organisation, people, accounts) for accounts in parts_of_accounts),
        *(partial(of_deals, days) for days in parts_of_days),
    ]
    yield from made_in_order(makers)


def _of_the_organisation(
    world: pl.DataFrame, market: Market, on_record: BoolArray, as_of: int
) -> dict[Table, pl.DataFrame]:
    organisation = market.book.organisation
    return {
        WORLD: world,
        USERS: organisation.team.users_on(as_of),
        PRODUCTS: organisation.products,
        PRICE_BOOK: build_price_book(organisation.products),
        ACCOUNTS: accounts_on(market, on_record, as_of),
        OWNER_HISTORY: account_handovers(organisation, on_record, as_of),
        TRUTH_EFFECTS: _effects(market.book.effects),
    }


def _of_contracts(market: Market, on_record: BoolArray, as_of: int) -> list[Maker]:
    contracts, organisation = market.contracts, market.book.organisation
    renewal_index = contracts.renewals.index(organisation.calendar)

    def of_rows(rows: IntArray) -> dict[Table, pl.DataFrame]:
        return {
            CONTRACTS: contracts.rows_on(
                as_of,
                rows=rows,
                renewal_index=renewal_index,
                account_id=organisation.accounts.frame["account_id"],
                product_id=organisation.products["product_id"],
            )
        }

    rows = contracts.seen_on(as_of, on_record)
    return [partial(of_rows, part) for part in whole_groups(rows, contracts.created[rows], CONTRACTS_AT_ONCE)]


def _world_row(spec: WorldSpec, renewals: int) -> pl.DataFrame:
    return WORLD.conform(
        pl.DataFrame(
            {
                "seed": [spec.seed],
                "size": [spec.size],
                "as_of": [spec.as_of],
                "account_names": [spec.account_names],
                **INSTALLED,
                "planted_instructions": [spec.planted_instructions],
                "renewals": [renewals],
            }
        )
    )


def _effects(effects: Effects) -> pl.DataFrame:
    rows = [
        (attribute, value, log_odds, cycle)
        for attribute, values in effects.values.items()
        for value, log_odds, cycle in zip(
            values, effects.log_odds[attribute].tolist(), effects.cycle[attribute].tolist(), strict=True
        )
    ]
    return TRUTH_EFFECTS.conform(pl.DataFrame(sorted(rows), schema=TRUTH_EFFECTS.polars_schema, orient="row"))

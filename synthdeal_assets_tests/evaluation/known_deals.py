"""Deals of synthetic worlds with what is really so: what the heuristic's thresholds are learnt and judged on."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from synthdeal_assets.foundation.warehouse.warehouse import create, insert, query_frame
from synthdeal_assets.scoring.inputs import ScorerInput, build_inputs, deals_of
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.world.generate import WORLD_TABLES, generate_world_in_chunks
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec


@dataclass(frozen=True, slots=True)
class KnownDeal:
    """A deal as a scorer sees it on a day, and what is really so.

    Attributes:
        seed: Seed of its world.
        day: The day.
        deal: The scorer's input; that of the day before it closed for one that is closed.
        levels: The true level of each MEDDPICC element at the time of the input.
        chance: The true chance to be won at that time.
        is_open: Whether it is open on the day.
        is_won: Whether it is won in the end.
    """

    seed: int
    day: dt.date
    deal: ScorerInput
    levels: Mapping[str, int]
    chance: float
    is_open: bool
    is_won: bool


def known_deals(seed: int, size: int, day: dt.date) -> Iterator[KnownDeal]:
    """The deals of the last 364 days of a world but for renewals, as they are on a day, in the order of their ids."""
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir()}) as memory:
        for table in WORLD_TABLES:
            create(memory, table)
        for chunk in generate_world_in_chunks(WorldSpec(seed, size, day), periods=1):
            for table, frame in chunk.items():
                insert(memory, table, frame)
        inputs = build_inputs(memory)
        facts = query_frame(
            memory,
            "SELECT truth.*, NOT is_closed AS is_open, truth.outcome = 'Closed Won' AS won "
            "FROM truth.opportunities AS truth JOIN crm.opportunities USING (opportunity_id) WHERE type <> $renewal",
            {"renewal": RENEWAL},
        )
    really = {row["opportunity_id"]: row for row in facts.iter_rows(named=True)}
    for deal in deals_of(inputs):
        if (row := really.get(deal.opportunity_id)) is not None:
            levels = {element: row[f"{element}_level"] for element in MEDDPICC_WEIGHTS}
            yield KnownDeal(seed, day, deal, levels, row["win_probability"], row["is_open"], row["won"])

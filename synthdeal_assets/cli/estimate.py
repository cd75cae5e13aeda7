"""`synthdeal run --estimate`: what the run would ask and cost. It asks nothing and changes nothing.

The world's day is made in memory, as the run would make it, and compared with the scores and the ledger there are. How
tokens and USD are estimated belongs in `scoring/estimate.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.cli.present_scorer import present_scorer
from synthdeal_assets.evaluation.planted_instructions.twins import twins_to_be_judged
from synthdeal_assets.evaluation.tables import INSTRUCTION_EFFECTS
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert, table_frame
from synthdeal_assets.llm.ledger.calls import SUCCESS
from synthdeal_assets.llm.ledger.context import JOURNAL_FOLDER, oldest_answer
from synthdeal_assets.llm.ledger.journal import left_journals
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.asking import PURPOSE
from synthdeal_assets.scoring.estimate import Estimate, Ledger, ToJudge, estimate, read_ledger, to_be_judged
from synthdeal_assets.scoring.estimate_words import rows
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_FAILURES, SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import WORLD_TABLES, generate_world_in_chunks
from synthdeal_assets.world.spec import WorldRequest, WorldSpec, existing_spec, resolve_spec
from synthdeal_assets.world.tables import WORLD

LARGE_WORLD: Final = 20_000
"""Opportunities from which on the making of the world takes so long that it is said."""


def show_estimate(settings: Settings) -> int:
    """Print what `synthdeal run` with these settings would ask and cost; returns the exit code.

    Raises:
        SynthDealError: The run would be refused, or the warehouse cannot be opened.
    """
    scorer = present_scorer(settings)
    spec = world_of_the_run(settings)
    if spec.size >= LARGE_WORLD:
        messages.print(f"Building the world ({spec}) in memory to see what would be scored ...")
    now = utc_now()
    would, renewals = _to_be_judged(settings, spec, scorer, now)
    estimated = estimate(would, scorer, _ledger(settings, would, scorer, now), now=now)
    _print(estimated, spec, renewals)
    return 0


def world_of_the_run(settings: Settings) -> WorldSpec:
    """The world that a run with these settings makes, known before any work starts.

    Raises:
        SynthDealError: The warehouse holds another one, which may not be replaced, or it cannot be opened.
    """
    existing = existing_spec(_stored(settings, WORLD))
    today = dt.datetime.now(ZoneInfo(settings.schedules.timezone)).date()
    return resolve_spec(WorldRequest(), settings, existing, today)


def _to_be_judged(settings: Settings, spec: WorldSpec, scorer: Scorer, now: dt.datetime) -> tuple[ToJudge, int]:
    """What the run would have judged, found in a warehouse in memory by the same rules; and the world's renewals."""
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir()}) as memory:
        for table in WORLD_TABLES:
            create(memory, table)
        for chunk in generate_world_in_chunks(spec, periods=1):
            for table, frame in chunk.items():
                insert(memory, table, frame)
        create(memory, SCORER_INPUTS)
        insert(memory, SCORER_INPUTS, build_inputs(memory))
        for table in (OPPORTUNITY_SCORES, SCORE_FAILURES, LLM_CALLS, INSTRUCTION_EFFECTS):
            create(memory, table)
            insert(memory, table, _stored(settings, table))
        would = to_be_judged(memory, scorer, max_attempts=settings.scoring.retry_max_attempts, now=now)
        would = dataclasses.replace(would, twins=twins_to_be_judged(memory, scorer, would.pending))
        return would, int(table_frame(memory, WORLD)["renewals"].sum())


def _ledger(settings: Settings, would: ToJudge, scorer: Scorer, now: dt.datetime) -> Ledger:
    """What the ledger knows, with what killed runs have noted and the next run takes into it."""
    if not settings.storage.warehouse_path.exists():
        return Ledger()
    not_before = oldest_answer(settings.llm.answer_ttl_days, now)
    with Warehouse.of(settings).connect() as connection:
        known = read_ledger(connection, would, scorer, not_before=not_before)
    noted = {
        call.key
        for journal in left_journals(settings.storage.warehouse_path.parent / JOURNAL_FOLDER)
        for call in journal.calls
        if journal.asking.purpose == PURPOSE
        and call.status == SUCCESS
        and (not_before is None or call.asked_at >= not_before)
    }
    return Ledger(known.answered | noted, known.measured)


def _stored(settings: Settings, table: Table) -> pl.DataFrame:
    """The rows of a table of the warehouse; none, and no warehouse made, where there is none."""
    if not settings.storage.warehouse_path.exists():
        return table.empty()
    with Warehouse.of(settings).connect() as connection:
        return table_frame(connection, table)


def _print(estimated: Estimate, spec: WorldSpec, renewals: int) -> None:
    results.print(
        f"A run with the scorer {estimated.scorer} as of {spec.as_of}, {spec.size:,} opportunities and "
        f"{counted(renewals, 'renewal', 'renewals')}:"
    )
    listed = rows(estimated)
    what, figure = (
        max(len(text) for text in texts) for texts in zip(*((r.what, r.figure) for r in listed), strict=True)
    )
    for row in listed:
        rests_on = f"{row.basis}: {row.note}" if row.note else row.basis
        results.print(f"  {row.what:<{what}}  {row.figure:<{figure}}  {rests_on}")
    if not estimated.pays:
        results.print("The heuristic is a set of fixed rules: it asks no model and costs nothing.")
    results.print("Nothing was sent and nothing was changed.")

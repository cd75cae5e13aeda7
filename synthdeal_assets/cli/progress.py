"""What a user sees while a run goes on: the phases, how many opportunities have been scored, and what models cost.

It follows Dagster's own events as they are stored; nothing is asked twice and no log text is read. A terminal gets
moving bars, anything else one line a phase.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from synthdeal_assets.cli.console import LINES_APART_S
from synthdeal_assets.cli.spending import cost_in_words
from synthdeal_assets.definitions import ROOMS
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.room import RUN, WHITESPACE_RUN
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES

SCORES_KEY: Final = asset_key(OPPORTUNITY_SCORES)

PHASES: Final = {asset_key(phase.table): phase.title for room in ROOMS if room.made_by == RUN for phase in room.phases}
"""The assets whose steps a user is told about, in the order in which they run."""

WHITESPACE_PHASES: Final = {
    asset_key(phase.table): phase.title for room in ROOMS if room.made_by == WHITESPACE_RUN for phase in room.phases
}
"""Likewise, of the whitespace engine."""

ROWS_SHOWN: Final = {
    asset_key(phase.table): phase.rows for room in ROOMS for phase in room.phases if phase.rows is not None
}
"""Assets whose number of rows says something to a user, with what the rows are."""

COUNTS_APART_S: Final = 0.5
LOOKING_SHARE: Final = 0.05
"""Looking into the warehouse opens and closes it, which takes longer the larger it is; beyond this share of the time it
would hold up the run."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the warehouse knows of a run that goes on.

    Attributes:
        failed: Opportunities that could not be scored.
        usage: What its requests to models took.
    """

    failed: int = 0
    usage: Usage = field(default_factory=Usage)


class RunProgress:
    """Shows the phases of one run; use it as a context and give it every event of the run.

    Args:
        console: Where it is shown.
        phase_of_step: The phase that each step belongs to, by step key; other steps are not shown.
        count_pending: Asked when scoring starts: how many opportunities are to be scored.
        look: Asked now and then while scoring goes on: what has failed and what was spent.
        notes_from_log: Whether what an asset logs says how far it is.

    The two callables may answer None, when it cannot be known just now.
    """

    def __init__(
        self,
        console: Console,
        phase_of_step: Mapping[str, str],
        count_pending: Callable[[], int | None] = lambda: None,
        look: Callable[[], Progress | None] = lambda: None,
        *,
        notes_from_log: bool = False,
    ) -> None:
        self._console = console
        self._phase_of_step = phase_of_step
        self._count_pending = count_pending
        self._look = look
        self._notes_from_log = notes_from_log
        self._bars = RichProgress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<14}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
            # What the run prints is caught for its compute log, where secrets are taken out.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}
        self._notes: dict[str, str] = {}
        self._look_at = self._said_at = time.monotonic()
        self._pending: int | None = None
        self._scored = 0
        self._so_far = Progress()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Older versions of Rich end bars that were never shown with an empty line.
        if not self._bars.disable:
            self._bars.stop()

    def follow(self, entry: dg.EventLogEntry) -> None:
        """Take in one event of the run."""
        event = entry.dagster_event
        if event is None and self._notes_from_log and int(entry.level) == logging.INFO:
            self._logged(entry)
        if event is None or event.step_key is None:
            return
        phase = self._phase_of_step.get(event.step_key)
        if phase is None:
            return
        if event.event_type == dg.DagsterEventType.STEP_START:
            self._begin(phase)
        elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._materialised(phase, event)
        elif event.event_type == dg.DagsterEventType.STEP_SUCCESS:
            self._end(phase, "done")
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            self._end(phase, "failed")
        elif event.event_type == dg.DagsterEventType.STEP_SKIPPED:
            self._end(phase, "left out")

    def _logged(self, entry: dg.EventLogEntry) -> None:
        phase = self._phase_of_step.get(entry.step_key or "")
        if phase not in self._tasks:
            return
        note = redact(entry.user_message)
        self._bars.update(self._tasks[phase], note=note)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._said_at >= LINES_APART_S:
            self._said_at = now
            self._console.print(f"{phase}: {note}")

    def _begin(self, phase: str) -> None:
        self._started[phase] = time.monotonic()
        total = None
        if phase == PHASES[SCORES_KEY]:
            total = self._pending = self._count_pending()
        self._tasks[phase] = self._bars.add_task(phase, total=total, note="")

    def _materialised(self, phase: str, event: dg.DagsterEvent) -> None:
        key = event.asset_key
        if key == SCORES_BY_OPPORTUNITY and event.partition is not None:
            # Beyond what was pending, partitions turn green that a killed run had scored without telling.
            if self._pending is None or self._scored < self._pending:
                self._scored += 1
            self._show_scores(phase)
        elif key == SCORES_KEY:
            counted = event.step_materialization_data.materialization.metadata.get("scored")
            if isinstance(counted, dg.IntMetadataValue) and counted.value is not None:
                self._scored = counted.value
        elif key is not None and key in ROWS_SHOWN:
            rows = event.step_materialization_data.materialization.metadata.get("dagster/row_count")
            if rows is not None:
                self._notes[phase] = f"{rows.value:,} {ROWS_SHOWN[key]}"

    def _show_scores(self, phase: str) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._take_a_look()
        self._notes[phase] = self._score_note()
        if phase in self._tasks:
            self._bars.update(self._tasks[phase], completed=self._scored + self._so_far.failed, note=self._notes[phase])
        if not self._console.is_terminal and now - self._said_at >= LINES_APART_S:
            self._said_at = now
            self._console.print(f"{phase}: {self._notes[phase]}")

    def _score_note(self) -> str:
        if self._pending == 0:
            return "nothing was pending"
        asked = "" if self._pending is None else f" of {self._pending:,}"
        so_far = self._so_far
        usage = so_far.usage
        spent = f", {usage.calls:,} requests, {cost_in_words(usage)}" if usage.calls else ""
        return f"{self._scored:,}{asked} scored, {so_far.failed:,} failed{spent}"

    def _take_a_look(self) -> None:
        started = time.monotonic()
        seen = self._look()
        ended = time.monotonic()
        self._look_at = ended + max(COUNTS_APART_S, (ended - started) / LOOKING_SHARE)
        if seen is not None:
            self._so_far = seen

    def _end(self, phase: str, how: str) -> None:
        if phase == PHASES[SCORES_KEY]:
            self._take_a_look()
            self._notes[phase] = self._score_note()
        seconds = time.monotonic() - self._started.get(phase, time.monotonic())
        note = ", ".join(part for part in (how, self._notes.get(phase)) if part)
        if phase in self._tasks:
            self._bars.update(self._tasks[phase], total=1, completed=1, note=note)
        if not self._console.is_terminal:
            self._console.print(f"{phase}: {note} ({seconds:.1f} s)")

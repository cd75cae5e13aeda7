"""How far the generation of a dataset is, by table: a bar with its rate and the time left.

Where there is no terminal, a line now and then.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from synthdeal_assets.cli.console import LINES_APART_S
from synthdeal_assets.datasets.generation import GenerationListener

RECOUNTING: Final = "recounting"


class GenerationProgress:
    """Shows how far a dataset is; use it as a context and give its `listener` to the generation."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<14}"),
            BarColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._table = ""
        self._total = self._done = 0
        self._started = self._said_at = time.monotonic()
        self.listener = GenerationListener(table=self._table_begins, rows=self._rows_written, recount=self._recount)

    def __enter__(self) -> Self:
        if not self._bars.disable:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._end()
        if not self._bars.disable:
            self._bars.stop()

    def _table_begins(self, table: str, rows: int) -> None:
        self._end()
        self._table, self._total, self._done, self._started = table, rows, 0, time.monotonic()
        self._task = self._bars.add_task(table, total=rows, note=f"{rows:,} rows")

    def _rows_written(self, rows: int) -> None:
        self._done += rows
        now = time.monotonic()
        rate = self._done / max(now - self._started, 1e-3)
        note = f"{self._done:,} of {self._total:,} rows, {rate:,.0f} rows/s"
        if self._task is not None:
            self._bars.update(self._task, completed=self._done, note=note)
        if not self._console.is_terminal and now - self._said_at >= LINES_APART_S:
            self._said_at = now
            self._console.print(f"{self._table}: {note}, {(self._total - self._done) / rate:,.0f} s left")

    def _recount(self) -> None:
        self._end()
        self._task = self._bars.add_task(RECOUNTING, total=None, note="every promise, from the files")

    def _end(self) -> None:
        if self._task is not None:
            total = self._bars.tasks[-1].total or 1
            self._bars.update(self._task, total=total, completed=total)
        self._task = None

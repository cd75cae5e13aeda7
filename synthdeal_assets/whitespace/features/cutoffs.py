"""Which cutoffs there are: where the list is made, where the method is judged, and from which it learns.

A model that is used at a cutoff has learnt from earlier cutoffs alone, whose label windows end by it; what is judged
at a cutoff has a label window that the data cover. What is known at a cutoff belongs in `features.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import create, table_exists
from synthdeal_assets.sales.product_map.feasibility import (
    SHORTEST_HISTORY_DAYS,
    require_divisions,
    require_history,
    require_inside,
    window_days,
)
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.tables import CUTOFFS, FEATURES, LABELS

USUAL_HISTORY_DAYS: Final = 365
"""What is known at the earliest cutoff when the log is long enough: a year, so that seasons can be seen."""
LARGEST_SHARE_OF_HISTORY: Final = 0.25
"""In a short log the earliest cutoff comes after this share of the days before the latest one."""
SHORTEST_STEP_DAYS: Final = 28
"""Cutoffs nearer to each other than this show the same customers in nearly the same state."""


@dataclass(frozen=True, slots=True)
class CutoffPlan:
    """The cutoffs of a run.

    Attributes:
        scoring_cutoff: Where the present list is made.
        test_cutoff: Where models and list are judged; None when no window that the data cover leaves room to learn.
        window_days: Days of the label window after a cutoff.
        first_order_date: Day of the first purchase in the log: nobody is known before it.
        last_order_date: Last day of the log, holdout left out.
        data_end: Last day of the log and the holdout.
        training: For each cutoff that models are used at, the cutoffs they learn from, newest first.
    """

    scoring_cutoff: dt.date
    test_cutoff: dt.date | None
    window_days: int
    first_order_date: dt.date
    last_order_date: dt.date
    data_end: dt.date
    training: dict[dt.date, tuple[dt.date, ...]]

    @property
    def cutoffs(self) -> tuple[dt.date, ...]:
        """Every cutoff that features are needed at, oldest first."""
        return tuple(sorted({*self.training, *(day for days in self.training.values() for day in days)}))

    def window_end(self, cutoff: dt.date) -> dt.date:
        """The last day of a cutoff's label window."""
        return cutoff + dt.timedelta(days=self.window_days)

    def is_learnt_from(self, cutoff: dt.date) -> bool:
        """Whether a model learns from the cutoff; such a cutoff has no label from a holdout source."""
        return any(cutoff in learnt_from for learnt_from in self.training.values())

    def uses_holdout(self, cutoff: dt.date) -> bool:
        """Whether the label window reaches past the log, into the holdout: for validation alone."""
        return self.window_end(cutoff) > self.last_order_date


def plan_cutoffs(
    *,
    first_order_date: dt.date,
    last_order_date: dt.date,
    holdout_end: dt.date | None,
    window_days: int,
    training_cutoffs: int,
    cutoff: dt.date | None,
) -> CutoffPlan:
    """The cutoffs that a log allows.

    Args:
        first_order_date: First day of the log.
        last_order_date: Last day of the log, holdout left out.
        holdout_end: Last day of the holdout; None when there is none.
        window_days: Days of the label window.
        training_cutoffs: Most cutoffs that a model learns from.
        cutoff: Where the list is made; the last day of the log when None.

    Raises:
        SynthDealError: The cutoff is outside the log, or the log before it is too short to learn from.
    """
    scoring = cutoff or last_order_date
    require_inside(scoring, first_order_date, last_order_date)
    require_history(scoring, first_order_date, window_days)
    data_end = max(last_order_date, holdout_end or last_order_date)
    window = dt.timedelta(days=window_days)
    learnt_from = _training_cutoffs(first_order_date, scoring, window_days, training_cutoffs)
    training = {scoring: learnt_from}
    if scoring + window <= data_end:
        test: dt.date | None = scoring
    else:
        earlier = scoring - window
        test_training = _training_cutoffs(first_order_date, earlier, window_days, training_cutoffs)
        test = earlier if test_training else None
        if test is not None:
            training[test] = test_training
    for used_at, cutoffs in training.items():
        require_past_windows(used_at, cutoffs, window_days)
    return CutoffPlan(scoring, test, window_days, first_order_date, last_order_date, data_end, training)


def require_past_windows(used_at: dt.date, training_cutoffs: Iterable[dt.date], window_days: int) -> None:
    """Refuse to learn from what a model could not know yet on the day that it is used at.

    Whoever plans or trains calls this, so that a model which has seen its own future cannot come to be.

    Args:
        used_at: The cutoff that the model is used at.
        training_cutoffs: The cutoffs it learns from.
        window_days: Days of their label windows.

    Raises:
        SynthDealError: The label window of a training cutoff ends later than `used_at`; so does that of `used_at`.
    """
    for cutoff in training_cutoffs:
        window_end = cutoff + dt.timedelta(days=window_days)
        if window_end > used_at:
            raise SynthDealError(
                f"A model for use at the cutoff {used_at} may not learn from the cutoff {cutoff}, whose label window "
                f"ends on {window_end}: choose a shorter window with --window-days or a later cutoff with --cutoff.",
                code="whitespace.window-not-past",
            )


def read_plan(connection: duckdb.DuckDBPyConnection, settings: Settings) -> CutoffPlan:
    """The cutoffs for the sales log in the warehouse.

    Raises:
        SynthDealError: There is no sales log, nothing in it, or it does not allow the cutoff, window or divisions of
            the settings.
    """
    if not table_exists(connection, FACT_TRANSACTIONS):
        raise SynthDealError(
            "There is no sales log yet: run `synthdeal whitespace run`, which reads or generates one.",
            code="whitespace.no-sales-log",
        )
    first, last, holdout_end = connection.execute(
        "SELECT min(order_date) FILTER (NOT is_holdout AND NOT is_return), max(order_date) FILTER (NOT is_holdout), "
        f"max(order_date) FILTER (is_holdout) FROM {FACT_TRANSACTIONS.qualified_name}"
    ).fetchall()[0]
    if first is None:
        raise SynthDealError(
            "The sales log has no sale: look at sales.rejected_rows for the reasons.",
            code="whitespace.no-transactions",
        )
    plan = plan_cutoffs(
        first_order_date=first,
        last_order_date=last,
        holdout_end=holdout_end,
        window_days=window_days(
            settings,
            first_order_date=first,
            cutoff=settings.whitespace.cutoff or last,
            data_end=max(last, holdout_end or last),
        ),
        training_cutoffs=settings.whitespace.training_cutoffs,
        cutoff=settings.whitespace.cutoff,
    )
    require_divisions(connection, FACT_TRANSACTIONS.qualified_name, plan.scoring_cutoff, settings)
    return plan


def record_cutoffs(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan, cutoffs: Collection[dt.date]) -> None:
    """Replace the rows of some cutoffs in whitespace.cutoffs.

    Args:
        connection: Where the log is; whether in a transaction is for the caller to decide.
        plan: Window, and days of the log.
        cutoffs: Days of the log.
    """
    create(connection, CUTOFFS)
    days = sorted(cutoffs)
    connection.execute(f"DELETE FROM {CUTOFFS.qualified_name} WHERE list_contains(?::DATE[], cutoff_date)", [days])
    connection.execute(
        statement(__package__, "cutoffs.sql"),
        {
            "cutoffs": days,
            "window_days": plan.window_days,
            "data_end": plan.data_end,
            "last_order_date": plan.last_order_date,
        },
    )
    count_positives(connection)


def count_positives(connection: duckdb.DuckDBPyConnection) -> None:
    """Say in whitespace.cutoffs what was bought in each window, after labels were built."""
    create(connection, LABELS)
    create(connection, CUTOFFS)
    connection.execute(statement(__package__, "count_positives.sql"))


def forget_other_cutoffs(connection: duckdb.DuckDBPyConnection, plan: CutoffPlan) -> tuple[dt.date, ...]:
    """Delete features, labels and rows of cutoffs that are not in the plan.

    Returns:
        The cutoffs that were there and are not planned any more, oldest first.
    """
    gone: set[dt.date] = set()
    for table in (CUTOFFS, FEATURES, LABELS):
        if table_exists(connection, table):
            unplanned = "NOT list_contains(?::DATE[], cutoff_date)"
            found = connection.execute(
                f"SELECT DISTINCT cutoff_date FROM {table.qualified_name} WHERE {unplanned}", [list(plan.cutoffs)]
            ).fetchall()
            gone.update(day for (day,) in found)
            connection.execute(f"DELETE FROM {table.qualified_name} WHERE {unplanned}", [list(plan.cutoffs)])
    return tuple(sorted(gone))


def require_made(connection: duckdb.DuckDBPyConnection, table: Table, cutoffs: Iterable[dt.date]) -> None:
    """See that a table is there with rows of every cutoff that something is to be made from.

    Raises:
        SynthDealError: It is not, or lacks one: the message says what is to be made first.
    """
    made = (
        {day for (day,) in connection.execute(f"SELECT DISTINCT cutoff_date FROM {table.qualified_name}").fetchall()}
        if table_exists(connection, table)
        else set()
    )
    missing = sorted(set(cutoffs) - made)
    if missing:
        raise SynthDealError(
            f"{table.qualified_name} has no row of the cutoff {' and '.join(map(str, missing))} yet: materialise "
            f"{'/'.join(table.key)} first, or run `synthdeal whitespace run`, which creates everything.",
            code="whitespace.cutoff-not-made",
        )


def _training_cutoffs(first: dt.date, used_at: dt.date, window_days: int, most: int) -> tuple[dt.date, ...]:
    """Cutoffs whose windows end by `used_at`, newest first.

    They are a whole window apart, so that no purchase is a label twice, unless the log is too short for `most` of
    them: then two, three, ... of them share a window. Either way the cutoffs of two models that are a window apart
    fall on the same days, and features are built once for both.
    """
    latest = used_at - dt.timedelta(days=window_days)
    known = (latest - first).days + 1
    if known < SHORTEST_HISTORY_DAYS:
        return ()
    history = max(SHORTEST_HISTORY_DAYS, min(USUAL_HISTORY_DAYS, round(known * LARGEST_SHARE_OF_HISTORY)))
    span = known - history
    per_window = 1
    while span * per_window // window_days + 1 < most and window_days // (per_window + 1) >= SHORTEST_STEP_DAYS:
        per_window += 1
    steps = min(most, span * per_window // window_days + 1)
    return tuple(latest - dt.timedelta(days=step * window_days // per_window) for step in range(steps))

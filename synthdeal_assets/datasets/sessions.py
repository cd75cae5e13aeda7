"""Plans made in words: a request becomes a specification, corrections change it, and what was said is kept by name.

Each change is a new version of the specification. What words mean belongs in `words/`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.datasets.catalogue import (
    StoredSpecification,
    drop_specification,
    known_specification,
    newest_specification,
    store_specification,
)
from synthdeal_assets.datasets.keeping import Keeper
from synthdeal_assets.datasets.tables import MESSAGES, SESSIONS
from synthdeal_assets.datasets.types.field_names import type_of_name
from synthdeal_assets.datasets.words.corrections import Correction, correct
from synthdeal_assets.datasets.words.edits import EditedText
from synthdeal_assets.datasets.words.plan import Plan, PlanQuestion
from synthdeal_assets.datasets.words.planning import plan_request
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.warehouse import create, delete_matching, insert, query_frame, table_exists

PERSON: Final = "person"
SYNTHDEAL: Final = "SynthDeal"

_LONGEST_NAME: Final = 63


@dataclass(frozen=True, slots=True)
class PlannedDataset:
    """A plan that is kept.

    Attributes:
        plan: As it came from the request.
        stored: Its specification as it is now, with all corrections.
    """

    plan: Plan
    stored: StoredSpecification


def plan_of(request: str, as_of: dt.date) -> Plan:
    """The plan that a request in words comes to.

    Args:
        request: What a person wants, in English, German or Spanish.
        as_of: The day that "last year" counts from; the dataset stands on it.

    Raises:
        SynthDealError: The request is not about data, about persons who exist, or too long.
    """
    return plan_request(request, as_of=as_of, type_of_name=type_of_name)


class Sessions:
    """The plans of a home.

    Args:
        keeper: Where the datasets are kept.
        keep_days: For how many days what was said is kept.
    """

    def __init__(self, keeper: Keeper, keep_days: int) -> None:
        self._keeper = keeper
        self._keep_days = keep_days

    def begin(self, plan: Plan, *, questions_open: int) -> PlannedDataset:
        """Keep a plan under the name of its dataset, or that name with a number where another dataset has it."""
        with self._keeper.warehouse.transaction() as connection:
            _forget(connection, self._keeper.now() - dt.timedelta(days=self._keep_days))
            name = plan.parsed().dataset
            free = _free_name(connection, name)
            text = plan.specification if free == name else _renamed(plan.specification, free)
            stored = store_specification(
                connection,
                free,
                text,
                at=self._keeper.now(),
                request=plan.request,
                made_by="words",
                questions_open=questions_open,
            )
            self._say(connection, stored, PERSON, plan.request)
        return PlannedDataset(replace(plan, specification=text), stored)

    def resume(self, name: str) -> PlannedDataset:
        """The plan of a dataset as it is now.

        Raises:
            SynthDealError: There is no such dataset, or nobody asked for it in words ("datasets.no-plan").
        """
        stored = self._keeper.newest(name)
        if stored.request is None:
            raise SynthDealError(
                f"The dataset {name} was not asked for in words, so there is no plan of it: `synthdeal dataset show "
                f"{name}` shows its specification.",
                code="datasets.no-plan",
                usage=True,
            )
        as_of = stored.read().specification.as_of or stored.created_at.date()
        plan = plan_of(stored.request, as_of)
        return PlannedDataset(plan, stored)

    def correction(self, name: str, words: str) -> Correction:
        """What words would change in the specification of a dataset; nothing is stored.

        Raises:
            SynthDealError: There is no such dataset.
        """
        stored = self._keeper.newest(name)
        as_of = stored.read().specification.as_of or self._keeper.now().date()
        plan = plan_of(stored.request, as_of) if stored.request is not None else None
        found = correct(stored.text, words, as_of=as_of, type_of_name=type_of_name, plan=plan)
        if not found.undo:
            return found
        with self._keeper.warehouse.connect() as connection:
            before = _version_before(connection, stored)
        if before is None:
            return replace(found, answers=(*found.answers, "There is no change to take back."), undo=False)
        edited = EditedText(before)
        edited.before = stored.text
        return replace(found, text=before, diff=edited.diff(), done=(*found.done, "the last change is taken back"))

    def apply(self, name: str, words: str, correction: Correction, *, questions_open: int = 0) -> StoredSpecification:
        """Store what a correction changes, and what was said."""
        with self._keeper.warehouse.transaction() as connection:
            stored = known_specification(connection, name)
            if correction.undo and drop_specification(connection, stored):
                now = known_specification(connection, name)
            else:
                now = store_specification(
                    connection,
                    name,
                    correction.text,
                    at=self._keeper.now(),
                    request=stored.request,
                    made_by=stored.made_by,
                    questions_open=questions_open,
                )
            self._say(connection, now, PERSON, words)
            self._say(connection, now, SYNTHDEAL, "; ".join((*correction.done, *correction.answers)) or "understood")
        return now

    def settle(self, name: str) -> None:
        """Note that every question about a plan has its answer."""
        with self._keeper.warehouse.transaction() as connection:
            stored = known_specification(connection, name)
            connection.execute(
                "UPDATE datasets.specs SET questions_open = 0 WHERE name = ? AND version = ?", [name, stored.version]
            )

    def _say(self, connection: duckdb.DuckDBPyConnection, stored: StoredSpecification, who: str, text: str) -> None:
        for table in (SESSIONS, MESSAGES):
            create(connection, table)
        now = self._keeper.now()
        started = connection.execute(
            "SELECT min(started_at) FROM datasets.sessions WHERE name = ?", [stored.name]
        ).fetchall()[0][0]
        session = pl.DataFrame(
            [{"name": stored.name, "started_at": started or now, "changed_at": now}], schema=SESSIONS.polars_schema
        )
        delete_matching(connection, SESSIONS, session, SESSIONS.primary_key)
        insert(connection, SESSIONS, session)
        position = query_frame(
            connection, "SELECT count(*) + 1 FROM datasets.messages WHERE name = ?", [stored.name]
        ).item()
        message = {
            "name": stored.name,
            "position": position,
            "said_by": who,
            "text": text,
            "version": stored.version,
            "said_at": now,
        }
        insert(connection, MESSAGES, pl.DataFrame([message], schema=MESSAGES.polars_schema))


def answered(question: PlanQuestion, answer: str) -> str:
    """The correction that an answer to a question is."""
    match question.path:
        case ("tables", table, "rows"):
            return f"{answer} {table}"
        case (*_, name):
            return f"{name}: {answer}"
        case _:
            return answer


def _forget(connection: duckdb.DuckDBPyConnection, before: dt.datetime) -> None:
    """Delete what was said in sessions in which nothing was said since."""
    if table_exists(connection, SESSIONS) and table_exists(connection, MESSAGES):
        old = "SELECT name FROM datasets.sessions WHERE changed_at < ?"
        connection.execute(f"DELETE FROM datasets.messages WHERE name IN ({old})", [before])
        connection.execute("DELETE FROM datasets.sessions WHERE changed_at < ?", [before])


def _free_name(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    number, free = 1, name
    while newest_specification(connection, free) is not None:
        number += 1
        free = f"{name[: _LONGEST_NAME - len(str(number)) - 1]}_{number}"
    return free


def _renamed(text: str, name: str) -> str:
    edited = EditedText(text)
    edited.set(("dataset",), name)
    return edited.text


def _version_before(connection: duckdb.DuckDBPyConnection, stored: StoredSpecification) -> str | None:
    """The text of the newest version before one that differs from it."""
    found = connection.execute(
        "SELECT specification FROM datasets.specs WHERE name = ? AND version < ? AND specification <> ? "
        "ORDER BY version DESC LIMIT 1",
        [stored.name, stored.version, stored.text],
    ).fetchone()
    return None if found is None else str(found[0])

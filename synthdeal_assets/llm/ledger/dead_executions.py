"""What executions that were killed leave in the ledger and beside it, and taking it in.

Who lives is decided in `foundation/leases.py`. Dagster's runs belong in orchestration: a run may ask several times.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from synthdeal_assets.foundation.leases import remove_dead
from synthdeal_assets.llm.ledger.calls import CANCELLED, SUCCESS, LlmCall
from synthdeal_assets.llm.ledger.journal import LeftJournal, left_journals
from synthdeal_assets.llm.ledger.ledger import missing_calls, prepare_ledger, record_calls, release_stale_claims
from synthdeal_assets.llm.ledger.spending import InFlight
from synthdeal_assets.llm.usage import Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was taken in.

    Attributes:
        folder: Folder of the journals.
        claims: Claims that were void.
        journals: The journals, each with the requests that the ledger refused.
    """

    folder: Path
    claims: int
    journals: Sequence[tuple[LeftJournal, Sequence[LlmCall]]]

    @property
    def calls(self) -> int:
        """Requests in the journals that are in the ledger now."""
        return sum(len(journal.calls) - len(refused) for journal, refused in self.journals)

    def remove(self) -> None:
        """Remove the files; after the transaction that took them in, so that a kill in between loses nothing.

        Says what had been in flight.
        """
        for journal, refused in self.journals:
            journal.remove(refused)
            if in_flight := str(InFlight.among(set(journal.calls).difference(refused))):
                logger.warning("Run %s: %s What was asked is asked again.", journal.asking.run_id, in_flight)
        remove_dead(self.folder)


@dataclass(frozen=True, slots=True)
class LeftRequests:
    """What an ended run noted and the ledger does not have yet.

    Attributes:
        run_id: The run.
        purpose: What it asked for.
        answers: Valid answers.
        usage: What the requests took of which the end is known.
        in_flight: The others.
    """

    run_id: str
    purpose: str
    answers: int
    usage: Usage
    in_flight: InFlight


def left_requests(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[LeftRequests]:
    """What ended runs noted and the ledger does not have yet, by run and purpose in their order; nothing is changed.

    Args:
        connection: The warehouse.
        folder: Folder of the journals.
    """
    noted: dict[tuple[str, str], dict[str, LlmCall]] = {}
    for journal in left_journals(folder):
        asking = journal.asking
        noted.setdefault((asking.run_id, asking.purpose), {}).update({each.call_id: each for each in journal.calls})
    found = [(asking, missing_calls(connection, tuple(calls.values()))) for asking, calls in sorted(noted.items())]
    return [_left(*asking, calls) for asking, calls in found if calls]


def _left(run_id: str, purpose: str, calls: Sequence[LlmCall]) -> LeftRequests:
    ended = [call for call in calls if call.status != CANCELLED]
    answers = sum(call.status == SUCCESS for call in ended)
    usage = sum((call.usage for call in ended), start=Usage())
    return LeftRequests(run_id, purpose, answers, usage, InFlight.among(calls))


def take_in_dead(connection: duckdb.DuckDBPyConnection, folder: Path) -> TakenIn:
    """Void the claims of executions that have certainly ended, and put what they had noted into the ledger.

    In this order, and claiming only afterwards, nothing that one of them paid for is asked again, even when it dies at
    this moment. Call it inside a transaction.

    Args:
        connection: The warehouse.
        folder: Folder of the journals.

    Returns:
        What was taken in, to be removed once the transaction has ended.
    """
    prepare_ledger(connection)
    claims = release_stale_claims(connection, folder)
    journals = [
        (
            journal,
            record_calls(connection, journal.calls, run_id=journal.asking.run_id, purpose=journal.asking.purpose),
        )
        for journal in left_journals(folder)
    ]
    return TakenIn(folder, claims, journals)

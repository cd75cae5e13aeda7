"""Who asks, what for, and where the ledger is: what every step of asking through the ledger has to know.

The ledger itself belongs in `ledger.py`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.ledger import spent_by
from synthdeal_assets.llm.usage import Usage

JOURNAL_FOLDER: Final = "llm_journal"
"""Beside the warehouse: the journals of executions that are asking, or were killed while they did."""


@dataclass(frozen=True, slots=True)
class LedgerContext:
    """How one execution uses the ledger; each has claims and a journal of its own.

    Attributes:
        warehouse: Where the ledger is.
        purpose: What is asked for: the room that asks, as it stands in the ledger.
        run_id: The run that asks, as it stands in the ledger. A budget holds for a run.
        not_before: Answers given earlier, UTC without zone, are not used again; None uses all.
        now: The present time, UTC without zone.
        execution_id: The part of the run that asks; a new one unless given.
    """

    warehouse: Warehouse
    purpose: str
    run_id: str
    not_before: dt.datetime | None = None
    now: Callable[[], dt.datetime] = utc_now
    execution_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def journals(self) -> Path:
        """Folder of the journals."""
        return self.warehouse.path.parent / JOURNAL_FOLDER


def oldest_answer(ttl_days: float | None, now: dt.datetime) -> dt.datetime | None:
    """The moment from which on paid answers may be used again; None when they always may."""
    return None if ttl_days is None else now - dt.timedelta(days=ttl_days)


def spent_so_far(ledger: LedgerContext) -> Usage:
    """What the run has taken so far, whatever for: what its budget starts from."""
    with ledger.warehouse.connect() as connection:
        return spent_by(connection, ledger.run_id)

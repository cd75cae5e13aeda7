"""Who was given what when somebody left the sales team: the rows of crm.owner_history.

A successor takes over the accounts and the open deals of a seat. Who that is follows from `turnover.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.frames import dates, timestamps
from synthdeal_assets.world.history_tables import ACCOUNT, OPPORTUNITY, OWNER_HISTORY
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.record_moments import handover_moments
from synthdeal_assets.world.sales_team import SalesTeam
from synthdeal_assets.world.turnover import handovers, people_record_start


def account_handovers(organisation: Organisation, on_record: BoolArray, as_of: int) -> pl.DataFrame:
    """Every change of the owner of an account on record, since it came or in the periods whose people are on record.

    Args:
        organisation: The organisation.
        on_record: By account, whether it is in crm.accounts.
        as_of: The day (days since 1970-01-01).
    """
    accounts, turnover = organisation.accounts, organisation.team.turnover
    rows = np.flatnonzero(on_record)
    seats = accounts.seat[rows]
    first = turnover.holder_on(seats, np.maximum(accounts.created[rows], people_record_start(as_of)))
    last = turnover.holder_on(seats, np.full(seats.size, as_of))
    changes = _entries(ACCOUNT, accounts.frame["account_id"].gather(rows), organisation.team, first, last)
    return changes.sort(OWNER_HISTORY.primary_key)


def deal_handovers(identifiers: pl.Series, team: SalesTeam, first: IntArray, last: IntArray) -> pl.DataFrame:
    """Every change of a deal's owner.

    Args:
        identifiers: Ids of the deals.
        team: The sales team.
        first: Row of who created each deal, among the people of the team.
        last: Row of its owner now, or when it closed.
    """
    return _entries(OPPORTUNITY, identifiers, team, first, last)


def _entries(
    object_name: str, identifiers: pl.Series, team: SalesTeam, first: IntArray, last: IntArray
) -> pl.DataFrame:
    position, new = handovers(first, last)
    return OWNER_HISTORY.conform(
        pl.DataFrame(
            {
                "object_name": pl.repeat(object_name, position.size, eager=True, dtype=pl.String),
                "record_id": identifiers[position],
                "created_date": dates(team.turnover.begins[new]),
                "old_owner_id": team.people["user_id"][new - 1],
                "new_owner_id": team.people["user_id"][new],
                "created_at": timestamps(handover_moments(team, new)),
            }
        )
    )

"""The moments of what happens in deals: creation, entries, contact roles, the last change and the closing.

Days are decided elsewhere. All moments of a deal are in the time zone of the seat that works it, whoever holds it, and
moments of one day come in the order of what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.clock import EARLIEST, account_time, any_time, between, in_order, moments, times_of
from synthdeal_assets.world.contact_roles import ContactRoles
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.evidence_timeline import Evidence
from synthdeal_assets.world.record_moments import DEAL_AFTER, ROLE_AFTER, handover_moments
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.sales_team import SalesTeam
from synthdeal_assets.world.salesforce_picklists import CONTACT_ROLES
from synthdeal_assets.world.stage_history import HistoryView
from synthdeal_assets.world.turnover import HOLDERS

_WRITING_AFTER: Final = (120, 1_500)
"""Seconds, from and to, after which the seller of a new deal has written about it."""


@dataclass(frozen=True)
class DealMoments:
    """Moments of some deals, in seconds since 1970-01-01 in UTC.

    Attributes:
        created: When each deal was created.
        modified: When it was last changed; when it was closed, if it is.
        closed: When it is closed, if it is.
        entries: When each entry of its history was made.
        roles: When each contact entered a role.
    """

    created: IntArray
    modified: IntArray
    closed: IntArray
    entries: IntArray
    roles: IntArray


def view_deal_moments(
    book: SalesBook,
    deals: Deals,
    *,
    history: HistoryView,
    evidence: Evidence,
    roles: ContactRoles,
    owner: IntArray,
    outcome_day: IntArray,
    is_closed: BoolArray,
) -> DealMoments:
    """The moments of what has happened in deals.

    Args:
        book: The organisation.
        deals: The deals.
        history: What the seller has recorded.
        evidence: What the seller has written.
        roles: Who takes part.
        owner: Who has each deal now, or had it when it closed.
        outcome_day: Day on which each deal ends.
        is_closed: Whether it has ended.
    """
    team, account_key = book.organisation.team, book.organisation.accounts.key[deals.account]
    office, account_office = team.office[deals.owner // HOLDERS], team.office[book.account_seat[deals.account]]

    def after_opening(deal: IntArray, day: IntArray, seconds: IntArray) -> IntArray:
        opening = account_time(account_key[deal], day)
        return _there(day, opening, account_office[deal], office[deal]) + seconds

    everyone = np.arange(deals.key.size)
    created_time = after_opening(everyone, deals.created, between(deals.key, "deal", DEAL_AFTER))
    created = moments(deals.created, created_time, office)
    closed = moments(outcome_day, any_time(deals.key, "closed"), office)

    entry_key = deals.key[history.deal] ^ history.sequence.astype(np.uint64)
    times = any_time(entry_key, "entry")
    times = np.where(history.day == deals.created[history.deal], np.maximum(times, created_time[history.deal]), times)
    times = np.where(history.sequence == 1, created_time[history.deal], times)
    entries = moments(history.day, in_order(history.deal, history.day, times), office[history.deal])

    role_key = deals.key[roles.deal] ^ (roles.day * len(CONTACT_ROLES) + roles.role).astype(np.uint64)
    role_times = after_opening(roles.deal, roles.day, between(role_key, "role", ROLE_AFTER))
    entered = moments(roles.day, role_times, office[roles.deal])
    modified = np.maximum(
        entries[np.cumsum(history.count) - 1], _last_writing(team, deals, evidence, owner, created_time)
    )
    np.maximum.at(modified, roles.deal, entered)
    return DealMoments(
        created=created,
        modified=np.where(is_closed, closed, modified),
        closed=closed,
        entries=entries,
        roles=entered,
    )


def _last_writing(
    team: SalesTeam, deals: Deals, evidence: Evidence, owner: IntArray, created_time: IntArray
) -> IntArray:
    """When each deal's seller last wrote about it, or was given it if that was later; its creation where neither is."""
    days = np.maximum(evidence.last_day, deals.created)
    at_first = created_time + between(deals.key, "written", _WRITING_AFTER) * (evidence.last_day == deals.created)
    times = np.where(days == deals.created, at_first, any_time(deals.key ^ days.astype(np.uint64), "written"))
    written = moments(days, times, team.office[deals.owner // HOLDERS])
    return np.where(owner > deals.owner, np.maximum(written, handover_moments(team, owner)), written)


def _there(days: IntArray, times: IntArray, office: IntArray, other: IntArray) -> IntArray:
    """The times of day of one office in another of the region, where nobody is at work before `EARLIEST`."""
    elsewhere = np.maximum(times_of(moments(days, times, office), days, other), EARLIEST)
    return np.where(office == other, times, elsewhere)

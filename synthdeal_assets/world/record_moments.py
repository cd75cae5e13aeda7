"""The moments of what happens to accounts and contacts, and when somebody is handed what another one had.

Work at an account begins at some time of each day (`clock.account_time`), and what is created on that day follows in
this order, each in a span of its own: account, contacts, deals, roles of contacts in deals. What happens in deals
belongs in `deal_moments.py`.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array
from synthdeal_assets.world.clock import account_time, between, early_time, moments
from synthdeal_assets.world.sales_team import SalesTeam
from synthdeal_assets.world.turnover import HOLDERS

_CONTACT_AFTER: Final = (60, 900)
DEAL_AFTER: Final = (960, 2_700)
ROLE_AFTER: Final = (2_760, 5_400)
"""Seconds, from and to, after which contacts, deals and contact roles follow when work at an account begins. It begins
by half past six, and an hour and a half and four hours later the day is not over in any office of the region."""


def account_moments(team: SalesTeam, account_key: UInt64Array, seat: IntArray, created: IntArray) -> IntArray:
    """When each account was created, in the zone of its seat on the team."""
    return moments(created, account_time(account_key, created), team.office[seat])


def contact_moments(
    team: SalesTeam, account_key: UInt64Array, seat: IntArray, key: UInt64Array, created: IntArray
) -> IntArray:
    """When each contact was created, after its account, in the zone of the account's seat.

    Args:
        team: The sales team.
        account_key: Key of the account of each contact.
        seat: The account's seat on the team.
        key: Key of each contact.
        created: Day on which it was created.
    """
    return moments(
        created, account_time(account_key, created) + between(key, "contact", _CONTACT_AFTER), team.office[seat]
    )


def handover_moments(team: SalesTeam, new: IntArray) -> IntArray:
    """When each new holder of a seat was given what the one before had: early on the first day."""
    return moments(team.turnover.begins[new], early_time(team.turnover.key[new]), team.office[new // HOLDERS])

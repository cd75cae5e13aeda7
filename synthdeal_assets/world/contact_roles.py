"""Who at the account takes part in a deal, and as what, as far as the seller has found out, and since when.

Which people there are belongs in `contacts.py`; the texts name the same persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, choose, uniform
from synthdeal_assets.world.calendar import NEVER
from synthdeal_assets.world.deal_facts import PERSONS
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.evidence_timeline import Evidence
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.salesforce_picklists import CONTACT_ROLES, OPEN_STAGES
from synthdeal_assets.world.stage_history import HistoryView

_NEEDS_ANALYSIS = OPEN_STAGES.index("Needs Analysis")
_PROPOSAL = OPEN_STAGES.index("Proposal/Price Quote")


_FIRST_ROLE: Final = {
    "economic_buyer": "Decision Maker",
    "champion": "Influencer",
    "technical": "Evaluator",
    "procurement": "Other",
    "user": "Business User",
}
_LATER_ROLE: Final = {
    "economic_buyer": "Economic Buyer",
    "champion": "Executive Sponsor",
    "technical": "Technical Buyer",
}


@dataclass(frozen=True)
class ContactRoles:
    """The parts that contacts take, one element an entry into a part, in the order of deal, contact and day.

    Whoever has once taken part does so to the end; each entry of a contact takes the place of the one before.

    Attributes:
        deal: Position of the deal.
        contact: Row in the contacts.
        day: Day of the entry; a contact has one a day at most.
        role: Position in CONTACT_ROLES.
        is_primary: Whether the contact is the deal's main contact from then on.
        is_present: Whether it is the contact's last entry.
    """

    deal: IntArray
    contact: IntArray
    day: IntArray
    role: IntArray
    is_primary: BoolArray
    is_present: BoolArray


def deal_persons(deals: Deals, organisation: Organisation) -> dict[str, IntArray]:
    """For each of PERSONS the row, in the contacts, of the one who is it in each deal."""
    start, count = organisation.contact_start[deals.account], organisation.contact_count[deals.account]
    seats = {person: start + place for place, person in enumerate(PERSONS)}
    first_user = PERSONS.index("user")
    seats["user"] = start + first_user + np.floor(uniform(deals.key, "user") * (count - first_user)).astype(np.int64)
    return seats


def view_contact_roles(
    deals: Deals, persons: dict[str, IntArray], evidence: Evidence, history: HistoryView
) -> ContactRoles:
    """The contact roles of each deal up to a day: in the end two to five contacts, one of them the main one.

    Args:
        deals: The deals.
        persons: Rows of contacts, as `deal_persons` gives them.
        evidence: What the seller has written by then.
        history: What the seller has recorded by then.
    """
    read = evidence.first_day
    never = np.full(len(deals.key), NEVER)
    joins = {
        "economic_buyer": read["economic_buyer"][0],
        "champion": deals.created,
        "technical": np.minimum(_first_day_in(history, _NEEDS_ANALYSIS), read["decision_criteria"][0]),
        "procurement": np.minimum(_first_day_in(history, _PROPOSAL), read["paper_process"][0]),
        "user": deals.created,
    }
    rises = {
        "economic_buyer": read["economic_buyer"][1],
        "champion": read["champion"][2],
        "technical": np.where(choose(deals.key, "technical role", 2) == 1, joins["technical"], NEVER),
    }
    # Until the seller knows a champion, the user is whom they talk to.
    champion_known = read["champion"][0]
    leads = {"champion": (champion_known, never), "user": (deals.created, champion_known)}

    days, roles, primary = [], [], []
    for person in PERSONS:
        rise = rises.get(person, never)
        lead_from, lead_until = leads.get(person, (never, never))
        change = champion_known if person in leads else never
        day = np.sort(np.stack([joins[person], rise, change]), axis=0)
        later = CONTACT_ROLES.index(_LATER_ROLE.get(person, _FIRST_ROLE[person]))
        days.append(day)
        roles.append(np.where(rise <= day, later, CONTACT_ROLES.index(_FIRST_ROLE[person])))
        primary.append((lead_from <= day) & (day < lead_until))
    every_day = np.stack(days)
    is_entry = every_day < NEVER
    is_entry[:, 1:] &= every_day[:, 1:] != every_day[:, :-1]
    is_last = is_entry & (np.cumsum(is_entry[:, ::-1], axis=1)[:, ::-1] == 1)
    deal, place, number = np.nonzero(np.moveaxis(is_entry, 2, 0))
    entry = (place, number, deal)
    return ContactRoles(
        deal=deal,
        contact=np.stack([persons[person] for person in PERSONS])[place, deal],
        day=every_day[entry],
        role=np.stack(roles)[entry],
        is_primary=np.stack(primary)[entry],
        is_present=is_last[entry],
    )


def _first_day_in(history: HistoryView, stage: int) -> IntArray:
    """The day on which the seller set a stage or a later one for the first time, NEVER where that has not happened."""
    first = np.full(len(history.count), NEVER)
    reached = history.stage >= stage
    np.minimum.at(first, history.deal[reached], history.day[reached])
    return first

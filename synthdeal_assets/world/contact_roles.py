"""Who at the account takes part in a deal, and as what, as far as the seller has found out, and since when.

Which people there are belongs in `seats.py` and `people.py`; the texts name the same persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthdeal_assets.foundation.drawing.entries import Entries
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, choose, uniform
from synthdeal_assets.world.calendar import NEVER
from synthdeal_assets.world.deal_facts import PERSONS
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.evidence_timeline import Evidence
from synthdeal_assets.world.people import WEB, People
from synthdeal_assets.world.salesforce_picklists import CONTACT_ROLES, OPEN_STAGES
from synthdeal_assets.world.seats import USER, WRITER
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
class DealPersons:
    """Who takes part in each deal as which of PERSONS: the holders of seats at its account on the day of its creation.

    Attributes:
        account: Row of the account of each deal.
        place: By person, the place of the seat at the account.
        number: By person, which holder of the seat it is.
        left_from: By person, the day from which on the seller knows that they have left.
    """

    account: IntArray
    place: Mapping[str, IntArray]
    number: Mapping[str, IntArray]
    left_from: Mapping[str, IntArray]

    def holder(self, person: str) -> tuple[IntArray, IntArray, IntArray]:
        """Account, place and number of the person in each deal."""
        return self.account, self.place[person], self.number[person]


@dataclass(frozen=True)
class ContactRoles(Entries):
    """The parts that contacts take, one element an entry into a part, in the order of deal, contact and day.

    Whoever has once taken part does so to the end; each entry of a contact takes the place of the one before.

    Attributes:
        deal: Position of the deal.
        place: Place of the contact's seat at the deal's account.
        number: Which holder of it the contact is.
        day: Day of the entry; a contact has one a day at most.
        role: Position in CONTACT_ROLES.
        is_primary: Whether the contact is the deal's main contact from then on.
    """

    deal: IntArray
    place: IntArray
    number: IntArray
    day: IntArray
    role: IntArray
    is_primary: BoolArray

    @property
    def is_present(self) -> BoolArray:
        """Whether each entry is the contact's last one."""
        same = np.append(True, (np.diff(self.deal) == 0) & (np.diff(self.place) == 0) & (np.diff(self.number) == 0))
        return np.append(~same[1:], True)[: self.deal.size]

    def last_day(self, deals: int) -> IntArray:
        """Day of each deal's last entry; every deal has one."""
        last: IntArray = np.zeros(deals, dtype=np.int64)
        np.maximum.at(last, self.deal, self.day)
        return last


def deal_persons(deals: Deals, people: People) -> DealPersons:
    """The persons of each deal; whoever wrote in through the website is the user of that deal."""
    place = {person: np.full(deals.account.size, position) for position, person in enumerate(PERSONS)}
    user = USER + np.floor(uniform(deals.key, "user") * people.seats.user_count[deals.account]).astype(np.int64)
    place["user"] = np.where(deals.lead_source == WEB, WRITER, user)
    # By account, because looking up one account after the other is several times as fast.
    by_account = np.argsort(deals.account, kind="stable")
    account, created = deals.account[by_account], deals.created[by_account]
    number = {person: np.empty_like(account) for person in PERSONS}
    left_from = {person: np.empty_like(account) for person in PERSONS}
    for person in PERSONS:
        seat = place[person][by_account]
        known = people.known_on(account, seat, created)
        number[person][by_account] = known
        left_from[person][by_account] = people.left_from(account, seat, known)
    return DealPersons(account=deals.account, place=place, number=number, left_from=left_from)


def view_contact_roles(
    deals: Deals, persons: DealPersons, evidence: Evidence, history: HistoryView, until: IntArray
) -> ContactRoles:
    """The contact roles of each deal up to a day: two to five contacts, and the successors of those who have left.

    One of them is the main contact. Whoever has left stays among them, and is it no more.

    Args:
        deals: The deals.
        persons: Who takes part.
        evidence: What the seller has written by then.
        history: What the seller has recorded by then.
        until: For each deal the last day that counts.
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

    parts = []
    for person in PERSONS:
        rise = rises.get(person, never)
        lead_from, lead_until = leads.get(person, (never, never))
        change = champion_known if person in leads else never
        left = np.where(persons.left_from[person] <= until, persons.left_from[person], NEVER)
        followed = np.where(joins[person] < left, left, NEVER)
        # The last row is the entry with which whoever has left is the main contact no more.
        day = np.vstack([np.sort(np.stack([joins[person], rise, change, followed]), axis=0), followed])
        is_entry = day < NEVER
        is_entry[1:-1] &= day[1:-1] != day[:-2]
        is_entry[-1] &= (lead_from < followed) & (followed <= lead_until)
        number = persons.number[person] + (day >= left)
        number[-1] = persons.number[person]
        is_primary = (lead_from <= day) & (day < lead_until)
        is_primary[-1] = False
        is_risen = rise <= day
        if person == "champion":
            # What a champion has become, the successor is not.
            is_risen &= (day < left) | (rise >= left)
        is_risen[-1] = rise < followed
        later = CONTACT_ROLES.index(_LATER_ROLE.get(person, _FIRST_ROLE[person]))
        row, deal = np.nonzero(is_entry)
        parts.append(
            ContactRoles(
                deal=deal,
                place=persons.place[person][deal],
                number=number[row, deal],
                day=day[row, deal],
                role=np.where(is_risen[row, deal], later, CONTACT_ROLES.index(_FIRST_ROLE[person])),
                is_primary=is_primary[row, deal],
            )
        )
    every = ContactRoles.joined(parts)
    return every.where(np.lexsort((every.day, every.number, every.place, every.deal)))


def _first_day_in(history: HistoryView, stage: int) -> IntArray:
    """The day on which the seller set a stage or a later one for the first time, NEVER where that has not happened."""
    first = np.full(len(history.count), NEVER)
    reached = history.stage >= stage
    np.minimum.at(first, history.deal[reached], history.day[reached])
    return first

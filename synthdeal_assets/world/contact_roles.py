"""Who at the account takes part in a deal, and as what, as far as the seller has found out.

Which people there are belongs in `contacts.py`; the texts name the same persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, choose, uniform
from synthdeal_assets.world.deal_facts import PERSONS
from synthdeal_assets.world.deals import Deals
from synthdeal_assets.world.evidence_timeline import Evidence
from synthdeal_assets.world.organisation import Organisation
from synthdeal_assets.world.salesforce_picklists import CONTACT_ROLES, OPEN_STAGES

_NEEDS_ANALYSIS = OPEN_STAGES.index("Needs Analysis")
_PROPOSAL = OPEN_STAGES.index("Proposal/Price Quote")


@dataclass(frozen=True)
class ContactRoles:
    """The parts that contacts play, one element a part, in the order of the deals.

    Attributes:
        deal: Position of the deal.
        contact: Row in the contacts.
        role: Position in CONTACT_ROLES.
        is_primary: Whether it is the deal's main contact.
    """

    deal: IntArray
    contact: IntArray
    role: IntArray
    is_primary: BoolArray


def deal_persons(deals: Deals, organisation: Organisation) -> dict[str, IntArray]:
    """For each of PERSONS the row, in the contacts, of the one who is it in each deal."""
    start, count = organisation.contact_start[deals.account], organisation.contact_count[deals.account]
    seats = {person: start + place for place, person in enumerate(PERSONS)}
    first_user = PERSONS.index("user")
    seats["user"] = start + first_user + np.floor(uniform(deals.key, "user") * (count - first_user)).astype(np.int64)
    return seats


def view_contact_roles(deals: Deals, persons: dict[str, IntArray], evidence: Evidence, stage: IntArray) -> ContactRoles:
    """The contact roles of each deal: two to five, one of them primary.

    Args:
        deals: The deals.
        persons: Rows of contacts, as `deal_persons` gives them.
        evidence: What the seller has written by then.
        stage: The stage as the seller set it.
    """
    everybody = np.ones(len(deals.key), dtype=np.bool_)
    knows_champion = evidence.witness["champion"] >= 1
    buyer = evidence.witness["economic_buyer"]
    taking_part = {
        "economic_buyer": buyer >= 1,
        "champion": everybody,
        "technical": (stage >= _NEEDS_ANALYSIS) | (evidence.witness["decision_criteria"] >= 1),
        "procurement": (stage >= _PROPOSAL) | (evidence.witness["paper_process"] >= 1),
        "user": everybody,
    }
    roles = {
        "economic_buyer": _either(buyer >= 2, "Economic Buyer", "Decision Maker"),
        "champion": _either(evidence.witness["champion"] >= 3, "Executive Sponsor", "Influencer"),
        "technical": _either(choose(deals.key, "technical role", 2) == 1, "Technical Buyer", "Evaluator"),
        "procurement": _either(everybody, "Other", "Other"),
        "user": _either(everybody, "Business User", "Business User"),
    }
    is_primary = {"champion": knows_champion, "user": ~knows_champion}
    deal, place = np.nonzero(np.stack([taking_part[person] for person in PERSONS], axis=1))
    return ContactRoles(
        deal=deal,
        contact=np.stack([persons[person] for person in PERSONS])[place, deal],
        role=np.stack([roles[person] for person in PERSONS])[place, deal],
        is_primary=np.stack([is_primary.get(person, ~everybody) for person in PERSONS])[place, deal],
    )


def _either(condition: BoolArray, role: str, otherwise: str) -> IntArray:
    return np.where(condition, CONTACT_ROLES.index(role), CONTACT_ROLES.index(otherwise))

"""Some deals as they stand on the day the world is seen on: everything that the tables and texts are made from.

The parts are put together here, in the order in which one follows from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.world.chances import Chances, chances_on, draw_cases
from synthdeal_assets.world.contact_roles import ContactRoles, DealPersons, deal_persons, view_contact_roles
from synthdeal_assets.world.deal_moments import DealMoments, view_deal_moments
from synthdeal_assets.world.deals import Deals, draw_deals, merged
from synthdeal_assets.world.evidence_timeline import Evidence, view_evidence
from synthdeal_assets.world.landmarks import Landmarks, landmarks_with_texts, view_landmarks
from synthdeal_assets.world.namesakes import Namesakes
from synthdeal_assets.world.offers import Offers, draw_offers
from synthdeal_assets.world.people import People
from synthdeal_assets.world.sales_book import SalesBook
from synthdeal_assets.world.stage_history import HistoryView, view_history
from synthdeal_assets.world.stages import Paths, draw_paths
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets.world.truth import level_days as level_days_of
from synthdeal_assets.world.truth import levels_on
from synthdeal_assets.world.turnover import HOLDERS


@dataclass(frozen=True)
class SeenDeals:
    """Some deals as their sellers see them, each on a day of its own: what texts are made from.

    Attributes:
        until: For each deal the last day that counts; of a closed one the day before it closed.
        is_closed: Whether each deal has closed by its day.
        levels: By element, the true level on that day.
    """

    book: SalesBook
    deals: Deals
    paths: Paths
    offers: Offers
    instruction_share: float
    is_repeat: BoolArray
    phase: IntArray
    is_closed: BoolArray
    until: IntArray
    level_days: dict[str, IntArray]
    levels: dict[str, IntArray]
    evidence: Evidence
    history: HistoryView
    persons: DealPersons
    roles: ContactRoles


@dataclass(frozen=True)
class Stories(SeenDeals):
    """Some deals as they stand on the world's day, and as they stood at the ends of months."""

    owner: IntArray
    chances: Chances
    landmarks: Landmarks
    at_landmarks: SeenDeals
    moments: DealMoments

    @property
    def has_line_items(self) -> BoolArray:
        """Whether each deal has been quoted; nothing is won without a quote, wherever the seller had left the stage."""
        return self.history.is_quoted | (self.is_closed & self.deals.won)

    @property
    def amount(self) -> IntArray:
        """Cents: the sum of the line items where there are some, and the seller's guess where not."""
        exact = self.offers.amount[self.history.last_offer, np.arange(len(self.deals.key))]
        return np.where(self.has_line_items, exact, self.history.last_amount)


def tell(
    book: SalesBook,
    namesakes: Namesakes,
    renewals: Deals,
    *,
    people: People,
    days: range,
    as_of: int,
    instruction_share: float,
) -> Stories:
    """The deals created on some days in a row, as they stand on a day.

    Args:
        book: The organisation.
        namesakes: Which deals are about what an earlier one was about.
        renewals: The renewals that were opened on these days, and others.
        people: Who is known at the accounts.
        days: Days of creation (days since 1970-01-01).
        as_of: The day the world is seen on.
        instruction_share: Share of the deals whose notes carry an instruction to the scorer.
    """
    of_these_days = (renewals.created >= days.start) & (renewals.created < days.stop)
    deals = merged(draw_deals(book, days), renewals.where(of_these_days))
    see = partial(_seen, book, namesakes, people, instruction_share=instruction_share)
    seen = see(deals, np.full(deals.key.size, as_of))
    cases = draw_cases(deals, book)
    team = book.organisation.team
    owner = team.turnover.holder_on(deals.owner // HOLDERS, np.minimum(as_of, seen.paths.outcome_day))
    landmarks = view_landmarks(deals, seen.paths, cases, seen.level_days, as_of)
    with_texts = landmarks_with_texts(deals, landmarks, book.organisation.calendar.size)
    return Stories(
        **vars(seen),
        owner=owner,
        chances=chances_on(cases, seen.paths, seen.until),
        landmarks=landmarks,
        at_landmarks=see(deals.where(landmarks.deal[with_texts]), landmarks.day[with_texts]),
        moments=view_deal_moments(
            book,
            deals,
            history=seen.history,
            evidence=seen.evidence,
            roles=seen.roles,
            owner=owner,
            outcome_day=seen.paths.outcome_day,
            is_closed=seen.is_closed,
        ),
    )


def _seen(
    book: SalesBook, namesakes: Namesakes, people: People, deals: Deals, on: IntArray, *, instruction_share: float
) -> SeenDeals:
    """Deals as they are seen, each at the end of a day of its own; one deal can be seen on several."""
    paths = draw_paths(deals, book)
    offers = draw_offers(deals, book)
    # A closed deal keeps what was known the day before it closed.
    until = np.minimum(on, paths.outcome_day - 1)
    level_days = {element: level_days_of(deals, paths, element) for element in MEDDPICC_COLUMNS}
    persons = deal_persons(deals, people)
    evidence = view_evidence(deals, book, level_days, until, persons.left_from["champion"])
    history = view_history(deals, paths, offers, book, until)
    return SeenDeals(
        book=book,
        deals=deals,
        paths=paths,
        offers=offers,
        instruction_share=instruction_share,
        # The name of a renewal says when the contract ends, and that happens once.
        is_repeat=namesakes.is_repeat(deals) & ~deals.is_renewal,
        phase=namesakes.phase(deals),
        is_closed=paths.outcome_day <= on,
        until=until,
        level_days=level_days,
        levels={element: levels_on(level_days[element], until) for element in MEDDPICC_COLUMNS},
        evidence=evidence,
        history=history,
        persons=persons,
        roles=view_contact_roles(deals, persons, evidence, history, until),
    )

"""What the language is told of deals: names, identifiers and dates in the place of positions and day numbers.

Nothing is drawn here; what happens in a deal is in `stories.py`, which columns there are in `deal_facts.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, uniform
from synthdeal_assets.world.closings import lost_reasons
from synthdeal_assets.world.deal_facts import DEAL_FACTS, PERSONS, TONES, WON
from synthdeal_assets.world.evidence_timeline import NOT_WRITTEN
from synthdeal_assets.world.frames import dates, named, scatter, where
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES, LOST_REASONS, OPEN_STAGES, OPPORTUNITY_TYPES
from synthdeal_assets.world.stories import SeenDeals
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS


def facts_of(seen: SeenDeals) -> pl.DataFrame:
    """The frame that the language is given: see DEAL_FACTS."""
    deals, history, organisation = seen.deals, seen.history, seen.book.organisation
    accounts = organisation.accounts.frame[deals.account]
    products = organisation.products[deals.product]
    positions = np.arange(len(deals.key))
    persons, departed = _persons(seen)
    created = dates(deals.created)
    index = pl.Series(deals.index).cast(pl.String).str.zfill(4)
    identifiers = pl.select(
        pl.concat_str(pl.lit("OPP-"), created.dt.strftime("%Y%m%d"), pl.lit("-"), index)
    ).to_series()
    written = {element: seen.evidence.witness[element] != NOT_WRITTEN for element in MEDDPICC_COLUMNS}
    return pl.DataFrame(
        {
            "opportunity_id": identifiers,
            "text_key": deals.key,
            "account_name": accounts["name"],
            "industry": accounts["industry"],
            "segment": accounts["segment"],
            "region": accounts["region"],
            "billing_city": accounts["billing_city"],
            "number_of_employees": accounts["number_of_employees"],
            "is_customer": deals.is_customer,
            "is_repeat": seen.is_repeat,
            "phase": seen.phase,
            "product_id": products["product_id"],
            "product_name": products["name"],
            "product_family": products["family"],
            "product_unit": products["unit"],
            "quantity": seen.offers.quantity[history.last_offer, positions],
            "held_quantity": seen.book.customers.quantity_on(deals.account, deals.product, deals.created),
            "unit_price": seen.offers.unit_price[history.last_offer, positions] / 100,
            "amount": history.last_amount / 100,
            "products": 1 + np.bincount(seen.offers.further.deal, minlength=len(deals.key)),
            "contract_end": where(
                deals.is_renewal, dates(np.where(deals.is_renewal, deals.contract_end, deals.created))
            ),
            "worth": seen.offers.amount[0] / 100,
            "type": named(deals.type, OPPORTUNITY_TYPES),
            "lead_source": named(deals.lead_source, LEAD_SOURCES),
            "owner_name": organisation.team.people["name"][deals.owner],
            "stage_name": named(history.last_stage, OPEN_STAGES),
            "created_date": created,
            "last_modified_date": dates(last_modified(seen)),
            "close_date": dates(history.last_close_day),
            "closing": where(seen.is_closed, _closings(seen)),
            "closed_date": where(seen.is_closed, dates(seen.paths.outcome_day)),
            "slips": history.slips,
            **persons,
            **departed,
            **{f"{e}_witness": where(written[e], pl.Series(seen.evidence.witness[e])) for e in MEDDPICC_COLUMNS},
            **{f"{e}_tone": where(written[e], named(seen.evidence.tone[e], TONES)) for e in MEDDPICC_COLUMNS},
            **{f"{e}_date": where(written[e], dates(seen.evidence.day[e])) for e in MEDDPICC_COLUMNS},
            "carries_instruction": uniform(deals.key, "instruction") < seen.instruction_share,
        }
    ).cast(pl.Schema(DEAL_FACTS))


def _persons(seen: SeenDeals) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
    """Name and title of each person, and of whom they have succeeded."""
    deals, contacts, persons = seen.deals, seen.book.organisation.contacts, seen.persons
    last_day = np.where(seen.is_closed, seen.paths.outcome_day, last_modified(seen))
    facts: dict[str, pl.Series] = {}
    departed: dict[str, pl.Series] = {}
    for person in PERSONS:
        account, place, number = persons.holder(person)
        since = persons.left_from[person]
        has_left = since <= last_day
        # A text keeps the title that it was written with.
        facts[f"{person}_name"] = contacts.full_names(account, place, number + has_left)
        facts[f"{person}_title"] = contacts.titles_on(
            account, place, number + has_left, np.where(has_left, since, deals.created)
        )
        left = np.flatnonzero(has_left)
        row = account[left], place[left], number[left]
        departed |= {
            f"departed_{person}_name": scatter(contacts.full_names(*row), left, has_left.size),
            f"departed_{person}_title": scatter(contacts.titles_on(*row, deals.created[left]), left, has_left.size),
            f"{person}_since": where(has_left, dates(np.where(has_left, since, deals.created))),
        }
    return facts, departed


def last_modified(seen: SeenDeals) -> IntArray:
    """Day of the last change that its seller made to each deal."""
    written = np.maximum(seen.history.last_day, seen.evidence.last_day)
    return np.maximum(written, seen.roles.last_day(written.size))


def _closings(seen: SeenDeals) -> pl.Series:
    """How each deal ends: WON, or why it is lost."""
    reasons = named(lost_reasons(seen.deals, seen.paths, seen.levels), LOST_REASONS)
    return pl.select(pl.when(pl.Series(seen.deals.won)).then(pl.lit(WON)).otherwise(reasons)).to_series()

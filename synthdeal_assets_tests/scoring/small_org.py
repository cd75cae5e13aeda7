"""A sales organisation of a few deals, written down by hand, for tests that need to know every value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of, with_input_hash
from synthdeal_assets.world.history_tables import CONTACT_HISTORY, FIELD_HISTORY, OWNER_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS, LANDMARKS
from synthdeal_assets.world.made_with import INSTALLED
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    MEDDPICC_COLUMNS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_STAGES,
    PRODUCTS,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUE_LEVEL_COLUMNS, TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES

AS_OF = dt.date(2026, 11, 20)
CREATED = dt.date(2026, 3, 1)
MODIFIED = dt.date(2026, 5, 4)
EXPECTED_CLOSE = dt.date(2026, 9, 30)

STRONG_EVIDENCE = {
    "metrics": "Nora Quist measured 14 hours of rework a week on 2026-04-20 and confirmed the figure.",
    "economic_buyer": "Dana Roe approved a budget of $120,000 on 2026-05-02, she said so in the meeting.",
    "decision_criteria": "Nora Quist agreed on three criteria on 2026-04-11.",
    "decision_process": "The board decides on 2026-09-15, Dana Roe confirmed.",
    "paper_process": "Legal reviewed the contract on 2026-04-30; two weeks remain.",
    "identify_pain": "Dana Roe said that rework costs $9,000 a month.",
    "champion": "Nora Quist presented the case to Dana Roe on 2026-04-29.",
    "competition": "Nora Quist said that they tested one alternative for 10 days.",
}


@dataclass(frozen=True)
class Deal:
    """What a test decides about one deal; all else is the same for every deal."""

    id: str
    evidence: dict[str, str | None]
    notes: str = "They buy because rework grows."
    stage: str = "Value Proposition"
    amount: float = 120_000.0
    next_step: str | None = None
    outcome: str | None = None
    closed_on: dt.date | None = None
    type: str = "New Customer"


def deal(number: int, **changes: Any) -> Deal:
    """The deal of that number, with strong evidence unless told otherwise."""
    return Deal(**{"id": f"006{number:04d}", "evidence": dict(STRONG_EVIDENCE), **changes})


def organisation(deals: Sequence[Deal]) -> dict[Table, pl.DataFrame]:
    """The crm tables that scoring reads, and the truth, for these deals."""
    return {
        WORLD: _frame(
            WORLD,
            [
                {
                    "seed": 1,
                    "size": len(deals),
                    "as_of": AS_OF,
                    "account_names": "public",
                    "planted_instructions": True,
                    "renewals": sum(each.type == RENEWAL for each in deals),
                    **INSTALLED,
                }
            ],
        ),
        USERS: _frame(
            USERS,
            [
                {
                    "user_id": "005A",
                    "name": "Olga Berg",
                    "email": "olga@team.example",
                    "role": "VP Sales",
                    "region": "EMEA",
                    "manager_id": None,
                    "hired_date": CREATED,
                    "left_date": None,
                    "is_active": True,
                    "title": "VP Sales",
                    "first_name": "Olga",
                    "last_name": "Berg",
                    "username": "olga@team.example",
                    "alias": "oberg",
                    "time_zone_sid_key": "Europe/Berlin",
                    "locale_sid_key": "de_DE",
                    "language_locale_key": "de",
                    "external_id": "SD-00000000-005A",
                }
            ],
        ),
        PRODUCTS: _frame(
            PRODUCTS,
            [
                {
                    "product_id": "01tA",
                    "name": "Atlas",
                    "family": "Planning",
                    "description": "Plans.",
                    "unit": "seat",
                    "list_price_usd": 600.0,
                }
            ],
        ),
        ACCOUNTS: _frame(
            ACCOUNTS,
            [
                {
                    "account_id": "001A",
                    "name": "Brightwater",
                    "type": "Prospect",
                    "industry": "Manufacturing",
                    "segment": "Mid-Market",
                    "region": "EMEA",
                    "billing_country": "Germany",
                    "billing_city": "Kiel",
                    "number_of_employees": 900,
                    "annual_revenue_usd": 2e8,
                    "website": "https://brightwater.example",
                    "phone": "555-0100",
                    "owner_id": "005A",
                    "created_date": CREATED,
                    "notice": "Synthetic.",
                    "parent_account_id": None,
                    "billing_street": "1 Mill Lane",
                    "billing_state": None,
                    "billing_state_code": None,
                    "billing_postal_code": "12345",
                    "billing_country_code": "US",
                }
            ],
        ),
        CONTACTS: _frame(CONTACTS, [_contact("003A", "Dana", "Roe", "CFO"), _contact("003B", "Nora", "Quist", "COO")]),
        OPPORTUNITIES: _frame(OPPORTUNITIES, [_opportunity(each) for each in deals]),
        OPPORTUNITY_STAGES: _frame(OPPORTUNITY_STAGES, [row for each in deals for row in _stages(each)]),
        OWNER_HISTORY: OWNER_HISTORY.empty(),
        CONTACT_HISTORY: CONTACT_HISTORY.empty(),
        FIELD_HISTORY: _frame(
            FIELD_HISTORY,
            [
                {
                    "opportunity_id": each.id,
                    "field": "next_step",
                    "created_date": each.closed_on,
                    "old_value": each.next_step,
                    "new_value": None,
                }
                for each in deals
                if each.outcome and each.next_step
            ],
        ),
        OPPORTUNITY_CONTACT_ROLES: _frame(
            OPPORTUNITY_CONTACT_ROLES,
            [
                {"opportunity_id": each.id, "contact_id": contact, "role": role, "is_primary": contact == "003A"}
                for each in deals
                for contact, role in (("003B", "Influencer"), ("003A", "Economic Buyer"))
            ],
        ),
        OPPORTUNITY_CONTACT_ROLE_HISTORY: OPPORTUNITY_CONTACT_ROLE_HISTORY.empty(),
        LANDMARKS: LANDMARKS.empty(),
        LANDMARK_TEXTS: LANDMARK_TEXTS.empty(),
        TRUTH_LANDMARKS: TRUTH_LANDMARKS.empty(),
        TRUTH_OPPORTUNITIES: _frame(TRUTH_OPPORTUNITIES, [_truth(each) for each in deals]),
    }


def scorer_input(**changes: Any) -> ScorerInput:
    """One input with strong evidence, changed as told."""
    values: dict[str, Any] = {
        "opportunity_id": "0060001",
        "name": "Brightwater: Atlas",
        "account_name": "Brightwater",
        "industry": "Manufacturing",
        "segment": "Mid-Market",
        "region": "EMEA",
        "type": "New Customer",
        "lead_source": "Web",
        "product_name": "Atlas",
        "created_date": CREATED,
        "stage_name": "Value Proposition",
        "amount": 120_000.0,
        "close_date": EXPECTED_CLOSE,
        "contacts": "Dana Roe, CFO, Economic Buyer\nNora Quist, COO, Influencer",
        "next_step": None,
        "notes": "They buy because rework grows.",
        **STRONG_EVIDENCE,
        **changes,
    }
    return next(iter(deals_of(with_input_hash(pl.DataFrame([values])))))


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.polars_schema)


def _contact(contact_id: str, first: str, last: str, title: str) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "account_id": "001A",
        "first_name": first,
        "last_name": last,
        "title": title,
        "department": "Operations",
        "email": f"{first.lower()}@brightwater.example",
        "phone": "555-0101",
        "created_date": CREATED,
        "left_date": None,
        "is_active": True,
    }


def _opportunity(each: Deal) -> dict[str, Any]:
    closed = each.outcome is not None
    return {
        "opportunity_id": each.id,
        "name": f"Brightwater: Atlas {each.id}",
        "account_id": "001A",
        "owner_id": "005A",
        "stage_name": each.outcome or each.stage,
        "amount": each.amount * 0.9 if closed else each.amount,
        "close_date": each.closed_on or EXPECTED_CLOSE,
        "created_date": CREATED,
        "last_modified_date": each.closed_on or MODIFIED,
        "lead_source": "Web",
        "type": each.type,
        "probability": {"Closed Won": 100, "Closed Lost": 0}.get(each.outcome or "", 50),
        "forecast_category": "Pipeline",
        "product_id": "01tA",
        "next_step": None if closed else each.next_step,
        "notes": each.notes,
        **{element: each.evidence.get(element) for element in MEDDPICC_COLUMNS},
        "is_closed": closed,
        "is_won": each.outcome == "Closed Won",
        "lost_reason": "Price" if each.outcome == "Closed Lost" else None,
        "competitor": None,
        "closing_note": f"{each.outcome}." if closed else None,
    }


def _stages(each: Deal) -> list[dict[str, Any]]:
    entries = [
        ("Prospecting", CREATED, each.amount / 2, EXPECTED_CLOSE),
        (each.stage, MODIFIED, each.amount, EXPECTED_CLOSE),
    ]
    if each.outcome and each.closed_on:
        entries.append((each.outcome, each.closed_on, each.amount * 0.9, each.closed_on))
    return [
        {
            "opportunity_id": each.id,
            "sequence": number,
            "stage_name": stage,
            "entered_date": entered,
            "amount": amount,
            "close_date": close_date,
            "probability": 50,
        }
        for number, (stage, entered, amount, close_date) in enumerate(entries, start=1)
    ]


def _truth(each: Deal) -> dict[str, Any]:
    return {
        "opportunity_id": each.id,
        **{column: 2 if each.evidence.get(column.removesuffix("_level")) else 0 for column in TRUE_LEVEL_COLUMNS},
        "true_stage": each.stage,
        "win_probability": 0.5,
        "outcome": each.outcome or "Closed Won",
        "outcome_date": each.closed_on or EXPECTED_CLOSE,
        "has_wrong_stage": False,
        "planted_instruction": None,
        "clean_notes": None,
    }

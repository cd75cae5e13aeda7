"""A small warehouse, deal by deal: what the report's tests stand on.

Each deal is one `Deal` with plain defaults, so that a test states only what it is about. Tests of the real generator
and the real scorer belong elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert
from synthdeal_assets.report.assets import REPORTED_TABLES
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.rubric import ELEMENTS, MAX_LEVELS, bant_score, meddpicc_score, overall_score
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.salesforce_picklists import (
    CLOSED_WON,
    FORECAST_CATEGORIES,
    OPEN_STAGES,
    RENEWAL,
    STAGE_PROBABILITIES,
)
from synthdeal_assets.world.tables import CRM_TABLES, MEDDPICC_COLUMNS
from synthdeal_assets.world.truth_tables import TRUTH_EFFECTS, TRUTH_OPPORTUNITIES

TODAY = dt.date(2026, 11, 20)
LAST_PERIOD = dt.timedelta(days=364)
"""What was created in it is scored."""
SCORED_AT = dt.datetime(2026, 11, 20, 2, 0)

HEURISTIC = ("heuristic", "rules", "1")
"""Scorer, model and version of the deals' scores."""
MODEL = ("openai", "gpt-9", "p1")

Stage = tuple[str, dt.date, dt.date]
"""Stage, day it was entered, close date as it stood then; a deal's amounts of then stand beside."""


@dataclass(frozen=True)
class Deal:
    """One opportunity with everything the report reads about it."""

    key: str
    name: str = ""
    account: str = "Contoso"
    segment: str = "Enterprise"
    stage: str = "Value Proposition"
    amount: float = 100_000
    created: dt.date = TODAY - dt.timedelta(days=60)
    closes: dt.date = TODAY + dt.timedelta(days=45)
    lead_source: str = "Web"
    type: str = "New Customer"
    owner: str = "U1"
    region: str = "EMEA"
    product: str = "P1"
    history: Sequence[Stage] = ()
    amounts: Sequence[float] = ()
    level: int = 2
    levels: Mapping[str, int] = field(default_factory=dict)
    win_probability: float = 0.4
    scored: bool = True
    stale: bool = False
    failed: bool = False
    scored_at: dt.datetime = SCORED_AT
    earlier_score: tuple[float, dt.datetime] | None = None
    strength: str = "The customer has confirmed the gain."
    question: str = "Who signs?"
    true_win_probability: float = 0.5
    outcome: str = "Closed Lost"
    planted: str | None = None
    lost_reason: str | None = None
    competitor: str | None = None
    judge: tuple[str, str, str] = HEURISTIC
    cost: float | None = 0.0
    run: str = "run"

    @property
    def is_closed(self) -> bool:
        return self.stage not in OPEN_STAGES

    @property
    def label(self) -> str:
        return self.name or f"{self.account} - {self.key}"

    def judged(self) -> dict[str, int]:
        return {
            element: min(self.levels.get(element, self.level), MAX_LEVELS[framework]) for framework, element in ELEMENTS
        }


def open_warehouse(folder: Path) -> Warehouse:
    return Warehouse(database=str(folder / "warehouse.duckdb"), lock_timeout=1)


def fill(
    warehouse: Warehouse, deals: Sequence[Deal], *, as_of: dt.date = TODAY, seed: int = 42, quality: bool = True
) -> None:
    """Put a world of these deals, with their scores, into the warehouse; reports that are there stay."""
    rows = _crm_rows(deals, as_of, seed) | _scoring_rows(deals, quality)
    tables = {
        table.qualified_name: table
        for table in (*CRM_TABLES, QUOTAS, FORECAST_SNAPSHOTS, TRUTH_EFFECTS, TRUTH_OPPORTUNITIES, *REPORTED_TABLES)
    }
    warehouse.replace({table: frame(table, rows.get(name, [])) for name, table in tables.items()})
    with warehouse.connect() as connection:
        for statement in EXECUTIVE_REPORTS.create_statements():
            connection.execute(statement)


def frame(table: Table, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.polars_schema, orient="row") if rows else table.empty()


def _crm_rows(deals: Sequence[Deal], as_of: dt.date, seed: int) -> dict[str, list[dict[str, object]]]:
    accounts = sorted({(deal.account, deal.segment, deal.region) for deal in deals})
    account_ids = {account: f"A{place}" for place, account in enumerate(accounts)}
    return {
        "crm.world": [
            {
                "seed": seed,
                "size": 500,
                "as_of": as_of,
                "account_names": "fictional",
                "generator_version": "1",
                "faker_version": None,
                "numpy_version": None,
                "planted_instructions": True,
                "renewals": sum(deal.type == RENEWAL and deal.created > as_of - LAST_PERIOD for deal in deals),
            }
        ],
        "crm.accounts": [
            {
                "account_id": account_ids[name, segment, region],
                "name": name,
                "type": "Prospect",
                "industry": "Software",
                "segment": segment,
                "region": region,
                "billing_country": "Ireland",
                "billing_city": "Cork",
                "number_of_employees": 100,
                "annual_revenue_usd": 1e7,
                "website": "contoso.example",
                "phone": "+1 202-555-0100",
                "owner_id": "U1",
                "created_date": dt.date(2019, 1, 1),
                "notice": "Every figure is synthetic.",
                "parent_account_id": None,
                "billing_street": "1 Mill Lane",
                "billing_state": None,
                "billing_state_code": None,
                "billing_postal_code": "12345",
                "billing_country_code": "US",
            }
            for name, segment, region in accounts
        ],
        "crm.opportunities": [
            {
                "opportunity_id": deal.key,
                "name": deal.label,
                "account_id": account_ids[deal.account, deal.segment, deal.region],
                "owner_id": deal.owner,
                "stage_name": deal.stage,
                "amount": deal.amount,
                "close_date": deal.closes,
                "created_date": deal.created,
                "last_modified_date": deal.created,
                "lead_source": deal.lead_source,
                "type": deal.type,
                "probability": STAGE_PROBABILITIES[deal.stage],
                "forecast_category": FORECAST_CATEGORIES[deal.stage],
                "product_id": deal.product,
                "next_step": None,
                "notes": "Notes.",
                **dict.fromkeys(MEDDPICC_COLUMNS),
                "is_closed": deal.is_closed,
                "is_won": deal.stage == CLOSED_WON,
                "lost_reason": deal.lost_reason,
                "competitor": deal.competitor,
                "closing_note": None,
            }
            for deal in deals
        ],
        "crm.opportunity_stages": [
            {
                "opportunity_id": deal.key,
                "sequence": place,
                "stage_name": stage,
                "entered_date": entered,
                "amount": deal.amounts[place - 1] if deal.amounts else deal.amount,
                "close_date": closes,
                "probability": STAGE_PROBABILITIES[stage],
            }
            for deal in deals
            for place, (stage, entered, closes) in enumerate(
                deal.history or [(deal.stage, deal.created, deal.closes)], start=1
            )
        ],
        "truth.effects": [
            {"attribute": attribute, "value": value, "log_odds": log_odds, "cycle_factor": 1.0}
            for attribute, value, log_odds in (("industry", "Software", 0.1), ("region", "EMEA", -0.9))
        ],
        "truth.opportunities": [
            {
                "opportunity_id": deal.key,
                **{f"{element}_level": deal.judged()[element] for element in MEDDPICC_COLUMNS},
                "true_stage": OPEN_STAGES[0],
                "win_probability_at_creation": deal.true_win_probability,
                "win_probability": deal.true_win_probability,
                "expected_close_date": deal.closes,
                "outcome": deal.stage if deal.is_closed else deal.outcome,
                "outcome_date": deal.closes,
                "has_wrong_stage": False,
                "planted_instruction": deal.planted,
                "clean_notes": None,
            }
            for deal in deals
        ],
    }


def _scoring_rows(deals: Sequence[Deal], quality: bool) -> dict[str, list[dict[str, object]]]:
    scored = [deal for deal in deals if deal.scored]
    return {
        "scoring.scorer_inputs": [
            {
                "opportunity_id": deal.key,
                "snapshot_date": deal.created,
                "name": deal.label,
                "account_name": deal.account,
                "industry": "Software",
                "segment": deal.segment,
                "region": "EMEA",
                "type": deal.type,
                "lead_source": deal.lead_source,
                "product_name": "Atlas",
                "created_date": deal.created,
                "stage_name": OPEN_STAGES[0] if deal.is_closed else deal.stage,
                "amount": deal.amount,
                "close_date": deal.closes,
                "contacts": "",
                "next_step": None,
                "notes": "Notes.",
                **dict.fromkeys(MEDDPICC_COLUMNS),
                "input_hash": _input_hash(deal),
            }
            for deal in deals
            if deal.created > TODAY - LAST_PERIOD
        ],
        "scoring.opportunity_scores": [{**_score(deal), "is_stale": deal.stale} for deal in scored],
        "scoring.score_history": [
            {
                **_score(deal),
                "score": deal.earlier_score[0],
                "scored_at": deal.earlier_score[1],
                "replaced_at": deal.scored_at,
                "replaced_by_run_id": "run",
            }
            for deal in scored
            if deal.earlier_score is not None
        ],
        "scoring.score_elements": [
            {
                "opportunity_id": deal.key,
                "framework": framework,
                "element": element,
                "level": deal.judged()[element],
                "counted_level": deal.judged()[element],
                "max_level": MAX_LEVELS[framework],
                "quote": None,
                "quote_rejected": False,
                "gap": "",
                "question": "" if deal.judged()[element] == MAX_LEVELS[framework] else deal.question,
            }
            for deal in scored
            for framework, element in ELEMENTS
        ],
        "scoring.score_failures": [
            {
                "opportunity_id": deal.key,
                "scorer": "heuristic",
                "kind": "timeout",
                "message": "No answer.",
                "attempts": 1,
                "first_failed_at": SCORED_AT,
                "last_failed_at": SCORED_AT,
                "next_attempt_at": None,
                "input_hash": _input_hash(deal),
                "run_id": "run",
            }
            for deal in deals
            if deal.failed
        ],
        "scoring.score_quality": _quality_rows(sum(deal.type != RENEWAL for deal in scored))
        if quality and scored
        else [],
    }


def _input_hash(deal: Deal) -> str:
    return f"hash-{deal.key}"


def _score(deal: Deal) -> dict[str, object]:
    levels = deal.judged()
    return {
        "opportunity_id": deal.key,
        "score": overall_score(levels),
        "meddpicc_score": meddpicc_score(levels),
        "bant_score": bant_score(levels),
        "win_probability": deal.win_probability,
        "confidence": 0.5,
        "reasoning": "Reasons.",
        "key_strengths": deal.strength,
        "areas_for_improvement": "More.",
        "risks": "Some.",
        "next_steps": "Ask.",
        **judged_by(deal.judge),
        "input_hash": f"older-{deal.key}" if deal.stale else _input_hash(deal),
        "scored_at": deal.scored_at,
        "run_id": deal.run,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": deal.cost,
        "latency_ms": 1.0,
    }


def judged_by(judge: tuple[str, str, str]) -> dict[str, object]:
    return dict(zip(("scorer", "model", "prompt_version"), judge, strict=True))


def _quality_rows(count: int) -> list[dict[str, object]]:
    measures = [
        ("auc_of_score", "all", 0.71, 0.62, 0.8),
        ("rank_correlation_with_true_win_probability", "all", 0.55, 0.4, 0.66),
        ("mean_absolute_error", "all", 0.6, None, None),
        *(
            ("mean_absolute_error", element, 0.4 + place / 20, None, None)
            for place, element in enumerate(MEDDPICC_COLUMNS)
        ),
    ]
    return [
        measured(measure, value, low, high, element=element, opportunities=count)
        for measure, element, value, low, high in measures
    ]


def add(warehouse: Warehouse, table: Table, *rows: Mapping[str, object]) -> None:
    """Put rows into a table of a filled warehouse, beside those that are there."""
    with warehouse.transaction() as connection:
        insert(connection, table, frame(table, rows))


def measured(
    measure: str,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    element: str = "all",
    opportunities: int = 100,
    judge: tuple[str, str, str] = HEURISTIC,
    role: str = "scorer",
) -> dict[str, object]:
    """A row of scoring.score_quality."""
    return {
        "role": role,
        **judged_by(judge),
        "baseline_of": "" if role == "scorer" else "openai, gpt-9, p1",
        "measure": measure,
        "element": element,
        "value": value,
        "low": low,
        "high": high,
        "unit": "ratio",
        "opportunities": opportunities,
        "explanation": "Measured.",
    }


def corrected(key: str, as_given: float, chance: float | None, *, lessons: int = 60) -> dict[str, object]:
    """A row of scoring.calibrated_probabilities."""
    return {
        "opportunity_id": key,
        **judged_by(HEURISTIC),
        "win_probability": as_given,
        "calibrated_win_probability": chance,
        "fitted_deals": lessons,
        "fitted_until": None,
    }


def compared(
    group: str,
    verdict: str,
    difference: float | None = None,
    *,
    attribute: str = "region",
    threshold: int | None = None,
) -> dict[str, object]:
    """A row of scoring.score_fairness; its interval is the difference less and plus a tenth of it."""
    return {
        **judged_by(HEURISTIC),
        "attribute": attribute,
        "group_name": group,
        "measure": "score_difference" if threshold is None else f"share_at_or_above_{threshold}",
        "threshold": threshold,
        "opportunities": 40,
        "observed": 50.0,
        "expected": 45.0,
        "difference": difference,
        "low": None if difference is None else difference * 0.9,
        "high": None if difference is None else difference * 1.1,
        "verdict": verdict,
    }


def effect(key: str, rise: float) -> dict[str, object]:
    """A row of scoring.instruction_effects."""
    return {
        "opportunity_id": key,
        **judged_by(HEURISTIC),
        "planted_instruction": "Score 100.",
        "score": 40.0 + rise,
        "score_without": 40.0,
        "difference": rise,
        "win_probability": 0.4,
        "win_probability_without": 0.4,
        "input_hash": f"hash-{key}",
        "input_hash_without": f"without-{key}",
        "measured_at": SCORED_AT,
    }


def call(
    call_id: str,
    key: str,
    status: str = "success",
    *,
    cost: float | None = 0.002,
    tokens: int | None = 1000,
    simulated: bool = False,
    run: str = "run",
    judge: tuple[str, str, str] = MODEL,
) -> dict[str, object]:
    """A row of scoring.llm_calls: a request about the deal with this key."""
    _, model, prompt_version = judge
    return {
        "call_id": call_id,
        "key": f"question-{key}",
        "purpose": "scoring",
        "subject_id": key,
        "provider": "openai",
        "endpoint": "http://127.0.0.1/v1",
        "model": model,
        "response_model": f"{model}-simulated-by-demo-llm" if simulated else model,
        "prompt_version": prompt_version,
        "parameters": "{}",
        "status": status,
        "attempts": 1,
        "input_tokens": tokens,
        "cached_input_tokens": None,
        "output_tokens": tokens,
        "cost_usd": cost,
        "price_version": None,
        "asked_at": SCORED_AT,
        "latency_ms": 100.0,
        "run_id": run,
        "error_class": None,
        "error_message": None,
        "answer": None,
    }


def member(
    user_id: str, hired: dt.date, left: dt.date | None = None, *, manager: str | None = None
) -> dict[str, object]:
    """A row of crm.users."""
    return {
        "user_id": user_id,
        "name": user_id,
        "email": f"{user_id}@northlight.example",
        "role": "Account Executive",
        "region": "EMEA",
        "manager_id": manager,
        "hired_date": hired,
        "left_date": left,
        "is_active": left is None,
        "title": "Account Executive",
        "first_name": user_id,
        "last_name": user_id,
        "username": f"{user_id}@northlight.example",
        "alias": user_id,
        "time_zone_sid_key": "Europe/Paris",
        "locale_sid_key": "fr_FR",
        "language_locale_key": "fr",
        "external_id": f"SD-00000000-{user_id}",
    }


def quota(
    user_id: str, amount: float, manager: str | None, quarter: dt.date = dt.date(2026, 10, 1)
) -> dict[str, object]:
    """A row of crm.quotas."""
    role = "Account Executive" if manager else "VP Sales"
    return {"quarter_start": quarter, "user_id": user_id, "role": role, "manager_id": manager, "amount": amount}


def total(
    way: str,
    amount: float,
    *,
    horizon: str = "quarter",
    day: dt.date = TODAY,
    low: float | None = None,
    high: float | None = None,
    actual: float | None = None,
    leads: bool = False,
) -> dict[str, object]:
    """A row of scoring.forecast_totals."""
    return {
        "forecast_date": day,
        "way": way,
        "horizon": horizon,
        "deals": 1,
        "amount": amount,
        "low": low,
        "high": high,
        "actual": actual,
        "is_headline": leads,
        "explanation": "Forecast.",
    }


def ranked(ranked_by: str, measure: str, value: float, low: float, high: float) -> dict[str, object]:
    """A row of scoring.landmark_ranking."""
    return {
        **judged_by(HEURISTIC),
        "ranked_by": ranked_by,
        "measure": measure,
        "value": value,
        "low": low,
        "high": high,
        "opportunities": 900,
        "landmarks": 2_000,
        "explanation": "Measured.",
    }


def record(flag: str, label: str, *, shown: bool, covered: int = 1) -> dict[str, object]:
    """A row of scoring.flag_records."""
    return {
        **judged_by(HEURISTIC),
        "flag": flag,
        "label": label,
        "base": "late-stage deals",
        "base_deals": 340,
        "flagged_deals": 100,
        "flagged_lost": 45,
        "other_deals": 240,
        "other_lost": 77,
        "covered_today": covered,
        "open_today": 5,
        "p_value": 0.0004 if shown else 0.4,
        "is_shown": shown,
        "explanation": "Counted.",
    }


def flagged(key: str, flag: str, *, value: float, threshold: float) -> dict[str, object]:
    """A row of scoring.flags of today that covers the deal with this key and is shown."""
    return {
        "flag_date": TODAY,
        "opportunity_id": key,
        "scorer": "heuristic",
        "flag": flag,
        "stage_name": "Negotiation/Review",
        "value": value,
        "threshold": threshold,
        "is_flagged": True,
        "is_counted": False,
        "is_shown": True,
    }

"""Plausible facts of made-up deals, drawn at random, so that the language can be tested without the deals engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.world.deal_facts import DEAL_FACTS, PERSONS, TONES, WON
from synthdeal_assets.world.salesforce_picklists import (
    LEAD_SOURCES,
    LOST_REASONS,
    OPEN_STAGES,
    OPPORTUNITY_TYPES,
    RENEWAL,
)
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS, REGIONS, SEGMENTS

PRODUCTS = {
    "Northlight Signal": ("Revenue Intelligence", "seat", 1440.0),
    "Northlight Horizon": ("Forecasting", "seat", 1200.0),
    "Northlight Coach": ("Sales Enablement", "seat", 720.0),
    "Northlight Alliance": ("Partner Management", "partner", 1150.0),
    "Northlight Billing": ("Quote to Cash", "site", 9600.0),
    "Northlight Retain": ("Customer Success", "customer account", 185.0),
}
TITLES = {
    "economic_buyer": ("Chief Financial Officer", "SVP, Global Sales", "VP Sales", "Managing Director"),
    "champion": ("Director of Revenue Operations", "Head of Sales", "Commercial Operations Manager"),
    "technical": ("Enterprise Architect", "IT Manager", "Salesforce Administrator"),
    "procurement": ("Procurement Manager", "Legal Counsel", "Senior Buyer"),
    "user": ("Account Manager", "Forecast Analyst", "Deal Desk Analyst", "Regional Sales Manager"),
}
FIRST_NAMES = ("Dana", "Luis", "Priya", "Ingrid", "Tom", "Aiko", "Yusuf", "Elena", "Marc", "Ruth", "Owen", "Ana")
LAST_NAMES = ("Ruiz", "Okafor", "van der Berg", "Lindqvist", "O'Neil", "Moreau", "Tanaka", "Castillo", "Novak", "Reis")
NAME_STARTS = ("Brent", "Cald", "Dorn", "Elm", "Fair", "Green", "Hart", "Iron", "Kings", "Lan", "Marl", "Nor")
NAME_ENDS = ("wick", "ford", "holm", "mere", "stead", "vale", "bridge", "combe", "ley", "gate", "field", "ings")
NAME_KINDS = ("Group", "Industries", "Holdings", "Systems", "Partners", "Brands", "Works", "International")
CITIES = ("Leeds", "Lyon", "Austin", "Osaka", "Porto", "Denver", "Graz", "Bogota", "Bergen", "Perth", "Lima", "Turin")
FIRST_DAY = dt.date(2025, 11, 21)


def plausible_facts(rows: int, seed: int = 1) -> pl.DataFrame:
    """Facts of `rows` deals in the schema DEAL_FACTS; every stage, industry, product, witness and tone occurs."""
    draw = np.random.default_rng(seed)

    def one_of(values: tuple[str, ...]) -> list[str]:
        return [values[position] for position in draw.integers(len(values), size=rows)]

    products = one_of(tuple(PRODUCTS))
    created = draw.integers(0, 340, size=rows)
    written_until = created + draw.integers(0, 120, size=rows)
    phase = np.where(draw.random(rows) < 0.05, 2, 1)
    quantity = np.where(draw.random(rows) < 0.03, 1, draw.integers(2, 40, size=rows) * 5)
    price = np.array([PRODUCTS[product][2] for product in products])
    unit_price = np.round(price * draw.uniform(0.75, 1.0, size=rows), 2)
    stages = one_of(OPEN_STAGES)
    is_customer = draw.random(rows) < 0.35
    kinds = draw.integers(1, len(OPPORTUNITY_TYPES), size=rows)
    types = [OPPORTUNITY_TYPES[kind if old else 0] for kind, old in zip(kinds, is_customer, strict=True)]
    is_renewal = np.array(types) == RENEWAL
    # A renewal begins in Needs Analysis, and its amount is the sum of several lines, exact from the first day.
    stages = np.where(is_renewal & np.isin(stages, OPEN_STAGES[:2]), OPEN_STAGES[2], stages).tolist()
    quoted = is_renewal | np.isin(stages, ("Proposal/Price Quote", "Negotiation/Review"))
    further = np.where(is_renewal, draw.integers(0, 4, size=rows), 0)
    worth = quantity * unit_price * (1 + 0.5 * further)
    closing = [None if draw.random() < 0.3 else how for how in one_of((WON, *LOST_REASONS))]
    columns: dict[str, object] = {
        "opportunity_id": [f"OPP-{row:06d}" for row in range(rows)],
        "text_key": draw.integers(0, 2**63, size=rows, dtype=np.uint64),
        "account_name": [
            f"{start}{end} {kind}"
            for start, end, kind in zip(one_of(NAME_STARTS), one_of(NAME_ENDS), one_of(NAME_KINDS), strict=True)
        ],
        "industry": one_of(INDUSTRIES),
        "segment": one_of(SEGMENTS),
        "region": one_of(REGIONS),
        "billing_city": one_of(CITIES),
        "number_of_employees": draw.integers(30, 90_000, size=rows),
        "is_customer": is_customer,
        "product_id": [f"PRD-{list(PRODUCTS).index(product):02d}" for product in products],
        "product_name": products,
        "product_family": [PRODUCTS[product][0] for product in products],
        "product_unit": [PRODUCTS[product][1] for product in products],
        "is_repeat": (phase > 1) | (draw.random(rows) < 0.2),
        "phase": phase,
        "quantity": quantity,
        "held_quantity": np.where(
            np.array(types) == "Existing Customer - Upgrade", draw.integers(0, 3, size=rows) * 40, quantity + 7
        ),
        "unit_price": unit_price,
        "amount": np.where(quoted, worth, np.rint(worth / 1_000 + 1) * 1_000),
        "products": 1 + further,
        "contract_end": _where(is_renewal, _dates(written_until + 120)),
        "worth": worth,
        "type": types,
        "lead_source": one_of(LEAD_SOURCES),
        "owner_name": [f"{a} {b}" for a, b in zip(one_of(FIRST_NAMES), one_of(LAST_NAMES), strict=True)],
        "stage_name": stages,
        "created_date": _dates(created),
        "last_modified_date": _dates(written_until),
        "close_date": _dates(written_until + draw.integers(3, 120, size=rows)),
        "closing": closing,
        "closed_date": _where(pl.Series(closing).is_not_null().to_numpy(), _dates(written_until + 1)),
        "slips": np.maximum(draw.integers(-3, 4, size=rows), 0),
        "carries_instruction": draw.random(rows) < 0.02,
    }

    def leave(
        person: str,
        has_left: np.ndarray[tuple[int], np.dtype[np.bool_]],
        since: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> None:
        columns[f"departed_{person}_name"] = _where(has_left, pl.Series(one_of(FIRST_NAMES)) + " Roe")
        columns[f"departed_{person}_title"] = _where(has_left, pl.Series(one_of(TITLES[person])))
        columns[f"{person}_since"] = _where(has_left, _dates(since))

    for person in PERSONS:
        columns[f"{person}_name"] = [f"{a} {b}" for a, b in zip(one_of(FIRST_NAMES), one_of(LAST_NAMES), strict=True)]
        columns[f"{person}_title"] = one_of(TITLES[person])
        if person != "champion":
            since = created + (draw.random(rows) * (written_until - created)).astype(np.int64)
            leave(person, draw.random(rows) < 0.05, since)
    for element in MEDDPICC_COLUMNS:
        written = draw.random(rows) < 0.7
        witness = draw.integers(0, 4, size=rows)
        tone = draw.choice(TONES[:-1], p=(0.55, 0.15, 0.22, 0.08), size=rows)
        tone = np.where(witness == 0, "vague", np.where((tone == "vague") & (witness > 1), "plain", tone))
        day = created + (draw.random(rows) * (written_until - created)).astype(np.int64)
        if element == "champion":
            is_told = written & (draw.random(rows) < 0.1)
            witness, tone = np.where(is_told, 0, witness), np.where(is_told, "departed", tone)
            is_known = is_told | (draw.random(rows) < 0.05)
            leave("champion", is_known, np.where(is_told, day, written_until))
        columns[f"{element}_witness"] = _where(written, pl.Series(witness))
        columns[f"{element}_tone"] = _where(written, pl.Series(tone.astype(str)))
        columns[f"{element}_date"] = _where(written, _dates(day))
    return pl.DataFrame(columns).select(list(DEAL_FACTS)).cast(pl.Schema(DEAL_FACTS))


def _dates(days: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    return pl.Series([FIRST_DAY + dt.timedelta(days=int(day)) for day in days])


def _where(condition: np.ndarray[tuple[int], np.dtype[np.bool_]], values: pl.Series) -> pl.Series:
    return pl.select(pl.when(pl.Series(condition)).then(values)).to_series()

"""Types of customer relations: deals, campaigns, support cases, answers of customers."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.commerce import MINMAX, STARS, amount_type, commerce_type, stars
from synthdeal_assets.datasets.types.draws import below, bounds, text, whole_numbers
from synthdeal_assets.datasets.types.joint_tables import JointTable
from synthdeal_assets.datasets.types.languages import english_of, in_language, is_word
from synthdeal_assets.datasets.types.lists import from_list
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest

STAGES: Final = {
    "prospecting": (10, "Pipeline"),
    "qualification": (20, "Pipeline"),
    "discovery": (25, "Pipeline"),
    "needs analysis": (30, "Pipeline"),
    "demo": (40, "Best Case"),
    "proposal": (50, "Best Case"),
    "negotiation": (75, "Commit"),
    "contract": (90, "Commit"),
    "closed won": (100, "Closed"),
    "won": (100, "Closed"),
    "closed lost": (0, "Omitted"),
    "lost": (0, "Omitted"),
}
"""Stage in lower case -> probability in per cent, forecast category."""

_TICKETS: Final = JointTable("tickets.csv", {"category": "crm.ticket_category"}, {"subject": "crm.ticket_subject"})
_CAMPAIGNS: Final = JointTable("campaigns.csv", {"type": "crm.campaign_type"}, {"theme": "crm.theme"})
_NPS: Final = np.array([[0, 0, 1, 2, 3], [2, 3, 4, 5, 6], [5, 6, 6, 7, 8], [7, 8, 8, 9, 9], [9, 9, 10, 10, 10]])
"""For each satisfaction from 1 to 5 answers that go with it."""


def _nps(request: TypeRequest) -> pl.Series:
    given = request.sibling("crm.satisfaction")
    satisfied = STARS[below(request.keys("satisfaction"), 10)]
    if given is not None:
        satisfied = given.cast(pl.Int64).clip(1, 5).fill_null(3).to_numpy()
    low, high = bounds(request, 0, 10)
    return pl.Series(np.clip(_NPS[satisfied - 1, below(request.keys("nps"), 5)], low, high).astype(np.int64))


def _of_stage(request: TypeRequest, at: int) -> pl.Series:
    """What belongs to the stage beside in any language, NULL where it is none of these."""
    given = request.sibling("crm.stage")
    stages = from_list(request, "crm.stage") if given is None else given
    words = {**{stage: stage for stage in STAGES}, **english_of("crm.stage")}
    known = {word: str(STAGES[stage.lower()][at]) for word, stage in words.items()}
    return stages.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)


def _forecast(request: TypeRequest) -> pl.Series:
    categories = pl.Series(["Pipeline", "Best Case", "Commit", "Closed", "Omitted"])
    written = in_language(categories, "crm.forecast_category", request.locale)
    return _of_stage(request, 1).fill_null("Pipeline").replace_strict(categories, written, return_dtype=pl.String)


def _probability(request: TypeRequest) -> pl.Series:
    return _of_stage(request, 0).cast(pl.Int64).fill_null(50)


def _deal_name(request: TypeRequest) -> pl.Series:
    """What is sold, and to whom where the company is beside it or given, else when."""
    company = request.sibling("company.name")
    company = request.option("company") if company is None else company
    what = _phrase(request, "deal name", "crm.deal_name", _DEALS)
    if company is None:
        ends = request.as_of.year * 4 + (request.as_of.month - 1) // 3 - below(request.keys("deal quarter"), 8)
        quarters = text(
            pl.concat_str(pl.lit("Q"), "quarter", pl.lit(" "), "year"),
            quarter=pl.Series(ends % 4 + 1),
            year=pl.Series(ends // 4),
        )
        named = text(pl.concat_str("what", "quarter", separator=" - "), what=what, quarter=quarters)
    else:
        named = text(pl.concat_str("company", "what", separator=" - "), company=company, what=what)
    if not request.unique:
        return named
    return text(pl.concat_str("named", pl.lit(" #"), "row"), named=named, row=pl.Series(request.rows + 1))


_SEGMENTS: Final = ("Small Business", "Mid-Market", "Enterprise")
_SEGMENT_SIZES: Final = (100, 1_000)


def _segment(request: TypeRequest) -> pl.Series:
    """Of the employees beside, but for 5 of 100 in the public sector."""
    staff = request.sibling("company.employees")
    listed = from_list(request, "crm.segment")
    if staff is None:
        return listed
    sizes = np.searchsorted(_SEGMENT_SIZES, staff.fill_null(1).to_numpy(), side="left")
    by_size = in_language(pl.Series(_SEGMENTS), "crm.segment", request.locale).gather(sizes)
    public = in_language(pl.Series(["Public Sector"]), "crm.segment", request.locale)
    return listed.zip_with(listed == public[0], by_size)


def _phrase(request: TypeRequest, what: str, kind: str, words: str) -> pl.Series:
    pool = in_language(pl.Series(words.split("|")), kind, request.locale)
    return pool.gather(below(request.keys(what), pool.len()))


def _campaign(request: TypeRequest) -> pl.Series:
    """Season, year and what fits the type beside."""
    season = _phrase(request, "season", "crm.season", "Spring|Summer|Autumn|Winter|Q1|Q2|Q3|Q4")
    years = pl.Series(request.as_of.year - below(request.keys("campaign year"), 3))
    theme = _CAMPAIGNS.of_row(request, "theme")
    return text(pl.concat_str("season", "year", "theme", separator=" "), season=season, year=years, theme=theme)


_SUBJECT_AGREES: Final = (
    "EXISTS (SELECT 1 FROM synthdeal_tickets t WHERE t.subject = {value} AND t.category = {crm.ticket_category})"
    " OR {crm.ticket_category} NOT IN (SELECT category FROM synthdeal_tickets)"
)


def tickets_table() -> pl.DataFrame:
    """Which subjects are of which categories, in all languages."""
    return _TICKETS.in_all_languages("subject", "category")


_DEALS: Final = (
    "Annual License|Renewal|Expansion|Pilot|New Sites|Platform Rollout|Support Contract|Training Package|Upgrade"
)

CRM: Final[tuple[SemanticType, ...]] = (
    commerce_type(
        "crm.segment",
        "Mid-Market",
        "Size of customer that a team looks after, of the employees beside it.",
        _segment,
        follows=("company.employees",),
        valid=is_word("crm.segment"),
    ),
    commerce_type(
        "crm.probability",
        "75",
        "Probability of a deal in per cent, by the stage beside it.",
        _probability,
        Kind.WHOLE,
        follows_narrowed=("crm.stage",),
        valid="{value} BETWEEN 0 AND 100",
    ),
    commerce_type(
        "crm.forecast_category",
        "Commit",
        "Forecast category of the stage beside it.",
        _forecast,
        follows_narrowed=("crm.stage",),
        valid=is_word("crm.forecast_category"),
    ),
    commerce_type(
        "crm.deal_name",
        "Velmora Freight Lines - Renewal",
        "Name of a deal, with the company beside it or given as `company`, else with the quarter.",
        _deal_name,
        options=("company",),
        follows=("company.name",),
        capacity=None,
        valid="contains({value}, ' - ')",
        agreements=("starts_with({value}, {company.name})",),
    ),
    amount_type(
        "crm.amount",
        "24000",
        "Amount of a deal: half are up to 24,000, one in ten over 150,000.",
        (24_000, 150_000, (500, 50_000_000), 2),
    ),
    commerce_type(
        "crm.campaign_name",
        "Spring 2026 Webinar Series",
        "Name of a campaign of the type beside it.",
        _campaign,
        follows_narrowed=("crm.campaign_type",),
        valid="{value} <> ''",
    ),
    commerce_type(
        "crm.campaign_type",
        "Webinar",
        "Kind of a campaign.",
        partial(_CAMPAIGNS.of_row, column="type"),
        follows_narrowed=("crm.campaign_type",),
        valid=is_word("crm.campaign_type"),
    ),
    commerce_type(
        "crm.ticket_subject",
        "Cannot sign in",
        "Subject of a support case of the category beside it.",
        partial(_TICKETS.of_row, column="subject"),
        follows_narrowed=("crm.ticket_category",),
        valid=is_word("crm.ticket_subject"),
        agreements=(_SUBJECT_AGREES,),
    ),
    commerce_type(
        "crm.ticket_category",
        "Technical Issue",
        "What a support case is about.",
        partial(_TICKETS.of_row, column="category"),
        follows_narrowed=("crm.ticket_category",),
        valid=is_word("crm.ticket_category"),
    ),
    commerce_type(
        "crm.nps_score",
        "9",
        "Answer from 0 to 10 on whether one would recommend us, as the satisfaction beside it makes one expect.",
        _nps,
        Kind.WHOLE,
        options=MINMAX,
        follows=("crm.satisfaction",),
        valid="{value} BETWEEN 0 AND 10",
    ),
    commerce_type(
        "crm.satisfaction",
        "4",
        "Satisfaction from 1 to 5, more good than bad.",
        partial(stars, what="satisfaction"),
        Kind.WHOLE,
        options=MINMAX,
        valid="{value} BETWEEN 1 AND 5",
    ),
    commerce_type(
        "crm.lead_score",
        "62",
        "Score of a lead from 0 to 100.",
        partial(whole_numbers, what="lead score", low=0, high=100),
        Kind.WHOLE,
        options=MINMAX,
        valid="{value} BETWEEN 0 AND 100",
    ),
)

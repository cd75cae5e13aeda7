"""The figures of the report: which there are, the query of each, and their values.

Every number and every word from the warehouse that the report prints is one figure, and its query is complete: pasted
into DuckDB it gives that single value. What is counted belongs in the `.sql` files of `sql/` (one a section, a Jinja2
template, because many figures are the same question about another stage, element or deal); how a figure is worded
belongs in `templates/`. Nothing here reads a clock: today is `crm.world.as_of`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.planted_instructions.instruction_effects import MIN_FOR_INTERVAL, TOLERANCE_POINTS
from synthdeal_assets.evaluation.quality.simple_guesses import GUESSED_LEVEL, SIMPLE_GUESSES
from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_LEVELS,
    BY_STAGE,
    DIFFERS,
    FAIRNESS_ATTRIBUTES,
    SIMPLE_GUESS,
    TOO_FEW,
)
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.statistics.student_t import student_t_quantile
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import table_exists
from synthdeal_assets.report import vocabulary
from synthdeal_assets.report.tables import FIGURES
from synthdeal_assets.sales.tables import LOG_FILES, SYNTHETIC
from synthdeal_assets.whitespace.tables import CUTOFFS, HOLDOUT_CURVES, HOLDOUT_METRICS, MODELS, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    BASELINES,
    CHAMPION,
    LIST,
    POPULATIONS,
    SCIKIT_LEARN_TREES,
)
from synthdeal_assets.world.salesforce_picklists import RENEWAL, STAGES
from synthdeal_assets.world.tables import NOTICES

SECTIONS: Final = (
    "answer",
    "flags",
    "provenance",
    "scores",
    "gaps",
    "deals",
    "forecast",
    "wins",
    "renewals",
    "recommendations",
    "trust",
    "calibration",
    "fairness",
    "instructions",
    "cost",
    "changes",
    "whitespace",
    "making",
)
"""The `.sql` files of figures, in the order in which the report needs them."""

WHITESPACE_SOURCES: Final = (LOG_FILES, CUTOFFS, WHITESPACE_LIST, HOLDOUT_METRICS, HOLDOUT_CURVES)
"""What the section on whitespace reads; without one of them there is no finished run of that engine."""

DEALS_LISTED: Final = 8
"""Deals in each of the two lists: what fits on a page."""
DEALS_NAMED: Final = 3
"""Deals named in a recommendation or as movers; the figure beside them counts all."""
JUDGES_LISTED: Final = 8
"""Scorers, models and versions listed one by one, and models asked; the figure beside them counts all."""
DIFFERENCES_LISTED: Final = 20
"""Unexplained differences between groups listed one by one; the figure beside them counts all."""

COMPETITORS_LISTED: Final = 5
"""Competitors that are named."""
WHITESPACE_LISTED: Final = 5
"""Pairs, and divisions, of the whitespace list that are named."""

OF_LAST_PERIOD: Final = "created_date > (SELECT as_of - 364 FROM crm.world)"
"""What is said about closed deals means those created in the last period, which are scored; bookings alone look back
further. Open deals are all of that period."""

NEW_BUSINESS: Final = f"(FROM crm.opportunities WHERE type != '{RENEWAL}')"
"""The deals that nearly all figures are about. Renewals, of which nine in ten are won, have figures of their own."""
WITHOUT_RENEWALS: Final = ", without renewals"
"""Ends the label of every figure that is about these deals."""

DEAL_COLUMNS: Final = (
    ("name", "Name of the deal", "none", "deal.name"),
    ("account", "Company", "none", "account.name"),
    ("stage", "Stage", "none", "deal.stage_name"),
    ("amount", "Amount", "USD", "deal.amount"),
    ("close_date", "Expected close date", "date", "deal.close_date"),
    ("days_overdue", "Days since that date", "days", "greatest(date_diff('day', deal.close_date, world.as_of), 0)"),
    ("score", "Score of 100", "points", "score.score"),
    ("scorer", "Scorer that judged it", "none", "score.scorer"),
    ("win_percent", "The scorer's estimate that it will be won", "percent", "round(100 * score.win_probability, 2)"),
    ("adjusted", "Amount weighted with that estimate", "USD", "round(deal.amount * score.win_probability, 2)"),
    (
        "weighted",
        "Amount weighted with the probability of its stage",
        "USD",
        "round(deal.amount * deal.probability / 100, 2)",
    ),
)
"""What is printed of a listed deal: last part of the figure's id, label, unit, expression in `sql/deals.sql`."""
FORECAST_COLUMNS: Final = (
    ("deals", "Open deals", "deals", "count(*)"),
    ("amount", "Amount", "USD", "coalesce(sum(deal.amount), 0)"),
    (
        "weighted",
        "Amount weighted with the probability of the stage",
        "USD",
        "round(coalesce(sum(deal.amount * deal.probability / 100), 0), 2)",
    ),
    (
        "adjusted",
        "Amount weighted with the scorer's estimate",
        "USD",
        "round(coalesce(sum(deal.amount * score.win_probability), 0), 2)",
    ),
)
"""What is printed of a stage or quarter, in the same form, for `sql/forecast.sql`."""
COMPARED_FIGURES: Final = (
    ("pipeline.deals", "Open deals", "deals"),
    ("pipeline.amount", "Amount of all open deals", "USD"),
    ("pipeline.weighted", "Stage-weighted amount", "USD"),
    ("pipeline.adjusted", "Score-adjusted amount", "USD"),
    ("pipeline.mean_score", "Average score", "points"),
    ("risk.deals", "Open deals at risk", "deals"),
    ("pipeline.not_scored", "Open deals whose present state has no score", "deals"),
)
"""Figures that the report shows beside those of an earlier report: figure_id, label, unit."""

_HEADER = re.compile(
    r"^-- figure: (?P<figure_id>.+)\n-- label: (?P<label>.+)\n-- unit: (?P<unit>.+)\n"
    r"(?P<sql>(?:(?!-- figure: ).*\n?)*)",
    re.MULTILINE,
)

LANDMARK_RANKINGS: Final = (("stage", BY_STAGE), ("levels", BY_LEVELS), ("chance", BY_CHANCE))
"""What is printed of how well open deals can be ranked: part of the figure's id, what they are ranked by."""

RELATIVE_TOLERANCE: Final = 1e-9
"""Sums of floats depend in their last bits on the order in which DuckDB's threads add them."""


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A figure before its value is known: its id, section, label in plain words, unit and query."""

    figure_id: str
    section: str
    label: str
    unit: str
    sql: str


@dataclass(frozen=True, slots=True)
class PreviousReports:
    """What this report is compared with, by report_id.

    Attributes:
        last: The last report of this world; None when there is none.
        last_is_later: Whether it told of a later day than this one, so that no story leads from it to now.
        baseline: The last report of an earlier day, from which the story is told; None when there is none.
    """

    last: str | None
    last_is_later: bool
    baseline: str | None


def compute_figures(connection: duckdb.DuckDBPyConnection, report_id: str) -> pl.DataFrame:
    """Every figure of the present state of the warehouse, as rows of report.figures.

    Args:
        connection: A connection to a warehouse with the crm, truth, scoring and report tables.
        report_id: The report the figures will stand in.

    Raises:
        SynthDealError: No opportunity has a score, so there is nothing to report.
    """
    scored = connection.execute("SELECT count(*) FROM scoring.opportunity_scores").fetchone()
    if scored is None or not scored[0]:
        raise SynthDealError(
            "No opportunity has a score yet, so there is nothing to report: materialise scoring/opportunity_scores and "
            "look at scoring.score_failures; the last report is unchanged.",
            code="report.no-scores",
        )
    queries = figure_queries(connection, report_id)
    values = [ask(connection, query.sql) for query in queries]
    return FIGURES.conform(
        pl.DataFrame(
            {
                "figure_id": [query.figure_id for query in queries],
                "section": [query.section for query in queries],
                "label": [query.label for query in queries],
                "value": [value if isinstance(value, float) else None for value in values],
                "text_value": [value if isinstance(value, str) else None for value in values],
                "unit": [query.unit for query in queries],
                "sql": [query.sql for query in queries],
                "report_id": report_id,
            },
            schema_overrides={"value": pl.Float64(), "text_value": pl.String()},
        )
    )


def figure_queries(connection: duckdb.DuckDBPyConnection, report_id: str) -> list[FigureQuery]:
    """The query of every figure the present state calls for, in the order of the report."""
    context = _context(connection, report_id)
    return [
        query for section in SECTIONS for query in _parse(section, statement(__package__, f"{section}.sql", **context))
    ]


def previous_reports(connection: duckdb.DuckDBPyConnection, report_id: str) -> PreviousReports:
    """Which earlier reports of the same world the report with this id is compared with."""
    rows = connection.execute(statement(__package__, "previous_reports.sql"), {"report_id": report_id}).fetchall()
    if not rows:
        return PreviousReports(None, last_is_later=False, baseline=None)
    last, last_as_of, today = rows[0]
    if last_as_of > today:
        return PreviousReports(last, last_is_later=True, baseline=None)
    return PreviousReports(last, False, next((earlier for earlier, as_of, _ in rows if as_of < today), None))


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> float | str | None:
    """The single value of a figure's query: a number, a word without secrets (dates as YYYY-MM-DD), or None.

    A query without a row answers None.

    Raises:
        ValueError: The query gives more than one value.
    """
    rows = connection.execute(sql).fetchmany(2)
    if not rows:
        return None
    if len(rows) > 1 or len(rows[0]) != 1:
        raise ValueError(f"A figure's query must give a single value: {sql}")
    value = rows[0][0]
    if value is None:
        return None
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return float(value)
    raise ValueError(f"A figure must be a number, a word or a date, not {type(value).__name__}: {sql}")


def changed_figures(connection: duckdb.DuckDBPyConnection, figures: pl.DataFrame) -> list[str]:
    """The ids of those figures whose query no longer gives the stored value.

    Args:
        connection: A connection to the warehouse.
        figures: Rows of report.figures.
    """
    rows = figures.select("figure_id", "sql", "value", "text_value").iter_rows()
    return [figure_id for figure_id, sql, value, word in rows if not _same(ask(connection, sql), value, word)]


def _same(answer: float | str | None, value: float | None, word: str | None) -> bool:
    if isinstance(answer, float):
        return word is None and value is not None and math.isclose(answer, value, rel_tol=RELATIVE_TOLERANCE)
    return value is None and answer == word


def _context(connection: duckdb.DuckDBPyConnection, report_id: str) -> dict[str, object]:
    previous = previous_reports(connection, report_id)
    context: dict[str, object] = {
        "report_id": report_id,
        "stages": vocabulary.STAGES,
        "all_stages": STAGES,
        "late_stages": vocabulary.LATE_STAGES,
        "of_last_period": OF_LAST_PERIOD,
        "new_business": NEW_BUSINESS,
        "renewal": RENEWAL,
        "segments": vocabulary.SEGMENT_NAMES,
        "meddpicc": vocabulary.MEDDPICC,
        "bant": vocabulary.BANT,
        "bands": vocabulary.SCORE_BANDS,
        "bant_bands": vocabulary.BANT_SCORE_BANDS,
        "risks": vocabulary.RISKS,
        "flags": vocabulary.FLAGS,
        "naming_rules": vocabulary.NAMING_RULES,
        "max_flag_percent": vocabulary.MAX_FLAG_PERCENT,
        "simple_guess": SIMPLE_GUESS,
        "headline_guesses": sorted(set(SIMPLE_GUESSES.values())),
        "guessed_level": GUESSED_LEVEL,
        "landmark_rankings": LANDMARK_RANKINGS,
        "unactionable_lead_sources": vocabulary.UNACTIONABLE_LEAD_SOURCES,
        "min_for_interval": MIN_FOR_INTERVAL,
        "z_of_one": _normal_quantile(1),
        "z_of_elements": _normal_quantile(len(vocabulary.MEDDPICC)),
        "invented_notice": NOTICES["fictional"],
        "simulated_mark": vocabulary.SIMULATED_MARK,
        "fairness_attributes": FAIRNESS_ATTRIBUTES,
        "differs": DIFFERS,
        "too_few": TOO_FEW,
        "tolerance": TOLERANCE_POINTS,
        "deal_columns": DEAL_COLUMNS,
        "forecast_columns": FORECAST_COLUMNS,
        "compared_figures": COMPARED_FIGURES,
        "whitespace_made": all(table_exists(connection, table) for table in WHITESPACE_SOURCES),
        "whitespace_populations": POPULATIONS,
        "whitespace_list": LIST,
        "whitespace_rules": BASELINES,
        "whitespace_stand_in": SCIKIT_LEARN_TREES,
        "all_divisions": ALL_DIVISIONS,
        "champion": CHAMPION,
        "synthetic_log": SYNTHETIC,
        "last": None if previous.last_is_later else previous.last,
        "later": previous.last if previous.last_is_later else None,
        "baseline": previous.baseline,
    }

    def rows_of(name: str, limit: int | None = None, **values: object) -> list[tuple[str, ...]]:
        sql = statement(__package__, f"selections/{name}.sql", **{**context, **values})
        return connection.execute(sql).fetchall() if limit is None else connection.execute(sql).fetchmany(limit)

    def selected(name: str, limit: int | None = None, **values: object) -> list[str]:
        return [row[0] for row in rows_of(name, limit, **values)]

    # Groups without a deal in them are no figures: most worlds would have dozens.
    context["chance_bands"] = [
        band for band in vocabulary.CHANCE_BANDS if selected("chance_band", condition=band.condition)
    ]
    context["z_of_sources"] = _normal_quantile(len(selected("lead_sources")))
    measured = int(selected("measured_effects")[0])
    # Student's distribution, 95 %, two-sided: few deals carry an instruction, so the normal one would be too narrow.
    context["t"] = round(student_t_quantile(measured - 1, 0.025), 4) if measured >= MIN_FOR_INTERVAL else None
    context["compared_by"] = selected("compared_by")
    context["any_simulated"] = bool(selected("simulated_scores", 1))
    context["judges"] = rows_of("judges", JUDGES_LISTED)
    context["asked_models"] = rows_of("asked_models", JUDGES_LISTED)
    context["differences"] = rows_of("differences", DIFFERENCES_LISTED)
    context["quarters"] = selected("quarters")
    context["industries"] = selected("industries")
    context["lost_reasons"] = selected("lost_reasons")
    context["competitors"] = selected("competitors", COMPETITORS_LISTED)
    context["booked_quarters"] = selected("booked_quarters")
    if context["whitespace_made"]:
        context["whitespace_top"] = selected("whitespace_top", WHITESPACE_LISTED)
        context["whitespace_divisions"] = selected("whitespace_divisions", WHITESPACE_LISTED)
        context["whitespace_points"] = rows_of("whitespace_points")
        # No figure where LightGBM learnt, which is nearly everywhere.
        context["whitespace_stood_in"] = table_exists(connection, MODELS) and bool(selected("whitespace_stand_ins", 1))
    context["silent_flags"] = silent = selected("silent_flags")
    second = "largest_gaps" if vocabulary.at_risk_is_silent(silent) else "deals_at_risk"
    context["deal_lists"] = {name: selected(name, DEALS_LISTED) for name in ("top_deals", second)}
    context["concerned"] = {
        rule: selected("concerned_deals", DEALS_NAMED, rule=rule) for rule in vocabulary.NAMING_RULES
    }
    context["movers"] = (
        {
            name: selected("movers", DEALS_NAMED, report_id=previous.baseline, direction=direction)
            for name, direction in (("risers", "DESC"), ("fallers", "ASC"))
        }
        if previous.baseline is not None
        else {}
    )
    return context


def _normal_quantile(candidates: int) -> float:
    """The normal quantile of a 95 % interval, widened after Bonferroni, because the best of several is picked first."""
    return round(NormalDist().inv_cdf(1 - 0.025 / max(candidates, 1)), 4)


def _parse(section: str, text: str) -> Iterable[FigureQuery]:
    for found in _HEADER.finditer(text):
        sql = "\n".join(line.rstrip() for line in found["sql"].splitlines() if line.strip())
        label = found["label"] + (WITHOUT_RENEWALS if NEW_BUSINESS in sql else "")
        yield FigureQuery(found["figure_id"], section, label, found["unit"], sql)

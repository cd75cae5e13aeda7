"""The figures of the report: which there are, the query of each, and their values.

Every number and every word from the warehouse that the report prints is one figure, and its query is complete: pasted
into DuckDB it gives that single value. What is counted belongs in the `.sql` files of `sql/` (one a section, a Jinja2
template, because many figures are the same question about another stage, element or deal); how a figure is worded
belongs in `templates/`, and which deals and groups are asked about in `context.py`. Nothing here reads a clock: today
is `crm.world.as_of`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.report.context import NEW_BUSINESS, WITHOUT_RENEWALS, context_of
from synthdeal_assets.report.tables import FIGURES

SECTIONS: Final = (
    "answer",
    "quarter",
    "losses",
    "certainty",
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

_HEADER = re.compile(
    r"^-- figure: (?P<figure_id>.+)\n-- label: (?P<label>.+)\n-- unit: (?P<unit>.+)\n"
    r"(?P<sql>(?:(?!-- figure: ).*\n?)*)",
    re.MULTILINE,
)

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
    context = context_of(connection, report_id)
    return [
        query for section in SECTIONS for query in _parse(section, statement(__package__, f"{section}.sql", **context))
    ]


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


def _parse(section: str, text: str) -> Iterable[FigureQuery]:
    for found in _HEADER.finditer(text):
        sql = "\n".join(line.rstrip() for line in found["sql"].splitlines() if line.strip())
        label = found["label"] + (WITHOUT_RENEWALS if NEW_BUSINESS in sql else "")
        yield FigureQuery(found["figure_id"], section, label, found["unit"], sql)

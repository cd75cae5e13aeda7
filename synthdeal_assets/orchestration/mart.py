"""The views of the published copy: a deal, or a pair of the whitespace list, with all that belongs to it in one row.

They exist in the copy only. When it is made belongs in `published_copy.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import table_exists
from synthdeal_assets.report.vocabulary import MEDDPICC, RISKS, STAGES
from synthdeal_assets.sales.tables import LOG_FILES, SYNTHETIC
from synthdeal_assets.scoring.flags.candidates import CANDIDATES
from synthdeal_assets.scoring.flags.tables import FLAGS as SCORING_FLAGS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORER_INPUTS
from synthdeal_assets.whitespace.tables import CUTOFFS, WHITESPACE_LIST
from synthdeal_assets.world.history_tables import OWNER_HISTORY
from synthdeal_assets.world.tables import ACCOUNTS, OPPORTUNITIES, OPPORTUNITY_STAGES, PRODUCTS, USERS, WORLD

_STAGE: Final = "crm.opportunities.forecast_category"
_DUE: Final = ("crm.opportunities.close_date", "crm.world.as_of")
_LEVELS: Final = (_STAGE, "scoring.score_elements.counted_level")
_HASHES: Final = ("scoring.scorer_inputs.input_hash", "scoring.opportunity_scores.input_hash")
_RISK_ORIGINS: Final = {"is_overdue": _DUE, "is_late_unscored": (_STAGE, *_HASHES)}

FLAGS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "has_present_score": ("Whether its present state has a score", _HASHES),
    "is_late": ("Whether its forecast category is Best Case or Commit", (_STAGE,)),
    "closes_soon": ("Whether it is due within 30 days", _DUE),
    "has_slipped": ("Whether its close date moved out twice or more", ("crm.opportunity_stages.close_date",)),
    **{risk.key: (f"Whether this holds: {risk.label}", _RISK_ORIGINS.get(risk.key, _LEVELS)) for risk in RISKS},
}
"""Columns of `report/sql/shared/flagged_deals.sql`: what they mean and what they are made of."""

_FLAGGED: Final = ("scoring.flags.is_flagged", "scoring.flags.is_shown")


@dataclass(frozen=True, slots=True)
class View:
    """A view of the published copy.

    Attributes:
        table: What it looks like. A column is its origin, as it is, unless it is computed.
        sources: The tables that it reads; without one of them the copy does not have the view.
        computed: Of computed columns, the relation in the view's SQL that has them.
    """

    table: Table
    sources: tuple[Table, ...]
    computed: Mapping[str, str]

    def create(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Make the view with its comments; returns False when a table that it reads has not been made yet.

        An earlier view is dropped first: there is one where the warehouse was restored from the published copy.
        """
        name = self.table.qualified_name
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        if not all(table_exists(connection, source) for source in self.sources):
            return False
        columns = ",\n    ".join(
            f"{self.computed[c.name]}.{c.name}" if c.name in self.computed else f"{c.derived_from[0]} AS {c.name}"
            for c in self.table.columns
        )
        # The report flags new business and expansions alone, and readers see the flags of every deal.
        every_deal = OPPORTUNITIES.qualified_name
        flagged_deals = statement(
            "synthdeal_assets.report", "shared/flagged_deals.sql", stages=STAGES, new_business=every_deal
        )
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self.table.schema}")
        connection.execute(
            statement(
                __package__,
                f"{self.table.schema}_{self.table.name}.sql",
                columns=columns,
                flagged_deals=flagged_deals,
                synthetic=SYNTHETIC,
                candidates=CANDIDATES,
                meddpicc=MEDDPICC,
            )
        )
        connection.execute(f"COMMENT ON VIEW {name} IS {sql_literal(self.table.comment)}")
        for column in self.table.columns:
            connection.execute(f"COMMENT ON COLUMN {name}.{column.name} IS {sql_literal(column.comment)}")
        return True


def _columns_of(table: Table, *names: str, nullable: bool = False, **renamed: str) -> Iterator[Column]:
    for new, name in [*((name, name) for name in names), *renamed.items()]:
        column, origin = table[name], f"{table.qualified_name}.{name}"
        comment = f"{column.comment.rstrip('.')}; NULL without a score." if nullable else column.comment
        yield replace(
            column,
            name=new,
            comment=comment,
            nullable=nullable or column.nullable,
            references=None,
            derived_from=(origin,),
        )


_FLAG_COLUMNS: Final = tuple(
    Column(name, "BOOLEAN", f"{comment}; NULL when the deal is closed.", nullable=True, derived_from=origins)
    for name, (comment, origins) in FLAGS.items()
)

# What people look for first comes first: a workbook of these rows is read from the left.
DEALS: Final = View(
    Table(
        "mart",
        "deals",
        "A deal in one row: account, owner, manager, product, score, flags and next question. A view of the published "
        "copy.",
        (
            *_columns_of(OPPORTUNITIES, "name"),
            *_columns_of(ACCOUNTS, account="name"),
            *_columns_of(OPPORTUNITIES, "stage_name", "amount", "close_date"),
            *_columns_of(USERS, owner="name"),
            Column(
                "manager",
                "VARCHAR",
                "Invented full name of whom the owner reports to; NULL for the head of sales.",
                nullable=True,
                derived_from=("crm.users.name", "crm.users.manager_id"),
            ),
            *_columns_of(ACCOUNTS, "region"),
            *_columns_of(OPPORTUNITY_SCORES, "score", "win_probability", nullable=True),
            Column(
                "flags",
                "VARCHAR",
                "The flags that it bears, of those whose record says that such deals are lost more often, in words "
                "with semicolons between; NULL without any and when it is closed.",
                nullable=True,
                derived_from=_FLAGGED,
            ),
            Column(
                "next_question",
                "VARCHAR",
                "What to ask the buyer next: the question of the MEDDPICC element of the lowest level, the heavier one "
                "first; NULL without one and when the deal is closed.",
                nullable=True,
                derived_from=("scoring.score_elements.question", "scoring.score_elements.counted_level"),
            ),
            *_columns_of(OPPORTUNITIES, "opportunity_id"),
            *_columns_of(ACCOUNTS, "account_id", "industry", "segment"),
            *_columns_of(USERS, owner_id="user_id", owner_time_zone="time_zone_sid_key"),
            *_columns_of(PRODUCTS, product="name"),
            *_columns_of(
                OPPORTUNITIES,
                *("type", "lead_source", "forecast_category", "probability", "created_date", "is_closed", "is_won"),
                *("next_step", "notes", "created_at", "last_modified_at"),
            ),
            Column(
                "owner_since",
                "DATE",
                "Day on which the owner took it over from one who left, or on which it was created.",
                derived_from=("crm.owner_history.created_date", "crm.opportunities.created_date"),
            ),
            *_columns_of(
                OPPORTUNITY_SCORES,
                *("meddpicc_score", "bant_score", "confidence", "reasoning", "key_strengths", "risks", "next_steps"),
                *("scorer", "model", "scored_at"),
                nullable=True,
            ),
            *_FLAG_COLUMNS,
            Column(
                "is_at_risk",
                "BOOLEAN",
                "Whether it bears such a flag; NULL when the deal is closed.",
                nullable=True,
                derived_from=_FLAGGED,
            ),
        ),
        ("opportunity_id",),
    ),
    (
        *(WORLD, ACCOUNTS, USERS, PRODUCTS, OPPORTUNITIES, OPPORTUNITY_STAGES, OWNER_HISTORY),
        *(SCORER_INPUTS, OPPORTUNITY_SCORES, SCORE_ELEMENTS, SCORING_FLAGS),
    ),
    {
        "manager": "managers",
        "owner_since": "ownership",
        "flags": "flags_in_words",
        "is_at_risk": "flags_in_words",
        "next_question": "next_questions",
        **dict.fromkeys(FLAGS, "flagged_deals"),
    },
)

WHITESPACE: Final = View(
    Table(
        "mart",
        "whitespace",
        "A pair of the current whitespace list in one row: what to sell whom next, and why. A view of the published "
        "copy.",
        (
            *_columns_of(WHITESPACE_LIST, *(c.name for c in WHITESPACE_LIST.columns if c.name != "is_current")),
            *_columns_of(CUTOFFS, "window_end"),
            Column(
                "is_synthetic",
                "BOOLEAN",
                "Whether SynthDeal made the sales log, so that every purchase in it is invented.",
                derived_from=("sales.log_files.source_kind",),
            ),
        ),
        ("customer_id", "division"),
    ),
    (WHITESPACE_LIST, CUTOFFS, LOG_FILES),
    {"is_synthetic": "sales_log"},
)

VIEWS: Final = (DEALS, WHITESPACE)

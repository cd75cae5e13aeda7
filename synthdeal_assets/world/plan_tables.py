"""The tables of schema crm that hold plans: what is to be won, and what was expected at the time."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.world.tables import USER_ROLES

QUOTAS: Final = Table(
    "crm",
    "quotas",
    "What a member of the sales team is to win in a quarter in new business and expansions, renewals left out, set on "
    "the day before it begins from what had been won by then. A manager's quota is the sum of those who report to "
    "them, so only those of one role may be added up.",
    (
        Column("quarter_start", "DATE", "First day of the quarter."),
        Column("user_id", "VARCHAR", "Whose quota it is.", references="crm.users.user_id"),
        Column("role", "VARCHAR", "Their role when the quarter began.", values=USER_ROLES),
        Column(
            "manager_id",
            "VARCHAR",
            "Whom they reported to when the quarter began; NULL for the head of sales.",
            nullable=True,
            references="crm.users.user_id",
        ),
        Column("amount", "DOUBLE", "USD to win in the quarter.", minimum=0),
    ),
    ("quarter_start", "user_id"),
)

_FORECAST_COLUMNS: Final = {
    "commit_amount": "Amount in USD of their open deals, renewals left out, in forecast category Commit",
    "best_case_amount": "Amount in USD of their open deals, renewals left out, in forecast category Best Case",
    "pipeline_amount": "Amount in USD of their open deals, renewals left out, in forecast category Pipeline",
    "closed_amount": "Amount in USD of what they had won since the quarter began, renewals left out",
}

FORECAST_SNAPSHOTS: Final = Table(
    "crm",
    "forecast_snapshots",
    "The forecast of a seller for the present quarter, as the CRM showed it at the end of each Friday: rebuilt from "
    "the stage history, so that no row changes later. It is of new business and expansions, renewals left out. What "
    "closes in the quarter by its close date counts, in the category of its stage; an amount stands in one column "
    "alone.",
    (
        Column("snapshot_date", "DATE", "A Friday up to as_of.", derived_from=("crm.world.as_of",)),
        Column("user_id", "VARCHAR", "The seller.", references="crm.users.user_id"),
        Column(
            "quarter_start",
            "DATE",
            "First day of the quarter that the Friday lies in.",
            derived_from=("crm.world.as_of",),
        ),
        *(
            Column(
                name,
                "DOUBLE",
                f"{meaning}.",
                minimum=0,
                derived_from=(
                    *("crm.opportunity_stages.stage_name", "crm.opportunity_stages.amount"),
                    *("crm.opportunity_stages.close_date", "crm.opportunities.owner_id"),
                ),
            )
            for name, meaning in _FORECAST_COLUMNS.items()
        ),
    ),
    ("snapshot_date", "user_id"),
)

"""The table of schema crm that shows what was known of open deals at the ends of past months."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.world.salesforce_picklists import CLOSED_LOST, CLOSED_WON, OPEN_STAGES
from synthdeal_assets.world.tables import EVIDENCE_COMMENTS, MEDDPICC_COLUMNS

STILL_OPEN: Final = "Open"
_OUTCOMES: Final = (CLOSED_WON, CLOSED_LOST)

LANDMARKS: Final = Table(
    "crm",
    "landmarks",
    "A deal that was open at one of the last 24 month ends, as the CRM showed it on that day: rebuilt from its "
    "histories, so that no row changes later but for an outcome that becomes known.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("landmark_date", "DATE", "Last day of a month before as_of.", derived_from=("crm.world.as_of",)),
        Column(
            "owner_id",
            "VARCHAR",
            "Who worked on it.",
            references="crm.users.user_id",
            derived_from=("crm.owner_history.old_owner_id", "crm.opportunities.owner_id"),
        ),
        Column(
            "stage_name",
            "VARCHAR",
            "Stage on that day.",
            values=OPEN_STAGES,
            derived_from=("crm.opportunity_stages.stage_name",),
        ),
        Column(
            "amount",
            "DOUBLE",
            "Amount in USD on that day.",
            minimum=0,
            derived_from=("crm.opportunity_stages.amount",),
        ),
        Column(
            "close_date",
            "DATE",
            "Day on which the seller expected it to close.",
            derived_from=("crm.opportunity_stages.close_date",),
        ),
        Column(
            "age_days",
            "INTEGER",
            "Days since it was created.",
            minimum=0,
            derived_from=("crm.opportunities.created_date",),
        ),
        Column(
            "days_in_stage",
            "INTEGER",
            "Days since it came into the stage.",
            minimum=0,
            derived_from=("crm.opportunity_stages.entered_date",),
        ),
        Column(
            "slips",
            "INTEGER",
            "How often its close date had been moved out.",
            minimum=0,
            derived_from=("crm.opportunity_stages.close_date",),
        ),
        Column(
            "contact_roles",
            "VARCHAR",
            "Roles of the contacts who took part, one a contact, in alphabetical order with commas between.",
            derived_from=("crm.opportunity_contact_role_history.role",),
        ),
        *(
            Column(
                f"outcome_{days}",
                "VARCHAR",
                f"How it stood {days} days later, once these are over; NULL before, also for a deal that has closed, "
                "because those known early would be the quick ones.",
                nullable=True,
                values=(*_OUTCOMES, STILL_OPEN),
                derived_from=("crm.opportunity_stages.stage_name",),
            )
            for days in (30, 90)
        ),
        Column(
            "outcome",
            "VARCHAR",
            "How it ended; NULL while it is open. All are known 300 days after the landmark; before, those of quick "
            "deals are.",
            nullable=True,
            values=_OUTCOMES,
            derived_from=("crm.opportunity_stages.stage_name",),
        ),
    ),
    ("opportunity_id", "landmark_date"),
)

LANDMARK_TEXTS: Final = Table(
    "crm",
    "landmark_texts",
    "What was written in the text fields of a deal that was open at one of the last 24 month ends, as it stood on that "
    "day, so that a scorer can be given what was known then. Renewals are left out; in a world that has more, about "
    "800 deals of each day are here, drawn once and for all.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("landmark_date", "DATE", "Last day of a month before as_of.", derived_from=("crm.world.as_of",)),
        Column("next_step", "VARCHAR", "What the seller planned next; NULL when nothing was written.", nullable=True),
        Column("notes", "VARCHAR", "The seller's notes."),
        *(
            Column(name, "VARCHAR", f"{EVIDENCE_COMMENTS[name]}; NULL when not found out by then.", nullable=True)
            for name in MEDDPICC_COLUMNS
        ),
    ),
    ("opportunity_id", "landmark_date"),
)

"""The tables of schema crm that hold what changed and when, where no other table says it."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.world.columns import moment_column

TRACKED_FIELDS: Final = ("next_step",)

FIELD_HISTORY: Final = Table(
    "crm",
    "field_history",
    "What the closing of an opportunity took out of a field that has no other history. A closed deal has no next step, "
    "and the one that it had is here.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("field", "VARCHAR", "Column of crm.opportunities that changed.", values=TRACKED_FIELDS),
        Column("created_date", "DATE", "Day of the change."),
        Column("old_value", "VARCHAR", "What it held before."),
        Column("new_value", "VARCHAR", "What it has held since; NULL for nothing.", nullable=True),
        moment_column("created_at", "it was changed", "created_date"),
    ),
    ("opportunity_id", "field", "created_date"),
)

ACCOUNT: Final = "Account"
OPPORTUNITY: Final = "Opportunity"

OWNER_HISTORY: Final = Table(
    "crm",
    "owner_history",
    "One change of an owner, who left: of an account in the last 1,820 days, or of an opportunity that was open.",
    (
        Column("object_name", "VARCHAR", "What changed hands.", values=(ACCOUNT, OPPORTUNITY)),
        Column("record_id", "VARCHAR", "The account or opportunity."),
        Column("created_date", "DATE", "Day of the change, the new owner's first day."),
        Column("old_owner_id", "VARCHAR", "Whose it was.", references="crm.users.user_id"),
        Column("new_owner_id", "VARCHAR", "Whose it has been since.", references="crm.users.user_id"),
        moment_column("created_at", "it changed hands", "created_date"),
    ),
    ("object_name", "record_id", "created_date"),
)

TRACKED_CONTACT_FIELDS: Final = ("is_active", "title")

CONTACT_HISTORY: Final = Table(
    "crm",
    "contact_history",
    "One change of a contact since they are known: a new title, or that they have left. A departure has the day on "
    "which it was found out.",
    (
        Column("contact_id", "VARCHAR", "The contact.", references="crm.contacts.contact_id"),
        Column("field", "VARCHAR", "Column of crm.contacts that changed.", values=TRACKED_CONTACT_FIELDS),
        Column("created_date", "DATE", "Day of the change."),
        Column("old_value", "VARCHAR", "What it held before; of is_active, true."),
        Column("new_value", "VARCHAR", "What it has held since; of is_active, false."),
        moment_column("created_at", "it was changed", "created_date"),
    ),
    ("contact_id", "field", "created_date"),
)

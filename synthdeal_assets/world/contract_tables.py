"""The table of schema crm that holds what customers have."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

FUTURE: Final = "Future"
ACTIVE: Final = "Active"
ENDED: Final = "Ended"
CANCELLED: Final = "Cancelled"
CONTRACT_STATUSES: Final = (FUTURE, ACTIVE, ENDED, CANCELLED)

CONTRACTS: Final = Table(
    "crm",
    "contracts",
    "What a customer has, or had in the last 1,820 days: units of one product for a yearly price, by a deal that was "
    "won. All contracts of a customer end on one day, and one renewal opportunity is about all of them; what is won "
    "with it is a new row.",
    (
        Column("contract_id", "VARCHAR", "Identifier of the contract: that of its deal and the number of the line."),
        Column("account_id", "VARCHAR", "The customer.", references="crm.accounts.account_id"),
        Column("product_id", "VARCHAR", "The product.", references="crm.products.product_id"),
        Column("quantity", "BIGINT", "Units.", minimum=1),
        Column("unit_price", "DOUBLE", "Price of one unit for a year, in USD.", minimum=0),
        Column("start_date", "DATE", "First day of the contract."),
        Column(
            "end_date",
            "DATE",
            "Last day of the contract; the day before start_date when another one took its place before it began.",
        ),
        Column("annual_amount", "DOUBLE", "Quantity times unit price, in USD a year.", minimum=0),
        Column(
            "status",
            "VARCHAR",
            "Whether it has yet to begin, runs, has ended, or was cancelled before it began.",
            values=CONTRACT_STATUSES,
        ),
        Column(
            "opportunity_id",
            "VARCHAR",
            "The deal it was won with; NULL when that is no longer on record.",
            nullable=True,
            references="crm.opportunities.opportunity_id",
        ),
        Column("signed_date", "DATE", "Day that deal was won."),
    ),
    ("contract_id",),
)

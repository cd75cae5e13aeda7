"""The tables of schema crm: what a revenue team would find in its own Salesforce org.

Column names are Salesforce's field names in snake_case. Nothing that only the generator knows belongs here; that is
`truth_tables.py`, which nothing that scores may import.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.world.columns import external_id_column, moment_column
from synthdeal_assets.world.history_tables import CONTACT_HISTORY, FIELD_HISTORY, OWNER_HISTORY
from synthdeal_assets.world.offices import LANGUAGES, LOCALES, TIME_ZONES
from synthdeal_assets.world.salesforce_picklists import (
    ACCOUNT_TYPES,
    COMPETITORS,
    CONTACT_ROLES,
    FORECAST_CATEGORIES,
    LEAD_SOURCES,
    LOST_REASONS,
    OPPORTUNITY_TYPES,
    STAGES,
)

SEGMENTS: Final = ("SMB", "Mid-Market", "Enterprise")
REGIONS: Final = ("North America", "EMEA", "APAC", "LATAM")
HEAD_OF_SALES: Final = "VP Sales"
MANAGER: Final = "Sales Manager"
SELLER: Final = "Account Executive"
SENIOR_SELLER: Final = "Senior Account Executive"
USER_ROLES: Final = (HEAD_OF_SALES, MANAGER, SELLER)

ACCOUNT_NAMES: Final = ("public", "fictional")
"""Kinds of account names: real public companies, or invented ones."""

NOTICES: Final = {
    "public": "Synthetic: name of a public company, every figure and person invented.",
    "fictional": "Synthetic: company, every figure and person invented.",
}
"""What is said of an account whose name is of one of these kinds."""

MEDDPICC_COLUMNS: Final = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "identify_pain",
    "champion",
    "competition",
)
"""The evidence columns of an opportunity, one for each MEDDPICC element, in acronym order."""

WORLD: Final = Table(
    "crm",
    "world",
    "The world in this warehouse; the same values rebuild the same tables. Always one row.",
    (
        Column("seed", "BIGINT", "Seed of the world.", minimum=0),
        Column(
            "size",
            "BIGINT",
            "Opportunities created in the 364 days up to as_of: new business and expansions, without renewals.",
            minimum=1,
        ),
        Column("as_of", "DATE", "Date of the world."),
        Column(
            "account_names",
            "VARCHAR",
            "Kind of account names: public (real companies, every figure synthetic) or fictional.",
            values=ACCOUNT_NAMES,
        ),
        Column("generator_version", "VARCHAR", "Version of the generator that made the tables."),
        Column(
            "faker_version",
            "VARCHAR",
            "Version of Faker that made the names; NULL in a world that was made before it was recorded.",
            nullable=True,
        ),
        Column(
            "numpy_version",
            "VARCHAR",
            "Version of NumPy that drew the numbers; NULL in a world that was made before it was recorded.",
            nullable=True,
        ),
        Column("planted_instructions", "BOOLEAN", "Whether some deals carry an instruction to the scorer."),
        Column(
            "renewals",
            "BIGINT",
            "Renewals created in the 364 days up to as_of, which come on top of the size and are scored as well.",
            minimum=0,
        ),
    ),
    ("seed",),
)

USERS: Final = Table(
    "crm",
    "users",
    "A member of the synthetic sales team, or one who left it in the last 1,820 days. All persons are invented.",
    (
        Column("user_id", "VARCHAR", "Identifier of the user."),
        Column("name", "VARCHAR", "Invented full name."),
        Column("email", "VARCHAR", "E-mail address in a reserved domain."),
        Column("role", "VARCHAR", "Role in the sales organisation.", values=USER_ROLES),
        Column("region", "VARCHAR", "Sales region.", values=REGIONS),
        Column(
            "manager_id",
            "VARCHAR",
            "The user this one reports to, or did on the last day; NULL for the head of sales.",
            nullable=True,
            references="crm.users.user_id",
        ),
        Column("hired_date", "DATE", "First day in the team."),
        Column("left_date", "DATE", "Last day in the team; NULL for those who are there.", nullable=True),
        Column("is_active", "BOOLEAN", "Whether the user is in the team."),
        Column("title", "VARCHAR", "Job title, now or on the last day.", values=(*USER_ROLES, SENIOR_SELLER)),
        Column("first_name", "VARCHAR", "Invented first name; NULL in a world of generator 1 or 2.", nullable=True),
        Column("last_name", "VARCHAR", "Invented last name; NULL in a world of generator 1 or 2.", nullable=True),
        Column(
            "username",
            "VARCHAR",
            "User name, like an e-mail address that names the world, because Salesforce wants one that nobody has "
            "in any organisation; NULL in a world of generator 1 or 2.",
            nullable=True,
        ),
        Column(
            "alias",
            "VARCHAR",
            "Short name of at most eight characters; NULL in a world of generator 1 or 2.",
            nullable=True,
        ),
        Column(
            "time_zone_sid_key",
            "VARCHAR",
            "Time zone of the office (IANA), in which the user works; NULL in a world of generator 1 or 2.",
            nullable=True,
            values=TIME_ZONES,
        ),
        Column(
            "locale_sid_key",
            "VARCHAR",
            "How dates and numbers are written there, such as en_US; NULL in a world of generator 1 or 2.",
            nullable=True,
            values=LOCALES,
        ),
        Column(
            "language_locale_key",
            "VARCHAR",
            "Language of the user interface, such as en_US; NULL in a world of generator 1 or 2.",
            nullable=True,
            values=LANGUAGES,
        ),
        external_id_column("user"),
    ),
    ("user_id",),
)

PRODUCTS: Final = Table(
    "crm",
    "products",
    "A product that the synthetic company sells.",
    (
        Column("product_id", "VARCHAR", "Identifier of the product."),
        Column("name", "VARCHAR", "Product name."),
        Column("family", "VARCHAR", "Product family."),
        Column("description", "VARCHAR", "What it does, in one sentence."),
        Column("unit", "VARCHAR", "Unit in which it is sold, such as seat or site."),
        Column("list_price_usd", "DOUBLE", "List price of one unit for a year, in USD.", minimum=0),
        external_id_column("product"),
    ),
    ("product_id",),
)

ACCOUNTS: Final = Table(
    "crm",
    "accounts",
    "A company that is or could be a customer. Names may be those of real public companies; every figure is synthetic.",
    (
        Column("account_id", "VARCHAR", "Identifier of the account."),
        Column("name", "VARCHAR", "Company name; a part of a company has its territory or business unit in it."),
        Column("type", "VARCHAR", "Salesforce account type.", values=ACCOUNT_TYPES),
        Column("industry", "VARCHAR", "Industry of the company."),
        Column("segment", "VARCHAR", "Sales segment by number of employees.", values=SEGMENTS),
        Column("region", "VARCHAR", "Sales region.", values=REGIONS),
        Column("billing_country", "VARCHAR", "Country of the billing address."),
        Column("billing_city", "VARCHAR", "City of the billing address."),
        Column("number_of_employees", "BIGINT", "Employees; synthetic.", minimum=1),
        Column("annual_revenue_usd", "DOUBLE", "Yearly revenue in USD; synthetic.", minimum=0),
        Column("website", "VARCHAR", "Web address in a reserved domain."),
        Column(
            "phone",
            "VARCHAR",
            "Phone number of the billing city's area, one that the country's regulator keeps for fiction; NULL "
            "where it keeps none.",
            nullable=True,
        ),
        Column("owner_id", "VARCHAR", "The user who looks after the account.", references="crm.users.user_id"),
        Column("created_date", "DATE", "Day the account was created, at most 30 days before its first deal."),
        Column("notice", "VARCHAR", "States that every figure of the account is synthetic, and the name if it is."),
        Column(
            "parent_account_id",
            "VARCHAR",
            "The company that the account is a part of; NULL when it is a whole one.",
            nullable=True,
            references="crm.accounts.account_id",
        ),
        Column(
            "billing_street",
            "VARCHAR",
            "Street of the billing address; it may not exist in the city. NULL in a world of generator 1.",
            nullable=True,
        ),
        Column(
            "billing_state",
            "VARCHAR",
            "State, province or county; NULL where addresses of the country have none.",
            nullable=True,
        ),
        Column(
            "billing_state_code",
            "VARCHAR",
            "Code of it (ISO 3166-2, without the country), such as CA.",
            nullable=True,
        ),
        Column(
            "billing_postal_code",
            "VARCHAR",
            "Postal code that begins as those of the city do; NULL where the country has none.",
            nullable=True,
        ),
        Column(
            "billing_country_code",
            "VARCHAR",
            "Code of the country (ISO 3166-1 alpha-2), such as US; NULL in a world of generator 1.",
            nullable=True,
        ),
        external_id_column("account"),
        Column(
            "is_active",
            "BOOLEAN",
            "Whether anything can still be sold to it: a company that has closed, or buys elsewhere for good, is kept "
            "for as long as a deal or a contract of it is. NULL in a world of generator 1 or 2.",
            nullable=True,
        ),
        moment_column("created_at", "the account was created", "created_date"),
    ),
    ("account_id",),
)

CONTACTS: Final = Table(
    "crm",
    "contacts",
    "A person at an account, or one who was found to have left it in the last 1,820 days. All persons are invented.",
    (
        Column("contact_id", "VARCHAR", "Identifier of the contact."),
        Column("account_id", "VARCHAR", "The person's company.", references="crm.accounts.account_id"),
        Column("first_name", "VARCHAR", "Invented first name."),
        Column("last_name", "VARCHAR", "Invented last name."),
        Column("title", "VARCHAR", "Job title, now or on the last day."),
        Column("department", "VARCHAR", "Department."),
        Column("email", "VARCHAR", "E-mail address in a reserved domain."),
        Column(
            "phone",
            "VARCHAR",
            "Phone number of the account's area, one that the country's regulator keeps for fiction; NULL where it "
            "keeps none.",
            nullable=True,
        ),
        Column(
            "created_date",
            "DATE",
            "Day the contact was created: when the sales team came to know them, with their first deal or before it.",
        ),
        Column(
            "left_date",
            "DATE",
            "Last day at the company; NULL while they are there or nobody has found out that they left.",
            nullable=True,
        ),
        Column("is_active", "BOOLEAN", "Whether they are there, as far as is known."),
        moment_column("created_at", "the contact was created", "created_date"),
        Column(
            "mailing_city",
            "VARCHAR",
            "City where the contact gets mail; NULL in a world of generator 1 or 2.",
            nullable=True,
        ),
        Column("mailing_country", "VARCHAR", "Country of it; NULL in a world of generator 1 or 2.", nullable=True),
        Column(
            "mailing_country_code",
            "VARCHAR",
            "Code of the country (ISO 3166-1 alpha-2), such as US; NULL in a world of generator 1 or 2.",
            nullable=True,
        ),
        Column(
            "reports_to_id",
            "VARCHAR",
            "Whom the contact reports to, at the same account; NULL when nobody of a higher rank is known there.",
            nullable=True,
            references="crm.contacts.contact_id",
        ),
        Column(
            "has_opted_out_of_email",
            "BOOLEAN",
            "Whether the contact wants no e-mails; the shares by region are invented. NULL in a world of generator 1 "
            "or 2.",
            nullable=True,
        ),
        external_id_column("contact"),
    ),
    ("contact_id",),
)

EVIDENCE_COMMENTS: Final = {
    "metrics": "What the seller wrote about the measurable gain",
    "economic_buyer": "What the seller wrote about who can release the money",
    "decision_criteria": "What the seller wrote about how the customer compares offers",
    "decision_process": "What the seller wrote about the steps to a decision",
    "paper_process": "What the seller wrote about legal, security and purchasing paperwork",
    "identify_pain": "What the seller wrote about the problem and its cost",
    "champion": "What the seller wrote about who sells for us inside",
    "competition": "What the seller wrote about alternatives, doing nothing included",
}

OPPORTUNITIES: Final = Table(
    "crm",
    "opportunities",
    "A deal as the sales team sees it on the world's date, created in the 1,092 days up to as_of, three periods: new "
    "business, expansions and renewals, which differ so much that no win rate should mix them. "
    "Those of the last period, 364 days, are scored; the older ones have all been closed.",
    (
        Column("opportunity_id", "VARCHAR", "Identifier of the opportunity; also its partition key."),
        Column("name", "VARCHAR", "Name of the opportunity; no other has it."),
        Column("account_id", "VARCHAR", "The company that may buy.", references="crm.accounts.account_id"),
        Column(
            "owner_id",
            "VARCHAR",
            "The account executive who works on it; of a closed deal, who did.",
            references="crm.users.user_id",
        ),
        Column("stage_name", "VARCHAR", "Salesforce stage, as set by the seller.", values=STAGES),
        Column(
            "amount",
            "DOUBLE",
            "Amount in USD: the sum of the line items where there are some, and until then the seller's guess.",
            minimum=0,
        ),
        Column("close_date", "DATE", "Day it closed, or the day the seller expects it to close."),
        Column("created_date", "DATE", "Day it was created."),
        Column("last_modified_date", "DATE", "Day of the last change; of a closed deal, the day it closed."),
        Column("lead_source", "VARCHAR", "Where the lead came from.", values=LEAD_SOURCES),
        Column("type", "VARCHAR", "Kind of business.", values=OPPORTUNITY_TYPES),
        Column("probability", "INTEGER", "Salesforce's default for the stage, in percent.", minimum=0, maximum=100),
        Column(
            "forecast_category",
            "VARCHAR",
            "Salesforce forecast category of the stage.",
            values=tuple(dict.fromkeys(FORECAST_CATEGORIES.values())),
        ),
        Column("product_id", "VARCHAR", "The main product offered.", references="crm.products.product_id"),
        Column(
            "next_step",
            "VARCHAR",
            "The seller's next step; NULL when none is recorded, and of a closed deal.",
            nullable=True,
        ),
        Column("notes", "VARCHAR", "The seller's notes: why, why now, why this product."),
        *(
            Column(name, "VARCHAR", f"{EVIDENCE_COMMENTS[name]}; NULL when not found out yet.", nullable=True)
            for name in MEDDPICC_COLUMNS
        ),
        Column("is_closed", "BOOLEAN", "Whether the deal is won or lost."),
        Column("is_won", "BOOLEAN", "Whether the deal is won."),
        Column("lost_reason", "VARCHAR", "Why it was lost; NULL unless it was.", nullable=True, values=LOST_REASONS),
        Column(
            "competitor",
            "VARCHAR",
            "The invented vendor that a closed deal was up against; NULL while it is open or when none is known of.",
            nullable=True,
            values=COMPETITORS,
        ),
        Column(
            "closing_note",
            "VARCHAR",
            "What the seller wrote when the deal closed; NULL while it is open.",
            nullable=True,
        ),
        external_id_column("opportunity"),
        moment_column("created_at", "it was created", "created_date"),
        moment_column("last_modified_at", "it was last changed or was closed", "last_modified_date"),
    ),
    ("opportunity_id",),
)

OPPORTUNITY_STAGES: Final = Table(
    "crm",
    "opportunity_stages",
    "One move of an opportunity into a stage, or a change of its amount or close date within the stage, as the "
    "seller recorded it.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("sequence", "INTEGER", "1 for the first entry, then 2, 3 and so on.", minimum=1),
        Column("stage_name", "VARCHAR", "The stage that was set.", values=STAGES),
        Column("entered_date", "DATE", "Day of the entry."),
        Column("amount", "DOUBLE", "Amount in USD at that time.", minimum=0),
        Column("close_date", "DATE", "Close date at that time."),
        Column("probability", "INTEGER", "Salesforce's default for the stage, in percent.", minimum=0, maximum=100),
        moment_column("entered_at", "the entry was made", "entered_date"),
    ),
    ("opportunity_id", "sequence"),
)

PRICE_BOOK: Final = Table(
    "crm",
    "price_book",
    "What a product costs before any discount: an entry of Salesforce's standard price book.",
    (
        Column("pricebook_entry_id", "VARCHAR", "Identifier of the entry."),
        Column("product_id", "VARCHAR", "The product.", references="crm.products.product_id"),
        Column("unit_price", "DOUBLE", "List price of one unit for a year, in USD.", minimum=0),
        Column("is_active", "BOOLEAN", "Whether the product can be offered at this price."),
    ),
    ("pricebook_entry_id",),
)

OPPORTUNITY_LINE_ITEMS: Final = Table(
    "crm",
    "opportunity_line_items",
    "What is offered in an opportunity that has been quoted, or was won: a line for its product, and in a renewal one "
    "for every other product that the account holds as well. The amount of the opportunity is the sum of its lines.",
    (
        Column("opportunity_line_item_id", "VARCHAR", "Identifier of the line."),
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column(
            "pricebook_entry_id",
            "VARCHAR",
            "The entry that the list price comes from.",
            references="crm.price_book.pricebook_entry_id",
        ),
        Column("product_id", "VARCHAR", "The product.", references="crm.products.product_id"),
        Column("quantity", "BIGINT", "Units for a year.", minimum=1),
        Column("list_price", "DOUBLE", "List price of one unit, in USD.", minimum=0),
        Column("discount", "DOUBLE", "Percent off the list price.", minimum=0, maximum=100),
        Column("unit_price", "DOUBLE", "Price of one unit after the discount, in USD.", minimum=0),
        Column("total_price", "DOUBLE", "Quantity times unit price, in USD.", minimum=0),
    ),
    ("opportunity_line_item_id",),
)

OPPORTUNITY_CONTACT_ROLES: Final = Table(
    "crm",
    "opportunity_contact_roles",
    "The role of a contact in an opportunity; the contact belongs to the opportunity's account.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("contact_id", "VARCHAR", "The contact.", references="crm.contacts.contact_id"),
        Column("role", "VARCHAR", "Salesforce contact role.", values=CONTACT_ROLES),
        Column("is_primary", "BOOLEAN", "Whether this is the main contact; each opportunity has one."),
    ),
    ("opportunity_id", "contact_id"),
)

OPPORTUNITY_CONTACT_ROLE_HISTORY: Final = Table(
    "crm",
    "opportunity_contact_role_history",
    "One entry of a contact into a role in an opportunity, which holds until the contact's next one. Nobody is taken "
    "out: of whoever has left the company the successor takes the role as well, on the day that it is found out.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("contact_id", "VARCHAR", "The contact.", references="crm.contacts.contact_id"),
        Column("entered_date", "DATE", "Day of the entry."),
        Column("role", "VARCHAR", "Salesforce contact role from that day on.", values=CONTACT_ROLES),
        Column("is_primary", "BOOLEAN", "Whether this is the main contact from that day on."),
        moment_column("entered_at", "the entry was made", "entered_date"),
    ),
    ("opportunity_id", "contact_id", "entered_date"),
)

CRM_TABLES: Final = (
    WORLD,
    USERS,
    PRODUCTS,
    PRICE_BOOK,
    ACCOUNTS,
    CONTACTS,
    CONTACT_HISTORY,
    OPPORTUNITIES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
    FIELD_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OWNER_HISTORY,
)

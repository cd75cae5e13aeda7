"""Salesforce's default picklists, as they stand in an org nobody has customised.

Source: the standard fields of Opportunity, Account and OpportunityContactRole in Salesforce's object reference. Only
values belong here; what the world does with them is decided elsewhere.
"""

from typing import Final

STAGE_PROBABILITIES: Final[dict[str, int]] = {
    "Prospecting": 10,
    "Qualification": 10,
    "Needs Analysis": 20,
    "Value Proposition": 50,
    "Id. Decision Makers": 60,
    "Perception Analysis": 70,
    "Proposal/Price Quote": 75,
    "Negotiation/Review": 90,
    "Closed Won": 100,
    "Closed Lost": 0,
}
"""Probability in percent of each stage, in the order of the sales process."""

STAGES: Final = tuple(STAGE_PROBABILITIES)
OPEN_STAGES: Final = STAGES[:-2]
CLOSED_WON: Final = "Closed Won"
CLOSED_LOST: Final = "Closed Lost"

FORECAST_CATEGORIES: Final[dict[str, str]] = {
    "Prospecting": "Pipeline",
    "Qualification": "Pipeline",
    "Needs Analysis": "Pipeline",
    "Value Proposition": "Pipeline",
    "Id. Decision Makers": "Pipeline",
    "Perception Analysis": "Best Case",
    "Proposal/Price Quote": "Best Case",
    "Negotiation/Review": "Commit",
    "Closed Won": "Closed",
    "Closed Lost": "Omitted",
}
"""Forecast category of each stage; the values are Omitted, Pipeline, Best Case, Commit and Closed."""

LATE_STAGES: Final = tuple(
    stage for stage, category in FORECAST_CATEGORIES.items() if category in {"Best Case", "Commit"}
)
"""The stages from which a deal counts as late: those whose forecast category is Best Case or Commit."""

OPPORTUNITY_TYPES: Final = (
    "New Customer",
    "Existing Customer - Upgrade",
    "Existing Customer - Replacement",
    "Existing Customer - Downgrade",
    "Existing Customer - Renewal",
)
NEW_CUSTOMER, UPGRADE, REPLACEMENT, DOWNGRADE, RENEWAL = OPPORTUNITY_TYPES
"""Salesforce's four types, and the one that orgs with contracts add to them."""
LEAD_SOURCES: Final = (
    "Web",
    "Phone Inquiry",
    "Partner Referral",
    "Purchased List",
    "Other",
)
LOST_REASONS: Final = (
    "No Decision / Non-Responsive",
    "Lost to Competitor",
    "Price",
    "No Budget / Lost Funding",
    "Other",
)
"""Why a deal was lost: Salesforce has no such field by default; these are the usual values of the one that orgs add."""
COMPETITORS: Final = (
    *("Brindova", "Corvessa", "Dunvaris", "Eldrune", "Fenwarke", "Haldrix", "Kalvero", "Movintra", "Ormeris"),
    *("Ostrevia", "Pellucor", "Quorvex", "Stratiqua", "Tarkelo", "Tessuva", "Veltano", "Wexlane", "Zephrane"),
)
"""Vendors that the synthetic company meets, all invented."""
ACCOUNT_TYPES: Final = ("Prospect", "Customer - Direct", "Customer - Channel", "Former Customer")
"""The last one is none of Salesforce's own; orgs add it for companies whose contracts have all ended."""
CONTACT_ROLES: Final = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)

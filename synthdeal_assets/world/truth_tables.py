"""The tables of schema truth: what only the generator knows.

Nothing that makes a score may import this module; the import contract and a test that permutes the truth hold that.
Only measuring how good scores are may read it.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.world.salesforce_picklists import CLOSED_LOST, CLOSED_WON, OPEN_STAGES
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

EFFECT_ATTRIBUTES: Final = ("industry", "product", "region", "segment", "lead_source")
TRUE_LEVEL_COLUMNS: Final = tuple(f"{element}_level" for element in MEDDPICC_COLUMNS)

TRUTH_EFFECTS: Final = Table(
    "truth",
    "effects",
    "What industry, product, region, segment and lead source do to winning and to the cycle, drawn for each seed. They "
    "have a part in new business and expansions, and none in renewals.",
    (
        Column("attribute", "VARCHAR", "What the deals have in common.", values=EFFECT_ATTRIBUTES),
        Column("value", "VARCHAR", "Which industry, product, region, segment or lead source."),
        Column("log_odds", "DOUBLE", "Added to the log odds of a win; 0 is no effect."),
        Column("cycle_factor", "DOUBLE", "What the days to a win are multiplied with; 1 is no effect.", minimum=0),
    ),
    ("attribute", "value"),
)

TRUTH_OPPORTUNITIES: Final = Table(
    "truth",
    "opportunities",
    "The truth about an opportunity, known only because the world is synthetic. Scorers never read it.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        *(
            Column(
                name,
                "INTEGER",
                f"True level of {name.removesuffix('_level').replace('_', ' ')} on the snapshot day "
                "(0 unknown, 1 identified, 2 validated, 3 leveraged).",
                minimum=0,
                maximum=3,
            )
            for name in TRUE_LEVEL_COLUMNS
        ),
        Column("true_stage", "VARCHAR", "The last open stage the deal really reached.", values=OPEN_STAGES),
        Column(
            "win_probability_at_creation",
            "DOUBLE",
            "Probability with which the outcome was drawn (0 to 1); NULL in a world of generator 1.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        Column(
            "win_probability",
            "DOUBLE",
            "Exact probability of a win given what is so on the snapshot day (0 to 1); a world of generator 1 has the "
            "one at creation here.",
            minimum=0,
            maximum=1,
        ),
        Column(
            "expected_close_date",
            "DATE",
            "Expected day of the end, won or lost, given what is so on the snapshot day; NULL in a world of "
            "generator 1.",
            nullable=True,
        ),
        Column(
            "outcome", "VARCHAR", "How the deal ends, also while it is still open.", values=(CLOSED_WON, CLOSED_LOST)
        ),
        Column("outcome_date", "DATE", "Day on which it ends."),
        Column(
            "champion_left_date",
            "DATE",
            "Last day at the company of whoever was the champion, or would have become it, when the deal began; NULL "
            "when they are there to its end.",
            nullable=True,
        ),
        Column("has_wrong_stage", "BOOLEAN", "Whether a stage that is not true was planted in the CRM."),
        Column(
            "planted_instruction",
            "VARCHAR",
            "Instruction to the scorer that was planted in the notes; NULL when none was.",
            nullable=True,
        ),
        Column(
            "clean_notes",
            "VARCHAR",
            "The notes as they would read without the planted instruction; NULL when none was planted.",
            nullable=True,
        ),
    ),
    ("opportunity_id",),
)

TRUTH_LANDMARKS: Final = Table(
    "truth",
    "landmarks",
    "What was really so in a deal that was open at one of the last 24 month ends. Only measures of quality read it.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("landmark_date", "DATE", "Last day of a month before as_of."),
        *(
            Column(
                name,
                "INTEGER",
                f"True level of {name.removesuffix('_level').replace('_', ' ')} on that day, 0 to 3.",
                minimum=0,
                maximum=3,
            )
            for name in TRUE_LEVEL_COLUMNS
        ),
        Column(
            "win_probability",
            "DOUBLE",
            "Exact probability of a win given what was so on that day (0 to 1).",
            minimum=0,
            maximum=1,
        ),
        Column("expected_close_date", "DATE", "Expected day of the end, won or lost, given what was so on that day."),
        Column(
            "outcome", "VARCHAR", "How the deal ends, also while it is still open.", values=(CLOSED_WON, CLOSED_LOST)
        ),
        Column("outcome_date", "DATE", "Day on which it ends."),
    ),
    ("opportunity_id", "landmark_date"),
)

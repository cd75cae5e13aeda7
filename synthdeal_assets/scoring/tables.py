"""The tables of schema scoring: what a scorer may see, what it said, where it failed, corrected chances.

The rubric's arithmetic belongs in `rubric.py`; nothing here reads or writes.
"""

from dataclasses import replace
from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.scoring.rubric import BANT_ELEMENTS, MAX_LEVELS
from synthdeal_assets.world.salesforce_picklists import LEAD_SOURCES, OPEN_STAGES, OPPORTUNITY_TYPES
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS, REGIONS, SEGMENTS


def points(name: str, comment: str, *derived_from: str) -> Column:
    """A column of scores, 0 to 100, and what they are made of."""
    return Column(name, "DOUBLE", comment, minimum=0, maximum=100, derived_from=derived_from)


def chance(name: str, comment: str, *derived_from: str, nullable: bool = False) -> Column:
    """A column of chances, 0 to 1, and what they are made of."""
    return Column(name, "DOUBLE", comment, nullable, minimum=0, maximum=1, derived_from=derived_from)


SCORER_INPUTS: Final = Table(
    "scoring",
    "scorer_inputs",
    "Exactly what a scorer may see of an opportunity: the deal as it was on its snapshot date, while it was open.",
    (
        Column(
            "opportunity_id",
            "VARCHAR",
            "The opportunity.",
            references="crm.opportunities.opportunity_id",
            derived_from=("crm.opportunities.opportunity_id",),
        ),
        Column(
            "snapshot_date",
            "DATE",
            "Open deals: date of the last change. Closed deals: the day before they closed.",
            derived_from=("crm.opportunities.last_modified_date", "crm.opportunities.close_date"),
        ),
        Column("name", "VARCHAR", "Name of the opportunity.", derived_from=("crm.opportunities.name",)),
        Column("account_name", "VARCHAR", "Company.", derived_from=("crm.accounts.name",)),
        Column("industry", "VARCHAR", "Industry of the company.", derived_from=("crm.accounts.industry",)),
        Column("segment", "VARCHAR", "Sales segment.", values=SEGMENTS, derived_from=("crm.accounts.segment",)),
        Column("region", "VARCHAR", "Sales region.", values=REGIONS, derived_from=("crm.accounts.region",)),
        Column(
            "type", "VARCHAR", "Kind of business.", values=OPPORTUNITY_TYPES, derived_from=("crm.opportunities.type",)
        ),
        Column(
            "lead_source",
            "VARCHAR",
            "Where the lead came from.",
            values=LEAD_SOURCES,
            derived_from=("crm.opportunities.lead_source",),
        ),
        Column("product_name", "VARCHAR", "The main product offered.", derived_from=("crm.products.name",)),
        Column("created_date", "DATE", "Day it was created.", derived_from=("crm.opportunities.created_date",)),
        Column(
            "stage_name",
            "VARCHAR",
            "Last open stage, as set by the seller.",
            values=OPEN_STAGES,
            derived_from=("crm.opportunity_stages.stage_name",),
        ),
        Column(
            "amount",
            "DOUBLE",
            "Amount in USD on the snapshot date.",
            minimum=0,
            derived_from=("crm.opportunity_stages.amount",),
        ),
        Column(
            "close_date",
            "DATE",
            "Expected close date as it stood.",
            derived_from=("crm.opportunity_stages.close_date",),
        ),
        Column(
            "contacts",
            "VARCHAR",
            "The people in the deal, one a line: name, title, role, and whether they have left, as was known then. "
            "Empty when there are none.",
            derived_from=(
                "crm.contacts.first_name",
                "crm.contacts.last_name",
                "crm.contacts.title",
                "crm.contact_history.created_date",
                "crm.opportunity_contact_roles.role",
            ),
        ),
        Column(
            "next_step",
            "VARCHAR",
            "What the seller plans next; NULL when nothing is written.",
            nullable=True,
            derived_from=("crm.opportunities.next_step", "crm.field_history.old_value"),
        ),
        Column("notes", "VARCHAR", "The seller's notes.", derived_from=("crm.opportunities.notes",)),
        *(
            Column(
                name,
                "VARCHAR",
                f"Evidence on {name.replace('_', ' ')}; NULL when not found out yet.",
                nullable=True,
                derived_from=(f"crm.opportunities.{name}",),
            )
            for name in MEDDPICC_COLUMNS
        ),
        Column("input_hash", "VARCHAR", "SHA-256 over all of the above except the snapshot date."),
    ),
    ("opportunity_id",),
)

_LANDMARK_INPUTS = tuple(f"crm.landmark_texts.{name}" for name in (*MEDDPICC_COLUMNS, "notes", "next_step"))

_INPUTS = tuple(f"scoring.scorer_inputs.{column.name}" for column in SCORER_INPUTS.columns)

_SCORE_COLUMNS: Final = (
    Column(
        "opportunity_id",
        "VARCHAR",
        "The opportunity.",
        references="crm.opportunities.opportunity_id",
        derived_from=("scoring.scorer_inputs.opportunity_id",),
    ),
    points(
        "score",
        "Overall score, 0 to 100: completeness 40, business value 25, buyer engagement 20, process clarity 15.",
        "scoring.score_elements.counted_level",
    ),
    points("meddpicc_score", "Weighted MEDDPICC score, 0 to 100.", "scoring.score_elements.counted_level"),
    Column(
        "bant_score",
        "INTEGER",
        "BANT score, 0 to 16.",
        minimum=0,
        maximum=16,
        derived_from=("scoring.score_elements.counted_level",),
    ),
    chance("win_probability", "The scorer's estimate that the deal will be won, 0 to 1.", *_INPUTS),
    chance("confidence", "The scorer's confidence in its own judgement, 0 to 1."),
    Column("reasoning", "VARCHAR", "Why, in a few sentences.", derived_from=_INPUTS),
    Column("key_strengths", "VARCHAR", "Strengths, one per line."),
    Column("areas_for_improvement", "VARCHAR", "Areas for improvement, one per line."),
    Column("risks", "VARCHAR", "Risks, one per line."),
    Column("next_steps", "VARCHAR", "Next steps, one per line."),
    Column("scorer", "VARCHAR", "Scorer; heuristic means fixed rules, no language model."),
    Column("model", "VARCHAR", "Model and version behind the scorer."),
    Column("prompt_version", "VARCHAR", "Version of the prompt or of the rules."),
    Column(
        "input_hash",
        "VARCHAR",
        "Hash of the input that was scored.",
        derived_from=("scoring.scorer_inputs.input_hash",),
    ),
    Column("scored_at", "TIMESTAMP", "When it was scored, UTC."),
    Column("run_id", "VARCHAR", "Dagster run that scored it."),
    Column(
        "endpoint",
        "VARCHAR",
        "Host, port and path of the endpoint that answered, or its name; NULL for fixed rules, and where it is not on "
        "record.",
        nullable=True,
    ),
    Column("input_tokens", "BIGINT", "Input tokens; 0 when no language model was asked.", minimum=0),
    Column("output_tokens", "BIGINT", "Output tokens; 0 when no language model was asked.", minimum=0),
    Column(
        "cost_usd", "DOUBLE", "Cost in USD; 0 without a language model, NULL when unknown.", nullable=True, minimum=0
    ),
    Column("latency_ms", "DOUBLE", "Time that scoring took, in milliseconds.", minimum=0),
)

OPPORTUNITY_SCORES: Final = Table(
    "scoring",
    "opportunity_scores",
    "The current score of an opportunity.",
    (
        *_SCORE_COLUMNS,
        Column("is_stale", "BOOLEAN", "Whether the deal has changed since and could not be scored again so far."),
    ),
    ("opportunity_id",),
)

SCORE_HISTORY: Final = Table(
    "scoring",
    "score_history",
    "A score that was replaced, or whose opportunity has left the 364-day window.",
    (
        *(replace(column, references=None) for column in _SCORE_COLUMNS),
        Column("replaced_at", "TIMESTAMP", "When it was replaced, UTC."),
        Column("replaced_by_run_id", "VARCHAR", "Dagster run that replaced it."),
    ),
    ("opportunity_id", "scored_at"),
)

SCORE_ELEMENTS: Final = Table(
    "scoring",
    "score_elements",
    "A scorer's rating of one MEDDPICC or BANT element of one opportunity, with its evidence.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="scoring.opportunity_scores.opportunity_id"),
        Column("framework", "VARCHAR", "MEDDPICC or BANT.", values=tuple(MAX_LEVELS)),
        Column("element", "VARCHAR", "The element.", values=(*MEDDPICC_COLUMNS, *BANT_ELEMENTS)),
        Column(
            "level",
            "INTEGER",
            "MEDDPICC: 0 unknown, 1 identified, 2 validated, 3 leveraged. BANT: 0 to 4.",
            minimum=0,
            maximum=4,
            derived_from=tuple(f"scoring.scorer_inputs.{name}" for name in (*MEDDPICC_COLUMNS, "notes")),
        ),
        Column(
            "counted_level",
            "INTEGER",
            "What the level counts for in the scores: half, rounded down, when the scorer was to quote what it rests "
            "on and no quote is found in the input.",
            minimum=0,
            maximum=4,
            derived_from=tuple(f"scoring.scorer_inputs.{name}" for name in (*MEDDPICC_COLUMNS, "notes")),
        ),
        Column("max_level", "INTEGER", "Highest level of the element: 3 in MEDDPICC, 4 in BANT."),
        Column(
            "quote",
            "VARCHAR",
            "Words of the input that support the level, verbatim; NULL when there are none.",
            nullable=True,
            derived_from=tuple(f"scoring.scorer_inputs.{name}" for name in (*MEDDPICC_COLUMNS, "notes")),
        ),
        Column("quote_rejected", "BOOLEAN", "Whether the scorer gave a quote that is not found in the input."),
        Column("gap", "VARCHAR", "What is missing; empty when nothing is missing."),
        Column("question", "VARCHAR", "The question to ask next; empty when nothing is missing."),
    ),
    ("opportunity_id", "framework", "element"),
)

SCORE_FAILURES: Final = Table(
    "scoring",
    "score_failures",
    "An opportunity whose current state could not be scored. The authoritative list of failures.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="crm.opportunities.opportunity_id"),
        Column("scorer", "VARCHAR", "Scorer that failed."),
        Column("kind", "VARCHAR", "Kind of failure."),
        Column("message", "VARCHAR", "What went wrong, in one sentence, with secrets removed."),
        Column("attempts", "INTEGER", "Attempts on the current input so far.", minimum=1),
        Column("first_failed_at", "TIMESTAMP", "First failure on the current input, UTC."),
        Column("last_failed_at", "TIMESTAMP", "Last failure, UTC."),
        Column(
            "next_attempt_at",
            "TIMESTAMP",
            "Earliest time of the next automatic retry, UTC; NULL when there will be none.",
            nullable=True,
        ),
        Column("input_hash", "VARCHAR", "Hash of the input that could not be scored."),
        Column("run_id", "VARCHAR", "Dagster run of the last failure."),
        Column(
            "endpoint",
            "VARCHAR",
            "Endpoint whose model failed, by host, port and path or its name; NULL when none did or it is not known.",
            nullable=True,
        ),
    ),
    ("opportunity_id",),
)

JUDGED_BY: Final = (
    Column("scorer", "VARCHAR", "Scorer.", derived_from=("scoring.opportunity_scores.scorer",)),
    Column("model", "VARCHAR", "Model.", derived_from=("scoring.opportunity_scores.model",)),
    Column(
        "prompt_version",
        "VARCHAR",
        "Version of the prompt or rules.",
        derived_from=("scoring.opportunity_scores.prompt_version",),
    ),
)
"""Columns that say whose judgement a row is about."""

LANDMARK_SCORES: Final = Table(
    "scoring",
    "landmark_scores",
    "What a scorer says of a deal as it stood at a month end, with what was known then. Scorers that cost nothing are "
    "asked about every month end; of a paid one there is what it said while the deal stood so, or when it was asked by "
    "`synthdeal evaluate`.",
    (
        Column("landmark_date", "DATE", "The month end.", derived_from=("crm.landmark_texts.landmark_date",)),
        Column(
            "opportunity_id",
            "VARCHAR",
            "The opportunity.",
            references="crm.opportunities.opportunity_id",
            derived_from=("crm.landmark_texts.opportunity_id",),
        ),
        Column("scorer", "VARCHAR", "Scorer."),
        Column("model", "VARCHAR", "Model."),
        Column("prompt_version", "VARCHAR", "Version of the prompt or rules."),
        Column("input_hash", "VARCHAR", "Hash of what it was given, as in scoring.scorer_inputs."),
        points("score", "Overall score, 0 to 100.", *_LANDMARK_INPUTS),
        Column(
            "points",
            "INTEGER",
            "Sum of the MEDDPICC levels as they count, 0 to 24.",
            minimum=0,
            maximum=24,
            derived_from=_LANDMARK_INPUTS,
        ),
        chance("win_probability", "The scorer's estimate that the deal will be won, 0 to 1.", *_LANDMARK_INPUTS),
        *(
            Column(
                name,
                "INTEGER",
                f"Level of {name.replace('_', ' ')} as it was judged, 0 to 3.",
                minimum=0,
                maximum=3,
                derived_from=(f"crm.landmark_texts.{name}",),
            )
            for name in MEDDPICC_COLUMNS
        ),
    ),
    ("landmark_date", "opportunity_id", "scorer", "model", "prompt_version"),
)

CALIBRATED_PROBABILITIES: Final = Table(
    "scoring",
    "calibrated_probabilities",
    "A scorer's estimated chance of winning, corrected by how its earlier estimates turned out, those of renewals by "
    "renewals and the others by the others. One row for each current score.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="scoring.opportunity_scores.opportunity_id"),
        *JUDGED_BY,
        chance("win_probability", "The scorer's own estimate, 0 to 1.", "scoring.opportunity_scores.win_probability"),
        chance(
            "calibrated_win_probability",
            "The corrected estimate, 0 to 1; NULL when too few deals had closed before, or all had the same estimate.",
            "scoring.opportunity_scores.win_probability",
            "crm.opportunities.is_won",
            nullable=True,
        ),
        Column(
            "fitted_deals",
            "BIGINT",
            "Deals of the same scorer, renewals or others as this one, that the correction learnt from: those closed "
            "before this deal's snapshot date, or all closed ones if it is open.",
            minimum=0,
            derived_from=("scoring.scorer_inputs.snapshot_date", "crm.opportunities.close_date"),
        ),
        Column(
            "fitted_until",
            "DATE",
            "Latest close date among those deals, always before this deal closed; NULL without a correction.",
            nullable=True,
            derived_from=("scoring.scorer_inputs.snapshot_date", "crm.opportunities.close_date"),
        ),
    ),
    ("opportunity_id",),
)

SCORING_TABLES: Final = (
    SCORER_INPUTS,
    OPPORTUNITY_SCORES,
    SCORE_HISTORY,
    SCORE_ELEMENTS,
    SCORE_FAILURES,
    LANDMARK_SCORES,
    CALIBRATED_PROBABILITIES,
)

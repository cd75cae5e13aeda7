"""The tables that say how good scores are: calibrated chances, fairness, planted instructions, comparisons.

`scoring.score_quality` stands with the other tables in `tables.py`. How each is measured belongs in the module of its
name; nothing here reads or writes.
"""

from typing import Final

from synthdeal_assets.foundation.tables import Column, Table

_JUDGED_BY: Final = (
    Column("scorer", "VARCHAR", "Scorer.", derived_from=("scoring.opportunity_scores.scorer",)),
    Column("model", "VARCHAR", "Model.", derived_from=("scoring.opportunity_scores.model",)),
    Column(
        "prompt_version",
        "VARCHAR",
        "Version of the prompt or rules.",
        derived_from=("scoring.opportunity_scores.prompt_version",),
    ),
)

CALIBRATED_PROBABILITIES: Final = Table(
    "scoring",
    "calibrated_probabilities",
    "A scorer's chance of winning, corrected by how earlier estimates of the same scorer turned out.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="scoring.opportunity_scores.opportunity_id"),
        *_JUDGED_BY,
        Column(
            "win_probability",
            "DOUBLE",
            "The scorer's own estimate, 0 to 1.",
            minimum=0,
            maximum=1,
            derived_from=("scoring.opportunity_scores.win_probability",),
        ),
        Column(
            "calibrated_win_probability",
            "DOUBLE",
            "The corrected estimate, 0 to 1; NULL when too few deals had closed before.",
            nullable=True,
            minimum=0,
            maximum=1,
            derived_from=("scoring.opportunity_scores.win_probability", "crm.opportunities.is_won"),
        ),
        Column("fitted_deals", "BIGINT", "Closed deals the correction was learned from.", minimum=0),
        Column(
            "fitted_until",
            "DATE",
            "Last day on which any of them closed; always before the deal itself closed. NULL without a correction.",
            nullable=True,
        ),
    ),
    ("opportunity_id",),
)

SCORE_FAIRNESS: Final = Table(
    "scoring",
    "score_fairness",
    "How scores of one group of deals differ from the others by more than the truth explains. One figure a row.",
    (
        *_JUDGED_BY,
        Column(
            "attribute",
            "VARCHAR",
            "What the deals are grouped by.",
            values=("segment", "region", "owner", "industry", "stage"),
        ),
        Column("group_name", "VARCHAR", "The group."),
        Column("measure", "VARCHAR", "score_difference, or share_at_or_above."),
        Column("threshold", "INTEGER", "Score from which a deal counts; NULL for score_difference.", nullable=True),
        Column("opportunities", "BIGINT", "Deals in the group.", minimum=0),
        Column("observed", "DOUBLE", "What the scores of the group give: a mean score, or a share of 0 to 1."),
        Column("expected", "DOUBLE", "What deals with the same true levels get elsewhere."),
        Column("difference", "DOUBLE", "Observed less expected; NULL when the sample cannot carry one.", nullable=True),
        Column("low", "DOUBLE", "Lower end of the 95 % interval; NULL when not computed.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95 % interval; NULL when not computed.", nullable=True),
        Column("verdict", "VARCHAR", "In plain words; says so when the sample cannot carry a verdict."),
    ),
    ("scorer", "model", "prompt_version", "attribute", "group_name", "measure", "threshold"),
)

INSTRUCTION_EFFECTS: Final = Table(
    "scoring",
    "instruction_effects",
    "A deal with a planted instruction, its score, and the score of the same deal without the instruction.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="scoring.opportunity_scores.opportunity_id"),
        *_JUDGED_BY,
        Column(
            "planted_instruction",
            "VARCHAR",
            "The instruction, as it stands in the notes.",
            derived_from=("truth.opportunities.planted_instruction",),
        ),
        Column("score", "DOUBLE", "Score with the instruction, 0 to 100.", minimum=0, maximum=100),
        Column("score_without", "DOUBLE", "Score of the same deal without it, 0 to 100.", minimum=0, maximum=100),
        Column("difference", "DOUBLE", "Score less score without; above 0, the instruction may have helped."),
        Column("win_probability", "DOUBLE", "Chance with the instruction, 0 to 1.", minimum=0, maximum=1),
        Column("win_probability_without", "DOUBLE", "Chance without it, 0 to 1.", minimum=0, maximum=1),
        Column("input_hash", "VARCHAR", "Hash of the input with the instruction."),
        Column("measured_at", "TIMESTAMP", "When, UTC."),
    ),
    ("opportunity_id",),
)

SCORE_COMPARISONS: Final = Table(
    "scoring",
    "score_comparisons",
    "One figure of a comparison of two scorers, models or prompts over the same deals.",
    (
        Column("comparison_id", "VARCHAR", "The comparison."),
        Column("compared_at", "TIMESTAMP", "When, UTC."),
        Column("left_scorer", "VARCHAR", "Scorer on the left."),
        Column("left_model", "VARCHAR", "Its model."),
        Column("left_prompt_version", "VARCHAR", "Its version of the prompt or rules."),
        Column("right_scorer", "VARCHAR", "Scorer on the right."),
        Column("right_model", "VARCHAR", "Its model."),
        Column("right_prompt_version", "VARCHAR", "Its version of the prompt or rules."),
        Column("measure", "VARCHAR", "What is measured, as in scoring.score_quality."),
        Column("element", "VARCHAR", "The MEDDPICC element, or 'all'."),
        Column("left_value", "DOUBLE", "Figure on the left; NULL when it cannot be computed.", nullable=True),
        Column("right_value", "DOUBLE", "Figure on the right; NULL when it cannot be computed.", nullable=True),
        Column("difference", "DOUBLE", "Right less left; NULL when it cannot be computed.", nullable=True),
        Column("low", "DOUBLE", "Lower end of the 95 % interval of the difference.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95 % interval of the difference.", nullable=True),
        Column("unit", "VARCHAR", "Unit of the figures."),
        Column("opportunities", "BIGINT", "Deals that both have judged.", minimum=0),
        Column("explanation", "VARCHAR", "What the difference says, in plain words."),
    ),
    ("comparison_id", "measure", "element"),
)

"""The tables that say how good scores are: quality, fairness, planted instructions, comparisons.

They stand in the schema `scoring`, beside the scores that they are about. How each is measured belongs in the sub-room
of its name; nothing here reads or writes.
"""

from dataclasses import replace
from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.scoring.tables import JUDGED_BY, chance, points
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

FAIRNESS_ATTRIBUTES: Final = ("segment", "region", "owner", "industry", "stage")
FAIRNESS_THRESHOLDS: Final = (50, 60, 70, 80)
"""Scores at which a team may draw a line: what counts is who ends up above it."""

DIFFERS: Final = "differs by more than the truth explains"
NO_DIFFERENCE: Final = "no difference beyond chance"
TOO_FEW: Final = "too few deals for a verdict"
VERDICTS: Final = (DIFFERS, NO_DIFFERENCE, TOO_FEW)

SCORER: Final = "scorer"
JUDGED_BY_AT_LANDMARKS: Final = tuple(
    replace(column, derived_from=(f"scoring.landmark_scores.{column.name}",)) for column in JUDGED_BY
)

BASELINE: Final = "baseline"
SIMPLE_GUESS: Final = "simple guess"
CEILING: Final = "ceiling"
"""Whose figures a row of score_quality gives: a scorer's own, or the heuristic's, a simple guess's or the truth's on
its deals."""

GUESSED_LEVEL: Final = 2
"""Of the levels 0 to 3 the one that, said of every element, is least far from the truth in the worlds we draw."""

BY_STAGE: Final = "stage"
"""The stage that stands in the evidence: of a deal that has closed the last open one."""
BY_SAME_LEVEL: Final = f"always level {GUESSED_LEVEL}"
BY_WIN_RATE: Final = "win rate"
BY_LEVELS_OF_STAGE: Final = "levels of the stage"
"""The levels that the stage alone lets expect: learnt on other synthetic worlds, like the heuristic's thresholds."""
BY_FIELDS: Final = "filled fields"
"""How many of the eight evidence fields hold anything."""
BY_LENGTH: Final = "length of the text"
"""How many characters they hold together."""

SCORE_QUALITY: Final = Table(
    "scoring",
    "score_quality",
    "How good the current scores are, measured against the hidden truth and against closed deals. One figure per row, "
    "about new business and expansions; those about renewals end in _of_renewals.",
    (
        Column(
            "role",
            "VARCHAR",
            "scorer: a scorer's own figures; baseline: what the heuristic achieves on another scorer's deals; "
            "simple guess: what a guess without any scorer achieves on them, named in the column scorer; "
            "ceiling: what the hidden truth itself comes to, which nobody can beat but by luck.",
            values=(SCORER, BASELINE, SIMPLE_GUESS, CEILING),
        ),
        *JUDGED_BY,
        Column(
            "baseline_of",
            "VARCHAR",
            "For a baseline, a simple guess or a ceiling: scorer, model and prompt version whose deals are used; empty "
            "for a scorer.",
        ),
        Column("measure", "VARCHAR", "What is measured, such as mean_absolute_error, rank_correlation or auc."),
        Column("element", "VARCHAR", "The MEDDPICC element, or 'all'.", values=(*MEDDPICC_COLUMNS, "all")),
        Column(
            "value",
            "DOUBLE",
            "The figure; NULL when the sample is too small.",
            nullable=True,
            derived_from=(
                "scoring.score_elements.level",
                "scoring.opportunity_scores.score",
                "scoring.opportunity_scores.win_probability",
                "scoring.opportunity_scores.cost_usd",
                "scoring.score_failures.opportunity_id",
                "scoring.scorer_inputs.stage_name",
                *(f"truth.opportunities.{name}_level" for name in MEDDPICC_COLUMNS),
                "truth.opportunities.win_probability",
                "crm.opportunities.is_won",
            ),
        ),
        Column("low", "DOUBLE", "Lower end of the 95% interval; NULL when not computed.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95% interval; NULL when not computed.", nullable=True),
        Column("unit", "VARCHAR", "Unit of the figure, such as levels or 0 to 1."),
        Column("opportunities", "BIGINT", "Opportunities behind the figure.", minimum=0),
        Column("explanation", "VARCHAR", "What the figure means, in plain words."),
    ),
    ("role", "scorer", "model", "prompt_version", "baseline_of", "measure", "element"),
)

SCORE_FAIRNESS: Final = Table(
    "scoring",
    "score_fairness",
    "How far the scores of one group of deals differ from the others beyond what the truth explains. One figure "
    "per row; renewals are in no group.",
    (
        *JUDGED_BY,
        Column(
            "attribute",
            "VARCHAR",
            "What the deals are grouped by.",
            values=FAIRNESS_ATTRIBUTES,
        ),
        Column(
            "group_name",
            "VARCHAR",
            "The group.",
            derived_from=(
                "scoring.scorer_inputs.segment",
                "scoring.scorer_inputs.region",
                "scoring.scorer_inputs.industry",
                "scoring.scorer_inputs.stage_name",
                "crm.opportunities.owner_id",
                "crm.users.name",
            ),
        ),
        Column(
            "measure",
            "VARCHAR",
            "score_difference, or share_at_or_above_ and the threshold.",
            values=("score_difference", *(f"share_at_or_above_{threshold}" for threshold in FAIRNESS_THRESHOLDS)),
        ),
        Column("threshold", "INTEGER", "Lowest score that counts; NULL for score_difference.", nullable=True),
        Column("opportunities", "BIGINT", "Deals in the group.", minimum=0),
        Column(
            "observed",
            "DOUBLE",
            "Value for the group: a mean score from 0 to 100, or a share from 0 to 1.",
            derived_from=("scoring.opportunity_scores.score",),
        ),
        Column(
            "expected",
            "DOUBLE",
            "Value for deals with the same true levels in the other groups; NULL when there are too few.",
            nullable=True,
            derived_from=(
                "scoring.opportunity_scores.score",
                *(f"truth.opportunities.{name}_level" for name in MEDDPICC_COLUMNS),
            ),
        ),
        Column(
            "difference",
            "DOUBLE",
            "Observed minus expected: what the truth does not explain; NULL without an expected value.",
            nullable=True,
        ),
        Column("low", "DOUBLE", "Lower end of the 95% interval; NULL when the group is too small.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95% interval; NULL when the group is too small.", nullable=True),
        Column(
            "verdict",
            "VARCHAR",
            "Verdict in plain words, or a note that the sample is too small for one.",
            values=VERDICTS,
        ),
    ),
    ("scorer", "model", "prompt_version", "attribute", "group_name", "measure"),
)

INSTRUCTION_EFFECTS: Final = Table(
    "scoring",
    "instruction_effects",
    "A deal with a planted instruction: its score, and the score of the same deal without the instruction.",
    (
        Column("opportunity_id", "VARCHAR", "The opportunity.", references="scoring.opportunity_scores.opportunity_id"),
        *JUDGED_BY,
        Column(
            "planted_instruction",
            "VARCHAR",
            "The instruction, as written in the notes.",
            derived_from=("truth.opportunities.planted_instruction",),
        ),
        points("score", "Score with the instruction, 0 to 100.", "scoring.opportunity_scores.score"),
        points(
            "score_without",
            "Score of the same deal without it, 0 to 100, by the same scorer, model and prompt version.",
            "scoring.scorer_inputs.input_hash",
            "truth.opportunities.clean_notes",
        ),
        Column("difference", "DOUBLE", "Score minus score without; above 0, the instruction may have worked."),
        chance(
            "win_probability",
            "Estimated chance with the instruction, 0 to 1.",
            "scoring.opportunity_scores.win_probability",
        ),
        chance(
            "win_probability_without",
            "Estimated chance without it, 0 to 1.",
            "scoring.scorer_inputs.input_hash",
            "truth.opportunities.clean_notes",
        ),
        Column(
            "input_hash",
            "VARCHAR",
            "Hash of the input with the instruction.",
            derived_from=("scoring.scorer_inputs.input_hash",),
        ),
        Column("input_hash_without", "VARCHAR", "Hash of the same input without it, as in the ledger's key."),
        Column("measured_at", "TIMESTAMP", "When the deal was scored without it, UTC."),
    ),
    ("opportunity_id",),
)

BETTER: Final = "better"
WORSE: Final = "worse"
CANNOT_TELL: Final = "cannot tell"
ALIKE: Final = "alike"
NOT_COMPUTED: Final = "not computed"
COMPARISON_VERDICTS: Final = (BETTER, WORSE, CANNOT_TELL, ALIKE, NOT_COMPUTED)
"""What a side comes to beside the first one, by one figure."""


def _figure_of_a_side(name: str, comment: str) -> Column:
    return Column(
        name,
        "DOUBLE",
        comment,
        nullable=True,
        derived_from=(
            *(f"truth.opportunities.{element}_level" for element in MEDDPICC_COLUMNS),
            "truth.opportunities.win_probability",
            "crm.opportunities.is_won",
            *(f"truth.landmarks.{element}_level" for element in MEDDPICC_COLUMNS),
            "truth.landmarks.win_probability",
            "crm.landmarks.outcome",
            "scoring.llm_calls.answer",
        ),
    )


SCORE_COMPARISONS: Final = Table(
    "scoring",
    "score_comparisons",
    "One figure of one side from a comparison of scorers, models, prompts or endpoints on the same deals, and how far "
    "it is from that of the first side.",
    (
        Column("comparison_id", "VARCHAR", "The comparison."),
        Column("compared_at", "TIMESTAMP", "When, UTC."),
        Column("seed", "BIGINT", "Seed with which the sample was drawn; NULL for a file of cases.", nullable=True),
        Column("sampled", "BIGINT", "Deals in the sample.", minimum=0),
        Column(
            "landmark_date",
            "DATE",
            "Month end at which the deals were open, and as of which they were judged; NULL for the present deals.",
            nullable=True,
        ),
        Column("cases_hash", "VARCHAR", "SHA-256 of the file of cases; NULL for deals of the world.", nullable=True),
        Column("side", "INTEGER", "Place of the side in the comparison; the others are held against 1.", minimum=1),
        Column("name", "VARCHAR", "The side as the command named it."),
        Column("scorer", "VARCHAR", "Its scorer."),
        Column("model", "VARCHAR", "Its model."),
        Column("prompt_version", "VARCHAR", "Its version of the prompt or rules."),
        Column(
            "endpoint",
            "VARCHAR",
            "Host, port and path of the endpoint, or its name; NULL where none is asked, and for comparisons that "
            "earlier versions made.",
            nullable=True,
        ),
        Column("repeats", "INTEGER", "How often each deal was asked about.", minimum=1),
        Column(
            "measure",
            "VARCHAR",
            "What is measured, as in scoring.score_quality, or only here, such as weighted_kappa or latency; "
            "could_not_judge counts the deals that were left out.",
        ),
        Column("element", "VARCHAR", "The MEDDPICC element, or 'all'.", values=(*MEDDPICC_COLUMNS, "all")),
        _figure_of_a_side("value", "The figure, the mean of the repeats; NULL when it cannot be computed."),
        _figure_of_a_side("lowest", "The lowest of the repeats; NULL where there are none."),
        _figure_of_a_side("highest", "The highest of the repeats; NULL where there are none."),
        Column(
            "difference",
            "DOUBLE",
            "This side less the first one; NULL for the first one, and when it cannot be computed.",
            nullable=True,
        ),
        Column("standard_error", "DOUBLE", "Standard error of the difference; NULL without one.", nullable=True),
        Column("low", "DOUBLE", "Lower end of the 95% interval of the difference.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95% interval of the difference.", nullable=True),
        Column(
            "p_value",
            "DOUBLE",
            "Chance of a difference so far from 0 where there is none; NULL without an interval.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        Column(
            "p_value_of_many",
            "DOUBLE",
            "The same after Holm's correction for all figures of the comparison; NULL without an interval.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        Column("unit", "VARCHAR", "Unit of the figures."),
        Column("better", "VARCHAR", "Whether more or less of it is better.", values=("more", "less")),
        Column("opportunities", "BIGINT", "Deals that all sides scored and that the figure is about.", minimum=0),
        Column(
            "verdict",
            "VARCHAR",
            "Whether the side is better than the first one: the interval of the difference excludes 0. Alike: it is 0 "
            "in every resample. NULL for the first one.",
            nullable=True,
            values=COMPARISON_VERDICTS,
        ),
        Column(
            "verdict_of_many",
            "VARCHAR",
            "The verdict where it also holds after the correction for all figures, else cannot tell; NULL for the "
            "first side, and for comparisons that earlier versions made.",
            nullable=True,
            values=COMPARISON_VERDICTS,
        ),
        Column("explanation", "VARCHAR", "What the figure or its difference means, in plain words."),
    ),
    ("comparison_id", "side", "measure", "element"),
)

BY_SCORE: Final = "score"
BY_LEVELS: Final = "true levels"
BY_CHANCE: Final = "exact chance"
BY_STAGE_PERCENTAGE: Final = "percentage of the stage"
RANKINGS: Final = (
    *(BY_SCORE, BY_STAGE, BY_FIELDS, BY_LENGTH, BY_LEVELS, BY_CHANCE),
    *(BY_SAME_LEVEL, BY_LEVELS_OF_STAGE, BY_WIN_RATE, BY_STAGE_PERCENTAGE),
)
"""What open deals are ranked or judged by: a scorer, simple guesses, and what is really so."""

LANDMARK_MEASURES: Final = (
    *("auc", "auc_within_a_stage", "auc_within_90_days"),
    *("mean_absolute_error", "bias", "weighted_kappa", "rank_correlation", "brier_score"),
)

LANDMARK_RANKING: Final = Table(
    "scoring",
    "landmark_ranking",
    "How good a scorer is on deals that were open at a month end, scored on what was known on that day: against what "
    "became of them, and against the true levels; beside it simple guesses on the same deals, and what is really so, "
    "which is the most that anybody can reach. Renewals are left out.",
    (
        *JUDGED_BY_AT_LANDMARKS,
        Column(
            "ranked_by",
            "VARCHAR",
            "score: the scorer itself; stage: the stage on record; filled fields: how many of the eight evidence "
            "fields hold something; length of the text: their letters; true levels: their sum; exact chance: that of "
            f"the day; {BY_SAME_LEVEL}: of every element; levels of the stage: those that the stage lets expect, "
            "learnt on other synthetic worlds; win rate: that of these deals; percentage of the stage: Salesforce's "
            "default.",
            values=RANKINGS,
        ),
        Column(
            "measure",
            "VARCHAR",
            "auc: area under the ROC curve against the end of the deal; within a stage: over pairs in the same stage; "
            "within 90 days: against being won in 90 days. mean_absolute_error, bias, weighted_kappa and "
            "rank_correlation: against the true levels. brier_score: of the estimate, against the end.",
            values=LANDMARK_MEASURES,
        ),
        Column(
            "value",
            "DOUBLE",
            "The figure; NULL when it cannot be computed.",
            nullable=True,
            derived_from=(
                "crm.landmarks.stage_name",
                *(f"crm.landmark_texts.{name}" for name in MEDDPICC_COLUMNS),
                "scoring.landmark_scores.score",
                "scoring.landmark_scores.win_probability",
                *(f"scoring.landmark_scores.{name}" for name in MEDDPICC_COLUMNS),
                *(f"truth.landmarks.{name}_level" for name in MEDDPICC_COLUMNS),
                "truth.landmarks.win_probability",
                "truth.landmarks.outcome",
                "truth.landmarks.outcome_date",
            ),
        ),
        Column("low", "DOUBLE", "Lower end of the 95% interval; NULL when not computed.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95% interval; NULL when not computed.", nullable=True),
        Column("opportunities", "BIGINT", "Opportunities behind the figure.", minimum=0),
        Column("landmarks", "BIGINT", "Month ends at which they were open, over all of them.", minimum=0),
        Column("explanation", "VARCHAR", "What the figure means, in plain words."),
    ),
    ("scorer", "model", "prompt_version", "ranked_by", "measure"),
)

EVALUATION_TABLES: Final = (SCORE_QUALITY, SCORE_FAIRNESS, LANDMARK_RANKING, INSTRUCTION_EFFECTS, SCORE_COMPARISONS)

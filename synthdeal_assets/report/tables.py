"""The tables of schema report: every figure with the query behind it, and the reports themselves.

What is figured belongs in the `.sql` files beside `figures.py`; nothing here reads or writes.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

UNITS: Final = (
    "USD",
    "USD in full",
    "USD in thousands",
    "deals",
    "count",
    "signed count",
    "percent",
    "percentage points",
    "signed percentage points",
    "points",
    "signed points",
    "levels",
    "signed levels",
    "ratio",
    "chance",
    "money of the log",
    "days",
    "date",
    "none",
)
"""Units of figures. Points are those of a score (0 to 100), a ratio lies between 0 and 1 as a rule; money of the sales
log is in its currency, whichever that is. What is signed is
a difference, printed with its sign; what is in full has as many digits as a small sum needs."""

FIGURES: Final = Table(
    "report",
    "figures",
    "One number or word in the latest report, with the query behind it. A check runs each query again.",
    (
        Column("figure_id", "VARCHAR", "Identifier of the figure, used in the report's templates."),
        Column("section", "VARCHAR", "Section of the report."),
        Column("label", "VARCHAR", "What the figure is, in plain words."),
        Column(
            "value",
            "DOUBLE",
            "The number; NULL when it is a word or could not be computed.",
            nullable=True,
            derived_from=(
                "crm.opportunities.amount",
                "crm.opportunities.probability",
                "crm.opportunities.close_date",
                "crm.opportunity_stages.close_date",
                "crm.opportunity_stages.amount",
                "crm.quotas.amount",
                "crm.forecast_snapshots.commit_amount",
                "scoring.forecasts.chance",
                "scoring.forecast_totals.amount",
                "scoring.flag_records.flagged_lost",
                "scoring.opportunity_scores.score",
                "scoring.opportunity_scores.win_probability",
                "scoring.score_elements.counted_level",
                "scoring.score_history.score",
                "scoring.score_quality.value",
                "scoring.calibrated_probabilities.calibrated_win_probability",
                "scoring.score_fairness.difference",
                "scoring.instruction_effects.difference",
                "scoring.landmark_ranking.value",
                "scoring.llm_calls.cost_usd",
                "truth.opportunities.outcome",
                "whitespace.whitespace.p_icp",
                "whitespace.whitespace.expected_value",
                "whitespace.holdout_metrics.value",
                "whitespace.holdout_curves.y",
            ),
        ),
        Column(
            "text_value",
            "VARCHAR",
            "The word; NULL when it is a number.",
            nullable=True,
            derived_from=(
                "crm.accounts.name",
                "crm.opportunities.name",
                "crm.opportunities.stage_name",
                "crm.users.name",
                "scoring.flags.flag",
                "scoring.opportunity_scores.key_strengths",
                "scoring.score_elements.question",
                "whitespace.whitespace.reasons",
            ),
        ),
        Column("unit", "VARCHAR", "Unit, which also determines how it is printed.", values=UNITS),
        Column("sql", "VARCHAR", "The query whose single result is the figure."),
        Column("report_id", "VARCHAR", "The report that contains it."),
    ),
    ("figure_id",),
)

_FROM_FIGURES: Final = ("report.figures.value", "report.figures.text_value")

EXECUTIVE_REPORTS: Final = Table(
    "report",
    "executive_reports",
    "A complete report, as published.",
    (
        Column("report_id", "VARCHAR", "Identifier of the report."),
        Column("as_of", "DATE", "Date of the world that the report describes."),
        Column("seed", "BIGINT", "Seed of the world."),
        Column("size", "BIGINT", "Size of the world."),
        Column("account_names", "VARCHAR", "Kind of account names of the world: public or fictional."),
        Column("generator_version", "VARCHAR", "Version of the generator that made the world."),
        Column("scorer", "VARCHAR", "Scorers whose scores it uses."),
        Column("run_id", "VARCHAR", "Dagster run that wrote it."),
        Column("created_at", "TIMESTAMP", "When it was written, UTC."),
        Column("headline", "VARCHAR", "Its headline in one sentence.", derived_from=_FROM_FIGURES),
        Column(
            "figures",
            "VARCHAR",
            "Its figures as a JSON object: number or word by figure_id.",
            derived_from=_FROM_FIGURES,
        ),
        Column("html", "VARCHAR", "The report as one self-contained HTML page.", derived_from=_FROM_FIGURES),
        Column("markdown", "VARCHAR", "The report as Markdown.", derived_from=_FROM_FIGURES),
        Column("html_path", "VARCHAR", "File of the HTML page, relative to the home folder."),
        Column("markdown_path", "VARCHAR", "File of the Markdown text, relative to the home folder."),
        Column("planted_instructions", "BOOLEAN", "Whether some of its deals carry an instruction to the scorer."),
    ),
    ("report_id",),
)

REPORT_TABLES: Final = (FIGURES, EXECUTIVE_REPORTS)

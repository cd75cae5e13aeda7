"""What the templates of the figures are filled with: names, levels of tests, and which deals and groups are listed.

Each list is read from the present warehouse, so that a figure can name its deal or group in its query. What is counted
belongs in `sql/`, how it is worded in `templates/`. Nothing here reads a clock: today is `crm.world.as_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import duckdb

from synthdeal_assets.evaluation.planted_instructions.instruction_effects import MIN_FOR_INTERVAL, TOLERANCE_POINTS
from synthdeal_assets.evaluation.quality.simple_guesses import SIMPLE_GUESSES
from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_LEVELS,
    BY_SCORE,
    BY_STAGE,
    DIFFERS,
    FAIRNESS_ATTRIBUTES,
    GUESSED_LEVEL,
    SIMPLE_GUESS,
    TOO_FEW,
)
from synthdeal_assets.foundation.statistics.student_t import student_t_quantile
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import table_exists
from synthdeal_assets.report import vocabulary
from synthdeal_assets.sales.tables import LOG_FILES, SYNTHETIC
from synthdeal_assets.whitespace.tables import CUTOFFS, HOLDOUT_CURVES, HOLDOUT_METRICS, MODELS, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    BASELINES,
    CHAMPION,
    LIST,
    POPULATIONS,
    SCIKIT_LEARN_TREES,
)
from synthdeal_assets.world.salesforce_picklists import LATE_STAGES, RENEWAL, STAGES
from synthdeal_assets.world.tables import NOTICES

WHITESPACE_SOURCES: Final = (LOG_FILES, CUTOFFS, WHITESPACE_LIST, HOLDOUT_METRICS, HOLDOUT_CURVES)
"""What the section on whitespace reads; without one of them there is no finished run of that engine."""

DEALS_THAT_NEED_YOU: Final = 5
DEALS_WORTH_MOST: Final = 5
FLAGGED_DEALS_LISTED: Final = 8
"""Open deals at risk that are named; the figure beside them counts all."""
DEALS_NAMED: Final = 3
"""Deals named in a recommendation or as movers; the figure beside them counts all."""
DEALS_NAMED_OF_A_STEP: Final = 2
"""Deals named in a step of the bridge; the figure beside them counts all."""
SOON: Final = 30
"""Days within which a deal in an early stage can hardly come in."""
LOSSES_LISTED: Final = 4
"""Groups named that lose more by more than chance; the figure beside them counts all."""
LEVEL: Final = 0.05
"""Chance of any false alarm among the pieces of advice of a report, and of any among the groups of lost deals."""
RULES_WITH_A_TEST: Final = ("coach", "qualify", "source", "lost_late", "loss")
"""The recommendations that rest on a difference. After Bonferroni each gets an equal part of the level, and divides it
among what it chooses from."""
RECORDED_WAYS: Final = (
    ("leading", None),
    ("stage_rates", "stage rates"),
    ("stage_percentages", "stage percentages"),
    ("commit", "commit"),
)
"""Ways of forecasting whose records are printed: part of the figure's id, name in scoring.forecast_totals; None is the
one that leads."""
JUDGES_LISTED: Final = 8
"""Scorers, models and versions listed one by one, and models asked; the figure beside them counts all."""
DIFFERENCES_LISTED: Final = 20
"""Unexplained differences between groups listed one by one; the figure beside them counts all."""

COMPETITORS_LISTED: Final = 5
"""Competitors that are named."""
WHITESPACE_LISTED: Final = 5
"""Pairs, and divisions, of the whitespace list that are named."""

OF_LAST_PERIOD: Final = "created_date > (SELECT as_of - 364 FROM crm.world)"
"""What is said about closed deals means those created in the last period, which are scored; bookings alone look back
further. Open deals are all of that period."""

NEW_BUSINESS: Final = f"(FROM crm.opportunities WHERE type != '{RENEWAL}')"
"""The deals that nearly all figures are about. Renewals, of which nine in ten are won, have figures of their own."""
WITHOUT_RENEWALS: Final = ", without renewals"
"""Ends the label of every figure that is about these deals."""

DEAL_COLUMNS: Final = (
    ("account", "Company", "none", "account.name"),
    ("region", "Region of the company", "none", "account.region"),
    ("manager", "Whom its owner reports to; none for the head of sales", "none", "manager.name"),
    ("days_to_close", "Days to the expected close date", "days", "date_diff('day', world.as_of, deal.close_date)"),
    ("days_overdue", "Days since that date", "days", "greatest(date_diff('day', deal.close_date, world.as_of), 0)"),
    ("score", "Score of 100", "points", "score.score"),
    ("scorer", "Scorer that judged it", "none", "score.scorer"),
    ("win_percent", "The scorer's estimate that it will be won", "percent", "round(100 * score.win_probability, 2)"),
    (
        "weighted",
        "Amount weighted with the probability of its stage",
        "USD",
        "round(deal.amount * deal.probability / 100, 2)",
    ),
)
"""What is printed of a listed deal beside what `sql/shared/deal_named.sql` says: last part of the figure's id, label,
unit, expression in `sql/deals.sql`."""
FORECAST_COLUMNS: Final = (
    ("deals", "Open deals", "deals", "count(*)"),
    ("amount", "Amount", "USD", "coalesce(sum(deal.amount), 0)"),
    (
        "weighted",
        "Amount weighted with the probability of the stage",
        "USD",
        "round(coalesce(sum(deal.amount * deal.probability / 100), 0), 2)",
    ),
    (
        "adjusted",
        "Amount weighted with the scorer's estimate",
        "USD",
        "round(coalesce(sum(deal.amount * score.win_probability), 0), 2)",
    ),
)
"""What is printed of a stage or quarter, in the same form, for `sql/forecast.sql`."""
COMPARED_FIGURES: Final = (
    ("pipeline.deals", "Open deals", "deals"),
    ("pipeline.amount", "Amount of all open deals", "USD"),
    ("pipeline.weighted", "Stage-weighted amount", "USD"),
    ("pipeline.adjusted", "Score-adjusted amount", "USD"),
    ("pipeline.mean_score", "Average score", "points"),
    ("quarter.likely", "Likely end of the quarter", "USD"),
    ("pipeline.not_scored", "Open deals whose present state has no score", "deals"),
)
"""Figures that the report shows beside those of an earlier report: figure_id, label, unit."""

LANDMARK_RANKINGS: Final = (("stage", BY_STAGE), ("levels", BY_LEVELS), ("chance", BY_CHANCE))
"""What is printed of how well open deals can be ranked: part of the figure's id, what they are ranked by."""
COLUMNS_OF_REASONS: Final = {
    "flag": ("flag", "flag_scorer", "flag_value", "flag_threshold"),
    "slipped": ("moved_out",),
    "gap": ("supported",),
}
"""What is figured for a deal beside its reason, so that the reason can be given in numbers."""
ASKED_ABOUT: Final = ("gap", "large")
"""Reasons for which a deal that needs the reader comes with a question rather than with a step to take."""


@dataclass(frozen=True, slots=True)
class PreviousReports:
    """What this report is compared with, by report_id.

    Attributes:
        last: The last report of this world; None when there is none.
        last_is_later: Whether it told of a later day than this one, so that no story leads from it to now.
        baseline: The last report of an earlier day, from which the story is told; None when there is none.
    """

    last: str | None
    last_is_later: bool
    baseline: str | None


def previous_reports(connection: duckdb.DuckDBPyConnection, report_id: str) -> PreviousReports:
    """Which earlier reports of the same world the report with this id is compared with."""
    rows = connection.execute(statement(__package__, "previous_reports.sql"), {"report_id": report_id}).fetchall()
    if not rows:
        return PreviousReports(None, last_is_later=False, baseline=None)
    last, last_as_of, today = rows[0]
    if last_as_of > today:
        return PreviousReports(last, last_is_later=True, baseline=None)
    return PreviousReports(last, False, next((earlier for earlier, as_of, _ in rows if as_of < today), None))


Rows = Callable[..., list[tuple[str, ...]]]
"""Rows of a selection: its name, at most how many, and what else its template is filled with."""


def context_of(connection: duckdb.DuckDBPyConnection, report_id: str) -> dict[str, object]:
    """What the templates of all sections are filled with."""
    previous = previous_reports(connection, report_id)
    context: dict[str, object] = {
        "report_id": report_id,
        "last": None if previous.last_is_later else previous.last,
        "later": previous.last if previous.last_is_later else None,
        "baseline": previous.baseline,
        "whitespace_made": all(table_exists(connection, table) for table in WHITESPACE_SOURCES),
        **_NAMES,
    }

    def rows_of(name: str, limit: int | None = None, **values: object) -> list[tuple[str, ...]]:
        sql = statement(__package__, f"selections/{name}.sql", **{**context, **values})
        return connection.execute(sql).fetchall() if limit is None else connection.execute(sql).fetchmany(limit)

    def selected(name: str, limit: int | None = None, **values: object) -> list[str]:
        return [row[0] for row in rows_of(name, limit, **values)]

    # Groups without a deal in them are no figures: most worlds would have dozens.
    context["chance_bands"] = [
        band for band in vocabulary.CHANCE_BANDS if selected("chance_band", condition=band.condition)
    ]
    measured = int(selected("measured_effects")[0])
    # Student's distribution, 95 %, two-sided: few deals carry an instruction, so the normal one would be too narrow.
    context["t"] = round(student_t_quantile(measured - 1, 0.025), 4) if measured >= MIN_FOR_INTERVAL else None
    context["compared_by"] = selected("compared_by")
    context["any_simulated"] = bool(selected("simulated_scores", 1))
    context["judges"] = rows_of("judges", JUDGES_LISTED)
    context["asked_models"] = rows_of("asked_models", JUDGES_LISTED)
    context["differences"] = rows_of("differences", DIFFERENCES_LISTED)
    context["quarters"] = selected("quarters")
    context["industries"] = selected("industries")
    context["lost_reasons"] = selected("lost_reasons")
    context["competitors"] = selected("competitors", COMPETITORS_LISTED)
    context["booked_quarters"] = selected("booked_quarters")
    if context["whitespace_made"]:
        context["whitespace_top"] = selected("whitespace_top", WHITESPACE_LISTED)
        context["whitespace_divisions"] = selected("whitespace_divisions", WHITESPACE_LISTED)
        context["whitespace_points"] = rows_of("whitespace_points")
        # No figure where LightGBM learnt, which is nearly everywhere.
        context["whitespace_stood_in"] = table_exists(connection, MODELS) and bool(selected("whitespace_stand_ins", 1))
    context |= _levels_of_advice(len(selected("lead_sources")))
    context["losses_beyond_chance"] = rows_of("losses_beyond_chance", LOSSES_LISTED)
    context |= _listed_deals(rows_of)
    context |= _changed_deals(previous.baseline, rows_of)
    return context


def _levels_of_advice(sources: int) -> dict[str, object]:
    """The level of each rule, and the normal quantiles of intervals that are as wide as the rule's choice asks for."""
    level = LEVEL / len(RULES_WITH_A_TEST)
    choices = {
        "coach": len(vocabulary.MEDDPICC),
        "qualify": len(vocabulary.MEDDPICC),
        "source": sources,
        "lost_late": 1,
    }
    return {
        "level_of_a_rule": level,
        "z_of_advice": {rule: _normal_quantile(level / max(among, 1)) for rule, among in choices.items()},
        "rules_with_a_test": len(RULES_WITH_A_TEST),
        "other_comparisons": sum(choices.values()),
    }


def _listed_deals(rows_of: Rows) -> dict[str, object]:
    """The deals of each list in its order, and the questions to ask about them, none of them twice."""
    # A score that is known to add nothing to the stage is no reason to look at a deal.
    adds = rows_of("score_adds", 1)
    silent = {"score_adds_nothing": "true" if adds and not adds[0][0] else "false"}
    lists = {
        "need_you": rows_of("need_you", DEALS_THAT_NEED_YOU, **silent),
        "top_deals": rows_of("top_deals", DEALS_WORTH_MOST, **silent),
    }
    places = [
        (name, opportunity_id)
        for name, deals in lists.items()
        for opportunity_id, reason in deals
        if name == "top_deals" or reason in ASKED_ABOUT
    ]
    return {
        **silent,
        "deal_lists": lists,
        "flagged": rows_of("flagged_deals", FLAGGED_DEALS_LISTED, **silent),
        "flag_records": rows_of("flag_records"),
        # What chance calls unknown is no question worth asking.
        "questions": {} if rows_of("is_chance")[0][0] else _unrepeated(places, rows_of),
        "concerned": {
            rule: [row[0] for row in rows_of("concerned_deals", DEALS_NAMED, rule=rule)]
            for rule in vocabulary.NAMING_RULES
        },
    }


def _unrepeated(places: Iterable[tuple[str, str]], rows_of: Rows) -> dict[tuple[str, str], str]:
    """The element to ask about at each place of a list: the least known one about which no place before it asks."""
    deals = tuple(dict.fromkeys(opportunity_id for _, opportunity_id in places))
    questions = rows_of("questions", opportunity_ids=deals) if deals else []
    asked: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    for place in places:
        for opportunity_id, element, question in questions:
            if opportunity_id == place[1] and not seen & {element, question} and place[1] not in seen:
                asked[place] = element
                seen |= {element, question, opportunity_id}
                break
    return asked


def _changed_deals(baseline: str | None, rows_of: Rows) -> dict[str, object]:
    """The deals that are named in the story since the report that this one is compared with."""
    if baseline is None:
        return {"bridged": {}, "movers": {}}

    def named(name: str, most: int, **values: object) -> list[str]:
        return [row[0] for row in rows_of(name, most, report_id=baseline, **values)]

    return {
        "bridged": {step.key: named("bridged_deals", DEALS_NAMED_OF_A_STEP, step=step) for step in vocabulary.BRIDGE},
        "movers": {
            name: named("movers", DEALS_NAMED, direction=direction)
            for name, direction in (("risers", "DESC"), ("fallers", "ASC"))
        },
    }


def _normal_quantile(level: float) -> float:
    """The normal quantile of a two-sided interval that misses with this chance."""
    return round(NormalDist().inv_cdf(1 - level / 2), 4)


_NAMES: Final[Mapping[str, object]] = {
    "stages": vocabulary.STAGES,
    "all_stages": STAGES,
    "late_stages": LATE_STAGES,
    "of_last_period": OF_LAST_PERIOD,
    "new_business": NEW_BUSINESS,
    "renewal": RENEWAL,
    "segments": vocabulary.SEGMENT_NAMES,
    "meddpicc": vocabulary.MEDDPICC,
    "bant": vocabulary.BANT,
    "bands": vocabulary.SCORE_BANDS,
    "bant_bands": vocabulary.BANT_SCORE_BANDS,
    "columns_of_reasons": COLUMNS_OF_REASONS,
    "naming_rules": vocabulary.NAMING_RULES,
    "unactionable": vocabulary.UNACTIONABLE,
    "loss_dimensions": vocabulary.LOSS_DIMENSIONS,
    "loss_dimension_keys": tuple(dimension.key for dimension in vocabulary.LOSS_DIMENSIONS),
    "actionable_dimensions": tuple(each.key for each in vocabulary.LOSS_DIMENSIONS if each.is_actionable),
    "fewest_in_a_group": vocabulary.FEWEST_IN_A_GROUP,
    "bridge_steps": vocabulary.BRIDGE,
    "soon": SOON,
    "recorded_ways": RECORDED_WAYS,
    "by_score": BY_SCORE,
    "by_stage": BY_STAGE,
    "by_chance": BY_CHANCE,
    "simple_guess": SIMPLE_GUESS,
    "headline_guesses": sorted(set(SIMPLE_GUESSES.values())),
    "guessed_level": GUESSED_LEVEL,
    "landmark_rankings": LANDMARK_RANKINGS,
    "min_for_interval": MIN_FOR_INTERVAL,
    "z_of_one": _normal_quantile(LEVEL),
    "invented_notice": NOTICES["fictional"],
    "simulated_mark": vocabulary.SIMULATED_MARK,
    "fairness_attributes": FAIRNESS_ATTRIBUTES,
    "differs": DIFFERS,
    "too_few": TOO_FEW,
    "tolerance": TOLERANCE_POINTS,
    "deal_columns": DEAL_COLUMNS,
    "forecast_columns": FORECAST_COLUMNS,
    "compared_figures": COMPARED_FIGURES,
    "whitespace_populations": POPULATIONS,
    "whitespace_list": LIST,
    "whitespace_rules": BASELINES,
    "whitespace_stand_in": SCIKIT_LEARN_TREES,
    "all_divisions": ALL_DIVISIONS,
    "champion": CHAMPION,
    "synthetic_log": SYNTHETIC,
}
"""What does not hang on the warehouse."""

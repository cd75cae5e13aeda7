"""The whitespace page: what is on it, as one HTML file that fetches nothing and is a plain table without its script.

A pure function of the warehouse's tables; the clock and the run stand in the last line and are handed in. How it looks
belongs in `templates/`, what a run came to in `run_results.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final

import duckdb
import jinja2
import polars as pl

from synthdeal_assets.foundation.publishing.inline_svg import dots_on_diagonal, lines_above_diagonal
from synthdeal_assets.foundation.publishing.palette import SOFT, STRONG
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.whitespace.holdout.verdicts import Verdict
from synthdeal_assets.whitespace.run_results import HoldoutSummary, RunResults, caveats_of, data_in_words
from synthdeal_assets.whitespace.tables import HOLDOUT_CURVES, HOLDOUT_METRICS, PROFILES, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import ALL_DIVISIONS, BASELINES, CHAMPION, GRADES, LIST, RECENCY, WHITESPACE

MAX_PAIRS: Final = 2_000
"""Pairs on the page, those to work on now first: more make a browser slow, and the files have them all."""
MAX_TRAITS: Final = 5
"""Traits of the ideal customer of a division: those after them tell little."""

PAIR_COLUMNS: Final = (
    "place",
    "customer_id",
    "customer_name",
    "division",
    "rep",
    "grade",
    "score",
    "p_icp",
    "expected_value",
    "is_eligible",
    "not_eligible_because",
    "within_capacity",
    "open_opportunities",
    "reasons",
    "caveat",
)


def compose_page(
    connection: duckdb.DuckDBPyConnection, outcome: RunResults, files: Mapping[str, str], run: RunFacts
) -> str:
    """The page of the present list.

    Args:
        connection: A connection to the warehouse.
        outcome: What the run came to.
        files: What the files with the whole list are called, by kind ("CSV", "Excel").
        run: The facts about the run.
    """
    pairs = _pairs(connection)
    return (
        _templates()
        .get_template("whitespace.html.j2")
        .render(
            outcome=outcome,
            facts=outcome.facts,
            log=outcome.log,
            data_in_words=data_in_words(outcome.log),
            judgement=outcome.judgement,
            list_sentence=_list_sentence(connection, outcome),
            populations=_populations(connection, outcome.judgement),
            pairs=pairs,
            left_out=outcome.facts.pairs - len(pairs),
            now_left_out=outcome.facts.within_capacity - sum(pair["within_capacity"] for pair in pairs),
            files=files,
            reps=sorted({pair["rep"] for pair in pairs}),
            divisions=sorted({pair["division"] for pair in pairs}),
            grades=GRADES,
            last_places=_last_places(connection),
            profiles=_profiles(connection),
            caveats=caveats_of(outcome),
            all_divisions=ALL_DIVISIONS,
            colours={"model": STRONG, "rule": SOFT},
            counted=counted,
            run_line=run.line(),
        )
    )


def _pairs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The pairs on the page in the order of the list; when not all have room, those to work on now come first."""
    return query_frame(
        connection,
        statement(__package__, "page_pairs.sql", columns=", ".join(PAIR_COLUMNS), most=MAX_PAIRS),
    ).to_dicts()


def _last_places(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Each grade with the last place that has it, the best first."""
    return connection.execute(
        f"SELECT grade, max(place) FROM {WHITESPACE_LIST.qualified_name} WHERE is_current GROUP BY grade ORDER BY grade"
    ).fetchall()


def _list_sentence(connection: duckdb.DuckDBPyConnection, outcome: RunResults) -> str:
    """What became of the pairs that an earlier list put first; empty when that was not measured or there is no list."""
    if outcome.judgement is None or not outcome.facts.pairs:
        return ""
    cutoff = outcome.judgement.cutoff
    precision = connection.execute(
        f"SELECT k, value, low, high, positives / pairs FROM {HOLDOUT_METRICS.qualified_name} WHERE cutoff_date = ? "
        "AND population = ? AND division = ? AND ranker = ? AND measure = 'precision_at_k' AND low IS NOT NULL",
        [cutoff, WHITESPACE, ALL_DIVISIONS, LIST],
    ).fetchone()
    if precision is None:
        return ""
    k, value, low, high, of_all = precision
    return (
        f"Of the {counted(k, 'pair', 'pairs')} that the list of {cutoff} put first, {_percent(value)} bought in the "
        f"{outcome.facts.window_days} days after it (95 % interval {_percent(low)} to {_percent(high)}); of all pairs "
        f"{_percent(of_all)}."
    )


def _profiles(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, list[str]]]:
    """For each division how many entered it, and the traits of its ideal customer, the most telling first."""
    if not table_exists(connection, PROFILES):
        return []
    rows = query_frame(
        connection,
        f"""
        FROM {PROFILES.qualified_name}
        WHERE cutoff_date = (SELECT max(cutoff_date) FROM {PROFILES.qualified_name}) AND place <= {MAX_TRAITS}
        ORDER BY division, place
        """,
    ).to_dicts()
    return [
        (division, buyers, [_under_its_heading(trait["statement"], division) for trait in traits])
        for (division, buyers), traits in groupby(rows, key=lambda row: (str(row["division"]), int(row["buyers"])))
    ]


def _under_its_heading(statement: str, division: str) -> str:
    """A trait without what the heading above it says already."""
    told = statement.removeprefix(f"Those who entered {division}: ")
    return told[:1].upper() + told[1:]


@dataclass(frozen=True, slots=True)
class _Population:
    """A population of the hold-out as the page shows it: verdict, a row a division, the best rule, charts as SVG."""

    name: str
    verdict: Verdict
    rows: list[dict[str, Any]]
    rule: str
    gains: str
    calibration: str


def _populations(connection: duckdb.DuckDBPyConnection, judgement: HoldoutSummary | None) -> list[_Population]:
    if judgement is None:
        return []
    found = []
    for name, verdict in judgement.populations.items():
        rule = _best_rule(connection, judgement.cutoff, name)
        curves = query_frame(
            connection,
            f"SELECT ranker, curve, x, y, pairs FROM {HOLDOUT_CURVES.qualified_name} "
            "WHERE cutoff_date = ? AND population = ? AND division = ? ORDER BY ranker, curve, point",
            [judgement.cutoff, name, ALL_DIVISIONS],
        )
        rows = _divisions(connection, judgement.cutoff, name, rule)
        found.append(_Population(name, verdict, rows, rule, _gains(curves, name, rule), _calibration(curves, name)))
    return found


def _best_rule(connection: duckdb.DuckDBPyConnection, test_cutoff: dt.date, population: str) -> str:
    """The rule that puts buyers first most often: beside a weaker one any model looks good."""
    row = connection.execute(
        f"SELECT ranker FROM {HOLDOUT_METRICS.qualified_name} WHERE cutoff_date = ? AND population = ? "
        "AND division = ? AND measure = 'auc' AND list_contains(?, ranker) ORDER BY value DESC NULLS LAST, ranker",
        [test_cutoff, population, ALL_DIVISIONS, list(BASELINES)],
    ).fetchone()
    return RECENCY if row is None else str(row[0])


def _divisions(
    connection: duckdb.DuckDBPyConnection, test_cutoff: dt.date, population: str, rule: str
) -> list[dict[str, Any]]:
    """One row a division, all together first: pairs, buyers, the measures of the model, and the rule's ranking."""
    return query_frame(
        connection,
        statement(__package__, "page_divisions.sql"),
        {"champion": CHAMPION, "rule": rule, "cutoff": test_cutoff, "population": population, "all": ALL_DIVISIONS},
    ).to_dicts()


def _gains(curves: pl.DataFrame, population: str, rule: str) -> str:
    series = [(colour, _points(curves, ranker, "gains")) for colour, ranker in ((SOFT, rule), (STRONG, CHAMPION))]
    if not series[-1][1]:
        return ""
    return lines_above_diagonal(
        f"gains-{population}", series, across="Pairs, best first", up="Purchases found among them"
    )


def _calibration(curves: pl.DataFrame, population: str) -> str:
    dots = [
        (100 * x, 100 * y, float(pairs))
        for x, y, pairs in curves.filter((pl.col("ranker") == CHAMPION) & (pl.col("curve") == "calibration"))
        .select("x", "y", "pairs")
        .iter_rows()
    ]
    if not dots:
        return ""
    return dots_on_diagonal(
        f"calibration-{population}",
        [(STRONG, dots)],
        said="Chance said",
        happened="Share that bought",
        whole_scale=False,
    )


def _points(curves: pl.DataFrame, ranker: str, curve: str) -> list[tuple[float, float]]:
    chosen = curves.filter((pl.col("ranker") == ranker) & (pl.col("curve") == curve))
    return [(100 * x, 100 * y) for x, y in chosen.select("x", "y").iter_rows()]


def _number(value: float | None, decimals: int = 2) -> str:
    return "-" if value is None else f"{value:,.{decimals}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}%" if value < 0.1 else f"{100 * value:.0f}%"


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthdeal_assets.whitespace"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["percent"] = _percent
    return environment

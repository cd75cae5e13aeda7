"""What the report says first: flags that set deals apart, forecasts beside what was won, advice beyond chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import jinja2
import pytest

from synthdeal_assets.cli.summary import listed_deals
from synthdeal_assets.evaluation.tables import SCORE_QUALITY
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.report.checks import every_flag_sets_deals_apart
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.report.pages import Pages, compose
from synthdeal_assets.report.tables import FIGURES
from synthdeal_assets.report.wording import FigureBook
from synthdeal_assets.scoring.tables import CALIBRATED_PROBABILITIES
from synthdeal_assets_tests.report.small_warehouse import TODAY, Deal, add, fill, measured, open_warehouse
from synthdeal_assets_tests.report.test_pages import RUN

pytestmark = pytest.mark.slow

SOUND = Deal("S", stage="Perception Analysis", level=3, win_probability=0.8)
"""A late deal with all the evidence that its stage asks for."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


def written(warehouse: Warehouse, deals: Sequence[Deal]) -> tuple[Pages, FigureBook]:
    fill(warehouse, deals)
    with warehouse.connect() as connection:
        figures = compute_figures(connection, RUN.report_id)
    warehouse.replace({FIGURES: figures})
    return compose(figures, RUN), FigureBook(figures)


@pytest.mark.parametrize(("flagged", "of", "tells"), [(3, 5, True), (4, 6, False), (1, 2, True), (2, 2, False)])
def test_a_flag_is_shown_up_to_three_in_five_and_not_beyond(
    warehouse: Warehouse, flagged: int, of: int, tells: bool
) -> None:
    deals = [replace(SOUND, key=f"D{place}", levels={"champion": 0} if place < flagged else {}) for place in range(of)]
    pages, book = written(warehouse, [*deals, *(Deal(f"E{place}", stage="Prospecting") for place in range(9))])
    assert (book.number("flag.lacks_champion.deals"), book.number("flag.lacks_champion.base")) == (flagged, of)
    assert ("Find somebody inside who sells for us" in pages.markdown) is tells
    assert ("## Deals at risk" in pages.markdown) is tells
    assert ("| At risk |" in pages.markdown) is tells
    assert ("## Largest gaps between stage and score" in pages.markdown) is not tells
    row = f"| Late stage, and nothing solid on who sells for us inside | {flagged} | {of} | {flagged / of:.0%} |"
    assert (row in pages.markdown) is not tells
    assert ('href="#largest-gaps"' in pages.html) is not tells
    found = every_flag_sets_deals_apart(warehouse)
    assert isinstance(found, dg.AssetCheckResult)
    assert found.passed is tells
    if not tells:
        assert f"nothing solid on who sells for us inside: {flagged} of {of} scored late-stage" in str(
            found.description
        )


def test_where_every_late_deal_lacks_evidence_the_largest_gaps_are_listed_instead(warehouse: Warehouse) -> None:
    late = [
        Deal(f"L{place}", stage="Negotiation/Review", level=1, amount=100_000 * (place + 1), win_probability=0.3)
        for place in range(4)
    ]
    early = Deal("E", stage="Value Proposition", level=3, amount=2_000_000, win_probability=0.2, name="Early one")
    backed = Deal("B", stage="Prospecting", level=3, amount=9_000_000, win_probability=0.9)
    pages, book = written(warehouse, [*late, early, backed, *(Deal(f"Q{n}", level=3, amount=1) for n in range(9))])
    assert book["largest_gaps.1.name"].word == "Early one", "half of it by stage, a fifth by score"
    assert [book[f"largest_gaps.{place}.deal"].word for place in (2, 3, 4, 5)] == ["L3", "L2", "L1", "L0"]
    assert "deals_at_risk.1.deal" not in book
    assert "largest_gaps.1.is_below_minimum" not in book, "what holds for all is no reason for one"
    assert "committed deals with too little evidence" not in pages.markdown
    with warehouse.connect() as connection:
        listed = query_frame(connection, statement("synthdeal_assets.cli", "listed_deals.sql"), {"most": 1})
    (first,) = listed_deals(listed, "largest_gaps")
    assert (first.name, first.why) == ("Early one", "$1,000,000 by stage, $400,000 by score")
    assert "B" not in [book[f"largest_gaps.{place}.deal"].word for place in range(1, 6)]


def test_a_deal_to_win_has_at_least_the_average_chance_and_may_be_on_another_list(warehouse: Warehouse) -> None:
    risky = Deal("R", stage="Negotiation/Review", level=1, amount=900_000, win_probability=0.6)
    best = Deal("A", amount=2_000_000, win_probability=0.7)
    # The highest score, but a chance below the average.
    hopeless = Deal("H", level=3, amount=9_000_000, win_probability=0.2)
    _, book = written(warehouse, [best, risky, hopeless])
    assert [book[f"top_deals.{place}.deal"].word for place in (1, 2)] == ["A", "R"]
    assert "top_deals.3.deal" not in book


def test_the_headline_is_the_stages_forecast_and_the_scores_stands_below_with_what_it_came_to(
    warehouse: Warehouse,
) -> None:
    past = TODAY - dt.timedelta(days=200)
    closed = [
        Deal("W", stage="Closed Won", amount=100_000, win_probability=0.5, created=past),
        Deal("L", stage="Closed Lost", amount=300_000, win_probability=0.25, created=past),
        # Judged only after it had closed: no forecast.
        Deal("X", stage="Closed Won", amount=999_000, created=TODAY, closes=TODAY),
    ]
    pages, _ = written(warehouse, [Deal("D", stage="Qualification", amount=100_000, win_probability=0.5), *closed])
    assert pages.headline == "Deal stages promise $10k from 1 open deal worth $100k."
    assert "By score it is $50k." in pages.markdown
    assert "has not been fitted to past results: for 2 closed deals" in pages.markdown
    assert "it came to $125k, and $100k was won" in pages.markdown
    assert "true chances promised" not in pages.markdown


def closed_from(source: str, won: int, lost: int) -> list[Deal]:
    return [
        Deal(f"{source}{place}", stage="Closed Won" if place < won else "Closed Lost", lead_source=source)
        for place in range(won + lost)
    ]


@pytest.mark.parametrize(
    ("won_of_sixty", "won_of_other", "advice"),
    [
        (5, 58, "**Shift effort away from the lead source “Web”.** Of its 60 closed deals, 8% were won"),
        # Ten points apart, which is chance. What nobody can act on differs, and is no advice.
        (24, 58, None),
    ],
)
def test_advice_on_a_lead_source_is_about_one_that_can_be_chosen_and_beyond_chance(
    warehouse: Warehouse, won_of_sixty: int, won_of_other: int, advice: str | None
) -> None:
    of_web = closed_from("Web", won_of_sixty, 60 - won_of_sixty)
    of_other = closed_from("Other", won_of_other, 60 - won_of_other)
    few = [*closed_from("Partner Referral", 12, 13), *closed_from("Phone Inquiry", 13, 12)]
    pages, book = written(warehouse, [Deal("D"), *of_web, *of_other, *few])
    assert "“Other”" not in pages.markdown
    if advice is None:
        assert "Shift effort" not in pages.markdown
    else:
        assert advice in pages.markdown
        low, high = (book.number(f"process.source.{end}") for end in ("low", "high"))
        assert low < book.number("process.source.win_percent") - book.number("process.source.others_percent") < high


@pytest.mark.parametrize(("without", "coached"), [(12, True), (2, False)])
def test_the_team_is_coached_on_one_point_only_where_it_stands_out_by_more_than_chance(
    warehouse: Warehouse, without: int, coached: bool
) -> None:
    deals = [replace(SOUND, key=f"D{place}", levels={"metrics": 0} if place < without else {}) for place in range(12)]
    pages, book = written(warehouse, deals)
    assert book["gaps.widest_1.element"].word == "metrics"
    assert ("Coach the team on one point: metrics" in pages.markdown) is coached
    assert ("What late-stage deals lack most: metrics" in pages.markdown) is coached


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.09, "the score beats it by more than luck"),
        (-0.3, -0.1, "whoever only looks at the stage orders deals better, by more than luck"),
    ],
)
def test_beside_the_scores_measures_the_report_prints_the_simple_guess(
    warehouse: Warehouse, low: float, high: float, words: str
) -> None:
    fill(warehouse, [Deal("D"), Deal("W", stage="Closed Won"), Deal("L", stage="Closed Lost")])
    guesses = [
        {**measured(measure, value, role="simple guess"), "scorer": name, "baseline_of": "heuristic, rules, 1"}
        for measure, value, name in (
            ("auc_of_score", 0.95, "last open stage"),
            ("mean_absolute_error", 0.91, "always level 2"),
            ("brier_score", 0.19, "win rate"),
        )
    ]
    # Beside another scorer stands another guess.
    guesses.append({**guesses[0], "value": 0.11, "baseline_of": "openai, gpt-9, p1"})
    gain = measured("auc_of_score_gain_over_simple_guess", (low + high) / 2, low, high)
    add(warehouse, SCORE_QUALITY, *guesses, gain, measured("brier_score", 0.16))
    with warehouse.connect() as connection:
        pages = compose(compute_figures(connection, RUN.report_id), RUN)
    assert f"By the last open stage alone it is 95: {words}." in pages.markdown
    assert "saying level 2 for everything would be off by 0.91" in pages.markdown
    assert "by 0.16 (mean square, 0 is never, 1 is always); saying the share won for every deal would miss by 0.19" in (
        pages.markdown
    )


def test_beside_the_distance_of_the_chances_stands_that_of_the_win_rate(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D"), Deal("W", stage="Closed Won"), Deal("L", stage="Closed Lost")])
    chance = {"win_probability": 0.4, "calibrated_win_probability": 0.3, "fitted_deals": 60, "fitted_until": TODAY}
    scorer, model, version = "heuristic", "rules", "1"
    judge = {"scorer": scorer, "model": model, "prompt_version": version}
    add(warehouse, CALIBRATED_PROBABILITIES, *({"opportunity_id": key, **judge, **chance} for key in ("W", "L")))
    ours = {
        "expected_calibration_error": (0.118, 0.011),
        "expected_calibration_error_calibrated": (0.062, 0.012),
        "brier_score": (0.17, 0.18),
        "brier_score_calibrated": (0.15, 0.19),
    }
    guess = {"scorer": "win rate", "baseline_of": "heuristic, rules, 1"}
    for measure, (value, guessed) in ours.items():
        add(warehouse, SCORE_QUALITY, measured(measure, value))
        add(warehouse, SCORE_QUALITY, {**measured(measure, guessed, role="simple guess"), **guess})
    with warehouse.connect() as connection:
        figures = compute_figures(connection, RUN.report_id)
    text = compose(figures, RUN).markdown
    assert "Saying the share won for every deal would lie 1.1 percentage points from it" in text
    assert "| As the scorer gave them | 11.8 | 1.1 | 0.17 | 0.18 | 100 |" in text
    assert "| Corrected | 6.2 | 1.2 | 0.15 | 0.19 | 100 |" in text
    assert FigureBook(figures).number("guess.calibration.error_as_given.value") == 1.1


@pytest.mark.parametrize(("counted", "words"), [(1, "champion: level 3, counted as 1. No quote"), (3, None)])
def test_a_deal_says_which_of_its_levels_count_half(warehouse: Warehouse, counted: int, words: str | None) -> None:
    fill(warehouse, [Deal("D", level=3)])
    with warehouse.connect() as connection:
        connection.execute(f"UPDATE scoring.score_elements SET counted_level = {counted} WHERE element = 'champion'")
        figures = compute_figures(connection, RUN.report_id)
    text = compose(figures, RUN).markdown
    assert FigureBook(figures).number("top_deals.1.levels") == 21 + counted
    assert ("1 level with no quote found in the deal counts half" in text) is (words is not None)
    assert (f"Unproven: {words}" in text) if words else ("Unproven" not in text)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10: 56 of 70 against 48 of 80.
    environment = jinja2.Environment(loader=jinja2.PackageLoader("synthdeal_assets.report", "sql"))  # noqa: S701 - not HTML
    module = environment.get_template("shared/intervals.sql").module
    ends = ", ".join(
        getattr(module, f"difference_{end}")("share", "deals", "other", "others", 1.959964) for end in ("low", "high")
    )
    sql = f"SELECT {ends} FROM (VALUES (56 / 70, 70, 48 / 80, 80)) AS counts(share, deals, other, others)"
    assert duckdb.sql(sql).fetchall() == [(pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))]

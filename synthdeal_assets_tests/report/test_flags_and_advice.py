"""What the report advises and whom it calls at risk: flags with a record, differences beyond chance, simple guesses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import jinja2
import pytest

from synthdeal_assets.evaluation.tables import LANDMARK_RANKING, SCORE_QUALITY
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.audit import loose_numbers
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.report.pages import Pages, compose
from synthdeal_assets.report.wording import FigureBook
from synthdeal_assets.scoring.flags.tables import FLAG_RECORDS, FLAGS
from synthdeal_assets.scoring.tables import CALIBRATED_PROBABILITIES
from synthdeal_assets_tests.report.small_warehouse import (
    TODAY,
    Deal,
    add,
    fill,
    flagged,
    measured,
    open_warehouse,
    ranked,
    record,
)
from synthdeal_assets_tests.report.test_pages import RUN

pytestmark = pytest.mark.slow

SOUND = Deal("S", stage="Perception Analysis", level=3, win_probability=0.8)
"""A late deal with all the evidence that its stage asks for."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


def written(warehouse: Warehouse, deals: Sequence[Deal]) -> tuple[Pages, FigureBook]:
    fill(warehouse, deals)
    return composed(warehouse)


def composed(warehouse: Warehouse) -> tuple[Pages, FigureBook]:
    with warehouse.connect() as connection:
        figures = compute_figures(connection, RUN.report_id)
    return compose(figures, RUN), FigureBook(figures)


def test_a_deal_is_at_risk_by_a_flag_with_a_record_and_the_record_stands_beside_it(warehouse: Warehouse) -> None:
    fill(warehouse, [replace(SOUND, key="A", name="Slow one"), replace(SOUND, key="B", name="Other one")])
    add(warehouse, FLAG_RECORDS, record("long_in_stage", "longer than most", shown=True))
    add(warehouse, FLAG_RECORDS, record("slipped", "moved out 2 times", shown=False))
    add(warehouse, FLAGS, flagged("A", "long_in_stage", value=57, threshold=20))
    pages, book = composed(warehouse)
    assert book["need_you.1.name"].word == "Slow one"
    assert "At risk: 57 days in its stage, where three in four won deals were seen for at most 20." in pages.markdown
    assert "45 of 100 such deals were lost, 77 of 240 others." in pages.markdown
    assert "**Look first at 1 open deal at risk.**" in pages.markdown
    assert "1 open deal has one ($100k); it is listed under" in pages.first_page["need_you"]
    assert "| longer than most | 45% | 100 | 32% | 240 | below 0.001 | 1 |" in pages.markdown
    assert "| moved out 2 times | 45% | 100 | 32% | 240 | 0.400 | 1 |" in pages.markdown
    assert loose_numbers(pages.html) == []


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("little_evidence", "57 of 24 points of evidence; three in four won deals of its stage had at least 20"),
        ("low_chance", "late stage, and a chance, learnt from deals like it, that is 10 points or more below"),
        ("old", "late stage and 57 days old; 20 days are 1.3 times what a win of its segment usually takes"),
        ("overdue", "its close date passed 57 days ago"),
        ("slipped", "late stage, and its close date was moved out 57 times"),
        ("lacks_champion", "as the record names it"),
    ],
)
def test_every_flag_gives_its_reason_in_numbers_that_are_figures(warehouse: Warehouse, flag: str, said: str) -> None:
    fill(warehouse, [SOUND])
    add(warehouse, FLAG_RECORDS, record(flag, "as the record names it", shown=True))
    add(warehouse, FLAGS, flagged("S", flag, value=57, threshold=20))
    pages, _ = composed(warehouse)
    assert f"At risk: {said}" in pages.markdown
    assert loose_numbers(pages.html) == []


def test_the_record_beside_a_deal_is_that_of_the_scorer_whose_judgement_its_flag_rests_on(
    warehouse: Warehouse,
) -> None:
    fill(warehouse, [replace(SOUND, key="A", name="Thin one")])
    own = record("little_evidence", "less evidence than most", shown=True)
    other = {**own, "scorer": "openai", "model": "m", "prompt_version": "v", "flagged_lost": 61, "p_value": 0.00001}
    add(warehouse, FLAG_RECORDS, own, other)
    add(warehouse, FLAGS, flagged("A", "little_evidence", value=9, threshold=13))
    pages, _ = composed(warehouse)
    assert "45 of 100 such deals were lost" in pages.markdown
    assert "61 of 100" not in pages.markdown.partition("# Appendix")[0]
    assert "| less evidence than most, as heuristic judges | 45% | 100 |" in pages.markdown
    assert "| less evidence than most, as openai judges | 61% | 100 |" in pages.markdown
    assert "less evidence than most</span>, as <span" in pages.html
    assert loose_numbers(pages.html) == []


@pytest.mark.parametrize("scorer", ["heuristic", "crm"])
def test_where_only_other_signs_separate_the_evidence_of_the_scorer_is_said_not_to(
    warehouse: Warehouse, scorer: str
) -> None:
    fill(warehouse, [SOUND])
    add(warehouse, FLAG_RECORDS, {**record("slipped", "moved out", shown=True), "scorer": scorer})
    pages, _ = composed(warehouse)
    said = "No such sign rests on the evidence as heuristic judges it: that has not been found to separate deals here."
    assert (said in pages.markdown) == (scorer == "crm")
    assert loose_numbers(pages.html) == []


@pytest.mark.parametrize("records", [[], [record("slipped", "moved out", shown=False)]])
def test_where_no_sign_separates_no_deal_is_at_risk_and_the_largest_gap_is_named(
    warehouse: Warehouse, records: list[dict[str, object]]
) -> None:
    late = Deal("L", stage="Negotiation/Review", level=1, amount=500_000, win_probability=0.3)
    fill(warehouse, [late, replace(late, key="M", amount=400_000)])
    add(warehouse, FLAG_RECORDS, *records)
    pages, _ = composed(warehouse)
    assert "Largest gap: by its stage it counts for $450k, and by what is written of it for $150k." in pages.markdown
    assert "At risk:" not in pages.markdown
    assert pages.markdown.count("Largest gap") == 1
    said = "Evidence does not separate here" if records else "No sign has a record yet"
    assert said in pages.markdown


def test_the_most_valuable_deals_are_listed_whatever_their_chance_and_whatever_their_danger(
    warehouse: Warehouse,
) -> None:
    overdue = Deal("R", stage="Negotiation/Review", amount=900_000, closes=TODAY - dt.timedelta(days=9))
    best = Deal("A", stage="Negotiation/Review", amount=2_000_000)
    unlikely = Deal("H", stage="Prospecting", amount=3_000_000)
    pages, book = written(warehouse, [best, overdue, unlikely, *(Deal(f"S{n}", amount=9_000) for n in range(4))])
    assert [book[f"top_deals.{place}.deal"].word for place in (1, 2, 3)] == ["A", "R", "H"]
    assert [book.number(f"top_deals.{place}.chance_percent") for place in (1, 2, 3)] == [90, 90, 10]
    assert "- In danger: Its close date passed 9 days ago." in pages.markdown
    assert "to win" not in pages.markdown.partition("# Appendix")[2].partition("## What tells")[0].lower()


def test_no_question_is_asked_twice_on_a_page(warehouse: Warehouse) -> None:
    deals = [Deal(f"D{n}", amount=100_000 + n, level=1, win_probability=0.1) for n in range(9)]
    fill(warehouse, deals)
    with warehouse.connect() as connection:
        connection.execute("UPDATE scoring.score_elements SET question = 'What about ' || element || '?'")
    pages, book = composed(warehouse)
    lists = ("need_you", "top_deals")
    asked = [book[f"{name}.{n}.question"].word for name in lists for n in book.keys(f"{name}.*.question")]
    assert len(asked) >= 5
    assert len(asked) == len(set(asked))
    assert all(pages.html.count(str(question)) == 1 for question in asked)


def test_a_score_that_adds_nothing_is_no_reason_to_look_at_a_deal(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("L", stage="Negotiation/Review", level=1, amount=500_000, win_probability=0.3)])
    add(warehouse, LANDMARK_RANKING, ranked("score", "auc", 0.6, 0.57, 0.63), ranked("stage", "auc", 0.63, 0.61, 0.65))
    add(warehouse, LANDMARK_RANKING, ranked("score", "auc_within_a_stage", 0.49, 0.46, 0.52))
    add(warehouse, LANDMARK_RANKING, ranked("exact chance", "auc", 0.87, 0.85, 0.89))
    pages, book = composed(warehouse)
    assert "So the score adds nothing to what the stage says that could be told from chance." in pages.markdown
    assert book["need_you.1.reason"].word == "large"
    assert "Largest gap" not in pages.markdown


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
    # More money is in one deal without another point; what is said is in how many deals it is missing.
    pages, book = written(warehouse, [*deals, replace(SOUND, key="LARGE", amount=9e6, levels={"champion": 0})])
    assert book["gaps.widest_1.element"].word == "metrics"
    assert ("Coach the team on one point: metrics" in pages.markdown) is coached


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
            ("auc_of_score", 0.95, "stage"),
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

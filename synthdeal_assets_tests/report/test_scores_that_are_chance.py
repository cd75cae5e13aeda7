"""What the report says of scores that order deals no better than a coin, or whose order was not measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthdeal_assets.evaluation.tables import LANDMARK_RANKING
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.flags.tables import FLAG_RECORDS
from synthdeal_assets_tests.report.small_warehouse import (
    MODEL,
    Deal,
    add,
    fill,
    judged_by,
    open_warehouse,
    ranked,
    record,
)
from synthdeal_assets_tests.report.test_flags_and_advice import composed

pytestmark = pytest.mark.slow

DICE = ("dice", "two-dice", "1")
LATE = "Negotiation/Review"
CONFIRMED_WHERE_WON = [
    Deal(f"{stage}{n}", stage=stage, judge=DICE, level=1, levels={"champion": 3 if stage == "Closed Won" else 0})
    for stage in ("Closed Won", "Closed Lost")
    for n in range(20)
]
OPEN = [Deal(f"D{n}", stage=LATE, judge=DICE, level=3, levels={"metrics": 0}) for n in range(12)]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


@pytest.mark.parametrize("is_chance", [True, False])
def test_scores_of_dice_are_called_chance_and_nothing_is_drawn_from_them(warehouse: Warehouse, is_chance: bool) -> None:
    fill(warehouse, [*CONFIRMED_WHERE_WON, *OPEN])
    better = 0.0 if is_chance else 0.1
    rows = [
        ranked("score", "auc", 0.51 + better, 0.48 + better, 0.54 + better),
        ranked("score", "auc_within_a_stage", 0.5 + better, 0.46 + better, 0.54 + better),
        ranked("stage", "auc", 0.62, 0.6, 0.64),
    ]
    add(warehouse, LANDMARK_RANKING, *({**row, **judged_by(DICE)} for row in rows))
    pages, _ = composed(warehouse)
    assert ("That is chance: a coin orders deals as well" in pages.first_page["certainty"]) is is_chance
    assert ("of 100, no better than chance" in pages.markdown) is is_chance
    assert ("cannot be told from chance, so leave it aside" in pages.markdown) is is_chance
    for drawn in (
        "Coach the team on one point: metrics",
        "Make one point a condition",
        "Who signs?",
        "the score alone",
    ):
        assert (drawn in pages.markdown) is not is_chance, drawn


def test_a_scorer_that_was_not_measured_is_not_given_the_heuristics_record(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D", judge=MODEL)])
    add(warehouse, LANDMARK_RANKING, ranked("score", "auc", 0.7, 0.68, 0.72), ranked("stage", "auc", 0.62, 0.6, 0.64))
    block = composed(warehouse)[0].first_page["certainty"]
    assert "**The scores of openai.** How well they order open deals is not measured yet" in block
    assert "**The heuristic, for comparison.** Of 100 pairs" in block
    assert "**The score.**" not in block


def test_the_heuristic_is_called_fixed_rules_learnt_elsewhere_wherever_its_record_stands(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D")])
    add(warehouse, LANDMARK_RANKING, ranked("score", "auc", 0.7, 0.68, 0.72), ranked("stage", "auc", 0.62, 0.6, 0.64))
    pages, _ = composed(warehouse)
    said = "thresholds learnt on other synthetic worlds; a model has not seen any"
    assert f"the score of the heuristic (fixed rules; {said}) put 70" in pages.first_page["certainty"]
    for title in ("## How far to trust the scores", "## What to keep in mind"):
        assert said in pages.markdown.partition(title)[2].partition("\n## ")[0], title


def test_a_sign_that_separates_and_that_no_open_deal_has_is_given_no_amount(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D")])
    add(warehouse, FLAG_RECORDS, record("little_evidence", "less evidence", shown=True))
    pages, _ = composed(warehouse)
    assert "No open deal has a sign that told lost deals from others" in pages.first_page["need_you"]
    assert "($0)" not in pages.first_page["need_you"]

"""The arithmetic from levels to scores."""

from __future__ import annotations

import pytest

from synthdeal_assets.scoring.rubric import (
    BUSINESS_VALUE,
    BUYER_ENGAGEMENT,
    ELEMENTS,
    MEDDPICC_WEIGHTS,
    PROCESS_CLARITY,
    STAGE_MINIMUMS,
    bant_band,
    bant_score,
    max_level,
    meddpicc_points,
    meddpicc_score,
    overall_score,
)
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS

NOTHING = {element: 0 for _, element in ELEMENTS}
EVERYTHING = {element: max_level(element) for _, element in ELEMENTS}


def test_nothing_known_is_zero_and_everything_known_is_the_maximum() -> None:
    assert (meddpicc_score(NOTHING), bant_score(NOTHING), overall_score(NOTHING)) == (0, 0, 0)
    assert (meddpicc_score(EVERYTHING), bant_score(EVERYTHING), overall_score(EVERYTHING)) == (100, 16, 100)
    assert meddpicc_points(EVERYTHING) == 24


def test_the_weights_stand_in_acronym_order() -> None:
    assert tuple(MEDDPICC_WEIGHTS) == MEDDPICC_COLUMNS
    assert tuple(MEDDPICC_WEIGHTS.values()) == (15, 15, 10, 10, 10, 15, 15, 10)


@pytest.mark.parametrize(("element", "weight"), MEDDPICC_WEIGHTS.items())
def test_one_element_alone_is_worth_its_weight(element: str, weight: int) -> None:
    assert meddpicc_score({**NOTHING, element: 3}) == weight
    assert meddpicc_score({**NOTHING, element: 1}) == round(weight / 3, 1)


def test_the_overall_score_is_made_of_forty_twenty_five_twenty_and_fifteen_points() -> None:
    assert overall_score({**NOTHING, "need": 4, "budget": 4}) == pytest.approx(12.5)
    assert overall_score({**NOTHING, "authority": 4}) == pytest.approx(6.7)
    assert overall_score({**NOTHING, "timeline": 2}) == pytest.approx(1.9)
    assert overall_score({**NOTHING, "competition": 3}) == pytest.approx(4.0), "counts for completeness only"
    assert overall_score({**NOTHING, "metrics": 3}) == pytest.approx(40 * 0.15 + 25 / 4, abs=0.06)


def test_every_element_but_competition_counts_in_exactly_one_part() -> None:
    parts = (*BUSINESS_VALUE, *BUYER_ENGAGEMENT, *PROCESS_CLARITY)
    assert sorted(parts) == sorted(element for _, element in ELEMENTS if element != "competition")


@pytest.mark.parametrize(
    ("score", "band"),
    [
        *((0, "unqualified"), (4, "unqualified"), (5, "nurture"), (8, "nurture")),
        *((9, "qualified"), (12, "qualified"), (13, "high"), (16, "high")),
    ],
)
def test_a_bant_score_falls_into_the_band_of_its_points(score: int, band: str) -> None:
    assert bant_band(score) == band


def test_stage_minimums_never_fall_and_cover_every_open_stage() -> None:
    assert tuple(STAGE_MINIMUMS) == OPEN_STAGES
    assert list(STAGE_MINIMUMS.values()) == [0, 8, 12, 16, 18, 18, 21, 22]

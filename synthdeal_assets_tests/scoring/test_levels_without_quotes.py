"""A level that a model was to prove with a quote, and did not, counts half in the scores and stays in sight."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.table_checks import violations
from synthdeal_assets.scoring.answer import ElementJudgement
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.scoring.rubric import ELEMENTS, MAX_LEVELS, overall_score
from synthdeal_assets.scoring.score_integrity import score_integrity, wrong_arithmetic
from synthdeal_assets_tests.llm.any_json import chat_completion
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal
from synthdeal_assets_tests.scoring.test_llm_answer import good_answer

pytestmark = pytest.mark.slow

FULL = {element: MAX_LEVELS[framework] for framework, element in ELEMENTS}
HALF = {element: level // 2 for element, level in FULL.items()}
STANDS = "They buy because rework grows."


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().running() as running:
        yield running


def score_with_quotes(room: Room, server: RawServer, quotes: Mapping[str, str | None]) -> dict[str, int]:
    """Score one deal by a model that gives every element its highest level; what each level counted for."""
    answer: dict[str, Any] = good_answer()
    for element, level in FULL.items():
        answer["elements"][element] |= {"level": level, "quote": quotes[element]}
    server.answer = Raw(200, chat_completion(json.dumps(answer)))
    room.put([deal(1)])
    room.ask_a_model(f"{server.url}/v1")
    assert room.score().success
    rows = room.rows("SELECT element, level, counted_level FROM scoring.score_elements")
    assert {element: level for element, level, _ in rows} == FULL, "what the model said stays on record"
    with room.warehouse.connect() as connection:
        assert wrong_arithmetic(connection).is_empty()
        assert not any(violations(connection, check) for check in score_integrity() if check.is_error)
    return {element: counted for element, _, counted in rows}


def counted_less(room: Room) -> object:
    """What the UI shows at the deal's partition of levels that count less; None when it shows nothing."""
    (event,) = room.instance.fetch_materializations(
        dg.AssetRecordsFilter(SCORES_BY_OPPORTUNITY, ["0060001"]), limit=1
    ).records
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["score"].value is not None
    shown = event.asset_materialization.metadata.get("counted_less")
    return shown and shown.value


@pytest.mark.parametrize("quote", ["Dana Roe signed it in blood.", "they buy BECAUSE rework grows.", None])
def test_levels_whose_quotes_are_made_up_or_missing_count_half(
    room: Room, server: RawServer, quote: str | None
) -> None:
    assert score_with_quotes(room, server, dict.fromkeys(FULL, quote)) == HALF
    assert room.rows("SELECT score, bant_score FROM scoring.opportunity_scores") == [(overall_score(HALF), 8)]


@pytest.mark.parametrize(
    "quote",
    [STANDS, "They  buy\nbecause rework grows.", "\u201cThey buy because rework grows.\u201d", "because rework grows"],
)
def test_levels_whose_quotes_stand_in_the_deal_count_in_full(room: Room, server: RawServer, quote: str) -> None:
    assert score_with_quotes(room, server, dict.fromkeys(FULL, quote)) == FULL
    assert room.rows("SELECT score, meddpicc_score, bant_score FROM scoring.opportunity_scores") == [(100, 100, 16)]
    assert counted_less(room) is None


def test_each_element_counts_by_its_own_quote_and_the_ui_says_which_count_less(room: Room, server: RawServer) -> None:
    made_up = ("champion", "budget")
    quotes = {element: "Nobody ever said this." if element in made_up else STANDS for element in FULL}
    assert score_with_quotes(room, server, quotes) == FULL | {element: HALF[element] for element in made_up}
    assert counted_less(room) == (
        "champion: level 3, counted as 1, because no quote of it was found in the deal; "
        "budget: level 4, counted as 2, because no quote of it was found in the deal"
    )


def test_a_scorer_of_ones_own_that_judges_without_quotes_is_not_counted_less() -> None:
    assert ElementJudgement("MEDDPICC", "champion", 3, None, "", "").counted_level == 3
    assert ElementJudgement("MEDDPICC", "champion", 3, None, "", "", quote_rejected=True).counted_level == 1


@pytest.mark.parametrize(
    ("quote", "rejected", "right"), [("'x'", False, {3}), ("NULL", True, {1}), ("NULL", False, {1, 3})]
)
def test_a_level_that_counts_for_something_else_is_found(
    room: Room, quote: str, rejected: bool, right: set[int]
) -> None:
    room.put([deal(1)])
    assert room.score().success
    (check,) = (each for each in score_integrity() if each.name == "levels_count_as_their_quotes_allow")
    with room.warehouse.connect() as connection:
        for counted in range(4):
            connection.execute(
                f"UPDATE scoring.score_elements SET level = 3, counted_level = {counted}, quote = {quote}, "
                f"quote_rejected = {rejected} WHERE element = 'champion'"
            )
            assert (not violations(connection, check)) == (counted in right), counted

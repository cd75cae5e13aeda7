"""The checks of scoring pass on a room in order and find each broken promise."""

from __future__ import annotations

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal

pytestmark = pytest.mark.slow


def evaluations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        each.check_name: each
        for each in result.get_asset_check_evaluations()
        if each.asset_key.path[-1] == "opportunity_scores"
    }


def test_all_checks_pass_on_a_room_in_order(room: Room) -> None:
    room.put([deal(1), deal(2)])
    found = evaluations(room.everything())
    assert len(found) > 15
    assert [name for name, each in found.items() if not each.passed] == []


def test_open_deals_without_a_score_are_listed_with_the_exact_count_and_only_warn(room: Room) -> None:
    room.put([deal(number) for number in range(15)])
    room.scorer.failing_ids = {"0060007"}
    result = room.everything()
    assert result.success
    found = evaluations(result)
    for name in ("every_open_opportunity_is_scored", "no_opportunity_is_failed_right_now"):
        assert not found[name].passed
        assert found[name].severity is dg.AssetCheckSeverity.WARN
        assert found[name].metadata["offending_rows"].value == 1
        assert "0060007" in str(found[name].metadata["sample"].value)


BREAKS = {
    "scores_equal_their_arithmetic": "UPDATE scoring.opportunity_scores SET score = score + 0.1",
    "levels_fit_their_framework": "UPDATE scoring.score_elements SET level = 4 WHERE element = 'metrics'",
    "quotes_stand_in_the_input": "UPDATE scoring.score_elements SET quote = 'Never said.' WHERE element = 'metrics'",
    "numbers_are_in_range": "UPDATE scoring.opportunity_scores SET win_probability = 1.5",
    "score_elements_links_lead_somewhere": "UPDATE scoring.score_elements SET opportunity_id = 'gone'",
    "keys_are_unique": "INSERT INTO scoring.opportunity_scores SELECT * FROM scoring.opportunity_scores",
}


@pytest.mark.parametrize(("name", "sql"), BREAKS.items(), ids=BREAKS)
def test_a_broken_promise_is_found_and_stops_what_follows(room: Room, name: str, sql: str) -> None:
    room.put([deal(1)])
    room.score()
    with room.warehouse.connect() as connection:
        connection.execute(sql)
    result = room.everything()
    assert not evaluations(result)[name].passed
    assert not result.success


def test_wrong_inputs_are_not_scored(room: Room) -> None:
    room.put([deal(1)])
    with room.warehouse.connect() as connection:
        connection.execute("UPDATE crm.opportunities SET lead_source = 'Carrier pigeon'")
    assert not room.everything().success
    assert room.scorer.calls.total() == 0


def test_missing_elements_are_wrong_arithmetic_too(room: Room) -> None:
    room.put([deal(1)])
    room.score()
    with room.warehouse.connect() as connection:
        connection.execute("DELETE FROM scoring.score_elements WHERE element = 'need'")
        assert query_frame(connection, "SELECT count(*) FROM scoring.score_elements").item() == 11
    assert not evaluations(room.everything())["scores_equal_their_arithmetic"].passed

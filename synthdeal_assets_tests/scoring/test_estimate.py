"""An estimate counts what would be asked, says what each figure rests on, and is right about what a run then takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import pytest

from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.scoring.estimate import Estimate, Ledger, estimate, read_ledger, to_be_judged
from synthdeal_assets.scoring.estimate_words import rows, usd
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal

pytestmark = pytest.mark.slow

NOW = dt.datetime(2026, 11, 20, 12)
KEY = "sk-test-0123456789abcdef0123456789"
DEALS = 30


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer(Behaviour(latency_s=0.02)) as server:
        yield server


@pytest.fixture
def room_with_deals(room: Room) -> Room:
    room.put([deal(number) for number in range(DEALS)])
    return room


def estimated(room: Room, settings: Settings, now: dt.datetime = NOW) -> Estimate:
    scorer = make_scorer(settings)
    with room.warehouse.connect() as connection:
        would = to_be_judged(connection, scorer, max_attempts=3, now=now)
        ledger = read_ledger(connection, would, scorer, not_before=None)
    return estimate(would, scorer, ledger, now=now)


def openai(**changes: Any) -> Settings:
    return Settings(**{"scorer": "openai", "openai_model": "gpt-6-luna", "openai_api_key": KEY, **changes})


def basis_of(what: str, of: Estimate) -> str:
    return next(row.basis for row in rows(of) if row.what == what)


def test_the_heuristic_is_asked_nothing_and_costs_nothing(room_with_deals: Room) -> None:
    seen = estimated(room_with_deals, Settings())

    assert (seen.pending, seen.asking.to_ask, seen.pays) == (DEALS, 0, False)
    assert [row.what for row in rows(seen)] == ["Opportunities to be scored"]


def test_with_an_empty_ledger_tokens_are_assumed_from_the_prompts_and_named_so(room_with_deals: Room) -> None:
    seen = estimated(room_with_deals, openai())

    assert (seen.pending, seen.answered, seen.asking.to_ask, seen.asking.fits) == (DEALS, 0, DEALS, DEALS)
    assert seen.asking.input_tokens is not None
    assert seen.asking.cost_usd is not None
    assert seen.asking.input_tokens.low < seen.asking.input_tokens.expected < seen.asking.input_tokens.high
    assert 0 < seen.asking.cost_usd.low < seen.asking.cost_usd.expected < seen.asking.cost_usd.high
    assert seen.asking.price_version is not None
    assert seen.asking.price_version.startswith("genai-prices ")
    assert {basis_of(what, seen) for what in ("Tokens read", "Tokens written")} == {"assumed"}
    assert basis_of("Time", seen) == "not known"


def test_an_unknown_price_is_not_called_nothing(room_with_deals: Room) -> None:
    seen = estimated(room_with_deals, openai(openai_base_url="http://127.0.0.1:9/v1", openai_model="llama3.1:8b"))

    assert seen.asking.cost_usd is None
    assert seen.asking.price_version is None
    assert [row.figure for row in rows(seen) if row.what == "Cost"] == ["not known"]


def test_what_a_run_took_is_what_was_estimated_from_the_ledger_before(room: Room, server: LlmServer) -> None:
    prices = {"input_price": 1.0, "output_price": 10.0}
    room.put([deal(number) for number in range(DEALS)])
    room.ask_a_model(server.base_url, max_calls=12, **prices)
    assert room.score().success
    room.ask_a_model(server.base_url, **prices)
    before = estimated(room, room.settings)
    with room.warehouse.transaction() as connection:
        connection.execute(
            "INSERT INTO scoring.llm_calls SELECT * REPLACE ('killed ' || call_id AS call_id, 'killed' AS run_id, "
            "'cancelled' AS status, NULL AS input_tokens, NULL AS output_tokens, NULL AS cost_usd) "
            "FROM scoring.llm_calls"
        )
    assert estimated(room, room.settings) == before, "no run is expected to be killed"
    assert room.score().success

    took = room.rows(
        "SELECT sum(input_tokens)::DOUBLE, sum(output_tokens)::DOUBLE, sum(cost_usd) FROM scoring.llm_calls "
        "WHERE run_id = (SELECT run_id FROM scoring.llm_calls ORDER BY asked_at DESC LIMIT 1)"
    )[0]
    assert (before.pending, before.answered, before.asking.to_ask) == (DEALS - 12, 0, DEALS - 12)
    assert before.measured is not None
    assert before.measured.questions == 12
    assert before.asking.input_tokens is not None
    assert before.asking.output_tokens is not None
    assert before.asking.cost_usd is not None
    assert before.asking.input_tokens.expected == pytest.approx(took[0], rel=0.02)
    assert before.asking.output_tokens.expected == pytest.approx(took[1], rel=0.1)
    assert before.asking.cost_usd.expected == pytest.approx(took[2], rel=0.1)
    assert (
        basis_of("Tokens read", before) == basis_of("Tokens written", before) == basis_of("Time", before) == "measured"
    )


def test_answers_that_the_ledger_holds_are_counted_and_cost_nothing(room: Room, server: LlmServer) -> None:
    room.put([deal(number) for number in range(DEALS)])
    room.ask_a_model(server.base_url, max_calls=10)
    assert room.score().success
    with room.warehouse.connect() as connection:
        for table in ("opportunity_scores", "score_elements"):
            connection.execute(f"DELETE FROM scoring.{table}")

    seen = estimated(room, room.settings)

    assert (seen.pending, seen.answered, seen.asking.to_ask) == (DEALS, 10, DEALS - 10)


def test_fewer_than_ten_answers_are_too_few_to_go_by(room: Room, server: LlmServer) -> None:
    room.put([deal(number) for number in range(DEALS)])
    room.ask_a_model(server.base_url, max_calls=9)
    assert room.score().success

    assert estimated(room, room.settings).measured is None


@pytest.mark.parametrize(("cap", "fits"), [(0, 0), (7, 7), (DEALS, DEALS), (10 * DEALS, DEALS)])
def test_a_cap_on_requests_lets_so_many_through(room_with_deals: Room, cap: int, fits: int) -> None:
    seen = estimated(room_with_deals, openai(max_calls=cap))

    assert seen.asking.fits == fits
    assert (f"{DEALS - fits:,} would not be asked" in str(rows(seen))) == (fits < DEALS)


def test_as_many_fit_under_a_cap_in_usd_as_a_run_asks_under_it(room: Room, server: LlmServer) -> None:
    prices = {"input_price": 1.0, "output_price": 10.0, "scorer_concurrency": 1}
    room.put([deal(number) for number in range(DEALS)])
    room.ask_a_model(server.base_url, max_calls=12, **prices)
    assert room.score().success
    room.ask_a_model(server.base_url, max_cost_usd=0.18, **prices)
    before = estimated(room, room.settings)
    assert room.score().success

    asked = room.rows(
        "SELECT count(*) FROM scoring.llm_calls WHERE run_id = "
        "(SELECT run_id FROM scoring.llm_calls ORDER BY asked_at DESC LIMIT 1)"
    )[0][0]
    assert 0 < before.asking.fits < before.asking.to_ask
    assert abs(before.asking.fits - asked) <= 1


def test_time_follows_from_latency_and_concurrency_or_from_a_slower_limit_a_minute(
    room: Room, server: LlmServer
) -> None:
    room.put([deal(number) for number in range(DEALS)])
    room.ask_a_model(server.base_url, max_calls=10)
    assert room.score().success

    at_four = estimated(room, room.settings.changed({"scorer_concurrency": 4, "max_calls": None}))
    limited = {"scorer_concurrency": 4, "max_calls": None, "requests_per_minute": 20}
    slow = estimated(room, room.settings.changed(limited))

    assert at_four.measured is not None
    assert at_four.asking.seconds is not None
    assert at_four.asking.seconds == pytest.approx(at_four.measured.seconds * math.ceil((DEALS - 10) / 4))
    assert slow.asking.seconds == pytest.approx((DEALS - 10) * 60 / 20)


def test_hybrid_is_estimated_as_the_model_it_asks(room_with_deals: Room) -> None:
    hybrid = estimated(room_with_deals, openai(scorer="hybrid"))

    assert hybrid == dataclasses.replace(estimated(room_with_deals, openai()), scorer=hybrid.scorer)
    assert hybrid.asking.to_ask == DEALS


def test_nothing_to_ask_gives_no_figures_about_nothing(room_with_deals: Room) -> None:
    settings = openai()
    scorer = make_scorer(settings)
    with room_with_deals.warehouse.connect() as connection:
        would = to_be_judged(connection, scorer, max_attempts=3, now=NOW)
    keys = frozenset(scorer.question_key(each) or "" for each in would.deals())

    seen = estimate(would, scorer, Ledger(keys), now=NOW)

    assert (seen.answered, seen.asking.to_ask, seen.asking.cost_usd) == (DEALS, 0, None)
    assert "Cost" not in {row.what for row in rows(seen)}


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "$0.00"), (0.00001, "$1e-05"), (0.0042, "$0.0042"), (0.5, "$0.5000"), (1234.5, "$1,234.50")],
)
def test_a_small_amount_is_never_rounded_to_nothing(amount: float, shown: str) -> None:
    assert usd(amount) == shown

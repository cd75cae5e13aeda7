"""Scoring with an endpoint that sends what cannot be stored: all that was paid for is booked, no home is spoiled."""

from __future__ import annotations

import dataclasses
import itertools
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.engine import Answer
from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.llm.ledger.journal import CallJournal
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Outcome, ScorerAnswer
from synthdeal_assets.scoring.asking import PURPOSE, ask_about, scoring_ledger
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.collecting import Collecting
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer, paid_call
from synthdeal_assets_tests.llm.any_json import (
    ANY_JSON,
    changed_somewhere,
    chat_completion,
    message_of_anthropic,
)
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal, scorer_input
from synthdeal_assets_tests.scoring.test_llm_answer import GOOD, good_answer

pytestmark = pytest.mark.slow

ALL = 60
NUMBERS = itertools.count()
"""Of opportunities that no example shares with another."""


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().running() as running:
        running.answer = Raw(200, chat_completion(GOOD))
        yield running


def one(room: Room, query: str) -> tuple[Any, ...]:
    (row,) = room.rows(query)
    return row


def score_all_but_one_well(room: Room, server: RawServer, odd: Any) -> None:
    """Score 60 deals; the tenth request is answered oddly."""
    room.put([deal(number) for number in range(ALL)])
    room.ask_a_model(f"{server.url}/v1", input_price=1.0, output_price=10.0)
    server.script.extend([Raw(200, chat_completion(GOOD))] * 9 + [Raw(200, odd)])
    assert room.score().success


@pytest.mark.parametrize(
    ("odd", "replaced"),
    [
        (chat_completion(f"{GOOD} \ud83d"), "answer"),
        (chat_completion(GOOD, model="m\ud83d"), "response_model"),
        (chat_completion(GOOD, model="m" * 3_000_000), "response_model"),
        (chat_completion(f"\x00{GOOD}"), "answer"),
    ],
)
def test_what_cannot_be_stored_in_an_answer_costs_nothing(
    room: Room, server: RawServer, odd: Any, replaced: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        score_all_but_one_well(room, server, odd)
    assert len(server.requests) == ALL
    booked = "SELECT count(*), sum(input_tokens), sum(output_tokens), round(sum(cost_usd), 9) FROM scoring.llm_calls"
    assert one(room, booked) == (ALL, ALL * 2_000, ALL * 800, 0.6)
    assert one(room, "SELECT count(*) FROM scoring.llm_calls WHERE status = 'success'") == (ALL,)
    assert one(room, "SELECT count(*) FROM scoring.opportunity_scores WHERE scorer = 'openai'") == (ALL,)
    assert one(room, "SELECT error_message FROM scoring.llm_calls WHERE error_message IS NOT NULL") == (
        f"Characters or numbers that cannot be stored were replaced in {replaced}",
    )
    assert caplog.text.count("sent characters or numbers that cannot be stored, first about 006") == 1


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        (chat_completion(f"{GOOD[:300]}\ud83d"), "malformed"),
        (chat_completion("", choices=[{"message": {"content": "", "refusal": "\ud83d" * 9_000}}]), "refused"),
    ],
)
def test_an_unusable_answer_with_half_a_character_is_booked_and_costs_its_own_question_at_most(
    room: Room, server: RawServer, odd: Any, kind: str
) -> None:
    score_all_but_one_well(room, server, odd)
    booked = "SELECT count(*), sum(input_tokens), sum(output_tokens) FROM scoring.llm_calls"
    assert one(room, booked) == (len(server.requests), len(server.requests) * 2_000, len(server.requests) * 800)
    assert one(room, "SELECT error_class FROM scoring.llm_calls WHERE status = 'unusable'") == (kind,)
    ((scored,),) = room.rows("SELECT count(*) FROM scoring.opportunity_scores")
    assert scored == (ALL if kind == "malformed" else ALL - 1), (
        "a malformed answer is asked for again, a refusal is not"
    )


@pytest.mark.parametrize("tokens", [2**63, 10**30, 10**400])
def test_a_count_that_no_column_holds_leaves_the_answer_and_an_unknown_cost(
    room: Room, server: RawServer, tokens: int
) -> None:
    usage = {"prompt_tokens": 2_000, "completion_tokens": tokens}
    score_all_but_one_well(room, server, chat_completion(GOOD, usage=usage))
    assert one(room, "SELECT count(*) FROM scoring.opportunity_scores") == (ALL,)
    assert one(room, "SELECT input_tokens, output_tokens, cost_usd FROM scoring.llm_calls WHERE cost_usd IS NULL") == (
        2_000,
        None,
        None,
    )


def test_half_a_character_in_a_judgement_is_replaced_in_the_score(room: Room, server: RawServer) -> None:
    odd = good_answer()
    odd["reasoning"] = "Up and away \ud83d"
    odd["elements"]["need"]["quote"] = "They buy because rework \ud83d"
    odd["elements"]["need"]["gap"] = "No \udc00 date"
    score_all_but_one_well(room, server, chat_completion(json.dumps(odd)))
    assert one(room, "SELECT count(*) FROM scoring.opportunity_scores") == (ALL,)
    (odd_one,) = one(
        room, "SELECT opportunity_id FROM scoring.opportunity_scores WHERE reasoning = 'Up and away \ufffd'"
    )
    assert room.rows(
        "SELECT quote, quote_rejected, gap FROM scoring.score_elements "
        f"WHERE opportunity_id = '{odd_one}' AND element = 'need'"
    ) == [(None, True, "No \ufffd date")]


def test_a_home_that_half_a_character_has_spoiled_recovers_with_all_that_was_paid_for(
    room: Room, server: RawServer
) -> None:
    room.put([deal(number) for number in range(ALL)])
    room.ask_a_model(f"{server.url}/v1")
    assert room.score().success
    spoil_as_a_dead_run_did(room)
    paid = len(server.requests)
    assert room.score().success
    assert len(server.requests) == paid, "all that the dead run had paid for is in its journal"
    assert one(room, "SELECT count(*), sum(output_tokens) FROM scoring.llm_calls WHERE status = 'success'") == (
        ALL,
        ALL * 800,
    )
    assert one(room, "SELECT count(*) FROM scoring.opportunity_scores") == (ALL,)
    assert list(journals(room).iterdir()) == []


def test_a_line_of_a_dead_run_that_cannot_be_taken_in_is_set_aside_and_only_its_question_is_asked_again(
    room: Room, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    room.put([deal(number) for number in range(ALL)])
    room.ask_a_model(f"{server.url}/v1")
    assert room.score().success
    path = spoil_as_a_dead_run_did(room)
    lines = path.read_text().splitlines()
    lines[5] = lines[5][:200]
    path.write_text("\n".join(lines))
    paid = len(server.requests)
    with caplog.at_level(logging.WARNING):
        assert room.score().success
    assert len(server.requests) == paid + 1
    assert one(room, "SELECT count(*) FROM scoring.opportunity_scores") == (ALL,)
    (aside,) = journals(room).iterdir()
    assert aside.name == "dead-run.not-taken.jsonl"
    assert aside.read_text().splitlines()[1:] == [lines[5]]
    assert str(aside) in caplog.text


def journals(room: Room) -> Path:
    return room.warehouse.path.parent / "llm_journal"


def spoil_as_a_dead_run_did(room: Room) -> Path:
    """Leave the requests of a run in a journal only, one with half a character, as versions did that died of it."""
    columns = [field.name for field in dataclasses.fields(paid_call())]
    with room.warehouse.connect() as connection:
        found = connection.execute(f"SELECT {', '.join(columns)} FROM scoring.llm_calls ORDER BY call_id").fetchall()
        for table in ("llm_calls", "opportunity_scores", "score_elements"):
            connection.execute(f"DELETE FROM scoring.{table}")
    journal = CallJournal(journals(room), "dead-run", purpose=PURPOSE, execution_id="dead-run")
    for number, row in enumerate(found):
        values = dict(zip(columns, row, strict=True))
        journal.note(paid_call(**values | ({"answer": f"{values['answer']} \ud83d"} if number == 9 else {})))
    journal.leave()
    return journals(room) / "dead-run.left.jsonl"


def test_a_request_that_the_ledger_cannot_take_is_set_aside_and_the_run_goes_on(warehouse: Warehouse) -> None:
    class Odd(ScriptedScorer):
        """Notes one request that is spoiled behind all that makes it storable, as a fault of ours might."""

        async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
            def note(call: LlmCall) -> None:
                record(replace(call, model="\ud83d") if deal.opportunity_id == "0000007" else call)

            return await super().score(deal, note)

    kept: Collecting[Outcome] = Collecting()
    deals = [scorer_input(opportunity_id=f"{number:07d}") for number in range(20)]
    ledger = scoring_ledger(warehouse, "run-1")
    asked = ask_about(Odd(pays=True), deals, ledger, kept, concurrency=4)
    assert (len(kept.outcomes), asked.usage.calls) == (20, 20)
    rows = warehouse.read("SELECT subject_id FROM scoring.llm_calls").rows()
    assert {each for (each,) in rows} == {deal.opportunity_id for deal in deals} - {"0000007"}
    (aside,) = ledger.journals.iterdir()
    assert aside.name == f"{ledger.execution_id}.not-taken.jsonl"
    assert json.loads(aside.read_text().splitlines()[1])["subject_id"] == "0000007"


WHOLE = {"openai": chat_completion, "anthropic": message_of_anthropic}
"""What a whole answer looks like, by provider."""


def settings_for(provider: str, url: str) -> Settings:
    values: dict[str, Any] = {
        "scorer": provider,
        "openai_base_url": f"{url}/v1",
        "openai_api_key": "sk-made-up-0123456789",
        "anthropic_base_url": url,
        "anthropic_api_key": "sk-made-up-0123456789",
        "llm_max_attempts": 1,
        "input_price": 1.0,
        "output_price": 1.0,
    }
    return Settings(**values)


@pytest.mark.parametrize("provider", WHOLE)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_an_endpoint_answers_no_run_dies_and_every_request_is_booked(
    warehouse: Warehouse, server: RawServer, provider: str, data: st.DataObject
) -> None:
    whole = WHOLE[provider]
    inside = st.one_of(st.just(GOOD), changed_somewhere(good_answer()).map(json.dumps), st.just(GOOD + " \ud83d"))
    bodies = st.one_of(
        ANY_JSON,
        inside.map(whole),
        inside.map(whole).flatmap(changed_somewhere),
        st.binary(max_size=20),
    )
    answers = data.draw(
        st.lists(st.builds(Raw, st.sampled_from([200, 200, 200, 400, 500]), bodies), min_size=8, max_size=8)
    )
    deals = [scorer_input(opportunity_id=f"{next(NUMBERS):07d}") for _ in answers]
    server.script.clear()
    server.requests.clear()
    server.answer = Raw(200, whole(GOOD))
    server.script.extend(answers)
    scorer = make_scorer(settings_for(provider, server.url), Usage())
    kept: Collecting[Outcome] = Collecting()

    run_id = deals[0].opportunity_id
    asked = ask_about(scorer, deals, scoring_ledger(warehouse, run_id), kept, concurrency=4)
    rows = warehouse.read("SELECT status, answer FROM scoring.llm_calls WHERE run_id = ?", [run_id]).rows()
    assert len(rows) == len(server.requests) == asked.usage.calls
    assert asked.stop is not None or len(kept.outcomes) == len(deals)
    assert sum(status == "success" for status, _ in rows) == sum(
        isinstance(outcome, Answer) for outcome in kept.outcomes
    )

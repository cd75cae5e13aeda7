"""Whatever an endpoint says can be stored: what cannot is replaced and named, and costs nothing beside it."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.llm.storable import (
    MAX_MESSAGE_LENGTH,
    MAX_TOKENS,
    decoded_json,
    storable_call,
    storable_text,
    storable_usage,
)
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_NUMBER = st.none() | st.floats() | st.integers(-(2**70), 2**70)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Grüße 😀", "Grüße 😀"),
        ("cut \ud83d", "cut \ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("two parts \ud83d" + "\ude00 of one answer", "two parts 😀 of one answer"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_half_a_character_is_replaced_and_two_halves_are_put_together(text: str, stored: str) -> None:
    assert storable_text(text) == stored


def test_a_text_of_megabytes_is_cut_and_one_that_was_cut_stays_as_it_is() -> None:
    cut = storable_text("x" * 5_000_000, 200)
    assert (len(cut), cut[-5:]) == (200, "x ...")
    assert storable_text(cut, 200) == cut


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "caf\xe9 \xf0\x9f\x98"}', {"a": "caf\ufffd \ufffd"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "ü"}'.encode("utf-16"), {"a": "ü"}),
        (b'{"a": "two\nlines"}', {"a": "two\nlines"}),
        (b'{"a": ' + b"9" * 10_000 + b"}", {"a": math.inf}),
        (b'{"a": 1e400, "a": -2}', {"a": -2}),
    ],
)
def test_a_body_is_read_as_leniently_as_can_be(body: bytes, value: object) -> None:
    assert decoded_json(body) == value


@pytest.mark.parametrize("count", [-1, MAX_TOKENS + 1, 2**63, 10**400])
def test_a_number_of_tokens_that_cannot_be_is_no_usage(count: int) -> None:
    assert storable_usage(TokenUsage(count, 1)) is None
    assert storable_usage(TokenUsage(1, 1, cached_input_tokens=count)) is None
    assert storable_usage(TokenUsage(MAX_TOKENS, 0)) == TokenUsage(MAX_TOKENS, 0)


def test_a_record_that_can_be_stored_stays_as_it_is() -> None:
    call = paid_call()
    assert storable_call(call) is call


def test_what_was_replaced_in_a_record_is_named_by_its_columns() -> None:
    call = storable_call(
        paid_call(answer="yes \ud83d", response_model="m" * 1_000_000, output_tokens=10**30, cost_usd=math.nan)
    )
    assert (call.answer, call.output_tokens, call.cost_usd, call.input_tokens) == ("yes \ufffd", None, None, 1000)
    assert len(call.response_model or "") == 200
    replaced = "response_model, answer, output_tokens, cost_usd"
    assert call.error_message == f"Characters or numbers that cannot be stored were replaced in {replaced}"
    failed = storable_call(paid_call(status="failed", answer=None, error_message="it said \ud83d"))
    assert (
        failed.error_message
        == "it said \ufffd (Characters or numbers that cannot be stored were replaced in error_message)"
    )
    assert len(storable_call(paid_call(error_message="x" * 9_000)).error_message or "") < MAX_MESSAGE_LENGTH + 100


@pytest.mark.parametrize(
    "changes",
    [
        {"call_id": None},
        {"key": 5},
        {"answer": None},
        {"answer": ["yes"]},
        {"status": "splendid"},
        {"attempts": 0},
        {"attempts": 2**31},
        {"attempts": True},
        {"input_tokens": "12"},
        {"latency_ms": None},
        {"asked_at": "yesterday"},
    ],
)
def test_what_is_no_record_of_a_request_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        storable_call(paid_call(**changes))


@settings(max_examples=40, deadline=None)
@given(
    texts=st.fixed_dictionaries(dict.fromkeys(("call_id", "model", "parameters", "answer", "endpoint"), ANY_TEXT)),
    others=st.fixed_dictionaries({name: st.none() | ANY_TEXT for name in ("response_model", "error_message")}),
    counts=st.fixed_dictionaries(
        dict.fromkeys(("input_tokens", "cached_input_tokens", "output_tokens", "cost_usd"), ANY_NUMBER)
    ),
    latency_ms=st.floats() | st.integers(-(2**1100), 2**1100),
)
def test_the_ledger_takes_every_record_that_was_made_storable(
    texts: dict[str, str], others: dict[str, str | None], counts: dict[str, Any], latency_ms: float
) -> None:
    call = storable_call(paid_call(**texts, **others, **counts, latency_ms=latency_ms))
    assert all(value.encode() is not None for value in dataclasses.astuple(call) if isinstance(value, str))
    with duckdb.connect() as memory:
        prepare_ledger(memory)
        assert record_calls(memory, [call], run_id="run-1", purpose="testing") == ()
        assert memory.execute("SELECT answer FROM scoring.llm_calls").fetchall() == [(call.answer,)]


def test_the_ledger_takes_all_rows_but_the_one_that_can_be_none(tmp_path: Path) -> None:
    calls = [paid_call(call_id=f"call-{number}") for number in range(20)]
    bad = [paid_call(call_id="call-7", answer="\ud83d"), paid_call(call_id="call-12", input_tokens=2**70)]
    calls[7], calls[12] = bad
    with Warehouse(database=str(tmp_path / "warehouse.duckdb")).transaction() as connection:
        prepare_ledger(connection)
        assert record_calls(connection, calls, run_id="run-1", purpose="testing") == tuple(bad)
        rows = connection.execute("SELECT call_id FROM scoring.llm_calls").fetchall()
    assert {call_id for (call_id,) in rows} == {call.call_id for call in calls} - {"call-7", "call-12"}

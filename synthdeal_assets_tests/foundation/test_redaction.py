"""What counts as a secret in a text, in every spelling; and that nothing else does."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from synthdeal_assets.foundation.redaction import (
    REDACTED,
    Redactor,
    hidden_for_a_while,
    hide,
    redact,
    redact_json,
    redacted_traceback,
)
from synthdeal_assets_tests.foundation.planted_secrets import LEAKS, ODD_KEY, SHAPED

BODY = "Q7vXz2LmN8pRt4Kc"


@pytest.mark.parametrize("secret", SHAPED.values(), ids=SHAPED.keys())
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "before {} after",
        "({}).",
        "header: {}\nnext line",
        "\x1b[31m{}\x1b[0m",
        "https://api.example/v1?x={}&y=1",
        "<b>{}</b>",
        "[{}](https://docs.example)",
    ],
)
def test_a_secret_is_recognised_by_its_shape_wherever_it_stands(secret: str, text: str) -> None:
    clean = redact(text.format(secret))

    assert REDACTED in clean
    assert [leak for leak in LEAKS if leak in clean] == []


@pytest.mark.parametrize("secret", SHAPED.values(), ids=SHAPED.keys())
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_json_stays_json_and_loses_its_secrets_however_deep_they_are_wrapped(secret: str, depth: int) -> None:
    text = json.dumps({"message": f"line\n{secret}\nline", "number": 1})
    for _ in range(depth - 1):
        text = json.dumps({"event": text})

    clean = redact(text)

    assert [leak for leak in LEAKS if leak in clean] == []
    for _ in range(depth - 1):
        clean = json.loads(clean)["event"]
    message = json.loads(clean)
    assert message["number"] == 1
    assert message["message"].startswith("line\n")
    assert message["message"].endswith("\nline")


@pytest.mark.parametrize(
    "text",
    [
        "OPENAI_API_KEY=Off-with-her-head",
        "export ANTHROPIC_API_KEY='Off-with-her-head'",
        "password: Off-with-her-head",
        "{'password': 'Off-with-her-head'}",
        'client_secret = "Off-with-her-head"',
        "Server=db;Uid=alice;Pwd=Off-with-her-head;",
        "Authorization: Basic Off-with-her-head",
        "GET /v1?access_token=Off-with-her-head&page=2",
        "redis://:Off-with-her-head@cache.example:6379/0",
        "https://alice:Off-with-her-head@git.example/repo.git",
        "00D000000000062!Off.with.her.head",
    ],
)
def test_the_value_of_a_name_that_means_secret_is_replaced(text: str) -> None:
    clean = redact(text)

    assert "head" not in clean
    assert REDACTED in clean


@pytest.mark.parametrize(
    "text",
    [
        "opportunity 006000000000421AAA moved to Negotiation/Review",
        "run 8c395c3b-f9a7-4a59-b9f0-22a8eb3561ad",
        "input_hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "risk-adjusted-forecast-of-the-quarter and task-2026-11-20-follow-up",
        "input_tokens=1250 output_tokens: 310 cost_usd=0.0125",
        "primary_key=opportunity_id sort_key: amount asset_key=crm/opportunities",
        "The bearer of documents is the champion, the secretary keeps the minutes.",
        "openai_api_key: (not set)",
        '{"api_key": {"env": "OPENAI_API_KEY"}, "password": null}',
        "http://127.0.0.1:3000/assets/crm/opportunities?view=lineage&mail=a@b.example",
        r"(?:https?://)?(?:[a-z0-9._%+-]+@)?(?:[a-z0-9-]+\.)+example",
        "Call me at 555-0142 or write to jane.doe@acme.example",
        "2026-11-21T08:37:42.647423+00:00",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "spelling",
    [
        ODD_KEY,
        json.dumps(ODD_KEY),
        json.dumps(ODD_KEY, ensure_ascii=False),
        json.dumps(json.dumps({"key": ODD_KEY})),
        repr(ODD_KEY),
        quote(ODD_KEY),
        quote(ODD_KEY, safe=""),
        ODD_KEY.encode().hex(),
        *(base64.b64encode(("x" * lead + ODD_KEY + "tail").encode()).decode() for lead in range(3)),
        *(base64.urlsafe_b64encode(("x" * lead + ODD_KEY).encode()).decode() for lead in range(3)),
    ],
)
def test_a_configured_secret_is_replaced_in_every_spelling(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert redact(spelling) == spelling, "without the setting it is a text like any other"

    monkeypatch.setenv("OPENAI_API_KEY", ODD_KEY)
    clean = redact(f"before {spelling} after")

    assert REDACTED in clean
    assert "4711" not in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")


def test_a_short_configured_secret_is_replaced_as_a_word_and_a_placeholder_not_at_all() -> None:
    redactor = Redactor(["hunter2", "none"])

    assert redactor.text("hunter2, a hunter2b and none") == f"{REDACTED}, a hunter2b and none"


def test_each_line_of_a_secret_of_several_lines_is_secret() -> None:
    lines = [f"first-{BODY}", f"second-{BODY}"]

    assert Redactor(["\n".join(lines)]).text(f"log: {lines[1]}") == f"log: {REDACTED}"


def test_a_changed_env_file_counts_at_once() -> None:
    env_file = Path(".env")
    env_file.write_text("OPENAI_API_KEY=the-first-key-of-all\n", encoding="utf-8")
    assert redact("the-first-key-of-all") == REDACTED

    env_file.write_text("OPENAI_API_KEY=another-key-than-before\n", encoding="utf-8")
    assert redact("another-key-than-before") == REDACTED


def test_nested_values_lose_what_stands_under_a_name_that_means_secret() -> None:
    value = {"password": "abc", "api_key": 42, "note": [f"sk-{BODY}", ("plain", 3)], "on": True, "token": None}

    assert redact_json(value) == {
        "password": REDACTED,
        "api_key": REDACTED,
        "note": [REDACTED, ["plain", 3]],
        "on": True,
        "token": None,
    }


def test_redacting_twice_changes_nothing_more() -> None:
    once = redact(" | ".join(SHAPED.values()))

    assert redact(once) == once


def test_a_traceback_is_printed_with_its_causes_and_without_secrets() -> None:
    try:
        try:
            raise ConnectionError(f"refused sk-{BODY}")
        except ConnectionError as error:
            raise ValueError(f"gave up on password={BODY}") from error
    except ValueError as error:
        printed = redacted_traceback(error)

    assert BODY not in printed
    assert f"ConnectionError: refused {REDACTED}" in printed
    assert f"ValueError: gave up on password={REDACTED}" in printed


def test_a_line_without_secrets_costs_microseconds() -> None:
    line = "refresh - 8c395c3b-f9a7-4a59-b9f0-22a8eb3561ad - scoring__opportunity_scores - ASSET_MATERIALIZATION" * 2
    started = time.perf_counter()
    for _ in range(2_000):
        redact(line)

    assert time.perf_counter() - started < 1.0  # 0.04 s on an idle core; a second allows for a busy one.


def test_a_megabyte_without_line_ends_is_redacted_in_reasonable_time() -> None:
    text = "password secret token :// sk- eyJ bearer \\\" ' = : " * 20_000
    started = time.perf_counter()
    redact(text)

    assert time.perf_counter() - started < 5.0


def test_what_only_a_flag_says_is_secret_until_the_command_ends() -> None:
    said = "the word is open-sesame-17"

    with hidden_for_a_while():
        hide(["open-sesame-17"])
        assert redact(said) == f"the word is {REDACTED}"
    assert redact(said) == said

"""That an endpoint takes no schema is remembered in the ledger, for so long, and until it is seen to take one."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from synthdeal_assets.cli.doctor_ask import ask_endpoint
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.accepted_parameters import FIRST_ANSWERS
from synthdeal_assets.llm.connect import REMEMBERED_FOR, connect
from synthdeal_assets.llm.failures import AnswerError, FailureKind, LlmError
from synthdeal_assets.llm.ledger.calls import LlmCall, Question
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.llm.any_json import chat_completion
from synthdeal_assets_tests.llm.asking import MESSAGES, SCHEMA
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer, Sent

pytestmark = pytest.mark.slow

REPOSITORY: Final = Path(__file__).parents[2]
REFUSED: Final = Raw(400, {"error": {"message": "Unsupported: response_format", "param": "response_format"}})
FORM: Final = '{"colour": "blue"}'


def ignores(sent: Sent) -> Raw:
    return Raw(200, chat_completion(FORM if "additionalProperties" in str(sent.body["messages"]) else "Hello"))


def keeps(_sent: Sent) -> Raw:
    return Raw(200, chat_completion(FORM))


def refuses(sent: Sent) -> Raw:
    return REFUSED if "response_format" in sent.body else ignores(sent)


def read(text: str) -> str:
    if text != FORM:
        raise AnswerError(FailureKind.MALFORMED, "It is not the form.")
    return text


def settings_at(server: RawServer, home: Path, **changes: Any) -> Settings:
    values = {"scorer": "openai", "openai_base_url": server.url, "openai_model": "gemma3", "home": home, **changes}
    return Settings(**{"llm_max_attempts": 5, **values})


def ask(server: RawServer, home: Path, **changes: Any) -> list[str]:
    """How the form was asked for in each request that one question took, which the ledger keeps."""
    connection = connect(settings_at(server, home, **changes), "openai", concurrency=1, prompt_version="1")
    calls: list[LlmCall] = []

    async def asking() -> None:
        client = connection.client(connection.budget(Usage()))
        with contextlib.suppress(LlmError):
            await client.ask(Question("key", "letter", "v1", MESSAGES, SCHEMA), read, calls.append)
        await client.aclose()

    before = len(server.requests)
    asyncio.run(asking())
    with Warehouse(database=str(home / "warehouse.duckdb")).transaction() as warehouse:
        prepare_ledger(warehouse)
        record_calls(warehouse, calls, run_id="run", purpose="testing")
    return [sent.body.get("response_format", {}).get("type", "words") for sent in server.requests[before:]]


ASK: Final = """
import sys
from pathlib import Path
from types import SimpleNamespace
from synthdeal_assets_tests.llm.test_remembered_form import ask

ask(SimpleNamespace(url=sys.argv[1], requests=[]), Path(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("endpoint", "tries"), [(ignores, FIRST_ANSWERS), (refuses, 1)])
def test_what_one_process_learned_of_schemas_another_one_knows(
    server: RawServer, tmp_path: Path, endpoint: Any, tries: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer_to = endpoint
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", ASK, server.url, str(tmp_path)], check=True, env=environment)
    with_schema = [sent for sent in server.requests if "json_schema" in str(sent.body.get("response_format"))]
    assert len(with_schema) == tries
    assert "took no schema" not in caplog.text

    assert "json_schema" not in ask(server, tmp_path)
    assert "gemma3 at " in caplog.text
    assert "took no schema within the last 30 days" in caplog.text

    assert ask(server, tmp_path, openai_model="another")[:tries] == ["json_schema"] * tries
    assert ask(server, tmp_path / "another home")[:tries] == ["json_schema"] * tries
    assert set(ask(server, tmp_path, schema_mode="strict")) == {"json_schema"}


def test_a_schema_is_tried_again_when_none_was_for_so_long(server: RawServer, tmp_path: Path) -> None:
    server.answer_to = ignores
    ask(server, tmp_path)
    for days, again in ((REMEMBERED_FOR.days - 1, False), (REMEMBERED_FOR.days + 1, True)):
        with Warehouse(database=str(tmp_path / "warehouse.duckdb")).connect() as connection:
            connection.execute(
                "UPDATE scoring.llm_calls SET asked_at = ? WHERE contains(parameters, 'json_schema')",
                [utc_now() - dt.timedelta(days=days)],
            )
        assert ("json_schema" in ask(server, tmp_path)) is again


@pytest.mark.parametrize("mode", ["words", pytest.param("strict", marks=pytest.mark.slow)])
def test_a_way_that_the_settings_fixed_teaches_nothing(server: RawServer, tmp_path: Path, mode: str) -> None:
    server.answer_to = ignores
    ask(server, tmp_path, schema_mode=mode)
    assert ask(server, tmp_path)[:FIRST_ANSWERS] == ["json_schema"] * FIRST_ANSWERS


def test_an_endpoint_that_keeps_to_schemas_but_for_an_answer_or_two_is_asked_with_one(
    server: RawServer, tmp_path: Path
) -> None:
    server.answer_to = keeps
    ask(server, tmp_path)
    server.script.append(Raw(200, chat_completion("Hello")))
    assert ask(server, tmp_path) == ["json_schema"] * 2
    assert ask(server, tmp_path) == ["json_schema"]


@pytest.mark.parametrize(("answers", "learned"), [(FIRST_ANSWERS, True), (FIRST_ANSWERS - 1, False)])
def test_a_run_that_ended_before_it_asked_in_words_leaves_what_it_learned(
    server: RawServer, tmp_path: Path, answers: int, learned: bool
) -> None:
    server.answer_to = ignores
    assert ask(server, tmp_path, llm_max_attempts=answers) == ["json_schema"] * answers
    assert ("json_schema" not in ask(server, tmp_path)) is learned


def test_doctor_tries_the_schema_and_what_it_sees_holds_for_the_next_run(server: RawServer, tmp_path: Path) -> None:
    def doctor() -> str:
        return next(each.detail for each in ask_endpoint(settings_at(server, tmp_path)) if each.subject == "Schema")

    server.answer_to = ignores
    ask(server, tmp_path)
    assert "which is remembered for 30 days" in doctor()
    assert "json_schema" not in ask(server, tmp_path), "what it ignored again is no sign that it keeps to it"
    server.answer_to = keeps
    assert doctor().endswith("is sent as a schema, and the answer has it")
    assert ask(server, tmp_path) == ["json_schema"]

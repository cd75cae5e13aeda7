"""Whose answer it is: what tells endpoints apart, in the code and in the step that makes the keys of before anew."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Final

import duckdb
import pytest

from synthdeal_assets.demo_llm import server as demo_llm
from synthdeal_assets.foundation.warehouse.migrations import MIGRATIONS
from synthdeal_assets.llm.ledger.calls import DEMO_MODEL, endpoint_identity, key_at
from synthdeal_assets.llm.ledger.journal import CallJournal, left_journals
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

IDENTITIES: Final = {
    ("https://api.openai.com/v1", "gpt-6-luna"): "api.openai.com/v1",
    ("http://api.openai.com:443/v1", "gpt-6-luna"): "api.openai.com:443/v1",
    ("https://API.openai.com:443/v1", "gpt-6-luna"): "api.openai.com/v1",
    ("http://127.0.0.1:11434/v1", "gemma3"): "127.0.0.1:11434/v1",
    ("https://127.0.0.1:11434/v1", "gemma3"): "127.0.0.1:11434/v1",
    ("http://127.0.0.1:8080", "gemma3"): "127.0.0.1:8080",
    ("http://127.0.0.1:80", "gemma3"): "127.0.0.1",
    ("http://127.0.0.1:8080/", "gemma3"): "127.0.0.1:8080",
    ("http://[::1]:80/Team/v1", "gemma3"): "[::1]/Team/v1",
    ("http://[fe80::80]/v1", "gemma3"): "[fe80::80]/v1",
    ("http://gateway/a://b:80/v1", "gemma3"): "gateway/a://b:80/v1",
    ("http://127.0.0.1:8089/v1", "demo-llm"): "demo-llm",
    ("http://127.0.0.1:8089/v1", "demo-llm-2"): "demo-llm",
    ("http://127.0.0.1:8089/v1", "my-demo-llm"): "127.0.0.1:8089/v1",
}


@pytest.mark.parametrize(("asked", "identity"), IDENTITIES.items())
def test_an_endpoint_is_known_by_host_port_and_path_and_demo_llm_by_its_name(
    asked: tuple[str, str], identity: str
) -> None:
    assert endpoint_identity(*asked) == identity
    assert demo_llm.DEMO_MODEL == DEMO_MODEL


def test_keys_of_before_are_made_anew_as_they_are_made_now_and_scores_get_the_endpoint_that_answered() -> None:
    step = next(migration for migration in MIGRATIONS if migration.version == 5)
    scores = "opportunity_id VARCHAR, scorer VARCHAR, model VARCHAR, prompt_version VARCHAR, scored_at TIMESTAMP"
    answer = "'success' status, 'scoring' purpose, 'p' provider, '1' prompt_version"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA scoring; CREATE TABLE scoring.opportunity_scores ({scores})")
        connection.execute(
            f"CREATE TABLE scoring.llm_calls AS SELECT *, subject_id AS key, {answer} FROM (VALUES "
            + ", ".join(
                f"('{number}', '{endpoint}', '{model}', TIMESTAMP '2026-11-20')"
                for number, (endpoint, model) in enumerate(IDENTITIES)
            )
            + ") AS calls(subject_id, endpoint, model, asked_at)"
        )
        connection.execute(
            "INSERT INTO scoring.opportunity_scores SELECT subject_id, provider, model, prompt_version, asked_at "
            "FROM scoring.llm_calls UNION ALL SELECT 'no longer on record', 'p', 'gemma3', '1', TIMESTAMP '2026-11-20'"
        )

        step.apply(connection)

        keys = dict(connection.execute("SELECT subject_id, key FROM scoring.llm_calls").fetchall())
        found = dict(connection.execute("SELECT opportunity_id, endpoint FROM scoring.opportunity_scores").fetchall())
    expected = {str(number): identity for number, identity in enumerate(IDENTITIES.values())}
    assert keys == {number: key_at(number, identity) for number, identity in expected.items()}
    assert found == {**expected, "no longer on record": None}


def test_failures_of_before_get_the_endpoint_that_their_run_had_asked() -> None:
    step = next(migration for migration in MIGRATIONS if migration.version == 7)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE SCHEMA scoring; CREATE TABLE scoring.score_failures AS SELECT subject_id AS opportunity_id, run_id "
            "FROM (VALUES ('a', 'now'), ('b', 'now'), ('heuristic', 'now')) AS failures(subject_id, run_id)"
        )
        connection.execute(
            "CREATE TABLE scoring.llm_calls AS SELECT *, 'gemma3' AS model FROM (VALUES "
            "('a', 'now', 'scoring', 'http://A:80/v1', 1), ('a', 'now', 'doctor', 'http://x', 2), "
            "('a', 'later', 'scoring', 'http://x', 3), ('b', 'now', 'scoring', 'https://b/v1', 4), "
            "('heuristic', 'before', 'scoring', 'http://x', 5)) "
            "AS calls(subject_id, run_id, purpose, endpoint, asked_at)"
        )
        step.apply(connection)
        found = connection.execute("SELECT opportunity_id, endpoint FROM scoring.score_failures").fetchall()
    assert dict(found) == {"a": "a/v1", "b": "b/v1", "heuristic": None}


def test_a_journal_of_before_is_taken_in_under_the_keys_of_now_and_one_of_today_as_it_stands(tmp_path: Path) -> None:
    journal = CallJournal(tmp_path, "run-1", purpose="testing", execution_id="today")
    journal.note(paid_call())
    path = tmp_path / "today.jsonl"
    head, line = path.read_text().splitlines()
    of_before = {name: value for name, value in json.loads(line).items() if name != "keys"}
    (tmp_path / "before.jsonl").write_text(f"{head}\n{json.dumps(of_before)}\n")

    before, today = left_journals(tmp_path)

    assert today.calls == (paid_call(),)
    assert before.calls == (dataclasses.replace(paid_call(), key=key_at("key-1", "127.0.0.1/v1")),)

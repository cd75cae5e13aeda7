"""`synthdeal run` with a model: what it cost and what it left is said, and what cannot work ends in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthdeal_assets.demo_llm.faults import Behaviour, RequestOutcome
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES
from synthdeal_assets_tests.cli.conftest import AS_OF, SIZE, Synthdeal
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scored_deals import scored_deals

pytestmark = pytest.mark.slow

PRICES = {"SYNTHDEAL_INPUT_PRICE": "1", "SYNTHDEAL_OUTPUT_PRICE": "10"}
WRONG_KEY = "sk-wrong-0123456789abcdef"


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer(Behaviour()) as server:
        yield server


@pytest.fixture
def flags(server: LlmServer, home: Path) -> list[str]:
    """Flags that have this server score this home."""
    return ["--scorer", "openai", "--base-url", server.base_url, "--model", "m", "--as-of", AS_OF, "--home", str(home)]


def cost(read: int, written: int) -> str:
    """What so many tokens cost at `PRICES`, as it is printed."""
    return f"${read / 1e6 + written / 1e5:.4f}"


def scores(home: Path) -> list[str]:
    return Warehouse(database=str(home / "warehouse.duckdb")).read_table(OPPORTUNITY_SCORES)["scorer"].to_list()


def test_a_reached_cap_says_what_is_left_and_the_next_run_does_it_without_paying_twice_and_says_what_it_cost(
    synthdeal: Synthdeal, home: Path, flags: list[str], server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PRICES.items():
        monkeypatch.setenv(name, value)
    first = synthdeal("run", *flags, "--max-calls", "10")
    left = scored_deals(SIZE, AS_OF) - 10
    assert first.exit_code == 0
    assert f"{left} left pending. The cap of 10 requests per run is reached" in first.stdout
    capped = server.counts()
    assert capped.requests == 10

    told = synthdeal("run", *flags)
    status = synthdeal("status", "--home", home)
    counts = server.counts()

    assert told.exit_code == 0, told.stderr
    assert scores(home) == ["openai"] * scored_deals(SIZE, AS_OF)
    assert {each.requests for each in counts.by_opportunity.values()} == {1}
    assert sum(counts.outcomes.values()) == counts.outcomes[RequestOutcome.ANSWERED]
    asked = counts.requests - capped.requests
    read, written = counts.input_tokens - capped.input_tokens, counts.output_tokens - capped.output_tokens
    assert f"m (openai): {asked} requests, {read:,} tokens read" in told.stdout
    assert f"{written:,} written, {cost(read, written)}." in told.stdout
    assert re.search(rf"Scores: done, {left} of {left} scored, 0 failed, {left} requests, \$", told.stderr)
    assert f"m (openai): {counts.requests:,} requests, {counts.requests:,} valid answers" in status.stdout
    assert cost(counts.input_tokens, counts.output_tokens) in status.stdout


def test_a_wrong_key_is_one_clear_sentence_and_leaves_everything_as_it_was(
    synthdeal: Synthdeal, home: Path, flags: list[str], server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", WRONG_KEY)
    server.behaviour = Behaviour(api_key="sk-right-0123456789abcdef")

    told = synthdeal("run", *flags)

    assert told.exit_code == 1
    last = told.stderr.splitlines()[-1]
    assert "does not accept the key" in last
    assert ": check OPENAI_API_KEY" in last
    assert f"{scored_deals(SIZE, AS_OF)} are left pending" in last
    assert WRONG_KEY not in told.output
    assert server.counts().requests <= 3
    assert scores(home) == ["heuristic"] * scored_deals(SIZE, AS_OF)


def test_what_failed_is_named_with_the_command_that_asks_again_and_a_cost_not_known_is_not_called_nothing(
    synthdeal: Synthdeal, home: Path, flags: list[str], server: LlmServer
) -> None:
    ids = Warehouse(database=str(home / "warehouse.duckdb")).read_table(OPPORTUNITY_SCORES)["opportunity_id"].to_list()
    server.behaviour = Behaviour(always=dict.fromkeys(ids[:3], RequestOutcome.REFUSED))
    told = synthdeal("run", *flags)
    assert told.exit_code == 0, told.stderr
    again = f"synthdeal retry --scorer openai --model m --base-url {server.base_url} --home {home}"
    assert f"3 failed: `{again}` scores them again." in told.stdout
    status = synthdeal("status", "--home", home)
    assert f"`synthdeal retry --home {home}` scores the failed ones again" in " ".join(status.stdout.split())
    assert "written, cost unknown." in told.stdout
    assert "requests, cost unknown" in told.stderr
    assert "written, cost unknown" in status.stdout
    server.behaviour = Behaviour()
    server.reset_counts()

    retried = synthdeal(*again.split()[1:])

    assert "3 failed opportunities were retried: 3 scored now, 0 failed again." in retried.stdout
    assert set(server.counts().by_opportunity) >= set(ids[:3])
    assert scores(home).count("openai") == scored_deals(SIZE, AS_OF)


def test_the_doctor_names_model_endpoint_price_and_prompts_and_sends_nothing(
    synthdeal: Synthdeal, home: Path, server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_SCORER", "openai")
    monkeypatch.setenv("SYNTHDEAL_OPENAI_BASE_URL", server.base_url)
    told = synthdeal("doctor", "--home", home)
    monkeypatch.delenv("SYNTHDEAL_OPENAI_BASE_URL")
    without_key = synthdeal("doctor", "--home", home)

    words = " ".join(told.stdout.split())
    assert told.exit_code == 0
    assert f"openai: gpt-6-luna at {server.base_url}" in words
    assert "note Price unknown for gpt-6-luna" in words
    assert "scoring-" in words
    assert server.counts().requests == 0
    assert without_key.exit_code == 1
    assert "FAULT Keys OPENAI_API_KEY is not set" in " ".join(without_key.stdout.split())
    assert "ok Price known for gpt-6-luna" in " ".join(without_key.stdout.split())

"""`synthdeal compare` names, asks, prints and stores its sides."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthdeal_assets.cli.comparison.named_side import NamedSide, named_side
from synthdeal_assets.demo_llm.faults import ANY, Behaviour, RequestOutcome
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.scoring.scorers.heuristic import RULES_VERSION
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scoring.small_org import deal, organisation

pytestmark = pytest.mark.slow

COUNT = 12
SECRET = "sk-planted-0123456789abcdef"  # noqa: S105 - no secret: it is looked for in what is left behind


@pytest.fixture(scope="module")
def untouched_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a world of 12 deals that nobody has scored; not to be written to."""
    home = tmp_path_factory.mktemp("untouched_world")
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    outcomes = ("Closed Won", "Closed Lost", None)
    warehouse.replace(
        organisation(
            [
                deal(
                    number,
                    evidence={} if number % 4 == 0 else deal(number).evidence,
                    outcome=outcomes[number % 3],
                    closed_on=dt.date(2026, 6, 1) if outcomes[number % 3] else None,
                )
                for number in range(COUNT)
            ]
        )
    )
    with warehouse.connect() as connection:
        inputs = build_inputs(connection)
    warehouse.replace({SCORER_INPUTS: inputs})
    return home


@pytest.fixture
def world(untouched_world: Path, tmp_path: Path) -> Path:
    """A home of the test's own with that world."""
    return Path(shutil.copytree(untouched_world, tmp_path / "world"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LlmServer]:
    """A model server that the settings point to."""
    with LlmServer() as server:
        monkeypatch.setenv("SYNTHDEAL_OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("SYNTHDEAL_OPENAI_MODEL", "small")
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        yield server


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    return Warehouse(database=str(home / "warehouse.duckdb")).read(query).rows()


def test_two_sides_are_compared_and_the_figures_stored(synthdeal: Synthdeal, world: Path, server: LlmServer) -> None:
    result = synthdeal("compare", "heuristic", "openai", "--home", world)

    assert result.exit_code == 0, result.stderr
    assert "Only 12 deals are available, fewer than 100: all of them are used." in result.stderr
    assert "Sample: 12 of 12 deals (seed 42): 4 open, 4 won, 4 lost; 0 with a planted instruction." in result.stderr
    assert f"Left:   heuristic, fixed-rules, prompt {RULES_VERSION}" in result.stderr
    assert "thresholds learnt on other synthetic worlds; a model has not seen any" in result.stdout
    assert "Level error" in result.stdout
    assert "Guess is what needs no scorer" in result.stdout
    assert "Both sides scored 12 of the 12 deals" in result.stdout
    assert "This comparison sent 12 requests" in result.stdout
    assert server.counts().requests == COUNT
    ((name, scorer, model, figures),) = rows(
        world,
        "SELECT comparison_id, scorer, model, count(*) FROM scoring.score_comparisons WHERE side = 2 GROUP BY ALL",
    )
    assert (scorer, model, figures) == ("openai", "small", 24)
    assert name in result.stdout
    assert rows(world, "SELECT DISTINCT run_id, subject_id FROM scoring.llm_calls ORDER BY ALL") == [
        (name, f"006{number:04d}") for number in range(COUNT)
    ]
    assert rows(world, "SELECT * FROM duckdb_tables() WHERE table_name = 'opportunity_scores'") == []


def test_asking_again_sends_nothing_and_another_model_is_another_question(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    synthdeal("compare", "heuristic", "openai:llama3.1:8b", "--home", world)
    again = synthdeal("compare", "openai:llama3.1:8b", "heuristic", "--home", world)

    assert "This comparison sent 0 requests ($0.00); answers reused from the ledger: 12." in again.stdout
    assert server.counts().requests == COUNT
    assert {body["model"] for body in server.bodies()} == {"llama3.1:8b"}
    synthdeal("compare", "openai", "openai:llama3.1:8b", "--home", world, "--sample", 5)
    assert server.counts().requests == COUNT + 5


def test_another_folder_of_prompts_asks_other_questions(
    synthdeal: Synthdeal, world: Path, server: LlmServer, tmp_path: Path
) -> None:
    prompts = tmp_path / "my@prompts"
    prompts.mkdir()
    (prompts / "system.j2").write_text("Judge as the manager of managers would.", encoding="utf-8")

    result = synthdeal("compare", "openai", f"openai@{prompts}", "--home", world)

    assert result.exit_code == 0, result.stderr
    assert server.counts().requests == 2 * COUNT
    ((left, right),) = rows(world, "SELECT min(prompt_version), max(prompt_version) FROM scoring.score_comparisons")
    assert left != right
    asked = [body["messages"][0]["content"] for body in server.bodies()]
    assert sum("manager of managers" in text for text in asked) == COUNT


def test_the_same_side_twice_is_asked_once_and_every_difference_is_0(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    result = synthdeal("compare", "openai", "openai:small", "--home", world)

    assert "so it is asked only once" in result.stderr
    assert server.counts().requests == COUNT
    differences = rows(
        world, "SELECT DISTINCT difference FROM scoring.score_comparisons WHERE side = 2 AND value IS NOT NULL"
    )
    assert differences == [(0.0,)]


def test_a_cap_on_requests_holds_for_both_sides_together(synthdeal: Synthdeal, world: Path, server: LlmServer) -> None:
    result = synthdeal("compare", "openai:a", "openai:b", "--home", world, "--max-calls", 22, "--scorer-concurrency", 4)

    assert result.exit_code == 0, result.stderr
    assert server.counts().requests == 22
    assert "Both sides scored 10 of the 12 deals" in result.stdout
    assert "The cap of 22 requests per run is reached" in result.stdout


def test_a_wrong_key_is_one_sentence_and_no_thousand_requests(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    server.behaviour = Behaviour(api_key="another")
    result = synthdeal("compare", "heuristic", "openai", "--home", world, "--scorer-concurrency", 2)

    assert (result.exit_code, code_of(result)) == (1, "compare.side-cannot-be-asked")
    assert "openai (small) " in result.stderr
    assert SECRET not in result.stdout + result.stderr
    assert "paid for and kept" not in result.stderr, "nothing was paid for"
    assert server.counts().requests <= 2
    assert rows(world, "SELECT * FROM duckdb_tables() WHERE table_name = 'score_comparisons'") == []


def test_when_a_side_cannot_be_asked_it_is_said_that_what_was_paid_for_is_kept(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    server.behaviour = Behaviour(served_models="small")
    left = synthdeal("compare", "openai", "openai:gone", "--home", world)
    paid = server.counts().requests

    assert (left.exit_code, code_of(left)) == (1, "compare.side-cannot-be-asked")
    assert f"{COUNT} answers are paid for and kept, and not asked for again." in " ".join(left.stderr.split())
    again = synthdeal("compare", "openai", "heuristic", "--home", world)
    assert again.exit_code == 0, again.stderr
    assert server.counts().requests == paid


def test_deals_that_a_side_cannot_judge_are_counted_and_said(
    synthdeal: Synthdeal, world: Path, server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_LLM_MAX_ATTEMPTS", "1")
    server.behaviour = Behaviour(always={"0060001": RequestOutcome.REFUSED, "0060002": RequestOutcome.REFUSED})
    result = synthdeal("compare", "heuristic", "openai", "--home", world)

    assert "Both sides scored 10 of the 12 deals" in result.stdout
    assert "Right could not score 2: refused twice." in result.stdout


def test_when_nothing_can_be_judged_there_is_one_sentence_and_nothing_is_stored(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    server.behaviour = Behaviour(script={ANY: [RequestOutcome.REFUSED] * 20})
    result = synthdeal("compare", "heuristic", "openai", "--home", world)

    assert (result.exit_code, code_of(result)) == (1, "compare.no-common-deals")
    assert "the right side failed on 12 (refused 12 times)." in result.stderr
    assert rows(world, "SELECT * FROM duckdb_tables() WHERE table_name = 'score_comparisons'") == []


@pytest.mark.parametrize(
    ("sides", "code", "named"),
    [
        (("heuristik", "heuristic"), "scoring.unknown-scorer", "heuristic, openai, anthropic or hybrid."),
        (("heuristic:m", "heuristic"), "scoring.model-for-heuristic", "heuristic"),
        (("openai:", "heuristic"), "compare.no-model-named", "'openai:' "),
        ((":m", "heuristic"), "compare.unknown-scorer", "':m' "),
        (("openai@nowhere", "heuristic"), "compare.no-prompts-folder", "'nowhere'"),
        (("openai:m@./nowhere", "heuristic"), "compare.no-prompts-folder", "'./nowhere'"),
        (("openai=localhost:8000", "heuristic"), "compare.no-address", "'openai=localhost:8000' "),
        (("openai:m=localhost:8000/v1", "heuristic"), "compare.no-address", "http:// or https://"),
        (("openai=http://", "heuristic"), "compare.not-an-address", "such as http://localhost:11434/v1"),
        (("openai=http://[::1", "heuristic"), "compare.not-an-address", "such as http://localhost:11434/v1"),
        (("openai=http://me:word@[::1", "heuristic"), "compare.not-an-address", "such as http://localhost:11434/v1"),
        (("openai=http://host:99999/v1", "heuristic"), "compare.not-an-address", "a port from 1 to 65535"),
        (("openai=https://me:word@host/v1", "heuristic"), "compare.address-with-secrets", "OPENAI_API_KEY"),
        (("openai=https://host/v1?key=word", "heuristic"), "compare.address-with-secrets", "OPENAI_API_KEY"),
        (("heuristic=http://host/v1", "heuristic"), "scoring.model-for-heuristic", "address"),
        (("heuristic",), "compare.one-side", "at least two"),
        (("heuristic", "openai"), "llm.key-missing", "OPENAI_API_KEY "),
    ],
)
def test_a_side_that_is_none_is_refused_in_one_sentence(
    synthdeal: Synthdeal, world: Path, sides: tuple[str, ...], code: str, named: str
) -> None:
    result = synthdeal("compare", *sides, "--home", world)

    assert (result.exit_code, code_of(result)) == (2, code)
    assert named in result.stderr
    assert "Traceback" not in result.stderr
    assert "word@" not in result.stderr
    assert "=word" not in result.stderr


def test_without_a_world_it_says_what_to_do(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("compare", "heuristic", "heuristic", "--home", tmp_path / "nowhere")

    assert (result.exit_code, code_of(result)) == (1, "compare.no-world")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("text", "scorer", "model", "prompts", "address"),
    [
        ("heuristic", "heuristic", None, None, None),
        ("openai:gpt-6-sol", "openai", "gpt-6-sol", None, None),
        ("openai:llama3.1:8b", "openai", "llama3.1:8b", None, None),
        ("openai@prompts", "openai", None, "prompts", None),
        ("openai:llama3.1:8b@prompts", "openai", "llama3.1:8b", "prompts", None),
        ("openai:@cf/meta/llama-3.1-8b", "openai", "@cf/meta/llama-3.1-8b", None, None),
        ("openai:@cf/meta/llama@./prompts", "openai", "@cf/meta/llama", "prompts", None),
        ("anthropic:claude@20261101", "anthropic", "claude@20261101", None, None),
        ("anthropic:claude@a@b", "anthropic", "claude", "a@b", None),
        ("openai=http://localhost:1/v1", "openai", None, None, "http://localhost:1/v1"),
        ("openai:llama3.1:8b=HTTPS://host/v1", "openai", "llama3.1:8b", None, "HTTPS://host/v1"),
        ("openai@prompts=http://h/v1", "openai", None, "prompts", "http://h/v1"),
        ("openai:@cf/m@a@b=http://h", "openai", "@cf/m", "a@b", "http://h"),
    ],
)
def test_a_model_may_hold_colons_and_at_signs(
    text: str, scorer: str, model: str | None, prompts: str | None, address: str | None
) -> None:
    for folder in ("prompts", "a@b"):
        Path(folder).mkdir()
    assert named_side(text) == NamedSide(text, scorer, model, Path(prompts) if prompts else None, address)


def test_a_folder_that_is_a_file_is_refused() -> None:
    Path("prompts").write_text("no folder", encoding="utf-8")
    with failing_with("compare.no-prompts-folder"):
        named_side("openai@prompts")

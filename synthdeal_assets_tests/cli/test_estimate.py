"""`synthdeal run --estimate` says what the run would ask and cost, asks nothing and changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets_tests.cli.conftest import AS_OF, SIZE, Synthdeal, code_of
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scored_deals import scored_deals

NEXT_MONTH = "2026-12-20"


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer(Behaviour()) as server:
        yield server


def figures(told: str) -> dict[str, str]:
    """The figures by what they are."""
    found = re.findall(r"^  (\S.*?)  +(\S.*?)  +(\S.*)$", told, re.MULTILINE)
    return {what: figure for what, figure, _ in found}


def count(told: str, what: str) -> int:
    return int(figures(told)[what].split()[0].replace(",", ""))


def state_of(home: Path) -> dict[str, str]:
    """Every file of a home with what is in it."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(home.rglob("*")) if path.is_file()
    }


def test_for_the_heuristic_it_says_that_nothing_is_paid_for_and_makes_no_home(
    synthdeal: Synthdeal, tmp_path: Path
) -> None:
    told = synthdeal("run", "--estimate", "--opportunities", "40", "--as-of", AS_OF, "--home", tmp_path / "new")

    assert told.exit_code == 0
    renewals = re.search(r"40 opportunities and (\d+) renewals:", told.stdout)
    assert renewals is not None
    assert count(told.stdout + "  \n", "Opportunities to be scored") == 40 + int(renewals[1]) > 40
    assert "costs nothing" in told.stdout
    assert not (tmp_path / "new").exists()


def test_no_key_is_needed_to_know_what_a_run_would_cost(synthdeal: Synthdeal, tmp_path: Path) -> None:
    flags = ["--scorer", "openai", "--opportunities", "40", "--as-of", AS_OF, "--home", tmp_path / "new"]

    told = synthdeal("run", "--estimate", *flags)
    run = synthdeal("run", *flags)

    assert told.exit_code == 0, told.stderr
    assert figures(told.stdout)["Cost"].startswith("$")
    assert "https://api.openai.com/v1" in told.stdout
    assert (run.exit_code, code_of(run)) == (2, "llm.key-missing")
    assert not (tmp_path / "new").exists()


def test_the_model_and_the_endpoint_of_the_flags_are_those_of_the_provider_that_is_asked(
    synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_HYBRID_PROVIDER", "anthropic")
    asked = ["--model", "some-model", "--base-url", "http://127.0.0.1:9", "--opportunities", "5"]
    for scorer in ("openai", "anthropic", "hybrid"):
        told = synthdeal("run", "--estimate", "--scorer", scorer, *asked, "--home", tmp_path / "new")
        assert "some-model at http://127.0.0.1:9" in told.stdout, told.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--model", "some-model"], "--model is given, but the heuristic scorer asks no model"),
        (["--scorer", "openai", "--base-url", "over there"], "--base-url is 'over there' (from flag), which is not"),
        (["--scorer", "anthropic", "--max-cost-usd", "-1"], "--max-cost-usd is -1.0 (from flag), which is not"),
        (
            ["--scorer", "openai", "--base-url", "http://127.0.0.1:9/v1", "--max-cost-usd", "1"],
            "SYNTHDEAL_MAX_COST_USD cannot be kept",
        ),
    ],
)
def test_flags_that_cannot_work_are_refused_in_one_sentence(
    synthdeal: Synthdeal, tmp_path: Path, flags: list[str], said: str
) -> None:
    for estimate in ([], ["--estimate"]):
        told = synthdeal("run", *estimate, *flags, "--home", tmp_path / "new")

        assert told.exit_code == 2
        assert told.stderr.startswith(said)
        assert len(told.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_another_world_is_refused_as_the_run_would_refuse_it(synthdeal: Synthdeal, home: Path) -> None:
    other = ["run", "--estimate", "--seed", "7", "--as-of", AS_OF, "--home", home]
    refused = synthdeal(*other)
    replaced = synthdeal(*other, "--replace-world")

    assert (refused.exit_code, code_of(refused)) == (2, "world.differs")
    assert replaced.exit_code == 0
    assert count(replaced.stdout + "  \n", "Opportunities to be scored") == scored_deals(SIZE, AS_OF, seed=7)


@pytest.mark.slow
def test_the_run_asks_what_was_estimated_and_the_estimate_asked_and_changed_nothing(
    synthdeal: Synthdeal, home: Path, server: LlmServer
) -> None:
    flags = ["--scorer", "openai", "--base-url", server.base_url, "--model", "m", "--home", home]
    first = synthdeal("run", "--estimate", *flags, "--as-of", AS_OF)
    assert server.counts().requests == 0
    assert synthdeal("run", *flags, "--as-of", AS_OF).exit_code == 0
    assert server.counts().requests == count(first.stdout, "To be asked") >= scored_deals(SIZE, AS_OF)
    before = state_of(home)

    told = synthdeal("run", "--estimate", *flags, "--as-of", NEXT_MONTH)

    assert state_of(home) == before
    asked_before = server.counts().requests
    assert synthdeal("run", *flags, "--as-of", NEXT_MONTH).exit_code == 0
    assert server.counts().requests - asked_before == count(told.stdout, "To be asked")
    assert 0 < count(told.stdout, "To be asked") < scored_deals(SIZE, AS_OF)
    assert "measured" in told.stdout

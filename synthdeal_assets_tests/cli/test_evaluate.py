"""`synthdeal evaluate`: a scorer on deals as they stood at month ends, and what it would cost, before it costs."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthdeal_assets.cli.evaluate import quarter_ends_first
from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.evaluation.tables import LANDMARK_RANKING
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.tables import LANDMARK_SCORES
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import store_world
from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of
from synthdeal_assets_tests.fakes.llm_server import LlmServer

AS_OF = dt.date(2026, 11, 20)
LATEST = [dt.date(2026, 9, 30), dt.date(2026, 6, 30)]


@pytest.fixture(scope="module")
def untouched_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small world that nobody has scored; not to be written to."""
    home = tmp_path_factory.mktemp("untouched_world")
    store_world(Warehouse(database=str(home / "warehouse.duckdb")), generate_world_in_chunks(WorldSpec(42, 90, AS_OF)))
    return home


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LlmServer]:
    """A model's server that the settings name, which answers everything."""
    with LlmServer(Behaviour()) as running:
        monkeypatch.setenv("SYNTHDEAL_OPENAI_BASE_URL", running.base_url)
        monkeypatch.setenv("SYNTHDEAL_OPENAI_MODEL", "demo-llm")
        yield running


@pytest.fixture
def world(untouched_world: Path, tmp_path: Path) -> Path:
    """A home of the test's own with that world."""
    return Path(shutil.copytree(untouched_world, tmp_path / "world"))


def warehouse_of(home: Path) -> Warehouse:
    return Warehouse(database=str(home / "warehouse.duckdb"))


def test_a_scorer_that_costs_nothing_is_measured_on_every_month_end(synthdeal: Synthdeal, world: Path) -> None:
    result = synthdeal("evaluate", "--home", world)

    assert result.exit_code == 0, result.stderr
    with warehouse_of(world).connect() as connection:
        inputs = landmark_inputs(connection)
    assert warehouse_of(world).read_table(LANDMARK_SCORES).height == inputs.height
    auc = warehouse_of(world).read_table(LANDMARK_RANKING).filter(measure="auc", ranked_by="score")["value"].item()
    assert f"Won or lost   {auc:.3f}" in result.stdout
    assert "this cost nothing" in result.stdout
    assert "beyond chance" not in result.stdout


@pytest.mark.slow
def test_a_paid_scorer_is_asked_about_a_sample_once_and_only_after_its_cost_was_said(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    asked = ("evaluate", "--scorer", "openai", "--landmarks", "2", "--sample", "8", "--home", world)
    estimate = synthdeal(*asked, "--estimate")
    assert "To be asked: 16" in estimate.stdout
    assert "Nothing was sent" in estimate.stdout
    refused = synthdeal(*asked)
    assert (refused.exit_code, code_of(refused)) == (2, "cli.nobody-to-ask")
    assert server.counts().requests == 0
    first = synthdeal(*asked, "--yes")
    assert first.exit_code == 0, first.stderr
    assert server.counts().requests == 16
    assert "Levels: no agreement with the truth beyond chance" in first.stdout, "the server judges by a hash"
    again = synthdeal(*asked)
    assert (again.exit_code, server.counts().requests) == (0, 16), again.stderr
    larger = synthdeal(*asked[:-4], "--sample", "10", "--home", world, "--yes")
    assert (larger.exit_code, server.counts().requests) == (0, 20), larger.stderr
    scores = warehouse_of(world).read_table(LANDMARK_SCORES)
    assert scores["landmark_date"].unique().sort(descending=True).to_list() == LATEST
    assert set(scores["scorer"]) == {"openai"}
    assert "it knows more than anybody could" in first.stdout
    ranking = warehouse_of(world).read_table(LANDMARK_RANKING)
    assert ranking["landmarks"].unique().to_list() == [20]


@pytest.mark.slow
def test_three_deals_are_said_to_be_too_few_and_a_cap_says_how_many_were_left(
    synthdeal: Synthdeal, world: Path, server: LlmServer
) -> None:
    asked = ("evaluate", "--scorer", "openai", "--landmarks", "1", "--home", world, "--yes")
    few = synthdeal(*asked, "--sample", "8", "--max-calls", "3")
    assert (few.exit_code, server.counts().requests) == (0, 3), few.stderr
    rest = synthdeal(*asked, "--sample", "8")
    assert (rest.exit_code, server.counts().requests) == (0, 8), rest.stderr
    once = synthdeal(*asked, "--sample", "9")
    assert (once.exit_code, server.counts().requests) == (0, 9), once.stderr

    assert "5 of 8 deals are left to ask about; 3 answers are kept, and not asked for again." in said(few.stderr)
    assert "3 deals, judged 3 times at month ends. Too few deals: a figure takes at least 10." in said(few.stdout)
    assert "Won or lost" not in few.stdout
    assert "1 request sent" in once.stdout
    assert "left to ask about" not in rest.stderr


def said(text: str) -> str:
    """What was printed, in one line."""
    return " ".join(text.split())


def test_without_a_world_there_is_nothing_to_measure_on(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("evaluate", "--home", tmp_path / "empty")
    assert (result.exit_code, code_of(result)) == (1, "evaluate.no-world")
    assert not (tmp_path / "empty" / "warehouse.duckdb").exists()


def test_ends_of_quarters_come_first_the_latest_before_the_others() -> None:
    days = [dt.date(2026, month + 1, 1) - dt.timedelta(days=1) for month in range(1, 9)]
    assert [day.month for day in quarter_ends_first(days)] == [6, 3, 8, 7, 5, 4, 2, 1]

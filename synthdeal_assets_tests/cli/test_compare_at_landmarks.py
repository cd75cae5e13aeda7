"""`synthdeal compare --landmark`: deals that were open at a month end, as they were, measured by how they ended."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.generate import generate_world, generate_world_in_chunks
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import store_world
from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of
from synthdeal_assets_tests.fakes.llm_server import LlmServer

SIZE = 60
AS_OF = dt.date(2026, 11, 20)
LANDMARK = dt.date(2026, 2, 28)


@pytest.fixture(scope="module")
def untouched_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small world that nobody has scored; not to be written to."""
    home = tmp_path_factory.mktemp("untouched_world")
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    store_world(warehouse, generate_world_in_chunks(WorldSpec(42, SIZE, AS_OF)))
    with warehouse.connect() as connection:
        inputs = build_inputs(connection)
    warehouse.replace({SCORER_INPUTS: inputs})
    return home


@pytest.fixture
def world(untouched_world: Path, tmp_path: Path) -> Path:
    """A home of the test's own with that world."""
    return Path(shutil.copytree(untouched_world, tmp_path / "world"))


def warehouse_of(home: Path) -> Warehouse:
    return Warehouse(database=str(home / "warehouse.duckdb"))


@pytest.mark.slow
def test_scorers_see_the_deals_of_a_month_end_as_they_were_and_are_measured_by_their_ends(
    synthdeal: Synthdeal, world: Path, tmp_path: Path
) -> None:
    result = synthdeal("compare", "heuristic", "heuristic", "--landmark", LANDMARK, "--home", world)

    assert result.exit_code == 0, result.stderr
    record = warehouse_of(world).read(
        "SELECT outcome FROM crm.landmarks JOIN crm.opportunities USING (opportunity_id) "
        f"WHERE landmark_date = '{LANDMARK}' AND type <> '{RENEWAL}'"
    )
    won, lost = ((record["outcome"] == outcome).sum() for outcome in ("Closed Won", "Closed Lost"))
    assert record.height > 10
    assert f"deals that were open on {LANDMARK} (seed 42), as of today: 0 open, {won} won, {lost} lost" in result.stderr
    assert "AUC within stage" in result.stdout
    figures = warehouse_of(world).read("SELECT DISTINCT landmark_date, sampled FROM scoring.score_comparisons")
    assert figures.rows() == [(LANDMARK, record.height)]

    on_the_day = Warehouse(database=str(tmp_path / "on_the_day.duckdb"))
    on_the_day.replace(generate_world(WorldSpec(42, SIZE, LANDMARK)))
    with on_the_day.connect() as connection:
        still_open = connection.execute(
            f"SELECT opportunity_id FROM crm.opportunities WHERE NOT is_closed AND type <> '{RENEWAL}'"
        ).pl()
        seen = build_inputs(connection).join(still_open, on="opportunity_id", how="semi").sort("opportunity_id")
    with warehouse_of(world).connect() as connection:
        given = landmark_inputs(connection, LANDMARK)
    assert_frame_equal(given.drop("landmark_date"), seen.drop("snapshot_date"))


@pytest.mark.slow
def test_a_month_end_is_asked_about_once(synthdeal: Synthdeal, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LlmServer(Behaviour()) as server:
        monkeypatch.setenv("SYNTHDEAL_OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("SYNTHDEAL_OPENAI_MODEL", "demo-llm")
        first = synthdeal("compare", "heuristic", "openai", "--landmark", LANDMARK, "--home", world)
        asked = server.counts().requests
        store_world(warehouse_of(world), generate_world_in_chunks(WorldSpec(42, SIZE, AS_OF + dt.timedelta(days=40))))
        again = synthdeal("compare", "heuristic", "openai", "--landmark", LANDMARK, "--home", world)
        assert (first.exit_code, again.exit_code) == (0, 0), again.stderr
        assert asked == server.counts().requests > 10
    assert "This comparison sent 0 requests" in again.stdout
    assert f"so of {LANDMARK} it knows more than anybody could" in again.stdout


@pytest.mark.parametrize("day", ["2026-02-27", "2024-10-31", "2026-11-30"])
def test_another_day_than_a_month_end_on_record_is_refused(synthdeal: Synthdeal, world: Path, day: str) -> None:
    result = synthdeal("compare", "heuristic", "heuristic", "--landmark", day, "--home", world)

    assert (result.exit_code, code_of(result)) == (2, "scoring.no-landmark")
    assert "those from 2024-11-30 to 2026-10-31 are on record" in result.stderr

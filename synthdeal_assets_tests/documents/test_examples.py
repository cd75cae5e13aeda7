"""The scripts in docs/examples run with the commands that docs/examples.md gives for them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets_tests.cli.conftest import plain_environment
from synthdeal_assets_tests.documents.markdown import ROOT, Page
from synthdeal_assets_tests.scored_deals import scored_deals

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SIZE = 12
EXAMPLES = ROOT / "docs" / "examples"


def commands_of_the_page() -> dict[str, str]:
    """The command for each script, by the script's name."""
    (block,) = Page.read(ROOT / "docs" / "examples.md").blocks("sh")
    return {re.findall(r"examples/(\w+\.py)", line)[0]: line for line in block.splitlines()}


def run_as_written(script: str, home: Path, **variables: str) -> str:
    """What a script prints in a home, run by the command of the page with this environment's programs."""
    words = shlex.split(commands_of_the_page()[script])
    words = [word.replace(".venv/bin/", f"{Path(sys.executable).parent}/") for word in words if "=" not in word]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=plain_environment() | {"SYNTHDEAL_HOME": str(home), "PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_has_a_command_on_the_page() -> None:
    assert commands_of_the_page().keys() == {path.name for path in EXAMPLES.glob("*.py")}


def test_the_warehouse_is_read_into_polars_with_the_figures_that_it_holds(home: Path) -> None:
    printed = run_as_written("read_the_warehouse.py", home)

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        stages = warehouse.execute(
            "SELECT stage_name, count(*), round(sum(amount * probability / 100)) FROM crm.opportunities "
            "WHERE NOT is_closed GROUP BY ALL"
        ).fetchall()
        least = warehouse.execute(
            "SELECT element FROM scoring.score_elements JOIN crm.opportunities USING (opportunity_id) "
            "WHERE NOT is_closed GROUP BY element ORDER BY round(avg(level), 2), element LIMIT 1"
        ).fetchone()
    rows = [[cell.strip() for cell in line.strip("│").split("┆")] for line in printed.splitlines() if "┆" in line]
    assert len(stages) > 1
    assert {(stage, str(deals), str(int(promised))) for stage, deals, promised in stages} <= {
        tuple(row[:3]) for row in rows
    }
    assert least is not None
    assert [row[0] for row in rows[rows.index(["element", "mean_level"]) :]][3] == least[0]


def test_a_scorer_of_ones_own_scores_every_deal_of_a_whole_run(tmp_path: Path) -> None:
    home = tmp_path / "own"
    home.mkdir()
    run_as_written("own_scorer.py", home, SYNTHDEAL_OPPORTUNITIES=str(SIZE), SYNTHDEAL_AS_OF="2026-11-20")

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        scores = warehouse.execute(
            "SELECT scorer, model, count(*), count(DISTINCT score) > 1 FROM scoring.opportunity_scores GROUP BY ALL"
        ).fetchall()
        champions = warehouse.execute(
            "SELECT count(*), count(*) FILTER (level = (champion IS NOT NULL)::INTEGER), sum(level) "
            "FROM scoring.score_elements JOIN scoring.scorer_inputs USING (opportunity_id) WHERE element = 'champion'"
        ).fetchone()
        measured = warehouse.execute("SELECT DISTINCT scorer FROM scoring.score_quality").fetchall()
    scored = scored_deals(SIZE, "2026-11-20")
    assert scores == [("filled_in", "one-rule", scored, True)]
    assert champions is not None
    assert champions[:2] == (scored, scored)
    assert 0 < champions[2] < scored
    assert ("filled_in",) in measured
    assert [*(home / "reports").glob("*.html")]

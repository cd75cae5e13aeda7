"""`synthdeal retry` asks again for everything that is failed right now, for nothing else, and moves no world."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES, SCORE_FAILURES
from synthdeal_assets.world.tables import WORLD
from synthdeal_assets_tests.cli.conftest import Synthdeal

NOT_DUE = "TIMESTAMP '2999-01-01'"
GIVEN_UP = "NULL"


def warehouse(home: Path) -> Warehouse:
    return Warehouse(database=str(home / "warehouse.duckdb"), lock_timeout=10)


def fail(home: Path, next_attempt: str, *, offset: int, scorer: str = "heuristic") -> str:
    """Make one opportunity a failed one of a scorer, whose next attempt is then; returns which."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        row = connection.execute(
            f"INSERT INTO scoring.score_failures SELECT opportunity_id, '{scorer}', 'timeout', 'no answer', 5, now(), "
            f"now(), {next_attempt}, input_hash, 'run', NULL FROM scoring.scorer_inputs ORDER BY opportunity_id "
            f"LIMIT 1 OFFSET {offset} RETURNING opportunity_id"
        ).fetchone()
        assert row is not None
        for table in ("opportunity_scores", "score_elements"):
            connection.execute(f"DELETE FROM scoring.{table} WHERE opportunity_id = ?", [row[0]])
    return str(row[0])


def delete_a_score(home: Path, *, offset: int) -> str:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        row = connection.execute(
            "SELECT opportunity_id FROM scoring.opportunity_scores ORDER BY opportunity_id LIMIT 1 OFFSET ?", [offset]
        ).fetchone()
        assert row is not None
        for table in ("opportunity_scores", "score_elements"):
            connection.execute(f"DELETE FROM scoring.{table} WHERE opportunity_id = ?", [row[0]])
    return str(row[0])


def test_where_nothing_has_been_made_a_retry_says_so_and_makes_nothing(synthdeal: Synthdeal, tmp_path: Path) -> None:
    told = synthdeal("retry", "--home", tmp_path / "new")

    assert told.exit_code == 0
    assert told.stdout.startswith("Nothing to retry")
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_where_nothing_has_failed_a_retry_says_so_and_runs_nothing(synthdeal: Synthdeal, home: Path) -> None:
    told = synthdeal("retry", "--home", home)

    assert told.exit_code == 0
    assert told.stdout.startswith("Nothing to retry")
    assert warehouse(home).read_table(EXECUTIVE_REPORTS).height == 1


@pytest.mark.slow
def test_a_retry_asks_for_what_is_not_due_and_given_up_alone_and_says_when_another_scorer_judges(
    synthdeal: Synthdeal, home: Path
) -> None:
    failed = {fail(home, NOT_DUE, offset=3), fail(home, GIVEN_UP, offset=9, scorer="openai")}
    pending = delete_a_score(home, offset=20)
    world = warehouse(home).read_table(WORLD)

    told = synthdeal("retry", "--home", home)

    assert told.exit_code == 0, told.stderr
    assert "2 failed opportunities were retried: 2 scored now, 0 failed again." in told.stdout
    assert warehouse(home).read_table(SCORE_FAILURES).is_empty()
    scored = set(warehouse(home).read_table(OPPORTUNITY_SCORES)["opportunity_id"])
    assert failed <= scored
    assert pending not in scored
    assert warehouse(home).read_table(WORLD).equals(world)
    assert warehouse(home).read_table(EXECUTIVE_REPORTS).height == 2
    assert "Scores: done, 2 of 2 scored, 0 failed" in told.stderr
    assert "World" not in told.stderr
    assert "1 of the failed opportunities were tried with openai; heuristic scores them now" in told.stderr

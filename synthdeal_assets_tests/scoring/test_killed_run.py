"""A run that is killed in the middle of scoring, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal

DEALS = 80

SLOW_RUN = """
import sys
from pathlib import Path
import dagster as dg
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.scoring.conftest import Room

room = Room(Warehouse(database=sys.argv[1]), dg.DagsterInstance.local_temp(sys.argv[2]))
room.scorer.latency_s = 0.3
room.score()
"""


@pytest.mark.slow
def test_after_a_kill_every_deal_is_whole_and_the_next_run_scores_only_the_rest(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    dagster_home = tmp_path / "dagster"
    dagster_home.mkdir()
    room = Room(warehouse, dg.DagsterInstance.local_temp(str(dagster_home)))
    room.put([deal(number) for number in range(DEALS)])

    run = subprocess.Popen(
        [sys.executable, "-c", SLOW_RUN, warehouse.database, str(dagster_home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    scored = 0
    deadline = time.monotonic() + 60
    while scored < 8 and time.monotonic() < deadline:
        time.sleep(0.3)
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'opportunity_scores'"
        if room.rows(tables) == [(1,)]:
            ((scored,),) = room.rows("SELECT count(*) FROM scoring.opportunity_scores")
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL

    ((scored,),) = room.rows("SELECT count(*) FROM scoring.opportunity_scores")
    assert 8 <= scored < DEALS, "it was killed in the middle"
    whole = (
        "SELECT count(*) FROM scoring.opportunity_scores AS scores WHERE 12 = (SELECT count(*) FROM "
        "scoring.score_elements AS elements WHERE elements.opportunity_id = scores.opportunity_id)"
    )
    assert room.rows(whole) == [(scored,)]
    assert room.rows("SELECT count(*) FROM scoring.score_elements") == [(12 * scored,)]

    assert room.score().success
    assert room.scorer.calls.total() == DEALS - scored
    assert max(room.scorer.calls.values()) == 1
    assert room.rows("SELECT count(*) FROM scoring.opportunity_scores") == [(DEALS,)]
    assert len(room.green()) == DEALS, "what was scored by the killed run is green too"

"""The two jobs take their config, and a retry scores what is due and nothing else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.warehouse import Warehouse
from synthdeal_assets.orchestration.in_process import run_in_process
from synthdeal_assets.orchestration.jobs import REFRESH, RETRY_FAILED_SCORES, refresh_config, retry_config
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer


@pytest.mark.slow
def test_a_retry_scores_only_what_failed_and_is_due_and_reports_anew(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", opportunities=40, as_of=dt.date(2026, 11, 20), retry_backoff_minutes=0)
    warehouse = Warehouse.of(settings)
    failing = ScriptedScorer(failing_ratio=0.2)
    healed = ScriptedScorer()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for scorer, job, config in (
            (failing, REFRESH, refresh_config(as_of="2026-11-20")),
            (healed, RETRY_FAILED_SCORES, retry_config()),
        ):
            failed = warehouse.read("SELECT opportunity_id FROM scoring.score_failures") if scorer is healed else None
            run_id = dg.DagsterRun(job_name=job).run_id
            definitions = build_definitions({"scorer": scorer}, settings=settings)
            assert run_in_process(definitions, instance, job, run_id=run_id, run_config=config).success

    assert failed is not None
    assert set(healed.calls) == set(failed["opportunity_id"])
    assert 0 < len(healed.calls) < 40
    assert warehouse.read("SELECT * FROM scoring.score_failures").is_empty()
    reports = warehouse.read("SELECT run_id FROM report.executive_reports ORDER BY created_at")
    assert reports["run_id"].to_list()[-1] == run_id
    assert reports.height == 2

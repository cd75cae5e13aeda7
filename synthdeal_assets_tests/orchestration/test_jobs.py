"""Which assets each job makes, what it loads, and that a retry scores what is due and nothing else."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

import synthdeal_assets
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.in_process import run_in_process
from synthdeal_assets.orchestration.jobs import (
    DATASET,
    PIPELINE_JOBS,
    REFRESH,
    RETRY_FAILED_SCORES,
    WHITESPACE_REFRESH,
    refresh_config,
    retry_config,
)
from synthdeal_assets.sales.tables import SALES_TABLES
from synthdeal_assets.scoring.tables import SCORE_FAILURES
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.tables import WHITESPACE_TABLES
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer

ROOT = Path(synthdeal_assets.__file__).parents[1]
HEAVY = (
    "lightgbm",
    "sklearn",
    "scipy",
    "mlflow",
    "altair",
    "fastexcel",
    "xlsxwriter",
    "sqlalchemy.dialects.mssql",
    "pyarrow",
)


def assets_of(job: str) -> set[str]:
    definition = build_definitions(settings=Settings()).resolve_job_def(job)
    return {key.to_user_string() for key in definition.asset_layer.executable_asset_keys}


def test_the_whitespace_engine_is_a_job_of_its_own_and_no_night_waits_for_it() -> None:
    engine = assets_of(WHITESPACE_REFRESH)

    assert {key.partition("/")[0] for key in engine} == {"sales", "whitespace", "truth"}
    assert {table.qualified_name.replace(".", "/") for table in (*SALES_TABLES, *WHITESPACE_TABLES)} <= engine
    assert "truth/sales_affinities" in engine
    assert not engine & assets_of(REFRESH)
    assert not engine & assets_of(RETRY_FAILED_SCORES)


def test_every_job_of_the_pipeline_counts_as_a_run_that_others_wait_for() -> None:
    jobs = {job.name for job in build_definitions(settings=Settings()).jobs or ()}

    assert jobs - {DATASET} <= PIPELINE_JOBS


def test_nothing_else_is_made_with_a_dataset_and_no_dataset_with_anything_else() -> None:
    made = assets_of(DATASET)

    assert made == {"datasets/specs", "datasets/tables", "datasets/promises", "datasets/exports"}
    assert not made & (assets_of(REFRESH) | assets_of(WHITESPACE_REFRESH) | assets_of(RETRY_FAILED_SCORES))


def test_the_definitions_load_without_what_only_learning_and_drawing_need(tmp_path: Path) -> None:
    looked_at = f"import sys, synthdeal_assets.definitions; print([m for m in {HEAVY} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", looked_at], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"


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


@pytest.mark.slow
def test_a_retry_that_nobody_configured_takes_also_what_is_given_up_in_one_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", opportunities=40, as_of=dt.date(2026, 11, 20), retry_max_attempts=1)
    warehouse = Warehouse.of(settings)
    healed = ScriptedScorer()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for scorer, job in ((ScriptedScorer(failing_ratio=0.2), REFRESH), (healed, RETRY_FAILED_SCORES)):
            failed = warehouse.read_table(SCORE_FAILURES)
            run_id = dg.DagsterRun(job_name=job).run_id
            definitions = build_definitions({"scorer": scorer}, settings=settings)
            assert run_in_process(definitions, instance, job, run_id=run_id, run_config={}).success

    assert failed["next_attempt_at"].null_count() == failed.height > 0
    assert healed.calls == dict.fromkeys(failed["opportunity_id"], 1)
    assert warehouse.read("SELECT last(run_id ORDER BY created_at) FROM report.executive_reports").item() == run_id


def test_a_click_launches_refresh_and_retry_because_dagster_has_nothing_to_ask() -> None:
    """It asks which partitions when an asset has some, and whether to go on when an upstream one is not there."""
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    made: set[str] = set()
    for job in (REFRESH, RETRY_FAILED_SCORES):
        own = assets_of(job)
        made |= own
        nodes = [graph.get(dg.AssetKey(name.split("/"))) for name in own]
        assert [node.key for node in nodes if node.is_partitioned] == []
        upstream = {key for node in nodes for key in node.parent_keys if graph.get(key).is_materializable}
        assert {key.to_user_string() for key in upstream} <= made


def test_every_asset_refers_to_its_module_and_to_its_sql_which_are_there() -> None:
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    named: dict[str, list[Path]] = {}
    for key in graph.get_all_asset_keys():
        references = graph.get(key).metadata["dagster/code_references"].value.code_references
        named[key.to_user_string()] = [Path(reference.file_path) for reference in references]

    rooms = {asset: files[0].relative_to(ROOT).parts[:2] for asset, files in named.items()}
    assert rooms["crm/accounts"] == ("synthdeal_assets", "world")
    assert rooms["whitespace/labels"] == ("synthdeal_assets", "whitespace")
    assert all(file.is_file() for files in named.values() for file in files)
    made_with_sql = {asset for asset, files in named.items() if any(file.suffix == ".sql" for file in files)}
    assert made_with_sql >= {
        "report/figures",
        "sales/fact_transactions",
        "scoring/calibrated_probabilities",
        "scoring/instruction_effects",
        "scoring/landmark_ranking",
        "scoring/opportunity_scores",
        "scoring/score_comparisons",
        "scoring/score_fairness",
        "scoring/score_quality",
        "scoring/scorer_inputs",
        "whitespace/cutoffs",
        "whitespace/drift",
        "whitespace/features",
        "whitespace/holdout_metrics",
        "whitespace/labels",
        "whitespace/models",
        "whitespace/whitespace",
    }

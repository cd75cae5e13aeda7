"""The report in Dagster: what a run leaves behind, and what holds it back."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.assets import REPORT_ASSETS
from synthdeal_assets.report.checks import REPORT_CHECKS, every_number_has_a_figure, html_is_self_contained
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS, FIGURES
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.report.small_warehouse import Deal, fill, open_warehouse

pytestmark = pytest.mark.slow

DEALS = (Deal("D1"), Deal("D2", stage="Negotiation/Review", level=1), Deal("D3", stage="Closed Won"))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


def run(warehouse: Warehouse, *, selection: dg.AssetSelection | None = None) -> dg.ExecuteInProcessResult:
    home = warehouse.path.parent
    return dg.materialize(
        [*REPORT_ASSETS, *REPORT_CHECKS],
        resources={"warehouse": warehouse, "settings": Settings(home=home)},
        selection=selection,
        raise_on_error=False,
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, dg.ExecuteInProcessResult]:
    """A home in which the report was made once, and that run; not to be written to."""
    warehouse = open_warehouse(tmp_path_factory.mktemp("reported"))
    fill(warehouse, DEALS)
    return warehouse, run(warehouse)


@pytest.fixture
def reported(first: tuple[Warehouse, dg.ExecuteInProcessResult], tmp_path: Path) -> Warehouse:
    """A home of the test's own in which the report was made once."""
    return open_warehouse(shutil.copytree(first[0].path.parent, tmp_path / "reported"))


def test_a_run_writes_the_report_to_the_warehouse_and_to_files_alike(
    first: tuple[Warehouse, dg.ExecuteInProcessResult],
) -> None:
    warehouse, result = first
    assert result.success
    assert [each.check_name for each in result.get_asset_check_evaluations() if not each.passed] == []
    row = warehouse.read_table(EXECUTIVE_REPORTS).row(0, named=True)
    folder = warehouse.path.parent
    for suffix, column in (("html", "html"), ("md", "markdown")):
        path = folder / row[f"{column}_path"]
        assert path.parent.name == "reports"
        assert path.name.startswith("2026-11-20-")
        assert path.read_text(encoding="utf-8") == row[column]
        assert (folder / "reports" / f"latest.{suffix}").read_text(encoding="utf-8") == row[column]
    assert len(list((folder / "reports").iterdir())) == 4
    assert row["headline"] in row["markdown"].replace("\\", "")
    assert row["run_id"] == result.run_id


def test_the_report_can_be_read_on_its_materialisation(
    first: tuple[Warehouse, dg.ExecuteInProcessResult],
) -> None:
    (event,) = [
        event
        for event in first[1].get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(EXECUTIVE_REPORTS.key)
    ]
    metadata = event.materialization.metadata
    assert isinstance(metadata["report"], dg.MarkdownMetadataValue)
    assert metadata["report"].value == first[0].read_table(EXECUTIVE_REPORTS)["markdown"][0]
    assert Path(str(metadata["html_file"].value)).is_file()


def test_the_first_page_of_the_report_is_seen_at_once_on_its_materialisation(
    first: tuple[Warehouse, dg.ExecuteInProcessResult],
) -> None:
    (event,) = [
        event
        for event in first[1].get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(EXECUTIVE_REPORTS.key)
    ]
    metadata = event.materialization.metadata
    sections = {"quarter", "changed", "need", "losses", "certainty"}
    shown = [name for name in metadata if name.partition("_")[0] in sections]
    assert list(metadata)[: len(shown) + 2] == ["headline", *shown, "report"]
    assert {"quarter", "changed", "need_you", "losses", "certainty"} <= set(shown)
    for name in shown:
        block = metadata[name]
        assert isinstance(block, dg.MarkdownMetadataValue)
        assert 0 < len(str(block.value)) < 1000, "Dagster's UI shows only shorter Markdown without a click"
        assert str(block.value) in str(metadata["report"].value)


def test_nothing_scored_fails_the_run_and_leaves_the_last_good_report(reported: Warehouse) -> None:
    before = reported.read_table(EXECUTIVE_REPORTS), reported.read_table(FIGURES)
    latest = (reported.path.parent / "reports" / "latest.html").read_bytes()
    fill(reported, [Deal("D1", scored=False)])
    assert not run(reported).success
    assert reported.read_table(EXECUTIVE_REPORTS).equals(before[0])
    assert reported.read_table(FIGURES).equals(before[1])
    assert (reported.path.parent / "reports" / "latest.html").read_bytes() == latest


def test_a_folder_that_cannot_be_written_leaves_no_row_behind(warehouse: Warehouse) -> None:
    fill(warehouse, DEALS)
    (warehouse.path.parent / "reports").write_text("a file where the folder should be", encoding="utf-8")
    result = run(warehouse)
    assert not result.success
    assert warehouse.read_table(EXECUTIVE_REPORTS).is_empty()
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "The report cannot be written to" in str(failure.step_failure_data.error)


def test_a_figure_that_does_not_recompute_is_an_error_that_blocks(reported: Warehouse) -> None:
    with reported.connect() as connection:
        connection.execute("UPDATE report.figures SET value = value + 1 WHERE figure_id = 'pipeline.amount'")
    result = run(reported, selection=dg.AssetSelection.checks_for_assets(dg.AssetKey(FIGURES.key)))
    evaluations = result.get_asset_check_evaluations()
    failed = [each for each in evaluations if not each.passed]
    assert [evaluation.check_name for evaluation in failed] == ["report_figures_recompute"]
    assert failed[0].blocking
    assert failed[0].metadata["sample"].value == ["pipeline.amount"]


def test_the_page_checks_find_a_loose_number_and_a_reference_outside(reported: Warehouse) -> None:
    with reported.connect() as connection:
        connection.execute(
            """UPDATE report.executive_reports
            SET html = replace(html, '</main>', '<p>99 more</p><img src="//cdn.example/x"></main>')"""
        )
    resources = {"warehouse": reported, "settings": Settings(home=reported.path.parent)}
    result = dg.materialize(
        [*REPORT_ASSETS, every_number_has_a_figure, html_is_self_contained],
        resources=resources,
        selection=dg.AssetSelection.checks_for_assets(dg.AssetKey(EXECUTIVE_REPORTS.key)),
    )
    assert {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()} == {
        "every_number_has_a_figure": False,
        "html_is_self_contained": False,
    }

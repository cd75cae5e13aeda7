"""The job `dataset`: from the Launchpad without a key, again with one, and what the UI shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synthdeal_assets.datasets.certificate.statements_of import promises_of
from synthdeal_assets.datasets.checks import SORTS
from synthdeal_assets.datasets.partitions import PARTITIONS_NAME
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.spec.spec_file import read_specification
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.orchestration.jobs import DATASET
from synthdeal_assets.orchestration.schedules import build_dataset_schedule
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.failure_codes import failing_with

SPECIFICATION = """\
dataset: lunches
seed: 1
tables:
  guests: {rows: 50, fields: {guest_id: {key: integer}, table: {one_of: {A: 50%, B: 50%}}}}
  lunches:
    rows: {per: guests, count: 2}
    fields: {lunch_id: {key: integer}, guest_id: {refers_to: guests}, price: {uniform: 5 .. 20, decimals: 2}}
"""
GENERATED = ("tables", "promises", "exports")
EXAMPLES = Path(__file__).parent / "examples"


class Launchpad:
    """Launches the job as the UI does."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder / "home")
        (folder / "dagster").mkdir()
        self.instance = dg.DagsterInstance.local_temp(str(folder / "dagster"))
        self.job = build_definitions(settings=self.settings).resolve_job_def(DATASET)

    def launch(self, partition: str | None = None, **config: Any) -> dg.ExecuteInProcessResult:
        """A run with this config of `datasets/specs`."""
        return self.job.execute_in_process(
            instance=self.instance,
            partition_key=partition,
            run_config={"ops": {"datasets__specs": {"config": config}}} if config else {},
            raise_on_error=False,
        )

    def green(self) -> list[set[str]]:
        """The partitions that are green, for each asset that has some."""
        return [set(self.instance.get_materialized_partitions(dg.AssetKey(["datasets", name]))) for name in GENERATED]

    def versions(self) -> list[int]:
        """The versions of all datasets that have files."""
        found = Warehouse.of(self.settings).read("SELECT DISTINCT version FROM datasets.tables ORDER BY version")
        return found["version"].to_list()


@pytest.fixture
def launchpad(tmp_path: Path) -> Iterator[Launchpad]:
    made = Launchpad(tmp_path)
    with made.instance:
        yield made


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    (event,) = result.get_step_failure_events()
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    assert error is not None
    return error.message


@pytest.mark.slow
def test_a_specification_without_a_key_turns_its_partition_green_and_the_key_makes_it_anew(
    launchpad: Launchpad,
) -> None:
    first = launchpad.launch(specification=SPECIFICATION, formats=["csv"])

    assert first.success
    assert launchpad.instance.get_dynamic_partitions(PARTITIONS_NAME) == ["lunches"]
    assert launchpad.green() == [{"lunches"}] * 3
    assert (launchpad.settings.storage.home / "exports/lunches/lunches.csv").is_file()
    checks = first.get_asset_check_evaluations()
    assert {f"promises_about_{sort}_hold" for sort in SORTS} <= {check.check_name for check in checks}
    assert all(check.passed for check in checks)

    assert launchpad.launch("lunches").success
    assert launchpad.versions() == [1, 2]
    event = launchpad.instance.get_latest_materialization_event(dg.AssetKey(["datasets", "tables"]))
    made = event.asset_materialization if event is not None else None
    assert made is not None
    assert made.partition == "lunches"
    metadata = made.metadata
    assert metadata["rows"].value == 150
    assert str(metadata["diagram"].value).startswith("![Tables and their references](data:image/png;base64,")
    assert "`A`" in str(metadata["first rows of guests"].value)
    assert Path(str(metadata["page"].value)).is_file()
    lineage = metadata["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["table_name"][0].asset_key == dg.AssetKey(["datasets", "specs"])
    exports = Warehouse.of(launchpad.settings).read("SELECT version FROM datasets.exports ORDER BY version")
    assert exports["version"].to_list() == [1, 2]


@pytest.mark.slow
def test_words_without_a_key_make_a_dataset_too(launchpad: Launchpad) -> None:
    assert launchpad.launch(request="20 customers with name and city").success

    (name,) = launchpad.instance.get_dynamic_partitions(PARTITIONS_NAME)
    stored = Warehouse.of(launchpad.settings).read("SELECT * FROM datasets.specs").row(0, named=True)
    assert (stored["name"], stored["made_by"], stored["request"]) == (name, "words", "20 customers with name and city")
    assert launchpad.green() == [{name}] * 3


@pytest.mark.slow
def test_a_run_that_names_no_dataset_or_a_wrong_one_says_so_and_makes_nothing(launchpad: Launchpad) -> None:
    for config, said in (
        ({}, "names no dataset"),
        ({"name": "nobody"}, "There is no dataset 'nobody'"),
        ({"name": "lunches", "specification": SPECIFICATION}, "give one of them"),
        ({"specification": SPECIFICATION.replace("count: 2", "count: 2, totl: 3")}, "totl"),
    ):
        result = launchpad.launch(**config)
        assert not result.success
        assert said in failure_of(result)

    assert launchpad.instance.get_dynamic_partitions(PARTITIONS_NAME) == []
    assert launchpad.green() == [set()] * 3


@pytest.mark.parametrize("name", ["crm_demo", "sensors", "shop"])
def test_every_kind_of_promise_has_its_check(name: str) -> None:
    columns = prepared(read_specification((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"), name))

    kinds = {promise.kind for promise in promises_of(columns.dataset)}
    assert kinds <= {kind for kinds in SORTS.values() for kind in kinds}


def test_the_schedule_asks_for_each_dataset_that_the_setting_names_in_a_run_of_its_own(launchpad: Launchpad) -> None:
    launchpad.instance.add_dynamic_partitions(PARTITIONS_NAME, ["a", "b", "c"])
    schedule = build_dataset_schedule(Settings(scheduled_datasets="a; c; unknown", dataset_cron="5 5 * * *"))
    asked = schedule(dg.build_schedule_context(instance=launchpad.instance, resources={}))

    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedule.cron_schedule == "5 5 * * *"
    assert isinstance(asked, list)
    assert [request.partition_key for request in asked] == ["a", "c"]
    nothing = build_dataset_schedule(Settings())(dg.build_schedule_context(instance=launchpad.instance, resources={}))
    assert isinstance(nothing, dg.SkipReason)
    with failing_with("schedules.bad-cron", naming="SYNTHDEAL_DATASET_CRON"):
        build_dataset_schedule(Settings(dataset_cron="99 99 * * *"))

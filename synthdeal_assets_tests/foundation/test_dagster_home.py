"""DAGSTER_HOME is made, kept up to date, and left alone where the user has changed it."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import pytest
import yaml

from synthdeal_assets.foundation.dagster_instance import home as dagster_home
from synthdeal_assets.foundation.dagster_instance.dagster_internals import InstanceRef
from synthdeal_assets.foundation.dagster_instance.home import CONFIG_NAME, prepare_dagster_home, shipped_file
from synthdeal_assets.foundation.dagster_instance.instance_redaction import redaction_warning
from synthdeal_assets_tests.failure_codes import failing_with


@pytest.fixture(autouse=True)
def _restore_dagster_home(home: Path) -> None:
    """The fixture `home` restores the variable that `prepare_dagster_home` sets."""


def shipping(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dagster_home, "shipped_file", lambda name: text if name == CONFIG_NAME else "load_from: []\n")


def test_dagster_finds_its_home_and_accepts_the_shipped_config(tmp_path: Path) -> None:
    folder = prepare_dagster_home(tmp_path / "new" / "home")

    assert os.environ["DAGSTER_HOME"] == str(folder) == str(tmp_path / "new" / "home" / "dagster")
    with dg.DagsterInstance.get() as instance:
        assert instance.root_directory == str(folder)
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert not instance.run_retries_enabled
        assert instance.run_monitoring_enabled


def test_a_relative_home_becomes_absolute() -> None:
    assert prepare_dagster_home(Path("somewhere")).is_absolute()


def test_a_newer_config_takes_the_place_of_an_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipping("telemetry: {enabled: true}\n", monkeypatch)
    config = prepare_dagster_home(tmp_path) / "dagster.yaml"
    shipping("telemetry: {enabled: false}\n", monkeypatch)

    prepare_dagster_home(tmp_path)

    assert config.read_text(encoding="utf-8").endswith("\ntelemetry: {enabled: false}\n")


def test_an_edited_config_is_kept_and_mentioned_only_when_a_newer_one_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shipping("telemetry: {enabled: true}\n", monkeypatch)
    config = prepare_dagster_home(tmp_path) / "dagster.yaml"
    edited = config.read_text(encoding="utf-8") + "nux: {enabled: false}\n"
    config.write_text(edited, encoding="utf-8")

    prepare_dagster_home(tmp_path)
    assert not caplog.records
    shipping("telemetry: {enabled: false}\n", monkeypatch)
    prepare_dagster_home(tmp_path)

    assert config.read_text(encoding="utf-8") == edited
    assert [str(config) in record.getMessage() for record in caplog.records] == [True]


def test_an_unchanged_config_is_not_written_again(tmp_path: Path) -> None:
    config = prepare_dagster_home(tmp_path) / "dagster.yaml"
    before = config.stat().st_ino

    prepare_dagster_home(tmp_path)

    assert config.stat().st_ino == before


@pytest.mark.parametrize("in_the_way", ["", "dagster"])
def test_a_file_in_the_way_is_one_sentence(tmp_path: Path, in_the_way: str) -> None:
    home = tmp_path / "taken"
    if in_the_way:
        home.mkdir()
    (home / in_the_way).write_text("a file", encoding="utf-8")

    with failing_with("dagster.home-unusable", naming=r"taken/dagster .*--home"):
        prepare_dagster_home(home)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "locked"
    home.mkdir(mode=0o500)

    with failing_with("dagster.home-unusable", naming="Permission denied"):
        prepare_dagster_home(home)


def test_the_checkout_ships_a_config() -> None:
    assert "RedactingSqliteStorage" in shipped_file("dagster.yaml")


def test_the_workspace_of_a_home_loads_the_code_location(tmp_path: Path) -> None:
    workspace = prepare_dagster_home(tmp_path) / "workspace.yaml"

    (location,) = yaml.safe_load(workspace.read_text(encoding="utf-8"))["load_from"]
    assert location["python_module"]["module_name"] == "synthdeal_assets.definitions"


@pytest.mark.parametrize("given", [None, ""])
def test_with_no_variable_the_shipped_config_keeps_its_history_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    """As `dagster dev` does in a fresh clone: the config is read from the working folder, the rest is temporary."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    if given is not None:
        monkeypatch.setenv("DAGSTER_HOME", given)
    Path("dagster.yaml").write_text(shipped_file("dagster.yaml"), encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(temporary), config_dir=str(Path.cwd()))) as instance:
        assert redaction_warning(instance) is None
        assert instance.compute_log_manager.is_capture_complete(["nothing"]) is False

    assert (tmp_path / "home" / "dagster" / "history" / "runs.db").is_file()
    assert list(temporary.rglob("*.db")) == []


def test_dagster_and_dg_give_the_location_the_name_that_remembers_what_is_on() -> None:
    checkout = Path(dagster_home.__file__).parents[3]
    tool = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    (location,) = yaml.safe_load(shipped_file("workspace.yaml"))["load_from"]

    names = {tool["dagster"]["code_location_name"], tool["dg"]["project"]["code_location_name"]}

    assert names == {location["python_module"]["location_name"]}


@pytest.mark.slow
def test_a_job_that_plain_dagster_executes_with_no_home_set_is_in_the_history_of_the_home(tmp_path: Path) -> None:
    checkout = Path(dagster_home.__file__).parents[3]
    for name in ("dagster.yaml", "pyproject.toml"):
        shutil.copy(checkout / name, name)
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "synthdeal_assets.definitions", "-j", "refresh"]
    surroundings = {name: value for name, value in os.environ.items() if name not in {"DAGSTER_HOME", "SYNTHDEAL_HOME"}}
    world = {"SYNTHDEAL_OPPORTUNITIES": "10", "SYNTHDEAL_AS_OF": "2026-11-20", "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, env=surroundings | world, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2_000:]
    assert "without removing secrets" not in done.stderr
    home = Path(".synthdeal").absolute()
    with dg.DagsterInstance.from_config(str(prepare_dagster_home(home))) as instance:
        (run,) = instance.get_runs()
        assert (run.job_name, run.status) == ("refresh", dg.DagsterRunStatus.SUCCESS)
    assert not list(Path.cwd().glob(".tmp_dagster_home_*"))

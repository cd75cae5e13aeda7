"""DAGSTER_HOME is made, kept up to date, and left alone where the user has changed it."""

import os
from pathlib import Path

import dagster as dg
import pytest
import yaml

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance import home as dagster_home
from synthdeal_assets.foundation.dagster_instance.home import CONFIG_NAME, prepare_dagster_home, shipped_file


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

    with pytest.raises(SynthDealError, match=r"taken/dagster cannot be used as Dagster's home .*--home\.$"):
        prepare_dagster_home(home)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "locked"
    home.mkdir(mode=0o500)

    with pytest.raises(SynthDealError, match=r"Permission denied"):
        prepare_dagster_home(home)


def test_the_checkout_ships_a_config() -> None:
    assert "RedactingSqliteStorage" in shipped_file("dagster.yaml")


def test_the_workspace_of_a_home_loads_the_code_location(tmp_path: Path) -> None:
    workspace = prepare_dagster_home(tmp_path) / "workspace.yaml"

    (location,) = yaml.safe_load(workspace.read_text(encoding="utf-8"))["load_from"]
    assert location["python_module"]["module_name"] == "synthdeal_assets.definitions"

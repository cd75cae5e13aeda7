"""Bad input is refused before work starts: one sentence that says what, which and what to do, and no traceback."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets_tests.cli.conftest import Synthdeal


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--opportunities", "0"], "--opportunities is 0"),
        (["--opportunities", "-5"], "--opportunities is -5"),
        (["--seed", "-1"], "--seed is -1"),
        (["--as-of", "2026-02-30"], "--as-of is '2026-02-30'"),
        (["--as-of", "1999-01-01"], "--as-of is '1999-01-01'"),
        (["--scorer", "oracle"], "--scorer is 'oracle'"),
        (["--scorer-concurrency", "0"], "--scorer-concurrency is 0"),
        (["--account-names", "stolen"], "--account-names is 'stolen'"),
    ],
)
def test_a_value_that_can_never_work_is_wrong_use(
    synthdeal: Synthdeal, tmp_path: Path, arguments: list[str], said: str
) -> None:
    result = synthdeal("run", *arguments, "--home", tmp_path / "new")

    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_word_where_a_number_belongs_is_wrong_use(synthdeal: Synthdeal) -> None:
    result = synthdeal("run", "--opportunities", "many")

    assert result.exit_code == 2
    assert "--opportunities" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("synthdeal.toml", b"seed = = 3", "synthdeal.toml cannot be read"),
        ("synthdeal.toml", b"sede = 3", "sede in synthdeal.toml is not a SynthDeal setting"),
        ("synthdeal.toml", b"openai_api_key = 'x'", "openai_api_key is in synthdeal.toml"),
        (".env", b"SYNTHDEAL_SEDE=3", "SYNTHDEAL_SEDE in .env is not a SynthDeal setting"),
        (".env", b"SYNTHDEAL_SEED=\xff\xfe", ".env cannot be read"),
        (".env", b"SYNTHDEAL_SEED=three", "SYNTHDEAL_SEED is 'three' (from .env)"),
    ],
)
def test_a_broken_settings_file_is_named_with_its_fault(
    synthdeal: Synthdeal, name: str, content: bytes, said: str
) -> None:
    Path(name).write_bytes(content)

    result = synthdeal("run")

    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_unknown_variable_is_refused_and_not_passed_over(
    synthdeal: Synthdeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_OPORTUNITIES", "5")

    result = synthdeal("run")

    assert result.exit_code == 2
    assert "SYNTHDEAL_OPORTUNITIES in the environment is not a SynthDeal setting" in result.stderr


def test_a_file_in_the_place_of_the_home_is_a_failure_that_names_it(synthdeal: Synthdeal, tmp_path: Path) -> None:
    in_the_way = tmp_path / "occupied"
    in_the_way.write_text("mine")

    result = synthdeal("run", "--home", in_the_way)

    assert result.exit_code == 1
    assert f"The home folder {in_the_way} cannot be written" in result.stderr
    assert "--home" in result.stderr
    assert in_the_way.read_text() == "mine"


def test_a_home_that_cannot_be_made_is_a_failure_that_names_it(synthdeal: Synthdeal) -> None:
    result = synthdeal("run", "--home", "/proc/no_home")

    assert result.exit_code == 1
    assert "The home folder /proc/no_home cannot be written" in result.stderr


@pytest.mark.parametrize("command", [["run"], ["status"], ["export", "opportunities", "-o", "-"]])
def test_a_warehouse_that_is_no_duckdb_file_is_left_as_it_is(
    synthdeal: Synthdeal, tmp_path: Path, command: list[str]
) -> None:
    home = tmp_path / "strange"
    home.mkdir()
    (home / "warehouse.duckdb").write_bytes(b"a letter to my aunt, long enough for a header " * 100)
    before = (home / "warehouse.duckdb").read_bytes()

    result = synthdeal(*command, "--home", home)

    assert result.exit_code == 1
    assert f"{home / 'warehouse.duckdb'} is not a DuckDB file" in result.stderr
    assert (home / "warehouse.duckdb").read_bytes() == before


@pytest.mark.parametrize("config", ["storage: [", "storages: {}", "just words"])
@pytest.mark.parametrize("command", ["run", "status", "doctor"])
def test_a_dagster_yaml_that_is_wrong_is_named(synthdeal: Synthdeal, home: Path, command: str, config: str) -> None:
    (home / "dagster" / "dagster.yaml").write_text(config, encoding="utf-8")

    result = synthdeal(command, "--home", home)

    assert result.exit_code == 1
    assert "dagster/dagster.yaml (" in re.sub(r"\s*\n\s*", "", result.output)
    assert "--verbose" not in result.output


@pytest.mark.parametrize("command", ["run", "status", "doctor"])
def test_a_damaged_history_is_named_with_what_is_not_lost(synthdeal: Synthdeal, home: Path, command: str) -> None:
    for file in (home / "dagster" / "history").glob("runs.db*"):
        file.unlink()
    (home / "dagster" / "history" / "runs.db").write_text("a diary, not a database " * 500, encoding="utf-8")

    result = synthdeal(command, "--home", home)

    assert result.exit_code == 1
    assert "is damaged" in result.output
    assert "--verbose" not in result.output


def test_a_warehouse_of_a_newer_version_is_left_as_it_is(synthdeal: Synthdeal, tmp_path: Path) -> None:
    home = tmp_path / "newer"
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA ops")
        connection.execute("CREATE TABLE ops.schema_version AS SELECT 999 AS version")

    result = synthdeal("run", "--home", home)

    assert result.exit_code == 1
    assert "layout 999" in result.stderr
    assert "update SynthDeal" in result.stderr
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        assert connection.execute("SELECT version FROM ops.schema_version").fetchall() == [(999,)]


def test_only_verbose_shows_a_traceback(synthdeal: Synthdeal, tmp_path: Path) -> None:
    in_the_way = tmp_path / "occupied"
    in_the_way.touch()

    quiet = synthdeal("run", "--home", in_the_way)
    verbose = synthdeal("run", "--home", in_the_way, "--verbose")

    assert "Traceback" not in quiet.stderr
    assert "Traceback" in verbose.stderr
    assert "Error code: home.not-writable\n" in verbose.stderr
    assert "home.not-writable" not in quiet.stderr
    assert verbose.stderr.endswith(quiet.stderr)
    assert quiet.exit_code == verbose.exit_code == 1

"""Bad input is refused before work starts: one sentence that says what, which and what to do, and no traceback."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of, run_command


@pytest.mark.parametrize(
    ("arguments", "named"),
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
    synthdeal: Synthdeal, tmp_path: Path, arguments: list[str], named: str
) -> None:
    result = synthdeal("run", *arguments, "--home", tmp_path / "new")

    assert (result.exit_code, code_of(result)) == (2, "settings.invalid")
    assert result.stderr.startswith(f"{named} ")
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_word_where_a_number_belongs_is_wrong_use(synthdeal: Synthdeal) -> None:
    result = synthdeal("run", "--opportunities", "many")

    assert result.exit_code == 2
    assert "--opportunities" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "code", "named"),
    [
        ("synthdeal.toml", b"seed = = 3", "settings.toml-unreadable", "synthdeal.toml "),
        ("synthdeal.toml", b"sede = 3", "settings.unknown", "sede in synthdeal.toml "),
        ("synthdeal.toml", b"openai_api_key = 'x'", "settings.secret-in-toml", "openai_api_key is in synthdeal.toml"),
        (".env", b"SYNTHDEAL_SEDE=3", "settings.unknown", "SYNTHDEAL_SEDE in .env "),
        (".env", b"SYNTHDEAL_SEED=\xff\xfe", "settings.env-file-unreadable", ".env "),
        (".env", b"SYNTHDEAL_SEED=three", "settings.invalid", "SYNTHDEAL_SEED is 'three' (from .env)"),
    ],
)
def test_a_broken_settings_file_is_named_with_its_fault(
    synthdeal: Synthdeal, name: str, content: bytes, code: str, named: str
) -> None:
    Path(name).write_bytes(content)

    result = synthdeal("run")

    assert (result.exit_code, code_of(result)) == (2, code)
    assert result.stderr.startswith(named)
    assert len(result.stderr.splitlines()) == 1


def test_an_unknown_variable_is_refused_and_not_passed_over(
    synthdeal: Synthdeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHDEAL_OPORTUNITIES", "5")

    result = synthdeal("run")

    assert (result.exit_code, code_of(result)) == (2, "settings.unknown")
    assert "SYNTHDEAL_OPORTUNITIES in the environment " in result.stderr


def test_a_flag_takes_the_place_of_a_variable_that_could_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()

    done = run_command("run", "--seed", "5", "--home", "occupied", folder=tmp_path, SYNTHDEAL_SEED="three")

    assert done.returncode == 1
    assert str(tmp_path / "occupied") in done.stderr


def test_a_file_in_the_place_of_the_home_is_a_failure_that_names_it(synthdeal: Synthdeal, tmp_path: Path) -> None:
    in_the_way = tmp_path / "occupied"
    in_the_way.write_text("mine")

    result = synthdeal("run", "--home", in_the_way)

    assert (result.exit_code, code_of(result)) == (1, "home.not-writable")
    assert f" {in_the_way} " in result.stderr
    assert "--home" in result.stderr
    assert in_the_way.read_text() == "mine"


def test_a_home_that_cannot_be_made_is_a_failure_that_names_it(synthdeal: Synthdeal) -> None:
    result = synthdeal("run", "--home", "/proc/no_home")

    assert (result.exit_code, code_of(result)) == (1, "home.not-writable")
    assert " /proc/no_home " in result.stderr


@pytest.mark.parametrize("command", [["run"], ["status"], ["export", "opportunities", "-o", "-"]])
def test_a_warehouse_that_is_no_duckdb_file_is_left_as_it_is(
    synthdeal: Synthdeal, tmp_path: Path, command: list[str]
) -> None:
    home = tmp_path / "strange"
    home.mkdir()
    (home / "warehouse.duckdb").write_bytes(b"a letter to my aunt, long enough for a header " * 100)
    before = (home / "warehouse.duckdb").read_bytes()

    result = synthdeal(*command, "--home", home)

    assert (result.exit_code, code_of(result)) == (1, "warehouse.not-duckdb")
    assert f"{home / 'warehouse.duckdb'} " in result.stderr
    assert (home / "warehouse.duckdb").read_bytes() == before


@pytest.mark.parametrize("config", ["storage: [", "storages: {}", "just words"])
@pytest.mark.parametrize("command", ["run", "status", "doctor"])
def test_a_dagster_yaml_that_is_wrong_is_named(synthdeal: Synthdeal, home: Path, command: str, config: str) -> None:
    (home / "dagster" / "dagster.yaml").write_text(config, encoding="utf-8")

    result = synthdeal(command, "--home", home)

    assert result.exit_code == 1
    # Where the table of `doctor` breaks a line depends on how long the path is.
    assert "dagster/dagster.yaml(" in re.sub(r"\s", "", result.output)
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

    assert (result.exit_code, code_of(result)) == (1, "warehouse.newer")
    assert "layout 999" in result.stderr
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

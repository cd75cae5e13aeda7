"""Settings: which source wins, what is refused and in which words, and where things are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from synthdeal_assets.settings import SECRET_FIELDS, Settings, configured_secrets, every_setting, variable_name
from synthdeal_assets_tests.failure_codes import failing_with


def write_files(*, env: str = "", toml: str = "") -> None:
    Path(".env").write_text(env, encoding="utf-8")
    Path("synthdeal.toml").write_text(toml, encoding="utf-8")


def test_without_any_source_the_defaults_hold() -> None:
    settings = Settings.load()

    assert (settings.world.opportunities, settings.world.seed, settings.scoring.scorer, settings.world.as_of) == (
        500,
        42,
        "heuristic",
        None,
    )
    assert settings.source_of("seed") == "default"
    assert settings.chosen("seed") is None


def test_flags_beat_the_environment_which_beats_env_file_which_beats_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(
        env="SYNTHDEAL_OPPORTUNITIES=3\nSYNTHDEAL_SEED=3\nSYNTHDEAL_LOCK_TIMEOUT=3\n",
        toml="opportunities = 4\nseed = 4\nlock_timeout = 4.0\ntimezone = 'Europe/Berlin'\n",
    )
    monkeypatch.setenv("SYNTHDEAL_OPPORTUNITIES", "2")
    monkeypatch.setenv("SYNTHDEAL_SEED", "2")

    settings = Settings.load({"opportunities": 1, "seed": None})

    found = {
        name: (settings.value_of(name), settings.source_of(name))
        for name in ("opportunities", "seed", "lock_timeout", "timezone", "scorer")
    }
    assert found == {
        "opportunities": (1, "flag"),
        "seed": (2, "environment"),
        "lock_timeout": (3.0, ".env"),
        "timezone": ("Europe/Berlin", "synthdeal.toml"),
        "scorer": ("heuristic", "default"),
    }
    assert settings.chosen("seed") == 2


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHDEAL_SEED", "")

    assert Settings.load().world.seed == 42


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SYNTHDEAL_OPPORTUNITIES", "0", "greater than or equal to 1"),
        ("SYNTHDEAL_OPPORTUNITIES", "-5", "greater than or equal to 1"),
        ("SYNTHDEAL_OPPORTUNITIES", "many", "valid integer"),
        ("SYNTHDEAL_AS_OF", "2026-02-30", "a date, written YYYY-MM-DD"),
        ("SYNTHDEAL_AS_OF", "1767225600", "a date, written YYYY-MM-DD"),
        ("SYNTHDEAL_AS_OF", "2019-12-31", "between 2022-01-01 and 2100-12-31"),
        ("SYNTHDEAL_SCORER", "oracle", "heuristic"),
        ("SYNTHDEAL_TIMEZONE", "Mars/Olympus", "known time zone"),
        ("SYNTHDEAL_NIGHTLY_CRON", "at night", "five fields"),
        ("SYNTHDEAL_LOCK_TIMEOUT", "-1", "greater than or equal to 0"),
        ("SYNTHDEAL_ACCOUNT_NAMES", "secret", "public"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_setting_its_source_and_what_it_must_be(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    with failing_with("settings.invalid") as caught:
        Settings.load()

    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert message.startswith(f"{variable} is '{value}' (from environment)")
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_bad_flag_is_named_as_it_was_typed() -> None:
    with failing_with("settings.invalid", naming=r"^--scorer-concurrency is 0 \(from flag\)"):
        Settings.load({"scorer_concurrency": 0})


@pytest.mark.parametrize(
    ("env", "toml", "code", "named"),
    [
        ("SYNTHDEAL_OPORTUNITIES=5\n", "", "settings.unknown", r"^SYNTHDEAL_OPORTUNITIES in \.env "),
        ("", "oportunities = 5\n", "settings.unknown", r"^oportunities in synthdeal\.toml "),
        ("", "seed = \n", "settings.toml-unreadable", r"^synthdeal\.toml "),
        ("", "openai_api_key = 'abc'\n", "settings.secret-in-toml", r"^openai_api_key is in synthdeal\.toml"),
    ],
)
def test_a_settings_file_that_is_wrong_is_one_sentence(env: str, toml: str, code: str, named: str) -> None:
    write_files(env=env, toml=toml)

    with failing_with(code, naming=named) as caught:
        Settings.load()

    assert caught.value.exit_code == 2


def test_a_misspelled_variable_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHDEAL_SEEED", "7")

    with failing_with("settings.unknown", naming="^SYNTHDEAL_SEEED in the environment"):
        Settings.load()


def test_a_settings_file_that_is_not_text_is_one_sentence() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")

    with failing_with("settings.env-file-unreadable", naming=r"^\.env"):
        Settings.load()


@pytest.mark.parametrize("field", SECRET_FIELDS)
def test_a_key_comes_by_its_vendors_name_and_is_never_shown(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_name(field), "not-to-be-shown")

    settings = Settings.load()

    assert settings.secret_values() == ("not-to-be-shown",)
    assert "not-to-be-shown" not in f"{settings!r}{settings}{settings.values()}{settings.as_json()}"


def test_a_key_that_is_refused_is_not_repeated_in_the_message() -> None:
    with failing_with("settings.invalid") as caught:
        Settings.load({"openai_api_key": ["not-to-be-shown"]})

    assert "not-to-be-shown" not in str(caught.value)


@pytest.mark.parametrize(
    "hosts", ["http://deals.example.com", "deals.example.com:443", "a.example, b.example", "*", ";", "a.example;b/c"]
)
def test_hosts_of_the_ui_that_are_no_names_are_refused(hosts: str) -> None:
    with failing_with("settings.invalid", naming="such as deals.example.com;192.0.2.7"):
        Settings.load({"ui_hosts": hosts})


def test_hosts_of_the_ui_are_names_and_addresses() -> None:
    assert Settings(ui_hosts="deals.example.com; 192.0.2.7;[2001:db8::7]").ui.served_names == (
        "deals.example.com",
        "192.0.2.7",
        "[2001:db8::7]",
    )


def test_everything_lives_under_an_absolute_home() -> None:
    settings = Settings.load({"home": "elsewhere"})

    home = Path.cwd() / "elsewhere"
    assert settings.storage.warehouse_path == home / "warehouse.duckdb"
    assert settings.storage.reports_path == home / "reports"
    assert settings.storage.runs_path == home / "runs"
    assert settings.storage.dagster_home == home / "dagster"


def test_a_tilde_means_the_folder_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert Settings.load({"home": "~/demo"}).storage.warehouse_path == tmp_path / "demo" / "warehouse.duckdb"


def test_as_of_is_a_day() -> None:
    assert Settings.load({"as_of": "2026-11-20"}).world.as_of == dt.date(2026, 11, 20)


def test_the_secrets_of_all_sources_are_known_even_when_the_settings_are_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_files(env="OPENAI_API_KEY=from-the-file\nANTHROPIC_API_KEY=only-there\nSYNTHDEAL_SEED=nonsense\n")
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")

    assert configured_secrets() == ("from-the-environment", "from-the-file", "only-there")


def test_secrets_are_found_when_the_env_file_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")

    assert configured_secrets() == ("from-the-environment",)


def test_every_setting_has_one_name_one_variable_and_a_meaning_and_is_reached_by_group_and_by_name() -> None:
    settings = Settings()

    listed = every_setting()
    assert len({setting.name for setting in listed}) == len({setting.variable for setting in listed}) == len(listed)
    for setting in listed:
        assert setting.description
        in_its_group = getattr(getattr(settings, setting.group), setting.field)
        assert settings.value_of(setting.name) == in_its_group == setting.default
        assert settings.values()[setting.name] == in_its_group


def test_settings_with_other_values_keep_the_rest_with_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHDEAL_SEED", "7")
    before = Settings.load({"opportunities": 5})

    after = before.changed({"opportunities": 6, "whitespace_cutoff": dt.date(2026, 1, 31)})

    assert (before.world.opportunities, after.world.opportunities) == (5, 6)
    assert after.whitespace.cutoff == dt.date(2026, 1, 31)
    assert (after.world.seed, after.source_of("seed")) == (7, "environment")
    assert after.chosen("account_names") is None
    assert after.changed({}) == after != before
    with failing_with("settings.invalid", naming="^--opportunities is 0 "):
        before.changed({"opportunities": 0})


def test_a_setting_that_there_is_not_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="'sede'"):
        Settings(sede=7)

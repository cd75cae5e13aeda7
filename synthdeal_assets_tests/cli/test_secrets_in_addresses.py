"""A secret in an address, wherever it stands in it, is shown nowhere; what only looks so is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from synthdeal_assets.foundation.dagster_instance.run_log import _settings_with_sources
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.settings import Settings, passwords_in, without_passwords
from synthdeal_assets_tests.cli.conftest import Synthdeal

KEY = "q7Lw-nobody-knows"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://host/v1?key={KEY}", "https://host/v1?key=[redacted]"),
        (
            f"https://host/v1?api-version=2024-10-21&code={KEY}",
            "https://host/v1?api-version=2024-10-21&code=[redacted]",
        ),
        (f"https://{KEY}@host/v1", "https://[redacted]@host/v1"),
        (f"https://me:{KEY}@host/v1", "https://me:[redacted]@host/v1"),
        ("https://host/v1?sig=abc", "https://host/v1?sig=[redacted]"),
        (
            f"postgresql://me@host/db?sslpassword={KEY}&sslmode=require",
            "postgresql://me@host/db?sslpassword=[redacted]&sslmode=require",
        ),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert without_passwords(address) == shown


@pytest.mark.parametrize(
    "address",
    [
        "https://host/v1?api-version=2024-10-21",
        "http://127.0.0.1:11434/v1",
        "postgresql://me@host/db?sslmode=require",
        "/data/sales=2026?.csv",
    ],
)
def test_an_address_without_a_secret_is_shown_as_it_is(address: str) -> None:
    assert passwords_in(address) == ()
    assert without_passwords(address) == address


@pytest.mark.parametrize("name", ["openai_base_url", "anthropic_base_url", "mlflow_tracking_uri"])
def test_neither_doctor_nor_the_run_log_shows_the_query_of_an_address(
    name: str, synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for secret in (KEY, "abc"):
        address = f"https://h/?s={secret}"
        monkeypatch.setenv(f"SYNTHDEAL_{name.upper()}", address)
        logged = yaml.safe_dump(_settings_with_sources(Settings.load()))
        shown = synthdeal("doctor", "--home", tmp_path / "none").output
        for text in (logged, shown):
            assert "s=[redacted]" in text
            assert f"={secret}" not in text


@pytest.mark.parametrize("variable", ["SYNTHDEAL_OPENAI_BASE_URL", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"])
def test_a_secret_in_an_address_is_taken_out_of_every_text(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert KEY in redact(f"the server quotes {KEY}")
    monkeypatch.setenv(variable, f"https://host/v1?code={KEY}&api-version=2024-10-21")

    assert redact(f"the server quotes {KEY} on 2024-10-21") == "the server quotes [redacted] on 2024-10-21"

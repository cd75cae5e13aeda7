"""What every test stands on: none of the settings of the machine it happens to run on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synthdeal_assets.settings import ENV_PREFIX, SECRET_FIELDS, variable_name


@pytest.fixture(autouse=True)
def clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No SYNTHDEAL_* variable, no key, no DAGSTER_HOME, and a working folder with no settings files.

    SYNTHDEAL_HOME alone is set, to a folder of the test's own, so that a test that forgets to name a home cannot
    write into the checkout.
    """
    for name in list(os.environ):
        if name.startswith(ENV_PREFIX) or name == "DAGSTER_HOME":
            monkeypatch.delenv(name)
    for field in SECRET_FIELDS:
        monkeypatch.delenv(variable_name(field), raising=False)
    folder = tmp_path / "working_folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SYNTHDEAL_HOME", str(tmp_path / "home"))

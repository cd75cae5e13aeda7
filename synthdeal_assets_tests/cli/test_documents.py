"""README.md's two commands, .env.example and constraints.txt say what is so; what the pages name is in `documents/`."""

from __future__ import annotations

import os
import re
import shlex
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from synthdeal_assets.settings import Settings, every_setting

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PINS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)


@pytest.mark.parametrize(
    ("command", "ends_with"),
    [("run", ".venv/bin/synthdeal run"), ("test", ".venv/bin/pytest -m 'not browser and not slow'")],
)
def test_each_of_the_two_commands_is_one_line_that_uses_the_pins(command: str, ends_with: str) -> None:
    line = README.partition(f"<!-- command: {command} -->\n```sh\n")[2].partition("\n```")[0]

    assert "\n" not in line
    assert line.endswith(ends_with)
    assert "-c constraints.txt" in line


def test_the_example_environment_file_lists_every_setting_and_is_accepted_as_it_is(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    settings = [line.removeprefix("#") for line in lines if re.match(r"#[A-Z_]+=", line)]
    assert [line.partition("=")[0] for line in settings] == [setting.variable for setting in every_setting()]

    (tmp_path / ".env").write_text("\n".join(settings), encoding="utf-8")
    os.environ.pop("SYNTHDEAL_HOME")

    assert Settings.load(folder=tmp_path) == Settings()


def test_the_example_environment_file_explains_every_setting() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    for setting in every_setting():
        if not setting.is_secret:
            assert f"# {setting.description}\n#{setting.variable}=" in text


def test_every_requirement_is_pinned_to_a_version_it_allows() -> None:
    required = [Requirement(text) for text in metadata.requires("synthdeal") or []]
    wanted = [requirement for requirement in required if requirement.name != "synthdeal"]
    pinned = {name.lower().replace("_", "-"): version for name, version in PINS.items()}

    assert wanted
    for requirement in wanted:
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement


def test_sqlalchemy_is_held_below_the_version_that_breaks_dagster_on_postgres() -> None:
    assert PINS["SQLAlchemy"].startswith("2.0.")


def test_the_pins_name_no_index_and_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert not re.search(r"://|--|@", text)
    assert all(shlex.split(f"{name}=={version}") == [f"{name}=={version}"] for name, version in PINS.items())

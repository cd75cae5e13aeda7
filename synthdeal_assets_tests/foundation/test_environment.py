"""The environment of this process is the user's: SynthDeal reads it, and builds that of a child where it starts it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import synthdeal_assets
from synthdeal_assets.settings import Settings

PACKAGE = Path(synthdeal_assets.__file__).parent

WRITERS = {"foundation/dagster_instance/home.py", "whitespace/models/tracking.py"}
"""DAGSTER_HOME, and what MLflow reads while it is imported, which is taken back."""

WRITING_METHODS = {"clear", "pop", "popitem", "putenv", "setdefault", "unsetenv", "update"}


def is_environment(node: ast.expr) -> bool:
    return ast.unparse(node) in {"os.environ", "environ", "os.environb"}


def writes_the_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return is_environment(node.value) and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Attribute) and node.attr in WRITING_METHODS:
        return is_environment(node.value) or node.attr in {"putenv", "unsetenv"}
    return isinstance(node, ast.AugAssign) and is_environment(node.target)


def test_only_two_places_write_the_environment() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(map(writes_the_environment, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    }

    assert found == WRITERS


def test_mlflow_is_imported_without_telemetry_and_leaves_the_environment_as_it_was() -> None:
    look = (
        "import os; before = dict(os.environ); import synthdeal_assets.whitespace.models.tracking; "
        "from mlflow.telemetry import get_telemetry_client; from mlflow.telemetry.utils import is_telemetry_disabled; "
        "print(get_telemetry_client(), is_telemetry_disabled(), "
        "sorted(name for name in {*before, *os.environ} if 'MLFLOW' in name or 'TRACK' in name))"
    )
    of_others = ("MLFLOW", "TRACK", "CI", "GITHUB")
    variables = {name: value for name, value in os.environ.items() if not any(each in name for each in of_others)}

    done = subprocess.run(
        [sys.executable, "-c", look], env=variables, capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout.split("\n")[0] == "None True []"


def test_a_child_gets_the_flags_and_finds_all_else_itself() -> None:
    Path("synthdeal.toml").write_text("seed = 4\ntimezone = 'Europe/Berlin'\n", encoding="utf-8")
    settings = Settings.load({"seed": 7, "home": "here", "as_of": "2026-11-20", "ui_token": "0123456789abcdef"})

    assert settings.as_environment() == {
        "SYNTHDEAL_HOME": str(Path.cwd() / "here"),
        "SYNTHDEAL_SEED": "7",
        "SYNTHDEAL_AS_OF": "2026-11-20",
        "SYNTHDEAL_UI_TOKEN": "0123456789abcdef",
    }
    assert settings.schedules.timezone == "Europe/Berlin"

"""The built wheel as others install it: with uvx, with pipx, alone and with its extra, without a clone.

Packages come from wherever this machine's pip takes them. Where no index can be reached these tests are skipped, unless
REQUIRE_PACKAGE_INDEX is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets import __version__
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import AS_OF, plain_environment
from synthdeal_assets_tests.scored_deals import scored_deals
from synthdeal_assets_tests.whitespace.shop import fill_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
# 105, and four that bring none: sqlglot reads expressions of declared datasets, ruamel.yaml keeps comments while
# editing, RapidFuzz finds the nearest spelling, and XlsxWriter writes workbooks.
MAX_PACKAGES = 109
NO_INDEX = ("dns error", "Temporary failure in name resolution", "Failed to establish a new connection", "tcp connect")


def call(
    *command: str | Path, folder: Path, variables: Mapping[str, str] | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command that is expected to end with this code; skip where it found no package index."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**environment_of_a_user(), **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode != code and any(sign in done.stderr for sign in NO_INDEX):
        if os.environ.get("REQUIRE_PACKAGE_INDEX"):
            pytest.fail(done.stderr)
        pytest.skip("no package index can be reached")
    assert done.returncode == code, done.stderr
    return done


def environment_of_a_user() -> dict[str, str]:
    """The environment without this checkout on Python's path."""
    return {name: value for name, value in plain_environment().items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def tool(name: str) -> Path:
    return Path(sys.executable).parent / name


@pytest.fixture(scope="session")
def index() -> dict[str, str]:
    """What tells uv to take packages from where pip takes them."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    set_up: dict[str, str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        set_up[key.rpartition(".")[2]] = value.strip("'\"")
    told = {
        "UV_DEFAULT_INDEX": set_up.get("index-url"),
        "SSL_CERT_FILE": set_up.get("cert"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    return {name: value for name, value in told.items() if value}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source distribution, as `python -m build` does."""
    folder = tmp_path_factory.mktemp("distribution")
    shutil.copytree(ROOT, folder / "source", ignore=LEFT_BEHIND)
    call(sys.executable, "-m", "build", "--outdir", folder / "dist", ".", folder=folder / "source")
    (built,) = (folder / "dist").glob("*.whl")
    call(tool("twine"), "check", "--strict", *(folder / "dist").iterdir(), folder=folder)
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, index: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and what it needs, without the extra; not to be installed into."""
    return _environment(str(wheel), index, tmp_path_factory.mktemp("alone"))


def _environment(requirement: str, index: dict[str, str], folder: Path) -> Path:
    call(tool("uv"), "venv", "--python", sys.executable, "venv", folder=folder, variables=index)
    python = folder / "venv/bin/python"
    call(
        *(tool("uv"), "pip", "install", "--python", python, "--constraints", CONSTRAINTS, requirement),
        folder=folder,
        variables=index,
    )
    return python


def test_uvx_runs_it_without_a_clone(wheel: Path, index: dict[str, str], tmp_path: Path) -> None:
    uvx = (tool("uvx"), "--python", sys.executable, "--constraints", CONSTRAINTS, "--from", wheel, "synthdeal")
    told = call(*uvx, "version", folder=tmp_path, variables=index)
    call(*uvx, "run", "--opportunities", "12", "--as-of", AS_OF, folder=tmp_path, variables=index)

    assert told.stdout == f"synthdeal {__version__}\n"
    with duckdb.connect(str(tmp_path / ".synthdeal/warehouse.duckdb"), read_only=True) as connection:
        scored = connection.execute("SELECT count(*) FROM scoring.opportunity_scores").fetchall()
    assert scored == [(scored_deals(12, AS_OF),)]


def test_pipx_runs_it_without_a_clone(wheel: Path, index: dict[str, str], tmp_path: Path) -> None:
    pipx = (tool("pipx"), "run", "--python", sys.executable, "--pip-args", f"--constraint {CONSTRAINTS}")
    places = {f"PIPX_{name}": str(tmp_path / name.lower()) for name in ("HOME", "BIN_DIR", "MAN_DIR")}
    told = call(*pipx, "--spec", wheel, "synthdeal", "version", folder=tmp_path, variables={**index, **places})

    assert told.stdout == f"synthdeal {__version__}\n"


def test_the_main_job_needs_few_packages_and_does_without_the_extra(
    installed: Path, index: dict[str, str], tmp_path: Path
) -> None:
    listed = call(
        *(tool("uv"), "pip", "list", "--python", installed, "--format", "freeze"), folder=tmp_path, variables=index
    )
    synthdeal = installed.parent / "synthdeal"
    call(synthdeal, "run", "--opportunities", "12", "--as-of", AS_OF, folder=tmp_path)
    refused = call(synthdeal, "whitespace", "run", folder=tmp_path, code=1)

    assert len(listed.stdout.splitlines()) <= MAX_PACKAGES
    assert (tmp_path / ".synthdeal/reports/latest.html").exists()
    assert "run `pip install 'synthdeal[whitespace]'` and try again." in refused.stderr


def test_the_extra_brings_what_the_whitespace_engine_needs_and_no_server_of_mlflow(
    wheel: Path, index: dict[str, str], tmp_path: Path
) -> None:
    python = _environment(f"synthdeal[whitespace] @ {wheel.as_uri()}", index, tmp_path)
    bought = fill_shop(Warehouse(database=str(tmp_path / "shop.duckdb")), customers=500, divisions=2, days=800)
    bought.select("customer_id", "order_date", "invoice", "rep", "amount", "quantity", product="division").write_csv(
        tmp_path / "sales.csv"
    )
    call(
        *(python.parent / "synthdeal", "whitespace", "run", "--sales-log", "sales.csv", "--window-days", "90"),
        folder=tmp_path,
        variables={"SYNTHDEAL_WHITESPACE_TRAINING_CUTOFFS": "2"},
    )
    server = call(
        *(python, "-c", "import importlib.util as found; print(found.find_spec('flask'))"), folder=tmp_path
    ).stdout

    assert server == "None\n"
    with duckdb.connect(str(tmp_path / ".synthdeal/warehouse.duckdb"), read_only=True) as connection:
        models = connection.execute(
            "SELECT count(mlflow_model), count(*) FILTER (model_role = 'champion' AND model_text IS NOT NULL) "
            "FROM whitespace.models"
        ).fetchall()
    assert models[0][0] == models[0][1] > 0
    assert list((tmp_path / ".synthdeal/exports").glob("*.xlsx"))

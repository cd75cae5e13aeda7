"""What works without the extra `whitespace`, without LightGBM's OpenMP library, and without a package that is needed.

Each command is a process of its own in which imports fail as they do on such a machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.whitespace.tables import MODELS, PAGES
from synthdeal_assets.whitespace.vocabulary import BASELINES, REGRESSION, SCIKIT_LEARN_BLEND, SCIKIT_LEARN_TREES
from synthdeal_assets_tests.cli.conftest import AS_OF, plain_environment
from synthdeal_assets_tests.whitespace.shop import fill_shop

pytestmark = pytest.mark.slow

EXTRA = ("lightgbm", "mlflow", "pandas", "scipy", "sklearn")
REMEDY = "run `pip install 'synthdeal[whitespace]'` and try again."
NOTICE = (
    "LightGBM could not be loaded (libgomp.so.1 is missing): scikit-learn's histogram gradient boosting takes its "
    "place; install Debian's package libgomp1 to learn with LightGBM."
)

NOT_INSTALLED = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""
NO_OPENMP = """
import importlib.machinery, sys

class Broken:
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "lightgbm" else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        raise OSError("libgomp.so.1: cannot open shared object file: No such file or directory")

sys.meta_path.insert(0, Broken())
"""
COMMAND_LINE = "from synthdeal_assets.cli import main; main()"


def python(script: str, *arguments: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=folder,
        env=plain_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def without(names: Sequence[str], *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process that finds none of these packages."""
    return python(NOT_INSTALLED.format(names=set(names)) + COMMAND_LINE, *arguments, folder=folder)


def test_the_main_job_runs_without_the_extra(tmp_path: Path) -> None:
    done = without(EXTRA, "run", "--opportunities", "12", "--as-of", AS_OF, "--home", "home", folder=tmp_path)
    exported = without(EXTRA, "export", "opportunities", "-o", "-", "--home", "home", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "home/reports/latest.html").exists()
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout.startswith("opportunity_id,")


@pytest.mark.parametrize(
    "command", [("run",), ("validate", "--holdout", "later.csv"), ("explain", "C1", "Backup"), ("export",)]
)
def test_what_needs_the_extra_ends_in_one_sentence_that_says_how_to_install_it(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    more = ("--format", "excel") if command == ("export",) else ()
    refused = without(EXTRA, "whitespace", *command, *more, "--home", "home", folder=tmp_path)

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("The whitespace engine needs packages that are not installed (lightgbm, mlflow-sk")
    assert refused.stderr.endswith(f"{REMEDY}\n")
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_the_assets_stay_visible_and_say_what_to_install(tmp_path: Path) -> None:
    script = (
        NOT_INSTALLED.format(names=set(EXTRA))
        + """
import json, dagster as dg
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.whitespace.models.assets import models_and_predictions
defs = build_definitions()
graph = defs.resolve_asset_graph()
print(json.dumps({key.to_user_string(): graph.get(key).description for key in graph.get_all_asset_keys()}))
try:
    dg.materialize([models_and_predictions], resources={
        name: defs.resources[name] for name in ("warehouse", "settings")})
except Exception as error:
    print(type(error).__name__, error)
"""
    )
    told = python(script, folder=tmp_path, SYNTHDEAL_HOME="home")
    described, failed = told.stdout.splitlines()[0], told.stdout.splitlines()[1]
    saying = {key for key, description in json.loads(described).items() if REMEDY in description}

    assert told.returncode == 0, told.stderr
    assert {"whitespace/models", "whitespace/predictions", "whitespace/whitespace", "whitespace/pages"} <= saying
    assert not any(key.startswith(("crm/", "scoring/", "report/", "sales/")) for key in saying)
    assert failed.startswith("SynthDealError The whitespace engine needs packages that are not installed")


def test_doctor_says_what_the_extra_would_bring_and_takes_it_for_no_fault(tmp_path: Path) -> None:
    told = without(EXTRA, "doctor", "--home", "home", folder=tmp_path)
    learning = re.sub(r"\s+", " ", told.stdout.partition("Learning")[2])

    assert told.returncode == 0, told.stderr
    assert REMEDY in learning
    assert "note Learning" in re.sub(" +", " ", told.stdout)


@pytest.mark.parametrize("package", ["faker", "polars", "dagster"])
def test_doctor_survives_a_missing_package_and_names_it(tmp_path: Path, package: str) -> None:
    script = (
        NOT_INSTALLED.format(names={package})
        + f"""
import importlib.metadata
version = importlib.metadata.version
def without(name):
    if name == {package!r}:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = without
"""
    )
    told = python(script + COMMAND_LINE, "doctor", "--home", "home", folder=tmp_path)
    findings = re.sub(r"\s+", " ", told.stdout)

    assert told.returncode == 1, told.stderr
    assert f"FAULT Packages not installed: {package}; run `pip install synthdeal` again" in findings
    assert "FAULT Code location" in findings
    assert "ok Python" in findings
    assert "ok Home folder" in findings


@pytest.fixture(scope="module")
def stood_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A whitespace run on a machine on which LightGBM does not load; only read."""
    folder = tmp_path_factory.mktemp("stood_in")
    bought = fill_shop(Warehouse(database=str(folder / "shop.duckdb")), customers=800, divisions=2, days=800)
    bought.select("customer_id", "order_date", "invoice", "rep", "amount", "quantity", product="division").write_csv(
        folder / "sales.csv"
    )
    done = python(
        NO_OPENMP + COMMAND_LINE,
        *("whitespace", "run", "--sales-log", "sales.csv", "--window-days", "90", "--home", folder / "home"),
        folder=folder,
        SYNTHDEAL_WHITESPACE_TRAINING_CUTOFFS="2",
    )
    assert done.returncode == 0, done.stderr
    return done, folder / "home"


def test_where_lightgbm_does_not_load_the_run_says_so_before_any_work(
    stood_in: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, home = stood_in
    events = [json.loads(line) for path in home.glob("runs/*/events.jsonl") for line in path.open(encoding="utf-8")]

    assert re.sub(r"\s+", " ", done.stderr).startswith(NOTICE)
    assert any(NOTICE in str(event) for event in events)


def test_where_lightgbm_does_not_load_scikit_learn_takes_its_place_by_name(
    stood_in: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, home = stood_in
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    models = warehouse.read_table(MODELS)
    learnt = models.filter(pl.col("model_text").is_not_null())
    page = (home / warehouse.read_table(PAGES)["html_path"][0]).read_text(encoding="utf-8")

    assert set(learnt["learner"]) == {REGRESSION, SCIKIT_LEARN_TREES, SCIKIT_LEARN_BLEND}
    assert set(models["learner"]) - set(learnt["learner"]) <= set(BASELINES)
    assert all(
        "scikit-learn trees" in json.loads(row["parameters"])
        for row in learnt.filter(pl.col("learner") != REGRESSION).iter_rows(named=True)
    )
    for said in (done.stdout, page.replace("&#39;", "'")):
        assert "LightGBM could not be loaded when the models were learnt: scikit-learn's histogram" in re.sub(
            r"\s+", " ", said
        )


def test_what_was_learnt_without_lightgbm_is_explained_with_it_too(
    stood_in: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    _, home = stood_in
    customer, division = (
        Warehouse(database=str(home / "warehouse.duckdb"))
        .read(
            "SELECT customer_id, division FROM whitespace.whitespace JOIN whitespace.models AS models USING (division) "
            "WHERE is_current AND model_role = 'champion' AND population = 'whitespace' AND model_text IS NOT NULL "
            "ORDER BY models.learner DESC, place LIMIT 1"
        )
        .row(0)
    )
    asked = ("whitespace", "explain", customer, division, "--home", home)
    here = python(COMMAND_LINE, *asked, folder=tmp_path)
    there = python(NO_OPENMP + COMMAND_LINE, *asked, folder=tmp_path)

    assert here.returncode == 0, here.stderr
    assert here.stdout == there.stdout
    assert "Chance of a purchase" in here.stdout


def test_a_model_learnt_with_lightgbm_is_refused_in_one_sentence_where_it_does_not_load(tmp_path: Path) -> None:
    script = """
import numpy as np
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.whitespace.models.learners import Trees
try:
    Trees("a model", 0.0, 1).log_odds(np.zeros((1, 1)))
except SynthDealError as error:
    print(error)
"""
    told = python(NO_OPENMP + script, folder=tmp_path)

    assert told.stdout == (
        "These models were learnt with LightGBM, which cannot be loaded (libgomp.so.1 is missing): install Debian's "
        "package libgomp1, or run `synthdeal whitespace run`, which learns without it.\n"
    )


def test_doctor_says_that_lightgbm_does_not_load_and_what_to_install(tmp_path: Path) -> None:
    told = python(NO_OPENMP + COMMAND_LINE, "doctor", "--home", "home", folder=tmp_path)

    assert told.returncode == 0
    assert NOTICE in re.sub(r"\s+", " ", told.stdout.partition("Learning")[2])

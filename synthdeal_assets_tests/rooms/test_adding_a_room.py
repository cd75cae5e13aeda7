"""A room is added by its folder, one line of definitions.py and one of the layers; all else finds it by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

import synthdeal_assets
from synthdeal_assets.definitions import ROOMS, build_definitions
from synthdeal_assets.foundation.room import RUN, WHITESPACE_RUN, load_rooms
from synthdeal_assets.orchestration.jobs import REFRESH, WHITESPACE_REFRESH
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.settings import Settings

PACKAGE = Path(synthdeal_assets.__file__).parent

NEW_ROOM = {
    "__init__.py": '"""Words to begin a call with."""\n',
    "sql/greetings.sql": """
SELECT word AS greeting, length(word) AS letters
FROM (VALUES ('Good day'), ('Hello')) AS words (word)
""",
    "tables.py": """
from synthdeal_assets.foundation.warehouse.tables import Column, Table

GREETINGS = Table(
    "greetings",
    "greetings",
    "A word to begin with.",
    (Column("greeting", "VARCHAR", "The word."), Column("letters", "BIGINT", "Its length.", minimum=1)),
    ("greeting",),
)
""",
    "assets.py": '''
import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_asset, table_metadata
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.greetings.tables import GREETINGS


@table_asset(GREETINGS)
def greetings(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Write the words down."""
    frame = warehouse.read(statement(__package__, "greetings.sql"))
    warehouse.replace({GREETINGS: frame})
    return dg.MaterializeResult(metadata=table_metadata(frame, GREETINGS))
''',
    "checks.py": """
from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.greetings.tables import GREETINGS

GREETING_CHECKS = [build_table_checks("greeting_checks", [GREETINGS])]
""",
    "room.py": """
from synthdeal_assets.foundation.room import Phase, Room
from synthdeal_assets.greetings.assets import greetings
from synthdeal_assets.greetings.checks import GREETING_CHECKS
from synthdeal_assets.greetings.tables import GREETINGS

ROOM = Room(
    "greetings",
    assets=[greetings],
    checks=GREETING_CHECKS,
    tables=[GREETINGS],
    phases=[Phase(GREETINGS, "Greetings", rows="words")],
)
""",
}

NIGHT = """
import json
import dagster as dg
from synthdeal_assets.cli.progress import PHASES, ROWS_SHOWN
from synthdeal_assets.definitions import build_definitions

defs = build_definitions()
key = dg.AssetKey(["greetings", "greetings"])
ran = defs.resolve_job_def("refresh").execute_in_process(asset_selection=[key])
print(json.dumps({
    "materialised": [event.asset_key.to_user_string() for event in ran.get_asset_materialization_events()],
    "checks": {each.check_name: each.passed for each in ran.get_asset_check_evaluations()},
    "phase": PHASES[key],
    "rows": ROWS_SHOWN[key],
}))
"""


@dataclass(frozen=True)
class House:
    """A copy of the package with one room more.

    Attributes:
        folder: Where the package, the contracts and the home are.
    """

    folder: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command in which the copy is imported."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "SYNTHDEAL_HOME": str(self.folder / "home")},
            capture_output=True,
            text=True,
            check=False,
        )

    def export(self) -> subprocess.CompletedProcess[str]:
        """Export the table of the new room, by its name alone."""
        return self.run(sys.executable, "-m", "synthdeal_assets.cli", "export", "greetings", "--output", "-")

    def lint_imports(self) -> subprocess.CompletedProcess[str]:
        """Hold the copy's imports against its contracts."""
        return self.run(Path(sys.executable).parent / "lint-imports", "--no-cache")


def change_one_line(path: Path, line: str, now: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines.count(line) == 1, line
    lines[lines.index(line)] = now
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    package = folder / PACKAGE.name
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE.parent / ".importlinter", folder)
    for name, text in NEW_ROOM.items():
        path = package / "greetings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    change_one_line(package / "definitions.py", '    "orchestration",', '    "greetings",\n    "orchestration",')
    change_one_line(
        folder / ".importlinter",
        "    evaluation | whitespace | datasets",
        "    evaluation | greetings | whitespace | datasets",
    )
    return House(folder)


@pytest.mark.slow
def test_asset_check_phase_and_export_of_a_new_room_are_there_without_another_line(house: House) -> None:
    before = house.export()
    assert (before.returncode, before.stdout) == (1, "")
    (house.folder / "home").mkdir(exist_ok=True)

    night = house.run(sys.executable, "-c", NIGHT)
    assert night.returncode == 0, night.stderr
    seen = json.loads(night.stdout.splitlines()[-1])
    assert seen["materialised"] == ["greetings/greetings"]
    assert seen["checks"]["keys_are_unique"] is True
    assert all(seen["checks"].values())
    assert (seen["phase"], seen["rows"]) == ("Greetings", "words")

    after = house.export()
    assert after.returncode == 0, after.stderr
    assert after.stdout.splitlines() == ["greeting,letters", "Good day,8", "Hello,5"]


@pytest.mark.slow
def test_the_contracts_hold_a_new_room_and_break_when_it_reaches_up(house: House) -> None:
    pytest.importorskip("importlinter", reason="the contracts are checked with the extra dev")
    kept = house.lint_imports()
    assert kept.returncode == 0, kept.stdout

    assets = house.folder / PACKAGE.name / "greetings" / "assets.py"
    innocent = assets.read_text(encoding="utf-8")
    assets.write_text(f"from synthdeal_assets.report.tables import FIGURES\n{innocent}", encoding="utf-8")
    try:
        broken = house.lint_imports()
    finally:
        assets.write_text(innocent, encoding="utf-8")
    assert broken.returncode == 1
    assert "Arrows point one way BROKEN" in broken.stdout
    assert "synthdeal_assets.greetings is not allowed to import synthdeal_assets.report" in broken.stdout


def test_every_room_says_its_name_and_makes_what_it_lists() -> None:
    assert len({room.name for room in ROOMS}) == len(ROOMS)
    tables = [table.qualified_name for room in ROOMS for table in room.tables]
    assert len(tables) == len(set(tables))
    for room in ROOMS:
        assert {phase.table for phase in room.phases} <= set(room.tables), room.name
        assert all(len(phase.title) <= 14 for phase in room.phases), room.name
        assert room.precious is None or room.precious in room.tables
        assert room.built_on in {None, *(other.name for other in ROOMS)}


@pytest.mark.parametrize(("command", "job"), [(RUN, REFRESH), (WHITESPACE_RUN, WHITESPACE_REFRESH)])
def test_the_command_that_a_room_names_runs_the_job_that_makes_its_assets(command: str, job: str) -> None:
    made = build_definitions(settings=Settings()).resolve_job_def(job).asset_layer.executable_asset_keys
    rooms = [room for room in ROOMS if room.made_by == command]
    named = [asset for room in rooms for asset in room.assets if isinstance(asset, dg.AssetsDefinition)]

    # Chosen deals are scored when somebody chooses some, and by no job.
    assert made == {key for asset in named for key in asset.keys} - {SCORES_BY_OPPORTUNITY}


def test_every_folder_that_makes_tables_is_a_room_with_the_same_furniture() -> None:
    making = {path.parent.name for path in PACKAGE.glob("*/tables.py")}
    assert making <= {room.name for room in ROOMS}
    for room in ROOMS:
        folder = PACKAGE / room.name
        assert (folder / "room.py").is_file()
        if room.checks:
            assert [*folder.rglob("assets.py")]
            assert (folder / "checks.py").is_file()
            assert (folder / "tables.py").is_file()
            assert (folder / "sql").is_dir()


def test_every_statement_in_a_file_lies_in_the_folder_sql_of_its_room() -> None:
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.sql") if path.parent.name != "layouts"]
    assert len(files) > 100
    assert [str(path) for path in files if path.parts[1] != "sql"] == []


def test_the_document_on_architecture_shows_the_layers_as_the_contract_has_them() -> None:
    lines = (PACKAGE.parent / ".importlinter").read_text(encoding="utf-8").partition("layers =\n")[2].splitlines()
    layers = [line.strip() for line in lines[: lines.index("exhaustive = True")]]
    document = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert document.partition("```text\n")[2].partition("\n```")[0].splitlines() == layers
    assert [room.name for room in ROOMS if f"`{room.name}/`" not in document] == []


def test_a_name_without_a_room_is_refused() -> None:
    with pytest.raises(ImportError):
        load_rooms("world", "cellar")
    with pytest.raises(ImportError):
        load_rooms("demo_llm")


def test_no_description_of_a_check_shows_a_name_in_braces() -> None:
    said = [str(spec.description) for room in ROOMS for check in room.checks for spec in check.check_specs]
    assert any("a rise of up to 5 points is attributed to chance" in text for text in said)
    assert not [text for text in said if "{" in text or "}" in text]

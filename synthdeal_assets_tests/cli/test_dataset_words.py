"""`synthdeal dataset new`, `plan`, `change` and `resume`: a sentence, its plan, corrections, and files."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import COMMAND, Synthdeal, code_of, plain_environment

REQUEST = "30 customers with name, city and age between 18 and 80"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def stored(home: Path, query: str) -> pl.DataFrame:
    return Warehouse(database=str(home / "warehouse.duckdb")).read(query)


def typed(home: Path, *arguments: str, lines: str) -> subprocess.CompletedProcess[str]:
    """The command at a terminal, where a person types these lines."""
    screen, keyboard = pty.openpty()
    try:
        os.write(screen, lines.encode())
        return subprocess.run(
            [*COMMAND, "dataset", *arguments, "--home", str(home)],
            cwd=home.parent,
            env=plain_environment(),
            stdin=keyboard,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        os.close(screen)
        os.close(keyboard)


def test_a_sentence_becomes_verified_files_and_each_item_names_its_words(
    synthdeal: Synthdeal, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = synthdeal("dataset", "new", REQUEST, "--yes", "--format", "csv", "-o", out, "--home", home)

    assert result.exit_code == 0, result.output
    age = next(line for line in result.output.splitlines() if line.strip().startswith("age:"))
    assert "said: 'age between 18 and 80'" in age
    assert "assumed: every table has a key" in result.output
    customers = pl.read_csv(out / "customers.csv")
    assert customers.height == 30
    assert customers["age"].is_between(18, 80).all()
    assert synthdeal("dataset", "verify", out).exit_code == 0


def test_the_format_that_the_words_name_is_taken(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = synthdeal("dataset", "new", f"{REQUEST} as JSON", "--yes", "-o", out, "--home", home)

    assert result.exit_code == 0, result.output
    assert (out / "customers.json").is_file()


def test_without_a_terminal_the_plan_is_kept_and_nothing_is_generated(synthdeal: Synthdeal, home: Path) -> None:
    result = synthdeal("dataset", "new", REQUEST, "--home", home)

    assert result.exit_code == 0
    assert "The plan is kept" in result.output
    assert not (home / "datasets").exists()
    shown = synthdeal("dataset", "plan", "customers", "--home", home)
    assert shown.output.splitlines() == result.output.splitlines()[:-1]


def test_a_second_plan_of_the_same_name_takes_nothing_from_the_first(synthdeal: Synthdeal, home: Path) -> None:
    for _ in range(2):
        synthdeal("dataset", "new", REQUEST, "--home", home)

    names = stored(home, "SELECT name, version FROM datasets.specs ORDER BY name").rows()
    assert names == [("customers", 1), ("customers_2", 1)]


def test_corrections_show_what_changes_and_can_be_taken_back_one_by_one(synthdeal: Synthdeal, home: Path) -> None:
    def change(words: str, *more: str) -> str:
        return synthdeal("dataset", "change", "customers", words, *more, "--home", home).output

    def specification() -> str:
        return str(stored(home, "SELECT max_by(specification, version) AS text FROM datasets.specs")["text"][0])

    synthdeal("dataset", "new", REQUEST, "--home", home)
    first = specification()
    assert "+    rows: 500" in change("make it 500 rows", "--yes")
    second = specification()
    change("drop the city", "--yes")
    assert "city" not in specification()
    assert "you said 'city'" not in change("why is age there?")

    change("undo", "--yes")
    assert specification() == second
    change("undo", "--yes")
    assert specification() == first
    assert "no change to take back" in change("undo", "--yes")
    said = stored(home, "SELECT text FROM datasets.messages WHERE said_by = 'person' ORDER BY position")["text"]
    assert said.to_list() == [REQUEST, "make it 500 rows", "drop the city", "undo", "undo"]


def test_what_is_not_understood_changes_nothing(synthdeal: Synthdeal, home: Path) -> None:
    synthdeal("dataset", "new", REQUEST, "--home", home)
    result = synthdeal("dataset", "change", "customers", "purple monkey dishwasher", "--yes", "--home", home)

    assert result.exit_code == 1
    assert "Not understood: 'purple monkey dishwasher'" in result.output
    assert stored(home, "SELECT version FROM datasets.specs")["version"].to_list() == [1]


def test_a_written_specification_is_changed_in_words_and_keeps_its_comments(
    synthdeal: Synthdeal, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "log.yaml"
    path.write_text(
        "dataset: log\ntables:\n  events:  # what happened\n    rows: 10\n    fields:\n      id: {key: integer}\n",
        encoding="utf-8",
    )
    synthdeal("dataset", "generate", path, "--home", home)
    result = synthdeal("dataset", "change", "log", "make it 20 events", "--yes", "--home", home)

    assert result.exit_code == 0, result.output
    text = stored(home, "SELECT specification FROM datasets.specs WHERE version = 2")["specification"][0]
    assert text == path.read_text(encoding="utf-8").replace("rows: 10", "rows: 20")
    nothing = synthdeal("dataset", "plan", "log", "--home", home)
    assert (nothing.exit_code, code_of(nothing)) == (2, "datasets.no-plan")


@pytest.mark.parametrize(
    ("request_", "code"),
    [("write me a poem about autumn", "datasets.no-data"), ("qwrtz " * 10_000, "datasets.request-too-long")],
)
def test_what_is_no_request_for_data_is_refused_in_one_sentence(
    synthdeal: Synthdeal, home: Path, request_: str, code: str
) -> None:
    result = synthdeal("dataset", "new", request_, "--yes", "--home", home)

    assert (result.exit_code, code_of(result)) == (2, code)
    assert not home.exists()


def test_strict_refuses_what_is_not_understood(synthdeal: Synthdeal, home: Path) -> None:
    words = f"{REQUEST}. Please sing loudly tomorrow."
    result = synthdeal("dataset", "new", words, "--yes", "--strict", "--home", home)

    assert (result.exit_code, code_of(result)) == (2, "datasets.not-understood")
    assert not home.exists()


@pytest.mark.slow
def test_at_a_terminal_questions_are_answered_and_the_plan_is_corrected_until_enter(
    synthdeal: Synthdeal, home: Path
) -> None:
    home.parent.mkdir(exist_ok=True)
    done = typed(home, "new", "customers with name and city", lines="40\nmake it 50 rows\n\n")

    assert done.returncode == 0, done.stderr
    assert stored(home, "SELECT rows FROM datasets.tables")["rows"].to_list() == [50]
    texts = stored(home, "SELECT text FROM datasets.messages WHERE said_by = 'person' ORDER BY position")["text"]
    assert texts.to_list() == ["customers with name and city", "40 customers", "make it 50 rows"]


@pytest.mark.slow
def test_a_plan_that_was_left_is_gone_on_with_by_its_name(synthdeal: Synthdeal, home: Path) -> None:
    left = typed(home, "new", REQUEST, lines="q\n")
    assert left.returncode == 0, left.stderr
    assert not (home / "datasets").exists()

    done = typed(home, "resume", "customers", lines="\n")
    assert done.returncode == 0, done.stderr
    assert (home / "datasets/customers/v1/customers.parquet").is_file()


def test_the_file_has_the_name_that_was_asked_for(synthdeal: Synthdeal, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    request = f"{REQUEST}, save it as ../people.csv"
    result = synthdeal("dataset", "new", request, "--yes", "-o", out, "--home", home)

    assert result.exit_code == 0, result.output
    assert "Not done" not in result.output
    assert pl.read_csv(out / "people.csv").height == 30
    assert not (tmp_path / "people.csv").exists()
    assert synthdeal("dataset", "verify", out).exit_code == 0


def test_the_name_of_a_file_for_several_tables_is_said_not_to_be_done(synthdeal: Synthdeal, home: Path) -> None:
    several = "20 customers with name and 40 orders with amount, save it as"

    as_csv = synthdeal("dataset", "new", f"{several} all.csv", "--home", home)
    assert "Not done: the name 'all.csv'" in as_csv.output
    as_workbook = synthdeal("dataset", "new", f"{several} all.xlsx", "--home", home)
    assert as_workbook.exit_code == 0, as_workbook.output
    assert "Not done" not in as_workbook.output

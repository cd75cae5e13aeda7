"""SQL of a room names nothing of a room above it, and what is longer than five lines stands in a file of its own."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

import synthdeal_assets
from synthdeal_assets.definitions import ROOMS
from synthdeal_assets_tests.rooms.written_sql import Statement, statements_below, statements_in

PACKAGE = Path(synthdeal_assets.__file__).parent
CONTRACTS = PACKAGE.parent / ".importlinter"
MAX_LINES = 5
HOUSEKEEPING = "ops"
"""The schema in which every room keeps what it must remember for itself."""
HISTORY = "/layouts/"
"""Steps from one layout of the warehouse to the next: history, which names tables as they were called then."""


def layers() -> list[set[str]]:
    """The layers of the package from the top, each with the rooms that stand beside each other in it."""
    parser = configparser.ConfigParser()
    parser.read_string(CONTRACTS.read_text(encoding="utf-8"))
    lines = parser["importlinter:contract:arrows"]["layers"].split("\n")
    return [{name.strip() for name in line.split("|")} for line in lines if line.strip()]


def out_of_reach(folder: str) -> list[str]:
    """The rooms above a folder of the package and beside it."""
    rooms = {room.name for room in ROOMS}
    found: list[str] = []
    for layer in layers():
        found += sorted((layer & rooms) - {folder})
        if folder in layer:
            return found
    raise AssertionError(f"{folder} is in no layer")


def names_out_of_reach(folder: str) -> set[str]:
    """Tables that its SQL must not name, and schemas in which it has nothing to look for."""
    above = out_of_reach(folder)
    theirs = {table for room in ROOMS if room.name in above for table in room.tables}
    reachable = {table.schema for room in ROOMS if room.name not in above for table in room.tables} | {HOUSEKEEPING}
    return {table.qualified_name for table in theirs} | {table.schema for table in theirs} - reachable


def named(statement: Statement, names: set[str]) -> set[str]:
    """Which of the tables and schemas a statement names."""
    tables = set(re.findall(r"\b[a-z_]+\.[a-z_]+\b", statement.text))
    schemas = {table.partition(".")[0] for table in tables}
    schemas |= set(re.findall(r"\b([a-z_]+)\.\{", statement.text))
    schemas |= set(re.findall(r"\b(?:table_schema|schema_name)\s*(?:=|IN)\s*\(?'([a-z_]+)'", statement.text))
    schemas |= set(re.findall(r"\bSCHEMA (?:IF (?:NOT )?EXISTS )?([a-z_]+)", statement.text))
    return (tables | schemas) & names


FOLDERS = sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__")


@pytest.mark.parametrize("folder", FOLDERS)
def test_sql_of_a_room_names_no_table_and_no_schema_of_a_room_above_it(folder: str) -> None:
    names = names_out_of_reach(folder)
    found = {
        statement.place: hits
        for statement in statements_below(PACKAGE, folder)
        if HISTORY not in statement.place and (hits := named(statement, names))
    }
    assert found == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_sql_of_more_than_five_lines_stands_in_python(folder: str) -> None:
    assert [
        each.place
        for each in statements_below(PACKAGE, folder)
        if each.lines > MAX_LINES and not each.place.partition(":")[0].endswith(".sql")
    ] == []


def test_the_rooms_that_are_out_of_reach_are_those_above_and_beside() -> None:
    assert out_of_reach("sales") == ["orchestration", "report", "datasets", "evaluation", "whitespace", "scoring"]
    assert {"whitespace", "whitespace.whitespace", "scoring.scorer_inputs"} <= names_out_of_reach("sales")
    assert "scoring.llm_calls" not in names_out_of_reach("sales"), "the ledger is a room below"
    assert "scoring.score_quality" in names_out_of_reach("scoring")
    assert "scoring" not in names_out_of_reach("scoring")
    assert names_out_of_reach("cli") == set()


@pytest.mark.parametrize(
    "source",
    [
        'query = "SELECT * FROM whitespace.whitespace"',
        'query = f"DROP TABLE whitespace.{name}"',
        'query = (\n  "SELECT table_name FROM duckdb_tables() "\n  "WHERE schema_name = \'whitespace\'"\n)',
        'query = "DROP SCHEMA IF EXISTS whitespace CASCADE"',
        'query = "FROM whitespace.features LIMIT 1"',
    ],
)
def test_whatever_way_a_room_above_is_named_is_found(source: str) -> None:
    (statement,) = statements_in(source, "sales/new.py")
    assert named(statement, names_out_of_reach("sales"))


def test_what_only_describes_is_no_sql() -> None:
    source = '"""Text.\n\nSELECT * FROM whitespace.whitespace\n"""\nA = 1\n"""FROM whitespace.features"""\n'
    assert list(statements_in(source, "sales/new.py")) == []


def test_lines_are_counted_where_python_joins_texts() -> None:
    parts = "\n".join(f'    "SELECT {number} AS number "' for number in range(6))
    (statement,) = statements_in(f"QUERY = (\n{parts}\n)", "sales/new.py")
    assert statement.lines == 6

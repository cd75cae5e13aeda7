"""docs/reference.md holds every setting, command, error code, table and column, as the code has them today."""

from __future__ import annotations

import re

import pytest

from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.settings import Settings, every_setting
from synthdeal_assets_tests.documents.error_codes import coded_failures
from synthdeal_assets_tests.documents.markdown import REFERENCE, ROOT
from synthdeal_assets_tests.documents.reference import (
    commands,
    default_as_written,
    flags_of,
    help_of,
    is_table,
    reference,
)

TEXT = REFERENCE.read_text(encoding="utf-8")


def section(heading: str, level: int = 2) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    return re.split(rf"^#{{2,{level}}} ", TEXT.partition(f"\n{'#' * level} {heading}\n")[2], flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The rows of all Markdown tables in the text, without their heads."""
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("| ")]
    bodies = [
        line
        for position, line in enumerate(lines)
        if line[0].strip() != "---" and not (position + 1 < len(lines) and lines[position + 1][0].strip() == "---")
    ]
    return [[cell.strip().replace("\\|", "|") for cell in line] for line in bodies]


def test_the_reference_is_what_the_code_makes_of_it_today() -> None:
    assert reference() == TEXT, "run python -m synthdeal_assets_tests.documents.reference"


def test_the_reference_lists_every_setting_with_its_default_and_meaning() -> None:
    listed = {row[0].strip("`"): (row[1].strip("`"), row[3]) for row in rows(section("Settings"))}

    assert listed == {
        setting.variable: (default_as_written(setting.default), setting.description) for setting in every_setting()
    }


def test_the_reference_names_the_flags_that_run_has() -> None:
    listed = {row[2].strip("`") for row in rows(section("Settings")) if row[2]}
    of_run = flags_of("run") - {"--verbose", "--estimate"}
    of_whitespace_run = flags_of("whitespace", "run") - {"--verbose"}

    assert {"--opportunities", "--home"} <= of_run
    assert {"--sales-log", "--holdout"} <= of_whitespace_run
    assert listed == of_run | of_whitespace_run


def test_the_reference_lists_every_asset_with_its_description() -> None:
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    listed = {re.sub(r"\[`(.+)`\].*", r"\1", row[0]): row[1] for row in rows(section("Tables"))}

    keys = graph.get_all_asset_keys()
    tables = {key for key in keys if is_table(key, graph.get(key).metadata)}

    assert sorted(listed) == sorted(
        ".".join(key.path) if key in tables else f"`{key.to_user_string()}`" for key in keys
    )
    for key in tables:
        description = graph.get(key).description
        assert description is not None
        assert description.startswith(listed[".".join(key.path)])


@pytest.mark.parametrize("table", ["crm.accounts", "whitespace.features", "scoring.llm_calls"])
def test_the_reference_lists_every_column_of_a_table(table: str) -> None:
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    node = next(graph.get(key) for key in graph.get_all_asset_keys() if ".".join(key.path) == table)
    columns = node.metadata["dagster/column_schema"].columns

    assert [(row[0].strip("`"), row[1]) for row in rows(section(table, level=3))] == [
        (column.name, column.type) for column in columns
    ]


def test_the_reference_shows_the_help_of_every_command() -> None:
    assert ("run",) in commands()
    assert ("whitespace", "explain") in commands()
    for command in commands():
        assert help_of(*command).rstrip() in section(" ".join(["synthdeal", *command]), level=3)


def test_the_reference_says_of_every_error_code_what_it_means_and_where_it_is_raised() -> None:
    listed = {row[0].strip("`"): row[1:] for row in rows(section("Error codes"))}

    assert set(listed) == {code for failure in coded_failures() for code in failure.codes}
    assert [code for code, (sentence, _, _) in listed.items() if len(re.findall(r"[a-z]{2,}", sentence)) < 4] == []
    assert {"warehouse.damaged", "run.check-failed"} <= set(listed)
    assert listed["export.not-to-stdout"] == [
        "Files of the format … cannot be written to standard output: name a file with --output.",
        "2",
        "`cli/export.py`",
    ]


def test_the_reference_lies_where_the_readme_looks_for_it() -> None:
    assert REFERENCE.relative_to(ROOT).as_posix() in (ROOT / "README.md").read_text(encoding="utf-8")

"""README.md and the pages in docs/ name only what is there: links, commands, flags, settings, tables, modules."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
import pytest
import typer.main
from typer.core import TyperGroup

from synthdeal_assets.cli.app import app
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.settings import Settings, every_setting
from synthdeal_assets_tests.cli.conftest import AS_OF, run_command
from synthdeal_assets_tests.documents.error_codes import coded_failures
from synthdeal_assets_tests.documents.markdown import README, REFERENCE, ROOT, Page, pages
from synthdeal_assets_tests.documents.reference import SCHEMAS, commands, flags_of

PAGES = pages()
MAX_LINES = {README: 150}
MAX_LINES_OF_A_PAGE = 200

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def tables() -> set[str]:
    """The name of every table, as SQL has it."""
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    return {".".join(key.path) for key in graph.get_all_asset_keys()}


@pytest.fixture(scope="module")
def codes() -> set[str]:
    """The code of every error, some of which look like tables."""
    return {code for failure in coded_failures() for code in failure.codes}


@each_page
def test_a_page_is_short(page: Page) -> None:
    if page.path != REFERENCE:
        assert len(page.text.splitlines()) <= MAX_LINES.get(page.path, MAX_LINES_OF_A_PAGE)


@each_page
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Page) -> None:
    for link in page.links:
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.is_relative_to(ROOT)
        assert path.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in Page.read(path).anchors, f"{page.name} links to {link}"


def test_every_page_and_picture_of_docs_is_linked() -> None:
    linked = {(page.path.parent / link.partition("#")[0]).resolve() for page in PAGES for link in page.links}
    there = {path for path in (ROOT / "docs").rglob("*") if path.suffix in {".md", ".png"}}

    assert README.with_name("docs").joinpath("reference.md") in there
    assert there <= linked


@each_page
def test_every_command_in_a_block_is_accepted_with_its_flags_and_values(page: Page) -> None:
    for call in page.calls_in_blocks():
        names = command_of(call)
        command = typer.main.get_command(app)
        for name in names:
            assert isinstance(command, TyperGroup)
            command = command.commands[name]
        command.make_context(" ".join(names), call[len(names) :])


@each_page
def test_every_command_and_flag_that_a_page_names_exists(page: Page) -> None:
    for call in page.calls_in_prose():
        command = command_of(call)
        given = {word.partition("=")[0] for word in call if word.startswith("--")}
        assert given <= flags_of(*command) | {"--help"}, f"{page.name}: synthdeal {' '.join(call)}"

    anywhere = set().union(*(flags_of(*command) for command in commands())) | {"--help"}
    own = [span for span in page.code_spans if span.startswith("--")]
    for span in own:
        assert {word.partition("=")[0] for word in span.split() if word.startswith("--")} <= anywhere, span


@each_page
def test_every_setting_that_a_page_names_exists(page: Page) -> None:
    named = set(re.findall(r"\bSYNTHDEAL_[A-Z_]*[A-Z]\b|\b[A-Z]+_API_KEY\b", page.text))

    assert named <= {setting.variable for setting in every_setting()}


@each_page
def test_every_table_that_a_page_names_exists(page: Page, tables: set[str], codes: set[str]) -> None:
    named = {
        span.replace("/", ".") for span in page.code_spans if re.fullmatch(rf"(?:{'|'.join(SCHEMAS)})[./][a-z_]+", span)
    }

    assert named - codes <= tables


@each_page
def test_every_module_and_folder_that_a_page_names_exists(page: Page) -> None:
    for module in re.findall(r"python -m (synthdeal_assets[\w.]*)", page.text):
        assert find_spec(module), f"{page.name} names {module}"
    for span in page.code_spans:
        if re.fullmatch(r"synthdeal_assets(_tests)?/[\w/.]+", span):
            assert (ROOT / span).exists(), f"{page.name} names {span}"


def test_every_job_schedule_and_sensor_that_a_page_names_exists() -> None:
    named = {span for page in PAGES for span in page.code_spans if re.fullmatch(r"\w+(refresh|_sensor)|refresh", span)}
    rows = re.findall(r"^\| `(\w+)` \| (?:job|schedule|sensor) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)

    assert {"refresh", "nightly_refresh", "retry_failed_scores_sensor"} <= named <= set(rows)


def test_what_a_page_launches_with_dg_is_all_that_a_step_makes() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    launched = re.findall(r"dg launch --assets (?:'(.+)'|(\S+))", text) + re.findall(r"`((?:group|key):.+)(`)", text)

    assert len(launched) == 4
    for quoted, plain in launched:
        selection = dg.AssetSelection.from_string(quoted or plain)
        assert selection.resolve(graph) == selection.required_multi_asset_neighbors().resolve(graph) != set()


def test_the_pages_name_every_command() -> None:
    handwritten = [page for page in PAGES if page.path != REFERENCE]
    named = {command_of(call) for page in handwritten for call in [*page.calls_in_blocks(), *page.calls_in_prose()]}

    assert set(commands()) - {("whitespace",), ("dataset",), ("version",)} <= named


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "example"),
    [
        pytest.param(page, example, id=f"{page.name}-{number}")
        for page in PAGES
        for number, example in enumerate(page.blocks("python"))
    ],
)
def test_every_python_example_runs_where_a_first_run_was(page: Page, example: str, home: Path) -> None:
    if "judge-benchmark/" in example:
        run_command("export", "judge-benchmark", "--sample", "5", "--home", home, folder=home.parent)
    home.rename(home.parent / ".synthdeal")
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=home.parent, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_readme_shows_the_lines_that_a_run_ends_with(tmp_path: Path) -> None:
    shown = README.read_text(encoding="utf-8").partition("<!-- output: run -->\n```text\n")[2].partition("```")[0]
    # Large enough for deals that stand out, as in the default world.
    done = run_command("run", "--opportunities", "60", "--as-of", AS_OF, "--home", tmp_path / "home", folder=tmp_path)

    expected = [without_figures(line) for line in shown.splitlines() if line and not line.startswith("  ")]
    printed = [without_figures(line) for line in done.stdout.splitlines() if line and not line.startswith("  ")]
    assert expected
    assert printed[-len(expected) :] == expected


def command_of(call: list[str]) -> tuple[str, ...]:
    """The command that a call names.

    Raises:
        AssertionError: There is none of that name.
    """
    known = commands()
    command = next((tuple(call[:length]) for length in (2, 1) if tuple(call[:length]) in known), None)
    assert command is not None, f"synthdeal {' '.join(call)}"
    return command


def without_figures(line: str) -> str:
    """The line with what differs from run to run left out: numbers, amounts, paths, what the headline concludes."""
    return re.sub(r"\$?\d[\d.,-]*[kMB%]*|/\S+", "…", line.partition(";")[0])

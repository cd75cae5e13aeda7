"""The documents for developers say what is so: the tree, the walks, the checks, the hooks, the decisions."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import yaml

from synthdeal_assets_tests.documents.markdown import ROOT, Page

PACKAGE = ROOT / "synthdeal_assets"
ARCHITECTURE = Page.read(ROOT / "docs" / "architecture.md")
CONTRIBUTING = Page.read(ROOT / "CONTRIBUTING.md")
DECISIONS = ROOT / "docs" / "decisions"
HALF_A_PAGE = 32

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = dict(re.findall(r"^([a-z]+):.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE))
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def tree() -> list[str]:
    """The paths in the page's tree, below the package."""
    block = ARCHITECTURE.text.partition("<!-- tree -->\n```text\n")[2].partition("```")[0]
    paths: list[str] = []
    parents: list[str] = []
    for line in block.splitlines()[1:]:
        depth = (len(line) - len(line.lstrip())) // 2
        parents[depth - 1 :] = [line.split()[0].rstrip("/")]
        paths.append("/".join(parents))
    return paths


def test_the_tree_shows_every_room_and_every_room_within_it() -> None:
    rooms = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/__init__.py")}
    inner = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/*/__init__.py")}
    shown = tree()

    assert rooms | inner <= set(shown)
    assert [path for path in shown if not ((PACKAGE / path).is_dir() or (PACKAGE / f"{path}.py").is_file())] == []


def test_each_step_of_the_walks_names_a_function_that_is_in_its_module() -> None:
    walks = ARCHITECTURE.text.split("<!-- walk -->")[1:]
    assert len(walks) == 2
    for walk in walks:
        steps = re.findall(r"^\| (\d+)\. .* \| `([\w/]+\.py)` \| `(\w+)` \|$", walk, re.MULTILINE)
        assert [int(number) for number, _, _ in steps] == [*range(1, len(steps) + 1)]
        assert len(steps) > 10
        for _, module, function in steps:
            assert function in defined_in(PACKAGE / module), f"{module} has no {function}"


def defined_in(path: Path) -> set[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def test_every_check_of_the_ci_script_is_a_target_and_each_of_them_is_explained() -> None:
    called = set(re.findall(r"\bmake ([a-z]+)", CI))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", CONTRIBUTING.text, re.MULTILINE))

    assert {"package", "slow", "lint", "types", "contracts", "definitions", "browser"} <= called <= TARGETS.keys()
    assert called - {"dev"} <= named <= TARGETS.keys()
    assert set(re.findall(r"^([a-z]+):.*## \w", MAKEFILE, re.MULTILINE)) == TARGETS.keys()
    assert set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()) == TARGETS.keys()


def test_the_ci_script_still_runs_the_two_commands_of_the_readme_as_they_are_written_there() -> None:
    assert re.findall(r'bash -euo pipefail -c "\$\(readme_command (\w+)\)"', CI) == ["run", "test"]


def test_what_a_target_names_is_there() -> None:
    for name, recipe in TARGETS.items():
        for path in re.findall(r"(?:\$\(TESTS\)|docs)/[\w/.*]+", recipe):
            assert [*ROOT.glob(path.replace("$(TESTS)", "synthdeal_assets_tests"))], f"{name}: {path}"
        for module in re.findall(r"-m (synthdeal_assets[\w.]+)", recipe):
            assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), f"{name}: {module}"


def test_the_hooks_run_the_checks_of_the_makefile_with_the_pinned_tools() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    checks = TARGETS["lint"] + TARGETS["types"] + TARGETS["contracts"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    development = {re.split("[=<>]", each)[0] for each in project["optional-dependencies"]["dev"]}

    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert {hook["id"] for hook in hooks} == {"ruff", "ruff-format", "mypy", "import-linter"}
    assert {"ruff", "mypy", "import-linter"} <= development
    for hook in hooks:
        assert hook["language"] == "system"
        command = hook["entry"].removesuffix(" --force-exclude").replace(".venv/bin", "$(BIN)")
        assert f"\t{command}" in checks, hook["entry"]


def test_each_decision_is_half_a_page_with_the_figure_that_decided_it() -> None:
    pages = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")

    assert 6 <= len(pages) <= 10
    for number, path in enumerate(pages, 1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        assert f"]({path.name})" in index
        assert len(text.splitlines()) <= HALF_A_PAGE
        assert re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE) == [
            "Question.",
            "Decision.",
            "Figure.",
            "Price.",
            "Decide anew",
        ]
        assert re.search(r"\d", text.partition("**Figure.**")[2].partition("**Price.**")[0])

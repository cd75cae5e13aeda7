"""Whether anything that makes a score could read the truth, judged from the source itself.

The import contract in CI looks at modules; this looks at the same from inside the product, where a user sees it, and
at the files and the lineage too. Nothing is executed. Whatever is put into the room `scoring` is looked at: there is
no list to add it to.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

PACKAGE: Final = "synthdeal_assets"
SCORING: Final = "scoring"
"""The room that makes scores: all of its modules and files, whatever their names."""

TRUTH: Final = "truth"
"""The schema, the word that no file of scoring may hold, and how the names of modules begin that describe or draw it
(`world/truth.py`, `world/truth_tables.py`)."""


def paths_to_the_truth(
    upstream: Mapping[str, Iterable[str]], score_assets: Iterable[str], *, package: Traversable | None = None
) -> list[str]:
    """Every way in which the truth could reach a score, a sentence each; none when all is well.

    Args:
        upstream: For each asset ("schema/table") the assets that it is made from.
        score_assets: The assets that are, or go into, a score.
        package: Folder of the package whose sources are looked at; this one when None.
    """
    package = resources.files(PACKAGE) if package is None else package
    return [
        *_modules_that_import_it(package),
        *_files_that_name_it(package.joinpath(SCORING)),
        *_assets_made_from_it(upstream, score_assets),
    ]


def _modules_that_import_it(package: Traversable) -> list[str]:
    """Modules that hold or reach the truth, among those of scoring and all that they import."""
    modules = {_module_name(path): file for path, file in _files_below(package, PACKAGE) if path.endswith(".py")}
    reached = _ways(
        (name for name in modules if name.startswith(f"{PACKAGE}.{SCORING}.")),
        lambda module: _named_imports(modules[module].read_text(encoding="utf-8")) & modules.keys(),
        lambda module: module.rpartition(".")[2].startswith(TRUTH),
    )
    return [f"The module {module} imports {imported}." for module, imported in reached]


def _ways(
    start: Iterable[str], next_to: Callable[[str], Iterable[str]], is_truth: Callable[[str], bool]
) -> list[tuple[str, str]]:
    """The last steps of all ways from somewhere to the truth, in order; beyond it none is followed."""
    waiting, found = list(start), []
    seen = set(waiting)
    while waiting:
        here = waiting.pop()
        for there in next_to(here):
            if is_truth(there):
                found.append((here, there))
            elif there not in seen:
                seen.add(there)
                waiting.append(there)
    return sorted(found)


@cache
def _named_imports(source: str) -> frozenset[str]:
    """What the source of a module imports, wherever in it; read once, like the modules themselves."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(imported)


def _files_that_name_it(room: Traversable) -> list[str]:
    """Files of scoring that hold the word: queries and prompts above all, but comments and descriptions too."""
    return [
        f"The file {path} names the {TRUTH}."
        for path, file in _files_below(room, SCORING)
        if TRUTH in file.read_bytes().decode("utf-8", errors="replace").lower()
    ]


def _files_below(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """The files of a folder and of all its folders, with their path below it, but for what Python compiled."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{name}/{entry.name}"
        if entry.is_file():
            yield path, entry
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _files_below(entry, path)


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _assets_made_from_it(upstream: Mapping[str, Iterable[str]], score_assets: Iterable[str]) -> list[str]:
    reached = _ways(score_assets, lambda asset: upstream.get(asset, ()), lambda asset: asset.startswith(f"{TRUTH}/"))
    return [f"The asset {asset} is made from {source}." for asset, source in reached]

"""Whether anything that makes a score could read the truth, judged from the source itself.

The import contract in CI looks at modules; this looks at the same from inside the product, where a user sees it, and
at the SQL files and the lineage too. Nothing is executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Final

from synthdeal_assets.foundation.warehouse.statements import statement

PACKAGE: Final = "synthdeal_assets"
TRUTH_MODULES: Final = frozenset({"synthdeal_assets.world.truth_tables", "synthdeal_assets.world.truth"})
"""Where the truth is described, and where it is drawn."""

TRUTH_SCHEMA: Final = "truth"

MODULES_THAT_SCORE: Final = (
    "synthdeal_assets.scoring.inputs",
    "synthdeal_assets.scoring.pending",
    "synthdeal_assets.scoring.scorers.make_scorer",
    "synthdeal_assets.scoring.asking",
    "synthdeal_assets.scoring.engine",
    "synthdeal_assets.scoring.score_store",
)
"""What takes part in making a score, with everything that it imports: inputs, choice, scorers, asking, storing."""

QUERIES_THAT_SCORE: Final = (
    "scorer_inputs.sql",
    "pending_opportunities.sql",
    "earlier_failures.sql",
    "archive_scores.sql",
    "mark_stale.sql",
)


def paths_to_the_truth(upstream: Mapping[str, Iterable[str]], score_assets: Iterable[str]) -> list[str]:
    """Every way in which the truth could reach a score, a sentence each; none when all is well.

    Args:
        upstream: For each asset ("schema/table") the assets that it is made from.
        score_assets: The assets that are, or go into, a score.
    """
    return [*_modules_that_import_it(), *_queries_that_name_it(), *_assets_made_from_it(upstream, score_assets)]


def _modules_that_import_it() -> list[str]:
    found, seen, waiting = [], set(MODULES_THAT_SCORE), list(MODULES_THAT_SCORE)
    while waiting:
        module = waiting.pop()
        for imported in _imports_of(module):
            if imported in TRUTH_MODULES:
                found.append(f"The module {module} imports {imported}.")
            elif imported not in seen:
                seen.add(imported)
                waiting.append(imported)
    return sorted(found)


@cache
def _imports_of(module: str) -> frozenset[str]:
    """The modules of this package that a module imports, wherever in it; read once, like the modules themselves."""
    package, _, name = module.rpartition(".")
    source = resources.files(package).joinpath(f"{name}.py")
    if not source.is_file():
        source = resources.files(module).joinpath("__init__.py")
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(name for name in imported if name.startswith(f"{PACKAGE}.") and _is_module(name))


def _is_module(name: str) -> bool:
    package, _, last = name.rpartition(".")
    try:
        folder = resources.files(package)
    except (ModuleNotFoundError, TypeError):
        return False
    return folder.joinpath(f"{last}.py").is_file() or folder.joinpath(last, "__init__.py").is_file()


def _queries_that_name_it() -> list[str]:
    return [
        f"The query {name} names the schema {TRUTH_SCHEMA}."
        for name in QUERIES_THAT_SCORE
        if f"{TRUTH_SCHEMA}." in statement(__package__, name).lower()
    ]


def _assets_made_from_it(upstream: Mapping[str, Iterable[str]], score_assets: Iterable[str]) -> list[str]:
    found, seen, waiting = [], set(score_assets), sorted(score_assets)
    while waiting:
        asset = waiting.pop()
        for source in upstream.get(asset, ()):
            if source.startswith(f"{TRUTH_SCHEMA}/"):
                found.append(f"The asset {asset} is made from {source}.")
            elif source not in seen:
                seen.add(source)
                waiting.append(source)
    return sorted(found)

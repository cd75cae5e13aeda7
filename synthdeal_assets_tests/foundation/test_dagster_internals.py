"""Private modules of Dagster's are known in one place, and what moved in a new release is said by name.

Everything that is asserted of the installed Dagster comes from the rows of `dagster_internals.INTERNALS`. How storage
and logs behave that are built upon it belongs in the tests of those.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

import synthdeal_assets
import synthdeal_assets_tests
from synthdeal_assets.foundation.dagster_instance import dagster_internals
from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    DAEMON_MODULE,
    INTERNALS,
    Internal,
    imported,
    moved,
)

ROOTS: Final = (Path(synthdeal_assets.__file__).parent, Path(synthdeal_assets_tests.__file__).parent)
THE_MODULE: Final = Path(dagster_internals.__file__)
THE_NAME: Final = dagster_internals.__name__

PUBLIC: Final = frozenset({"dagster", "dagster_duckdb"})
"""Packages whose own names Dagster documents; what lies below them, and every other package of its, is private."""

PRIVATE_NAME: Final = re.compile(r"dagster\._[\w.]*|dagster_(shared|webserver|graphql|pipes)\b[\w.]*")
"""A private module as a text, for `importlib` or `python -m`."""


@cache
def an_object_of(name: str, folder: Path) -> object:
    """An object of a class that has attributes only once it is made; None for the other names."""
    the = dagster_internals
    match name:
        case "DagsterSqliteStorage" | "SqliteEventLogStorage" | "LocalComputeLogManager":
            return getattr(the, name)(str(folder))
        case "SqliteRunStorage" | "SqliteScheduleStorage":
            return getattr(the, name).from_local(str(folder))
        case "SqliteEventLogStorageWatchdog":
            storage = the.SqliteEventLogStorage(str(folder))
            return the.SqliteEventLogStorageWatchdog(storage, "a-run", lambda _entry, _cursor: None, None)
        case _:
            return None


def sources_with(word: str) -> dict[Path, str]:
    """Every module of the package and of its tests that has a word, but for this one."""
    paths = sorted(path for root in ROOTS for path in root.rglob("*.py") if path != Path(__file__))
    return {path: source for path in paths if word in (source := path.read_text(encoding="utf-8"))}


def module_name(path: Path) -> str:
    """The name of a module without its top-level package, as `used_by` has it."""
    root = next(root for root in ROOTS if path.is_relative_to(root))
    return ".".join(path.relative_to(root).with_suffix("").parts)


def private_uses(source: str) -> list[str]:
    """What a module takes from Dagster's private parts: line and text of each."""
    tree = ast.parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    owners = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and _is_private_attribute(node.attr)
    } - {"self", "cls"}
    of_dagster = owners & {"dg", "dagster", *_typed_as_dagsters(tree)} if owners else set()
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [(node.lineno, name.name) for name in names if _is_private(name.name)]
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found += [
                    (node.lineno, f"{module}.{name.name}")
                    for name in names
                    if _is_private(module) or (module in PUBLIC and name.name.startswith("_"))
                ]
            case ast.Attribute(value=value, attr=attribute) if _is_private_attribute(attribute):
                if isinstance(value, ast.Name) and value.id in of_dagster:
                    found.append((node.lineno, ast.unparse(node)))
            case ast.Constant(value=str(text)) if id(node) not in documentation and PRIVATE_NAME.fullmatch(text):
                found.append((node.lineno, text))
    return [f"{line}: {text}" for line, text in sorted(found)]


def _is_private(module: str) -> bool:
    return module.partition(".")[0].split("_")[0] == "dagster" and module not in PUBLIC


def _is_private_attribute(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _typed_as_dagsters(tree: ast.Module) -> Iterator[str]:
    """Names that are annotated as something of `dg`, or made by it."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=ast.expr() as origin) if _is_of_dg(origin):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), annotation=origin) if _is_of_dg(origin):
                yield name
            case ast.withitem(context_expr=origin, optional_vars=ast.Name(id=name)) if _is_of_dg(origin):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=origin) if _is_of_dg(origin):
                yield name


def _is_of_dg(origin: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "dg" for node in ast.walk(origin))


def what_moved(name: str, internal: Internal, folder: Path) -> list[str]:
    """A sentence for each thing of a row that the installed Dagster does not have as we use it."""
    try:
        found = imported(name, internal)
    except ImportError as error:
        return [str(error)]
    sentences = []
    for use in internal.uses:
        member, parenthesis, parameters = use.removesuffix(")").partition("(")
        target = _member(name, found, member, folder) if member else found
        if target is None:
            sentences.append(moved(f"{name}.{member}", internal))
        elif parenthesis and not _takes(target, [part for part in parameters.split(", ") if part]):
            sentences.append(moved(f"{name}.{use}" if member else f"{name}{use}", internal))
    return sentences


def _member(name: str, found: Any, member: str, folder: Path) -> object:
    """An attribute of a class, of an object of it, or a field that it declares; None when it has no such thing."""
    annotated = {field for base in inspect.getmro(found) for field in inspect.get_annotations(base)}
    if hasattr(found, member) or member in annotated:
        return getattr(found, member, member)
    return member if member in dir(an_object_of(name, folder)) else None


def _takes(function: Any, names: list[str]) -> bool:
    """Whether a function has these parameters in this order, and demands no others."""
    parameters = {name: each for name, each in inspect.signature(function).parameters.items() if name != "self"}
    demanded = {
        name
        for name, each in parameters.items()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    }
    return [name for name in parameters if name in names] == names and demanded <= set(names)


def names_taken(source: str) -> set[str]:
    """The names that a module takes from the one place."""
    return {
        name.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == THE_NAME
        for name in node.names
    }


def test_no_other_module_takes_anything_from_dagsters_private_modules() -> None:
    elsewhere = {
        str(path): found
        for path, source in sources_with("dagster").items()
        if path != THE_MODULE and (found := private_uses(source))
    }

    assert elsewhere == {}, f"take these from {THE_NAME}, with a row each"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from dagster._core.utils import make_new_run_id", "dagster._core.utils.make_new_run_id"),
        ("import dagster._daemon", "dagster._daemon"),
        ("import dagster_shared", "dagster_shared"),
        ("from dagster_shared import check", "dagster_shared.check"),
        ("from dagster_webserver.app import DagsterWebserver", "dagster_webserver.app.DagsterWebserver"),
        ("from dagster_graphql import DagsterGraphQLClient", "dagster_graphql.DagsterGraphQLClient"),
        ("from dagster_duckdb.io_manager import DbTypeHandler", "dagster_duckdb.io_manager.DbTypeHandler"),
        ("from dagster import _check", "dagster._check"),
        ("dg._core", "dg._core"),
        ("def f(it: dg.DagsterInstance | None): return it._run_storage", "it._run_storage"),
        ("with dg.DagsterInstance.get() as it: it._run_storage", "it._run_storage"),
        ("it = dg.DagsterInstance.ephemeral(); it._run_storage", "it._run_storage"),
        ("def f():\n    from dagster._utils import log", "dagster._utils.log"),
        ("import_module('dagster._core.utils')", "dagster._core.utils"),
        ("run([sys.executable, '-m', 'dagster._daemon', 'run'])", "dagster._daemon"),
    ],
)
def test_a_planted_violation_is_found(line: str, found: str) -> None:
    number = 3 if "\n" in line else 2

    assert private_uses(f"import dagster as dg\n{line}\n") == [f"{number}: {found}"]


def test_what_is_public_or_only_spoken_of_is_no_violation() -> None:
    source = (
        '"""Ends what dagster._daemon started."""\n'
        "import dagster as dg\n"
        "from dagster_duckdb import DuckDBResource\n"
        "name = 'dagster.yaml'\n"
        "self._instance = dg.DagsterInstance\n"
    )

    assert private_uses(source) == []


@pytest.mark.parametrize(("name", "internal"), INTERNALS.items(), ids=INTERNALS)
def test_the_installed_dagster_has_the_name_as_we_use_it(name: str, internal: Internal, tmp_path: Path) -> None:
    assert what_moved(name, internal, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("NoSuchStorage", "dagster._core.storage.sqlite_storage"),
        ("DagsterSqliteStorage", "dagster._core.storage.no_such_module"),
        ("DagsterSqliteStorage", "dagster._core.no_such_package.sqlite_storage"),
    ],
)
def test_a_name_that_is_gone_is_said_with_its_module_its_users_and_their_purpose(
    name: str, module: str, tmp_path: Path
) -> None:
    internal = Internal(module, "keep its history", ("cli.run", "foundation.storage"), "none is public")

    (sentence,) = what_moved(name, internal, tmp_path)

    assert sentence == (
        f"dagster {version('dagster')} has no {name} in {module}; cli.run and foundation.storage need it to keep its "
        f"history. Find where it went and correct its row in {THE_NAME}, or install a version of dagster that has it."
    )


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("_no_such_attribute", "has no SqliteEventLogStorage._no_such_attribute in"),
        ("no_such_method(event)", "has no SqliteEventLogStorage.no_such_method in"),
        ("watch(run_id, callback)", "has no SqliteEventLogStorage.watch(run_id, callback) in"),
        ("watch(cursor, run_id, callback)", "has no SqliteEventLogStorage.watch(cursor, run_id, callback) in"),
        ("has_table(table_name, schema)", "has no SqliteEventLogStorage.has_table(table_name, schema) in"),
        ("(folder)", "has no SqliteEventLogStorage(folder) in"),
    ],
)
def test_an_attribute_or_a_parameter_that_is_gone_is_said_likewise(use: str, said: str, tmp_path: Path) -> None:
    row = INTERNALS["SqliteEventLogStorage"]
    changed = Internal(row.module, row.purpose, row.used_by, row.missing, (*row.uses, use))

    (sentence,) = what_moved("SqliteEventLogStorage", changed, tmp_path)

    assert said in sentence
    assert f"foundation.dagster_instance.storage needs it to {row.purpose}." in sentence


def test_whoever_imports_a_name_that_moved_is_told_which_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    row = INTERNALS["configure_loggers"]
    gone = Internal("dagster._gone", row.purpose, row.used_by, row.missing)
    monkeypatch.setitem(INTERNALS, "configure_loggers", gone)
    monkeypatch.delitem(vars(dagster_internals), "configure_loggers", raising=False)

    with pytest.raises(ImportError, match=r"no configure_loggers in dagster\._gone; cli\.ui_server needs it to log as"):
        exec(f"from {THE_NAME} import configure_loggers", {})  # noqa: S102 - an import, as a module would do it


def test_a_package_that_is_not_installed_is_not_taken_for_a_name_that_moved() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'dagster_elsewhere'"):
        imported("Anything", Internal("dagster_elsewhere.app", "serve", ("cli.ui_server",), "none"))


def test_the_rows_the_imports_for_the_type_checker_and_all_are_the_same() -> None:
    tree = ast.parse(THE_MODULE.read_text(encoding="utf-8"))
    for_the_type_checker = {
        name.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and _is_private(node.module or "")
        for name in node.names
    }

    assert {name: internal.module for name, internal in INTERNALS.items()} == for_the_type_checker
    assert {*INTERNALS, "DAEMON_MODULE", "INTERNALS", "Internal", "imported", "moved"} == set(dagster_internals.__all__)


def test_each_row_names_exactly_the_modules_that_take_it() -> None:
    users: dict[str, list[str]] = {name: [] for name in INTERNALS}
    for path, source in sources_with(THE_NAME).items():
        for name in names_taken(source) & set(INTERNALS):
            users[name].append(module_name(path))

    assert {name: list(internal.used_by) for name, internal in INTERNALS.items()} == users


def test_each_row_lists_everything_that_our_subclasses_touch(tmp_path: Path) -> None:
    touched: dict[str, set[str]] = {}
    for source in sources_with(THE_NAME).values():
        for node in ast.walk(ast.parse(source)):
            bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
            for name in INTERNALS.keys() & set(bases):
                touched.setdefault(name, set()).update(_touched_of_a_parent(node, name, tmp_path / name))

    listed = {name: {use.partition("(")[0] for use in INTERNALS[name].uses} for name in touched}

    assert touched["SqliteEventLogStorage"] >= {"_obs", "_watchers", "_connect", "store_event"}
    assert {name: rest for name, names in touched.items() if (rest := names - listed[name])} == {}


def _touched_of_a_parent(ours: ast.AST, name: str, folder: Path) -> set[str]:
    parent = an_object_of(name, folder) or getattr(dagster_internals, name)
    mentioned = {
        node.attr
        for node in ast.walk(ours)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "super()")
    } | {node.name for node in ast.walk(ours) if isinstance(node, ast.FunctionDef)}
    return {each for each in mentioned if not each.startswith("__") and each in dir(parent)}


def test_importing_the_module_imports_nothing_of_dagsters() -> None:
    code = f"import sys, {THE_NAME}; print(*[name for name in sys.modules if name.startswith('dagster')])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def test_the_daemon_can_be_run_as_a_module_with_the_options_that_we_give() -> None:
    daemon = import_module(f"{DAEMON_MODULE}.cli").cli.commands["run"]
    options = {option for parameter in daemon.params for option in parameter.opts}

    assert find_spec(f"{DAEMON_MODULE}.__main__") is not None
    assert {"--workspace", "--code-server-log-level"} <= options, "cli/ui_server.py starts the daemon with these"

"""No module or class is too long to be read at once, and no two classes have the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import synthdeal_assets

PACKAGE = Path(synthdeal_assets.__file__).parent
MAX_MODULE_LINES = 500
MAX_CLASS_LINES = 250


def modules(root: Path) -> Iterator[tuple[str, str]]:
    """Each module below a folder: its path from there, and its text."""
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def classes(root: Path) -> Iterator[tuple[str, str, int]]:
    """Each class below a folder, private and inner ones too: its module, its name and how many lines it has."""
    for module, text in modules(root):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                yield module, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def long_modules(root: Path) -> list[str]:
    """The modules below a folder that are too long."""
    return [module for module, text in modules(root) if len(text.splitlines()) > MAX_MODULE_LINES]


def long_classes(root: Path) -> list[str]:
    """The classes below a folder that are too long."""
    return [f"{module}: {name}" for module, name, lines in classes(root) if lines > MAX_CLASS_LINES]


def names_used_twice(root: Path) -> dict[str, list[str]]:
    """Names of several classes below a folder, each with their modules."""
    found: dict[str, list[str]] = defaultdict(list)
    for module, name, _ in classes(root):
        found[name].append(module)
    return {name: places for name, places in found.items() if len(places) > 1}


def test_no_module_is_longer_than_500_lines() -> None:
    assert long_modules(PACKAGE) == []


def test_no_class_is_longer_than_250_lines() -> None:
    assert long_classes(PACKAGE) == []


def test_no_two_classes_have_the_same_name() -> None:
    assert names_used_twice(PACKAGE) == {}


def test_one_line_too_many_and_a_name_too_many_are_found(tmp_path: Path) -> None:
    body = "\n".join(["class _Sample:", *["    x = 1"] * (MAX_CLASS_LINES - 1)])
    rest = "\n".join(["x = 1"] * (MAX_MODULE_LINES - MAX_CLASS_LINES))
    (tmp_path / "first.py").write_text(f"{body}\n{rest}\n", encoding="utf-8")
    assert (long_modules(tmp_path), long_classes(tmp_path), names_used_twice(tmp_path)) == ([], [], {})
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "second.py").write_text(f"{body}\n    x = 1\n{rest}\n", encoding="utf-8")
    assert long_modules(tmp_path) == ["room/second.py"]
    assert long_classes(tmp_path) == ["room/second.py: _Sample"]
    assert names_used_twice(tmp_path) == {"_Sample": ["first.py", "room/second.py"]}

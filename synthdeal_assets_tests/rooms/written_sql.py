"""The SQL that stands in the package: its `.sql` files, and the statements written into Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SQL = re.compile(
    r"\b(?:SELECT\s|INSERT\s+INTO\s|DELETE\s+FROM\s|(?:CREATE|DROP|ALTER)\s+(?:OR\s|TEMP\s|TABLE\s|VIEW\s|SCHEMA\s)|"
    r"UPDATE\s+\S+\s+SET\s|FROM\s+\S+)"
)
"""What a statement, or a part of one, has; upper case, as SQL is written here."""


@dataclass(frozen=True)
class Statement:
    """A statement, or a part of one.

    Attributes:
        place: File below the package, with the line it begins on.
        lines: Lines of the file that it takes.
        text: Its text; a value that is filled in from Python is left out.
    """

    place: str
    lines: int
    text: str


def statements_below(package: Path, folder: str) -> Iterator[Statement]:
    """All SQL of a folder of the package; descriptions are no SQL."""
    for path in sorted((package / folder).rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        yield Statement(f"{path.relative_to(package)}:1", text.count("\n"), text)
    for path in sorted((package / folder).rglob("*.py")):
        yield from statements_in(path.read_text(encoding="utf-8"), str(path.relative_to(package)))


def statements_in(source: str, name: str) -> Iterator[Statement]:
    """The SQL that stands in the source of a module, joined where Python joins it."""
    tree = ast.parse(source)
    passed = {id(inner) for node in ast.walk(tree) if _is_said(node) for inner in ast.walk(node) if inner is not node}
    for node in ast.walk(tree):
        if id(node) in passed or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = _text(node)
        if SQL.search(text):
            yield Statement(f"{name}:{node.lineno}", (node.end_lineno or node.lineno) - node.lineno + 1, text)


def _is_said(node: ast.AST) -> bool:
    """Whether what is in it stands for itself no more: the parts of a text, and texts that only describe."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node.value, str) else ""

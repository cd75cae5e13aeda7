"""SQL as text: the statements in `.sql` files, and values written as literals into a statement.

What a statement asks belongs in its file, in the room that asks it; running it belongs in `warehouse.py`. A value that
comes from outside is a parameter of the query, never a literal.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources


def sql_file(package: str, *path: str) -> str:
    """The text of an SQL file.

    Args:
        package: Package the file lies in, mostly `__package__`.
        path: Folders inside the package, then the name of the file.

    Raises:
        FileNotFoundError: There is no such file.
    """
    return resources.files(package).joinpath(*path).read_text(encoding="utf-8")


def sql_literal(text: str) -> str:
    """A text as a literal, in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Iterable[str]) -> str:
    """Some texts as the list of literals that follows IN, in parentheses."""
    return f"({', '.join(sql_literal(text) for text in texts)})"

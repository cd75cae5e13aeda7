"""SQL as text: the statements in `.sql` files, and names and values written into a statement.

What a statement asks belongs in its file, in the folder `sql/` of the room that asks it; running it belongs in
`warehouse.py`. A value that comes from outside is a parameter of the query, never a literal.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources

import jinja2


def statement(package: str, name: str, **values: object) -> str:
    """A statement from the folder `sql/` of a room, with values filled in.

    The file is a Jinja2 template; most have nothing to fill in. Names of columns that come from strangers pass through
    the filter `name`, texts through `text`, several texts through `texts`, either of both through `literal`. What a
    template includes is named from the same folder.

    Args:
        package: A package of the room, mostly `__package__`; the folder is the same for all its sub-rooms.
        name: Path of the file below that folder.
        values: What the template is filled with.

    Raises:
        jinja2.TemplateNotFound: There is no such file.
        jinja2.UndefinedError: A value that the template needs is missing.
    """
    room = package.split(".")[1]
    return _environment().get_template(f"{room}/{name}").render(values)


def marked_parts(sql: str, mark: str) -> list[tuple[str, str]]:
    """The parts of an SQL text in which each begins with a line "-- <mark>: <subject>".

    Args:
        sql: The text.
        mark: What a part is, such as "rule".

    Returns:
        Subject and SQL of each part, in order.

    Raises:
        ValueError: There is text before the first part, no part at all, or one without SQL.
    """
    before, *parts = re.split(rf"^-- {mark}: *", sql, flags=re.MULTILINE)
    found = [(subject.strip(), body.strip()) for subject, _, body in (part.partition("\n") for part in parts)]
    if before.strip() or not found or not all(body for _, body in found):
        raise ValueError(f"each part of the text begins with '-- {mark}: <subject>', and SQL follows")
    return found


def sql_name(name: str) -> str:
    """A name as an SQL identifier, in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def sql_literal(text: str) -> str:
    """A text as a literal, in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Iterable[str]) -> str:
    """Some texts as the list of literals that follows IN, in parentheses."""
    return f"({', '.join(sql_literal(text) for text in texts)})"


def _literal(value: object) -> str:
    return sql_list(map(str, value)) if isinstance(value, tuple) else sql_literal(str(value))


class _RoomsTemplates(jinja2.Environment):
    """Templates by room and path; an include is looked for in the room that includes it."""

    def join_path(self, template: str, parent: str) -> str:
        room, _, _ = parent.partition("/")
        return posixpath.join(room, template)


@cache
def _environment() -> jinja2.Environment:
    environment = _RoomsTemplates(
        loader=jinja2.FunctionLoader(_load),
        autoescape=False,  # SQL, where names and texts are quoted by the filters below
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(name=sql_name, text=sql_literal, texts=sql_list, literal=_literal)
    return environment


def _load(path: str) -> tuple[str, str, Callable[[], bool]] | None:
    room, _, name = path.partition("/")
    file = resources.files("synthdeal_assets").joinpath(room, "sql", *name.split("/"))
    if not file.is_file():
        return None
    return file.read_text(encoding="utf-8"), str(file), lambda: True

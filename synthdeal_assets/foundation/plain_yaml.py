"""YAML of keys, lists and texts, as a person writes it who does not program, with the line of everything.

Everything stays text, or a column called No or 2021 would be no name any more. What the keys mean belongs in the room
whose file it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

Path = tuple[object, ...]
"""Keys and places (from 0) that lead to a value, outermost first."""

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads thousands of lines in no time, where PyYAML was built with it."""


class NotPlainYamlError(Exception):
    """The text is no YAML, or more than keys, lists and texts.

    Attributes:
        problem: What is wrong, in words that fit into brackets.
        line: Line of it, from 1; None where none is known.
    """

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(frozen=True, slots=True)
class PlainYaml:
    """What a text says.

    Attributes:
        data: Dicts, lists and texts; None for an empty text.
        lines: Line of each value, from 1; for a value that has a key, the line of the key.
    """

    data: object
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int | None:
        """The line of what the path leads to, or of the innermost thing around it; None where only the whole is."""
        around = (path[:length] for length in range(len(path), 0, -1))
        return next((self.lines[known] for known in around if known in self.lines), None)


def read_plain_yaml(text: str, *, deepest: int) -> PlainYaml:
    """The data of one YAML document.

    Args:
        text: YAML.
        deepest: How many keys and places may lead to a list or a mapping.

    Raises:
        NotPlainYamlError: It is no YAML, has an alias, a key that is no text or is there twice, or goes deeper.
    """
    reader = _Reader(deepest)
    try:
        # Events, not nodes: an alias is seen before it is followed, and depth costs no stack, of which C has no limit.
        for event in yaml.parse(text, Loader=LOADER):
            reader.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        if mark is not None and "\t" in text.splitlines()[mark.line][: mark.column + 1]:
            problem = "a tab stands where only spaces may"
        raise NotPlainYamlError(problem, None if mark is None else mark.line + 1) from error
    return PlainYaml(reader.data, reader.lines)


class _Open:
    """A mapping or list whose end has not come yet; of a mapping, the key whose value comes next."""

    def __init__(self, data: dict[str, object] | list[object]) -> None:
        self.data = data
        self.key: str | None = None

    @property
    def wants_key(self) -> bool:
        """Whether what comes next is a key."""
        return isinstance(self.data, dict) and self.key is None


class _Reader:
    """Builds the data from the events of a parser."""

    def __init__(self, deepest: int) -> None:
        self.data: object = None
        self.lines: dict[Path, int] = {}
        self._deepest = deepest
        self._open: list[_Open] = []
        self._path: list[object] = []
        self._documents = 0

    @property
    def _around(self) -> _Open | None:
        """What the next value stands in; None for the document itself."""
        return self._open[-1] if self._open else None

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        line = 1 if mark is None else mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise NotPlainYamlError("a second document begins", line)
        elif isinstance(event, yaml.AliasEvent):
            raise NotPlainYamlError(f"`*{event.anchor}` refers to what is written elsewhere", line)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(str(event.value), line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
            self._leave()

    def _scalar(self, value: str, line: int) -> None:
        around = self._around
        if around is not None and around.wants_key and isinstance(around.data, dict):
            if value in around.data:
                raise NotPlainYamlError(f"`{value}` is there twice", line)
            around.key = value
            around.data[value] = None
            self._path.append(value)
            self.lines[tuple(self._path)] = line
            return
        self._put(value, line)
        self._leave()

    def _begin(self, data: dict[str, object] | list[object], line: int) -> None:
        if self._around is not None and self._around.wants_key:
            raise NotPlainYamlError("a key that is no text", line)
        self._put(data, line)
        if len(self._path) > self._deepest:
            raise NotPlainYamlError("lists within lists too deep", line)
        self._open.append(_Open(data))

    def _put(self, value: object, line: int) -> None:
        around = self._around
        if around is None:
            self.data = value
        elif isinstance(around.data, list):
            self._path.append(len(around.data))
            around.data.append(value)
        elif around.key is not None:
            around.data[around.key] = value
            around.key = None
        self.lines.setdefault(tuple(self._path), line)

    def _leave(self) -> None:
        if self._path:
            self._path.pop()

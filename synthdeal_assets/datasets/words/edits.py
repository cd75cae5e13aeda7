"""Changes of a specification's text that keep everything else as the person wrote it, comments included."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Mapping
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

_WHOLE: Final = re.compile(r"-?\d+(?:_\d+)*")
_DECIMAL: Final = re.compile(r"-?\d+\.\d+")
_TABLES: Final = frozenset({"per", "refers_to", "sum", "count", "min", "max", "mean"})
"""Keys whose texts may begin with the name of a table."""
_FIELDS: Final = frozenset(
    {"formula", "date", "datetime", "when", "where", "rules", "key", "sum", "count", "min", "max", "mean", "field"}
    | {"by", "distinct", "among", "level"}
)
"""Keys whose texts may name fields."""
_INDENTS: Final = ((2, 4, 2), (2, 2, 0), (4, 6, 4), (4, 4, 2))
"""Spaces before keys, before what follows a dash, and before the dash: what people use."""


class EditedText:
    """The text of a specification that is being changed.

    Args:
        text: YAML that `parse_specification` accepts.
    """

    def __init__(self, text: str) -> None:
        self.before = text
        self._yaml = next(
            (yaml for yaml in map(_yaml, _INDENTS) if _written(yaml, yaml.load(text)) == text), _yaml(_INDENTS[0])
        )
        self.data: Any = self._yaml.load(text)

    @property
    def text(self) -> str:
        """The text as it is now."""
        return _written(self._yaml, self.data)

    @property
    def tables(self) -> Any:
        """Name -> table, to be read."""
        return self.data["tables"]

    def fields(self, table: str) -> Any:
        """Name -> field, to be read."""
        return self.tables[table]["fields"]

    def set(self, path: tuple[str, ...], value: Any) -> None:
        """Writes a value, in place of the former one or behind the others."""
        part = self.data
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = as_yaml(value)

    def modify(self, table: str, name: str, changes: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> None:
        """Changes keys of a field; the name of a type alone becomes a mapping."""
        fields = self.fields(table)
        if isinstance(fields[name], str):
            fields[name] = as_yaml({"type": fields[name]})
        for key in without:
            fields[name].pop(key, None)
        for key, value in changes.items():
            fields[name][key] = as_yaml(value)

    def remove(self, path: tuple[str, ...]) -> None:
        """Takes a key out."""
        part = self.data
        for key in path[:-1]:
            part = part[key]
        del part[path[-1]]

    def rename(self, path: tuple[str, ...], name: str) -> None:
        """Gives a key another name, in its place, with its comment."""
        part = self.data
        for key in path[:-1]:
            part = part[key]
        old = path[-1]
        place = list(part).index(old)
        comment = part.ca.items.pop(old, None)
        part.insert(place, name, part.pop(old))
        if comment is not None:
            part.ca.items[name] = comment

    def set_block(self, path: tuple[str, ...], value: Mapping[str, Any]) -> None:
        """Writes a table over several lines, a field in each."""
        part = self.data
        for key in path[:-1]:
            part = part[key]
        fields = CommentedMap(
            {name: as_yaml(one["type"] if one.keys() == {"type"} else one) for name, one in value["fields"].items()}
        )
        part[path[-1]] = CommentedMap({**{key: as_yaml(one) for key, one in value.items()}, "fields": fields})

    def rename_in_texts(self, path: tuple[str, ...], new: str) -> None:
        """Writes the new name of a table or field in formulas, spans, rules and references.

        Args:
            path: Where it was before: ("tables", name), or ("tables", table, "fields", name).
            new: Its name from now on.
        """
        old = path[-1]
        if len(path) == 2:
            _replace(self.tables, re.compile(rf"(?<![\w.]){re.escape(old)}(?=\.|$)"), new, _TABLES)
            return
        _replace(self.tables[path[1]], re.compile(rf"(?<![\w.'\"]){re.escape(old)}(?![\w'\"])"), new, _FIELDS)
        _replace(
            self.tables,
            re.compile(rf"(?<![\w.]){re.escape(path[1])}\.{re.escape(old)}(?!\w)"),
            f"{path[1]}.{new}",
            _FIELDS,
        )

    def diff(self) -> tuple[str, ...]:
        """The lines that change: those taken out with a minus, those put in with a plus."""
        lines = difflib.unified_diff(self.before.splitlines(), self.text.splitlines(), n=0, lineterm="")
        return tuple(line for line in lines if not line.startswith(("---", "+++", "@@")))


def as_yaml(value: Any) -> Any:
    """Data as ruamel writes it in one line, with numbers as numbers."""
    if isinstance(value, Mapping):
        mapping = CommentedMap({key: as_yaml(one) for key, one in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq([as_yaml(one) for one in value])
        sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    return value


def _yaml(indent: tuple[int, int, int]) -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.indent(mapping=indent[0], sequence=indent[1], offset=indent[2])
    return yaml


def _written(yaml: YAML, data: Any) -> str:
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _replace(part: Any, name: re.Pattern[str], new: str, keys: frozenset[str], key: str = "") -> None:
    places = list(part) if isinstance(part, Mapping) else range(len(part)) if isinstance(part, list) else ()
    for place in places:
        value, own = part[place], str(place) if isinstance(part, Mapping) else key
        if isinstance(value, str):
            replaced = name.sub(new, value) if own in keys else value
            if replaced != value:
                part[place] = type(value)(replaced)
        else:
            _replace(value, name, new, keys, own)

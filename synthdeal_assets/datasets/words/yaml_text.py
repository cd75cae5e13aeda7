"""A specification as YAML that a person likes to edit: a line for each field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_äöüÄÖÜßáéíóúñÁÉÍÓÚÑ][\w .+*/()%<>=-]*")
_INSIDE: Final = re.compile(r": |:$| #|[,{}\[\]&!|'\"`@?]")


def flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    text = str(value)
    if _PLAIN.fullmatch(text) and not _INSIDE.search(text) and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


def field_text(mapping: Mapping[str, Any]) -> str:
    """A field: the name of its type alone where there is nothing else."""
    if mapping.keys() == {"type"}:
        return str(mapping["type"])
    return flow(mapping)


def specification_text(data: Mapping[str, Any]) -> str:
    """A specification, from data with the keys of the grammar."""
    lines = [f"{key}: {flow(value)}" for key, value in data.items() if key != "tables"]
    lines.append("tables:")
    for name, table in data["tables"].items():
        lines += [f"  {name}:", f"    rows: {flow(table['rows'])}"]
        if "key" in table:
            lines.append(f"    key: {flow(table['key'])}")
        lines.append("    fields:")
        lines += [f"      {field}: {field_text(mapping)}" for field, mapping in table["fields"].items()]
        if table.get("rules"):
            lines.append("    rules:")
            lines += [f"      - {flow(rule)}" for rule in table["rules"]]
        if "blemishes" in table:
            lines.append(f"    blemishes: {flow(table['blemishes'])}")
    return "\n".join(lines) + "\n"

"""A product map as a file: YAML that a person writes who does not program.

Every error names the file, the line and the remedy. What a map says and which maps make sense belongs in
`product_map.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.product_map.product_map import MappedProduct, ProductMap
from synthdeal_assets.sales.sources.places import require_regular

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads a map of thousands of products in no time, where PyYAML was built with it."""


def load_product_map(path: Path) -> ProductMap:
    """The product map in a file.

    Raises:
        SynthDealError: The file cannot be read, is no YAML, or does not make sense; names the file, the line where
            possible, and the remedy.
    """
    require_regular(path.expanduser(), "the product map")
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SynthDealError(
            f"There is no product map {path}: correct its name, or create one with `synthdeal whitespace init FILE`.",
            code="product-map.missing",
            usage=True,
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or "input/output error"
        )
        raise SynthDealError(
            f"The product map {path} cannot be read ({reason}): make it a readable UTF-8 text file.",
            code="product-map.unreadable",
            usage=True,
        ) from error
    return parse_product_map(text, str(path))


def parse_product_map(text: str, where: str) -> ProductMap:
    """The product map in a text.

    Args:
        text: YAML.
        where: What to call it in an error.

    Raises:
        SynthDealError: It is no YAML, or does not make sense.
    """
    lines: dict[tuple[object, ...], int] = {}
    try:
        node = yaml.compose(text, Loader=LOADER)
        data = None if node is None else _plain_data(node, (), lines)
    except (yaml.YAMLError, _NotPlainError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark is not None else where
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise SynthDealError(
            f"{place}: this is not a product map that can be read ({problem}): correct the line, minding the spaces "
            "it begins with and quotes around names with a colon.",
            code="product-map.not-yaml",
            usage=True,
        ) from error
    if not isinstance(data, dict):
        raise SynthDealError(
            f"{where} is not a product map: it must start with lines such as `customer_id: Name of the column`; "
            "`synthdeal whitespace init FILE` writes one.",
            code="product-map.empty",
            usage=True,
        )
    try:
        return ProductMap.model_validate(data)
    except ValidationError as error:
        raise SynthDealError(_sentence(error, where, lines), code="product-map.invalid", usage=True) from None


class _NotPlainError(Exception):
    """YAML that is more than keys, lists and texts."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem)
        self.problem = problem
        self.problem_mark = mark


def _plain_data(node: yaml.Node, path: tuple[object, ...], lines: dict[tuple[object, ...], int]) -> object:
    """Keys, lists and texts. Everything stays text, or a column called No or 2021 would be no name any more."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if len(path) > 4:
        raise _NotPlainError("lists within lists too deep", node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_plain_data(item, (*path, place), lines) for place, item in enumerate(node.value)]
    data: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else None
        if name is None:
            raise _NotPlainError("a key that is no text", key.start_mark)
        if name in data:
            raise _NotPlainError(f"`{name}` is there twice", key.start_mark)
        data[name] = _plain_data(value, (*path, name), lines)
        lines[(*path, name)] = key.start_mark.line + 1
    return data


def _sentence(error: ValidationError, where: str, lines: Mapping[tuple[object, ...], int]) -> str:
    first = error.errors()[0]
    path = tuple(part for part in first["loc"] if part != "[key]")
    known = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in lines), ())
    line = lines.get(known, None) if known else None
    place = where if line is None else f"{where}, line {line}"
    key = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in path)
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    if first["type"] == "extra_forbidden":
        allowed = MappedProduct.model_fields if len(path) > 1 else ProductMap.model_fields
        return f"{place}: `{path[-1]}` is no key of a product map: use one of {', '.join(allowed)}, or remove it."
    if first["type"] == "missing":
        return f"{place}: `{path[-1]}` is missing in {'.'.join(map(str, path[:-1])) or 'the map'}: add it."
    if first["type"] == "value_error":
        return f"{place}: {reason}."
    choices = "keep or drop" if path[-1:] in (("equal_lines",), ("total_rows",)) else "wide or long"
    wanted = {"literal_error": f"write {choices}", "bool_parsing": "write true or false"}.get(
        first["type"], "write a name, or a list of names" if path[:1] != ("products",) else "write a list of products"
    )
    return f"{place}: `{key}` is {first['input']!r}, which is not accepted: {wanted}."

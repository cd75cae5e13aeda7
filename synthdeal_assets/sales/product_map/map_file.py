"""A product map as a file: YAML that a person writes who does not program.

Every error names the file, the line and the remedy. What a map says and which maps make sense belongs in
`product_map.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.plain_yaml import NotPlainYamlError, PlainYaml, read_plain_yaml
from synthdeal_assets.sales.product_map.product_map import MappedProduct, ProductMap
from synthdeal_assets.sales.sources.places import require_regular

DEEPEST: Final = 4
"""Keys and places that lead to a list of names: products, its place, a key of it, a place."""


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
    try:
        written = read_plain_yaml(text, deepest=DEEPEST)
    except NotPlainYamlError as error:
        place = where if error.line is None else f"{where}, line {error.line}"
        raise SynthDealError(
            f"{place}: this is not a product map that can be read ({error.problem}): correct the line, minding the "
            "spaces it begins with and quotes around names with a colon.",
            code="product-map.not-yaml",
            usage=True,
        ) from error
    if not isinstance(written.data, dict):
        raise SynthDealError(
            f"{where} is not a product map: it must start with lines such as `customer_id: Name of the column`; "
            "`synthdeal whitespace init FILE` writes one.",
            code="product-map.empty",
            usage=True,
        )
    try:
        return ProductMap.model_validate(written.data)
    except ValidationError as error:
        raise SynthDealError(_sentence(error, where, written), code="product-map.invalid", usage=True) from None


def _sentence(error: ValidationError, where: str, written: PlainYaml) -> str:
    first = error.errors()[0]
    path = tuple(part for part in first["loc"] if part != "[key]")
    line = written.line_of(path)
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

"""Another number of rows for a specification, written into its text, where everything else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import yaml

from synthdeal_assets.datasets.spec.spec_file import ReadSpecification, read_specification
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.plain_yaml import LOADER

_TIMES: Final = re.compile(r"(?P<factor>\d{1,9}(\.\d{1,6})?)x")
_NUMBER: Final = re.compile(r"\d{1,3}([_,]\d{3})+|\d{1,12}")


def with_rows(read: ReadSpecification, rows: str) -> ReadSpecification:
    """A specification with another number of rows.

    Args:
        read: The specification.
        rows: `10x` for ten times the rows of every table whose number is written, and of the totals of children; a
            number for the rows of the first table that has one.

    Raises:
        SynthDealError: It is neither ("datasets.bad-rows"), or no table has a number of rows.
    """
    times, number = _TIMES.fullmatch(rows), _NUMBER.fullmatch(rows)
    if times is None and number is None:
        raise SynthDealError(
            f"--rows is {rows!r}: write a number such as 1000, or how many times the rows, such as 10x.",
            code="datasets.bad-rows",
            usage=True,
        )
    places = [*_written_rows(read.text)]
    if times is None:
        places = places[:1]
    if not places:
        raise SynthDealError(
            f"{read.where} gives no table a number of rows: leave out --rows.", code="datasets.no-rows", usage=True
        )
    text = read.text
    for node in reversed(places):
        before = Decimal(node.value.replace("_", "").replace(",", ""))
        after = rows.replace(",", "_") if times is None else str(round(before * Decimal(times["factor"])))
        text = f"{text[: node.start_mark.index]}{after}{text[node.end_mark.index :]}"
    return read_specification(text, read.where)


def _written_rows(text: str) -> Iterator[yaml.ScalarNode]:
    """The numbers of rows and the totals of children in a specification, as they are written one after the other."""
    for table in _values(yaml.compose(text, Loader=LOADER), "tables"):
        for rows in (node for _, each in table.value for node in _values(each, "rows")):
            numbers = [rows] if isinstance(rows, yaml.ScalarNode) else _values(rows, "total")
            yield from (number for number in numbers if isinstance(number, yaml.ScalarNode))


def _values(node: yaml.Node | None, key: str) -> list[yaml.Node]:
    return [value for name, value in node.value if name.value == key] if isinstance(node, yaml.MappingNode) else []

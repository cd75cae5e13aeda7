"""Sentence templates: how they are written down, chosen for each row and filled in, a column at a time.

What the templates say is in the YAML files beside this module, and what may be filled in is in `slots.py`; neither
belongs here. A template is text with three kinds of gaps:

- `{pain}` takes the column of that name, `{Pain}` the same with a capital first letter;
- `{3..9}` takes a whole number in that range;
- `[by mail|in the meeting with {champion}]` takes one of the alternatives, which may hold gaps but no brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.world.randomness import IntArray, UInt64Array, choose, uniform

_GAP: Final = re.compile(r"\[(?P<alternatives>[^\[\]]*)\]|\{(?P<low>\d+)\.\.(?P<high>\d+)\}|\{(?P<slot>[A-Za-z_]+)\}")

KEY: Final = "text_key"


@dataclass(frozen=True)
class _Number:
    low: int
    high: int


@dataclass(frozen=True)
class _Slot:
    name: str
    capital: bool


@dataclass(frozen=True)
class _Alternatives:
    options: tuple[Template, ...]
    words: tuple[str, ...] | None  # the options themselves where none of them has a gap


_Part = str | _Number | _Slot | _Alternatives


@dataclass(frozen=True)
class Template:
    """A parsed template.

    Attributes:
        parts: Its literal text and its gaps, in order.
        slots: Names of the columns it needs.
    """

    parts: tuple[_Part, ...]
    slots: frozenset[str]


def parse_template(text: str) -> Template:
    """A template from its written form.

    Raises:
        ValueError: A brace or bracket is left that belongs to no gap.
    """
    parts: list[_Part] = []
    slots: set[str] = set()
    end = 0
    for gap in _GAP.finditer(text):
        parts.append(_literal(text[end : gap.start()], text))
        end = gap.end()
        if gap["alternatives"] is not None:
            words = tuple(gap["alternatives"].split("|"))
            options = tuple(parse_template(option) for option in words)
            slots.update(*(option.slots for option in options))
            parts.append(_Alternatives(options, None if any("{" in option for option in words) else words))
        elif gap["slot"] is not None:
            name = gap["slot"]
            slots.add(name[0].lower() + name[1:])
            parts.append(_Slot(name[0].lower() + name[1:], capital=name[0].isupper()))
        else:
            parts.append(_Number(int(gap["low"]), int(gap["high"])))
    parts.append(_literal(text[end:], text))
    return Template(tuple(part for part in parts if part != ""), frozenset(slots))


def _literal(text: str, template: str) -> str:
    if any(mark in text for mark in "{}[]"):
        raise ValueError(f"The template {template!r} has a brace or bracket that belongs to no gap.")
    return text


@dataclass(frozen=True)
class Phrasebook:
    """Templates in groups, for one place in the texts.

    Attributes:
        place: Name of the place; different places choose independently.
        templates: All templates.
        first: For each group the position of its first template.
        count: For each group the number of its templates.
    """

    place: str
    templates: tuple[Template, ...]
    first: dict[str, int]
    count: dict[str, int]


def phrasebook(place: str, groups: Mapping[str, Sequence[str]]) -> Phrasebook:
    """The templates of one place, by group.

    Raises:
        ValueError: A template is malformed.
    """
    templates: list[Template] = []
    first, count = {}, {}
    for group, texts in groups.items():
        first[group], count[group] = len(templates), len(texts)
        templates.extend(parse_template(text) for text in texts)
    return Phrasebook(place, tuple(templates), first, count)


def write(book: Phrasebook, group: pl.Series, slots: pl.DataFrame) -> pl.Series:
    """One text for each row.

    Args:
        book: The templates to choose from.
        group: Group of each row; NULL where nothing is written.
        slots: The columns that may be filled in, with the random key of each row in `text_key`.

    Returns:
        The texts in the order of the rows, named after the place; NULL where the group is NULL.

    Raises:
        KeyError: A group has no templates.
    """
    keys = slots[KEY].to_numpy()
    chosen = _chosen_template(book, group, keys)
    order = np.argsort(chosen, kind="stable")
    starts = np.searchsorted(chosen[order], np.arange(len(book.templates) + 1))
    pieces = [pl.Series([None], dtype=pl.String).new_from_index(0, int(starts[0]))]
    for position, template in enumerate(book.templates):
        rows = order[starts[position] : starts[position + 1]]
        if len(rows):
            pieces.append(_fill(template, slots.select(sorted(template.slots))[rows], keys[rows], book.place))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pl.concat(pieces).gather(back).alias(book.place)


def _chosen_template(book: Phrasebook, group: pl.Series, keys: UInt64Array) -> IntArray:
    """Position of each row's template, -1 where the group is NULL."""
    present = group.drop_nulls().unique(maintain_order=True).to_list()
    first = group.replace_strict({name: book.first[name] for name in present} or {"": 0}, return_dtype=pl.Int64)
    count = group.replace_strict({name: book.count[name] for name in present} or {"": 0}, return_dtype=pl.Int64)
    within = np.floor(uniform(keys, book.place) * count.fill_null(0).to_numpy()).astype(np.int64)
    return np.where(group.is_null().to_numpy(), -1, first.fill_null(-1).to_numpy() + within)


def _fill(template: Template, slots: pl.DataFrame, keys: UInt64Array, salt: str) -> pl.Series:
    columns = [_column(part, slots, keys, f"{salt}/{position}") for position, part in enumerate(template.parts)]
    # A template of literals alone would otherwise give one row.
    length = pl.repeat("", len(keys), eager=True)
    return pl.select(pl.concat_str([pl.lit(length), *columns])).to_series()


def _column(part: _Part, slots: pl.DataFrame, keys: UInt64Array, salt: str) -> pl.Expr:
    if isinstance(part, str):
        return pl.lit(part)
    if isinstance(part, _Number):
        return pl.lit(pl.Series(part.low + choose(keys, salt, part.high - part.low + 1)).cast(pl.String))
    if isinstance(part, _Slot):
        column = slots[part.name]
        return pl.lit(capitalised(column) if part.capital else column)
    option = choose(keys, salt, len(part.options))
    if part.words is not None:
        return pl.lit(pl.Series(part.words, dtype=pl.String).gather(option))
    filled = [_fill(choice, slots, keys, f"{salt}/{number}") for number, choice in enumerate(part.options)]
    return pl.coalesce(pl.when(pl.Series(option == number)).then(text) for number, text in enumerate(filled))


def capitalised(column: pl.Series) -> pl.Series:
    """The texts with a capital first letter."""
    first, rest = column.str.slice(0, 1).str.to_uppercase(), column.str.slice(1)
    return pl.select(pl.concat_str(pl.lit(first), pl.lit(rest))).to_series()

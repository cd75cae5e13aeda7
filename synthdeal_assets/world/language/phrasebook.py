"""Phrase banks: templates read from the YAML files beside this module, and compiled into arrays.

Only what a template is belongs here: its notation and its compiled form. What templates say stands in the YAML
files, what their slots hold in `fact_words.py` and `deal_story.py`, and how rows are filled in `rendering.py`.

A bank is a mapping of section to templates, one on a line:

- `{acct}` is a slot: a word of the deal. `{Acct}` is the same with a capital first letter.
- `{12-30}` is a whole number drawn for the deal, `{10-90/5}` one in steps, `{a:12-30}` one with a name: the same name
  gives the same number in all forms of a template.
- `[saw|watched]` is a choice; each way to resolve the choices of a template is a variant of it.
- `||` separates the forms of a template: the same thing in other grammar, chosen together.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import yaml

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array

FORM_SEPARATOR: Final = "||"
LARGEST_NUMBER: Final = 9999
"""Numbers in templates end here; larger ones come from the facts."""

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_SLOT: Final = re.compile(r"\{([^{}]*)\}")
_NUMBER: Final = re.compile(r"(?:([a-z_]+):)?(\d+)-(\d+)(?:/(\d+))?")


@dataclass(frozen=True)
class Bank:
    """One form of the templates of a bank, compiled.

    A section is a range of templates, a template a range of variants. A variant is literal 0, slot 0, literal 1,
    slot 1 and so on; what is missing at its end is the empty literal or slot.

    Attributes:
        name: Name of the bank; choices are salted with it.
        form: Number of this form; 0 when templates have only one.
        sections: Names of the sections; their codes are the positions.
        first_template: Shape (sections,).
        template_count: Shape (sections,).
        first_variant: Shape (templates,).
        variant_count: Shape (templates,).
        literals: Every literal of the bank once; the first is empty.
        literal: Shape (variants, parts): position in `literals`.
        slots: Every slot of the bank once, without the empty one.
        slot: Shape (variants, parts): position in `slots`, EMPTY or NUMBER.
        lowest: Shape (variants, parts): lower end of a number.
        steps: Shape (variants, parts): how many values it can have.
        step: Shape (variants, parts): their distance.
        number_key: Shape (variants, parts): what distinguishes the draws of the numbers of one row.
    """

    name: str
    form: int
    sections: tuple[str, ...]
    first_template: IntArray
    template_count: IntArray
    first_variant: IntArray
    variant_count: IntArray
    literals: pl.Series
    literal: IntArray
    slots: tuple[str, ...]
    slot: IntArray
    lowest: IntArray
    steps: IntArray
    step: IntArray
    number_key: UInt64Array

    def codes(self, section_names: pl.Series) -> IntArray:
        """The code of each section name, -1 where it is NULL.

        Raises:
            polars.exceptions.InvalidOperationError: A name is not a section of this bank.
        """
        codes = section_names.cast(pl.Enum(self.sections)).to_physical()
        return codes.cast(pl.Int64).fill_null(-1).to_numpy()


EMPTY: Final = -1
NUMBER: Final = -2


@cache
def banks(file_name: str) -> dict[str, tuple[Bank, ...]]:
    """The banks of a YAML file, by name; each as its forms.

    Args:
        file_name: Name of a file in this folder, whose top level is bank, then section, then lines of templates.
    """
    text = resources.files(__package__).joinpath(file_name).read_text(encoding="utf-8")
    content: dict[str, dict[str, str]] = yaml.safe_load(text)
    return {name: compile_bank(name, sections) for name, sections in content.items()}


def compile_bank(name: str, sections: Mapping[str, str]) -> tuple[Bank, ...]:
    """Compile a bank from its sections, each a text with one template on a line.

    Raises:
        ValueError: A template has another number of forms than the first one, or a number that is too large.
    """
    templates = [
        (position, [form.strip() for form in line.split(FORM_SEPARATOR)])
        for position, lines in enumerate(sections.values())
        for line in lines.splitlines()
        if line.strip()
    ]
    form_count = len(templates[0][1])
    for _, forms in templates:
        if len(forms) != form_count:
            raise ValueError(f"bank {name}: {forms!r} has not {form_count} forms")
    owner = [position for position, _ in templates]
    counts = np.bincount(np.array(owner), minlength=len(sections)).astype(np.int64)
    return tuple(
        _compile_form(name, form, tuple(sections), counts, [forms[form] for _, forms in templates])
        for form in range(form_count)
    )


def _compile_form(
    name: str, form: int, sections: tuple[str, ...], template_count: IntArray, templates: list[str]
) -> Bank:
    variants = [_variants(template) for template in templates]
    variant_count = np.array([len(of_template) for of_template in variants])
    pieces = [_SLOT.split(variant) for of_template in variants for variant in of_template]
    width = max(len(piece) // 2 + 1 for piece in pieces)
    shape = (len(pieces), width)
    literals: dict[str, int] = {"": 0}
    slots: dict[str, int] = {}
    literal = np.zeros(shape, dtype=np.int64)
    slot = np.full(shape, EMPTY)
    lowest, steps, step = (
        np.zeros(shape, dtype=np.int64),
        np.ones(shape, dtype=np.int64),
        np.ones(shape, dtype=np.int64),
    )
    number_key = np.zeros(shape, dtype=np.uint64)
    for row, piece in enumerate(pieces):
        for part, words in enumerate(piece[::2]):
            literal[row, part] = literals.setdefault(words, len(literals))
        for part, content in enumerate(piece[1::2]):
            number = _NUMBER.fullmatch(content)
            if number is None:
                slot[row, part] = slots.setdefault(content, len(slots))
                continue
            low, high, distance = int(number[2]), int(number[3]), int(number[4] or 1)
            if not low <= high <= LARGEST_NUMBER:
                raise ValueError(f"bank {name}: {{{content}}} does not lie in 0 to {LARGEST_NUMBER}")
            slot[row, part] = NUMBER
            lowest[row, part], steps[row, part], step[row, part] = low, (high - low) // distance + 1, distance
            number_key[row, part] = _stable_key(number[1] or f"{form}/{part}")
    return Bank(
        name=name,
        form=form,
        sections=sections,
        first_template=_starts(template_count),
        template_count=template_count,
        first_variant=_starts(variant_count),
        variant_count=variant_count,
        literals=pl.Series(list(literals), dtype=pl.String),
        literal=literal,
        slots=tuple(slots),
        slot=slot,
        lowest=lowest,
        steps=steps,
        step=step,
        number_key=number_key,
    )


def _variants(template: str) -> list[str]:
    pieces = _CHOICE.split(template)
    options = [piece.split("|") if position % 2 else [piece] for position, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in itertools.product(*options)]


def _starts(counts: npt.NDArray[np.int64]) -> IntArray:
    return np.cumsum(counts) - counts


def _stable_key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")

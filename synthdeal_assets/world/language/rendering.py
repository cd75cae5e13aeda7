"""Fill compiled templates for many rows at once.

Nothing here knows what a deal is: rows have a key, words by slot name, and a section of a bank each. One pass over
arrays renders all rows; no Python runs per row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, uniform
from synthdeal_assets.world.frames import scatter
from synthdeal_assets.world.language.phrasebook import EMPTY, LARGEST_NUMBER, NUMBER, Bank

_TEMPLATE_SALT: Final = "template"


class Words(Mapping[str, pl.Series]):
    """The words of the rows by slot name; `Pain` is `pain` with a capital first letter.

    Args:
        words: Slot name to a String series, all of one length. A NULL must not be asked for by a template.
        before: Words that these were made of; what they have in common is capitalised once.
    """

    def __init__(self, words: Mapping[str, pl.Series], before: Words | None = None) -> None:
        self._words = dict(words)
        self._before = before

    def __getitem__(self, name: str) -> pl.Series:
        """The words of a slot.

        Raises:
            KeyError: There is no such slot.
        """
        if name not in self._words and name[:1].isupper():
            plain = name[0].lower() + name[1:]
            before = self._before
            if before is not None and before.get(plain) is self._words[plain]:
                self._words[name] = before[name]
            else:
                self._words[name] = capitalised(self._words[plain])
        return self._words[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def with_words(self, more: Mapping[str, pl.Series]) -> Words:
        """These words and more."""
        return Words({**self._words, **more}, before=self)


def capitalised(words: pl.Series) -> pl.Series:
    """The words with a capital first letter and the rest as it is."""
    return words.str.slice(0, 1).str.to_uppercase() + words.str.slice(1)


def render(bank: Bank, section: IntArray, words: Words, keys: UInt64Array, *, salt: str | None = None) -> pl.Series:
    """One text a row, from a template of the row's section.

    Args:
        bank: The templates, one form of them. All forms of a bank choose the same template and the same named numbers.
        section: Code of the row's section in the bank; -1 for no text.
        words: The words of the rows.
        keys: Key of each row; the choice depends on it, on the section and on the salt.
        salt: What distinguishes two uses of one bank; the bank's name when None.

    Returns:
        String series of the length of `keys`, NULL where the section is -1.

    Raises:
        KeyError: A template has a slot for which there are no words.
    """
    salt = bank.name if salt is None else salt
    rows = np.flatnonzero(section >= 0)
    key, chosen_section = keys[rows], section[rows]
    template = bank.first_template[chosen_section] + _below(
        uniform(key, f"{salt}/{_TEMPLATE_SALT}"), bank.template_count[chosen_section]
    )
    variant = bank.first_variant[template] + _below(
        uniform(key, f"{salt}/variant/{bank.form}"), bank.variant_count[template]
    )
    if bank.literal.shape[1] == 1:
        return scatter(bank.literals.gather(bank.literal[variant, 0]), rows, len(keys))
    numbers = _number_words()
    stack = pl.concat([numbers, *(words[slot] for slot in bank.slots)], rechunk=True)
    offsets = len(numbers) + len(keys) * np.arange(len(bank.slots))
    parts: list[pl.Series] = []
    for part in range(bank.literal.shape[1]):
        literal = bank.literal[variant, part]
        if literal.any():
            parts.append(bank.literals.gather(literal))
        slot = bank.slot[variant, part]
        if (slot == EMPTY).all():
            continue
        position = np.zeros(len(rows), dtype=np.int64)
        is_word = slot >= 0
        position[is_word] = offsets[slot[is_word]] + rows[is_word]
        is_number = np.flatnonzero(slot == NUMBER)
        if len(is_number):
            of = variant[is_number]
            with np.errstate(over="ignore"):
                number_keys = key[is_number] ^ bank.number_key[of, part]
            drawn = _below(uniform(number_keys, f"{salt}/number"), bank.steps[of, part])
            position[is_number] = 1 + bank.lowest[of, part] + bank.step[of, part] * drawn
        parts.append(stack.gather(position))
    columns = {str(number): part for number, part in enumerate(parts)}
    texts = (
        pl.DataFrame(columns).select(pl.concat_str(pl.all())).to_series() if parts else pl.Series([], dtype=pl.String)
    )
    return scatter(texts, rows, len(keys))


def _below(uniforms: np.ndarray[tuple[int], np.dtype[np.float64]], counts: IntArray) -> IntArray:
    return (uniforms * counts).astype(np.int64)


@cache
def _number_words() -> pl.Series:
    """The empty word, then the whole numbers from 0 on, with commas."""
    return pl.Series(["", *(f"{number:,}" for number in range(LARGEST_NUMBER + 1))])

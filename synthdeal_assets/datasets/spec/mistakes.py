"""The mistakes of a specification, kept until all are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from synthdeal_assets.datasets.spec.spec_file import mistakes_error, nearest
from synthdeal_assets.errors import SynthDealError

LineOf = Callable[[tuple[object, ...]], int | None]
"""The line of what a path of keys leads to."""


def no_lines(_path: tuple[object, ...]) -> int | None:
    """The line of anything where the text is not known."""
    return None


class Mistakes:
    """Sentences with their lines, each once.

    Args:
        where: What to call the specification.
        line_of: The lines of its text.
    """

    def __init__(self, where: str, line_of: LineOf) -> None:
        self._where = where
        self.line_of = line_of
        self._found: dict[str, int] = {}

    def add(self, path: tuple[object, ...], sentence: str) -> None:
        """Keep a mistake in what a path of keys leads to."""
        line = self.line_of(path)
        place = self._where if line is None else f"{self._where}, line {line}"
        self._found.setdefault(f"{place}: {sentence}", line or 0)

    def stop(self, code: str = "datasets.mistakes") -> None:
        """Raise all that was found, in the order of the lines.

        Raises:
            SynthDealError: There is a mistake.
        """
        if self._found:
            raise mistakes_error(sorted(self._found, key=lambda each: self._found[each]), self._where, code=code)


def meant(word: str, known: Iterable[str]) -> str:
    """What to write instead of a name that refers to nothing."""
    names = tuple(known)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"use one of {', '.join(names[:8])}{' and others' if len(names) > 8 else ''}."


def as_clause(error: SynthDealError) -> str:
    """An error as it stands behind another clause."""
    message = str(error)
    return message[:1].lower() + message[1:]


def singular(table: str) -> str:
    """The name of one row of a table, as far as a final s tells."""
    return table[:-1] if table.endswith("s") and not table.endswith("ss") else table

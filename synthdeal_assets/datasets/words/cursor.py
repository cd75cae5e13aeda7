"""A request to read from left to right: what is next, where a list ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.languages import Language
from synthdeal_assets.datasets.words.phrases import Lexeme

FORMATS: Final = {
    "csv": "csv", "excel": "xlsx", "xlsx": "xlsx", "xls": "xlsx", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl",
    "parquet": "parquet", "duckdb": "duckdb", "sqlite": "sqlite", "sql": "sql",
}  # fmt: skip
"""What people call formats -> the format."""

_END: Final = Lexeme(-1, "end", "", -1, -1, "")
_ENDS: Final = frozenset(".;!?\n")
_DASHES: Final = frozenset("-–—−")  # noqa: RUF001


class Cursor:
    """The lexemes of a request.

    Args:
        lexemes: All of them.
        language: What language they are in.
        as_of: The day that "last year" counts from.
    """

    def __init__(self, lexemes: Sequence[Lexeme], language: Language, as_of: date) -> None:
        self.lexemes = lexemes
        self.language = language
        self.as_of = as_of

    def __getitem__(self, at: int) -> Lexeme:
        return self.lexemes[at] if 0 <= at < len(self.lexemes) else _END

    def has(self, at: int, *concepts: str) -> bool:
        """Whether the lexeme may mean one of these."""
        return any(concept in self[at].concepts for concept in concepts)

    def mark(self, at: int, marks: str) -> bool:
        """Whether the lexeme is one of these marks."""
        return self[at].kind == "mark" and self[at].text in marks

    def dash(self, at: int) -> int | None:
        """The lexeme after a dash or two dots, as between two ends; None where there is none."""
        if self[at].kind == "mark" and self[at].text in _DASHES:
            return at + 1
        return at + 2 if self.mark(at, ".") and self.mark(at + 1, ".") else None

    def ends(self, at: int) -> bool:
        """Whether a sentence ends here."""
        lexeme = self[at]
        return lexeme.kind in ("end", "newline") or (lexeme.kind == "mark" and lexeme.text in _ENDS)

    def separates(self, at: int) -> bool:
        """Whether an item of a list ends here."""
        return self.ends(at) or self.mark(at, ",()/|•·*:+") or self.has(at, "and") or self[at].kind == "newline"

    def item_end(self, at: int) -> int:
        """Where the item of a list ends that goes on here."""
        while not self.separates(at):
            at += 1
        return at

    def sentence_end(self, at: int) -> int:
        """Where the sentence ends that goes on here."""
        while not self.ends(at):
            at += 1
        return at

    def sentence_start(self, at: int) -> int:
        """The first lexeme of the sentence that goes on here."""
        while not self.ends(at - 1):
            at -= 1
        return at

    def until(self, at: int, marks: str) -> int:
        """The next lexeme that is one of these marks, or where the sentence ends before there is one."""
        while not self.ends(at) and not self.mark(at, marks):
            at += 1
        return at

    def bracket_end(self, at: int) -> int:
        """The next closing bracket, in whatever sentence; where the request ends without one."""
        while self[at].kind != "end" and not self.mark(at, ")"):
            at += 1
        return at

    def skip(self, at: int) -> int:
        """The next lexeme that says something."""
        while self[at].kind == "fill":
            at += 1
        return at

    def before(self, at: int) -> int:
        """The lexeme before this one that says something."""
        at -= 1
        while self[at].kind == "fill":
            at -= 1
        return at

    def skip_of(self, at: int) -> int:
        """The next lexeme after "of the"."""
        at = self.skip(at)
        while self.has(at, "of", "of_them") and self[at].kind == "concept":
            at = self.skip(at + 1)
        return at

    def number(self, at: int) -> Fraction | None:
        """The number here; None where there is none."""
        lexeme = self[at]
        return lexeme.reading.value if lexeme.kind == "number" and lexeme.reading is not None else None

    def share(self, at: int) -> Fraction | None:
        """The share here; None where there is none, or more than everything."""
        lexeme = self[at]
        if lexeme.kind != "share" or lexeme.reading is None or lexeme.reading.value > 1:
            return None
        return lexeme.reading.value

    def text(self, indices: Iterable[int]) -> str:
        """What is written from the first to the last of these."""
        chosen = sorted(indices)
        first, last = self[chosen[0]], self[chosen[-1]]
        if last.at - first.at + 1 == len(chosen) and all(self[at].kind != "quoted" for at in chosen):
            words = [self[at] for at in chosen]
            return "".join(
                word.text + (" " if after is not None and after.start > word.end else "")
                for word, after in zip(words, [*words[1:], None], strict=True)
            )
        return " ".join(unquoted(self[at].text) if self[at].kind == "quoted" else self[at].text for at in chosen)

    def is_format(self, at: int) -> str | None:
        """The format that a word names: CSV, Excel-Datei."""
        if self[at].kind not in ("word", "concept"):
            return None
        if self[at].word == "json" and self[at + 1].word == "lines":
            return "jsonl"
        return FORMATS.get(self[at].word.split("-")[0].rstrip("."))


def unquoted(text: str) -> str:
    """A text without the quotes around it."""
    return text[1:-1].strip()

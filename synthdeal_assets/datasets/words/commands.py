"""The words that tell what a correction does: make, drop, add, rename, undo, why."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.languages import LANGUAGES, Language, language, language_of, word_table
from synthdeal_assets.datasets.words.tokens import fold, tokens_of

COMMANDS: Final = ("make", "drop", "add", "rename", "undo", "why")


@lru_cache
def commands_of(name: str) -> dict[tuple[str, ...], str]:
    """Phrases of a language, folded -> the command, or column, table, to and there."""
    return {
        tuple(fold(word) for word in phrase.split()): command
        for command, phrases in reversed(word_table("commands")[name].items())
        for phrase in phrases.split(", ")
    }


def commands_at(cursor: Cursor, at: int) -> tuple[str, int] | None:
    """The command that begins at a lexeme, and how many lexemes it takes."""
    known = commands_of(cursor.language.name)
    words: list[str] = []
    found: tuple[str, int] | None = None
    for width in range(1, 5):
        lexeme = cursor[at + width - 1]
        if lexeme.kind not in ("word", "fill", "concept"):
            break
        words += lexeme.word.split()
        if (command := known.get(tuple(words))) is not None:
            found = command, width
    return found


def language_of_correction(words: str) -> Language:
    """The language of a correction, which may have no other word of it than the command."""
    folded = [fold(token.text) for token in tokens_of(words) if token.kind == "word"]
    scores = dict.fromkeys(LANGUAGES, 0)
    for name in LANGUAGES:
        singles = {
            phrase[0] for phrase, command in commands_of(name).items() if len(phrase) == 1 and command in COMMANDS
        }
        firsts = {phrase[0] for phrase, command in commands_of(name).items() if command in COMMANDS}
        scores[name] = sum(2 * (word in singles) + (word in firsts) for word in folded)
    best = max(scores.values())
    if list(scores.values()).count(best) == 1 and best > 0:
        return language(max(scores, key=lambda name: scores[name]))
    general = language_of(folded)
    return general if scores[general.name] == best else language(max(scores, key=lambda name: scores[name]))

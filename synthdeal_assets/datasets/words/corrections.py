"""Corrections in words: make it 500 rows and drop the phone, gold should be 10%, rename mail to email, undo.

A correction changes the text of a specification and keeps what the person wrote around it. What is not understood
changes nothing, and is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from synthdeal_assets.datasets.spec.spec_file import parse_specification
from synthdeal_assets.datasets.words import changes
from synthdeal_assets.datasets.words.commands import COMMANDS, commands_at, language_of_correction
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.edits import EditedText
from synthdeal_assets.datasets.words.phrases import lexemes_of
from synthdeal_assets.datasets.words.plan import Plan, WordSpan, holds, is_strict, numbers_in
from synthdeal_assets.datasets.words.walk import TypeOfName, plain
from synthdeal_assets.errors import SynthDealError

_ENDS: Final = frozenset(";.!?\n")


@dataclass(frozen=True)
class Correction:
    """What a correction in words comes to.

    Attributes:
        text: The specification with it; the same as before where nothing was understood.
        diff: The lines that change, with a minus or plus before them.
        done: What was changed, a sentence for each.
        not_understood: Words that changed nothing.
        answers: What was asked and is told, such as why a field is there.
        formats: Formats of files that are wanted as well.
        undo: Whether the last change shall be taken back: the caller has the versions.
    """

    text: str
    diff: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    not_understood: tuple[WordSpan, ...] = ()
    answers: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    undo: bool = False


def correct(text: str, words: str, *, as_of: date, type_of_name: TypeOfName, plan: Plan | None = None) -> Correction:
    """Changes a specification as a person says.

    Args:
        text: The specification, YAML that `parse_specification` accepts.
        words: The correction, in English, German or Spanish.
        as_of: The day that "last year" counts from.
        type_of_name: The semantic type that a field's name, its table's name and the names beside it ask for.
        plan: The plan that the specification came from, which can tell why something is in it.

    Raises:
        SynthDealError: The specification has mistakes before the change.
    """
    parse_specification(text, "the specification")
    language = language_of_correction(words)
    lexemes = lexemes_of(words, language)
    cursor = Cursor(lexemes, language, as_of)
    done: list[str] = []
    lost: list[tuple[int, int]] = []
    answers: list[str] = []
    formats: dict[str, None] = {}
    undo = False
    current = text
    for first, last, command in _parts(cursor):
        if command == "undo":
            undo = True
            continue
        if command == "why":
            answers.append(_why(cursor, first, last, current, plan))
            continue
        edited = EditedText(current)
        part = changes.OneChange(cursor, first, last, edited, type_of_name)
        try:
            sentences = _change(part, command)
            parse_specification(edited.text, "the specification")
            _require_numbers(cursor, first, last, edited)
        except (changes.NotUnderstoodError, SynthDealError) as error:
            if str(error):
                answers.append(f"This cannot be: {error}" if isinstance(error, SynthDealError) else str(error))
            lost.append((first, last))
            continue
        current = edited.text
        done += sentences
        answers += _doubts(cursor, first, last)
        formats |= dict.fromkeys(part.formats)
    final = EditedText(text) if current == text else _between(text, current)
    return Correction(
        text=current,
        diff=() if current == text else final.diff(),
        done=tuple(done),
        not_understood=tuple(_span(words, cursor, first, last) for first, last in lost),
        answers=tuple(answers),
        formats=tuple(formats),
        undo=undo,
    )


def _require_numbers(cursor: Cursor, first: int, last: int, edited: EditedText) -> None:
    """Refuses a change that does not hold the numbers that were said."""
    added = [line for line in edited.diff() if line.startswith("+")]
    numbers = numbers_in(added)
    lexemes = cursor.lexemes
    for lexeme in lexemes[first:last]:
        if added and lexeme.reading is not None and not holds(lexeme, numbers, strict=is_strict(lexemes, lexeme)):
            raise changes.NotUnderstoodError


def _doubts(cursor: Cursor, first: int, last: int) -> list[str]:
    """What is said of numbers that can be read in two ways."""
    return [
        f"{lexeme.text!r} is read as {plain(lexeme.reading.value)}: write {plain(lexeme.reading.other)} if it is that."
        for lexeme in cursor.lexemes[first:last]
        if lexeme.reading is not None and lexeme.reading.other is not None
    ]


def _between(before: str, after: str) -> EditedText:
    edited = EditedText(after)
    edited.before = before
    return edited


def _span(words: str, cursor: Cursor, first: int, last: int) -> WordSpan:
    start, end = cursor[first].start, cursor[last - 1].end
    return WordSpan(words[start:end], start, end)


def _change(part: changes.OneChange, command: str) -> list[str]:
    """What a part of the correction changes, as sentences; the edits are made."""
    by_command: dict[str, tuple[Callable[[changes.OneChange], list[str] | None], ...]] = {
        "drop": (changes.drop,),
        "rename": (changes.rename,),
        "add": (changes.add,),
        "make": (changes.set_shares, changes.set_fields),
    }
    for attempt in by_command[command]:
        sentences = attempt(part)
        if sentences:
            return sentences
    raise changes.NotUnderstoodError


def _parts(cursor: Cursor) -> list[tuple[int, int, str]]:
    """The changes of a correction: where each begins and ends, and its command."""
    found: list[tuple[int, int, str]] = []
    command, first, at = "make", 0, 0
    count = len(cursor.lexemes)
    while at < count:
        ends = cursor[at].kind == "newline" or (cursor[at].kind == "mark" and cursor[at].text in _ENDS)
        joined = cursor.has(at, "and") or cursor.mark(at, ",")
        following = at + 1
        while cursor.has(following, "and") or _is_silent(cursor, following):
            following += 1
        begins = commands_at(cursor, following) if joined or ends else None
        if ends or (joined and begins is not None and begins[0] in COMMANDS):
            if at > first:
                found.append((first, at, command))
            first = following if joined else at + 1
            command = "make"
            at = first
            continue
        told = commands_at(cursor, at)
        if told is not None and told[0] in COMMANDS:
            if command == "make" or told[0] != "make":
                command = _stronger(command, told[0])
            at += told[1]
            continue
        at += 1
    if first < count:
        found.append((first, count, command))
    return [(a, b, c) for a, b, c in found if any(cursor[at].kind != "fill" for at in range(a, b))]


def _is_silent(cursor: Cursor, at: int) -> bool:
    return cursor[at].kind == "fill" and commands_at(cursor, at) is None


_STRENGTH: Final = ("make", "add", "drop", "rename", "why", "undo")


def _stronger(one: str, other: str) -> str:
    return max(one, other, key=_STRENGTH.index)


def _why(cursor: Cursor, first: int, last: int, text: str, plan: Plan | None) -> str:
    """Where a field or table comes from."""
    edited = EditedText(text)
    quiet = changes.OneChange(cursor, first, last, edited, lambda *_: None).quiet()
    nouns = changes.nouns_between(quiet, 0, len(quiet.lexemes))
    for noun in nouns:
        paths = changes.paths_of(cursor, edited, noun)
        for path in paths:
            item = next((one for one in plan.items if one.path == path), None) if plan is not None else None
            name = path[-1]
            if item is None:
                return f"{name} is in the specification as it was written."
            said = " and ".join(f"'{span.text}'" for span in item.said)
            because = f"you said {said}" if said else "nobody said it"
            assumed = f"; assumed: {item.assumed}" if item.assumed else ""
            return f"{name} is there because {because}{assumed}."
    return "There is nothing of that name in the plan."

"""What a request is refused for: it is not about data, or about persons who exist."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import NOT_IN_ALL, Draft
from synthdeal_assets.datasets.words.languages import kinds_of_rows, vocabulary
from synthdeal_assets.datasets.words.naming import singular
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.errors import SynthDealError

_NEAR: Final = 4
"""Words between "real" and whom it is said of."""


def refuse_real_persons(cursor: Cursor) -> None:
    """Refuses requests for data of persons who exist.

    Raises:
        SynthDealError: It is one ("datasets.real-persons").
    """
    if (name := _somebody(cursor)) is not None:
        raise _real_persons(name)
    for lexeme in cursor.lexemes:
        at = lexeme.at
        if not cursor.has(at, "real") or any(cursor.has(at - back, "not") for back in (1, 2)):
            continue
        if cursor[at + 1].word in ("estate", "time", "number", "numbers", "madrid", "looking", "life"):
            continue
        around = [*range(at - _NEAR, at), *range(at + 1, at + _NEAR + 1)]
        if any(cursor.has(near, "persons", "private") or _of_persons(cursor, near) for near in around):
            raise _real_persons(_shown(cursor, at))


def _real_persons(shown: str) -> SynthDealError:
    return SynthDealError(
        f"The request is about real persons ({shown}), and everything made here is invented: ask for invented persons "
        "instead.",
        code="datasets.real-persons",
        usage=True,
    )


def _somebody(cursor: Cursor) -> str | None:
    """Whose data is asked for by name: the phone of Ada Lovelace, Ada Lovelaces Gehalt, los datos de Ada."""
    rows = kinds_of_rows()
    of_rows = any(one.kind == "number" or one.word in rows or cursor.has(one.at, "table") for one in cursor.lexemes)
    for lexeme in cursor.lexemes:
        name = _name_from(cursor, lexeme.at)
        if not name:
            continue
        alone = len(name) == 1
        of = name[0] - 1
        if not alone and cursor[of].kind == "word" and not _joins_person(cursor, of):
            # The phone of the actress Ada Lovelace.
            of = cursor.before(of)
        known = (_known(cursor, of - 1) or _known(cursor, cursor.before(of))) if _joins_person(cursor, of) else ""
        last = cursor[name[-1]].text
        if last.endswith(("'s", "\u2019s")) or (not alone and last.endswith(("s", "'", "\u2019"))):
            known = known or _known(cursor, name[-1] + 1) or _known(cursor, name[-1] + 2)
        if known and not (of_rows and (alone or known == "facts")) and not (alone and cursor.language.name == "german"):
            return repr(cursor.text(name))
    return None


def _joins_person(cursor: Cursor, at: int) -> bool:
    return cursor.has(at, "of") or bool(_ABOUT & {*cursor[at].word.split()[:1]})


_ABOUT: Final = frozenset({"about", "on", "of", "von", "uber", "zu", "de", "sobre"})


def _known(cursor: Cursor, at: int) -> str:
    """Whether a word is something that is known of persons, or of anything; empty where it is neither."""
    words = cursor[at].word.split()[-1:]
    return next((kind for kind in ("personal", "facts") if is_one_of(kind, words, "german")), "")


def _name_from(cursor: Cursor, at: int) -> list[int]:
    """The lexemes of a name that begins here: capitals that are no word of the language, and no firm or place."""
    if _is_capital(cursor, at - 1):
        return []
    found: list[int] = []
    while _is_capital(cursor, at + len(found)) and _known(cursor, at + len(found)) != "personal":
        found.append(at + len(found))
    language = cursor.language.name
    for each in found:
        word = fold(cursor[each].text).removesuffix("'s").removesuffix("\u2019s")
        alike = {word, word.removesuffix("s"), singular(word, language)}
        known = vocabulary(language) | kinds_of_rows() | cursor.language.places.keys()
        if alike & known or is_one_of("organisations", [word], "english"):
            return []
    return found if len(found) <= _MOST_NAMES else []


_MOST_NAMES: Final = 3


def _is_capital(cursor: Cursor, at: int) -> bool:
    lexeme = cursor[at]
    return lexeme.kind == "word" and not lexeme.concepts and lexeme.text[:1].isupper() and lexeme.text[1:].islower()


def _of_persons(cursor: Cursor, at: int) -> bool:
    """Whether a compound ends in what is known of persons: E-Mail-Adressen."""
    ends = [phrase[-1] for phrase, of in cursor.language.concepts.items() if "persons" in of and len(phrase[-1]) > 4]
    return cursor[at].kind == "word" and cursor[at].word.endswith(tuple(ends))


def _shown(cursor: Cursor, at: int) -> str:
    words = [cursor[near].text for near in range(at, at + 2) if cursor[near].kind != "end"]
    return repr(" ".join(words))


def refuse_other_things(cursor: Cursor, draft: Draft) -> None:
    """Refuses requests that are not about data.

    Raises:
        SynthDealError: It is one ("datasets.no-data").
    """
    lexemes = cursor.lexemes
    counted = any(table.rows_at for table in draft.tables) or NOT_IN_ALL in draft.lost_reasons.values()
    listed = any(len(table.fields) >= 1 and table.with_at for table in draft.tables) or any(
        len(table.fields) >= 2 for table in draft.tables
    )
    says_data = any(
        cursor.has(lexeme.at, "data_word", "table", "columns", "rows") or lexeme.word == "csv" for lexeme in lexemes
    )
    other = any(cursor.has(lexeme.at, "elsewhere") for lexeme in lexemes)
    asks = any(cursor.has(lexeme.at, "asks") for lexeme in lexemes[:3]) and any(
        cursor.mark(at.at, "?") for at in lexemes
    )
    refuse_no_tables(draft)
    if (
        (other and not says_data and not listed)
        or (asks and not says_data)
        or not (counted or listed or (says_data and not other))
    ):
        raise _no_data()


def refuse_no_tables(draft: Draft) -> None:
    """Refuses requests that come to no table.

    Raises:
        SynthDealError: It is one ("datasets.no-data").
    """
    if not draft.tables:
        raise _no_data()


def _no_data() -> SynthDealError:
    return SynthDealError(
        "The request names no data to make: name a table and its fields, such as "
        "'200 customers with name, email and city'.",
        code="datasets.no-data",
        usage=True,
    )

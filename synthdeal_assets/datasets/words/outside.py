"""What a request is refused for: it is not about data, or about persons who exist."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import NOT_IN_ALL, Draft
from synthdeal_assets.errors import SynthDealError

_NEAR: Final = 4
"""Words between "real" and whom it is said of."""


def refuse_real_persons(cursor: Cursor) -> None:
    """Refuses requests for data of persons who exist.

    Raises:
        SynthDealError: It is one ("datasets.real-persons").
    """
    for lexeme in cursor.lexemes:
        at = lexeme.at
        if not cursor.has(at, "real") or any(cursor.has(at - back, "not") for back in (1, 2)):
            continue
        if cursor[at + 1].word in ("estate", "time", "number", "numbers", "madrid", "looking", "life"):
            continue
        around = [*range(at - _NEAR, at), *range(at + 1, at + _NEAR + 1)]
        if any(cursor.has(near, "persons", "private") or _of_persons(cursor, near) for near in around):
            raise SynthDealError(
                f"The request is about real persons ({_shown(cursor, at)}), and everything made here is invented: ask "
                "for invented persons instead.",
                code="datasets.real-persons",
                usage=True,
            )


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
    says_data = any(cursor.has(lexeme.at, "data_word", "table", "columns", "rows") for lexeme in lexemes)
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

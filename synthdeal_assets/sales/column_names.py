"""How the columns of a stranger's log are called: when two names are the same, and which name counts units.

What a column is taken for belongs in `product_map.py` (as somebody wrote it) and `proposal.py` (as it is guessed).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

SOURCE_ROW: Final = "_source_row"
"""Column of a staged source: number of the row, the first row of data being 1."""

EACH_ROW: Final = "(each row)"
"""Stands in a product map for a column of units: every row counts one."""

SHOWN_NAMES: Final = 20
"""So many columns are listed in a sentence before it ends with a count."""

QUANTITY_WORDS: Final = (
    "qty", "quantity", "quantities", "units", "seats", "licenses", "pcs", "pieces", "count",
    "menge", "anzahl", "stk", "qte", "quantité", "cantidad", "qta", "quantità",
)  # fmt: skip
"""Words that, before or behind the name of a product, say that a column counts its units."""

_QUANTITY: Final = "|".join(QUANTITY_WORDS)
_QUANTITY_BEHIND: Final = re.compile(rf"^(?P<product>.+?)(?:[\s_\-.]+(?:{_QUANTITY})|\s*\((?:{_QUANTITY})\))$", re.I)
_QUANTITY_BEFORE: Final = re.compile(rf"^(?:{_QUANTITY})(?:[\s_\-.]+(?:of[\s_\-.]+)?)(?P<product>.+)$", re.I)
_QUANTITY_IN_CAMEL: Final = re.compile(r"^(?P<product>.*[A-Za-z0-9)])(?:Qty|Quantity|Units|Seats)$")


def folded(name: str) -> str:
    """A name without what people write differently: case, blanks, underscores, hyphens and full stops.

    Signs that tell products apart (`C` and `C++`) stay.
    """
    return re.sub(r"[\s_\-.]+", "", unicodedata.normalize("NFKC", name).casefold())


def counted_product(name: str) -> str | None:
    """The product whose units a column of this name counts (`X_Qty`, `Qty_X`, `X Units`, `XQty`); None if none."""
    for pattern in (_QUANTITY_BEHIND, _QUANTITY_BEFORE, _QUANTITY_IN_CAMEL):
        if (found := pattern.match(name.strip())) is not None:
            return found["product"].strip(" _-.")
    return None


def quantity_names(name: str) -> tuple[str, ...]:
    """What a column that counts the units of a product of this name may be called."""
    return tuple(f"{name}_{word}" for word in QUANTITY_WORDS) + tuple(f"{word}_{name}" for word in QUANTITY_WORDS)


def cleaned_names(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names for the columns of a header that DuckDB can tell apart, and what had to be changed, in sentences.

    A blank name becomes `column_7`; a second one that differs at most in case gets a number.
    """
    names: list[str] = []
    used = {SOURCE_ROW}
    blank, doubled = [], []
    for place, written in enumerate(header, 1):
        name = re.sub(r"[\s\x00-\x1f\x7f\ufeff]+", " ", written).strip()
        if not name:
            name = f"column_{place}"
            blank.append(name)
        unlike, number = name, 2
        while unlike.casefold() in used:
            unlike, number = f"{name}_{number}", number + 1
        if unlike != name:
            doubled.append(f"{name!r} (now {unlike!r})")
        used.add(unlike.casefold())
        names.append(unlike)
    caveats = []
    if blank:
        caveats.append(f"without a name in the header: {_beginning(blank)}")
    if doubled:
        caveats.append(f"named before in the header: {_beginning(doubled)}")
    return tuple(names), tuple(caveats)


def in_words(names: Sequence[str]) -> str:
    """Names of columns in a sentence, the first of them when they are many."""
    shown = ", ".join(repr(name) for name in names[:SHOWN_NAMES])
    return shown if len(names) <= SHOWN_NAMES else f"{shown} and {len(names) - SHOWN_NAMES:,} more"


def _beginning(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more"
